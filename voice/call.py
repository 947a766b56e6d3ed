"""One call in the node: makes what sounds equal to what is desired.

A shell over the cores ``pacer`` and ``protocol``: holds the connection of the current attempt, the playback
that sounds and the one that is opened ahead, and sends a frame at each deadline. Everything here runs on the
node's one event loop and never waits; what waits lives in ``connection`` and ``playback``.

Rules:

- The playback that sounds is the first of ``track`` and ``next`` that has not ended; the other is preloaded.
  When one ends, the other goes on in the same deadline; where both are encoded, within the same frame.
- A playback that is cut off while it sounds fades out within a few frames, then the other begins.
- Frames are taken only when they can be sent: without a connection, while paused, or while the cipher is not
  ready, the position stands still.
- Position is told at each change and once per second; it counts source frames that were sent, not silence.

Failure modes: a playback that fails before its first frame is told at once, also when it is only preloaded;
one that breaks off is told when everything it had was sent.
"""

from collections.abc import Callable
from functools import partial
from typing import Final, TypeAlias

import trio
from attrs import define, evolve, field

from gateway_client.ids import GuildId
from voice.close_codes import Verdict
from voice.connection import Connection
from voice.effects import Sound
from voice.metronome import Metronome
from voice.pacer import Pacer, Speech, Turn
from voice.playback import Playback, Workshop
from voice.protocol import (
    Closed,
    Connected,
    Desired,
    FromNode,
    Loudness,
    Measured,
    Playing,
    Position,
    Server,
    TrackEnded,
    TrackFailed,
    TrackKey,
    TrackStarted,
)
from voice.session import Lost

REPORT_S: Final = 0.5
REMEMBERED: Final = 64
"""Ended playbacks that are remembered; a state that names one is at most a pipe's length old."""
QUIET_WITHIN_S: Final = 0.4

Emit: TypeAlias = Callable[[FromNode], None]


def sound_of(desired: Desired) -> Sound:
    """What the tracks of a call shall sound like."""
    return Sound(gain=desired.volume_pct / 100, filter=desired.filter, speed=desired.speed)


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
    _desired: Desired = field(init=False)
    _pacer: Pacer = field(factory=Pacer, init=False)
    _speech: Speech = field(factory=Speech, init=False)
    _playbacks: dict[TrackKey, Playback] = field(factory=dict[TrackKey, Playback], init=False)
    _finished: dict[TrackKey, None] = field(factory=dict[TrackKey, None], init=False)
    _current: Playback | None = field(default=None, init=False)
    _leaving: Playback | None = field(default=None, init=False)
    _connection: Connection | None = field(default=None, init=False)
    _connection_scope: trio.CancelScope = field(factory=trio.CancelScope, init=False)
    _dialled: tuple[int, Server] | None = field(default=None, init=False)
    _next_report: float = field(default=0.0, init=False)
    _fell_quiet: trio.Event = field(factory=trio.Event, init=False)

    def __attrs_post_init__(self) -> None:
        self._desired = Desired(call=self.call, attempt=-1, server=None)

    @property
    def tick(self) -> int | None:
        """When the next frame is due, in steps of the grid."""
        return self._pacer.tick

    def want(self, desired: Desired) -> None:
        """Make ``desired`` true; a state of an older attempt is ignored."""
        if desired.attempt < self._desired.attempt:
            return
        before, self._desired = self._desired, desired
        self._connect()
        self._choose()
        if desired.paused and self._leaving is not None:
            self._leaving.close()
            self._leaving = None
        wishes = (sound_of(desired), desired.leveling)
        if before.paused != desired.paused or (sound_of(before), before.leveling) != wishes:
            for playback in self._playbacks.values():
                playback.set_sound(*wishes)
            self._report(trio.current_time())
        self._wake()

    async def leave(self) -> None:
        """Five silence frames, then close everything."""
        self.want(evolve(self._desired, track=None, next=None))
        if not self._speech.quiet:
            self._fell_quiet = trio.Event()
            with trio.move_on_after(QUIET_WITHIN_S):
                await self._fell_quiet.wait()
        self._pacer.stop()
        self._connection_scope.cancel()

    def beat(self, now: float) -> None:
        """Send what is due."""
        for _ in range(self._pacer.due(now)):
            self._send_one()
        if self._current is not None and self._current.started and now >= self._next_report:
            self._report(now)
        if not self._may_sound() and (self._speech.quiet or not self._can_send()):
            # Without a key for the listeners the music is held; the connection wakes us when there is one.
            self._pacer.stop()
            self._fell_quiet.set()

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
            )
            self.workshop.nursery.start_soon(self._run_connection, connection, self._connection_scope)

    @staticmethod
    async def _run_connection(connection: Connection, scope: trio.CancelScope) -> None:
        with scope:
            await connection.run()

    def _on_live(self, attempt: int) -> None:
        self.emit(Connected(call=self.call, attempt=attempt))
        self._wake()

    def _on_lost(self, attempt: int, lost: Lost) -> None:
        self.emit(
            Closed(call=self.call, attempt=attempt, code=lost.code, verdict=lost.verdict, detail=lost.detail)
        )
        if self._dialled is not None and self._dialled[0] == attempt and lost.verdict is not Verdict.RESUME:
            # A new session has to be told anew that we speak, before its first packet.
            self._speech = Speech()

    def _choose(self) -> None:
        wanted = [playing for playing in self._candidates() if playing.key not in self._finished]
        keys = {playing.key for playing in wanted}
        for key in self._playbacks.keys() - keys:
            self._let_go(self._playbacks.pop(key))
        for playing in wanted:
            if playing.key not in self._playbacks:
                self._open(playing)
        self._current = self._playbacks[wanted[0].key] if wanted else None

    def _let_go(self, playback: Playback) -> None:
        if playback is not self._current or not playback.started or not self._may_sound():
            playback.close()
            return
        if self._leaving is not None:
            self._leaving.close()
        self._leaving = playback
        playback.fade_out()
        for other in self._playbacks.values():
            other.forget_lead()

    def _last_frame(self) -> bytes | None:
        """What is left of a playback that was cut off: it fades out before another one begins."""
        if self._leaving is None:
            return None
        frame = self._leaving.take()
        if frame is None:
            self._leaving.close()
            self._leaving = None
        return frame

    def _candidates(self) -> list[Playing]:
        both = (self._desired.track, self._desired.next)
        return [playing for playing in both if playing is not None]

    def _open(self, playing: Playing) -> None:
        playback = Playback(
            playing=playing,
            sound=sound_of(self._desired),
            leveling=self._desired.leveling,
            on_measured=partial(self._on_measured, playing),
            workshop=self.workshop,
        )
        self._playbacks[playing.key] = playback
        self.workshop.nursery.start_soon(self._run_playback, playback)

    def _on_measured(self, playing: Playing, measured: Measured) -> None:
        track_id, generation = playing.key
        attempt = self._desired.attempt
        self.emit(
            Loudness(
                call=self.call,
                attempt=attempt,
                track_id=track_id,
                generation=generation,
                measured=measured,
            )
        )

    async def _run_playback(self, playback: Playback) -> None:
        await playback.run()
        if playback.over:
            self._finish(playback)

    def _finish(self, playback: Playback) -> None:
        """``playback`` has nothing more to give: tell it and go on with the other."""
        playing = playback.playing
        if self._playbacks.get(playing.key) is not playback:
            return
        if playback.failure is None and playback is not self._current:
            # An empty tail that is only preloaded ends when its turn comes.
            return
        self._finished[playing.key] = None
        if len(self._finished) > REMEMBERED:
            self._finished.pop(next(iter(self._finished)))
        self._tell_end(playback)
        self._choose()

    def _tell_end(self, playback: Playback) -> None:
        track_id, generation = playback.playing.key
        attempt, failure = self._desired.attempt, playback.failure
        if failure is None:
            self.emit(TrackEnded(call=self.call, attempt=attempt, track_id=track_id, generation=generation))
            return
        self.emit(
            TrackFailed(
                call=self.call,
                attempt=attempt,
                track_id=track_id,
                generation=generation,
                reason=failure.reason,
                detail=failure.detail,
                position_ms=playback.position_ms,
            )
        )

    def _may_sound(self) -> bool:
        something = self._current is not None or self._leaving is not None
        return self._can_send() and something and not self._desired.paused

    def _can_send(self) -> bool:
        return self._connection is not None and self._connection.can_send

    def _wake(self) -> None:
        if self._pacer.tick is None and (self._may_sound() or not self._speech.quiet):
            self._pacer.start(trio.current_time(), self.metronome.phase)
            self.metronome.watch(self)

    def _send_one(self) -> None:
        connection = self._connection
        if connection is None or not connection.can_send:
            return
        frame = self._next_frame(connection) if self._may_sound() else None
        packet, turn = self._speech.take(frame)
        if packet is not None:
            connection.send(packet)
        if turn is Turn.ENDS:
            connection.speak(False)

    def _next_frame(self, connection: Connection) -> bytes | None:
        for playback in self._playbacks.values():
            playback.pump()
            if self._current is not None and playback is not self._current:
                self._current.join(playback)
        if self._speech.quiet and not connection.announce():
            return None
        if (frame := self._last_frame()) is not None:
            return frame
        while (playback := self._current) is not None:
            frame = playback.take()
            if frame is not None:
                self._note_started(playback)
                return frame
            if not playback.over:
                return None
            self._finish(playback)
        return None

    def _note_started(self, playback: Playback) -> None:
        if playback.started:
            return
        playback.started = True
        track_id, generation = playback.playing.key
        self.emit(
            TrackStarted(
                call=self.call,
                attempt=self._desired.attempt,
                track_id=track_id,
                generation=generation,
            )
        )
        self._report(trio.current_time())

    def _report(self, now: float) -> None:
        playback = self._current
        if playback is None:
            return
        self._next_report = now + REPORT_S
        track_id, generation = playback.playing.key
        self.emit(
            Position(
                call=self.call,
                attempt=self._desired.attempt,
                track_id=track_id,
                generation=generation,
                position_ms=playback.position_ms,
                paused=self._desired.paused,
            )
        )
