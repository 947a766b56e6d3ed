"""Music before whatever else the machine does, where the system lets us.

A shell over ``os``; used by the node. A song needs a fraction of a percent of a core, but every 20 ms and
at once: a process of a higher priority gets that also while others compute (yt-dlp, an update, another
program). Linux and macOS grant it to root, to ``CAP_SYS_NICE`` and where ``LimitNICE`` of a service allows
it; everywhere else the node goes on without, which is no failure.
"""

import logging
import os
import sys
from typing import Final

NICENESS: Final = -10

_log: Final = logging.getLogger(__name__)


def ask_for_precedence() -> None:
    """Ask the system to let this process go first. Threads that are started afterwards go along."""
    if sys.platform == "win32":
        return
    try:
        os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    except OSError as error:
        _log.debug("the voice node goes without precedence: %s", error.strerror)
