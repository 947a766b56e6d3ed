"""SIGTERM and Ctrl-C before the program is far enough to say goodbye: leave at once, with 0.

May import only the standard library, and little of it: it runs before everything else.

Between the set-up script and the program both signals are blocked rather than handled, because a handler
does not survive ``exec`` and a blocked signal does: it waits and is delivered when ``leave_on_signals`` runs.
The program replaces these handlers with its own as soon as there is something to end in order.
"""

import os
import signal
import sys
from typing import Final, Never

STOPS: Final = (signal.SIGINT, signal.SIGTERM)


def leave(*_: object) -> Never:
    """End here. No state exists yet that would need an orderly end."""
    os._exit(0)


def leave_on_signals() -> None:
    """From now on the stop signals end the process with 0, one that waited included."""
    for number in STOPS:
        signal.signal(number, leave)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)


def hold_signals() -> None:
    """Let stop signals wait for the program that takes this one's place."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
