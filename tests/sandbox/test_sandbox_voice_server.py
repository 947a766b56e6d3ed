"""The voice server over real loopback sockets: two clients, both transport modes, faults, listeners."""

import socket
import sys
from collections.abc import AsyncGenerator, Callable

import pytest
import trio
from trio_websocket import HandshakeError, wrap_client_stream

from gateway_client.ids import ChannelId, GuildId, UserId
from sandbox.contracts import VoiceAdmission
from sandbox.model.entities import ChannelType
from sandbox.voice import VoiceServer
from sandbox.voice.region import dropped_at
from sandbox.voice.transport import Mode
from sandbox.voice.values import SpeakingChanged
from sandbox.world import World
from tests.patience import PATIENCE_S
from tests.sandbox.opus_source import encode_tone
from tests.sandbox.voice_client import AES, XCHACHA, FakeVoiceClient, open_voice_client

BOT, OTHER = UserId(1001), UserId(1002)
BURST = 500
"""Packets of fifteen calls in two thirds of a second."""


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def room(world: World) -> tuple[GuildId, ChannelId]:
    guild = world.directory.guild(world.home)
    voice = next(channel for channel in guild.channels.values() if channel.type is ChannelType.VOICE)
    return guild.id, voice.id


@pytest.fixture
async def server(world: World, nursery: trio.Nursery) -> AsyncGenerator[VoiceServer]:
    made = VoiceServer(world)
    with trio.fail_after(PATIENCE_S):
        await nursery.start(made.run)
        yield made


Admit = Callable[[UserId], VoiceAdmission]


@pytest.fixture
def admit(server: VoiceServer, room: tuple[GuildId, ChannelId]) -> Admit:
    def give(user_id: UserId) -> VoiceAdmission:
        made = VoiceAdmission(
            guild_id=room[0],
            channel_id=room[1],
            user_id=user_id,
            session_id=f"session-{user_id}",
            token=f"token-{user_id}-{trio.current_time()}",
        )
        server.admit(made)
        return made

    return give


async def join(client: FakeVoiceClient) -> None:
    await client.identify()
    await client.describe()


@pytest.mark.parametrize("mode", [AES, XCHACHA])
async def test_a_tone_is_recorded_bit_for_bit_and_heard_live(
    server: VoiceServer, admit: Admit, mode: str
) -> None:
    admission = admit(BOT)
    packets = encode_tone(0.4)
    async with open_voice_client(server.endpoint, admission, mode) as client:
        await join(client)
        assert server.is_connected(admission.guild_id, BOT)
        with server.listen(admission.guild_id, admission.channel_id) as frames:
            await client.say(5, {"speaking": 1, "delay": 0, "ssrc": client.ssrc})
            for packet in packets:
                await client.speak(packet)
            heard = [await frames.receive() for _ in packets]
        assert [one.frame.opus for one in heard] == packets
        assert {one.user_id for one in heard} == {BOT}
    capture = server.capture(admission.guild_id, BOT)
    assert capture.payloads() == packets
    assert not capture.counts


async def test_what_arrives_while_the_server_is_busy_is_not_lost(server: VoiceServer, admit: Admit) -> None:
    admission = admit(BOT)
    async with open_voice_client(server.endpoint, admission) as client:
        await join(client)
        await client.say(5, {"speaking": 1, "delay": 0, "ssrc": client.ssrc})
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.connect(client.udp.getpeername())
            for _ in range(BURST):
                udp.send(client.next_packet(b"\xfc" + bytes(300)))
        capture = server.capture(admission.guild_id, BOT)
        while len(capture.frames) < BURST:  # noqa: ASYNC110 - a capture is looked at, not waited for
            await trio.sleep(0.005)
        assert not capture.counts


async def test_two_clients_hear_each_other_in_different_modes(server: VoiceServer, admit: Admit) -> None:
    mine, theirs = admit(BOT), admit(OTHER)
    async with (
        open_voice_client(server.endpoint, mine, AES) as one,
        open_voice_client(server.endpoint, theirs, XCHACHA) as two,
    ):
        await join(one)
        await two.identify()
        assert await two.hear(11) == {"user_ids": [str(BOT)]}
        await two.describe()
        assert await one.hear(11) == {"user_ids": [str(OTHER)]}
        for client in (one, two):
            await client.say(5, {"speaking": 1, "delay": 0, "ssrc": client.ssrc})
        assert (await two.hear(5))["ssrc"] == one.ssrc
        with server.listen(theirs.guild_id, theirs.channel_id) as frames:
            await two.speak(b"\xfctwo")
            await frames.receive()
        await one.speak(b"\xfcone")
        assert await two.receive() == (one.ssrc, b"\xfcone")
        await two.speak(b"\xfctwo again")
        assert await one.receive() == (two.ssrc, b"\xfctwo again")


async def test_a_client_resumes_after_its_socket_was_cut(
    server: VoiceServer, admit: Admit, world: World
) -> None:
    admission = admit(BOT)
    person = next(iter(world.people()))
    async with open_voice_client(server.endpoint, admission) as client:
        await join(client)
        server.close(admission.guild_id, BOT, 4015)
        assert await client.closed_with() == 4015
        world.voice.request(admission.guild_id, person, admission.channel_id, session_id="person")
        async with open_voice_client(server.endpoint, admission) as again:
            again.last_seq = client.last_seq
            await again.resume()
            await again.hear(9)
            assert await again.hear(11) == {"user_ids": [str(person)]}
            await client.udp.send(b"\x01\0\0\0\0\0\0\0")
            assert await client.udp.recv(100) == b"\x01\0\0\0\0\0\0\0"


async def test_dismissal_and_wrong_tokens_close_with_their_codes(server: VoiceServer, admit: Admit) -> None:
    admission = admit(BOT)
    async with open_voice_client(server.endpoint, admission) as client:
        await join(client)
        server.dismiss(admission.guild_id, BOT)
        assert await client.closed_with() == 4014
    async with open_voice_client(server.endpoint, admission) as client:
        await client.resume()
        assert await client.closed_with() == 4006


async def test_leaving_the_world_ends_the_session(
    server: VoiceServer, admit: Admit, world: World, room: tuple[GuildId, ChannelId]
) -> None:
    bot = world.application.bot.id
    world.voice.request(room[0], bot, room[1], session_id=f"session-{bot}")
    async with open_voice_client(server.endpoint, admit(bot)) as client:
        await join(client)
        world.voice.leave(room[0], bot)
        assert await client.closed_with() == 4014


async def test_another_region_has_another_endpoint_and_ends_the_old_session(
    server: VoiceServer, admit: Admit
) -> None:
    old_endpoint = server.endpoint
    async with open_voice_client(server.endpoint, admit(BOT)) as client:
        await join(client)
        assert await server.move_region() != old_endpoint
        admission = admit(BOT)
        assert await client.closed_with() == 4022
    async with open_voice_client(server.endpoint, admission) as client:
        await join(client)
    async with open_voice_client(old_endpoint, admission) as client:
        await client.hear(8)
        await client.say(
            0, {"server_id": str(admission.guild_id), "user_id": "1001", "session_id": "", "token": ""}
        )
        assert await client.closed_with() == 4004


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the system keeps no such account")
def test_what_the_system_dropped_is_known() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 12)
        deaf.bind(("127.0.0.1", 0))
        port: int = deaf.getsockname()[1]
        assert dropped_at(port) == 0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            for _ in range(100):
                udp.sendto(bytes(1000), ("127.0.0.1", port))
        assert 50 < dropped_at(port) < 100


async def test_lost_and_late_datagrams(server: VoiceServer, admit: Admit) -> None:
    admission = admit(BOT)
    async with open_voice_client(server.endpoint, admission) as client:
        await join(client)
        await client.say(5, {"speaking": 1, "delay": 0, "ssrc": client.ssrc})
        server.faults.drop_share = 1.0
        await client.speak(b"\xfclost")
        await trio.sleep(0.02)
        server.faults.drop_share = 0.0
        server.faults.delay_s = 0.05
        started = trio.current_time()
        await client.udp.send(b"\x01\0\0\0")
        assert await client.udp.recv(100) == b"\x01\0\0\0"
        assert trio.current_time() - started >= 0.05
    assert not server.capture(admission.guild_id, BOT).frames


async def test_a_server_that_refuses_takes_nobody_new(server: VoiceServer, admit: Admit) -> None:
    server.faults.refuse = True
    with pytest.raises(BaseExceptionGroup) as caught:
        async with open_voice_client(server.endpoint, admit(BOT)):
            pass
    assert caught.group_contains(HandshakeError)


async def test_garbage_on_the_port_harms_nobody(
    server: VoiceServer, admit: Admit, nursery: trio.Nursery
) -> None:
    host, port = server.endpoint.split(":")
    for garbage in (
        b"\x00\xff" * 50,
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /?v=8 HTTP/1.1\r\nUpgrade: websocket\r\n",
    ):
        stream = await trio.open_tcp_stream(host, int(port))
        await stream.send_all(garbage)
        await stream.aclose()
    stream = await trio.open_tcp_stream(host, int(port))
    socket = await wrap_client_stream(nursery, stream, server.endpoint, "/?v=8")
    await socket.get_message()
    await stream.send_all(b"\xff\xff\xff\xff\xff\xff")
    await socket.aclose()
    async with open_voice_client(server.endpoint, admit(BOT)) as client:
        await join(client)


async def test_the_page_sees_who_speaks(server: VoiceServer, admit: Admit) -> None:
    admission = admit(BOT)
    seen = list[SpeakingChanged]()
    changed = trio.Event()

    def watch(change: SpeakingChanged) -> None:
        seen.append(change)
        changed.set()

    unsubscribe = server.watch_speaking(watch)
    async with open_voice_client(server.endpoint, admission) as client:
        await join(client)
        await client.say(5, {"speaking": 1, "delay": 0, "ssrc": client.ssrc})
        await changed.wait()
        assert server.speaking(admission.guild_id) == {BOT}
        unsubscribe()
        server.dismiss(admission.guild_id, BOT)
    assert server.speaking(admission.guild_id) == frozenset()
    assert [change.speaking for change in seen] == [True]


async def test_only_the_second_choice_is_offered(world: World, nursery: trio.Nursery) -> None:
    server = VoiceServer(world, modes=(Mode.XCHACHA20_POLY1305,))
    await nursery.start(server.run)
    admission = VoiceAdmission(
        guild_id=world.home, channel_id=ChannelId(5), user_id=BOT, session_id="session", token="token"
    )
    server.admit(admission)
    with trio.fail_after(PATIENCE_S):
        async with open_voice_client(server.endpoint, admission, XCHACHA) as client:
            await join(client)
