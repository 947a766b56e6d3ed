"""What a gather's machine takes: who it was and where they sat when Discord sent it.

Values only, and nothing that has to be looked up: ``asks`` and ``people`` make them of what is in the mailbox
and in the cache. What is ``Told`` needs no more than it says.
"""

from attrs import frozen

from actors.gather.messages import Told, Verb
from gateway_client.ids import ChannelId, UserId


@frozen
class Who:
    """A person as people see them."""

    id: UserId
    name: str


@frozen(kw_only=True)
class Seat:
    """Somebody in voice."""

    who: Who
    is_bot: bool = False


@frozen(kw_only=True)
class Moved:
    """Somebody's voice state: where they sit now, ``None`` for nowhere."""

    seat: Seat
    channel_id: ChannelId | None


@frozen(kw_only=True)
class Counted:
    """Everybody who sits in the gathering channel now, and how many it holds (0: any number)."""

    seats: tuple[Seat, ...]
    user_limit: int = 0


@frozen(kw_only=True)
class Pressed:
    """Somebody pressed a button. ``sits_here`` and ``manages`` were true when Discord sent it."""

    who: Who
    verb: Verb
    sits_here: bool
    manages: bool = False


@frozen
class PeopleExpected:
    """These shall be waited for; bots are left out already."""

    people: tuple[Who, ...]


@frozen
class PeopleForgotten:
    """These shall not be waited for."""

    people: tuple[Who, ...]


@frozen
class Extended:
    """The countdown shall be longer, by seconds."""

    by_s: float


Input = Moved | Counted | Told | Pressed | PeopleExpected | PeopleForgotten | Extended
