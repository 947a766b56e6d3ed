"""What child tasks bring back to the player: what was found, opened, chosen, and what was told.

Values only. ``request`` is the number of the request that a task works for, ``key`` the opening of a track:
what nobody waits for any more is known by them.
"""

from attrs import frozen

from gateway_client.ids import ChannelId, MessageId
from media.choices import Candidate
from media.errors import MediaError
from media.tracks import Playable, Track
from voice.protocol import TrackKey


@frozen(kw_only=True)
class Found:
    """Some of what a request's queries stand for, in its order.

    Of a list the next part comes when this one was taken. ``error`` is why reading it broke off.

    Attributes:
        playlist_title: ``None`` for single tracks; ``""`` for a list without a title.
        skipped: entries that cannot be played.
        too_long: entries over the limit.
        ended: nothing follows.
        cut_off: the list goes on, and nobody will read it.
    """

    request: int
    tracks: tuple[Track, ...]
    playlist_title: str | None = None
    skipped: int = 0
    too_long: int = 0
    ended: bool = True
    cut_off: bool = False
    error: MediaError | None = None


@frozen(kw_only=True)
class Offered:
    """A request's words may mean these; somebody has to pick."""

    request: int
    tracks: tuple[Track, ...]


@frozen(kw_only=True)
class Unsure:
    """A link names this song, and no video is surely it; somebody has to choose.

    ``limit_pct`` is how sure it would have to be.
    """

    request: int
    track: Track
    candidates: tuple[Candidate, ...]
    limit_pct: float


@frozen(kw_only=True)
class NotFound:
    """There is nothing to play for a request."""

    request: int
    error: MediaError


@frozen(kw_only=True)
class RelatedFound:
    """What could come after a track, best first; empty where nobody knows."""

    tracks: tuple[Track, ...]


@frozen(kw_only=True)
class CandidatesFound:
    """What else a matched track may be; ``error`` says why nobody knows."""

    request: int
    entry_id: int
    candidates: tuple[Candidate, ...] = ()
    error: MediaError | None = None


@frozen(kw_only=True)
class SongChosen:
    """A choice is kept; the track as it plays from now on, or why that failed."""

    request: int
    entry_id: int
    track: Track | None = None
    error: MediaError | None = None


@frozen(kw_only=True)
class TitleHeard:
    """A radio says what it plays."""

    key: TrackKey
    title: str


@frozen(kw_only=True)
class Opened:
    """A track can be played now, until ``good_until`` (monotonic seconds, ``None`` for ever)."""

    key: TrackKey
    playable: Playable
    good_until: float | None = None


@frozen(kw_only=True)
class NotOpened:
    """A track cannot be played any more."""

    key: TrackKey
    error: MediaError


@frozen(kw_only=True)
class QueuingShown:
    """The answer "Queuing…" is in the channel as this message, below a line that stays."""

    request: int
    channel_id: ChannelId
    message_id: MessageId
    above: str | None = None


@frozen
class AnswerTold:
    """What had to be kept until it was told was told, or cannot be."""


Result = (
    Found
    | Offered
    | Unsure
    | NotFound
    | Opened
    | NotOpened
    | TitleHeard
    | RelatedFound
    | CandidatesFound
    | SongChosen
    | QueuingShown
    | AnswerTold
)
"""What child tasks bring back."""
