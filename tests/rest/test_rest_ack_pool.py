"""The connections of the acknowledgement line: kept, replaced, bounded, verified."""

import random
import ssl

import h11
import pytest
import trio
import trustme
from trio.testing import memory_stream_pair, memory_stream_pump, wait_all_tasks_blocked

from actors.rest import ack_pool
from actors.rest.ack_connection import AckConnection
from actors.rest.ack_line import AckLine
from actors.rest.errors import RestError, Unavailable
from actors.rest.payloads import DeferredUpdate
from gateway_client.ids import InteractionId
from tests.patience import until
from tests.rest.ack_lines import running
from tests.rest.loopback import NO_CONTENT, Arrived, open_loopback, saying

ID, TOKEN = InteractionId(7), "aW50ZXJhY3Rpb24-to-hide"
UPDATE = DeferredUpdate()


async def test_fifty_at_once_are_all_acknowledged_at_once() -> None:
    async def when_all_are_there(stream: trio.abc.Stream, _: Arrived) -> None:
        while len(server.arrived) < 50:  # noqa: ASYNC110 - what arrives has no event
            await trio.sleep(0.005)
        await stream.send_all(NO_CONTENT)

    async with open_loopback() as server, running(server, warm=4) as line:
        server.behaviour = when_all_are_there
        async with trio.open_nursery() as nursery:
            for number in range(50):
                nursery.start_soon(line.respond, InteractionId(number), TOKEN, UPDATE)
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


@pytest.mark.parametrize("extra", [b"HTTP/1.1 204 No Content\r\n\r\n", b"more"])
async def test_bytes_that_nobody_asked_for_end_the_connection(extra: bytes) -> None:
    async with open_loopback() as server, running(server) as line:
        server.behaviour = saying(NO_CONTENT + extra)
        await line.respond(ID, TOKEN, UPDATE)
        await until(lambda: server.connections == 2)
        await line.respond(ID, TOKEN, UPDATE)
    assert [arrived.connection for arrived in server.arrived] == [1, 2]


async def test_a_response_faster_than_the_end_of_sending_does_not_free_the_connection_early() -> None:
    ours, theirs = memory_stream_pair()
    let_go = trio.Event()

    async def arrive_before_sending_ends() -> None:
        memory_stream_pump(ours.send_stream, theirs.receive_stream)
        await let_go.wait()

    ours.send_stream.send_all_hook = arrive_before_sending_ends
    freed: list[bool] = []
    connection = AckConnection(ours, lambda changed: freed.append(changed.is_free))
    request = h11.Request(method="POST", target="/", headers=[("Host", "x"), ("Content-Length", "2")])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(connection.run)
        nursery.start_soon(connection.exchange, request, b"{}")
        await theirs.receive_some()
        await theirs.send_all(NO_CONTENT)
        await wait_all_tasks_blocked()
        assert (freed, connection.is_free) == ([], False)
        let_go.set()
        await wait_all_tasks_blocked()
        assert (freed, connection.is_free) == ([True], True)
        connection.die("the test is over")


async def test_connection_close_is_obeyed() -> None:
    async with open_loopback() as server, running(server) as line:
        server.behaviour = saying(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await line.respond(ID, TOKEN, UPDATE)
        await line.respond(ID, TOKEN, UPDATE)
    assert server.arrived[0].connection == 1
    assert len({arrived.connection for arrived in server.arrived}) == 2


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
