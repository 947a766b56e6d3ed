"""Votes for skipping the current track.

Pure state. Only people who sit with the bot count, and only for the track for which they voted.
"""

import math
from collections.abc import Set as AbstractSet

from attrs import define, field

from gateway_client.ids import UserId


@define
class Ballot:
    """The votes for skipping one entry."""

    _entry_id: int = 0
    _voters: set[UserId] = field(factory=set[UserId])

    def vote(self, entry_id: int, who: UserId) -> None:
        """Somebody wants this entry skipped; votes for another one are void."""
        if entry_id != self._entry_id:
            self._entry_id, self._voters = entry_id, set()
        self._voters.add(who)

    def count(self, entry_id: int, listeners: AbstractSet[UserId]) -> int:
        """How many of those who listen want this entry skipped."""
        return len(self._voters & listeners) if entry_id == self._entry_id else 0


def needed(listeners: int, share_pct: int) -> int:
    """How many votes a skip takes: the share of the listeners, rounded up, at least one."""
    return max(1, math.ceil(listeners * share_pct / 100))
