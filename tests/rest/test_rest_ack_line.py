"""The acknowledgement line over real loopback sockets, with a peer that misbehaves."""

import json
import logging
import random

import pytest
import trio

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
from tests.patience import PATIENCE_S, until
from tests.rest import samples
from tests.rest.ack_lines import running
from tests.rest.loopback import NO_CONTENT, Arrived, Behaviour, Loopback, answer, open_loopback, saying

ID, TOKEN = InteractionId(7), "aW50ZXJhY3Rpb24-to-hide"
UPDATE = DeferredUpdate()
UNKNOWN = answer(404, {"code": 10062, "message": "Unknown interaction"})
ACKNOWLEDGED = answer(400, {"code": 40060, "message": "Interaction has already been acknowledged."})


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

    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:
            await nursery.start(line.run)
            nursery.start_soon(come_back)
            await line.respond(ID, TOKEN, UPDATE)
            nursery.cancel_scope.cancel()
    assert len(again.arrived) == 1


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
