"""The whole gateway over real loopback sockets: connection, shard, gateway."""

import json
import logging
from functools import partial

import pytest
import trio
import trio.testing
import trio_websocket

from gateway_client.address import Endpoint
from gateway_client.commands import Activity, Presence
from gateway_client.connection import CLOSE_WITHIN_S, Connection, run_connection
from gateway_client.errors import (
    AuthenticationFailed,
    ConnectFailed,
    DisallowedIntents,
)
from gateway_client.events import GuildCreated, InteractionCreated, MessageCreated, Ready, Resumed
from gateway_client.ids import ChannelId, GuildId
from gateway_client.inflate import Compression
from gateway_client.intents import Intents
from gateway_client.objects import SessionStartLimit
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
    stand,
)

COMPRESSIONS: list[Compression] = ["none", "zlib-stream", "zstd-stream"]


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
        assert trio.current_time() - began < CLOSE_WITHIN_S + 10
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
    async with on_loopback(discord) as nursery:
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
    async with on_loopback(discord) as nursery:
        await nursery.start(new_gateway(discord, inbox, compression=compression).run)
        created = (await inbox.wait(GuildCreated)).event
    assert isinstance(created, GuildCreated)
    assert len(created.guild.roles) == 12_000


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
        await client.get_op(4)
        told.set()
        await client.closed_with()

    told = trio.Event()
    discord, inbox = FakeDiscord(first, second), Inbox()
    gateway = new_gateway(discord, inbox)
    gateway.intents = Intents.GUILDS | Intents.MESSAGE_CONTENT
    async with on_loopback(discord) as nursery:
        with pytest.raises(DisallowedIntents):
            await gateway.run()
        gateway.intents = Intents.GUILDS
        gateway.update_voice_state(GuildId(5), ChannelId(6))
        gateway._gate._free_at.clear()
        await nursery.start(gateway.run)
        await inbox.wait(Ready)
        await told.wait()
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


async def test_presence_and_voice_reach_discord() -> None:
    got: list[dict[str, object]] = []

    async def act(client: Client) -> None:
        await stand(client, discord)
        got.extend([await client.get_op(op) for op in (3, 4)])
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
        await done.wait()
    presence, voice = got
    assert json.dumps(presence, ensure_ascii=False).count("Song · Site") == 1
    assert voice["d"] == {"guild_id": "100", "channel_id": None, "self_mute": False, "self_deaf": False}


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


@pytest.mark.parametrize(
    "answer",
    [
        b"\x16\x03\x01 this is TLS\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nUpgrade: w\xc3\xa9b\r\nConnection: upgrade\r\n\r\n",
        b"HTTP/1.1 101 Switching\r\nSec-WebSocket-Accept: \xff\r\nUpgrade: websocket\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: nine\r\n\r\n",
        b"\0" * 70_000,
    ],
)
async def test_an_answer_that_is_no_handshake_is_a_failed_dial(answer: bytes) -> None:
    ours, theirs = trio.testing.memory_stream_pair()

    async def dial(endpoint: Endpoint) -> trio.abc.Stream:
        return ours

    async def never(connection: Connection) -> None:
        raise AssertionError

    async def talk_nonsense() -> None:
        await theirs.receive_some(4096)
        await theirs.send_all(answer)
        await theirs.send_eof()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(talk_nonsense)
        with trio.fail_after(2), pytest.raises(ConnectFailed):
            await run_connection("ws://gateway.test", dial, never)
        nursery.cancel_scope.cancel()
