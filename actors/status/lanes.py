"""Who waits behind whom: works in the order of their claims, by the actor that takes them one by one.

Pure. A lane is what a work really waits for, so every actor is a lane of its own, for slash commands too;
commands that act at once are in none. Whoever entered first leaves the others behind it free, whether it has
ended well or not.
"""

from attrs import define, field

from actors.core.address import Address


@define(eq=False)
class Lanes:
    """The open works of all lanes of a guild, by the number of their claim."""

    _members: dict[Address, dict[int, None]] = field(factory=dict[Address, dict[int, None]])
    _lane_of: dict[int, Address] = field(factory=dict[int, Address])

    def __len__(self) -> int:
        return len(self._lane_of)

    def enter(self, number: int, lane: Address) -> bool:
        """Join the end of a lane; whether somebody is before."""
        members = self._members.setdefault(lane, {})
        is_busy = bool(members)
        members[number] = None
        self._lane_of[number] = lane
        return is_busy

    def leave(self, number: int) -> None:
        """A work has ended."""
        lane = self._lane_of.pop(number, None)
        if lane is not None:
            members = self._members[lane]
            del members[number]
            if not members:
                del self._members[lane]
