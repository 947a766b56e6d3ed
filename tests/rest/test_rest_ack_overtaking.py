"""A response may arrive before the task that sent its request runs again."""

import h11
import trio
import trio.testing

from actors.rest.ack_connection import AckConnection

ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"


class Overtaking(trio.abc.Stream):
    """Answers at once; ``send_all`` comes back later, and refuses a second sender as sockets do."""

    def __init__(self) -> None:
        self._incoming, self._outgoing = trio.open_memory_channel[bytes](10)
        self._conflict = trio.Lock()

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        self._conflict.acquire_nowait()
        try:
            self._incoming.send_nowait(ANSWER)
            await trio.sleep(0.01)
        finally:
            self._conflict.release()

    async def wait_send_all_might_not_block(self) -> None:
        await trio.lowlevel.checkpoint()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        return await self._outgoing.receive()

    async def aclose(self) -> None:
        await trio.lowlevel.checkpoint()


async def test_connection_is_free_only_when_its_sender_has_come_back(
    autojump_clock: trio.testing.MockClock,
) -> None:
    free = trio.Event()

    def changed(connection: AckConnection) -> None:
        if connection.dead_because is None:
            assert connection.is_free
            free.set()

    connection = AckConnection(Overtaking(), changed)
    request = h11.Request(method="POST", target="/", headers=[("Host", "x"), ("Content-Length", "0")])
    async with trio.open_nursery() as nursery:
        nursery.start_soon(connection.run)
        for _ in range(3):
            free = trio.Event()
            nursery.start_soon(connection.exchange, request, b"")
            await free.wait()
        nursery.cancel_scope.cancel()
