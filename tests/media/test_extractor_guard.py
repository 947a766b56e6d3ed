"""What the guard does for a client that tunnels: links as they are, and requests with a body."""

from functools import partial

import trio

from media.addresses import parse_policy
from media.guard import Outside, open_guard
from tests.media.internet import ask, make_internet, playlist_text, read_all
from tests.media.web import body, head, open_web, redirect

LINKS = ("https://good.test/a.ts", "//good.test/b.ts")


async def test_links_are_marked_only_for_those_who_cannot_tunnel() -> None:
    internet = make_internet()
    outside = Outside(resolve=internet.resolve, connect=internet.connect)
    text = playlist_text(LINKS)
    pages = {"/list.m3u8": body(text), "/moved": redirect("https://good.test/x")}
    async with open_web(pages) as web, open_guard(parse_policy(()), outside) as guard:
        for marks, marked in ((True, True), (False, False)):
            with guard.job(marks=marks) as job:
                answers = b""
                for path in pages:
                    line = f"GET {web.url(path, 'good.test')} HTTP/1.1\r\nHost: good.test\r\n"
                    answers += await read_all(await ask(guard, job, line))
            assert (b"tls.invalid" in answers) == marked
            assert (LINKS[0].encode() in answers) != marked


async def test_request_with_a_body_is_passed_on_whole_and_no_further() -> None:
    received = bytearray()

    async def serve(stream: trio.SocketStream) -> None:
        while b"\r\n\r\nhello" not in received:
            received.extend(await stream.receive_some(4096))
        with trio.move_on_after(0.05):
            received.extend(await stream.receive_some(4096))
        await stream.send_all(head("200 OK", "Content-Length: 2") + b"ok")
        await stream.aclose()

    internet = make_internet()
    outside = Outside(resolve=internet.resolve, connect=internet.connect)
    async with trio.open_nursery() as nursery, open_guard(parse_policy(()), outside) as guard:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(partial(trio.serve_listeners, serve, [listener]))
        url = f"http://good.test:{listener.socket.getsockname()[1]}/form"
        with guard.job(marks=False) as job:
            line = f"POST {url} HTTP/1.1\r\nHost: good.test\r\nContent-Length: 5\r\n"
            stream = await ask(guard, job, line)
            await stream.send_all(b"hel")
            await stream.send_all(b"loGET http://evil.test/ HTTP/1.1\r\n\r\n")
            assert (await read_all(stream)).endswith(b"ok")
            for length in ("", "Content-Length: 99999999\r\n", "Transfer-Encoding: chunked\r\n"):
                line = f"POST {url} HTTP/1.1\r\nHost: good.test\r\n{length}"
                assert b"400 Bad Request" in await read_all(await ask(guard, job, line))
        nursery.cancel_scope.cancel()
    assert received.endswith(b"Content-Length: 5\r\nConnection: close\r\n\r\nhello")
