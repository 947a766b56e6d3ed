"""The messages between the bot and the voice node, and their bytes.

A core: imports ids and the close-code table, no trio. Values are frozen attrs classes in two closed unions:
:data:`ToNode` (what the bot wants) and :data:`FromNode` (what the node saw). Bytes are in ``voice.framing``.

Rules:

- The first message in each direction carries :data:`PROTOCOL_VERSION` (:class:`Hello`, :class:`Ready`);
  another version ends the node.
- The bot sends *desired state*, whole, never steps. Sending the same state twice changes nothing; sending
  the last state of every call to a new node restores everything.
- Every message about a call carries ``call`` (its guild) and ``attempt``. ``attempt`` numbers the joins of
  that call and only grows; whoever receives a message of an older attempt about the *connection* ignores it.
- ``revision`` numbers what the bot wants of a call and only grows. The node answers it with
  :class:`Heard`, which speaks for all revisions before it too. 0 stands for nobody who asks.
- A :class:`Playing` is known by its key ``(track_id, generation)``. A new generation of the same track is a
  seek, or playing it once more. A key that ended or failed is never played again by the same node, so a
  state that crossed a :class:`TrackEnded` on its way restarts nothing. The node plays the first of ``track``
  and ``next`` that has not ended; facts about tracks are judged by their key, not by the attempt.

Failure modes: malformed bytes raise ``voice.framing.MalformedMessage``; the bot restarts a node that sends
such, the node logs and skips a single unreadable message.
"""

from enum import StrEnum
from typing import Final, TypeAlias

from attrs import field, frozen

from gateway_client.ids import ChannelId, GuildId, UserId
from voice.close_codes import Verdict

PROTOCOL_VERSION: Final = 2

MAX_VOLUME_PCT: Final = 500
SLOWEST: Final = 0.5
FASTEST: Final = 2.0
LONGEST_CROSSFADE_S: Final = 12.0

TrackKey: TypeAlias = tuple[int, int]


def _hidden(_: object) -> str:
    return "•••"


class Filter(StrEnum):
    """A named change of the sound; the value is what people type."""

    BASSBOOST = "bassboost"
    NIGHTCORE = "nightcore"
    VAPORWAVE = "vaporwave"
    EIGHT_D = "8d"
    KARAOKE = "karaoke"
    TREMOLO = "tremolo"
    POP = "pop"
    ROCK = "rock"
    JAZZ = "jazz"
    CLASSICAL = "classical"
    ELECTRONIC = "electronic"
    VOICE = "voice"
    TREBLE = "treble"


TAPE_SPEEDS: Final = {Filter.NIGHTCORE: 1.25, Filter.VAPORWAVE: 0.8}
"""How much faster the tape runs, pitch and all."""


def pace_of(filter_name: Filter | None, speed: float) -> float:
    """Seconds of a track that go by in one second of sound."""
    return speed if filter_name is None else speed * TAPE_SPEEDS.get(filter_name, 1.0)


class Reason(StrEnum):
    """Why a track could not be played, in words a view can turn into a sentence."""

    NOT_AUDIO = "not_audio"
    """It opened, but there is no sound in it (a page, a picture, a text)."""
    NOT_FOUND = "not_found"
    """No such file, or 404/410."""
    FORBIDDEN = "forbidden"
    """401, 403, or a file that may not be read; also what the guard refuses."""
    NETWORK = "network"
    """Name, connection, TLS or 5xx."""
    TIMEOUT = "timeout"
    """Nothing came for too long."""
    CORRUPT = "corrupt"
    """It is audio, but not one frame could be decoded."""
    UNSUPPORTED = "unsupported"
    """A codec or protocol that is not built in or not allowed."""


@frozen(kw_only=True)
class Server:
    """Where and as whom to connect.

    Args:
        url: ``ws://`` or ``wss://`` URL, made with ``voice.endpoint.endpoint_url``.
        token: the token of VOICE_SERVER_UPDATE; never shown.
        session_id: the session id of the bot's own VOICE_STATE_UPDATE; never shown.
    """

    url: str
    token: str = field(repr=_hidden)
    session_id: str = field(repr=_hidden)
    user_id: UserId
    guild_id: GuildId
    channel_id: ChannelId


@frozen(kw_only=True)
class Keep:
    """Where a track from the web may be written while it is read, if only the node can tell its bytes apart.

    Args:
        part: absolute path of a file that is not there yet.
        whole: what it is called once the track was read from its beginning to its end.
        max_bytes: a larger one is given up.
        least_s: a shorter one is not the whole track.
    """

    part: str = field(repr=_hidden)
    whole: str = field(repr=_hidden)
    max_bytes: int
    least_s: float


@frozen(kw_only=True)
class Source:
    """Something that can be opened as audio.

    Args:
        location: absolute path of a file, or an ``http`` URL as the guard knows it. Shown only by its kind:
            URLs carry secrets.
        is_file: ``location`` is a path; otherwise only network protocols are allowed for it.
        proxy: ``http://user:password@127.0.0.1:port`` of the guard, the only way out for URLs.
        headers: request headers for URLs, in order.
        keep: where it may be written meanwhile (``voice.keeping``).
    """

    location: str = field(repr=_hidden)
    is_file: bool
    proxy: str | None = field(default=None, repr=_hidden)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=_hidden)
    keep: Keep | None = None


@frozen(kw_only=True)
class Measured:
    """How loud a track is: integrated loudness by EBU R128, and its highest sample in dB of full scale."""

    lufs: float
    peak_db: float


@frozen(kw_only=True)
class Leveling:
    """What every track shall be as loud as; ``max_gain_db`` bounds only how much louder one is made."""

    target_lufs: float = -14.0
    max_gain_db: float = 12.0

    def gain_db(self, measured: Measured) -> float:
        """How much louder, or quieter, a track has to be."""
        return min(self.target_lufs - measured.lufs, self.max_gain_db)


@frozen(kw_only=True)
class Playing:
    """One playback of a track from ``offset_ms`` (milliseconds from its start) on.

    ``loudness`` is what was measured when it was played before.
    """

    track_id: int
    generation: int = 0
    source: Source
    offset_ms: int = 0
    loudness: Measured | None = None

    @property
    def key(self) -> TrackKey:
        """What tells this playback from every other of the call."""
        return (self.track_id, self.generation)


@frozen(kw_only=True)
class Hello:
    """First message of the bot."""

    version: int


@frozen(kw_only=True)
class Desired:
    """All that the bot wants of one call.

    Args:
        server: ``None`` while no server is known: what plays is kept, the connection is left.
        track: what shall sound now; ``None`` is silence.
        next: opened ahead; the node goes on with it without a gap when ``track`` ends.
        volume_pct: 0 to :data:`MAX_VOLUME_PCT`; 100 leaves the sound as it is.
        filter: a named change of the sound.
        speed: 0.5 to 2, without a change of pitch.
        leveling: make every track equally loud.
        crossfade_s: for how long the end of ``track`` and the beginning of ``next`` sound together, 0 to 12.
        paused: hold the position, send silence.
        revision: what :class:`Heard` answers.
    """

    call: GuildId
    attempt: int
    server: Server | None
    track: Playing | None = None
    next: Playing | None = None
    volume_pct: int = 100
    filter: Filter | None = None
    speed: float = 1.0
    leveling: Leveling | None = None
    crossfade_s: float = 0.0
    paused: bool = False
    revision: int = 0


@frozen(kw_only=True)
class Drop:
    """Leave the call and forget it; what was wanted last is still told to be heard."""

    call: GuildId


@frozen(kw_only=True)
class Ready:
    """First message of the node."""

    version: int
    pid: int


@frozen(kw_only=True)
class Beat:
    """Sign of life, once per second."""


@frozen(kw_only=True)
class Connected:
    """The call can be heard from now on: after a join, and again after each resume."""

    call: GuildId
    attempt: int


@frozen(kw_only=True)
class Closed:
    """The connection closed.

    Args:
        code: the WebSocket close code, ``None`` when it broke without one.
        verdict: RESUME and IDENTIFY are news only (the node goes on by itself, ``Connected`` follows);
            with every other the node waits for another ``attempt``.
        detail: a few words for the log, never shown to a user.
    """

    call: GuildId
    attempt: int
    code: int | None
    verdict: Verdict
    detail: str = ""


@frozen(kw_only=True)
class TrackStarted:
    """The first frame of a playback was sent. Repeated after a node was replaced."""

    call: GuildId
    attempt: int
    track_id: int
    generation: int


@frozen(kw_only=True)
class TrackEnded:
    """The last frame of a playback was sent (by itself; a skip reports nothing)."""

    call: GuildId
    attempt: int
    track_id: int
    generation: int


@frozen(kw_only=True)
class TrackFailed:
    """A playback could not start, or broke off and cannot go on.

    Args:
        detail: the words of the decoder, for logs; never contains the location.
        position_ms: how far it had got, in milliseconds from the start of the track.
    """

    call: GuildId
    attempt: int
    track_id: int
    generation: int
    reason: Reason
    detail: str
    position_ms: int


@frozen(kw_only=True)
class Position:
    """How far a playback has got: its offset plus the source frames really sent, in milliseconds.

    Sent at least once per second while something plays, and at once after each change.
    """

    call: GuildId
    attempt: int
    track_id: int
    generation: int
    position_ms: int
    paused: bool


@frozen(kw_only=True)
class Heard:
    """What is wanted by this revision is what is sent: the change is over.

    Said once, after the first frame that is wholly so has left: what was cut off has faded out, a pause
    stands still, another sound has been faded over to, another playback has risen out of silence. Where
    nothing can be sent, silence is heard at once, and sound not before it can. A revision that another one
    has overtaken is not told, but for a silence before the next playback. A loudness that is corrected
    later is no part of it.
    """

    call: GuildId
    revision: int


@frozen(kw_only=True)
class Loudness:
    """A playback's track was measured, whole: worth remembering."""

    call: GuildId
    attempt: int
    track_id: int
    generation: int
    measured: Measured


@frozen(kw_only=True)
class NodeRestarted:
    """Said by the client, not by the node: a node was lost.

    Its calls stand still until they are told to another one, which goes on where they were.

    Args:
        why: for the log.
        restarts: how often that has happened to this node so far.
        calls: those that it served.
    """

    why: str
    restarts: int
    calls: tuple[GuildId, ...] = ()


ToNode: TypeAlias = Hello | Desired | Drop
CallFact: TypeAlias = (
    Connected | Closed | TrackStarted | TrackEnded | TrackFailed | Position | Heard | Loudness
)
Fact: TypeAlias = CallFact | NodeRestarted
FromNode: TypeAlias = Ready | Beat | CallFact
