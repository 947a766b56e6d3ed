"""Who waits for something of the player: a ``play`` on its way, and people who wait for the bot to arrive.

State of the machine, without decisions.
"""

from attrs import define, field, frozen

from actors.core.music import Place
from actors.player.results import Found
from actors.player.saved import PendingAnswer
from gateway_client.ids import ChannelId, UserId
from media.errors import MediaError


@define(kw_only=True)
class PlayRequest:
    """A ``play`` on its way: its slot keeps its place while the search runs, and while a list is read.

    Attributes:
        quiet: its tracks are not announced.
        unbound: its requester may queue more than others.
        batch: what was found and is not queued yet.
        ended: nothing more will be found.
        title: of the list, ``None`` for single tracks.
        added, skipped, too_long, no_room: how many tracks were queued and left out so far, and why.
        cut_off: the list goes on, and nobody reads it.
        error: why reading it broke off.
        followers: requests that were queued behind it while it was read.
        answer: what has to be amended if the bot dies now.
    """

    request: int
    requester: UserId
    channel_id: ChannelId
    place: Place
    quiet: bool = False
    unbound: bool = False
    batch: Found | None = None
    ended: bool = False
    title: str | None = None
    added: int = 0
    skipped: int = 0
    too_long: int = 0
    no_room: int = 0
    cut_off: bool = False
    error: MediaError | None = None
    followers: set[int] = field(factory=set[int])
    answer: PendingAnswer | None = None

    @property
    def is_reading(self) -> bool:
        """Its first tracks are queued already."""
        return self.added > 0


@frozen(kw_only=True)
class JoinRequest:
    """Somebody waits for the bot to arrive; ``resumes`` what was kept once it is there."""

    request: int
    channel_id: ChannelId
    resumes: bool
