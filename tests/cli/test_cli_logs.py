import io
import logging
import queue
import re
from pathlib import Path
from types import TracebackType

import pytest

from cli.log_lines import LineFormatter, redact
from cli.logs import QUEUE_RECORDS, BoundedQueueHandler, DayFile, open_logs

TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAw.GabcdE.abcdefghijklmnopqrstuvwxyz0123456789AB"
log = logging.getLogger("tests.log")


@pytest.fixture
def calendar() -> "Calendar":
    return Calendar()


class Calendar:
    """Says which day it is."""

    def __init__(self) -> None:
        self.day = "2026-11-21"

    def __call__(self) -> str:
        return self.day


class Broken(io.StringIO):
    """A standard error whose reader is gone."""

    def write(self, text: str, /) -> int:
        raise BrokenPipeError


def record(message: str, **extra: object) -> logging.LogRecord:
    return logging.makeLogRecord(
        {"name": "voice.node", "levelname": "INFO", "msg": message, "created": 0.0, **extra}
    )


def line(message: str, *secrets: str, **extra: object) -> str:
    return LineFormatter(lambda: secrets).format(record(message, **extra))


def crash(message: str) -> tuple[type[ValueError], ValueError, TracebackType | None]:
    with pytest.raises(ValueError, match=r"\w") as caught:
        int_of(message)
    return ValueError, caught.value, caught.value.__traceback__


def int_of(message: str) -> int:
    raise ValueError(message)


def test_a_record_is_one_line_with_its_extras() -> None:
    assert line("connected", guild=7, words='say "hi"', nothing="") == (
        '1970-01-01T00:00:00.000Z INFO    voice.node connected guild=7 words="say \\"hi\\"" nothing=""'
    )


def test_line_breaks_and_control_characters_cannot_forge_a_line() -> None:
    text = line("a\n1970-01-01 b\x1b[2J", reason="x\r\ny")
    assert "\n" not in text
    assert "\x1b" not in text
    assert r"a\n1970" in text
    assert r"x\r" in text


def test_traceback_follows_indented() -> None:
    text = line("crashed", exc_info=crash("broken\nthing"))
    head, *rest = text.split("\n")
    assert head.endswith("crashed")
    assert rest[-2:] == ["    ValueError: broken", "    thing"]
    assert all(part.startswith("    ") for part in rest)


def test_token_is_redacted_wherever_it_appears() -> None:
    info = crash(f"refused {TOKEN}")
    text = line(f"sent {TOKEN}", "other-secret", headers=f"Bot {TOKEN}", other="other-secret!", exc_info=info)
    assert TOKEN not in text
    assert "other-secret" not in text
    assert text.count("•••") == 4


def test_interaction_token_in_a_path_is_redacted() -> None:
    token = "aW50ZXJhY3Rpb246" + "x" * 60
    assert redact(f"POST /interactions/123/{token}/callback", ()) == "POST /interactions/123/•••/callback"
    assert redact(f"PATCH /webhooks/123/{token}/messages/@original", ()) == (
        "PATCH /webhooks/123/•••/messages/@original"
    )


def test_ordinary_words_are_not_redacted() -> None:
    ordinary = "gateway.discord.gg version 1.2.3 /webhooks/123/short a@b.example.com"
    assert redact(ordinary, ("", "a")) == ordinary


@pytest.fixture
def stderr() -> io.StringIO:
    return io.StringIO()


def test_lines_go_to_standard_error_and_to_the_file_of_the_day(
    tmp_path: Path, stderr: io.StringIO, calendar: Calendar
) -> None:
    with open_logs(tmp_path / "logs", level="info", days=3, secrets=tuple, stderr=stderr, today=calendar):
        log.info("started %s", "well", extra={"shard": 0})
        log.debug("noise")
    written = (tmp_path / "logs" / "roadie-2026-11-21.log").read_text(encoding="utf-8")
    assert written == stderr.getvalue()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z INFO    tests.log started well shard=0\n", written)


def test_nothing_of_the_logging_is_left_behind(tmp_path: Path, stderr: io.StringIO) -> None:
    before = list(logging.getLogger().handlers)
    with open_logs(tmp_path, level="debug", days=3, secrets=tuple, stderr=stderr):
        assert logging.getLogger().handlers != before
    assert logging.getLogger().handlers == before


def test_each_day_has_its_file_and_the_oldest_go(tmp_path: Path, calendar: Calendar) -> None:
    handler = DayFile(tmp_path, days=3, today=calendar, complain=pytest.fail)
    (tmp_path / "other.log").touch()
    for day in range(10, 16):
        calendar.day = f"2026-11-{day}"
        handler.emit(record("x"))
        handler.emit(record("y"))
    handler.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["other.log", "roadie-2026-11-13.log", "roadie-2026-11-14.log", "roadie-2026-11-15.log"]
    assert (tmp_path / "roadie-2026-11-15.log").read_text().count("\n") == 2


def test_disk_that_cannot_be_written_is_told_once_and_the_program_goes_on(
    tmp_path: Path, calendar: Calendar
) -> None:
    told: list[str] = []
    folder = tmp_path / "logs"
    folder.write_text("a file where the folder should be")
    handler = DayFile(folder, days=3, today=calendar, complain=told.append)
    handler.emit(record("one"))
    handler.emit(record("two"))
    assert len(told) == 1
    folder.unlink()
    handler.emit(record("three"))
    handler.close()
    assert told[1] == f"The log file in {folder} can be written again."
    assert (folder / "roadie-2026-11-21.log").read_text().endswith("three\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_full_disk_costs_lines_and_nothing_else(tmp_path: Path, calendar: Calendar) -> None:
    told: list[str] = []
    (tmp_path / "roadie-2026-11-21.log").symlink_to("/dev/full")
    handler = DayFile(tmp_path, days=3, today=calendar, complain=told.append)
    for _ in range(3):
        handler.emit(record("x" * 10_000))
    handler.close()
    assert told == [f"The log file in {tmp_path} cannot be written: No space left on device."]


def test_reader_of_standard_error_may_go_away(tmp_path: Path, calendar: Calendar) -> None:
    with open_logs(tmp_path, level="info", days=3, secrets=tuple, stderr=Broken(), today=calendar):
        log.warning("still here")
    assert (tmp_path / "roadie-2026-11-21.log").read_text().endswith("still here\n")


def test_loop_never_waits_for_the_disk() -> None:
    records: queue.Queue[logging.LogRecord] = queue.Queue(2)
    entrance = BoundedQueueHandler(records)
    for number in range(5):
        entrance.handle(record(f"line {number}"))
    assert [records.get().getMessage() for _ in range(2)] == ["line 0", "line 1"]
    entrance.handle(record("line 5"))
    assert records.get().getMessage() == "line 5 [3 lines before this one were lost]"
    entrance.handle(record("line 6"))
    assert records.get().getMessage() == "line 6"
    assert QUEUE_RECORDS >= 1000


def test_arguments_are_formatted_when_they_are_logged() -> None:
    records: queue.Queue[logging.LogRecord] = queue.Queue()
    entrance = BoundedQueueHandler(records)
    changing = [1]
    entrance.handle(record("value %s", args=(changing,)))
    changing.append(2)
    assert records.get().getMessage() == "value [1]"
