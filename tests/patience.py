"""How long tests wait for what has to come, on a clock that nobody can stop.

One limit for all: a machine that has much else to do makes tests slow and not red, and it costs nothing while
things work. Where time is what a test claims something about, the test says its own limit.
"""

from collections.abc import Callable
from typing import Final

import trio

PATIENCE_S: Final = 60.0
SHORT_S, LONG_S = 0.001, 0.01
"""Pauses between two looks, ever longer: many looks cost the machine what it needs to get there."""


async def until(holds: Callable[[], object]) -> None:
    """Wait for something that nobody tells."""
    pause_s = SHORT_S
    with trio.fail_after(PATIENCE_S):
        while not holds():
            await trio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONG_S)
