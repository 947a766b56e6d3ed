"""What was heard in a call, packet by packet, and whatever was wrong with it.

`Capture` is the witness of the tests: decrypted Opus in order of arrival, in bounded memory. `StreamCheck`
judges one sender's packets: a nonce used twice, a sequence number or timestamp that does not follow. No
I/O; imports no shell.

A timestamp follows if it grows by what the packets before it sound (their own length, per sequence step).
After a pause it may be anything that is later: a client that stops sends silence and begins again when it
likes.
"""

from collections import Counter, deque
from enum import StrEnum

from attrs import define, field, frozen

from gateway_client.ids import GuildId, UserId
from sandbox.voice.opus import SILENCE, opus_samples
from sandbox.voice.values import Frame

KEPT_FRAMES = 90_000
"""Half an hour of 20 ms frames."""

KEPT_VIOLATIONS = 1_000
REMEMBERED_NONCES = 180_000
"""An hour of packets: how far back a repeated nonce is seen."""

PAUSE_S = 0.2
"""Silence on the wire after which a timestamp may jump forward, in seconds."""


class Violation(StrEnum):
    """What a client did that Discord's server, or the ears of its listeners, would not forgive."""

    NONCE_REUSED = "a nonce was used twice with one key"
    SEQUENCE_STEP = "a sequence number does not follow"
    TIMESTAMP_STEP = "a timestamp does not follow"
    NOT_DECRYPTABLE = "a packet does not decrypt"
    UNKNOWN_SENDER = "a packet has an SSRC of no session"
    WRONG_PAYLOAD = "a packet is not Opus"
    SPOKE_EARLY = "a packet came before the first speaking message"
    IN_THE_CLEAR = "a frame was not encrypted in a call that is"
    MALFORMED = "a datagram is neither RTP nor discovery nor keep-alive"


@frozen(kw_only=True)
class Seen:
    """One violation: when (monotonic seconds) and at which RTP sequence number, if it had one."""

    kind: Violation
    at_s: float
    sequence: int | None = None


@define
class StreamCheck:
    """The order of one sender's packets."""

    _last: Frame | None = field(init=False, default=None)
    _nonces: set[bytes] = field(init=False, factory=set[bytes])
    _oldest: deque[bytes] = field(init=False, factory=deque[bytes])

    def fresh_key(self) -> None:
        """A new key: every nonce is unused again."""
        self._nonces.clear()
        self._oldest.clear()

    def check(self, frame: Frame, nonce: bytes) -> list[Violation]:
        """What is wrong with this packet, given those before it."""
        found = list[Violation]()
        if nonce in self._nonces:
            found.append(Violation.NONCE_REUSED)
        self._remember(nonce)
        if self._last is not None:
            found += _steps(self._last, frame)
        self._last = frame
        return found

    def _remember(self, nonce: bytes) -> None:
        self._nonces.add(nonce)
        self._oldest.append(nonce)
        if len(self._oldest) > REMEMBERED_NONCES:
            self._nonces.discard(self._oldest.popleft())


def _steps(before: Frame, frame: Frame) -> list[Violation]:
    found = list[Violation]()
    if (frame.sequence - before.sequence) & 0xFFFF != 1:
        found.append(Violation.SEQUENCE_STEP)
    step = (frame.timestamp - before.timestamp) & 0xFFFFFFFF
    paused = before.opus == SILENCE or frame.arrived_s - before.arrived_s > PAUSE_S
    forward = 0 < step < 1 << 31
    # How long a packet sounds that nobody could decrypt is not known.
    known = bool(before.opus)
    if step != opus_samples(before.opus) and not ((paused or not known) and forward):
        found.append(Violation.TIMESTAMP_STEP)
    return found


@define
class Capture:
    """The recording of one sender in one call, oldest frame first."""

    frames: deque[Frame] = field(init=False, factory=lambda: deque[Frame](maxlen=KEPT_FRAMES))
    violations: deque[Seen] = field(init=False, factory=lambda: deque[Seen](maxlen=KEPT_VIOLATIONS))
    counts: Counter[Violation] = field(init=False, factory=Counter[Violation])
    sealed: int = field(init=False, default=0)
    """Frames that nobody who listens here could decrypt: they belong to no epoch of theirs."""

    def keep(self, frame: Frame) -> None:
        """Record a frame."""
        self.frames.append(frame)

    def blame(self, kind: Violation, now: float, sequence: int | None = None) -> None:
        """Record a violation; they are counted even when the list is full."""
        self.counts[kind] += 1
        self.violations.append(Seen(kind=kind, at_s=now, sequence=sequence))

    def payloads(self, *, silence: bool = False) -> list[bytes]:
        """The Opus packets in order of arrival, without the closing silence unless asked for."""
        return [frame.opus for frame in self.frames if silence or frame.opus != SILENCE]


@define
class Recorder:
    """Every sender's recording; it goes on over reconnects, moves and regions."""

    _captures: dict[tuple[GuildId, UserId], Capture] = field(
        init=False, factory=dict[tuple[GuildId, UserId], Capture]
    )

    def of(self, guild_id: GuildId, user_id: UserId) -> Capture:
        """The recording of one user in one guild, empty if they said nothing yet."""
        return self._captures.setdefault((guild_id, user_id), Capture())
