"""A job's answers from this machine's own disk: what is there already is not asked for again.

A job may have a `Stored`: one file that stands for the one URL the job is about. The child is answered from
it, with ranges, as the server would. What is not to be had here within `PATIENCE_S` (an index at the end of a
large file that is only beginning to come) is asked of the server after all. Bytes count for the job's budget
wherever they come from.

Failure mode: a file that stops growing ends the answer early; a child asks again from there, and is sent to
the server.

Source: RFC 9110, sections 14.1.2, 14.4, 15.3.7 and 15.5.17 (ranges).
"""

import math
import re

import trio
from attrs import field, frozen

from media.errors import MediaError
from media.guard_job import Job
from media.guard_wire import Wanted
from media.stored import Stored

PATIENCE_S = 0.5
_CHUNK = 256 << 10
_GET = b"GET "
_RANGE = re.compile(rb"(?im)^range:[ \t]*bytes=(\d{1,18})-(\d{0,18})[ \t]*\r?$")
_ANY_RANGE = re.compile(rb"(?im)^range:")


@frozen
class Piece:
    """One answer from a stored file.

    Attributes:
        head: what the child gets first.
        start: the first byte of the body. end: the one behind its last.
        first: what was read of the body already.
    """

    stored: Stored
    head: bytes
    start: int = 0
    end: int = 0
    first: bytes = field(default=b"", repr=False)

    async def send(self, child: trio.abc.SendStream, job: Job, host: str) -> MediaError | None:
        """Give the child its answer; why not all of it, if that is the job's fault."""
        await child.send_all(self.head)
        at, data = self.start, self.first
        while data:
            at += len(data)
            try:
                job.count(len(data), host)
            except MediaError as error:
                return error
            await child.send_all(data)
            data = await self.stored.read(at, min(_CHUNK, self.end - at)) if at < self.end else b""
        return None


async def find_piece(stored: Stored, wanted: Wanted) -> Piece | None:
    """The answer to a request; None if the server has to be asked."""
    if wanted.tunnel or not wanted.head.startswith(_GET):
        return None
    span = _RANGE.search(wanted.head)
    if span is None and _ANY_RANGE.search(wanted.head):
        return None
    size = await stored.size()
    if not size:
        return None
    with trio.move_on_after(PATIENCE_S) as patience:
        if stored.is_near(0 if span is None else int(span[1])):
            patience.deadline = math.inf  # the server would not be quicker
        return await _find(stored, size, span)
    return None


async def _find(stored: Stored, size: int, span: re.Match[bytes] | None) -> Piece | None:
    start = 0 if span is None else int(span[1])
    end = size if span is None or not span[2] else min(int(span[2]) + 1, size)
    if start >= size:
        return Piece(stored, _to_refusal(size))
    first = await stored.read(start, min(_CHUNK, end - start)) if start < end else b""
    if not first:
        return None
    return Piece(stored, _to_head(start, end, size, is_part=span is not None), start, end, first)


def _to_head(start: int, end: int, size: int, *, is_part: bool) -> bytes:
    lines = [
        "HTTP/1.1 206 Partial Content" if is_part else "HTTP/1.1 200 OK",
        f"Content-Length: {end - start}",
    ]
    lines += [f"Content-Range: bytes {start}-{end - 1}/{size}"] if is_part else []
    return _join([*lines, "Accept-Ranges: bytes"])


def _to_refusal(size: int) -> bytes:
    return _join(
        ["HTTP/1.1 416 Range Not Satisfiable", f"Content-Range: bytes */{size}", "Content-Length: 0"]
    )


def _join(lines: list[str]) -> bytes:
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode("ascii")
