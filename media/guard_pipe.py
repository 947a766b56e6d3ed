"""Bytes between a child process and a server, counted.

Reads the head of the child's one request, then moves bytes until either side ends. For plain HTTP only the
server's answer is moved once the request is sent (`media.guard_answer`); for a tunnel both ways.

Back-pressure is kept: while the child does not read (a paused song), nothing is read from the server, and
that silence is not the server's.
"""

import math
from functools import partial

import h11
import trio

from media.errors import MediaError, MediaFailure
from media.guard_answer import relay_answer
from media.guard_job import Job
from media.guard_wire import HEAD_LIMIT, TUNNEL_OPEN, Wanted

SILENCE_TIMEOUT_S = 60.0  # nothing from the server, though we listen
_CHUNK = 64 * 1024


async def read_head(stream: trio.abc.ReceiveStream) -> tuple[h11.Request, bytes]:
    """Read one request, and what came behind it in the same packets.

    Raises:
        MediaError: ``BAD_URL``, it is no request or too big.
        trio.BrokenResourceError: the child has gone.
    """
    parser = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_LIMIT)
    while True:
        try:
            event = parser.next_event()
            if event is h11.NEED_DATA:
                parser.receive_data(bytes(await stream.receive_some(_CHUNK)))
                continue
        except h11.RemoteProtocolError as error:
            raise MediaError(kind=MediaFailure.BAD_URL, detail="malformed request") from error
        if isinstance(event, h11.Request):
            return event, parser.trailing_data[0]
        raise trio.BrokenResourceError


async def pipe(
    child: trio.abc.Stream, server: trio.abc.Stream, job: Job, wanted: Wanted, rest: bytes
) -> MediaError | None:
    """Move bytes until one side ends; what went wrong on the server's side, if anything."""
    failures: list[MediaError] = []
    async with trio.open_nursery() as nursery:

        async def inward() -> None:
            try:
                await _inward(child, server, job, wanted)
            except MediaError as error:
                failures.append(error)
            nursery.cancel_scope.cancel()

        async def outward() -> None:
            if await _outward(child, server, wanted, rest):
                nursery.cancel_scope.cancel()

        nursery.start_soon(outward)
        nursery.start_soon(inward)
    return failures[0] if failures else None


async def _outward(child: trio.abc.Stream, server: trio.abc.Stream, wanted: Wanted, rest: bytes) -> bool:
    """Send what the child says; True when the child has gone, False when the server takes no more."""
    try:
        left = math.inf if wanted.tunnel else wanted.body_bytes
        data = rest
        if not wanted.tunnel:
            await server.send_all(wanted.head)
        while True:
            sent = data[: int(min(left, len(data)))]
            await server.send_all(sent)
            left -= len(sent)
            data = await _receive_from_child(child)
            if not data:
                break
    except trio.BrokenResourceError:
        return False  # its last words may still be on the way in
    return True


async def _receive_from_child(child: trio.abc.Stream) -> bytes:
    try:
        return bytes(await child.receive_some(_CHUNK))
    except trio.BrokenResourceError:
        return b""


async def _inward(child: trio.abc.Stream, server: trio.abc.Stream, job: Job, wanted: Wanted) -> None:
    """Give the child what the server says; returns when either has gone.

    Raises:
        MediaError: the server broke off or fell silent, or the job's budget is used up.
    """
    tap = None if wanted.tunnel or job.tap is None else job.tap()

    async def receive() -> bytes:
        data = await _receive(server, wanted.host)
        job.count(len(data), wanted.host)
        if tap is not None:
            await tap.hear(data)
        return data

    try:
        if not wanted.tunnel:
            if job.marks:
                await relay_answer(child, receive, wanted, partial(job.hear, wanted.host))
                return
        else:
            await child.send_all(TUNNEL_OPEN)
        while data := await receive():
            await child.send_all(data)
    except trio.BrokenResourceError:
        return  # the child has gone
    finally:
        if tap is not None:
            tap.close()


async def _receive(server: trio.abc.Stream, host: str) -> bytes:
    try:
        with trio.fail_after(SILENCE_TIMEOUT_S):
            return bytes(await server.receive_some(_CHUNK))
    except trio.TooSlowError as error:
        raise MediaError(kind=MediaFailure.TIMEOUT, host=host, detail="the server fell silent") from error
    except trio.BrokenResourceError as error:
        raise MediaError(kind=MediaFailure.NETWORK, host=host, detail="the server broke off") from error
