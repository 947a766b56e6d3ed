"""One call in the node: makes what sounds equal to what is desired.

A shell over the cores ``pacer`` and ``protocol``: holds the connection of the current attempt, the playback
that sounds and the one that is opened ahead, and sends a frame at each deadline. Everything here runs on the
node's one event loop and never waits; what waits lives in ``connection`` and ``playback``.

Rules:

- The playback that sounds is the first of ``track`` and ``next`` that has not ended; the other is preloaded.
  When one ends, the other goes on in the same deadline, or within the sound of the first (``voice.joints``).
- While two sound together, the first one is what is reported, until nothing of it is heard any more; then its
  end and the start of the other are told. Whoever drops the first one meanwhile hears the other alone.
- A playback that is cut off while it sounds fades out within a few frames, then the other begins. A pause
  fades out too, and goes on where that began.
- Frames are taken only when they can be sent: without a connection, while paused, or while the cipher is not
  ready, the position stands still.
- Position is told at each change and once per second; it counts source frames that were sent, not silence.

Failure modes: a playback that fails before its first frame is told at once, also when it is only preloaded;
one that breaks off is told when everything it had was sent. A connection that raises is told as lost, to be
joined afresh: it costs this call, not the others of the node.
"""

from functools import partial
from typing import Final

import trio
from attrs import define, evolve, field

from gateway_client.ids import GuildId
from voice.close_codes import Verdict
from voice.connection import Connection
from voice.contained import run_contained
from voice.effects import Sound
from voice.metronome import Metronome
from voice.pacer import Pacer, Speech, Turn
from voice.playback import Playback, Workshop
from voice.protocol import (
    Closed,
    Connected,
    Desired,
    Leveling,
    Measured,
    Playing,
    Server,
    TrackKey,
)
from voice.session import Lost
from voice.tell import Emit, Tell

REPORT_S: Final = 0.5
REMEMBERED: Final = 64
"""Ended playbacks that are remembered; a state that names one is at most a pipe's length old."""
QUIET_WITHIN_S: Final = 0.4

_RAISED: Final = Lost(code=None, verdict=Verdict.REJOIN, detail="an unexpected error")


def _wishes(desired: Desired) -> tuple[Sound, Leveling | None, float]:
    return sound_of(desired), desired.leveling, desired.crossfade_s


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
    _tell: Tell = field(init=False)
    _pacer: Pacer = field(factory=Pacer, init=False)
    _speech: Speech = field(factory=Speech, init=False)
    _playbacks: dict[TrackKey, Playback] = field(factory=dict[TrackKey, Playback], init=False)
    _finished: dict[TrackKey, None] = field(factory=dict[TrackKey, None], init=False)
    _current: Playback | None = field(default=None, init=False)
    _ending: Playback | None = field(default=None, init=False)
    """What sounds on within the beginning of the current one."""
    _leaving: Playback | None = field(default=None, init=False)
    _connection: Connection | None = field(default=None, init=False)
    _connection_scope: trio.CancelScope = field(factory=trio.CancelScope, init=False)
    _dialled: tuple[int, Server] | None = field(default=None, init=False)
    _next_report: float = field(default=0.0, init=False)
    _fell_quiet: trio.Event = field(factory=trio.Event, init=False)

    def __attrs_post_init__(self) -> None:
        self._desired = Desired(call=self.call, attempt=-1, server=None)
        self._tell = Tell(call=self.call, emit=self.emit)

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
        if self._current is not None:
            self._current.stay()
        self._choose()
        wishes = _wishes(desired)
        if before.paused != desired.paused or _wishes(before) != wishes:
            for playback in self._playbacks.values():
                playback.set_sound(*wishes)
            self._report(trio.current_time())
        self._hold()
        self._wake()
        self._take_back_speaking()

    def _hold(self) -> None:
        for playback in self._playbacks.values():
            if self._desired.paused and playback is self._current:
                playback.hold()
            else:
                playback.release()

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
        """Send what is due. Every frame of a call passes here: what can be left out is."""
        sounded = False
        for _ in range(self._pacer.due(now)):
            sounded = self._send_one()
        if now >= self._next_report:
            told = self._ending or self._current
            if told is not None and told.started:
                self._report(now)
        if not sounded and not self._may_sound() and (self._speech.quiet or not self._can_send()):
            # Without a key for the listeners the music is held; the connection wakes us when there is one.
            self._pacer.stop()
            self._take_back_speaking()
            self._fell_quiet.set()

    def _take_back_speaking(self) -> None:
        """Do not stay announced to speak where nothing was sent after all."""
        if self._connection is not None and self._speech.quiet and not self._has_sound():
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
            )
            if self._goes_on:
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
        self._meet_again(wanted)
        for playing in wanted:
            if playing.key not in self._playbacks:
                self._open(playing)
        if self._ending is None:
            self._current = self._playbacks[wanted[0].key] if wanted else None

    def _meet_again(self, wanted: list[Playing]) -> None:
        """Two sound together: go on so, or with the other alone, or with neither."""
        ending, current = self._ending, self._current
        if ending is None or current is None:
            return
        keys = [playing.key for playing in wanted]
        if keys[:2] == [ending.playing.key, current.playing.key]:
            return
        self._ending = None
        if keys[:1] == [current.playing.key]:
            current.uncover()
            return
        if self._playbacks.get(current.playing.key) is current:
            # It is heard already and has to begin anew in its turn, if at all.
            self._let_go(self._playbacks.pop(current.playing.key))
        if self._playbacks.pop(ending.playing.key, None) is not None:
            again = evolve(ending.playing, offset_ms=ending.position_ms)
            self._open(again).started = True
            ending.close()

    def _let_go(self, playback: Playback) -> None:
        if playback is not self._current or not playback.has_begun or not self._may_sound():
            playback.close()
            return
        if self._leaving is not None:
            self._leaving.close()
        self._leaving = playback
        playback.fade_out()
        for other in self._playbacks.values():
            other.forget_lead()

    @property
    def _goes_on(self) -> bool:
        """Whether something was heard that shall be heard on."""
        current = self._current
        return current is not None and current.has_begun and self._has_sound()

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

    def _open(self, playing: Playing) -> Playback:
        playback = Playback(
            playing=playing,
            sound=sound_of(self._desired),
            leveling=self._desired.leveling,
            crossfade_s=self._desired.crossfade_s,
            on_measured=partial(self._on_measured, playing),
            workshop=self.workshop,
        )
        self._playbacks[playing.key] = playback
        self.workshop.nursery.start_soon(self._run_playback, playback)
        return playback

    def _on_measured(self, playing: Playing, measured: Measured) -> None:
        self._tell.loudness(playing, self._desired.attempt, measured)

    async def _run_playback(self, playback: Playback) -> None:
        await playback.run()
        if playback.over:
            self._finish(playback)

    def _finish(self, playback: Playback) -> None:
        """``playback`` has nothing more to give: tell it and go on with the other."""
        if self._playbacks.get(playback.playing.key) is not playback:
            return
        if playback.failure is None and playback is not self._current:
            # An empty tail that is only preloaded ends when its turn comes.
            return
        if playback.following is None:
            # Otherwise its end sounds on in the other one.
            self._end(playback)

    def _end(self, playback: Playback) -> None:
        self._finished[playback.playing.key] = None
        if len(self._finished) > REMEMBERED:
            self._finished.pop(next(iter(self._finished)))
        self._tell.end(playback, self._desired.attempt)
        self._choose()

    def _may_sound(self) -> bool:
        return self._can_send() and self._has_sound()

    def _has_sound(self) -> bool:
        """Whether there is something to send; in a pause only what falls silent."""
        if self._leaving is not None:
            return True
        current = self._current
        return current is not None and (not self._desired.paused or current.is_sinking)

    def _can_send(self) -> bool:
        return self._connection is not None and self._connection.can_send

    def _wake(self) -> None:
        if self._pacer.tick is None and (self._may_sound() or not self._speech.quiet):
            self._pacer.start(trio.current_time(), self.metronome.phase)
            self.metronome.watch(self)

    def _send_one(self) -> bool:
        """Send what is due at one deadline; true if it was sound."""
        connection = self._connection
        if connection is None or not connection.can_send:
            return False
        frame = self._next_frame(connection) if self._has_sound() else None
        packet, turn = self._speech.take(frame)
        if packet is not None:
            connection.send(packet)
        if turn is Turn.ENDS:
            connection.speak(False)
        return frame is not None

    def _next_frame(self, connection: Connection) -> bytes | None:
        self._pump()
        if self._speech.quiet and not connection.announce():
            return None
        if (frame := self._last_frame()) is not None:
            return frame
        while (playback := self._current) is not None:
            frame = playback.take()
            if frame is not None:
                if self._ending is not None and self._ending.is_outlived:
                    self._outlive(self._ending)
                if not playback.started and self._ending is None:
                    self._note_started(playback)
                return frame
            if self._desired.paused:
                # It stands still now, where its falling silent began.
                self._report(trio.current_time())
                return None
            if not playback.over:
                return None
            self._go_on_from(playback)
        return None

    def _pump(self) -> None:
        current = self._current
        for playback in self._playbacks.values():
            playback.pump()
            if current is not None and playback is not current and self._ending is None:
                current.join(playback)

    def _go_on_from(self, playback: Playback) -> None:
        """``playback`` has sent everything: its end may sound on in another one."""
        following = playback.following
        if following is not None and self._playbacks.get(following.playing.key) is following:
            self._ending, self._current = playback, following
            return
        if self._ending is not None:
            self._outlive(self._ending)
        self._finish(playback)

    def _outlive(self, ending: Playback) -> None:
        """Nothing of ``ending`` is heard any more."""
        self._ending = None
        self._end(ending)

    def _note_started(self, playback: Playback) -> None:
        playback.started = True
        self._tell.start(playback, self._desired.attempt)
        self._report(trio.current_time())

    def _report(self, now: float) -> None:
        playback = self._ending or self._current
        if playback is not None:
            self._next_report = now + REPORT_S
            self._tell.position(playback, self._desired.attempt, paused=self._desired.paused)
