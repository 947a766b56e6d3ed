"""What fifty acknowledgements at once cost: httpx against the acknowledgement line, on warm connections.

Run with ``python -m tests.bench.ack_line``. The server is a process of its own on the loopback interface that
answers 204 at once, so that what is measured is the client. Both sides are warmed by three bursts, then the
median of the following ones is printed, and the ratio.
"""

import random
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

import httpx
import trio

from actors.rest.ack_line import AckLine
from actors.rest.payloads import DeferredUpdate, to_wire_callback
from gateway_client.ids import InteractionId

AT_ONCE = 50
WARM_UPS = 3
ROUNDS = 15
TOKEN = "aW50ZXJhY3Rpb24" * 12

_ANSWER = b"HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n"


async def run_server() -> None:
    """Answer every POST on every connection; the port is the first line of standard output."""
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    print(listeners[0].socket.getsockname()[1], flush=True)
    await trio.serve_listeners(_serve_connection, listeners)


async def _serve_connection(stream: trio.SocketStream) -> None:
    received = b""
    async for data in stream:
        received += data
        while (head := received.find(b"\r\n\r\n")) >= 0:
            lines = received[:head].lower().split(b"\r\n")
            sizes = [int(line[15:]) for line in lines if line.startswith(b"content-length:")]
            end = head + 4 + sum(sizes)
            if len(received) < end:
                break
            received = received[end:]
            await stream.send_all(_ANSWER)


async def measure(send: Callable[[int], Awaitable[None]]) -> float:
    """Median milliseconds until fifty concurrent requests are answered."""
    taken_ms: list[float] = []
    for round_number in range(WARM_UPS + ROUNDS):
        started = time.perf_counter()
        async with trio.open_nursery() as nursery:
            for number in range(AT_ONCE):
                nursery.start_soon(send, round_number * AT_ONCE + number)
        if round_number >= WARM_UPS:
            taken_ms.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken_ms)


async def measure_httpx(base: str) -> float:
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    body = to_wire_callback(DeferredUpdate())
    async with httpx.AsyncClient(limits=limits, trust_env=False) as client:

        async def send(number: int) -> None:
            response = await client.post(f"{base}/interactions/{number}/{TOKEN}/callback", json=body)
            response.raise_for_status()

        return await measure(send)


async def measure_ack_line(base: str) -> float:
    line = AckLine(base, random=random.Random(1))

    async def send(number: int) -> None:
        await line.respond(InteractionId(number), TOKEN, DeferredUpdate())

    async with trio.open_nursery() as nursery:
        await nursery.start(line.run)
        taken_ms = await measure(send)
        nursery.cancel_scope.cancel()
    return taken_ms


async def run_bench() -> None:
    command = [sys.executable, "-m", "tests.bench.ack_line", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: ASYNC220 - a bench
        try:
            assert server.stdout is not None
            base = f"http://127.0.0.1:{int(server.stdout.readline())}/api/v10"
            line_ms = await measure_ack_line(base)
            httpx_ms = await measure_httpx(base)
        finally:
            server.terminate()
    print(f"{AT_ONCE} callbacks at once, median of {ROUNDS}:")
    print(f"  httpx                {httpx_ms:7.1f} ms")
    print(f"  acknowledgement line {line_ms:7.1f} ms")
    print(f"  ratio                {httpx_ms / line_ms:7.1f}")


if __name__ == "__main__":
    trio.run(run_server if "serve" in sys.argv[1:] else run_bench)
