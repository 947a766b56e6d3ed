"""The answer that waits for its sound: what a command has changed is heard first, then it is said.

Pure; ``at`` is monotonic seconds. An answer that speaks of the sound (``Say.waits``) stays here if the node
was told something else because of it, until the node says that this, or what it was told after it, is heard
(``voice.protocol.Heard``).

Rules: nothing waits longer than ``HEARD_S``, whatever the node says or does not. Where nothing sounded and
nothing shall, nothing is waited for. Only the latest wish can be heard: the answer to another one,
and whatever is announced, lets the one before it go first.
"""

from attrs import define, evolve, frozen

from actors.player.effects import Announce, Effect, Say
from voice.protocol import Desired

HEARD_S = 0.4
"""For a source that has nothing to give, a connection that is gone, a node that died."""
BREATH_S = 0.03
"""Two answers at the same moment would race each other to the channel."""


@frozen(kw_only=True)
class Waiting:
    """An answer, and the revision that has to be heard; 0: none, it only lets another one go first."""

    say: Say
    revision: int
    until: float


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
            before: what the node was told until now, the same as ``after`` if that is left so.
            after: what it is told last in this step.
            at: the time.
        """
        left: list[Effect] = []
        for effect in effects:
            if isinstance(effect, Say) and effect.waits:
                gone = self.let_go()
                left += gone
                if after is not None and before != after and (_sounds(before) or _sounds(after)):
                    self.waiting = Waiting(say=effect, revision=after.revision, until=at + HEARD_S)
                elif gone:
                    self.waiting = Waiting(say=effect, revision=0, until=at + BREATH_S)
                else:
                    left.append(evolve(effect, waits=False))
            else:
                left += [*self.let_go(), effect] if isinstance(effect, Announce) else [effect]
        return left

    def hear(self, revision: int, at: float) -> None:
        """The node says that this is heard, and with it all that it was told before."""
        one = self.waiting
        if one is not None and 0 < one.revision <= revision:
            self.waiting = evolve(one, until=min(one.until, at))

    def release(self, at: float) -> list[Say]:
        """What can be heard by now, or has waited for long enough."""
        return self.let_go() if self.waiting is not None and self.waiting.until <= at else []

    def let_go(self) -> list[Say]:
        """What waits, whether it is heard or not."""
        one, self.waiting = self.waiting, None
        return [] if one is None else [evolve(one.say, waits=False, late=True)]


def _sounds(desired: Desired | None) -> bool:
    if desired is None or desired.server is None:
        return False
    return desired.track is not None and not desired.paused
