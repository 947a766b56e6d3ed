"""One playback at work: a thread that reads ahead, short jobs that render, and the timeline between them.

A shell: trio and threads around ``voice.timeline``; PyAV is imported with the reader and the renderer, so
this module belongs to the node's process only.

The reading thread may block for as long as the network does; it hands slots over through an :class:`Intake`
and waits when enough are there. Rendering never waits for the network, so a change of gain acts at once also
on a radio. ``pump`` is called at each deadline of the call and moves things along; nothing here wakes the
pacer.

A playback that repeats another one, which is written down while it is read (``voice.keeping``), begins to
read when that is done, a second or two before its turn: so nothing is fetched twice.

What is read ahead of the sound is more than usual where the end of a track fades into the next one, because
it has to be in sight by then, and where a track from the web is made as loud as wanted while it plays.

Failure modes: whatever the reader or a codec raises ends up in ``failure`` once, whatever its type: a file
that PyAV stumbles over costs one track, not every call of the node. A closed playback lets its thread go at
the next slot (a thread that hangs in a read ends with the timeout of the read, unheard).
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Final

import trio
from attrs import define, evolve, field

from voice.contained import contained
from voice.ear import Ear
from voice.effects import Sound
from voice.intake import Intake
from voice.joints import Meeting, meet
from voice.leveling import Leveler, Memory
from voice.precedence import go_first
from voice.protocol import Leveling, Measured, Playing
from voice.render import Renderer
from voice.rtp import FRAME_MS
from voice.slots import Job, Output, Tail
from voice.source import SourceFailed
from voice.steady import SteadyReader
from voice.timeline import Timeline

PROVIDED: Final = 30
"""With so many frames ready, nothing has to be moved along."""
TAKEN_IN: Final = 60
"""Slots of which the sound is not sent, at the pace of the source: more are left with the reader."""
SLOTS_AT_ONCE: Final = 40
"""Most slots taken at a deadline: calls that start together must not all stop to take seconds of sound."""
SLOTS_PER_S: Final = 50
HEARD_AHEAD: Final = 500
"""Slots more of a track whose loudness is found out while it plays: ten seconds, 4 MB decoded."""
RENDER_THREADS: Final = 2


@define
class Workshop:
    """What the playbacks of a node share: threads for rendering, bounded, and for reading, one each."""

    nursery: trio.Nursery
    rendering: trio.CapacityLimiter = field(factory=lambda: trio.CapacityLimiter(RENDER_THREADS))
    reading: trio.CapacityLimiter = field(factory=lambda: trio.CapacityLimiter(math.inf))
    memory: Memory = field(factory=Memory)


@define(kw_only=True)
class Playback:
    """One playback, from its opening to its last frame.

    Args:
        playing: what to play and from where.
        sound: what it shall sound like at the start, but for its loudness.
        leveling: how loud it shall be.
        crossfade_s: how long its end and the beginning of the next one shall sound together.
        on_measured: told, synchronously, how loud the whole track is.
        repeats: what plays the same source, from its beginning.
        workshop: the threads of the node.
    """

    playing: Playing
    sound: Sound
    leveling: Leveling | None = None
    crossfade_s: float = 0.0
    on_measured: Callable[[Measured], None] = lambda _: None
    workshop: Workshop
    repeats: "Playback | None" = None
    failure: SourceFailed | None = field(default=None, init=False)
    started: bool = field(default=False, init=False)
    _timeline: Timeline = field(init=False)
    _intake: Intake = field(init=False)
    _read_out: bool = field(default=False, init=False)
    _wanted: bool = field(default=True, init=False)
    _reader: SteadyReader | None = field(default=None, init=False)
    _may_read: trio.Event = field(factory=trio.Event, init=False)
    _renderer: Renderer = field(factory=Renderer, init=False)
    _scope: trio.CancelScope = field(factory=trio.CancelScope, init=False)
    _ear: Ear = field(factory=Ear, init=False)
    _leveler: Leveler = field(init=False)
    _ahead: int = field(default=0, init=False)
    _meeting: Meeting | None = field(default=None, init=False)
    _following: "Playback | None" = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._intake = Intake(takes_turns=self.playing.source.is_file)
        self._leveler = Leveler(
            playing=self.playing,
            leveling=self.leveling,
            memory=self.workshop.memory,
            ear=self._ear,
            on_gain=self._change_gain,
            on_measured=self.on_measured,
        )
        self._timeline = Timeline(sound=self._whole_sound, from_silence=self.playing.offset_ms > 0)
        self._read_farther()
        self._look_whether_kept()

    def _read_farther(self) -> None:
        self._ahead = self._overlap
        if self._ear.wanted:
            self._ahead += HEARD_AHEAD

    @property
    def _overlap(self) -> int:
        return round(self.crossfade_s * SLOTS_PER_S * self.sound.pace)

    @property
    def over(self) -> bool:
        """Whether every frame was sent and none follows."""
        return self._timeline.over

    @property
    def position_ms(self) -> int:
        """Milliseconds from the start of the track to the next frame, wherever its end sounds."""
        slots = self._timeline.position
        if self._meeting is not None and self._following is not None:
            slots += min(self._following._timeline.position, self._meeting.slots)  # noqa: SLF001 - its own kind
        return self.playing.offset_ms + round(slots * FRAME_MS)

    @property
    def has_begun(self) -> bool:
        """Whether something of it was sent."""
        return self._timeline.sent > 0

    @property
    def is_heard(self) -> bool:
        """Whether what was sent last sounds as it shall."""
        return self._timeline.is_heard

    @property
    def is_sinking(self) -> bool:
        """Whether it falls silent, to stand still then."""
        return self._timeline.is_sinking

    @property
    def is_kept(self) -> bool:
        """Whether it is written down while it is read, and was not read to its end."""
        if self.playing.source.keep is None or self.playing.offset_ms or self._read_out or not self._wanted:
            return False
        return self._reader is None or self._reader.is_kept

    def _look_whether_kept(self) -> None:
        if self.repeats is None or not self.repeats.is_kept:
            self.repeats = None
            self._may_read.set()

    async def run(self) -> None:
        """Read until the end, a failure or ``close``; cancellation leaves the thread to its fate."""
        with self._scope:
            await self._may_read.wait()
            if self._leveler.needs_a_look:
                # For a file; what comes from the web is heard while it is read.
                await self._leveler.glance()
            if self._leveler.needs_a_look:
                self.workshop.nursery.start_soon(self._leveler.run)
            failure = await trio.to_thread.run_sync(
                self._read, abandon_on_cancel=True, limiter=self.workshop.reading
            )
            if self.failure is None:
                self.failure = failure
            self._read_out = True
            self.pump()

    def close(self) -> None:
        """Stop at once; nothing is sent any more."""
        self._wanted = False
        self._intake.close()
        self._scope.cancel()
        self._leveler.close()

    def pump(self) -> None:
        """Move on what was read and let render what is due."""
        if self.repeats is not None:
            self._look_whether_kept()
        timeline = self._timeline
        if timeline.is_provided(PROVIDED + self._ahead):
            return
        if not timeline.finished:
            self._take_in()
        self._work()

    def _take_in(self) -> None:
        timeline, pace = self._timeline, max(1.0, self.sound.pace)
        if timeline.waiting <= TAKEN_IN * pace + self._ahead:
            slots = self._intake.drain(round(SLOTS_AT_ONCE * pace))
            if slots:
                timeline.push(slots)
        if self._read_out and not self._intake.waiting:
            timeline.finish()
        self._leveler.listen()

    def peek(self, most: int) -> list[bytes]:
        """The next frames, which stay here, if they will be sent whatever is read or rendered meanwhile."""
        if self._leveler.leveling is not None:
            return []
        return self._timeline.peek(most, PROVIDED + self._ahead)

    def take_peeked(self, frames: int) -> None:
        """So many of the frames that were peeked at were sent."""
        self._timeline.take_peeked(frames)

    def take(self) -> bytes | None:
        """The next frame, ``None`` while there is none."""
        return self._timeline.take()

    def set_sound(self, sound: Sound, leveling: Leveling | None = None, crossfade_s: float = 0.0) -> None:
        """Let ``sound`` be heard within a few frames; ``leveling`` as soon as the loudness is known."""
        self.sound, self.crossfade_s = sound, crossfade_s
        self._leveler.want(leveling)
        self._read_farther()
        self._timeline.set_sound(self._whole_sound)
        if self._leveler.needs_a_look:
            self.workshop.nursery.start_soon(self._leveler.run)
        self.pump()

    @property
    def _whole_sound(self) -> Sound:
        return evolve(self.sound, leveling_db=self._leveler.gain_db)

    def _change_gain(self, at_once: bool) -> None:
        if at_once:
            self._timeline.set_sound(self._whole_sound)
        elif self._leveler.gain_db is not None:
            self._timeline.glide(self._leveler.gain_db)
        self._work()

    def hold(self) -> None:
        """Fall silent within a few frames and stand still."""
        self._timeline.hold()
        self._work()

    def release(self) -> None:
        """Go on."""
        self._timeline.release()
        self._work()

    def fade_out(self) -> None:
        """Fall silent within a few frames, and be over."""
        self._wanted = False
        self._intake.close()
        self._leveler.close()
        self._timeline.fade_out()
        self._work()

    def join(self, following: "Playback") -> None:
        """Let ``following`` go on for us where our end is near, if it can."""
        timeline = self._timeline
        if not timeline.finished or self._meeting is not None:
            return
        self._meeting = meet(timeline, following._timeline, self._overlap)  # noqa: SLF001 - its own kind
        if self._meeting is not None:
            self._following = following
            following._work()  # noqa: SLF001 - likewise
        elif timeline.has_rest and following._timeline.takes_lead:  # noqa: SLF001 - likewise
            following._lead_in(timeline.give_tail(self._renderer.residue))  # noqa: SLF001 - likewise

    @property
    def following(self) -> "Playback | None":
        """Who goes on for us, within our own sound."""
        return self._following

    @property
    def is_outlived(self) -> bool:
        """Whether nothing of us is left in what goes on for us."""
        meeting, following = self._meeting, self._following
        return (
            meeting is not None and following is not None and following._timeline.position >= meeting.slots  # noqa: SLF001 - its own kind
        )

    def stay(self) -> None:
        """Go on to the end after all, if nothing of what goes on for us was heard."""
        following = self._following
        if following is not None and not following.has_begun and not self._timeline.over:
            self._following = self._meeting = None
            following.forget_lead()
            self._timeline.take_back()
            self._work()

    def uncover(self) -> None:
        """Sound alone from now on: the end of the playback before is not wanted any more."""
        self._timeline.uncover()
        self._work()

    def forget_lead(self) -> None:
        """Do not begin within the end of another playback: it was cut off."""
        self._timeline.forget_lead()
        self._work()

    def _lead_in(self, tail: Tail) -> None:
        self._timeline.lead_in(tail)
        self._work()

    def _work(self) -> None:
        if self._leveler.listens() and not self._timeline.finished:
            return
        job = self._timeline.plan()
        if job is None:
            return
        if job.fresh:
            # A job of an older epoch may still use the codecs of the old renderer.
            self._renderer = Renderer()
        self.workshop.nursery.start_soon(self._render, job, self._renderer)

    async def _render(self, job: Job, renderer: Renderer) -> None:
        packets = await trio.to_thread.run_sync(
            self._render_first, job, renderer, limiter=self.workshop.rendering
        )
        if isinstance(packets, SourceFailed):
            self.failure = packets
            self._intake.close()
            self._timeline.cut()
            return
        self._timeline.commit(job, packets)
        if not self._scope.cancel_called:
            self._work()

    @staticmethod
    def _render_first(job: Job, renderer: Renderer) -> list[Output] | SourceFailed:
        go_first()
        return contained(partial(renderer.render, job))

    def _read(self) -> SourceFailed | None:
        go_first()
        with self._intake.turn():
            return contained(self._read_all)

    def _read_all(self) -> None:
        self._reader = reader = SteadyReader.open(self.playing, lambda: self._wanted)
        try:
            self._leveler.read_tags(reader.tags)
            hear, put = self._ear.hear, self._intake.put
            for run in reader.runs():
                hear(run)
                if not put(run):
                    return
            self._ear.finish()
        finally:
            reader.close()
