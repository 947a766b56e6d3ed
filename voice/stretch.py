"""A stretch of a call that asks for no decision: the next frames of one playback, each sent when it is due.

A core; imports the ready frames and the pacer. ``voice.call`` looks at everything that may have changed
before it sends a frame, and finds nothing nine times out of ten. Where many frames are ready it sends the
next ones as a stretch, and forgets the stretch with whatever it is told.

Why: 1,500 frames per second in thirty calls are most of what a node does. Measured with
``tests/bench/voice_pacing.py``: 7 µs of CPU for a frame to be made instead of 20.
"""

from typing import Protocol

from attrs import define

from voice.pacer import Pacer
from voice.ready import Ready


class Outlet(Protocol):
    """Where frames leave."""

    @property
    def can_send(self) -> bool:
        """Whether they may now."""
        ...

    def send(self, frame: bytes) -> None:
        """Send one."""
        ...


@define(kw_only=True)
class Stretch:
    """The next frames of a playback.

    Args:
        frames: how many of ``ready`` may be sent.
        until: when something else is to be done, in monotonic seconds.
    """

    ready: Ready
    frames: int
    until: float

    def step(self, pacer: Pacer, outlet: Outlet, now: float) -> bool:
        """Send the frame that is due at ``now``; false, with nothing done, where a decision is asked for."""
        if not self.frames or now >= self.until or not self.ready.waiting or not outlet.can_send:
            return False
        if not pacer.step(now):
            return False
        self.frames -= 1
        outlet.send(self.ready.take().packet)
        return True
