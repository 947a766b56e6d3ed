"""The HTTP and WebSocket server against good, bad and hostile peers."""

import re

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.http.exchange import Request, Response, SendBytes, text_response
from sandbox.http.router import Found, NotFound, Route, Router, WebSocketRoute, WrongMethod
from sandbox.http.server import KEEP_ALIVE_S, HttpServer, Limits
from sandbox.http.websocket import WebSocket, WebSocketClosed
from tests.patience import PATIENCE_S

UPGRADE = (
    b"GET /ws HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


async def echo(request: Request) -> Response:
    return text_response(f"{request.method} {request.path} {request.query} {request.params} {request.body!r}")


async def explode(request: Request) -> Response:
    raise RuntimeError("a defect")


async def stream(request: Request) -> Response:
    async def write(send: SendBytes) -> None:
        for number in range(3):
            await send(b"%d" % number)
        if request.query.get("forever"):
            await trio.sleep_forever()

    return Response(stream=write)


async def drop(request: Request) -> Response:
    return Response(drop=True)


class Closings:
    """How WebSockets ended, as their handlers saw it."""

    def __init__(self) -> None:
        self.codes: list[int] = []

    async def serve(self, request: Request, websocket: WebSocket) -> None:
        try:
            while True:
                message = await websocket.receive()
                if message == "bye":
                    await websocket.close(4001, "as asked")
                elif message == "reset":
                    websocket.abort()
                else:
                    await websocket.send(message)
        except WebSocketClosed as closed:
            self.codes.append(closed.code)


def build(closings: Closings | None = None) -> HttpServer:
    routes = [
        Route(method="GET", pattern="/things/{name}", handler=echo),
        Route(method="GET", pattern="/things/@me", handler=echo),
        Route(method="POST", pattern="/things/{name}", handler=echo),
        Route(method="GET", pattern="/boom", handler=explode),
        Route(method="GET", pattern="/stream", handler=stream),
        Route(method="GET", pattern="/drop", handler=drop),
        Route(method="GET", pattern="/files/{*path}", handler=echo),
        WebSocketRoute(pattern="/ws", handler=(closings or Closings()).serve),
    ]
    return HttpServer(Router(routes), Limits(max_body_bytes=100, max_message_bytes=100))


async def exchange(data: bytes, server: HttpServer | None = None, *, end: bool = True) -> bytes:
    """Send bytes on a fresh connection and return all that comes back until it ends."""
    client, remote = trio.testing.memory_stream_pair()
    answer = b""
    async with trio.open_nursery() as nursery:
        nursery.start_soon((server or build()).serve, remote)
        await client.send_all(data)
        if end:
            await client.send_eof()
        while chunk := await client.receive_some(65536):
            answer += chunk
    return answer


def get(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "host: x", *headers, "", ""]).encode()


def test_router_prefers_the_literal_and_knows_other_methods() -> None:
    router = Router(
        [Route(method="GET", pattern=p, handler=echo) for p in ("/a/{x}", "/a/me", "/a/{x}/b", "/f/{*r}")]
    )
    for path, params in (
        ("/a/1", {"x": "1"}),
        ("/a/me", {}),
        ("/a/me/b", {"x": "me"}),
        ("/a/%F0%9F%91%8D%2F", {"x": "👍/"}),
        ("/f/a/b", {"r": "a/b"}),
        ("/f", {"r": ""}),
    ):
        found = router.find("GET", path)
        assert isinstance(found, Found)
        assert found.params == params
    assert router.find("PUT", "/a/1") == WrongMethod(("GET",))
    assert isinstance(router.find("HEAD", "/a/1"), Found)
    assert router.find("GET", "/b") == NotFound()


async def test_requests_share_a_connection_and_may_be_pipelined() -> None:
    answer = await exchange(get("/things/a?x=1&x=2&y=%20") + get("/things/@me"))
    assert answer.count(b"HTTP/1.1 200") == 2
    assert b"GET /things/a {'x': '2', 'y': ' '} {'name': 'a'}" in answer
    assert b"GET /things/@me {} {} b''" in answer


async def test_bodies_come_with_a_length_or_in_chunks() -> None:
    plain = b"POST /things/a HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc"
    chunked = b"POST /things/a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n"
    answer = await exchange(plain + chunked)
    assert b"b'abc'" in answer
    assert b"b'de'" in answer


async def test_expect_100_continue_is_answered_before_the_body() -> None:
    client, remote = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(build().serve, remote)
        await client.send_all(
            b"POST /things/a HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 1\r\n\r\n"
        )
        assert (await client.receive_some(100)).startswith(b"HTTP/1.1 100")
        await client.send_all(b"x")
        assert (await client.receive_some(100)).startswith(b"HTTP/1.1 200")
        await client.aclose()


async def test_wrong_paths_methods_and_defects_keep_the_connection() -> None:
    answer = await exchange(
        get("/none") + b"PUT /things/a HTTP/1.1\r\nhost: x\r\n\r\n" + get("/boom") + get("/things/a")
    )
    assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"404", b"405", b"500", b"200"]
    assert b"allow: GET, POST" in answer


async def test_head_has_a_length_and_no_body() -> None:
    answer = await exchange(b"HEAD /things/a HTTP/1.1\r\nhost: x\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-length: " in head
    assert body == b""


async def test_a_stream_is_chunked_and_ends() -> None:
    answer = await exchange(get("/stream", "connection: close"), end=False)
    assert answer.endswith(b"1\r\n0\r\n1\r\n1\r\n1\r\n2\r\n0\r\n\r\n")


async def test_a_stream_ends_when_its_reader_goes() -> None:
    client, remote = trio.testing.memory_stream_pair()
    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(build().serve, remote)
            await client.send_all(get("/stream?forever=1"))
            await client.receive_some(1000)
            await client.aclose()


async def test_a_dropped_response_closes_without_a_word() -> None:
    assert await exchange(get("/drop"), end=False) == b""


async def test_a_body_above_the_limit_is_413() -> None:
    declared = b"POST /things/a HTTP/1.1\r\nhost: x\r\ncontent-length: 101\r\n\r\n" + b"x" * 101
    assert (await exchange(declared)).startswith(b"HTTP/1.1 413")


async def test_bytes_that_are_no_http_get_400() -> None:
    for data in (
        b"\x16\x03\x01\x02\x00\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n",
    ):
        assert (await exchange(data)).startswith(b"HTTP/1.1 400")
    assert (await exchange(b"GET / HTTP/1.1\r\nx: " + b"y" * 70_000)).startswith(b"HTTP/1.1 431")


async def test_an_idle_connection_is_closed(autojump_clock: object) -> None:
    start = trio.current_time()
    assert await exchange(get("/things/a"), end=False) != b""
    assert trio.current_time() - start >= KEEP_ALIVE_S


_PIECES = st.lists(
    st.binary(max_size=40)
    | st.sampled_from(
        [
            get("/things/a"),
            UPGRADE,
            b"POST /things/a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n",
            b"5\r\nhello\r\n",
            b"0\r\n\r\n",
            b"\x81\x85\x00\x00\x00\x00hello",
            b"\x88\x80\x00\x00\x00\x00",
            b"\x01\x80\x00\x00\x00\x00",
            b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
            b"HTTP/1.1\r\n",
            b"\x00",
        ]
    ),
    max_size=5,
)


@settings(max_examples=60, deadline=None)
@given(_PIECES)
async def test_no_bytes_break_the_server(pieces: list[bytes]) -> None:
    server = build()
    with trio.fail_after(PATIENCE_S):
        await exchange(b"".join(pieces), server)
        assert (await exchange(get("/things/a"), server)).startswith(b"HTTP/1.1 200")


async def websocket_says(frames: bytes, *, end: bool = False) -> tuple[bytes, list[int]]:
    closings = Closings()
    with trio.fail_after(PATIENCE_S):
        answer = await exchange(UPGRADE + frames, build(closings), end=end)
    head, _, rest = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101")
    return rest, closings.codes


def frame(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    assert len(payload) < 126
    return bytes([opcode | 0x80 * final, 0x80 | len(payload), 0, 0, 0, 0]) + payload


CLOSE_NOW = frame(8, b"\x0f\xa0bye")  # 4000


async def test_websocket_echoes_text_binary_and_fragments_and_answers_pings() -> None:
    sent = frame(1, b"hi") + frame(2, b"\x00") + frame(1, b"a", final=False) + frame(9, b"p") + frame(0, b"b")
    answer, codes = await websocket_says(sent + CLOSE_NOW)
    assert answer.startswith(b"\x81\x02hi\x82\x01\x00\x8a\x01p\x81\x02ab\x88")
    assert codes == [4000]


async def test_websocket_closes_as_asked_with_code_and_reason() -> None:
    answer, codes = await websocket_says(frame(1, b"bye"), end=True)
    assert answer == b"\x88\x0a\x0f\xa1as asked"
    assert codes == [4001]


async def test_websocket_message_above_the_limit_is_1009() -> None:
    answer, codes = await websocket_says(frame(1, b"x" * 60, final=False) + frame(0, b"x" * 60), end=True)
    assert answer[2:4] == b"\x03\xf1"
    assert codes == [1009]


async def test_websocket_bytes_that_are_no_frame_are_1002() -> None:
    answer, codes = await websocket_says(b"\xff\xff\xff\xff", end=True)
    assert answer[2:4] == b"\x03\xea"
    assert codes == [1002]


async def test_websocket_cut_without_close_is_1006() -> None:
    _, codes = await websocket_says(frame(1, b"x"), end=True)
    assert codes == [1006]


async def test_upgrade_that_is_none_is_refused() -> None:
    assert (await exchange(UPGRADE.replace(b"/ws", b"/no"))).startswith(b"HTTP/1.1 404")
    assert (await exchange(UPGRADE.replace(b": 13", b": 12"))).startswith(b"HTTP/1.1 400")


async def test_reset_is_a_reset() -> None:
    server = build()
    async with trio.open_nursery() as nursery:
        port: int = await nursery.start(server.run, 0)
        async with await trio.open_tcp_stream("127.0.0.1", port) as client:
            await client.send_all(UPGRADE)
            await client.receive_some(1000)
            await client.send_all(frame(1, b"reset"))
            with pytest.raises(trio.BrokenResourceError) as broken:
                await client.receive_some(1000)
        assert isinstance(broken.value.__cause__, ConnectionResetError)
        nursery.cancel_scope.cancel()
