"""Who sits in the gathering channel, and who takes part before the check-in begins.

Pure. Everybody in the channel takes part, and everybody who was invited or pressed Join gathering; leaving
and being forgotten beat both until somebody is invited again. Bots sit there, but are never waited for.
"""

from attrs import define, field

from actors.gather.inputs import Seat, Who
from gateway_client.ids import UserId


@define(eq=False)
class Guests:
    """The lists of the countdown. ``limit`` is how many the channel holds, 0 for any number."""

    seats: dict[UserId, Seat] = field(factory=dict[UserId, Seat])
    invited: dict[UserId, Who] = field(factory=dict[UserId, Who])
    absent: set[UserId] = field(factory=set[UserId])
    limit: int = 0

    @property
    def is_full(self) -> bool:
        """Whether nobody else fits in; bots take places, too."""
        return 0 < self.limit <= len(self.seats)

    def sit(self, seat: Seat) -> bool:
        """Somebody is seen in the channel; whether they came into it just now."""
        came = seat.who.id not in self.seats
        self.seats[seat.who.id] = seat
        return came

    def rise(self, user_id: UserId) -> bool:
        """Somebody is seen elsewhere; whether they sat in the channel until now."""
        return self.seats.pop(user_id, None) is not None

    def humans(self) -> list[Who]:
        """The people in the channel, in order of arrival."""
        return [seat.who for seat in self.seats.values() if not seat.is_bot]

    def attendees(self) -> list[Who]:
        """Who takes part: the people in the channel, then who was invited."""
        everybody = {who.id: who for who in self.humans()}
        everybody |= {user_id: who for user_id, who in self.invited.items() if user_id not in everybody}
        return [who for user_id, who in everybody.items() if user_id not in self.absent]

    def invite(self, who: Who) -> bool:
        """Somebody takes part from now on; whether that is news."""
        news = who.id not in self.invited or who.id in self.absent
        self.invited[who.id] = who
        self.absent.discard(who.id)
        return news

    def dismiss(self, user_id: UserId) -> bool:
        """Somebody does not take part any more; whether that is news."""
        news = user_id not in self.absent
        self.invited.pop(user_id, None)
        self.absent.add(user_id)
        return news
