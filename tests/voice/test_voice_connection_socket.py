"""The life of a WebSocket, against peers that close, fall silent or babble at every byte of its handshake."""

import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing
import wsproto
from attrs import define, field
from wsproto.events import AcceptConnection, Request

from tests.patience import PATIENCE_S
from tests.voice.fakes import open_fake_server
from tests.voice.test_voice_connection import Ears
from voice.connection import Connection
from voice.connection_socket import DIAL_S, Gone, Line, OfSocket, Opened

URL = "ws://voice.invalid/?v=8"
Peer = Callable[[trio.abc.Stream], Awaitable[None]]


async def read_request(stream: trio.abc.Stream) -> bytes:
    """Read the client's request; what a server answers to it."""
    server = wsproto.WSConnection(wsproto.ConnectionType.SERVER)
    while True:
        server.receive_data(bytes(await stream.receive_some()))
        for event in server.events():
            assert isinstance(event, Request)
            return server.send(AcceptConnection())


def closes_after(count: int) -> Peer:
    """A peer that says so many bytes of its answer and closes."""

    async def peer(stream: trio.abc.Stream) -> None:
        await stream.send_all((await read_request(stream))[:count])
        await stream.aclose()

    return peer


def falls_silent_after(count: int) -> Peer:
    async def peer(stream: trio.abc.Stream) -> None:
        await stream.send_all((await read_request(stream))[:count])
        await trio.sleep_forever()

    return peer


def says_instead(mangle: Callable[[bytes], bytes]) -> Peer:
    async def peer(stream: trio.abc.Stream) -> None:
        await stream.send_all(mangle(await read_request(stream)))
        await stream.aclose()

    return peer


@define
class Owner:
    """Takes what a line posts."""

    posted: list[OfSocket] = field(factory=list[OfSocket])
    ended: trio.Event = field(factory=trio.Event)

    async def post(self, event: OfSocket) -> None:
        await trio.lowlevel.checkpoint()
        self.posted.append(event)
        if isinstance(event, Gone):
            self.ended.set()


async def live(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> tuple[list[OfSocket], float]:
    """One socket of a line from its dial to its end: what was posted, and how long that took (seconds)."""
    owner = Owner()
    line = Line(url=URL, post=owner.post)
    ours, theirs = trio.testing.memory_stream_pair()

    async def open_stream(_url: str, _deadline: float) -> trio.abc.Stream:
        await trio.lowlevel.checkpoint()
        return ours

    monkeypatch.setattr("voice.connection_socket.open_stream", open_stream)
    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        line.dial(0.0, nursery)
        nursery.start_soon(peer, theirs)
        with trio.fail_after(PATIENCE_S):
            await owner.ended.wait()
        took_s = trio.current_time() - began
        nursery.cancel_scope.cancel()
    return owner.posted, took_s


async def answer_bytes(monkeypatch: pytest.MonkeyPatch) -> int:
    """How long a whole answer is."""
    seen = list[bytes]()

    def note(answer: bytes) -> bytes:
        seen.append(answer)
        return answer

    posted, _ = await live(says_instead(note), monkeypatch)
    assert isinstance(posted[0], Opened)
    return len(seen[0])


async def test_a_peer_that_closes_at_any_byte_of_the_handshake_is_gone_at_once(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    whole = await answer_bytes(monkeypatch)
    assert whole > 100
    for count in range(whole):
        posted, took_s = await live(closes_after(count), monkeypatch)
        assert posted == [Gone(1, None, "no connection: closed on the way")], count
        assert took_s == 0, count
    posted, took_s = await live(closes_after(whole), monkeypatch)
    assert [type(event) for event in posted] == [Opened, Gone]
    assert took_s < 0.2


async def test_a_peer_that_falls_silent_is_given_up_in_time(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    whole = await answer_bytes(monkeypatch)
    for count in (0, 1, whole // 2, whole - 1):
        posted, took_s = await live(falls_silent_after(count), monkeypatch)
        assert posted == [Gone(1, None, "no connection: no answer in time")], count
        assert took_s == pytest.approx(DIAL_S)


async def test_a_dial_that_meets_nobody_is_given_up_in_time(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    async def never(*_address: object) -> None:
        await trio.sleep_forever()

    monkeypatch.setattr("trio.open_tcp_stream", never)
    owner = Owner()
    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        Line(url=URL, post=owner.post).dial(0.5, nursery)
        await owner.ended.wait()
    assert owner.posted == [Gone(1, None, "no connection: no answer in time")]
    assert trio.current_time() - began == pytest.approx(0.5 + DIAL_S)


async def test_whatever_a_peer_says_ends_in_one_gone(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    chance = random.Random(4015)

    def mangle(answer: bytes) -> bytes:
        frames = bytes(chance.randrange(256) for _ in range(chance.randrange(12)))
        said = bytearray(answer + frames)
        for _ in range(chance.randrange(3)):
            said[chance.randrange(len(answer))] = chance.randrange(256)
        return bytes(said)

    opened = 0
    for _ in range(150):
        posted, took_s = await live(says_instead(mangle), monkeypatch)
        assert sum(isinstance(event, Gone) for event in posted) == 1
        assert isinstance(posted[-1], Gone)
        assert took_s <= DIAL_S
        opened += isinstance(posted[0], Opened)
    assert 0 < opened < 150, "both kinds have to be tried"


async def test_a_refusal_is_told(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    refuse = says_instead(lambda _answer: b"HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n")
    posted, _ = await live(refuse, monkeypatch)
    assert posted == [Gone(1, None, "no connection: ConnectionRejected")]


async def test_a_socket_that_takes_nothing_is_closed_by_force(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    async def peer(stream: trio.abc.Stream) -> None:
        await stream.send_all(await read_request(stream))
        await trio.sleep_forever()

    owner = Owner()
    line = Line(url=URL, post=owner.post)
    ours, theirs = trio.testing.memory_stream_pair()

    async def open_stream(_url: str, _deadline: float) -> trio.abc.Stream:
        await trio.lowlevel.checkpoint()
        return ours

    monkeypatch.setattr("voice.connection_socket.open_stream", open_stream)
    async with trio.open_nursery() as nursery:
        line.dial(0.0, nursery)
        nursery.start_soon(peer, theirs)
        await trio.sleep(0.1)
        assert isinstance(owner.posted[0], Opened)
        line.take(owner.posted[0])
        ours.send_stream.send_all_hook = trio.sleep_forever
        await line.send("hello?")
        with trio.fail_after(PATIENCE_S):
            await owner.ended.wait()
        nursery.cancel_scope.cancel()
    assert isinstance(owner.posted[-1], Gone)


@asynccontextmanager
async def open_fickle_door(port: int, answer: bytes) -> AsyncGenerator[tuple[int, list[trio.SocketStream]]]:
    """A way to ``port`` whose second guest gets only ``answer``; its address, and the guests."""
    guests = list[trio.SocketStream]()

    async def serve(guest: trio.SocketStream) -> None:
        guests.append(guest)
        if len(guests) == 2:
            await guest.receive_some()
            await guest.send_all(answer)
            await guest.aclose()
            return
        server = await trio.open_tcp_stream("127.0.0.1", port)
        async with server, trio.open_nursery() as nursery:
            nursery.start_soon(_pump, guest, server, nursery.cancel_scope)
            nursery.start_soon(_pump, server, guest, nursery.cancel_scope)

    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, serve, listeners)
        yield listeners[0].socket.getsockname()[1], guests
        nursery.cancel_scope.cancel()


async def _pump(source: trio.SocketStream, target: trio.SocketStream, scope: trio.CancelScope) -> None:
    try:
        async for data in source:
            await target.send_all(data)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        scope.cancel()
        return
    scope.cancel()


async def test_a_resume_is_not_held_up_by_a_door_that_shuts() -> None:
    async with open_fake_server() as server, open_fickle_door(server.port, b"HTTP/1.1 10") as (door, guests):
        ears, real = Ears(), server.port
        server.port = door
        connection = Connection(server=server.server_of(1), on_live=ears.live, on_lost=ears.lost)
        server.port = real
        async with trio.open_nursery() as nursery:
            nursery.start_soon(connection.run)
            await ears.until(lambda: ears.lives == 1)
            began = trio.current_time()
            await trio.aclose_forcefully(guests[0])
            await ears.until(lambda: ears.lives == 2)
            assert trio.current_time() - began < 1.5
            nursery.cancel_scope.cancel()
    assert [lost.detail for lost in ears.losses][1:] == ["no connection: closed on the way"]
    assert server.sessions[0].resumed == 1
