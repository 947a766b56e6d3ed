"""What the player's mailbox takes: what people ask for, what became true, what child tasks bring back.

Values only. Commands arrive inside an envelope; everything else is a fact. The facts of the voice node come
as they are (``voice.protocol.Fact``), pages as in ``core.pages``. ``Asked`` and ``Returned`` are how the
shell hands a command or the way back after a start to the machine, with what the cache knows at that moment.
"""

from enum import Enum

from attrs import field, frozen

from actors.core.envelope import Facts
from actors.core.pages import PageWanted
from actors.player.normalize import PLAIN_LEVELING
from actors.player.panel import PanelFact, Press
from actors.player.tuning import Jump, Loop
from gateway_client.events import VoiceStateUpdated
from gateway_client.ids import ChannelId, MessageId
from media.errors import MediaError
from media.tracks import Playable, Query, Track
from voice import protocol
from voice.protocol import Filter, Leveling

TrackKey = protocol.TrackKey


class Place(Enum):
    """Where found tracks go."""

    END = "end"
    TOP = "top"
    NOW = "now"


@frozen(kw_only=True)
class Play:
    """Find, and queue what was found. Several queries are one request, in their order."""

    queries: tuple[Query, ...]
    place: Place = Place.END


@frozen
class Pause:
    """Hold the sound where it is."""


@frozen
class Resume:
    """Go on: after a pause, or with a queue that was kept."""


@frozen
class Skip:
    """Drop ``amount`` − 1 queued tracks and play the next one."""

    amount: int = 1


@frozen
class Previous:
    """Play what was heard before this; it comes next then."""


@frozen
class Stop:
    """End the track and empty the queue."""


@frozen
class ShowQueue:
    """Show the queue, beginning with this page (from 1)."""

    page: int = 1


@frozen
class ShowPlaying:
    """Show what plays and how far it is."""


@frozen
class SetVolume:
    """Set the volume in percent; ``None`` shows it."""

    volume_pct: int | None


@frozen
class Join:
    """Come to the caller's channel."""


@frozen
class Leave:
    """Stop, empty the queue and leave."""


@frozen
class Clear:
    """Empty the queue, keep the track."""


@frozen
class Remove:
    """Take one track out of the queue; ``index`` counts from 1."""

    index: int


@frozen
class Shuffle:
    """Bring the queue into a random order."""


@frozen
class Seek:
    """Go on at another place of the track."""

    jump: Jump


@frozen
class SetFilter:
    """Let the music sound through a filter; ``None`` through none."""

    filter: Filter | None


@frozen
class SetSpeed:
    """Play at this speed, without a change of pitch."""

    speed: float


@frozen
class SetLoop:
    """Repeat the track, the queue or nothing."""

    loop: Loop


@frozen
class SetNormalize:
    """Make every track equally loud, or not; ``None`` toggles."""

    mode: bool | None


Command = (
    Play
    | Pause
    | Resume
    | Skip
    | Previous
    | Stop
    | ShowQueue
    | ShowPlaying
    | SetVolume
    | Join
    | Leave
    | Clear
    | Remove
    | Shuffle
    | Seek
    | SetFilter
    | SetSpeed
    | SetLoop
    | SetNormalize
    | Press
)


@frozen(kw_only=True)
class Room:
    """What the cache knows of a voice channel: whether the bot could join it and who is there.

    On a stage ``can_speak`` means that the bot may ask to, ``may_take_floor`` that it need not ask.
    """

    channel_id: ChannelId
    can_connect: bool = True
    can_speak: bool = True
    is_full: bool = False
    is_stage: bool = False
    may_take_floor: bool = False
    humans: int = 1


@frozen(kw_only=True)
class Asked:
    """A command with what was true when it arrived.

    ``request`` is its number in this process, under which its reply is found; ``room`` is the caller's voice
    channel, ``None`` if they sit in none.
    """

    request: int
    command: Command
    facts: Facts
    room: Room | None = None


@frozen(kw_only=True)
class Returned:
    """The guild is in sight after a start: go on if somebody listens.

    ``room`` is the channel of before, ``None`` if it is gone; ``seated`` says whether Discord still shows the
    bot in some channel.
    """

    room: Room | None
    seated: bool


@frozen(kw_only=True)
class BotSeated:
    """Discord says where the bot sits; ``None``: in no channel.

    ``in_audience``: of a stage, where it is not heard; ``may_take_floor``: it may change that by itself.
    """

    channel_id: ChannelId | None
    in_audience: bool = False
    may_take_floor: bool = False
    session_id: str = field(repr=False)


@frozen(kw_only=True)
class ServerGiven:
    """Discord says where the call is served; without an endpoint another one follows."""

    token: str = field(repr=False)
    endpoint: str | None


@frozen
class PeopleCounted:
    """How many humans are in the bot's channel."""

    humans: int


@frozen
class SessionReplaced:
    """The main gateway began a new session: the voice session of the old one is void."""


@frozen
class GuildAvailable:
    """The guild is in sight (again)."""


@frozen
class GuildGone:
    """The bot was removed from the guild."""


@frozen
class DefaultsChanged:
    """A setting of the sound has a new value; filled in by the shell. The volume is in percent."""

    volume_pct: int = 100
    leveling: Leveling = PLAIN_LEVELING
    crossfade_s: float = 0.0


@frozen(kw_only=True)
class Found:
    """A request's queries stand for these tracks."""

    request: int
    tracks: tuple[Track, ...]
    playlist_title: str | None = None


@frozen(kw_only=True)
class NotFound:
    """There is nothing to play for a request."""

    request: int
    error: MediaError


@frozen(kw_only=True)
class Opened:
    """A track can be played now."""

    key: TrackKey
    playable: Playable


@frozen(kw_only=True)
class NotOpened:
    """A track cannot be played any more."""

    key: TrackKey
    error: MediaError


@frozen(kw_only=True)
class Broken:
    """A playback failed in the node; ``guard`` is what the media guard refused meanwhile, if it did."""

    failed: protocol.TrackFailed
    guard: MediaError | None


@frozen(kw_only=True)
class QueuingShown:
    """The answer "Queuing…" is in the channel as this message."""

    request: int
    channel_id: ChannelId
    message_id: MessageId


@frozen
class HandedOver:
    """A request that was given to another actor has ended: perhaps it is time to retire."""


Fact = (
    protocol.Fact
    | PageWanted
    | VoiceStateUpdated
    | ServerGiven
    | SessionReplaced
    | GuildAvailable
    | GuildGone
    | DefaultsChanged
    | Found
    | NotFound
    | Opened
    | NotOpened
    | QueuingShown
    | HandedOver
    | PanelFact
)
"""What the mailbox takes besides commands. The shell answers ``PageWanted``, makes ``BotSeated`` and
``PeopleCounted`` of a voice state, and ``Broken`` of a ``TrackFailed``."""

VoiceFact = (
    protocol.Connected
    | protocol.Closed
    | protocol.TrackStarted
    | protocol.TrackEnded
    | protocol.Position
    | protocol.Loudness
    | protocol.NodeRestarted
)
"""What the machine takes of the node as it is."""

Input = (
    Asked
    | Returned
    | BotSeated
    | ServerGiven
    | PeopleCounted
    | SessionReplaced
    | GuildAvailable
    | GuildGone
    | DefaultsChanged
    | Found
    | NotFound
    | Opened
    | NotOpened
    | Broken
    | QueuingShown
    | PanelFact
    | VoiceFact
)
"""What the machine takes."""
