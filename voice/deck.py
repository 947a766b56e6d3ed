"""The playbacks of one call: the one that sounds, the one that is opened ahead, those that fade out.

A shell around ``voice.playback``, without a connection: ``voice.call`` takes a frame at each deadline and
sends it. Nothing here waits.

Rules:

- The playback that sounds is the first of ``track`` and ``next`` that has not ended; the other is preloaded.
  When one ends, the other goes on in the same deadline, or within the sound of the first (``voice.joints``).
- While two sound together, the first one is what is told of, until nothing of it is heard any more; then its
  end and the start of the other are told. Whoever drops the first one meanwhile hears the other alone.
- A playback that is cut off while it sounds fades out within a few frames, then the other begins. A pause
  fades out too, and goes on where that began.
- What is wanted under a number (``Desired.revision``) is told once it is what is sent. Until then each frame
  asks for a decision, so none is made ahead.

Failure modes: a playback that fails before its first frame is told at once, also when it is only preloaded;
one that breaks off is told when everything it had was taken.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

from attrs import define, evolve, field

from voice.effects import Sound
from voice.playback import Playback, Workshop
from voice.protocol import Desired, Leveling, Measured, Playing, TrackKey
from voice.tell import Tell

REMEMBERED: Final = 64
"""Ended playbacks that are remembered; a state that names one is at most a pipe's length old."""


def _wishes(desired: Desired) -> tuple[Sound, Leveling | None, float]:
    return sound_of(desired), desired.leveling, desired.crossfade_s


def sound_of(desired: Desired) -> Sound:
    """What the tracks of a call shall sound like."""
    return Sound(gain=desired.volume_pct / 100, filter=desired.filter, speed=desired.speed)


def _is_same(other: Playback, playing: Playing) -> bool:
    """Whether ``other`` plays the same source from the same place on."""
    return (other.playing.source, other.playing.offset_ms) == (playing.source, playing.offset_ms)


@define(kw_only=True)
class Deck:
    """The playbacks of one call.

    Args:
        desired: the state that is wanted.
        workshop: the threads of the node.
        tell: tells the bot.
        can_send: whether what is taken would be heard.
        on_turn: told that another one sounds now, or that the one that does stands still.

    Attributes:
        unheard: the revision that was not told to be heard yet, 0 for none.
    """

    desired: Desired
    workshop: Workshop
    tell: Tell
    can_send: Callable[[], bool]
    on_turn: Callable[[], None]
    unheard: int = field(default=0, init=False)
    _hushed: int = field(default=0, init=False)
    """An earlier one, which wanted silence and was overtaken while something faded out."""
    _playbacks: dict[TrackKey, Playback] = field(factory=dict[TrackKey, Playback], init=False)
    _finished: dict[TrackKey, None] = field(factory=dict[TrackKey, None], init=False)
    _current: Playback | None = field(default=None, init=False)
    _ending: Playback | None = field(default=None, init=False)
    """What sounds on within the beginning of the current one."""
    _leaving: Playback | None = field(default=None, init=False)

    @property
    def told(self) -> Playback | None:
        """The one whose position is told."""
        return self._ending or self._current

    @property
    def has_sound(self) -> bool:
        """Whether there is something to send; in a pause only what falls silent."""
        if self._leaving is not None:
            return True
        current = self._current
        return current is not None and (not self.desired.paused or current.is_sinking)

    def goes_on(self, desired: Desired) -> bool:
        """Whether something was heard that shall be heard on in ``desired``."""
        current = self._current
        return (
            current is not None
            and current.has_begun
            and (not desired.paused or current.is_sinking or self._leaving is not None)
        )

    def want(self, desired: Desired) -> bool:
        """Make ``desired`` true; the result is whether it sounds another way or pauses."""
        before, self.desired = self.desired, desired
        if before.revision != desired.revision:
            if self._current is None:
                self._hushed = self.unheard
            self.unheard = desired.revision
        if self._current is not None:
            self._current.stay()
        self._choose()
        wishes = _wishes(desired)
        changed = before.paused != desired.paused or _wishes(before) != wishes
        for playback in self._playbacks.values():
            if changed:
                playback.set_sound(*wishes)
            if desired.paused and playback is self._current:
                playback.hold()
            else:
                playback.release()
        return changed

    def tell_heard(self) -> None:
        """Tell of what is wanted, if it is what is heard; of a silence in between, if that was reached."""
        if not self.unheard or self._is_fading:
            return
        if self._is_heard:
            self.tell.heard(self.unheard)
            self.unheard = 0
        elif self._hushed:
            self.tell.heard(self._hushed)
        self._hushed = 0

    @property
    def _is_fading(self) -> bool:
        return self._leaving is not None and not self._leaving.over and self.can_send()

    @property
    def _is_heard(self) -> bool:
        current = self._current
        if current is None:
            return True
        if self.desired.paused:
            return not (current.is_sinking and self.can_send())
        return current.is_heard and self.can_send()

    def pump(self) -> None:
        """Move on what was read and rendered, and let the current one meet the next."""
        current = self._current
        for playback in self._playbacks.values():
            playback.pump()
            if current is not None and playback is not current and self._ending is None:
                current.join(playback)

    def take(self) -> bytes | None:
        """The next frame, ``None`` while there is none."""
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
            if self.desired.paused:
                # It stands still now, where its falling silent began.
                self.on_turn()
                return None
            if not playback.over:
                return None
            self._go_on_from(playback)
        return None

    @property
    def alone(self) -> Playback | None:
        """The one that sounds, if it sounds alone and goes on: what it gives next asks for no decision."""
        if self.unheard or self._ending is not None or self._leaving is not None or self.desired.paused:
            return None
        current = self._current
        return current if current is not None and current.started else None

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
        if (
            playback is not self._current
            or not playback.has_begun
            or not (self.can_send() and self.has_sound)
        ):
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
        both = (self.desired.track, self.desired.next)
        return [playing for playing in both if playing is not None]

    def _open(self, playing: Playing) -> Playback:
        playback = Playback(
            playing=playing,
            sound=sound_of(self.desired),
            leveling=self.desired.leveling,
            crossfade_s=self.desired.crossfade_s,
            on_measured=partial(self._on_measured, playing),
            workshop=self.workshop,
            repeats=next((other for other in self._playbacks.values() if _is_same(other, playing)), None),
        )
        self._playbacks[playing.key] = playback
        self.workshop.nursery.start_soon(self._run_playback, playback)
        return playback

    def _on_measured(self, playing: Playing, measured: Measured) -> None:
        self.tell.loudness(playing, self.desired.attempt, measured)

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
        self.tell.end(playback, self.desired.attempt)
        self._choose()

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
        self.tell.start(playback, self.desired.attempt)
        self.on_turn()
