"""The frames of one playback: read ahead, rendered ahead, sent one by one.

A core without codecs: who reads and who encodes are told by this machine what is wanted. Imports only
``voice.slots``, ``voice.effects``, the plans and the two rows between which these stand: ``voice.shelf``, the
slots by number, and ``voice.ready``, the frames to send.

Each 20 ms of a source is a slot; each 20 ms of sound is an output, which knows where in the source it ends.
One second of sound may use up more or less than one second of source (``Sound.pace``), so the position is
counted in slots, not in outputs. Slots are kept until what was made of them is sent, and :data:`HISTORY`
longer, so that a change of sound can render them anew and codecs can be warmed up with what came before.

Rules:

- ``take`` yields the packets strictly in order, each once. With nothing rendered it yields ``None``: the
  timeline does not advance, so a stalled source leaves silence and no hole.
- After a stall, and at the start, ``take`` waits for :data:`CUSHION` frames (or the end), so that a slow
  source gives few long pauses instead of many short ones.
- ``hold`` is a change to silence, after which the position stands where that began; ``release`` fades in.
- ``glide`` changes the gain of the normalization within the running chain, which takes its time over it.
- How one timeline gives way to another is decided in ``voice.joints``; ``part``, ``take_back``, ``enter`` and
  ``uncover`` are the steps of it.

What is rendered, and when, is decided in ``voice.plans``.
"""

from collections.abc import Sequence
from itertools import islice
from typing import Final

from attrs import define, evolve, field

from voice.effects import NEUTRAL, SILENT, Sound
from voice.plans import KEPT, NEAREST, Plans, Wish
from voice.ready import Ready
from voice.shelf import Shelf
from voice.slots import Job, Joint, Output, Parting, Pcm, RawFrame, Tail

FORGET_AT: Final = 16
"""Slots beyond those that are kept before they are forgotten, all at once."""
CUSHION: Final = 5
"""Frames that must be ready before sound starts or goes on after a stall."""


@define(kw_only=True)
class Timeline:
    """The slots of one playback, and what was rendered of them.

    Args:
        sound: at the start.
        from_silence: whether the first frame fades in; a start in the middle of a track would click.
    """

    _first_sound: Sound = field(default=NEUTRAL, alias="sound")
    from_silence: bool = False
    _shelf: Shelf = field(factory=Shelf, init=False)
    _ready: Ready = field(factory=Ready, init=False)
    _plans: Plans = field(init=False)
    _still: bool = field(default=False, init=False)
    _stalled: bool = field(default=True, init=False)

    def __attrs_post_init__(self) -> None:
        self._plans = Plans(
            shelf=self._shelf, ready=self._ready, sound=self._first_sound, from_silence=self.from_silence
        )

    @property
    def sound(self) -> Sound:
        """What it shall sound like."""
        return self._plans.sound

    @property
    def finished(self) -> bool:
        """Whether everything was read."""
        return self._plans.finished

    @property
    def waiting(self) -> int:
        """Slots that were read and whose sound was not sent: the fill of the buffer."""
        return self._shelf.end - int(self._ready.position)

    def is_provided(self, frames: int) -> bool:
        """Whether more than so many frames are ready and nothing is to be rendered anew."""
        return len(self._ready.waiting) > frames and not self._plans.switching

    @property
    def over(self) -> bool:
        """Whether everything was sent and nothing follows."""
        return not self._ready.waiting and self._plans.finished and self._plans.has_nothing_left

    @property
    def sent(self) -> int:
        """Frames that were sent."""
        return self._ready.taken

    @property
    def is_heard(self) -> bool:
        """Whether the sound that is wanted has been reached in what was sent."""
        return not self._plans.switching and self._ready.taken > self._plans.whole_from

    @property
    def position(self) -> float:
        """Slots that were sent."""
        return self._ready.position

    def push(self, frames: Sequence[RawFrame]) -> None:
        """Append what was read, in its order."""
        if self._plans.wish is not Wish.END:
            self._shelf.put(frames)
            self._plans.pass_through()

    def finish(self) -> None:
        """Nothing follows any more."""
        self._shelf.close()
        self._plans.finish()

    def cut(self) -> None:
        """Nothing can be rendered any more: what is rendered is still sent."""
        self._plans.cut()

    def take(self) -> bytes | None:
        """The next packet to send, ``None`` if there is none now."""
        ready = self._ready
        waiting = ready.waiting
        if (
            self._stalled
            and len(waiting) < CUSHION
            and not (self._plans.finished and self._plans.is_rendered)
        ):
            return None
        if self._still:
            return None
        if not waiting:
            self._stalled = True
            self._plans.rises = True
            if self._plans.wish is Wish.HOLD:
                self._stand_still()
            return None
        self._stalled = False
        output = ready.take()
        self._forget()
        return output.packet

    def peek(self, most: int, provided: int) -> list[bytes]:
        """The next packets, which stay here, where ``provided`` frames are ready that nothing replaces."""
        plans, waiting = self._plans, self._ready.waiting
        calm = plans.wish is Wish.PLAY and not (
            self._still or self._stalled or plans.switching or plans.in_work
        )
        if not calm or not plans.sound.is_neutral or len(waiting) < provided:
            return []
        return [output.packet for output in islice(waiting, most)]

    def take_peeked(self, frames: int) -> None:
        """So many of the packets that were peeked at were sent."""
        self._ready.take_many(frames)
        self._forget()

    def _forget(self) -> None:
        """Let go of the slots that nobody can want any more; not each time, because that is cheaper."""
        shelf, reached = self._shelf, self._ready.position
        if reached - shelf.first > KEPT + FORGET_AT:
            shelf.forget(int(reached) - KEPT)

    def set_sound(self, sound: Sound) -> None:
        """Let ``sound`` be heard from a few frames ahead on."""
        if sound == self._plans.sound or self._plans.wish is Wish.END or self._plans.wish is Wish.PART:
            return
        self._plans.set_sound(sound)
        if not (self._still and self._ready.taken):
            self._plans.begin_anew()

    def glide(self, leveling_db: float) -> None:
        """Come to another gain of the normalization little by little."""
        if not self._ready.taken or self._plans.sound.leveling_db is None:
            self.set_sound(evolve(self._plans.sound, leveling_db=leveling_db))
        elif self._plans.wish is not Wish.END:
            self._plans.sound = evolve(self._plans.sound, leveling_db=leveling_db)

    def fade_out(self) -> None:
        """Fall silent within a few frames and be over; nothing is read any more."""
        self._plans.wish = Wish.END
        self._plans.finished = True
        if not self._ready.waiting or self._still:
            self._ready.waiting.clear()
            self.cut()
            return
        self._plans.sound = SILENT
        self._plans.begin_anew()

    def hold(self) -> None:
        """Fall silent within a few frames and stand still; nothing is lost by it."""
        if self._plans.wish is not Wish.PLAY:
            return
        self._plans.wish = Wish.HOLD
        if self._ready.taken and self._ready.waiting and not self._stalled:
            self._plans.begin_anew()
        else:
            self._still = True

    def release(self) -> None:
        """Go on where it stands."""
        if self._plans.wish is not Wish.HOLD:
            return
        self._plans.wish, self._still, self._plans.stand = Wish.PLAY, False, None
        if self._ready.taken:
            self._plans.begin_anew()
        else:
            self._plans.pass_through()

    @property
    def is_sinking(self) -> bool:
        """Whether it shall stand still and does not yet."""
        return self._plans.wish is Wish.HOLD and not self._still

    def _stand_still(self) -> None:
        self._still = True
        self._plans.stop()

    @property
    def is_untouched(self) -> bool:
        """Whether there is something and nothing of it was heard: another playback can go over into it."""
        return (
            not self._ready.taken
            and self._shelf.end > 0
            and self._plans.wish is not Wish.END
            and self._plans.wish is not Wish.HOLD
        )

    @property
    def takes_lead(self) -> bool:
        """Whether the end of another playback can become the beginning of this one: it will be encoded."""
        return self.is_untouched and not self.begins_untouched

    @property
    def begins_untouched(self) -> bool:
        """Whether its first packet is sent as it is."""
        return self._plans.sound.is_neutral and self._shelf.is_opus(0)

    @property
    def ends_untouched(self) -> bool:
        """Whether its last packet is sent as it is, as far as it was read."""
        return self._plans.sound.is_neutral and self._shelf.is_opus(self._shelf.end - 1)

    @property
    def blended(self) -> int:
        """Number of the first slot that sounds alone."""
        return self._shelf.blended

    @property
    def level_db(self) -> float | None:
        """Gain of the normalization that was reached in what is rendered."""
        return self._ready.level_db(len(self._ready.waiting))

    @property
    def length(self) -> int:
        """Slots that were read."""
        return self._shelf.end

    def lead_in(self, tail: Tail) -> None:
        """Begin with the end of another playback."""
        self._plans.tail = tail
        self._plans.begin_anew()

    def forget_lead(self) -> None:
        """Begin with nothing but the source: the other playback ended otherwise."""
        if self._ready.taken or (self._plans.tail is None and self._plans.entry is None):
            return
        self._plans.tail = self._plans.entry = None
        self._shelf.uncover(0)
        self._shelf.forget(0)
        self._plans.begin_anew()

    @property
    def has_rest(self) -> bool:
        """Whether everything is rendered but for the rest of the last frame."""
        return self._plans.has_rest

    def give_tail(self, rest: bytes) -> Tail:
        """Leave the rest of the last frame to another playback; it is not this one's business any more."""
        self._plans.owed = False
        return Tail(before=self._ready.sounds_before(len(self._ready.waiting)), rest=rest)

    def cut_for(self, slot: int) -> int | None:
        """Where it can end so that another goes on, ``slot`` or close to it; ``None`` if it cannot now."""
        if self._plans.switching or self._plans.wish is not Wish.PLAY or self._ready.reach < slot:
            return None
        kept = self._ready.until(slot)
        enough = kept > NEAREST and (kept < len(self._ready.waiting) or self._plans.sound.is_neutral)
        return self._ready.end(kept) if enough else None

    def part(self, cut: int) -> Parting:
        """Send nothing from ``cut`` on, which ``cut_for`` has found: that is another one's business."""
        ready, shelf = self._ready, self._shelf
        kept = ready.until(cut)
        replaced = None
        if not self._plans.sound.is_neutral and kept < len(ready.waiting):
            pcm = ready.waiting[kept].pcm
            replaced = None if pcm is None else Pcm(pcm)
        parting = Parting(
            history=shelf.plain(max(shelf.first, cut - KEPT), cut),
            rest=shelf.plain(cut, shelf.end),
            before=ready.sounds_before(kept),
            replaced=replaced,
        )
        ready.keep(kept)
        self.cut()
        self._plans.wish = Wish.PART
        return parting

    def take_back(self) -> None:
        """The other one does not go on after all: send everything to the end."""
        if self._plans.wish is not Wish.PART:
            return
        self._plans.wish = Wish.PLAY
        self._plans.go_on()

    def enter(self, parting: Parting, joint: Joint | None) -> None:
        """Begin where another playback parted: in a blend with its rest, or, without, behind it."""
        self._plans.entry, self._plans.leads = parting, joint is None
        if joint is None:
            self._shelf.precede(parting.history)
        else:
            self._shelf.lay_over(parting.history, parting.rest, joint)
        if self._plans.finished:
            self._shelf.close()
        self._plans.begin_anew()

    def uncover(self) -> None:
        """Let nothing of the other playback be heard any more."""
        self._shelf.uncover(int(self._ready.position))
        self._plans.begin_anew()

    def plan(self) -> Job | None:
        """What to render now, ``None`` if there is nothing to do or a job of this epoch is under way."""
        return self._plans.plan()

    def commit(self, job: Job, outputs: Sequence[Output]) -> None:
        """Take the result of ``job``, if it is not too late or of an older epoch."""
        self._plans.commit(job, outputs)
