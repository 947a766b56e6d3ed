"""The node goes first where it may, and goes on where it may not."""

import logging
import os
import sys

import pytest

from voice.precedence import NICENESS, PRIORITY, put_music_first

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is asked for")


class System:
    """A system that grants what it is told to, and remembers what it was asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, granted: set[str]) -> None:
        self.asked: list[tuple[str, int, int]] = []
        self.granted = granted
        monkeypatch.setattr(os, "sched_setscheduler", self.schedule)
        monkeypatch.setattr(os, "setpriority", self.prefer)

    def schedule(self, _pid: int, policy: int, parameters: os.sched_param) -> None:
        self._ask("real-time", policy, parameters.sched_priority)

    def prefer(self, which: int, _who: int, niceness: int) -> None:
        self._ask("niceness", which, niceness)

    def _ask(self, what: str, how: int, much: int) -> None:
        self.asked.append((what, how, much))
        if what not in self.granted:
            raise PermissionError(1, "Operation not permitted")


REAL_TIME = ("real-time", os.SCHED_RR | os.SCHED_RESET_ON_FORK, PRIORITY)
BETTER = ("niceness", os.PRIO_PROCESS, NICENESS)


@pytest.mark.parametrize(
    ("granted", "asked"),
    [
        ({"real-time", "niceness"}, [REAL_TIME]),
        ({"niceness"}, [REAL_TIME, BETTER]),
        (set[str](), [REAL_TIME, BETTER]),
    ],
)
def test_what_is_refused_is_asked_for_in_a_smaller_way_and_then_done_without(
    granted: set[str],
    asked: list[tuple[str, int, int]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    system = System(monkeypatch, granted)
    put_music_first()
    assert system.asked == asked
    assert ("no real-time priority: Operation not permitted" in caplog.text) is ("real-time" not in granted)
