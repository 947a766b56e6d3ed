"""The node goes first where it may, and goes on where it may not."""

import logging
import os

import pytest

from voice.precedence import NICENESS, ask_for_precedence


def test_precedence_is_asked_for_and_its_refusal_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[tuple[int, int, int]] = []

    def refuse(which: int, who: int, niceness: int) -> None:
        asked.append((which, who, niceness))
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "setpriority", refuse)
    caplog.set_level(logging.DEBUG)
    ask_for_precedence()
    assert asked == [(os.PRIO_PROCESS, 0, NICENESS)]
    assert "without precedence: Permission denied" in caplog.text
