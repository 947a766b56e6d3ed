"""The machine of one voice session: identify, keep alive, resume, give up.

A core: no I/O, no trio; time is an argument. It lives as long as one ``Server`` (one attempt of a call) and
over as many sockets as that takes. The shell ``voice.connection`` tells it what happened and performs the
actions it returns, in their order; deadlines come from ``next_deadline`` and are met with ``tick``.

States::

    DIALLING ──opened──▶ IDENTIFYING ──Ready──▶ DISCOVERING ──discovered──▶ SELECTING ──key──▶ LIVE
        ▲    └─opened──▶ RESUMING ─────────────────────Resumed──────────────────────────────────▶┘│
        └───────────────────────── lost (RESUME, IDENTIFY) ◀──────────────────────────────────────┘
                                   lost (other verdicts), attempts used up ──▶ OVER

Rules:

- Identify or resume is the first thing said on a socket; the interval of the heartbeat is that of op 8.
- A heartbeat that was not acknowledged when the next is due means that the socket is dead.
- ``seq_ack`` is the last sequence of either kind of payload; -1 before the first. A new session forgets it.
- Whoever speaks says so before the first packet of each session, and again after a resume.
- OVER is final: whatever is told then, nothing follows.
- From the first dial on, and after each loss, LIVE must be reached within :data:`HANDSHAKE_S` per socket and
  :data:`MAX_DIALS` sockets; otherwise the verdict is REJOIN. Sockets count together that were lost before
  they were live for :data:`STEADY_S`: a server that lets us in and closes at once is not dialled for ever.

Failure modes: a payload that cannot be read is skipped (:class:`Skipped`); if it was a needed one, the
deadline of the handshake ends the wait.
"""

import math
from collections.abc import Callable
from enum import Enum, auto
from typing import Final, TypeAlias, assert_never

from attrs import define, field, frozen

from gateway_client.backoff import Backoff
from gateway_client.ids import UserId
from voice import handshake
from voice.close_codes import Verdict, hint_of, verdict_of
from voice.crypto import Mode, choose_mode
from voice.dave import MAX_PROTOCOL_VERSION, DaveMessage
from voice.handshake import MalformedPayload, Received
from voice.protocol import Server

HANDSHAKE_S: Final = 10.0
"""Longest wait from dialling a socket to being live on it."""
MAX_DIALS: Final = 6
STEADY_S: Final = 5.0
"""Whoever was live for so long is lost anew: the next socket is the first one again."""
HANGUP_CODE: Final = 4000
"""Closing with 1000 could end the session; any other code leaves it resumable."""
BEAT_GRID_S: Final = 0.5
"""Heartbeats of all calls of a node are due together, a little early: they share its wake-ups."""
SHORTEST_ON_GRID_S: Final = 20 * BEAT_GRID_S
LONGEST_BEAT_S: Final = 60.0
"""Whatever op 8 says, or where none came: without heartbeats nobody would notice a dead socket."""
_FIRST_DELAY_S: Final = 0.5
_LONGEST_DELAY_S: Final = 5.0


def beat_after(now: float, interval_s: float) -> float:
    """When a heartbeat is due that must not come later than ``interval_s`` from ``now`` on, in seconds."""
    due = now + interval_s
    return due if interval_s < SHORTEST_ON_GRID_S else math.floor(due / BEAT_GRID_S) * BEAT_GRID_S


class State(Enum):
    """Where the session stands."""

    DIALLING = auto()
    IDENTIFYING = auto()
    DISCOVERING = auto()
    SELECTING = auto()
    RESUMING = auto()
    LIVE = auto()
    OVER = auto()


@frozen(kw_only=True)
class Dial:
    """Open a socket in ``delay_s`` seconds."""

    delay_s: float


@frozen(kw_only=True)
class Send:
    """Send ``text`` on the socket."""

    text: str = field(repr=False)


@frozen(kw_only=True)
class Discover:
    """Open UDP to the server and find out our own address; answer with ``discovered``."""

    ssrc: int
    address: str
    port: int


@frozen(kw_only=True)
class Keyed:
    """Audio is sealed with this key from now on, and end to end as this version of DAVE says (0: not)."""

    ssrc: int
    mode: Mode
    key: bytes = field(repr=lambda _: "•••")
    dave_version: int = 0


@frozen(kw_only=True)
class Live:
    """The call can be heard; ``resumed`` tells that it is the session of before."""

    resumed: bool


@frozen(kw_only=True)
class Exchange:
    """A message for the cipher; what it answers is to be sent before anything else is read."""

    message: DaveMessage


@frozen(kw_only=True)
class Said:
    """The op 5 before this told that we speak, or that we do not."""

    speaking: bool


@frozen(kw_only=True)
class Hangup:
    """Close the socket with ``code``; ``lost`` was already said."""

    code: int


@frozen(kw_only=True)
class Lost:
    """The socket is gone. With RESUME and IDENTIFY a :class:`Dial` follows, otherwise the session is over."""

    code: int | None
    verdict: Verdict
    detail: str


@frozen(kw_only=True)
class Skipped:
    """A payload that could not be read, for the log."""

    why: str


Action: TypeAlias = Dial | Send | Discover | Keyed | Live | Exchange | Said | Hangup | Lost | Skipped


@define(kw_only=True)
class Session:
    """One voice session.

    Args:
        server: whom to be and where.
        random: draws a float in [0, 1) for the delays between sockets.
    """

    server: Server
    random: Callable[[], float]
    state: State = field(default=State.OVER, init=False)
    members: set[UserId] = field(factory=set[UserId], init=False)
    _seq_ack: int = field(default=-1, init=False)
    _ssrc: int = field(default=0, init=False)
    _mode: Mode | None = field(default=None, init=False)
    _resumable: bool = field(default=False, init=False)
    _speaking: bool = field(default=False, init=False)
    _said_speaking: bool = field(default=False, init=False)
    _dials: int = field(default=0, init=False)
    _backoff: Backoff = field(init=False)
    _live_since: float = field(default=0.0, init=False)
    _handshake_deadline: float = field(default=0.0, init=False)
    _heartbeat_s: float | None = field(default=None, init=False)
    _next_beat: float = field(default=0.0, init=False)
    _acknowledged: bool = field(default=True, init=False)

    def __attrs_post_init__(self) -> None:
        self._backoff = Backoff(first_s=_FIRST_DELAY_S, limit_s=_LONGEST_DELAY_S)

    def start(self, now: float) -> list[Action]:
        """Begin: the first socket is to be dialled."""
        return self._dial(now)

    def opened(self, now: float) -> list[Action]:
        """The socket is open."""
        if self.state is State.OVER:
            return []
        self._handshake_deadline = now + HANDSHAKE_S
        if self._resumable:
            self.state = State.RESUMING
            return [Send(text=handshake.to_resume(self.server, self._seq_ack))]
        self.state = State.IDENTIFYING
        self._seq_ack = -1
        self.members.clear()
        return [Send(text=handshake.to_identify(self.server))]

    def receive(self, data: str | bytes, now: float) -> list[Action]:
        """A payload came; bytes are the binary kind."""
        if self.state is State.OVER:
            return []
        try:
            received = handshake.parse_text(data) if isinstance(data, str) else handshake.parse_binary(data)
        except MalformedPayload as error:
            return [Skipped(why=str(error))]
        if received.sequence is not None:
            self._seq_ack = received.sequence
        return self._take(received, now)

    def discovered(self, address: str, port: int) -> list[Action]:
        """IP discovery found our own address."""
        if self.state is not State.DISCOVERING or self._mode is None:
            return []
        self.state = State.SELECTING
        return [Send(text=handshake.to_select_protocol(address, port, self._mode))]

    def lost(self, code: int | None, now: float, detail: str = "") -> list[Action]:
        """The socket closed or could not be opened, with the server's ``code`` if there was one."""
        if self.state is State.OVER:
            return []
        self._heartbeat_s = None
        was_live = self.state is State.LIVE
        if was_live and now >= self._live_since + STEADY_S:
            self._dials = 0
            self._backoff.reset()
        verdict = verdict_of(code)
        if verdict not in {Verdict.RESUME, Verdict.IDENTIFY}:
            return self._end(code, verdict, detail or hint_of(code))
        if self._dials >= MAX_DIALS:
            return self._end(code, Verdict.REJOIN, detail or "the voice server cannot be reached")
        if verdict is Verdict.IDENTIFY:
            self._resumable = False
        verdict = Verdict.RESUME if self._resumable else Verdict.IDENTIFY
        lost = Lost(code=code, verdict=verdict, detail=detail or hint_of(code))
        return [lost, *self._dial(now, at_once=was_live and self._dials == 1)]

    def renew(self, now: float) -> list[Action]:
        """Give this session up for a new one with a new key (all nonces of the key are used)."""
        if self.state is State.OVER:
            return []
        self._resumable = False
        return [Hangup(code=HANGUP_CODE), *self.lost(None, now, "the key is used up")]

    def abandon(self, why: str) -> list[Action]:
        """Give this session up; somebody else has to join afresh."""
        if self.state is State.OVER:
            return []
        return [Hangup(code=HANGUP_CODE), *self._end(None, Verdict.REJOIN, why)]

    def speak(self, speaking: bool) -> list[Action]:
        """Say that packets follow, or that they ended; said again after a resume."""
        self._speaking = speaking
        return self._say_speaking() if self.state is State.LIVE else []

    def next_deadline(self) -> float | None:
        """When ``tick`` is wanted, ``None`` if only a message can bring this on."""
        deadlines: list[float] = []
        if self._heartbeat_s is not None:
            deadlines.append(self._next_beat)
        if self.state not in {State.LIVE, State.OVER}:
            deadlines.append(self._handshake_deadline)
        return min(deadlines, default=None)

    def tick(self, now: float) -> list[Action]:
        """Do what is due at ``now``."""
        if self.state not in {State.LIVE, State.OVER} and now >= self._handshake_deadline:
            return [Hangup(code=HANGUP_CODE), *self.lost(None, now, "the handshake took too long")]
        if self._heartbeat_s is None or now < self._next_beat:
            return []
        if not self._acknowledged:
            return [Hangup(code=HANGUP_CODE), *self.lost(None, now, "no answer to a heartbeat")]
        self._acknowledged = False
        self._next_beat = beat_after(now, self._heartbeat_s)
        return [Send(text=handshake.to_heartbeat(int(now * 1000), self._seq_ack))]

    def _dial(self, now: float, *, at_once: bool = False) -> list[Action]:
        # The first socket after a loss is dialled at once: most losses are single broken connections.
        at_once = at_once or not self._dials
        delay_s = 0.0 if at_once else self._backoff.next_delay(self.random)
        self._dials += 1
        self.state = State.DIALLING
        self._handshake_deadline = now + delay_s + HANDSHAKE_S
        return [Dial(delay_s=delay_s)]

    def _end(self, code: int | None, verdict: Verdict, detail: str) -> list[Action]:
        self.state = State.OVER
        self._heartbeat_s = None
        return [Lost(code=code, verdict=verdict, detail=detail)]

    def _beat_every(self, interval_s: float, now: float) -> None:
        self._heartbeat_s = min(interval_s, LONGEST_BEAT_S)
        self._acknowledged = True
        self._next_beat = beat_after(now, self._heartbeat_s)

    def _live(self, now: float, *, resumed: bool) -> list[Action]:
        self.state, self._live_since = State.LIVE, now
        self._resumable = True
        if self._heartbeat_s is None:
            self._beat_every(LONGEST_BEAT_S, now)
        # Who fell silent while nobody heard it would be shown as speaking on.
        tells = self._speaking or (resumed and self._said_speaking)
        return [Live(resumed=resumed), *(self._say_speaking() if tells else [])]

    def _say_speaking(self) -> list[Action]:
        self._said_speaking = self._speaking
        text = handshake.to_speaking(self._ssrc, self._speaking)
        return [Send(text=text), Said(speaking=self._speaking)]

    def _take(self, received: Received, now: float) -> list[Action]:
        exchange: list[Action] = [] if received.raw is None else [Exchange(message=received.raw)]
        match received.payload:
            case handshake.Hello(heartbeat_s=heartbeat_s):
                self._beat_every(heartbeat_s, now)
            case handshake.HeartbeatAck():
                self._acknowledged = True
            case handshake.Ready() as ready:
                return self._ready(ready)
            case handshake.Description() as description:
                return self._described(description, now)
            case handshake.Resumed():
                return self._live(now, resumed=True) if self.state is State.RESUMING else []
            case handshake.ClientsConnected(users=users):
                self.members.update(users)
            case handshake.ClientDisconnected(user=user):
                self.members.discard(user)
            case DaveMessage() | handshake.Unknown():
                pass
            case _:
                assert_never(received.payload)
        return exchange

    def _ready(self, ready: handshake.Ready) -> list[Action]:
        if self.state is not State.IDENTIFYING:
            return []
        self._mode = choose_mode(ready.modes)
        if self._mode is None:
            why = "the voice server offers no encryption mode that is known here"
            return [Hangup(code=HANGUP_CODE), *self._end(None, Verdict.FAIL, why)]
        self._ssrc = ready.ssrc
        self.state = State.DISCOVERING
        return [Discover(ssrc=ready.ssrc, address=ready.address, port=ready.port)]

    def _described(self, description: handshake.Description, now: float) -> list[Action]:
        # A second description on a live session is a change of key; anywhere else it is noise.
        if self.state not in {State.SELECTING, State.LIVE}:
            return []
        mode = choose_mode([description.mode])
        if mode is None or description.dave_version > MAX_PROTOCOL_VERSION:
            why = "the voice server chose an encryption that was not offered"
            return [Hangup(code=HANGUP_CODE), *self._end(None, Verdict.FAIL, why)]
        version = description.dave_version
        keyed = Keyed(ssrc=self._ssrc, mode=mode, key=description.key, dave_version=version)
        return [keyed] if self.state is State.LIVE else [keyed, *self._live(now, resumed=False)]
