"""Getting a whole file over the guard, for what is kept on disk.

A client of our own guard, with its credential, its budget of bytes and its time: redirects are followed with
links that the guard has marked, so every hop is checked. A body that is shorter than it said is a failure,
never a file.

Fails with `MediaError` only.
"""

import base64
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import h11
import trio
from attrs import define, field

from media.errors import MediaError, MediaFailure
from media.guard import Guard
from media.guard_job import Job
from media.guarded_urls import to_guarded
from media.http_status import failure_of_status
from media.plain_urls import to_plain
from media.redirects import MOST, leads_nowhere, next_target

_CHUNK = 64 * 1024


@define(eq=False)
class Fetch:
    """An answer that is being read.

    Attributes:
        url: where the answer came from, redirects followed.
        headers: of the answer, names in lower case.
        is_unchanged: the answer to a condition: nothing has changed, and no body comes.
    """

    job: Job
    host: str
    url: str = field(repr=False)
    headers: dict[str, str]
    is_unchanged: bool
    _parser: h11.Connection
    _stream: trio.abc.ReceiveStream = field(repr=False)

    async def receive(self) -> bytes:
        """The next bytes of the body; empty at its end.

        Raises:
            MediaError: it broke off, or is larger than allowed.
        """
        while True:
            event = await _next_event(self._parser, self._stream, self.job, self.host)
            if isinstance(event, h11.Data):
                return bytes(event.data)
            if isinstance(event, h11.EndOfMessage):
                if self.job.denial is not None:  # a body without a length that the guard cut off
                    raise self.job.denial
                return b""


@asynccontextmanager
async def open_fetch(
    guard: Guard, url: str, *, max_bytes: int, max_s: float, headers: Sequence[tuple[str, str]] = ()
) -> AsyncGenerator[Fetch]:
    """Ask for a URL; the body is read in the ``with``.

    Args:
        guard: the way out.
        url: http or https.
        max_bytes: of everything received, headers included.
        max_s: for everything, seconds.
        headers: sent to this URL's server only, not to where it redirects to.

    Raises:
        MediaError: the server or the guard refuses.
    """
    with guard.job(max_bytes=max_bytes, deadline=trio.current_time() + max_s) as job:
        first = target = to_guarded(url)
        for _ in range(MOST + 1):
            async with await trio.open_tcp_stream("127.0.0.1", guard.port) as stream:
                fetch = await _ask(job, stream, target, headers if target == first else ())
                if isinstance(fetch, Fetch):
                    yield fetch
                    return
            target = next_target(target, fetch)
    raise leads_nowhere(urlsplit(url).hostname)


async def follow(
    guard: Guard, url: str, is_goal: Callable[[str], bool], *, max_bytes: int, max_s: float
) -> str | None:
    """Where a link leads, without going there.

    Args:
        guard: the way out.
        url: http or https.
        is_goal: whether this is where it was to lead.
        max_bytes: of everything received.
        max_s: for everything, seconds.

    Returns:
        The first redirect that is a goal; None if a page came before.

    Raises:
        MediaError: the server or the guard refuses.
    """
    with guard.job(max_bytes=max_bytes, deadline=trio.current_time() + max_s) as job:
        target = to_guarded(url)
        for _ in range(MOST + 1):
            async with await trio.open_tcp_stream("127.0.0.1", guard.port) as stream:
                answer = await _ask(job, stream, target)
            if isinstance(answer, Fetch):
                return None
            target = next_target(target, answer)
            if is_goal(to_plain(target)):
                return to_plain(target)
    raise leads_nowhere(urlsplit(url).hostname)


async def _ask(
    job: Job, stream: trio.abc.Stream, target: str, more: Sequence[tuple[str, str]] = ()
) -> Fetch | str:
    """Send the request: the answer, or where to ask instead."""
    host = urlsplit(target).hostname or ""
    if not target.startswith("http://"):
        raise MediaError(kind=MediaFailure.BAD_URL, host=host, detail="not http")
    parser = h11.Connection(h11.CLIENT)
    credential = base64.b64encode(f"job:{job.token}".encode()).decode()
    headers = [("Host", "guard"), ("Proxy-Authorization", f"Basic {credential}"), ("User-Agent", "Roadie")]
    headers += more
    try:
        request = parser.send(h11.Request(method="GET", target=target, headers=headers))
    except h11.LocalProtocolError as error:
        raise MediaError(kind=MediaFailure.BAD_REDIRECT, host=host, detail="not written as one") from error
    assert request is not None
    await stream.send_all(request + (parser.send(h11.EndOfMessage()) or b""))
    response = await _next_event(parser, stream, job, host)
    while not isinstance(response, h11.Response):
        response = await _next_event(parser, stream, job, host)
    fields = {name.decode("latin-1"): value.decode("latin-1") for name, value in response.headers}
    if 300 <= response.status_code < 400 and "location" in fields:
        return fields["location"]
    if "x-guard-denial" in fields and job.denial is not None:
        raise job.denial
    failure = failure_of_status(response.status_code)
    if failure is not None:
        raise MediaError(kind=failure, host=host, status=response.status_code)
    is_unchanged = response.status_code == 304
    return Fetch(job, host, to_plain(target), fields, is_unchanged, parser, stream)


async def _next_event(
    parser: h11.Connection, stream: trio.abc.ReceiveStream, job: Job, host: str
) -> h11.Event:
    """The next event of the answer.

    Raises:
        MediaError: what the guard says, or ``NETWORK``.
    """
    try:
        while not isinstance(event := parser.next_event(), h11.Event):
            parser.receive_data(bytes(await stream.receive_some(_CHUNK)))
    except (h11.RemoteProtocolError, trio.BrokenResourceError) as error:
        raise job.denial or MediaError(kind=MediaFailure.NETWORK, host=host, detail="broken off") from error
    if isinstance(event, h11.ConnectionClosed):
        raise job.denial or MediaError(kind=MediaFailure.NETWORK, host=host, detail="broken off")
    return event
