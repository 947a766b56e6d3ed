"""Asking the services: small texts over the guard, each bounded in bytes and time.

Fails with `MediaError` only.
"""

import base64
import ssl
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode, urlsplit

import h11
import trio
from attrs import define, frozen

from media.errors import MediaError, MediaFailure
from media.fetch import follow, open_fetch
from media.guard import Guard
from media.http_status import failure_of_status

PAGE_BYTES = 8 << 20
PAGE_S = 15.0
_CHUNK = 64 * 1024
Headers = Sequence[tuple[str, str]]


@frozen(kw_only=True)
class Form:
    """A form and what is sent along with it."""

    url: str
    fields: Mapping[str, str]
    headers: Headers = ()


@define(eq=False)
class ServiceWeb:
    """The services' servers, seen through the guard."""

    guard: Guard

    async def get(self, url: str, headers: Headers = ()) -> str:
        """The text behind a URL.

        Raises:
            MediaError: the server or the guard refuses.
        """
        text = bytearray()
        async with open_fetch(self.guard, url, max_bytes=PAGE_BYTES, max_s=PAGE_S, headers=headers) as fetch:
            while data := await fetch.receive():
                text += data
        return text.decode("utf-8", "replace")

    async def follow(self, url: str, is_goal: Callable[[str], bool]) -> str | None:
        """Where a short link leads: the first redirect that is a goal, None if there is none.

        Raises:
            MediaError: the server or the guard refuses.
        """
        return await follow(self.guard, url, is_goal, max_bytes=PAGE_BYTES, max_s=PAGE_S)

    async def post(self, form: Form) -> bytes:
        """What a server answers to a form, sent through a tunnel of the guard.

        Raises:
            MediaError: the server or the guard refuses.
        """
        host = urlsplit(form.url).hostname
        with self.guard.job(max_bytes=PAGE_BYTES, deadline=trio.current_time() + PAGE_S) as job:
            try:
                with trio.fail_after(PAGE_S):
                    stream = await _open_tunnel(self.guard, job.token, form.url)
                    async with stream:
                        return await _send(stream, form)
            except (OSError, trio.BrokenResourceError, h11.RemoteProtocolError, ssl.SSLError) as error:
                raise job.denial or MediaError(
                    kind=MediaFailure.NETWORK, host=host, detail="broken off"
                ) from error
            except trio.TooSlowError as error:
                raise MediaError(kind=MediaFailure.TIMEOUT, host=host) from error


async def _open_tunnel(guard: Guard, token: str, url: str) -> trio.abc.Stream:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    stream = await trio.open_tcp_stream("127.0.0.1", guard.port)
    try:
        credential = base64.b64encode(f"job:{token}".encode()).decode()
        lines = [
            f"CONNECT {host}:{port} HTTP/1.1",
            f"Host: {host}",
            f"Proxy-Authorization: Basic {credential}",
        ]
        await stream.send_all("\r\n".join([*lines, "", ""]).encode("latin-1"))
        await _wait_until_open(stream)
        if parts.scheme != "https":
            return stream
        context = guard.outside.tls()
        return trio.SSLStream(stream, context, server_hostname=host, https_compatible=True)
    except BaseException:
        await trio.aclose_forcefully(stream)
        raise


async def _wait_until_open(stream: trio.abc.ReceiveStream) -> None:
    """Read the guard's answer, after which the tunnel begins.

    Raises:
        trio.BrokenResourceError: it opens none; the job knows why.
    """
    head = b""
    while b"\r\n\r\n" not in head:
        data = await stream.receive_some(_CHUNK)
        if not data:
            raise trio.BrokenResourceError
        head += data
    if not head.startswith(b"HTTP/1.1 200"):
        raise trio.BrokenResourceError


async def _send(stream: trio.abc.Stream, form: Form) -> bytes:
    parts = urlsplit(form.url)
    body = urlencode(form.fields).encode()
    parser = h11.Connection(h11.CLIENT)
    headers = [
        ("Host", parts.netloc),
        ("User-Agent", "Roadie"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Content-Length", str(len(body))),
        ("Connection", "close"),
        *form.headers,
    ]
    request = h11.Request(method="POST", target=parts.path or "/", headers=headers)
    parts_of_it = [parser.send(request), parser.send(h11.Data(data=body)), parser.send(h11.EndOfMessage())]
    await stream.send_all(b"".join(part or b"" for part in parts_of_it))
    answer = bytearray()
    while not isinstance(event := parser.next_event(), (h11.EndOfMessage, h11.ConnectionClosed)):
        if event is h11.NEED_DATA:
            parser.receive_data(bytes(await stream.receive_some(_CHUNK)))
        elif isinstance(event, h11.Data):
            answer += event.data
        elif isinstance(event, h11.Response):
            failure = failure_of_status(event.status_code)
            if failure is not None:
                raise MediaError(kind=failure, host=parts.hostname, status=event.status_code)
    return bytes(answer)
