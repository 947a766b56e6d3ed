"""People who press what is not theirs: each is told so, but not at every press.

Rule: one private refusal per person in five seconds, whatever the person presses of the same message.
"""

from attrs import define, field, frozen

from gateway_client.ids import UserId

REFUSE_EVERY_S = 5.0


@frozen
class RefuseOther:
    """Tell a stranger that these are not their buttons."""


@define
class Strangers:
    """Who was refused when; ``at`` is seconds on any clock that only goes forward."""

    _refused_at: dict[UserId, float] = field(factory=dict[UserId, float])

    def hear(self, who: UserId, at: float) -> bool:
        """Whether this person is to be told now."""
        if at - self._refused_at.get(who, float("-inf")) < REFUSE_EVERY_S:
            return False
        self._refused_at[who] = at
        return True

    def refuse(self, who: UserId, at: float) -> list[RefuseOther]:
        """The effect of that, if there is one."""
        return [RefuseOther()] if self.hear(who, at) else []
