"""A router between the bot and a voice server, which can do to both ways what routers do.

The WebSocket's TCP and the voice's UDP pass through it. `cut` resets the TCP connections, `silence` loses
what passes over UDP, `renumber` gives the bot another address, as a NAT does that forgot it.
"""

import socket
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import trio
from attrs import define, field

from sandbox.voice.rtp import parse_header

HOST = "127.0.0.1"
_RESET = struct.pack("ii", 1, 0)


@define(eq=False)
class Router:
    """One router; ``endpoint`` is what the bot is told, ``udp_address`` where its packets go."""

    endpoint: str
    udp_address: tuple[str, int]
    nursery: trio.Nursery
    udp: trio.socket.SocketType
    server: str = ""
    server_udp: tuple[str, int] = (HOST, 0)
    silent: bool = False
    cuts: int = 0
    lost: list[int] = field(factory=list[int])
    """The RTP sequence numbers of what the bot said to a silent router."""
    _streams: list[trio.SocketStream] = field(factory=list[trio.SocketStream])
    _ways: dict[tuple[str, int], trio.socket.SocketType] = field(
        factory=dict[tuple[str, int], trio.socket.SocketType]
    )

    def cut(self) -> None:
        """Reset every TCP connection."""
        streams, self._streams = self._streams, []
        self.cuts += len(streams)
        for stream in streams:
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            stream.socket.close()

    def renumber(self) -> None:
        """From now on the server sees the bot's packets come from another port."""
        self._ways.clear()

    def addresses(self) -> list[int]:
        """The ports from which the server sees the bot."""
        return [way.getsockname()[1] for way in self._ways.values()]

    async def serve(self, bot: trio.SocketStream) -> None:
        """Carry one TCP connection."""
        host, port = self.server.split(":")
        server = await trio.open_tcp_stream(host, int(port))
        self._streams += [bot, server]
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_pump, bot, server, nursery.cancel_scope)
            nursery.start_soon(_pump, server, bot, nursery.cancel_scope)
        await trio.aclose_forcefully(bot)
        await trio.aclose_forcefully(server)

    async def carry_packets(self) -> None:
        """Carry what the bot sends over UDP."""
        while True:
            data, bot = await self.udp.recvfrom(4096)
            if self.silent:
                self.lost += [] if (header := parse_header(data)) is None else [header.sequence]
                continue
            way = self._ways.get(bot)
            if way is None:
                way = self._ways[bot] = trio.socket.socket(trio.socket.AF_INET, trio.socket.SOCK_DGRAM)
                await way.bind((HOST, 0))
                self.nursery.start_soon(self._carry_back, way, bot)
            await way.sendto(data, self.server_udp)

    async def _carry_back(self, way: trio.socket.SocketType, bot: tuple[str, int]) -> None:
        with way:
            while True:
                data = await way.recv(4096)
                if not self.silent:
                    await self.udp.sendto(data, bot)


async def _pump(source: trio.SocketStream, target: trio.SocketStream, scope: trio.CancelScope) -> None:
    try:
        async for data in source:
            await target.send_all(data)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        scope.cancel()  # it was cut
        return
    scope.cancel()


@asynccontextmanager
async def open_router() -> AsyncGenerator[Router]:
    """A router whose other side is set with ``server`` and ``server_udp``."""
    listeners = await trio.open_tcp_listeners(0, host=HOST)
    port = listeners[0].socket.getsockname()[1]
    with trio.socket.socket(trio.socket.AF_INET, trio.socket.SOCK_DGRAM) as udp:
        await udp.bind((HOST, 0))
        async with trio.open_nursery() as nursery:
            router = Router(f"{HOST}:{port}", udp.getsockname(), nursery, udp)
            nursery.start_soon(trio.serve_listeners, router.serve, listeners)
            nursery.start_soon(router.carry_packets)
            yield router
            nursery.cancel_scope.cancel()
