"""What was seen already: a resume may deliver events twice, and each must act once.

Events are known by their sequence within a session; interactions by their id too, which outlives the
session. Imports `ids`; cannot fail.
"""

from attrs import Factory, define

from gateway_client.ids import InteractionId

INTERACTIONS_KEPT = 1024
"""Ids remembered: more than a guild presses in the minutes for which a session can be resumed."""


@define(kw_only=True)
class Replay:
    """The last sequence of the session, and the latest interactions."""

    sequence: int | None = None
    _interactions: dict[InteractionId, None] = Factory(dict[InteractionId, None])

    def is_new(self, sequence: int) -> bool:
        """Whether an event is later than all before; then it is the last one from now on."""
        last = self.sequence
        if last is not None and sequence <= last:
            return False
        self.sequence = sequence
        return True

    def is_new_interaction(self, interaction_id: InteractionId) -> bool:
        """Whether an interaction was never seen; from now on it was."""
        if interaction_id in self._interactions:
            return False
        self._interactions[interaction_id] = None
        if len(self._interactions) > INTERACTIONS_KEPT:
            del self._interactions[next(iter(self._interactions))]
        return True
