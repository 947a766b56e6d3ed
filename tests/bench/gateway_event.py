"""What a gateway event costs that nobody handles, next to trio-websocket's own parser.

Run `.venv/bin/python -m tests.bench.gateway_event`. The server is a stream of bytes made beforehand, so
that what is measured is the client alone: CPU time of this process per message. Each message is one event
of 1 kB that comes in a read of its own ("apart") or in reads of 64 KiB ("burst").

"parser" reads the very same bytes with trio-websocket and drops them. "roadie" reads them through a whole
`Gateway` – inflate, envelope, sequence, the table of events – whose `on_event` is called for READY and for
the last event only. The goal is at most 8 µs above the parser. "discord.py" gets the texts as they leave
its WebSocket, without any socket.
"""

import asyncio
import gc
import json
import statistics
import time
import zlib
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import trio
import trio_websocket
from backports import zstd
from discord.gateway import DiscordWebSocket
from wsproto.frame_protocol import FrameProtocol
from wsproto.utilities import generate_accept_token

from gateway_client.address import Endpoint
from gateway_client.commands import Identify, Presence, Token
from gateway_client.connection import MESSAGE_LIMIT, QUEUED_MESSAGES, RECEIVE_BUFFER
from gateway_client.events import Ready, Received
from gateway_client.gateway import Gateway
from gateway_client.inflate import Compression, open_inflater
from gateway_client.intents import Intents
from gateway_client.objects import GatewayBot, SessionStartLimit
from gateway_client.session import Session

MESSAGES = 10_000
ROUNDS = 5
GOAL_US = 8.0
COMPRESSIONS: tuple[Compression, ...] = ("none", "zlib-stream", "zstd-stream")
READY: dict[str, object] = {
    "user": {"id": "1", "username": "roadie"},
    "session_id": "s",
    "resume_gateway_url": "ws://gateway",
    "guilds": [],
    "application": {"id": "1", "flags": 0},
}


def presence_update(number: int) -> dict[str, object]:
    """An event that is in no table here, of about 1 kB, no two alike."""
    game = {"name": f"Game {number}", "type": 0, "details": "x" * 300, "created_at": number}
    data = {
        "user": {"id": str(10**17 + number)},
        "guild_id": str(10**17),
        "status": "online",
        "activities": [game, {"name": "Custom Status", "type": 4, "state": f"{number} " * 60}],
        "client_status": {"desktop": "online"},
    }
    return {"op": 0, "s": number + 2, "t": "PRESENCE_UPDATE", "d": data}


def texts() -> list[str]:
    """HELLO, READY, the events, and one that is handled."""
    frames: list[dict[str, object]] = [
        {"op": 10, "d": {"heartbeat_interval": 41250}},
        {"op": 0, "s": 1, "t": "READY", "d": READY},
        *(presence_update(number) for number in range(MESSAGES)),
        {"op": 0, "s": MESSAGES + 10, "t": "RESUMED", "d": {}},
    ]
    return [json.dumps(frame) for frame in frames]


def packer(compression: Compression) -> Callable[[str], bytes | str]:
    """The server's side of a compression."""
    if compression == "none":
        return lambda text: text
    if compression == "zlib-stream":
        deflate = zlib.compressobj()
        return lambda text: deflate.compress(text.encode()) + deflate.flush(zlib.Z_SYNC_FLUSH)
    zip_ = zstd.ZstdCompressor()
    return lambda text: zip_.compress(text.encode(), mode=zstd.ZstdCompressor.FLUSH_BLOCK)


def chunks(compression: Compression, *, is_burst: bool) -> list[bytes]:
    """What the client's reads return after the handshake."""
    pack, frames = packer(compression), FrameProtocol(client=False, extensions=[])
    parts = [bytes(frames.send_data(pack(text))) for text in texts()]
    if not is_burst:
        return parts
    whole = b"".join(parts[2:])
    return parts[:2] + [whole[i : i + RECEIVE_BUFFER] for i in range(0, len(whole), RECEIVE_BUFFER)]


class Canned(trio.abc.Stream):
    """A server that answers the handshake, then HELLO, and everything else once something was sent."""

    def __init__(self, parts: Sequence[bytes]) -> None:
        self._parts = iter(parts)
        self._first: list[bytes] = []
        self._sent = trio.Event()
        self._reads = 0
        self.began = 0.0

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await trio.lowlevel.checkpoint()
        head, _, key = bytes(data).partition(b"Sec-WebSocket-Key: ")
        if head.startswith(b"GET "):
            token = generate_accept_token(key.split(b"\r\n")[0])
            switch = b"HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
            self._first.append(switch + token + b"\r\n\r\n")
        self._sent.set()

    async def wait_send_all_might_not_block(self) -> None:
        await trio.lowlevel.checkpoint()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        await trio.lowlevel.checkpoint()
        self._reads += 1
        if self._reads in {1, 3}:  # the handshake, then HELLO, wait for what the client says
            await self._sent.wait()
        if self._reads in {1, 2}:
            self._sent = trio.Event()
        if self._first:
            return self._first.pop()
        if self._reads == 4:
            self.began = time.process_time()
        part = next(self._parts, None)
        if part is None:
            await trio.sleep_forever()
        return part or b""

    async def aclose(self) -> None:
        await trio.lowlevel.checkpoint()


async def parser_alone(parts: Sequence[bytes]) -> float:
    """Microseconds per message."""
    stream: Any = Canned(parts)
    async with trio.open_nursery() as nursery:
        socket = await trio_websocket.wrap_client_stream(
            nursery,
            stream,
            "gateway",
            "/",
            message_queue_size=QUEUED_MESSAGES,
            max_message_size=MESSAGE_LIMIT,
            receive_buffer_size=RECEIVE_BUFFER,
        )
        await socket.get_message()
        await socket.send_message("identify")
        for _ in range(MESSAGES + 2):
            await socket.get_message()
        spent = time.process_time() - stream.began
        nursery.cancel_scope.cancel()
    return spent / MESSAGES * 1e6


async def roadie(parts: Sequence[bytes], compression: Compression) -> float:
    """Microseconds per message, with everything that Roadie does to it."""
    stream = Canned(parts)
    ended: list[float] = []
    done = trio.Event()

    async def dial(_endpoint: Endpoint) -> Canned:
        await trio.lowlevel.checkpoint()
        return stream

    async def discovery() -> GatewayBot:
        await trio.lowlevel.checkpoint()
        limit = SessionStartLimit(total=1, remaining=1, reset_after=0)
        return GatewayBot(url="ws://gateway", shards=1, session_start_limit=limit)

    def on_event(received: Received) -> None:
        if not isinstance(received.event, Ready):
            ended.append(time.process_time())
            done.set()

    gateway = Gateway(
        token="t",
        discovery=discovery,
        on_event=on_event,
        intents=Intents.GUILDS,
        compression=compression,
        dial=dial,
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(gateway.run)
        await done.wait()
        nursery.cancel_scope.cancel()
    return (ended[0] - stream.began) / MESSAGES * 1e6


def core_alone() -> float:
    """Microseconds per message in the session core, from the unpacked text on."""
    session = Session(
        identify=Identify(
            token=Token("t"), intents=Intents.GUILDS, shard_id=0, shard_count=1, presence=Presence()
        ),
        gateway_url="ws://gateway",
        address=lambda url: url,
        new_inflater=lambda: open_inflater("none"),
        random=Random(0),
    )
    session.next_step(0)
    session.opened(0)
    hello, ready, *events, _ = texts()
    session.receive(hello, 0)
    session.permitted(0)
    session.receive(ready, 0)
    began = time.process_time()
    for text in events:
        session.receive(text, 0)
    return (time.process_time() - began) / MESSAGES * 1e6


def ignore(*_: object) -> None:
    """Take what nobody wants."""


def discord_py() -> float:
    """Microseconds per message in discord.py's `received_message`, when nothing parses the event."""
    socket: Any = DiscordWebSocket.__new__(DiscordWebSocket)
    socket.log_receive = socket._dispatch = ignore
    socket.shard_id = 0
    socket._keep_alive = None
    socket._discord_parsers = {}
    socket._dispatch_listeners = []
    messages = texts()[2:-1]

    async def read() -> float:
        began = time.process_time()
        for message in messages:
            await socket.received_message(message)
        return (time.process_time() - began) / MESSAGES * 1e6

    return asyncio.run(read())


def main() -> None:
    """Print a table."""
    print(f"CPU µs per unhandled event of 1 kB, median of {ROUNDS} rounds of {MESSAGES}")
    print(f"{'':18}{'parser':>8}{'roadie':>8}{'above':>8}{'ratio':>7}")
    for compression in COMPRESSIONS:
        for is_burst in (False, True):
            parts = chunks(compression, is_burst=is_burst)
            alone: list[float] = []
            whole: list[float] = []
            for _ in range(ROUNDS):
                gc.collect()
                alone.append(trio.run(parser_alone, parts))
                whole.append(trio.run(roadie, parts, compression))
            parser, ours = statistics.median(alone), statistics.median(whole)
            name = f"{compression} {'burst' if is_burst else 'apart'}"
            verdict = "ok" if ours - parser <= GOAL_US else "ABOVE THE GOAL"
            print(f"{name:18}{parser:8.1f}{ours:8.1f}{ours - parser:8.1f}{ours / parser:7.2f}  {verdict}")
    ours = statistics.median(core_alone() for _ in range(ROUNDS))
    theirs = statistics.median(discord_py() for _ in range(ROUNDS))
    print(f"from unpacked text on, without WebSocket: roadie {ours:.1f}, discord.py {theirs:.1f}")


if __name__ == "__main__":
    main()
