"""The whole gateway over real loopback sockets: connection, shard, gateway."""

import json
import logging
import ssl
from functools import partial

import pytest
import trio
import trio_websocket
import trustme

from gateway_client.address import Endpoint
from gateway_client.commands import Activity, Presence, RequestMembers
from gateway_client.connection import CLOSE_WITHIN_S, tcp_dialer
from gateway_client.errors import (
    AuthenticationFailed,
    ConnectFailed,
    DisallowedIntents,
    DiscoveryUnavailable,
)
from gateway_client.events import GuildCreated, InteractionCreated, MessageCreated, Ready, Resumed
from gateway_client.ids import ChannelId, GuildId
from gateway_client.inflate import Compression
from gateway_client.intents import Intents
from gateway_client.objects import GatewayBot, SessionStartLimit
from tests.gateway_client.fakes import (
    ACK,
    HELLO,
    SECRET,
    Client,
    FakeDiscord,
    Inbox,
    click,
    frame,
    message,
    new_gateway,
    on_loopback,
    ready,
    resumed,
)

COMPRESSIONS: list[Compression] = ["none", "zlib-stream", "zstd-stream"]


async def stand(client: Client, discord: FakeDiscord) -> None:
    """Take an identify and be ready."""
    identify = await client.greet()
    assert identify["op"] == 2
    await client.send(ready(url=discord.url + "/resumed"))


@pytest.mark.parametrize("compression", COMPRESSIONS)
async def test_session_stands_and_ends_with_1000(compression: Compression) -> None:
    codes: list[int] = []

    async def act(client: Client) -> None:
        await stand(client, discord)
        await client.send(message(2))
        codes.append(await client.closed_with())

    discord, inbox = FakeDiscord(act), Inbox()
    gateway = new_gateway(discord, inbox, compression=compression)
    async with on_loopback(discord) as nursery:
        await nursery.start(gateway.run)
        await inbox.wait(MessageCreated)
        [shard] = gateway.status.shards
        assert (shard.phase, shard.has_session, gateway.status.session_starts_left) == ("live", True, 999)
        gateway.close()
        await trio.testing.wait_all_tasks_blocked(0.05)
    assert codes == [1000]
    compress = "" if compression == "none" else f"&compress={compression}"
    assert discord.paths == [f"/?v=10&encoding=json{compress}"]


async def test_cancelled_run_closes_with_1000_too() -> None:
    codes: list[int] = []

    async def act(client: Client) -> None:
        await stand(client, discord)
        codes.append(await client.closed_with())

    discord, inbox = FakeDiscord(act), Inbox()
    gateway = new_gateway(discord, inbox)
    async with on_loopback(discord):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(gateway.run))
            await inbox.wait(Ready)
            began = trio.current_time()
            nursery.cancel_scope.cancel()
        assert trio.current_time() - began < CLOSE_WITHIN_S + 0.4
        await trio.testing.wait_all_tasks_blocked(0.05)
    assert codes == [1000]


async def test_dropped_tcp_connection_resumes_at_the_resume_address_and_replays() -> None:
    resumes: list[object] = []

    async def first(client: Client) -> None:
        await stand(client, discord)
        await client.send(click(2))
        await client.send(message(3))
        await client.send(HELLO)  # is nonsense there, and must not matter
        await inbox.wait(MessageCreated)
        await client.drop()

    async def second(client: Client) -> None:
        resumes.append(await client.greet())
        for text in (click(2), message(3), click(4), message(5), resumed(6)):
            await client.send(text)
        await client.closed_with()

    discord, inbox = FakeDiscord(first, second), Inbox()
    async with on_loopback(discord) as nursery:
        await nursery.start(new_gateway(discord, inbox).run)
        await inbox.wait(Resumed)
    assert resumes == [{"op": 6, "d": {"token": SECRET, "session_id": "first", "seq": 3}}]
    assert discord.paths[1].startswith("/resumed?v=10&encoding=json&compress=")
    kinds = [type(received.event) for received in inbox.received]
    assert kinds == [Ready, InteractionCreated, MessageCreated, MessageCreated, Resumed]


async def test_close_code_that_ends_the_session_identifies_anew() -> None:
    identified: list[int] = []

    async def first(client: Client) -> None:
        await stand(client, discord)
        await client.socket.aclose(4009)

    async def second(client: Client) -> None:
        identified.append((await client.greet())["op"])
        await client.send(ready(session_id="second", url=discord.url))
        await client.closed_with()

    discord, inbox = FakeDiscord(first, second), Inbox()
    async with on_loopback(discord, seconds=9) as nursery:
        gateway = new_gateway(discord, inbox)
        await nursery.start(gateway.run)
        await inbox.wait(Ready)
        gateway._gate._free_at.clear()  # the five seconds between two identifies have a test of their own
        await inbox.wait(Ready, 2)
    assert identified == [2]


async def test_zombie_is_left_with_4000_and_resumed() -> None:
    codes: list[int] = []

    async def first(client: Client) -> None:
        await client.send(frame(10, {"heartbeat_interval": 60}))
        await client.get_op(2)
        await client.send(ready(url=discord.url))
        try:
            while True:
                await client.get()
        except trio_websocket.ConnectionClosed as closed:
            codes.append(closed.reason.code if closed.reason else 0)

    async def second(client: Client) -> None:
        assert (await client.greet())["op"] == 6
        await client.send(resumed(2))
        await client.closed_with()

    discord, inbox = FakeDiscord(first, second), Inbox()
    async with on_loopback(discord) as nursery:
        await nursery.start(new_gateway(discord, inbox).run)
        await inbox.wait(Resumed)
    assert codes == [4000]


@pytest.mark.parametrize("compression", COMPRESSIONS)
async def test_guild_of_eight_megabytes_arrives(compression: Compression) -> None:
    roles = [
        {"id": str(i), "name": f"{i:x}" * 40, "permissions": "0"} for i in range(1 << 60, (1 << 60) + 12_000)
    ]
    big = frame(0, {"id": "100", "name": "big", "roles": roles}, 2, "GUILD_CREATE")
    assert len(big) > 8_000_000

    async def act(client: Client) -> None:
        await stand(client, discord)
        await client.send(big)
        await client.closed_with()

    discord, inbox = FakeDiscord(act), Inbox()
    async with on_loopback(discord, seconds=10) as nursery:
        await nursery.start(new_gateway(discord, inbox, compression=compression).run)
        created = (await inbox.wait(GuildCreated)).event
    assert isinstance(created, GuildCreated)
    assert len(created.guild.roles) == 12_000


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


async def test_wrong_token_ends_with_one_sentence() -> None:
    async def act(client: Client) -> None:
        await client.greet()
        await client.socket.aclose(4004, "Authentication failed.")

    discord = FakeDiscord(act)
    async with on_loopback(discord):
        with pytest.raises(AuthenticationFailed) as caught:
            await new_gateway(discord, Inbox()).run()
    assert "token" in str(caught.value)
    assert SECRET not in str(caught.value)


async def test_disallowed_intents_are_dropped_and_the_same_gateway_goes_on() -> None:
    asked: list[int] = []

    async def first(client: Client) -> None:
        asked.append((await client.greet())["d"]["intents"])
        await client.socket.aclose(4014)

    async def second(client: Client) -> None:
        asked.append((await client.greet())["d"]["intents"])
        await client.send(ready(url=discord.url))
        await client.closed_with()

    discord, inbox = FakeDiscord(first, second), Inbox()
    gateway = new_gateway(discord, inbox)
    gateway.intents = Intents.GUILDS | Intents.MESSAGE_CONTENT
    async with on_loopback(discord, seconds=9) as nursery:
        with pytest.raises(DisallowedIntents):
            await gateway.run()
        gateway.intents = Intents.GUILDS
        gateway._gate._free_at.clear()
        await nursery.start(gateway.run)
        await inbox.wait(Ready)
    assert asked == [1 | 1 << 15, 1]


async def test_shards_share_one_inbox_and_identify_in_buckets() -> None:
    identified: list[list[int]] = []

    async def act(client: Client) -> None:
        identify = await client.greet()
        shard, _ = identify["d"]["shard"]
        identified.append(identify["d"]["shard"])
        await client.send(ready(url=discord.url, session_id=f"s{shard}", shard=shard))
        await client.get_op(4)
        told.append(shard)
        if len(told) == 2:
            all_told.set()
        await client.closed_with()

    told, all_told = list[int](), trio.Event()
    discord, inbox = FakeDiscord(act), Inbox()
    discord.shards = 3
    discord.limit = SessionStartLimit(total=9, remaining=9, reset_after=0, max_concurrency=16)
    gateway = new_gateway(discord, inbox)
    guild_of_two, guild_of_zero = GuildId(2 << 22), GuildId(3 << 22)
    gateway.update_voice_state(guild_of_two, ChannelId(1))
    async with on_loopback(discord) as nursery:
        await nursery.start(gateway.run)
        await inbox.wait(Ready, 3)
        gateway.update_voice_state(guild_of_zero, ChannelId(1))
        await all_told.wait()
    assert sorted(identified) == [[0, 3], [1, 3], [2, 3]]
    assert {received.shard_id for received in inbox.received} == {0, 1, 2}
    assert sorted(told) == [0, 2]
    assert gateway.status.session_starts_left == 6


async def test_presence_voice_and_member_requests_reach_discord() -> None:
    got: list[dict[str, object]] = []

    async def act(client: Client) -> None:
        await stand(client, discord)
        got.extend([await client.get_op(op) for op in (3, 4, 8)])
        done.set()
        await client.closed_with()

    done = trio.Event()
    discord, inbox = FakeDiscord(act), Inbox()
    gateway = new_gateway(discord, inbox)
    async with on_loopback(discord) as nursery:
        await nursery.start(gateway.run)
        await inbox.wait(Ready)
        gateway.update_presence(Presence(activities=(Activity(name="Song · Site", type=2),)))
        gateway.update_voice_state(GuildId(100), None, self_deaf=False)
        gateway.request_members(RequestMembers(guild_id=GuildId(100), query="n", limit=5))
        await done.wait()
    presence, voice, members = got
    assert json.dumps(presence, ensure_ascii=False).count("Song · Site") == 1
    assert voice["d"] == {"guild_id": "100", "channel_id": None, "self_mute": False, "self_deaf": False}
    assert members["d"] == {"guild_id": "100", "query": "n", "limit": 5}


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
    with trio.fail_after(5), caplog.at_level(logging.INFO, "gateway_client"):
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


async def test_token_and_content_are_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def act(client: Client) -> None:
        await stand(client, discord)
        await client.send(message(2, "a private word"))
        await client.send(ACK)
        await client.drop()

    discord, inbox = FakeDiscord(act), Inbox()
    with caplog.at_level(logging.DEBUG):
        async with on_loopback(discord) as nursery:
            await nursery.start(new_gateway(discord, inbox).run)
            await inbox.wait(MessageCreated)
    assert "session ready" in caplog.text
    assert SECRET not in caplog.text
    assert "private word" not in caplog.text


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
