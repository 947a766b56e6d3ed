"""The whole gateway against bad input, bad networks and bad servers."""

import logging
import ssl
from functools import partial

import pytest
import trio
import trio_websocket
import trustme

from gateway_client.address import Endpoint
from gateway_client.connection import tcp_dialer
from gateway_client.errors import (
    ConnectFailed,
    DiscoveryUnavailable,
)
from gateway_client.events import MessageCreated, Ready, Resumed
from gateway_client.ids import ChannelId, GuildId
from gateway_client.inflate import Compression
from gateway_client.objects import GatewayBot
from tests.gateway_client.fakes import (
    HELLO,
    Client,
    FakeDiscord,
    Inbox,
    frame,
    message,
    new_gateway,
    on_loopback,
    ready,
    resumed,
    stand,
)
from tests.patience import PATIENCE_S


async def test_malformed_frames_are_logged_and_outlived(caplog: pytest.LogCaptureFixture) -> None:
    async def act(client: Client) -> None:
        await stand(client, discord)
        for raw in ("", "{", "null", '{"op":0,"d":{"id"', '{"op":[]}', "\x00", '{"op":99}', "[" * 3000):
            await client.send_raw(raw)
        await client.send(frame(0, {"id": {}}, 2, "MESSAGE_CREATE"))
        await client.send(frame(0, {}, 3, "NOBODY_KNOWS_THIS"))
        await client.send(message(4))
        await client.closed_with()

    discord, inbox = FakeDiscord(act), Inbox()
    with caplog.at_level(logging.WARNING, "gateway_client"):
        async with on_loopback(discord) as nursery:
            await nursery.start(new_gateway(discord, inbox, compression="none").run)
            assert (await inbox.wait(MessageCreated)).sequence == 4
    assert "MESSAGE_CREATE" in caplog.text
    assert "$.id" in caplog.text
    assert len(discord.paths) == 1


@pytest.mark.parametrize("compression", ["zlib-stream", "zstd-stream"])
async def test_broken_compressed_stream_is_left_and_resumed(compression: Compression) -> None:
    codes: list[int] = []

    async def first(client: Client) -> None:
        await stand(client, discord)
        await inbox.wait(Ready)
        await client.send_raw(b"\xff\xfe garbage \x00\x00\xff\xff")
        codes.append(await client.closed_with())

    async def second(client: Client) -> None:
        assert (await client.greet())["op"] == 6
        await client.send(resumed(2))
        await client.closed_with()

    discord, inbox = FakeDiscord(first, second), Inbox()
    async with on_loopback(discord) as nursery:
        await nursery.start(new_gateway(discord, inbox, compression=compression).run)
        await inbox.wait(Resumed)
    assert codes == [4000]


async def test_text_that_is_no_utf_8_costs_one_reconnection() -> None:
    async def first(client: Client) -> None:
        await stand(client, discord)
        await inbox.wait(Ready)
        stream = client.socket._stream
        await stream.send_all(b"\x81\x02\xff\xfe")
        await client.closed_with()

    async def second(client: Client) -> None:
        assert (await client.greet())["op"] == 6
        await client.send(resumed(2))
        await client.closed_with()

    discord, inbox = FakeDiscord(first, second), Inbox()
    async with on_loopback(discord) as nursery:
        await nursery.start(new_gateway(discord, inbox, compression="none").run)
        await inbox.wait(Resumed)


async def test_discovery_that_is_out_of_reach_is_asked_again(autojump_clock: trio.testing.MockClock) -> None:
    asked = 0

    async def discovery() -> GatewayBot:
        nonlocal asked
        await trio.lowlevel.checkpoint()
        asked += 1
        if asked == 4:
            gateway.close()
        raise DiscoveryUnavailable("no network")

    gateway = new_gateway(FakeDiscord(), Inbox())
    gateway.discovery = discovery
    began = trio.current_time()
    await gateway.run()
    assert asked == 4
    assert trio.current_time() - began > 0.5


async def test_discovery_that_fails_for_good_ends_the_run() -> None:
    async def discovery() -> GatewayBot:
        await trio.lowlevel.checkpoint()
        raise PermissionError("401")

    gateway = new_gateway(FakeDiscord(), Inbox())
    gateway.discovery = discovery
    with pytest.raises(PermissionError):
        await gateway.run()


async def test_refused_dials_back_off_and_ask_for_the_address_again(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    dials = 0

    async def dial(_endpoint: object) -> trio.abc.Stream:
        nonlocal dials
        await trio.lowlevel.checkpoint()
        dials += 1
        if dials == 12:
            gateway.close()
        raise ConnectFailed("connection refused")

    discord = FakeDiscord()
    discord.url = "ws://discord.test"
    gateway = new_gateway(discord, Inbox(), dial=dial)
    began = trio.current_time()
    with caplog.at_level(logging.INFO, "gateway_client"):
        await gateway.run()
    assert dials == 12
    assert trio.current_time() - began > 20
    assert discord.asked > 1
    assert "connection refused" in caplog.text


async def test_server_that_says_nothing_is_given_up(autojump_clock: trio.testing.MockClock) -> None:
    ends: list[trio.abc.Stream] = []

    async def dial(_endpoint: object) -> trio.abc.Stream:
        await trio.lowlevel.checkpoint()
        if len(ends) == 2:
            gateway.close()
            raise ConnectFailed("enough")
        near, far = trio.testing.memory_stream_pair()
        ends.append(far)
        return near

    discord = FakeDiscord()
    discord.url = "ws://discord.test"
    gateway = new_gateway(discord, Inbox(), dial=dial)
    began = trio.current_time()
    await gateway.run()
    assert 40 <= trio.current_time() - began < 60


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"SSH-2.0-OpenSSH_9\r\n",
        b"",
    ],
)
async def test_server_that_is_no_gateway_is_dialed_again(
    answer: bytes, autojump_clock: trio.testing.MockClock
) -> None:
    dials = 0

    async def dial(_endpoint: object) -> trio.abc.Stream:
        nonlocal dials
        dials += 1
        if dials == 3:
            gateway.close()
            raise ConnectFailed("enough")
        near, far = trio.testing.memory_stream_pair()
        await far.send_all(answer)
        await far.send_eof()
        return near

    discord = FakeDiscord()
    discord.url = "ws://discord.test"
    gateway = new_gateway(discord, Inbox(), dial=dial)
    await gateway.run()
    assert dials == 3


async def test_tls_is_verified(caplog: pytest.LogCaptureFixture) -> None:
    authority, stranger = trustme.CA(), trustme.CA()
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(server_side)  # pyright: ignore[reportUnknownMemberType] - also takes pyOpenSSL's

    def trusting(ca: trustme.CA) -> ssl.SSLContext:
        context = ssl.create_default_context()
        ca.configure_trust(context)  # pyright: ignore[reportUnknownMemberType] - also takes pyOpenSSL's
        return context

    async def act(client: Client) -> None:
        await client.greet()
        await client.send(ready(url=discord.url))
        await client.closed_with()

    async def serve(*, task_status: trio.TaskStatus[trio_websocket.WebSocketServer]) -> None:
        await trio_websocket.serve_websocket(
            discord.serve, "127.0.0.1", 0, server_side, task_status=task_status
        )

    dials, asked_twice = 0, trio.Event()
    dial_doubting = tcp_dialer(lambda: trusting(stranger))

    async def doubt(endpoint: Endpoint) -> trio.abc.Stream:
        nonlocal dials
        dials += 1
        if dials == 2:
            asked_twice.set()
        return await dial_doubting(endpoint)

    discord, inbox = FakeDiscord(act), Inbox()
    with trio.fail_after(PATIENCE_S), caplog.at_level(logging.INFO, "gateway_client"):
        async with trio.open_nursery() as nursery:
            server = await nursery.start(serve)
            discord.url = f"wss://localhost:{server.port}"
            doubting = new_gateway(discord, inbox, dial=doubt)
            await nursery.start(doubting.run)
            await asked_twice.wait()
            doubting.close()
            assert inbox.received == []
            assert "certificate" in caplog.text
            await nursery.start(new_gateway(discord, inbox, dial=tcp_dialer(lambda: trusting(authority))).run)
            await inbox.wait(Ready)
            nursery.cancel_scope.cancel()


async def test_error_in_on_event_ends_the_run_as_itself() -> None:
    async def act(client: Client) -> None:
        await stand(client, discord)
        await client.closed_with()

    def on_event(received: object) -> None:
        raise ArithmeticError("the house has a bug")

    discord = FakeDiscord(act)
    gateway = new_gateway(discord, Inbox())
    gateway.on_event = on_event
    async with on_loopback(discord):
        with pytest.raises(ArithmeticError, match="bug"):
            await gateway.run()


async def test_resume_address_that_is_none_is_replaced_by_the_general_one() -> None:
    async def first(client: Client) -> None:
        await client.greet()
        await client.send(ready(url="not an address"))
        await client.send(frame(7))
        await client.closed_with()

    async def second(client: Client) -> None:
        assert (await client.greet())["op"] == 6
        await client.send(resumed(2))
        await client.closed_with()

    discord, inbox = FakeDiscord(first, second), Inbox()
    async with on_loopback(discord) as nursery:
        await nursery.start(new_gateway(discord, inbox).run)
        await inbox.wait(Resumed)


class Stuck(trio.abc.SendStream):
    """Sends until told to block."""

    def __init__(self, stream: trio.abc.SendStream) -> None:
        self._stream = stream
        self.blocks = False

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        if self.blocks:
            await trio.sleep_forever()
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        await self._stream.aclose()


async def test_peer_that_does_not_read_stops_the_writer_only(autojump_clock: trio.testing.MockClock) -> None:
    connected: list[Stuck] = []

    async def dial(_endpoint: object) -> trio.abc.Stream:
        if connected:
            gateway.close()
            raise ConnectFailed("enough")
        near, far = trio.testing.memory_stream_pair()
        connected.append(Stuck(near.send_stream))
        nursery.start_soon(serve, far)
        return trio.StapledStream(connected[0], near.receive_stream)

    async def serve(stream: trio.abc.Stream) -> None:
        request = await trio_websocket.wrap_server_stream(nursery, stream)
        socket = await request.accept()
        await socket.send_message(HELLO)
        await socket.get_message()
        await socket.send_message(ready(url="ws://discord.test"))
        await inbox.wait(Ready)
        for sequence in range(2, 12):
            await socket.send_message(message(sequence))
            await trio.sleep(1)

    discord, inbox = FakeDiscord(), Inbox()
    discord.url = "ws://discord.test"
    gateway = new_gateway(discord, inbox, dial=dial, compression="none")
    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(partial(gateway.run))
        await inbox.wait(Ready)
        connected[0].blocks = True
        gateway.update_voice_state(GuildId(1), ChannelId(1))
        await inbox.wait(MessageCreated, 10)
        with trio.fail_after(200):
            await gateway._closing.wait()
        nursery.cancel_scope.cancel()
    assert trio.current_time() - began > 40
