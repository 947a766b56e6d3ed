"""The log of a child process: its lines of standard error become records of this process's log.

May import trio. A child of ours writes lines in the form of ``cli.log_lines``; such a line keeps its level
and its logger, and a traceback's indented lines stay with their logger. Anything else (a crash of the
interpreter, a library's print) is a warning of the child's own logger.
"""

import logging
import re
from collections.abc import AsyncGenerator
from typing import Final

import trio

RECORD: Final = re.compile(r"(DEBUG|INFO|WARNING|ERROR|CRITICAL) +(\S+) (.*)\Z")
LONGEST_LINE: Final = 65_536  # bytes; the rest of a longer one is cut off


async def relay_lines(stream: trio.abc.ReceiveStream, log: logging.Logger) -> None:
    """Log everything that a child writes, until it closes its end.

    Args:
        stream: the child's standard error.
        log: the logger for lines that name none.
    """
    last_logger, last_level = log, logging.WARNING
    async for line in split_lines(stream):
        found = RECORD.match(line)
        if found:
            last_level, last_logger = logging.getLevelNamesMapping()[found[1]], logging.getLogger(found[2])
            last_logger.log(last_level, "%s", found[3])
        elif line.startswith("    "):
            last_logger.log(last_level, "%s", line)
        elif line.strip():
            last_logger, last_level = log, logging.WARNING
            log.warning("%s", line)


async def split_lines(stream: trio.abc.ReceiveStream) -> AsyncGenerator[str]:
    """The lines of a stream as text, without their ends; an unfinished last one counts."""
    rest = b""
    async for chunk in stream:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield to_text(line)
        rest = rest[:LONGEST_LINE]
    if rest:
        yield to_text(rest)


def to_text(line: bytes) -> str:
    """A line as text; what is no UTF-8 becomes visible."""
    return line[:LONGEST_LINE].decode(errors="backslashreplace").rstrip("\r")
