"""What of a playback has to be rendered, and when: the jobs between its slots and its frames.

A core without codecs; ``voice.timeline`` stands in front of it. Imports ``voice.slots``, ``voice.effects``
and the rows ``voice.shelf`` and ``voice.ready``. Rules:

- With a neutral sound packets of Opus are sent as they are, at once. Everything else is rendered by jobs:
  ``plan`` says which slots, ``commit`` takes the result.
- A change of sound is rendered anew from a few frames ahead of what is being sent, and fades over from what
  was rendered there before. The old packets stay sendable until the new ones are committed; a result that
  comes too late for its first frame is refused, and the next plan keeps a greater distance.
- A new chain of filters begins at a whole slot, so that packets can pass untouched later. At another pace
  than 1 that moves the position by 10 ms at most.

Failure modes: results of an older plan are refused by their epoch.
"""

import math
from collections.abc import Sequence
from enum import Enum, auto
from typing import Final

from attrs import define, evolve

from voice.effects import SILENT, Sound
from voice.ready import WARM_UP, Ready
from voice.shelf import Shelf
from voice.slots import SILENCE, Job, Output, Parting, Pcm, Tail

HISTORY: Final = WARM_UP
"""Slots kept after they were sent, for warming up a new codec."""
KEPT: Final = 12
"""Slots kept after they were sent: the history, and what a hold may go back by at the fastest pace."""
RENDER_AHEAD: Final = 15
"""Outputs rendered ahead of what is sent: 300 ms."""
BATCH: Final = 10
"""Outputs of one job. Bigger batches wake threads less often."""
NEAREST: Final = 2
"""Distance in frames between what is being sent and the first one that a new sound is rendered for."""
FARTHEST: Final = 16
GLIDE_BACK: Final = 2
"""Frames encoded on the way back to a neutral sound, before the packets of the source are sent again."""
PAD_AT: Final = 3
"""With so few frames left, the rest of the last one is filled with silence: no other playback wanted it."""
LOOK_AHEAD: Final = 1
"""Slots that an encoder wants beyond the frame that it gives."""


class Wish(Enum):
    """What shall become of a playback."""

    PLAY = auto()
    HOLD = auto()
    """Fall silent and stand still."""
    END = auto()
    """Fall silent and be over."""
    PART = auto()
    """Send what is ready; another one goes on."""


SINKS: Final = frozenset({Wish.HOLD, Wish.END})


def _rise_of(job: Job) -> int:
    """Outputs of a fresh chain that are not wholly its own sound: its encoder's run-up, and a fade."""
    is_warm = bool(job.before or job.lead) or (
        bool(job.history) and (job.over_source or job.lead_slot is not None)
    )
    return (not is_warm) + (job.replaced is not None or job.over_source)


@define(kw_only=True)
class Plans:
    """The machine.

    Attributes:
        given: number of the first slot that no job has taken.
        tail, entry: what it begins with of another playback; ``leads`` if only the last slot of ``entry``.
        flushed: the last slot went into the chain.
        owed: the chain has more to give.
        fresh: the next job needs a new chain.
        in_work: a job is under way.
        switching: what is ready has to be replaced.
        leveled: a new chain begins at the level that is wanted, not at the one that was reached.
        rises: what comes first fades in from silence, if nothing is ready before it.
        stand: where falling silent began, in slots.
        whole_from: number of the first output that sounds as it is wanted, and of no other sound any more.
    """

    shelf: Shelf
    ready: Ready
    sound: Sound
    from_silence: bool
    wish: Wish = Wish.PLAY
    finished: bool = False
    given: int = 0
    tail: Tail | None = None
    entry: Parting | None = None
    leads: bool = False
    flushed: bool = False
    owed: bool = False
    fresh: bool = True
    in_work: bool = False
    switching: bool = False
    leveled: bool = True
    rises: bool = False
    stand: float | None = None
    whole_from: int = 0
    epoch: int = 0
    distance: int = NEAREST

    def __attrs_post_init__(self) -> None:
        self.switching = self.from_silence

    @property
    def has_nothing_left(self) -> bool:
        """Whether every slot was given and everything of it came back."""
        return self.given >= self.shelf.end and not self.owed and not self.switching and not self.in_work

    @property
    def has_rest(self) -> bool:
        """Whether everything is rendered but for the rest of the last frame."""
        return self.flushed and self.owed and not self.in_work and not self.switching

    def finish(self) -> None:
        """No slot follows any more."""
        self.finished = True
        if self.given >= self.shelf.end and not self.ready.waiting and not self.in_work:
            self.switching = False

    def cut(self) -> None:
        """Render nothing more."""
        self.finished, self.owed, self.switching, self.in_work = True, False, False, False
        self.given = self.shelf.end
        self.epoch += 1

    def stop(self) -> None:
        """Render nothing more for now; what follows begins where falling silent began."""
        if self.stand is not None:
            self.ready.position = self.stand
        self.given = round(self.ready.position)
        self.epoch += 1
        self.in_work = self.switching = self.owed = self.flushed = False

    def go_on(self) -> None:
        """After a cut, go on behind what is ready."""
        self.owed = self.flushed = False
        self.given, self.fresh = self.ready.reach, True
        if not self.sound.is_neutral or not self.ready.is_untouched(len(self.ready.waiting)):
            self.begin_anew()
        self.pass_through()

    def set_sound(self, sound: Sound) -> None:
        """Plan for another sound; a level that is another one by that comes at once."""
        self.leveled = self.leveled or sound.leveling_db != self.sound.leveling_db
        self.sound = sound

    def begin_anew(self, distance: int = NEAREST) -> None:
        """Something is another one from here on: plan it anew."""
        self.epoch += 1
        self.in_work = self.owed = self.flushed = False
        self.distance = distance
        enters = self.tail is not None or self.entry is not None
        self.switching = bool(self.ready.taken) or self.from_silence or enters
        if not self.ready.taken:
            # Nobody has heard anything yet: there is nothing to fade over from.
            self.ready.waiting.clear()
            self.given, self.fresh, self.whole_from = 0, True, 0
            self.pass_through()

    @property
    def is_rendered(self) -> bool:
        """Whether nothing is left to be rendered but the rest of the last frame."""
        given = self.given >= self.shelf.end and not self.in_work and not self.switching
        return given and (self.flushed or not self.owed)

    def plan(self) -> Job | None:
        """What to render now, ``None`` if there is nothing to do or a job of this epoch is under way."""
        if self.in_work:
            return None
        if self.wish is Wish.HOLD and not (self.switching and self.ready.taken):
            # Falling silent is rendered, nothing else.
            return None
        job = self._plan_switch() if self.switching else self._plan_next()
        self.in_work = job is not None
        return job

    def _plan_switch(self) -> Job | None:
        waiting = self.ready.waiting
        kept = min(self.distance, max(0, len(waiting) - 1))
        start = self.ready.end(kept)
        if self.finished and start >= self.shelf.end:
            self.switching = False
            return None
        job = self._job(start, fresh=True, replaces=self.ready.taken + kept)
        if job is None:
            return None
        if kept >= len(waiting):
            return self._begun(job)
        pcm = waiting[kept].pcm
        if pcm is None:
            return evolve(job, over_source=True)
        return evolve(job, before=self.ready.sounds_before(kept), replaced=Pcm(pcm))

    def _begun(self, job: Job) -> Job:
        """``job`` with what it begins from, when nothing is waiting."""
        begins = not self.ready.taken
        if begins and self.entry is not None:
            return self._entered(job, self.entry)
        if begins and self.tail is not None:
            return evolve(job, before=self.tail.before, lead=self.tail.rest)
        if not (self.from_silence if begins else self.rises):
            return job
        wanted = None if job.wanted is None else job.wanted + 1
        return evolve(job, replaced=SILENCE, wanted=wanted)

    def _entered(self, job: Job, entry: Parting) -> Job:
        if self.leads:
            return evolve(job, lead_slot=entry.rest[0])
        if not entry.before:
            return evolve(job, over_source=True)
        return evolve(job, before=entry.before, replaced=entry.replaced)

    def _plan_next(self) -> Job | None:
        ahead = len(self.ready.waiting)
        if ahead > RENDER_AHEAD - BATCH or self._passes(self.given):
            return None
        if self.flushed:
            return self._pad() if self.owed and ahead <= PAD_AT else None
        job = self._job(self.given, fresh=self.fresh, replaces=None)
        # What was sent as it is goes on as something encoded.
        return evolve(job, over_source=True) if job is not None and job.fresh and job.history else job

    def _pad(self) -> Job:
        end = self.shelf.end
        return Job(epoch=self.epoch, start=end, fresh=False, frames=(), sound=self.sound, pads=True)

    def _job(self, start: int, *, fresh: bool, replaces: int | None) -> Job | None:
        shelf, sinks = self.shelf, self.wish in SINKS
        sound = SILENT if self.wish is Wish.HOLD else self.sound
        heard = start if fresh else self.ready.reach
        wanted = GLIDE_BACK if sinks else self._until_untouched(heard)
        size = math.ceil((wanted or BATCH) * sound.pace) + (LOOK_AHEAD if fresh or wanted else 0)
        end = min((heard if wanted else start) + size, shelf.end)
        last = (self.finished or sinks) and end == shelf.end
        whole = last or end - (heard if wanted else start) == size
        least = math.ceil(2 * sound.pace) if fresh else 1
        starving = len(self.ready.waiting) < RENDER_AHEAD - BATCH and end - start >= least and wanted is None
        if not (whole or starving) or (end <= start and not (last and self.owed)):
            return None
        return Job(
            epoch=self.epoch,
            start=start,
            fresh=fresh,
            history=shelf.slots(self._warm_from(start), start) if fresh else (),
            frames=shelf.slots(start, end),
            sound=self._leveled_sound(sound, replaces) if fresh else sound,
            goal_db=sound.leveling_db,
            last=last,
            pads=last and sinks,
            wanted=wanted,
            replaces=replaces,
        )

    def _warm_from(self, start: int) -> int:
        enters = self.entry is not None and not self.ready.taken
        return max(self.shelf.first, start - (KEPT if enters else HISTORY))

    def _leveled_sound(self, sound: Sound, replaces: int | None) -> Sound:
        """``sound`` at the level that was reached, unless it was to come at once."""
        if self.leveled or sound.leveling_db is None:
            return sound
        kept = len(self.ready.waiting) if replaces is None else replaces - self.ready.taken
        level_db = self.ready.level_db(kept)
        return sound if level_db is None else evolve(sound, leveling_db=level_db)

    def _until_untouched(self, heard: int) -> int | None:
        """How many frames to encode from ``heard`` on until packets can be sent as they are, if soon."""
        if not self.sound.is_neutral:
            return None
        back = max(heard, self.shelf.blended)
        if back - heard > BATCH or not self.shelf.is_opus(back):
            return None
        return back - heard + GLIDE_BACK

    def commit(self, job: Job, outputs: Sequence[Output]) -> None:
        """Take the result of ``job``; a result of an older epoch, or too late for its start, is dropped."""
        if job.epoch != self.epoch:
            return
        self.in_work = False
        if job.replaces is not None:
            kept = job.replaces - self.ready.taken
            if kept < 0:
                self.begin_anew(min(2 * self.distance, FARTHEST))
                return
            self.ready.keep(kept)
            self.switching = False
            self.whole_from = job.replaces + _rise_of(job)
        elif not (self.ready.taken or self.ready.waiting):
            self.whole_from = _rise_of(job)
        self.ready.waiting.extend(outputs)
        self.given = job.start + len(job.frames)
        self.owed, self.flushed = not job.pads, job.last or job.pads
        self.fresh = False
        if job.fresh:
            self.leveled = self.rises = False
        if self.ready.taken:
            # It cannot be begun once more: seconds of another one's sound need not be kept for that.
            self.tail = self.entry = None
        if job.wanted is not None:
            self.given = round(outputs[-1].end) if outputs else job.start
            self.owed, self.flushed, self.fresh = False, False, True
        if self.wish is Wish.END:
            self.given = self.shelf.end
        if self.wish is Wish.HOLD:
            self.stand = float(job.start)
        self.pass_through()

    def _passes(self, at: int) -> bool:
        return self.sound.is_neutral and not self.owed and self.shelf.is_opus(at)

    def pass_through(self) -> None:
        """Send packets of the source as they are, as far as that is possible."""
        if self.in_work or self.switching or self.wish is Wish.HOLD or self.wish is Wish.PART:
            return
        if self.owed or not self.sound.is_neutral:
            return
        append, given = self.ready.waiting.append, self.given
        for packet in self.shelf.packets(given):
            given += 1
            append(Output(packet=packet.data, end=given))
        if given > self.given:
            # Codecs that rendered earlier slots know nothing of these.
            self.given, self.fresh = given, True
