"""What the guard does for a client that tunnels: links as they are, and requests with a body."""

import trio

from media.addresses import parse_policy
from media.guard import Outside, open_guard
from tests.media.internet import ask, make_internet, playlist_text, read_all
from tests.media.web import Request, body, head, open_web, redirect

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
    received: list[bytes] = []

    async def echo(stream: trio.abc.Stream, request: Request) -> None:
        await stream.send_all(head("200 OK", "Content-Length: 2") + b"ok")
        received.append(bytes(await stream.receive_some(100)))

    internet = make_internet()
    outside = Outside(resolve=internet.resolve, connect=internet.connect)
    async with open_web({"/form": echo}) as web, open_guard(parse_policy(()), outside) as guard:
        with guard.job(marks=False) as job:
            url = web.url("/form", "good.test")
            line = f"POST {url} HTTP/1.1\r\nHost: good.test\r\nContent-Length: 5\r\n"
            stream = await ask(guard, job, line)
            await stream.send_all(b"helloGET http://evil.test/ HTTP/1.1\r\n\r\n")
            assert (await read_all(stream)).endswith(b"ok")
            for length in ("", "Content-Length: 99999999\r\n", "Transfer-Encoding: chunked\r\n"):
                line = f"POST {url} HTTP/1.1\r\nHost: good.test\r\n{length}"
                assert b"400 Bad Request" in await read_all(await ask(guard, job, line))
    assert received == [b"hello"]
