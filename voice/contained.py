"""Where it ends what a track or a call of a node does to itself, whatever is raised.

Used in the node only; imports ``voice.source``. PyAV raises whatever it likes, from ``UnicodeDecodeError``
for an old tag to ``IndexError`` for an empty frame, and a node that ended for it would take hundreds of
calls with it and meet the same file again. So this is the one place of the room that catches everything: a
track that raises has failed, a connection that raises is lost. Our own errors are logged with the place
they come from.

Rule: what an error says is neither told nor logged, since it may contain a location.
"""

import logging
from collections.abc import Awaitable, Callable
from traceback import extract_tb
from typing import Final, TypeVar

import av.error

from voice.protocol import Reason
from voice.source import SourceFailed

_T = TypeVar("_T")
_log: Final = logging.getLogger(__name__)


def contained(job: Callable[[], _T]) -> _T | SourceFailed:
    """The result of ``job``, or what its error means for the track; for worker threads."""
    try:
        return job()
    except SourceFailed as failure:
        return failure
    except av.error.FFmpegError as error:
        return SourceFailed(Reason.CORRUPT, error.strerror or type(error).__name__)
    except Exception as error:  # noqa: BLE001 - what this module is for
        _note("a track", error)
        return SourceFailed(Reason.CORRUPT, type(error).__name__)


async def run_contained(run: Callable[[], Awaitable[None]], on_raise: Callable[[], None]) -> None:
    """Do ``run``, and ``on_raise`` if that raised; for the connection of a call."""
    try:
        await run()
    except* Exception as group:  # noqa: BLE001 - likewise
        for error in leaves(group):
            _note("a connection", error)
        on_raise()


def leaves(group: BaseExceptionGroup[Exception]) -> list[Exception]:
    """The errors of a group, however deep."""
    found: list[Exception] = []
    for error in group.exceptions:
        found += leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


def _note(what: str, error: Exception) -> None:
    where = ", ".join(f"{frame.name}:{frame.lineno}" for frame in extract_tb(error.__traceback__))
    _log.error("%s was ended by %s in %s", what, type(error).__name__, where)
