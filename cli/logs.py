"""The log: standard error and one file per day, written by a thread of its own so that the loop never waits.

May import ``cli.log_lines``.

The root logger has one handler, a queue; a listener thread takes from it and writes. The queue is bounded: if
the disk stands still, records are dropped and counted rather than kept until memory ends. A full or vanished
disk costs lines in the file, never the program: standard error is told once, and once when it works again.
Days are UTC, as the times in the lines; files are called ``roadie-2026-11-21.log``, the oldest are deleted.
"""

import logging
import logging.handlers
import queue
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from cli.log_lines import LineFormatter

QUEUE_RECORDS: Final = 10_000
QUIET: Final = ("hpack", "httpcore", "httpx", "trio-websocket")  # libraries that log each request


class DayFile(logging.Handler):
    """Appends to the file of the day and keeps a number of days.

    Args:
        folder: where the files lie; made when the first line is written.
        days: how many files are kept.
        today: the date in UTC.
        complain: told once when writing starts to fail, and once when it works again.
    """

    def __init__(
        self, folder: Path, *, days: int, today: Callable[[], str], complain: Callable[[str], None]
    ) -> None:
        super().__init__()
        self._folder = folder
        self._days = days
        self._today = today
        self._complain = complain
        self._day = ""
        self._file: BinaryIO | None = None
        self._failing = False

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; an error of the disk is told, not raised."""
        try:
            file = self._open_day(self._today())
            file.write(self.format(record).encode(errors="backslashreplace") + b"\n")
        except OSError as error:
            self._fail(error)
        else:
            self._recover()

    def close(self) -> None:
        """Close the file of the day."""
        self._close_file()
        super().close()

    def _open_day(self, day: str) -> BinaryIO:
        if self._file is not None and day == self._day:
            return self._file
        self._close_file()
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Unbuffered: a line that did not fit on the disk is gone and cannot fail a second time.
        self._file = (self._folder / f"roadie-{day}.log").open("ab", buffering=0)
        self._day = day
        for old in sorted(self._folder.glob("roadie-????-??-??.log"))[: -self._days]:
            old.unlink(missing_ok=True)
        return self._file

    def _close_file(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _fail(self, error: OSError) -> None:
        self._close_file()
        if not self._failing:
            self._failing = True
            self._complain(f"The log file in {self._folder} cannot be written: {error.strerror or error}.")

    def _recover(self) -> None:
        if self._failing:
            self._failing = False
            self._complain(f"The log file in {self._folder} can be written again.")


class Console(logging.StreamHandler[TextIO]):
    """Writes to standard error for as long as somebody reads it."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Let the line go: standard error itself is the place where this would be told."""


class BoundedQueueHandler(logging.handlers.QueueHandler):
    """Hands records to the listener without ever waiting; counts what did not fit."""

    def __init__(self, records: "queue.Queue[logging.LogRecord]") -> None:
        super().__init__(records)
        self._records = records
        self._dropped = 0

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """Format arguments and a crash now, in the thread that logs: they may change afterwards."""
        record.message = record.getMessage()
        record.msg, record.args = record.message, None
        if record.exc_info:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
            record.exc_info = None
        return record

    def enqueue(self, record: logging.LogRecord) -> None:
        """Put a record into the queue, or count it as lost."""
        if self._dropped:
            record.msg = f"{record.msg} [{self._dropped} lines before this one were lost]"
        try:
            self._records.put_nowait(record)
        except queue.Full:
            self._dropped += 1
        else:
            self._dropped = 0


@contextmanager
def open_logs(
    folder: Path,
    *,
    level: str,
    days: int,
    secrets: Callable[[], tuple[str, ...]],
    stderr: TextIO = sys.stderr,
    today: Callable[[], str] = lambda: f"{datetime.now(UTC):%Y-%m-%d}",
) -> Generator[None]:
    """Log until the block ends; then everything that was logged is written.

    Args:
        folder: of the files.
        level: the lowest that is written, as ``"info"``.
        days: how many files are kept.
        secrets: texts that must not appear.
        stderr: where lines go besides the files.
        today: the date in UTC, as it stands in a file's name.
    """
    console = Console(stderr)
    file = DayFile(folder, days=days, today=today, complain=lambda line: tell(stderr, line))
    writers: list[logging.Handler] = [console, file]
    for writer in writers:
        writer.setFormatter(LineFormatter(secrets))
    records: queue.Queue[logging.LogRecord] = queue.Queue(QUEUE_RECORDS)
    entrance = BoundedQueueHandler(records)
    listener = logging.handlers.QueueListener(records, *writers)
    root = logging.getLogger()
    before = root.level
    root.addHandler(entrance)
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    listener.start()
    try:
        yield
    finally:
        root.removeHandler(entrance)
        root.setLevel(before)
        listener.stop()
        for writer in writers:
            writer.close()


def log_to_parent(level: str, stderr: TextIO = sys.stderr) -> None:
    """Set up the log of a child process: lines without a time on standard error, written at once.

    The parent adds the time and writes them down. A child may end without an orderly end of its log, so there
    is no queue that could still hold the last words.
    """
    console = Console(stderr)
    console.setFormatter(LineFormatter(tuple, with_time=False))
    root = logging.getLogger()
    root.addHandler(console)
    root.setLevel(level.upper())


def tell(stderr: TextIO, line: str) -> None:
    """Say something past the log, whatever state standard error is in."""
    try:
        stderr.write(f"{line}\n")
    except (OSError, ValueError):  # nobody is left to hear it
        return
