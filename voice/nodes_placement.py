"""Which node a call is placed on.

A core: imports nothing of ours, knows no processes. Calls stay where they were placed, as moving one costs
its listeners a rejoin, until their node dies.

Rules:

- The emptiest of the nodes that run takes the next call. Another node is started when that one has no room
  left and the limit allows it; beyond the limit the emptiest takes it all the same.
- A dead node's calls go to the others, each to the emptiest that has room: they run already. What finds no
  room waits for the dead node's replacement.
- A call that loses its node for the second time within :data:`SUSPECT_S` waits for the replacement as well:
it
  may play a file that kills codecs, and shall not take one node after the other with it.

Source: ``tests/bench/voice_pacing.py`` for :data:`ROOM`: one core carries 60 calls that have to be
transcoded, and many more that are passed through; what a call will play is not known when it is placed.
"""

import os
from collections.abc import Sequence
from typing import Final, Literal

from attrs import frozen

ROOM: Final = 60
"""Calls that a node carries whatever they play."""


SUSPECT_S: Final = 30.0


@frozen
class Limits:
    """How nodes grow.

    Args:
        nodes: most node processes at a time.
        room: how many calls a node takes before another one is started.
    """

    nodes: int
    room: int


def limits_of(nodes: Literal["auto"] | int, cores: int | None = None) -> Limits:
    """What the setting ``voice.nodes`` means.

    Args:
        nodes: "auto" grows with the load, up to one node per core beside the bot's; a number spreads the
            calls over that many from the start.
        cores: of this machine; asked for if not given.
    """
    if nodes == "auto":
        return Limits(max(1, (cores or os.cpu_count() or 1) - 1), ROOM)
    return Limits(nodes, 1)


def choose(loads: Sequence[int | None], limits: Limits) -> int:
    """The node that takes the next call.

    Args:
        loads: calls of each node, ``None`` for one that is asleep.
        limits: see there.

    Returns:
        An index of ``loads``; its length means a node more.
    """
    awake = {index: load for index, load in enumerate(loads) if load is not None}
    emptiest = min(awake, key=lambda index: awake[index], default=None)
    if emptiest is not None and (awake[emptiest] < limits.room or len(awake) >= limits.nodes):
        return emptiest
    asleep = (index for index, load in enumerate(loads) if load is None)
    return next(asleep, len(loads))


def choose_refuge(loads: Sequence[int | None]) -> int | None:
    """The node that takes a call of a dead one.

    Args:
        loads: calls of each node, ``None`` for one that does not run (the dead one among them).

    Returns:
        An index of ``loads``, ``None`` if no node has room.
    """
    room = {index: load for index, load in enumerate(loads) if load is not None and load < ROOM}
    return min(room, key=lambda index: room[index], default=None)
