"""A server's answer on its way to a child process: links marked, everything else untouched.

Only the head of an answer is looked at, for a Location; the body passes as it comes. Chunks that are
announced together with the end of the connection are announced without it: FFmpeg takes a connection that
is said to close for a good end of them, and a song that broke off for one that is over. A playlist is the
exception: it is read whole (it is text, and small) so that its https links can be marked, and so that
nobody is given one without end, which FFmpeg would keep in memory, or one of thousands of others, which it
would ask for one after the other. It is known by its content, however it is framed or packed
(`media.guard_body`).

Failure modes: a head or a playlist that is too long, or a playlist that is broken off, is a ``MediaError``;
the child sees a broken answer.
"""

import re
from collections.abc import Awaitable, Callable
from itertools import islice

import trio

from media.errors import MediaError, MediaFailure
from media.guard_body import body_of, status_of
from media.guard_wire import Wanted
from media.guarded_urls import mark_links
from media.redirects import STATUSES

Receive = Callable[[], Awaitable[bytes]]
Hear = Callable[[str | None], None]

_HEAD_LIMIT = 64 * 1024
_PLAYLIST_LIMIT = 4 << 20
_PLAYLIST_START = b"#EXTM3U"
_FURTHER_PLAYLIST = re.compile(rb"#EXT-X-(?:STREAM-INF|MEDIA):", re.IGNORECASE)
_MOST_FURTHER = 300  # FFmpeg asks for each of them at once, whosever server it is on
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_TELLING = len(_BYTE_ORDER_MARK + _PLAYLIST_START)
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_LOCATION = re.compile(rb"(?im)^(location:[ \t]*)([^\r\n]*)")
_KIND = re.compile(rb"(?im)^content-type:[ \t]*([^\r\n]*)")
_CLOSES = re.compile(rb"(?im)^connection:[^\r\n]*\r?\n")
_WITHOUT_CONTENT = STATUSES | {304}


async def relay_answer(
    child: trio.abc.SendStream, receive: Receive, wanted: Wanted, hear: Hear = lambda _: None
) -> None:
    """Give the child the one answer of a server.

    Args:
        child: who asked.
        receive: the next bytes of the answer, none at its end.
        wanted: what was asked.
        hear: told before the child is where the answer redirects to; ``None`` for one that does not.

    Raises:
        MediaError: the server broke off (from ``receive``), or a playlist cannot be had.
    """
    head, rest = await _receive_head(receive, wanted)
    status, body = status_of(head), body_of(head)
    content = body.feed(rest, _TELLING)
    location = _LOCATION.search(head) if status in STATUSES else None
    hear(None if location is None else location[2].decode("latin-1").strip())
    if status < 400 and status not in _WITHOUT_CONTENT:
        while len(content) < _TELLING and not body.is_over and (data := await receive()):
            rest += data
            content += body.feed(data, _TELLING)
    if content.removeprefix(_BYTE_ORDER_MARK).startswith(_PLAYLIST_START):
        text = await _read_playlist(head, rest, receive, wanted)
        await child.send_all(_to_answer(head, mark_links(_bounded(text), tls=wanted.tls)))
        return
    marked = _LOCATION.sub(lambda match: match[1] + mark_links(match[2], tls=wanted.tls), head)
    if body.is_chunked:
        marked = _CLOSES.sub(b"", marked)
    await child.send_all(marked + rest)
    while data := await receive():
        await child.send_all(data)


async def _receive_head(receive: Receive, wanted: Wanted) -> tuple[bytes, bytes]:
    """The head with its empty line, and what came behind it; all there is if the server ends before."""
    start = bytearray()
    while (end := _END_OF_HEAD.search(start)) is None:
        if len(start) > _HEAD_LIMIT:
            raise MediaError(kind=MediaFailure.TOO_LARGE, host=wanted.host, limit=_HEAD_LIMIT, detail="head")
        data = await receive()
        if not data:
            return bytes(start), b""
        start += data
    return bytes(start[: end.end()]), bytes(start[end.end() :])


async def _read_playlist(head: bytes, rest: bytes, receive: Receive, wanted: Wanted) -> bytes:
    """The whole text of a playlist, from its beginning."""
    body, text = body_of(head), bytearray()
    data = rest
    while True:
        text += body.feed(data, _PLAYLIST_LIMIT + 1)
        if len(text) > _PLAYLIST_LIMIT:
            raise MediaError(
                kind=MediaFailure.TOO_LARGE, host=wanted.host, limit=_PLAYLIST_LIMIT, detail="playlist"
            )
        if body.is_over:
            break
        data = await receive()
        if not data:
            break
    if body.is_broken or (body.tells_its_end and not body.is_over):
        raise MediaError(kind=MediaFailure.NETWORK, host=wanted.host, detail="playlist broken off")
    return bytes(text)


def _bounded(text: bytes) -> bytes:
    """A playlist without the further playlists that are too many."""
    excess = next(islice(_FURTHER_PLAYLIST.finditer(text), _MOST_FURTHER, None), None)
    return text if excess is None else text[: excess.start()]


def _to_answer(head: bytes, text: bytes) -> bytes:
    kind = _KIND.search(head)
    lines = [b"HTTP/1.1 200 OK", b"Content-Type: " + (b"application/x-mpegurl" if kind is None else kind[1])]
    lines += [b"Content-Length: %d" % len(text), b"Connection: close"]
    return b"\r\n".join([*lines, b"", text])
