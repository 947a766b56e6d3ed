"""The answer that waits for its sound: what a command has changed is heard first, then it is said.

Pure; ``at`` is monotonic seconds. An answer that speaks of the sound names its ``Cue``. If the node was told
something else because of it, the answer waits here until the node has said so::

    STILL     the playback stands still: the node tells a pause twice, when it is told of it and when
              nothing sounds any more
    CHANGED   the node has taken the wish; what it had ready before is sent within ``SETTLES_S``
    BEGUN     the first frame of the wished playback was sent; after ``RISES_S`` it has risen out of silence
    GONE      what was cut off has faded out, of which the node says nothing: it takes ``SINKS_S``

Rules: nothing waits longer than ``HEARD_S``, whatever the node says or does not. Where nothing sounded and
nothing shall, nothing is waited for. Only the latest wish can be heard: the answer to another one,
and whatever is announced, lets the one before it go first.
"""

from attrs import define, evolve

from actors.player.effects import Announce, Cue, Effect, Say
from actors.player.messages import TrackKey
from voice.protocol import Desired, Position, TrackStarted

HEARD_S = 0.4
SINKS_S = 0.14
"""Seven frames: until the next deadline, two that are ready, the fade, and room for the way to the node."""
SETTLES_S = 0.08
"""Four frames: until the next deadline, two that are ready, the first that is changed."""

RISES_S = 0.05
"""Two frames and a half: where it is cut into, the first one brings no more than the encoder's delay."""
BREATH_S = 0.03
"""Two answers at the same moment would race each other to the channel."""


@define(kw_only=True)
class Waiting:
    """An answer; ``taken``: the node has said that it knows of the wish."""

    say: Say
    cue: Cue
    key: TrackKey | None
    until: float
    taken: bool = False


@define
class Echo:
    """The machine: one waits at most."""

    waiting: Waiting | None = None

    @property
    def deadline(self) -> float | None:
        """When ``release`` has something to give, in monotonic seconds."""
        return None if self.waiting is None else self.waiting.until

    def awaits(self, request: int) -> bool:
        """Whether the answer to a request waits."""
        return self.waiting is not None and self.waiting.say.request == request

    def keep(
        self, effects: list[Effect], before: Desired | None, after: Desired | None, at: float
    ) -> list[Effect]:
        """Keep back the answers that have to wait; what is left to do now.

        Args:
            effects: of one step.
            before: what the node was told until now.
            after: what it is told in this step.
            at: the time.
        """
        left: list[Effect] = []
        for effect in effects:
            if isinstance(effect, Say) and effect.cue is not None:
                gone = self.let_go()
                left += gone
                cue = _cue(effect, before, after) if before != after else None
                if cue is not None:
                    self._hold(effect, cue, after, at)
                elif gone:
                    self.waiting = Waiting(say=effect, cue=Cue.GONE, key=None, until=at + BREATH_S)
                else:
                    left.append(evolve(effect, cue=None))
            else:
                left += [*self.let_go(), effect] if isinstance(effect, Announce) else [effect]
        return left

    def hear(self, fact: object, at: float) -> None:
        """The node says something: perhaps it is what somebody waits for."""
        one = self.waiting
        if one is None:
            return
        match fact:
            case Position(track_id=track_id, generation=generation, paused=paused):
                if one.key == (track_id, generation):
                    _note_position(one, at, paused=paused)
            case TrackStarted(track_id=track_id, generation=generation):
                if one.cue is Cue.BEGUN and one.key == (track_id, generation):
                    one.until = min(one.until, at + RISES_S)
            case _:
                return

    def release(self, at: float) -> list[Say]:
        """What can be heard by now, or has waited for long enough."""
        return self.let_go() if self.waiting is not None and self.waiting.until <= at else []

    def let_go(self) -> list[Say]:
        """What waits, whether it is heard or not."""
        one, self.waiting = self.waiting, None
        return [] if one is None else [evolve(one.say, cue=None, late=True)]

    def _hold(self, say: Say, cue: Cue, after: Desired | None, at: float) -> None:
        track = None if after is None else after.track
        wait_s = SINKS_S if cue is Cue.GONE else HEARD_S
        key = None if track is None else track.key
        self.waiting = Waiting(say=say, cue=cue, key=key, until=at + wait_s)


def _cue(say: Say, before: Desired | None, after: Desired | None) -> Cue | None:
    """What an answer has to wait for; ``None`` where there is nothing to be heard."""
    sounded, sounds = _sounds(before), _sounds(after)
    match say.cue:
        case Cue.STILL | Cue.GONE:
            return say.cue if sounded else None
        case Cue.CHANGED:
            return say.cue if sounds else None
        case Cue.BEGUN if not sounds:
            return Cue.GONE if sounded else None
        case _:
            return say.cue


def _sounds(desired: Desired | None) -> bool:
    if desired is None or desired.server is None:
        return False
    return desired.track is not None and not desired.paused


def _note_position(one: Waiting, at: float, *, paused: bool) -> None:
    match one.cue:
        case Cue.STILL if paused:
            one.until, one.taken = at if one.taken else one.until, True
        case Cue.CHANGED if not (paused or one.taken):
            one.until, one.taken = min(one.until, at + SETTLES_S), True
        case _:
            return
