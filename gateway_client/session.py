"""One shard's session with Discord, across all its connections: the state machine, without I/O.

The shell (`shard`) asks `next_step` between connections, reports what happened through the input methods
and performs the actions they return. Reconnecting is a state here, never a restart. Phases:

    WAITING -> DIALING -> GREETING -> QUEUED -> IDENTIFYING -> LIVE
       ^                     '-------> RESUMING ---------------^
       '--- CLOSING <--- any connected phase                     ENDED from anywhere

Rules. Every input is legal in every phase; one that makes no sense there is noted or ignored. A frame
counts as life before it is looked at. A dead heart, op 7, a broken compressed stream or a bad READY closes
with 4000 and goes on with the session; op 9 false and the codes that `close_codes` calls so begin a new
one; the fatal codes end in ENDED with `error`. Which session is resumed, where and when, `comeback` knows.
`receive` returns no action only if the next deadline came no nearer, so the shell need not look at it after
each event.

Imports: the room's values and cores. Time is an argument, randomness is injected.

Source: Gateway, "Connection Lifecycle", "Resuming"; Opcodes and Status Codes.
"""

import logging
import math
from collections.abc import Callable, Sequence
from enum import Enum, auto
from random import Random

from attrs import Factory, define, evolve, field

from gateway_client.actions import (
    Action,
    AskToIdentify,
    Close,
    Deliver,
    Dial,
    Note,
    Send,
    Step,
    Stop,
    Wait,
)
from gateway_client.close_codes import ENDING, INTERRUPTING, Verdict, close_code, fatal_error
from gateway_client.comeback import Comeback
from gateway_client.commands import Command, Heartbeat, Identify, Resume, UpdatePresence, to_wire
from gateway_client.errors import BrokenStream, GatewayClosed, MalformedFrame
from gateway_client.events import Event, InteractionCreated, Ready, Received, Resumed, VoiceStateUpdated
from gateway_client.heart import Heart
from gateway_client.inflate import Inflater
from gateway_client.limiter import SendLimiter
from gateway_client.objects import VoiceState
from gateway_client.outbox import Outbox, Telling
from gateway_client.parse import Envelope, parse_envelope, parse_event, parse_hello, parse_invalid_session
from gateway_client.replay import Replay

HELLO_WITHIN_S = 20.0
"""A connection that does not greet in this time is given up."""

STEADY_S = 5.0
"""A session that stood this long, or a heartbeat answered, counts as healthy: what breaks it is news."""


class Phase(Enum):
    """Where a session stands."""

    WAITING = auto()
    DIALING = auto()
    GREETING = auto()
    QUEUED = auto()
    IDENTIFYING = auto()
    RESUMING = auto()
    LIVE = auto()
    CLOSING = auto()
    ENDED = auto()


CONNECTED = frozenset({Phase.GREETING, Phase.QUEUED, Phase.IDENTIFYING, Phase.RESUMING, Phase.LIVE})
"""Phases with an open WebSocket that is listened to."""

_NOTHING: Sequence[Action] = ()


@define(kw_only=True)
class Session:
    """The machine.

    Args:
        identify: what to start a session with; its presence and intents may be replaced at any time.
        gateway_url: the general address; may be replaced at any time.
        address: makes the address to dial from one of Discord's: adds version, encoding, compression.
        new_inflater: opens the decompression of a new connection.
        random: for jitter only.
    """

    identify: Identify
    gateway_url: str
    address: Callable[[str], str]
    new_inflater: Callable[[], Inflater]
    random: Random
    outbox: Outbox = Factory(Outbox)
    phase: Phase = Phase.WAITING
    heart: Heart = Factory(Heart)
    error: GatewayClosed | None = None
    comeback: Comeback = field(init=False)
    _until: float = -math.inf
    _delay_s: float = 0.0
    _replay: Replay = Factory(Replay)
    _limiter: SendLimiter = Factory(SendLimiter)
    _inflater: Inflater | None = None
    """There is one exactly in the `CONNECTED` phases."""

    def __attrs_post_init__(self) -> None:
        self.comeback = Comeback(random=self.random)

    @property
    def has_session(self) -> bool:
        """There is one to resume."""
        return self.comeback.session_id is not None

    def next_step(self, now: float) -> Step:
        """What the shell does while nothing is connected."""
        if self.phase is Phase.ENDED:
            return Stop()
        if self.phase is Phase.WAITING and now < self._until:
            return Wait(until=self._until)
        if self.phase not in {Phase.WAITING, Phase.DIALING}:
            return Wait(until=math.inf)
        self.phase = Phase.DIALING
        return Dial(url=self.address(self.comeback.url(self.gateway_url)))

    def next_deadline(self) -> float:
        """When `tick` has something to do, infinity if never."""
        match self.phase:
            case Phase.GREETING | Phase.WAITING:
                return self._until
            case Phase.QUEUED | Phase.IDENTIFYING | Phase.RESUMING:
                return self.heart.beat_at
            case Phase.LIVE:
                return min(self.heart.beat_at, self._limiter.free_at()) if self.outbox else self.heart.beat_at
            case Phase.DIALING | Phase.CLOSING | Phase.ENDED:
                return math.inf

    # Inputs

    def dial_failed(self, reason: str, now: float) -> Sequence[Action]:
        """No WebSocket came about."""
        if self.phase is not Phase.DIALING:
            return _NOTHING
        self.comeback.dial_failed()
        return self._wait(now, self.comeback.delay_s(), f"cannot connect: {reason}")

    def opened(self, now: float) -> Sequence[Action]:
        """The WebSocket is open."""
        if self.phase is not Phase.DIALING:
            return _NOTHING
        self.phase = Phase.GREETING
        self.heart = Heart()
        self._limiter = SendLimiter()
        self._inflater = self.new_inflater()
        self._until = now + HELLO_WITHIN_S
        return _NOTHING

    def lost(self, code: int | None, now: float) -> Sequence[Action]:
        """The WebSocket is gone: closed by Discord with `code`, torn (None), or closed by us (any)."""
        match self.phase:
            case Phase.CLOSING:
                return self._wait(now, self._delay_s, "closed")
            case Phase.WAITING | Phase.DIALING | Phase.ENDED:
                return _NOTHING
            case _:
                return self._closed_by_discord(code, now)

    def receive(self, message: bytes | str, now: float) -> Sequence[Action]:
        """A WebSocket message arrived; text is never compressed."""
        if self._inflater is None:
            return _NOTHING
        self.heart.alive = True
        try:
            text = message if isinstance(message, str) else self._inflater.feed(message)
            frame = parse_envelope(text) if text is not None else None
        except BrokenStream as error:
            return self._interrupt(self._prompt_delay(now), f"compression broke: {error}")
        except MalformedFrame as error:
            return [Note(level=logging.WARNING, text=f"gateway frame ignored: {error}")]
        if frame is None:
            return _NOTHING
        return self._dispatch(frame, now) if frame.op == 0 else self._control(frame, now)

    def permitted(self, now: float) -> Sequence[Action]:
        """The identify gate lets this shard start a session."""
        if self.phase is not Phase.QUEUED:
            return _NOTHING
        self.phase = Phase.IDENTIFYING
        self._replay.sequence = None
        self.outbox.identified()
        return [self._send(self.identify, now)]

    def tell(self, telling: Telling, now: float) -> Sequence[Action]:
        """The house wants something sent: at once, or as soon as session and limit allow."""
        if isinstance(telling, UpdatePresence):
            self.identify = evolve(self.identify, presence=telling.presence)
        self.outbox.put(telling)
        return self._flush(now)

    def tick(self, now: float) -> Sequence[Action]:
        """Time has passed."""
        if self.phase is Phase.GREETING and now >= self._until:
            return self._interrupt(self.comeback.delay_s(), "no greeting")
        if self.phase not in CONNECTED:
            return _NOTHING
        if self.heart.is_dead(now):
            return self._interrupt(self._prompt_delay(now), "zombie: a heartbeat interval without life")
        if now < self.heart.beat_at:
            return self._flush(now)
        self.heart.beat(now)
        return [self._send(Heartbeat(sequence=self._replay.sequence), now), *self._flush(now)]

    def stop(self) -> Sequence[Action]:
        """End the session for good: the bot is seen to go offline."""
        actions = [Close(code=ENDING)] if self.phase in CONNECTED else _NOTHING
        self.phase = Phase.ENDED
        self._disconnected()
        return actions

    # Frames

    def _dispatch(self, frame: Envelope, now: float) -> Sequence[Action]:
        if self.phase is Phase.GREETING or self.phase is Phase.QUEUED:
            return [Note(level=logging.WARNING, text="gateway event before the session ignored")]
        if frame.s is not None and not self._replay.is_new(frame.s):
            return _NOTHING
        try:
            event = parse_event(frame.t, frame.d)
        except MalformedFrame as error:
            if frame.t == "READY":
                self._forget_session()
                return self._interrupt(self.comeback.delay_s(), str(error))
            return [Note(level=logging.WARNING, text=f"gateway event ignored: {error}")]
        return self._deliver(event, now) if event is not None else _NOTHING

    def _deliver(self, event: Event, now: float) -> Sequence[Action]:
        received = Received(event=event, shard_id=self.identify.shard_id, sequence=self._replay.sequence or 0)
        match event:
            case Ready() | Resumed():
                return self._begin(received, now)
            case InteractionCreated() if not self._replay.is_new_interaction(event.interaction.id):
                return [Note(level=logging.INFO, text="gateway interaction delivered twice, ignored")]
            case VoiceStateUpdated(state=state) if self._is_own(state) and state.guild_id is not None:
                self.outbox.obeyed(state.guild_id, state.channel_id)
            case _:
                pass
        return [Deliver(received=received)]

    def _is_own(self, state: VoiceState) -> bool:
        """Whether a seat belongs to this session: its id is the one that READY gave."""
        return state.session_id == self.comeback.session_id

    def _begin(self, received: Received, now: float) -> Sequence[Action]:
        """READY or RESUMED: the session stands."""
        self.phase = Phase.LIVE
        self._until = now + STEADY_S
        event = received.event
        if isinstance(event, Ready):
            self.comeback.begun(event.session_id, event.resume_gateway_url)
        else:
            self.comeback.resumed()
        what = "ready" if isinstance(event, Ready) else "resumed"
        note = Note(level=logging.INFO, text=f"gateway session {what}, seq={received.sequence}")
        # What waited goes first: whoever hears of the event may wish for something newer at once.
        return [note, *self._flush(now), Deliver(received=received)]

    def _control(self, frame: Envelope, now: float) -> Sequence[Action]:
        match frame.op:
            case 1:
                return self._answer_heartbeat(now)
            case 7:
                return self._interrupt(self._prompt_delay(now), "reconnect requested")
            case 9:
                return self._invalid_session(may_resume=parse_invalid_session(frame.d))
            case 10:
                return self._greeted(frame, now)
            case 11:
                self.heart.acknowledge(now)
                self.outbox.delivered(self.heart.sent_at)
                return _NOTHING
            case _:
                return [Note(level=logging.DEBUG, text=f"gateway opcode {frame.op} ignored")]

    def _greeted(self, frame: Envelope, now: float) -> Sequence[Action]:
        if self.phase is not Phase.GREETING:
            return [Note(level=logging.WARNING, text="gateway greeted twice, ignored")]
        try:
            interval_s = parse_hello(frame.d)
        except MalformedFrame as error:
            return self._interrupt(self.comeback.delay_s(), str(error))
        self.heart.start(interval_s, now, self.random.random)
        self.comeback.greeted()
        session_id = self.comeback.session_id
        if session_id is None:
            self.phase = Phase.QUEUED
            return [AskToIdentify()]
        self.phase = Phase.RESUMING
        self.comeback.resuming()
        sequence = self._replay.sequence or 0
        return [self._send(Resume(token=self.identify.token, session_id=session_id, sequence=sequence), now)]

    def _answer_heartbeat(self, now: float) -> Sequence[Action]:
        if not self._limiter.allows(now, reserved=True):
            return [
                Note(level=logging.WARNING, text="gateway asks for more heartbeats than it takes, ignored")
            ]
        self.heart.sent(now)
        return [self._send(Heartbeat(sequence=self._replay.sequence), now)]

    def _invalid_session(self, *, may_resume: bool) -> Sequence[Action]:
        if may_resume and self.has_session:
            return self._interrupt(self.comeback.delay_s(), "session invalid, may be resumed")
        self._forget_session()
        return self._interrupt(self.comeback.invalid_delay_s(), "session invalid")

    # Sending

    def _send(self, command: Command, now: float) -> Send:
        self._limiter.count(now)
        return Send(text=to_wire(command))

    def _flush(self, now: float) -> list[Action]:
        sends: list[Action] = []
        while self.phase is Phase.LIVE and self._limiter.allows(now) and (command := self.outbox.take(now)):
            sends.append(self._send(command, now))
        return sends

    # Endings

    def _closed_by_discord(self, code: int | None, now: float) -> Sequence[Action]:
        row = close_code(code)
        self.error = fatal_error(code)
        if self.error is not None:
            self.phase = Phase.ENDED
            self._disconnected()
            return [Note(level=logging.ERROR, text=f"gateway closed for good: {row.name}, code={code}")]
        if row.verdict is Verdict.NEW_SESSION:
            self._forget_session()
        return self._wait(now, self._prompt_delay(now), f"connection lost: {row.name}, code={code}")

    def _interrupt(self, delay_s: float, why: str) -> Sequence[Action]:
        """Close from our side, so that a session lives on, and come back after the delay."""
        self.phase = Phase.CLOSING
        self._delay_s = delay_s
        self._inflater = None
        return [Note(level=logging.INFO, text=f"gateway {why}"), Close(code=INTERRUPTING)]

    def _wait(self, now: float, delay_s: float, why: str) -> Sequence[Action]:
        if self.comeback.is_hopeless:
            self._forget_session()
        self.phase = Phase.WAITING
        self._until = now + delay_s
        self._disconnected()
        then = "resume" if self.has_session else "new session"
        return [Note(level=logging.INFO, text=f"gateway {why}; next: {then}, delay_s={delay_s:.2f}")]

    def _disconnected(self) -> None:
        self._inflater = None
        self.outbox.disconnected()

    def _forget_session(self) -> None:
        self.comeback.forget()
        self._replay.sequence = None

    def _prompt_delay(self, now: float) -> float:
        """None at all after a healthy connection, else longer each time."""
        healthy = self.phase is Phase.LIVE and (self.heart.acked_at is not None or now >= self._until)
        return self.comeback.delay_s(healthy=healthy)
