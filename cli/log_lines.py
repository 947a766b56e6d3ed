"""Log records as lines: one line each, ``key=value``, and never a secret.

May import nothing of ours.

A line: time in UTC, level, the room's logger, the sentence, then what the record carries as ``extra`` in the
order in which it was given, then a crash's traceback on lines of its own, indented, so that every line that
starts with a digit is a record. Redaction works on the finished line: the token wherever it came from, and
whatever has the shape of a bot's or an interaction's token.
"""

import logging
import re
import time
from collections.abc import Callable
from typing import Final

DOTS: Final = "•••"
SHORTEST_SECRET: Final = 6  # redacting shorter texts would eat ordinary words

# A bot token: three parts, base64 of the application's id, of a time, and of a signature. An interaction's
# token in a path follows its id and is long.
BOT_TOKEN: Final = re.compile(r"\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}")
INTERACTION_TOKEN: Final = re.compile(r"(/(?:interactions|webhooks)/\d+/)[\w%.~-]{20,}")
BARE_VALUE: Final = re.compile(r"[^\s\"=]+\Z")

# What every record has; the rest of its attributes came in as ``extra``.
OWN: Final = frozenset({*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"})


class LineFormatter(logging.Formatter):
    """Formats a record as one line, redacted.

    Args:
        secrets: gives the texts to hide, asked at every line: the token may be read later than the log opens.
        with_time: whether the time stands in front; a child process leaves that to its parent.
    """

    def __init__(self, secrets: Callable[[], tuple[str, ...]], *, with_time: bool = True) -> None:
        super().__init__()
        self._secrets = secrets
        self._with_time = with_time

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, and its traceback below."""
        extras = [f"{key}={to_field(value)}" for key, value in vars(record).items() if key not in OWN]
        parts = [f"{record.levelname:<7}", record.name, one_line(record.getMessage()), *extras]
        line = " ".join([to_moment(record.created), *parts] if self._with_time else parts)
        if record.exc_info:
            line += indented(self.formatException(record.exc_info))
        elif record.exc_text:
            line += indented(record.exc_text)
        return redact(line, self._secrets())


def to_moment(created: float) -> str:
    """A record's time, in UTC, to the millisecond."""
    second = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(created))
    return f"{second}.{int(created * 1000) % 1000:03d}Z"


def one_line(text: str) -> str:
    """A text with its line breaks and control characters made visible."""
    if text.isprintable():
        return text
    return "".join(mark if mark.isprintable() else mark.encode("unicode_escape").decode() for mark in text)


def to_field(value: object) -> str:
    """A value behind its ``key=``; quoted where it would not read as one word."""
    text = one_line(str(value))
    if BARE_VALUE.match(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def indented(text: str) -> str:
    """A traceback below its line."""
    return "".join(f"\n    {one_line(line)}" for line in text.splitlines())


def redact(line: str, secrets: tuple[str, ...]) -> str:
    """A line without secrets, known ones and those with a token's shape."""
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET:
            line = line.replace(secret, DOTS)
    line = BOT_TOKEN.sub(DOTS, line)
    return INTERACTION_TOKEN.sub(rf"\1{DOTS}", line)
