"""Music before whatever else the machine does, where the system lets us.

A shell over ``os``; used by the node. A call needs a thousandth of a core, but every 20 ms and at once. A
thread of a real-time class gets that also while others compute (yt-dlp, an update, another program); sound
servers run so for the same reason. Measured on two cores with nine busy processes beside, 500 wake-ups of
20 ms: p99 4.1 ms late as an ordinary thread, 2.6 ms with the best niceness that helps, 0.3 ms in the
real-time class.

Rules:

- Only the thread of the music is real-time. Threads that read and encode get a better niceness, because they
  share the interpreter's lock with it, and no more, because they compute.
- Each packet that leaves lets go of that lock for an instant. A thread that reads would take it then and keep
  it; so it waits at its next stop until the tick is over (:class:`Floor`).
- Who may: root, ``CAP_SYS_NICE``, and whoever has a limit for it (``LimitRTPRIO`` and ``LimitNICE`` of a
service).
  Everywhere else, also on Windows and macOS, the node goes on without, which is no failure.

Source: sched(7), "SCHED_RR" and "SCHED_RESET_ON_FORK"; the kernel keeps 5 % of the time for everybody else.
"""

import logging
import os
import sys
import threading
import time
from typing import Final

from attrs import define

NICENESS: Final = -10
PRIORITY: Final = 1
"""The lowest of the real-time class."""

PAUSE_S: Final = 0.001
"""A tick takes a fraction of it, with hundreds of calls up to three."""

_log: Final = logging.getLogger(__name__)


@define
class Floor:
    """Who has the interpreter. ``taken``: a tick is being served."""

    taken: bool = False

    def give_way(self) -> None:
        """Wait until no tick is being served; for threads that are not in a hurry."""
        while self.taken:
            time.sleep(PAUSE_S)


FLOOR: Final = Floor()
"""That of this process, which has one interpreter and one metronome."""


def put_music_first() -> None:
    """Ask for precedence for this thread, which sends the music."""
    if sys.platform != "linux":
        return
    try:
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(PRIORITY))
    except OSError as error:
        _log.info("the voice node has no real-time priority: %s", error.strerror)
        go_first()


def go_first() -> None:
    """Ask for a better niceness for this thread, which the music may have to wait for."""
    if sys.platform != "linux":
        return
    try:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
    except OSError as error:
        _log.debug("a thread of the voice node has no precedence: %s", error.strerror)
