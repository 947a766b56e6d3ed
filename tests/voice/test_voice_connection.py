"""The shell of a session over real loopback sockets: what it says, and what it does about every end."""

import itertools
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
import trustme
from attrs import define, field

from gateway_client.ids import ChannelId, UserId
from tests.patience import PATIENCE_S
from tests.voice.fakes import FakeVoiceServer, open_fake_server
from voice.close_codes import Verdict
from voice.connection import Connection
from voice.crypto import COUNTER_LIMIT
from voice.dave import DaveMessage, Health
from voice.session import Lost


@define
class Ears:
    """What a call would hear of its connection."""

    lives: int = 0
    losses: list[Lost] = field(factory=list[Lost])
    news: trio.Event = field(factory=trio.Event)

    def live(self) -> None:
        self.lives += 1
        self._tell()

    def lost(self, lost: Lost) -> None:
        self.losses.append(lost)
        self._tell()

    def _tell(self) -> None:
        news, self.news = self.news, trio.Event()
        news.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        with trio.fail_after(PATIENCE_S):
            while not holds():
                await self.news.wait()


@asynccontextmanager
async def connecting(server: FakeVoiceServer, **options: Any) -> AsyncGenerator[tuple[Connection, Ears]]:
    ears = Ears()
    connection = Connection(server=server.server_of(1), on_live=ears.live, on_lost=ears.lost, **options)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(connection.run)
        yield connection, ears
        nursery.cancel_scope.cancel()


async def talk(connection: Connection, frames: int = 3) -> None:
    with trio.fail_after(PATIENCE_S):
        # As the pacer does: ask at each deadline until it was said.
        for deadline in itertools.count(trio.current_time(), 0.01):
            await trio.sleep_until(deadline)
            if connection.announce():
                break
    for number in range(frames):
        connection.send(b"frame %d" % number)
    await trio.sleep(0.02)


async def test_frames_are_heard_after_op_5_and_goodbye_is_said() -> None:
    async with open_fake_server(heartbeat_ms=30) as server:
        async with connecting(server) as (connection, ears):
            connection.send(b"too early")
            await ears.until(lambda: ears.lives == 1)
            assert connection.can_send
            await talk(connection)
            (heard,) = server.sessions
            assert heard.frames == [b"frame 0", b"frame 1", b"frame 2"]
            await trio.sleep(0.05)
            await server.say(heard, 12, {"unknown": True})
            await trio.sleep(0.1)
            assert heard.seq_acks[0] == -1
            assert heard.seq_acks[-1] == 1
            connection.speak(False)
            await trio.sleep(0.02)
            assert heard.spoke == [1, 0]
        await trio.sleep(0.02)
        assert server.closes == [1000]
        assert server.all_problems() == []
        assert server.identifies[0]["max_dave_protocol_version"] == 1


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        (4006, Verdict.REJOIN),
        (4014, Verdict.AWAIT),
        (4017, Verdict.FAIL),
        (4021, Verdict.STOP),
        (4022, Verdict.AWAIT),
    ],
)
async def test_a_final_close_ends_the_connection(code: int, verdict: Verdict) -> None:
    async with open_fake_server() as server, connecting(server) as (connection, ears):
        await ears.until(lambda: ears.lives == 1)
        (heard,) = server.sessions
        assert heard.socket is not None
        await heard.socket.aclose(code)
        await ears.until(lambda: bool(ears.losses))
        assert (ears.losses[0].code, ears.losses[0].verdict) == (code, verdict)
        assert not connection.can_send
        await trio.sleep(0.05)
        assert len(server.identifies) == 1


@pytest.mark.parametrize("code", [1000, 1001, 4009, 4015])
async def test_a_close_that_may_be_resumed_is_resumed_while_frames_go_on(code: int) -> None:
    async with open_fake_server() as server, connecting(server) as (connection, ears):
        await ears.until(lambda: ears.lives == 1)
        await talk(connection)
        (heard,) = server.sessions
        assert heard.socket is not None
        await heard.socket.aclose(code)
        connection.send(b"meanwhile")
        await ears.until(lambda: ears.lives == 2)
        await talk(connection, 1)
        assert heard.resumed == 1
        assert heard.frames == [b"frame 0", b"frame 1", b"frame 2", b"meanwhile", b"frame 0"]
        assert [lost.verdict for lost in ears.losses] == [Verdict.RESUME]
        assert heard.spoke == [1, 1], "said again after the resume"
        assert server.all_problems() == []


async def test_a_refused_resume_asks_for_a_fresh_join() -> None:
    async with open_fake_server(close_on_resume=4006) as server, connecting(server) as (_connection, ears):
        await ears.until(lambda: ears.lives == 1)
        server.cut_off(server.sessions[0])
        await ears.until(lambda: len(ears.losses) == 2)
        assert [lost.verdict for lost in ears.losses] == [Verdict.RESUME, Verdict.REJOIN]
        assert ears.losses[1].code == 4006


async def test_a_server_that_answers_no_heartbeat_is_left_and_resumed() -> None:
    silent = open_fake_server(heartbeat_ms=40, answer_heartbeats=False)
    async with silent as server, connecting(server) as (_connection, ears):
        await ears.until(lambda: ears.lives >= 2)
        assert server.sessions[0].resumed >= 1
        assert 4000 in server.closes


async def test_a_used_up_key_brings_a_new_session_with_a_new_key() -> None:
    async with open_fake_server() as server, connecting(server) as (connection, ears):
        await ears.until(lambda: ears.lives == 1)
        assert connection._sealer is not None
        connection._sealer.counter = COUNTER_LIMIT - 1
        await talk(connection, 3)
        await ears.until(lambda: ears.lives == 2)
        await talk(connection, 2)
        old, new = server.sessions
        assert old.key != new.key
        assert (len(old.frames), len(new.frames)) == (1, 2)
        assert server.all_problems() == []


async def test_nobody_there_is_told_and_tried_again() -> None:
    server = FakeVoiceServer()
    server.port = 1
    async with connecting(server) as (_connection, ears):
        await ears.until(lambda: len(ears.losses) >= 2)
    assert {lost.verdict for lost in ears.losses} == {Verdict.IDENTIFY}
    assert "no connection" in ears.losses[0].detail


async def test_a_voice_server_must_prove_who_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.tempfile() as pem:
        context.load_cert_chain(pem)
    async with open_fake_server(tls=context) as server:
        async with connecting(server) as (_connection, ears):
            await ears.until(lambda: bool(ears.losses))
        assert (server.identifies, ears.lives) == ([], 0)
        trusting = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
        monkeypatch.setattr("voice.connection_dial.tls_context", lambda: trusting)
        async with connecting(server) as (connection, ears):
            await ears.until(lambda: ears.lives == 1)
            await talk(connection)
        assert len(server.sessions[0].frames) == 3


async def test_a_wrong_token_asks_for_a_fresh_join() -> None:
    async with open_fake_server() as server:
        joined_with = server.server_of(1)
        server.token = "another"
        ears = Ears()
        await Connection(server=joined_with, on_live=ears.live, on_lost=ears.lost).run()
        assert [lost.verdict for lost in ears.losses] == [Verdict.REJOIN]


@define
class Locked:
    """A cipher that is not ready until the exchange said so, and marks what it encrypts."""

    protocol_version: int = 1
    ready: bool = False
    received: list[int] = field(factory=list[int])

    def encrypt(self, frame: bytes) -> bytes | None:
        assert self.ready, "nothing leaves in the clear"
        return b"locked " + frame

    def describe(self, version: int) -> list[DaveMessage]:
        return []

    def health(self, now: float) -> Health:
        return Health()

    def resumed(self) -> list[DaveMessage]:
        return []

    def start_over(self) -> list[DaveMessage]:
        return []

    def receive(self, message: DaveMessage, now: float) -> list[DaveMessage]:
        self.received.append(message.op)
        if message.op == 30:
            self.ready = True
        return [DaveMessage(op=26, body=b"key", binary=True)] if message.op == 24 else []


async def test_the_cipher_stands_between_encoder_and_network() -> None:
    cipher = Locked()

    def make_cipher(_user_id: UserId, _channel_id: ChannelId) -> Locked:
        return cipher

    async with (
        open_fake_server() as server,
        connecting(server, make_cipher=make_cipher) as (connection, ears),
    ):
        await ears.until(lambda: ears.lives == 1)
        assert not connection.can_send
        (heard,) = server.sessions
        assert heard.socket is not None
        await server.say(heard, 11, {"user_ids": ["3"]})
        await server.say(heard, 24, {"epoch": 1, "protocol_version": 1})
        await heard.socket.send_message(b"\x00\x03\x1ewelcome")
        await trio.sleep(0.05)
        assert cipher.received == [11, 24, 30]
        assert connection.can_send
        await talk(connection, 1)
        assert heard.frames == [b"locked frame 0"]
        assert heard.binary == [b"\x1akey"]
