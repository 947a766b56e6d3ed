"""One call in the node: makes what sounds equal to what is desired.

A shell over the cores ``pacer`` and ``protocol``: holds the connection of the current attempt and the
playbacks (``voice.deck``), and sends a frame at each deadline. Everything here runs on the node's one event
loop and never waits; what waits lives in ``connection`` and ``playback``.

Rules:

- Frames are taken only when they can be sent: without a connection, while paused, or while the cipher is not
  ready, the position stands still.
- While nothing changes, packets are made ahead (``voice.booking``). They are taken back, with their numbers,
  before anything of them is another one: at a new wish, before keys or sockets change, at a loss. What was
  sent of them is counted before anybody looks at the position.
- Position is told at each change, and whenever the node asks; it counts source frames that were sent, not
  silence.

Failure mode: a connection that raises is told as lost, to be joined afresh: it costs this call, not the
others of the node.
"""

from functools import partial
from typing import Final

import trio
from attrs import define, evolve, field

from gateway_client.ids import GuildId
from voice.booking import TOGETHER, Booking
from voice.close_codes import Verdict
from voice.connection import Connection
from voice.contained import run_contained
from voice.deck import Deck
from voice.metronome import Metronome
from voice.pacer import PHASES, Pacer, Speech, Turn
from voice.playback import Playback, Workshop
from voice.protocol import Closed, Connected, Desired, Server
from voice.session import Lost
from voice.tell import Emit, Tell

QUIET_WITHIN_S: Final = 0.4

_RAISED: Final = Lost(code=None, verdict=Verdict.REJOIN, detail="an unexpected error")


@define
class _Booked:
    booking: Booking
    playback: Playback
    settled: int = 0

    def settle(self, unsent: int) -> None:
        sent = len(self.booking.packets) - unsent
        self.playback.take_peeked(sent - self.settled)
        self.settled = sent


@define(kw_only=True)
class Call:
    """One call.

    Args:
        emit: takes facts for the bot, synchronously.
    """

    call: GuildId
    emit: Emit
    workshop: Workshop
    metronome: Metronome
    pacer: Pacer = field(factory=Pacer, init=False)
    _desired: Desired = field(init=False)
    _tell: Tell = field(init=False)
    _deck: Deck = field(init=False)
    _speech: Speech = field(factory=Speech, init=False)
    _booked: _Booked | None = field(default=None, init=False)
    _turn: int = field(default=0, init=False)
    _connection: Connection | None = field(default=None, init=False)
    _connection_scope: trio.CancelScope = field(factory=trio.CancelScope, init=False)
    _dialled: tuple[int, Server] | None = field(default=None, init=False)
    _fell_quiet: trio.Event = field(factory=trio.Event, init=False)

    def __attrs_post_init__(self) -> None:
        self._desired = Desired(call=self.call, attempt=-1, server=None)
        self._tell = Tell(call=self.call, emit=self.emit)
        self._deck = Deck(
            desired=self._desired,
            workshop=self.workshop,
            tell=self._tell,
            can_send=self._can_send,
            on_turn=self._report,
        )

    def want(self, desired: Desired) -> None:
        """Make ``desired`` true; a state of an older attempt is ignored."""
        if desired.attempt < self._desired.attempt:
            return
        self._take_back()
        self._desired = desired
        self._connect()
        if self._deck.want(desired):
            self._report()
        self._wake()
        self._take_back_speaking()
        self._deck.tell_heard()

    async def leave(self) -> None:
        """Five silence frames, then close everything."""
        self.want(evolve(self._desired, track=None, next=None))
        if not self._speech.quiet:
            self._fell_quiet = trio.Event()
            with trio.move_on_after(QUIET_WITHIN_S):
                await self._fell_quiet.wait()
        self.pacer.stop()
        self._connection_scope.cancel()

    def beat(self, now: float) -> None:
        """Send what is due and was not made ahead, then make more ahead if that can be."""
        self._take_back()
        sounded = False
        for _ in range(self.pacer.due(now)):
            sounded = self._send_one()
        if not sounded and not self._may_sound() and (self._speech.quiet or not self._can_send()):
            # Without a key for the listeners the music is held; the connection wakes us when there is one.
            self.pacer.stop()
            self._take_back_speaking()
            self._fell_quiet.set()
        if self._deck.unheard:
            self._deck.tell_heard()
        self._book()

    def _book(self) -> bool:
        """Make the next packets ahead, if nothing about them asks for a decision."""
        connection, playback, tick = self._connection, self._deck.alone, self.pacer.tick
        if connection is None or playback is None or tick is None or self._speech.quiet:
            return False
        frames = playback.peek(TOGETHER - (tick // PHASES + self._turn) % TOGETHER)
        sealed = connection.seal(frames) if frames and connection.can_send else None
        if sealed is None or not sealed[1]:
            return False
        way, packets = sealed
        booking = Booking(way, packets, tick, on_sent_out=self._book_again, on_late=self._take_back)
        self._booked = _Booked(booking, playback)
        self.pacer.book(len(packets))
        self.metronome.book(booking)
        return True

    def _book_again(self) -> None:
        self._settle()
        self._booked = None
        self._deck.pump()
        if self._book():
            self.metronome.watch(self)

    def _settle(self) -> None:
        """Count what was sent of the booking."""
        if self._booked is not None:
            self._booked.settle(self.metronome.unsent(self._booked.booking))

    def _take_back(self) -> None:
        """Something is another one from now on: nothing that was made ahead is sent."""
        booked, self._booked = self._booked, None
        if booked is None:
            return
        unsent = self.metronome.take_back(booked.booking)
        booked.settle(unsent)
        if unsent:
            if self._connection is not None:
                self._connection.take_back(unsent)
            self.pacer.take_back(unsent)
            self.metronome.watch(self)

    def _take_back_speaking(self) -> None:
        """Do not stay announced to speak where nothing was sent after all."""
        if self._connection is not None and self._speech.quiet and not self._deck.has_sound:
            self._connection.hush()

    def _connect(self) -> None:
        server = self._desired.server
        wanted = None if server is None else (self._desired.attempt, server)
        if wanted == self._dialled:
            return
        self._connection_scope.cancel()
        self._connection_scope = trio.CancelScope()
        self._connection = None
        self._speech = Speech()
        self._dialled = wanted
        if server is not None:
            attempt = self._desired.attempt
            connection = self._connection = Connection(
                server=server,
                on_live=partial(self._on_live, attempt),
                on_lost=partial(self._on_lost, attempt),
                on_ready=self._wake,
                on_change=self._take_back,
            )
            if self._deck.goes_on(self._desired):
                # Said with the first word of the new session, it costs no deadline.
                connection.speak(True)
            self.workshop.nursery.start_soon(
                self._run_connection, connection, attempt, self._connection_scope
            )

    async def _run_connection(self, connection: Connection, attempt: int, scope: trio.CancelScope) -> None:
        with scope:
            await run_contained(connection.run, partial(self._on_lost, attempt, _RAISED))

    def _on_live(self, attempt: int) -> None:
        self.emit(Connected(call=self.call, attempt=attempt))
        self._wake()

    def _on_lost(self, attempt: int, lost: Lost) -> None:
        self._take_back()
        self.emit(
            Closed(call=self.call, attempt=attempt, code=lost.code, verdict=lost.verdict, detail=lost.detail)
        )
        if self._dialled is not None and self._dialled[0] == attempt and lost.verdict is not Verdict.RESUME:
            # A new session has to be told anew that we speak, before its first packet.
            self._speech = Speech()

    def _may_sound(self) -> bool:
        return self._can_send() and self._deck.has_sound

    def _can_send(self) -> bool:
        return self._connection is not None and self._connection.can_send

    def _wake(self) -> None:
        if self.pacer.tick is None and (self._may_sound() or not self._speech.quiet):
            phase, self._turn = self.metronome.seat
            self.pacer.start(trio.current_time(), phase)
            self.metronome.watch(self)

    def _send_one(self) -> bool:
        """Send what is due at one deadline; true if it was sound."""
        connection = self._connection
        if connection is None or not connection.can_send:
            return False
        frame = self._next_frame(connection) if self._deck.has_sound else None
        packet, turn = self._speech.take(frame)
        if packet is not None:
            connection.send(packet)
        if turn is Turn.ENDS:
            connection.speak(False)
        return frame is not None

    def _next_frame(self, connection: Connection) -> bytes | None:
        self._deck.pump()
        if self._speech.quiet and not connection.announce():
            return None
        return self._deck.take()

    def report(self) -> None:
        """Tell how far it is, while something moves."""
        self._settle()
        told = self._deck.told
        if told is not None and told.started and self.pacer.tick is not None:
            self._report()

    def _report(self) -> None:
        playback = self._deck.told
        if playback is not None:
            self._tell.position(playback, self._desired.attempt, paused=self._desired.paused)
