"""A server's answer on its way to a child process: links marked, everything else untouched.

Only the head of an answer is looked at, for a Location; the body passes as it comes. A playlist is the
exception: it is read whole (it is text, and small) so that its https links can be marked. What does not look
like HTTP (old radio servers answer ``ICY 200 OK``) passes as it comes.

Failure modes: a playlist that is too long or broken off is a ``MediaError``; the child sees a broken answer.
"""

import re
from collections.abc import Awaitable, Callable

import h11
import trio

from media.errors import MediaError, MediaFailure
from media.guard_wire import Wanted
from media.guarded_urls import mark_links

Receive = Callable[[], Awaitable[bytes]]

_HEAD_LIMIT = 64 * 1024
_PLAYLIST_LIMIT = 4 << 20
_PLAYLIST_START = b"#EXTM3U"
_LOCATION = re.compile(rb"(?im)^(location:[ \t]*)([^\r\n]*)")
_LENGTH = re.compile(rb"(?im)^content-length:[ \t]*(\d{1,18})[ \t]*\r?$")
_TELLING = 64  # bytes: a chunk's size, a byte order mark and the first line
_END_OF_HEAD = b"\r\n\r\n"


async def relay_answer(child: trio.abc.SendStream, receive: Receive, wanted: Wanted) -> None:
    """Give the child the one answer of a server.

    Raises:
        MediaError: the server broke off (from ``receive``), or a playlist cannot be had.
    """
    start = await _receive_start(receive)
    head, blank, body = start.partition(_END_OF_HEAD)
    if not blank or not head.startswith(b"HTTP/"):
        await child.send_all(start)
    elif (
        body.lstrip(b"\xef\xbb\xbf").startswith(_PLAYLIST_START) or b"\n" + _PLAYLIST_START in body[:_TELLING]
    ):
        await child.send_all(await _read_playlist(start, receive, wanted))
        return
    else:
        await child.send_all(_mark_location(head, wanted) + blank + body)
    while data := await receive():
        await child.send_all(data)


async def _receive_start(receive: Receive) -> bytes:
    """The head, and enough of the body to know a playlist (in chunks, its size comes first)."""
    start = bytearray()
    while len(start) < _HEAD_LIMIT:
        end = start.find(_END_OF_HEAD)
        if end >= 0 and len(start) - end - len(_END_OF_HEAD) >= _needed(bytes(start[:end])):
            break
        if end < 0 and len(start) >= len(b"HTTP/") and not start.startswith(b"HTTP/"):
            break
        data = await receive()
        if not data:
            break
        start += data
    return bytes(start)


def _needed(head: bytes) -> int:
    """How much of the body tells a playlist: nothing if there is none, all of a short one."""
    if head.split(b" ", 2)[1:2] not in ([b"200"], [b"206"]):
        return 0
    length = _LENGTH.search(head)
    return _TELLING if length is None else min(_TELLING, int(length[1]))


def _mark_location(head: bytes, wanted: Wanted) -> bytes:
    return _LOCATION.sub(lambda match: match[1] + mark_links(match[2], tls=wanted.tls), head)


async def _read_playlist(start: bytes, receive: Receive, wanted: Wanted) -> bytes:
    """Read the whole playlist and make an answer of it with marked links."""
    parser = h11.Connection(h11.CLIENT)
    parser.send(h11.Request(method="GET", target="/", headers=[("Host", "guard")]))
    parser.send(h11.EndOfMessage())
    parser.receive_data(start)
    text, response = bytearray(), None
    try:
        while not isinstance(event := parser.next_event(), (h11.EndOfMessage, h11.ConnectionClosed)):
            if event is h11.NEED_DATA:
                parser.receive_data(await receive())
            elif isinstance(event, h11.Response):
                response = event
            elif isinstance(event, h11.Data):
                text += event.data
            if len(text) > _PLAYLIST_LIMIT:
                raise MediaError(
                    kind=MediaFailure.TOO_LARGE, host=wanted.host, limit=_PLAYLIST_LIMIT, detail="playlist"
                )
    except h11.RemoteProtocolError as error:
        raise MediaError(kind=MediaFailure.NETWORK, host=wanted.host, detail="playlist broken off") from error
    assert response is not None
    return _to_answer(response, mark_links(bytes(text), tls=wanted.tls))


def _to_answer(response: h11.Response, text: bytes) -> bytes:
    kinds = [value for name, value in response.headers if name == b"content-type"]
    lines = [b"HTTP/1.1 200 OK", b"Content-Type: " + (kinds[0] if kinds else b"application/x-mpegurl")]
    lines += [b"Content-Length: %d" % len(text), b"Connection: close"]
    return b"\r\n".join([*lines, b"", text])
