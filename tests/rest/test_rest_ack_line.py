"""The acknowledgement line over real loopback sockets, with a peer that misbehaves."""

import json
import logging
import random
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import pytest
import trio
import trustme

from actors.rest import ack_pool
from actors.rest.ack_line import AckLine
from actors.rest.errors import (
    AlreadyAcknowledged,
    BadRequest,
    Forbidden,
    RateLimitedOut,
    RestError,
    Unavailable,
    UnknownInteraction,
)
from actors.rest.invalid_guard import InvalidGuard
from actors.rest.payloads import Callback, DeferredReply, DeferredUpdate, to_wire_callback
from gateway_client.ids import InteractionId
from tests.rest import samples
from tests.rest.loopback import NO_CONTENT, Arrived, Behaviour, Loopback, answer, open_loopback, saying

ID, TOKEN = InteractionId(7), "aW50ZXJhY3Rpb24-to-hide"
UPDATE = DeferredUpdate()
UNKNOWN = answer(404, {"code": 10062, "message": "Unknown interaction"})
ACKNOWLEDGED = answer(400, {"code": 40060, "message": "Interaction has already been acknowledged."})


@asynccontextmanager
async def running(
    server: Loopback,
    *,
    warm: int = 1,
    most: int = 100,
    idle_limit_s: float = 90.0,
    tls: ssl.SSLContext | None = None,
    guard: InvalidGuard | None = None,
) -> AsyncGenerator[AckLine]:
    """A line to the server whose warm connections stand."""
    line = AckLine(
        server.base,
        random=random.Random(1),
        warm=warm,
        tls=tls,
        guard=guard,
        idle_limit_s=idle_limit_s,
        most=most,
    )
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            await nursery.start(line.run)
            await until(lambda: line.diagnostics().free >= warm)
            yield line
            nursery.cancel_scope.cancel()


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - what is waited for happens behind a socket
        await trio.sleep(0.001)


@pytest.mark.parametrize("callback", samples.CALLBACKS)
async def test_each_callback_arrives_as_the_contract_wants_it(callback: Callback) -> None:
    async with open_loopback() as server, running(server) as line:
        await line.respond(ID, TOKEN, callback)
    (arrived,) = server.arrived
    assert (arrived.method, arrived.path) == ("POST", f"/api/v10/interactions/7/{TOKEN}/callback")
    assert json.loads(arrived.body) == to_wire_callback(callback)
    assert arrived.headers["host"] == f"localhost:{server.port}"
    assert arrived.headers["user-agent"].startswith("DiscordBot (")
    assert "authorization" not in arrived.headers


async def test_one_warm_connection_carries_one_callback_after_the_other() -> None:
    async with open_loopback() as server, running(server) as line:
        for number in range(5):
            await line.respond(InteractionId(number), TOKEN, UPDATE)
    assert [arrived.connection for arrived in server.arrived] == [1] * 5


async def test_fifty_at_once_are_all_acknowledged_at_once() -> None:
    async def slowly(stream: trio.abc.Stream, _: Arrived) -> None:
        await trio.sleep(0.15)
        await stream.send_all(NO_CONTENT)

    async with open_loopback() as server, running(server, warm=4) as line:
        server.behaviour = slowly
        started = trio.current_time()
        async with trio.open_nursery() as nursery:
            for number in range(50):
                nursery.start_soon(line.respond, InteractionId(number), TOKEN, UPDATE)
        assert trio.current_time() - started < 0.6
        assert line.diagnostics().busy == 0
    assert {arrived.path.split("/")[4] for arrived in server.arrived} == {str(n) for n in range(50)}


async def test_no_more_connections_than_allowed_are_opened() -> None:
    async with open_loopback() as server, running(server, most=3) as line:
        async with trio.open_nursery() as nursery:
            for number in range(20):
                nursery.start_soon(line.respond, InteractionId(number), TOKEN, UPDATE)
        assert len(server.arrived) == 20
    assert server.connections <= 3


async def test_a_connection_that_the_server_closed_while_idle_is_replaced_before_it_is_needed() -> None:
    async with open_loopback() as server, running(server) as line:
        await server.hang_up()
        await until(lambda: server.connections == 2 and line.diagnostics().free == 1)
        await line.respond(ID, TOKEN, UPDATE)
        assert line.diagnostics().idle_limit_s < 90
    assert [arrived.connection for arrived in server.arrived] == [2]


async def test_a_connection_that_dies_under_the_request_is_replaced_at_once() -> None:
    async def hang_up(stream: trio.abc.Stream, arrived: Arrived) -> None:
        if arrived.connection == 1:
            await stream.aclose()
        else:
            await stream.send_all(NO_CONTENT)

    async with open_loopback() as server, running(server) as line:
        server.behaviour = hang_up
        await line.respond(ID, TOKEN, UPDATE)
    assert server.arrived[0].connection == 1
    assert len(server.arrived) == 2


async def test_a_half_closed_connection_is_not_used_again() -> None:
    async def answer_and_half_close(stream: trio.abc.Stream, _: Arrived) -> None:
        await stream.send_all(NO_CONTENT)
        if isinstance(stream, trio.SocketStream):
            await stream.send_eof()

    async with open_loopback() as server, running(server) as line:
        server.behaviour = answer_and_half_close
        for _ in range(3):
            await line.respond(ID, TOKEN, UPDATE)
            await trio.sleep(0.01)
    assert len({arrived.connection for arrived in server.arrived}) == 3


async def test_a_server_that_always_hangs_up_is_told_after_one_retry() -> None:
    async def hang_up(stream: trio.abc.Stream, _: Arrived) -> None:
        await stream.aclose()

    async with open_loopback() as server, running(server) as line:
        server.behaviour = hang_up
        with pytest.raises(Unavailable):
            await line.respond(ID, TOKEN, UPDATE)
    assert len(server.arrived) == 2


async def test_after_a_repeat_already_acknowledged_means_that_the_first_arrived() -> None:
    async def lose_the_first_answer(stream: trio.abc.Stream, arrived: Arrived) -> None:
        if arrived.connection == 1:
            await stream.aclose()
        else:
            await stream.send_all(ACKNOWLEDGED)

    async with open_loopback() as server, running(server) as line:
        server.behaviour = lose_the_first_answer
        await line.respond(ID, TOKEN, UPDATE)
    assert len(server.arrived) == 2


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 204",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"SMTP ready\r\n\r\n",
        b"\x00" * 50,
        b"HTTP/1.1 200 OK\r\nContent-Length: nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 2_000_000,
    ],
)
async def test_a_malformed_response_is_an_error_and_its_connection_is_gone(response: bytes) -> None:
    async def nonsense(stream: trio.abc.Stream, arrived: Arrived) -> None:
        if arrived.path.split("/")[4] == "7":
            await stream.send_all(response)
            await stream.aclose()
        else:
            await stream.send_all(NO_CONTENT)

    async with open_loopback() as server, running(server) as line:
        server.behaviour = nonsense
        with pytest.raises(Unavailable) as caught:
            await line.respond(ID, TOKEN, UPDATE)
        await line.respond(InteractionId(8), TOKEN, UPDATE)
    assert TOKEN not in str(caught.value)
    assert len(server.arrived) == 2


@pytest.mark.parametrize("extra", [b"HTTP/1.1 204 No Content\r\n\r\n", b"more"])
async def test_bytes_that_nobody_asked_for_end_the_connection(extra: bytes) -> None:
    async with open_loopback() as server, running(server) as line:
        server.behaviour = saying(NO_CONTENT + extra)
        await line.respond(ID, TOKEN, UPDATE)
        await until(lambda: server.connections == 2)
        await line.respond(ID, TOKEN, UPDATE)
    assert [arrived.connection for arrived in server.arrived] == [1, 2]


async def test_connection_close_is_obeyed() -> None:
    async with open_loopback() as server, running(server) as line:
        server.behaviour = saying(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await line.respond(ID, TOKEN, UPDATE)
        await line.respond(ID, TOKEN, UPDATE)
    assert server.arrived[0].connection == 1
    assert len({arrived.connection for arrived in server.arrived}) == 2


async def test_an_informational_response_is_not_the_answer() -> None:
    async with open_loopback() as server, running(server) as line:
        server.behaviour = saying(b"HTTP/1.1 103 Early Hints\r\n\r\n" + UNKNOWN)
        with pytest.raises(UnknownInteraction):
            await line.respond(ID, TOKEN, UPDATE)


async def test_a_slow_server_is_waited_for_as_long_as_the_caller_wants() -> None:
    async def never(stream: trio.abc.Stream, arrived: Arrived) -> None:
        if arrived.connection == 1:
            await trio.sleep(0.1)
        await stream.send_all(NO_CONTENT)

    async with open_loopback() as server, running(server) as line:
        server.behaviour = never
        with trio.move_on_after(0.02) as scope:
            await line.respond(ID, TOKEN, UPDATE)
        assert scope.cancelled_caught
        await line.respond(InteractionId(8), TOKEN, UPDATE)
        await until(lambda: line.diagnostics().busy == 0)
        assert line.diagnostics().free == 2


@pytest.mark.parametrize(
    ("response", "kind", "code"),
    [
        (UNKNOWN, UnknownInteraction, 10062),
        (ACKNOWLEDGED, AlreadyAcknowledged, 40060),
        (answer(400, {"code": 50035, "message": "Invalid Form Body"}), BadRequest, 50035),
    ],
)
async def test_a_refusal_is_raised_at_once(response: bytes, kind: type[RestError], code: int) -> None:
    async with open_loopback() as server, running(server) as line:
        server.behaviour = saying(response)
        with pytest.raises(RestError) as caught:
            await line.respond(ID, TOKEN, UPDATE)
    assert type(caught.value) is kind
    assert caught.value.code == code
    assert TOKEN not in str(caught.value)
    assert len(server.arrived) == 1


@pytest.mark.parametrize(
    "response",
    [answer(500, {}), answer(503, {}), answer(429, {"retry_after": 0.01}, "X-RateLimit-Scope: user")],
)
async def test_a_passing_failure_is_tried_again(response: bytes) -> None:
    async with open_loopback() as server, running(server) as line:
        server.behaviour = saying(response)
        await line.respond(ID, TOKEN, DeferredReply())
    assert len(server.arrived) == 2


async def test_a_callback_that_cannot_come_in_time_is_given_up() -> None:
    async with open_loopback() as server, running(server) as line:
        server.behaviour = saying(answer(429, {"retry_after": 60.0}, "X-RateLimit-Scope: user"))
        with pytest.raises(RestError) as caught:
            await line.respond(ID, TOKEN, UPDATE)
    assert isinstance(caught.value, RateLimitedOut)
    assert caught.value.retry_after_s == 60.0


async def test_a_server_that_comes_back_within_three_seconds_is_reached() -> None:
    async with open_loopback() as server:
        port = server.port
    behaviour: Behaviour = saying()
    again = Loopback(port=port, behaviour=behaviour)
    line = AckLine(again.base, random=random.Random(1), warm=0)

    async def come_back() -> None:
        await trio.sleep(0.05)
        await trio.serve_tcp(again.serve, port, host="127.0.0.1")

    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            await nursery.start(line.run)
            nursery.start_soon(come_back)
            await line.respond(ID, TOKEN, UPDATE)
            nursery.cancel_scope.cancel()
    assert len(again.arrived) == 1


async def test_idle_connections_are_renewed_before_the_limit_without_a_gap() -> None:
    async with open_loopback() as server, running(server, idle_limit_s=0.15) as line:
        await until(lambda: server.connections >= 2)
        assert line.diagnostics().free >= 1
        await until(lambda: line.diagnostics().free == 1)
        await line.respond(ID, TOKEN, UPDATE)


class LongestPauses(random.Random):
    """Draws so that every pause is as long as it can be."""

    def random(self) -> float:
        return 0.999


async def test_a_server_that_closes_every_connection_is_not_hammered() -> None:
    connections = 0

    async def hang_up(stream: trio.SocketStream) -> None:
        nonlocal connections
        connections += 1
        await trio.aclose_forcefully(stream)

    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    base = f"http://127.0.0.1:{listeners[0].socket.getsockname()[1]}"
    line = AckLine(base, random=LongestPauses(), warm=2)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, hang_up, listeners)
        await nursery.start(line.run)
        await trio.sleep(0.7)
        nursery.cancel_scope.cancel()
    assert 2 <= connections <= 6


async def test_the_idle_limit_grows_again_after_one_early_close(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ack_pool, "SHORTEST_IDLE_S", 0.01)
    async with open_loopback() as server, running(server) as line:
        await trio.sleep(0.02)
        await server.hang_up()
        await until(lambda: line.diagnostics().idle_limit_s < 1)
        learned_s = line.diagnostics().idle_limit_s
        await until(lambda: line.diagnostics().idle_limit_s > learned_s)


async def test_a_connection_whose_response_never_comes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ack_pool, "STUCK_S", 0.05)

    async def never(_: trio.abc.Stream, __: Arrived) -> None:
        await trio.sleep_forever()

    async with open_loopback() as server, running(server) as line:
        server.behaviour = never
        with trio.move_on_after(0.01):
            await line.respond(ID, TOKEN, UPDATE)
        assert line.diagnostics().busy == 1
        await until(lambda: line.diagnostics().busy == 0 and line.diagnostics().free == 1)
    assert server.connections == 2


async def test_refusals_count_against_the_guard() -> None:
    guard = InvalidGuard(stop_at=10)
    async with open_loopback() as server, running(server, guard=guard) as line:
        server.behaviour = saying(answer(403, {"code": 50001, "message": "Missing Access"}))
        with pytest.raises(Forbidden):
            await line.respond(ID, TOKEN, UPDATE)
    assert guard.count(trio.current_time()) == 1


async def test_a_line_that_is_not_open_says_so() -> None:
    line = AckLine("http://127.0.0.1:1/api/v10", random=random.Random(1))
    with pytest.raises(Unavailable, match="not open"):
        await line.respond(ID, TOKEN, UPDATE)


async def test_closing_the_line_ends_those_who_wait() -> None:
    async def never(_: trio.abc.Stream, __: Arrived) -> None:
        await trio.sleep_forever()

    failures: list[RestError] = []

    async def respond(line: AckLine) -> None:
        try:
            await line.respond(ID, TOKEN, UPDATE)
        except RestError as error:
            failures.append(error)

    async with open_loopback() as server, trio.open_nursery() as nursery:
        server.behaviour = never
        async with running(server, most=1) as line:
            nursery.start_soon(respond, line)
            nursery.start_soon(respond, line)
            await until(lambda: len(server.arrived) == 1 and line.diagnostics().waiting == 1)
    assert len(failures) == 2


async def test_tls_is_verified_against_authority_and_name() -> None:
    authority = trustme.CA()
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trusting, stranger = ssl.create_default_context(), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(ours)  # pyright: ignore[reportUnknownMemberType] - pyOpenSSL's half
    authority.configure_trust(trusting)  # pyright: ignore[reportUnknownMemberType] - as above
    trustme.CA().configure_trust(stranger)  # pyright: ignore[reportUnknownMemberType] - as above
    async with open_loopback(ours) as server:
        async with running(server, tls=trusting) as line:
            for _ in range(2):
                await line.respond(ID, TOKEN, UPDATE)
        assert {arrived.connection for arrived in server.arrived} == {1}
        async with running(server, tls=stranger, warm=0) as line:
            with trio.move_on_after(0.3), pytest.raises(Unavailable, match="trusted"):
                await line.respond(ID, TOKEN, UPDATE)
    assert len(server.arrived) == 2


async def test_no_token_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_loopback() as server, running(server) as line:
        server.behaviour = saying(answer(500, {}), UNKNOWN)
        with pytest.raises(UnknownInteraction):
            await line.respond(ID, TOKEN, UPDATE)
    assert all(TOKEN not in f"{record.getMessage()} {vars(record)}" for record in caplog.records)


@pytest.mark.parametrize(
    "base", ["http://discord.com/api", "ftp://localhost", "discord.com", "http://10.0.0.1"]
)
def test_a_token_does_not_travel_in_the_clear(base: str) -> None:
    with pytest.raises(ValueError, match="API base"):
        AckLine(base, random=random.Random(1))
