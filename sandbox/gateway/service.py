"""The shell of the gateway: connections on WebSockets, each with a reader, a writer and a heartbeat watch.

The core (``connection``) speaks through an unbounded queue, so that the world never waits for a socket; the
writer packs and sends in order. The faults that need a living connection are methods here.
"""

import math

import trio
from attrs import define, field

from sandbox.gateway.close_codes import GatewayClose
from sandbox.gateway.compression import Packer, open_packer
from sandbox.gateway.connection import (
    HEARTBEAT_INTERVAL_S,
    Close,
    CompressPayloads,
    Garbage,
    GatewayConnection,
    Outgoing,
    Reset,
    Send,
)
from sandbox.gateway.hub import GatewayHub
from sandbox.http.exchange import Request
from sandbox.http.websocket import WebSocket, WebSocketClosed

_LOOK_S = 0.01


@define(eq=False)
class GatewayService:
    """Serves gateway connections."""

    hub: GatewayHub
    interval_s: float = HEARTBEAT_INTERVAL_S
    connections: list[GatewayConnection] = field(factory=list[GatewayConnection], init=False)

    async def serve(self, request: Request, websocket: WebSocket) -> None:
        """Serve one connection until it is over."""
        packer = open_packer(request.query.get("compress"))
        if request.query.get("v", "10") not in {"9", "10"}:
            await websocket.close(GatewayClose.INVALID_API_VERSION, "invalid API version")
        elif packer is None or request.query.get("encoding", "json") != "json":
            await websocket.close(GatewayClose.DECODE_ERROR, "unknown encoding or compression")
        else:
            await self._serve(websocket, packer)

    def drop_all(self, code: int | None = None) -> None:
        """Close every connection with ``code``, or cut it (None)."""
        for connection in tuple(self.connections):
            if code is None:
                connection.reset()
            else:
                connection.close(code, "dropped")

    def reconnect_all(self) -> None:
        """Op 7 to everybody."""
        for connection in tuple(self.connections):
            connection.ask_to_reconnect()

    def invalidate_all(self, *, resumable: bool) -> None:
        """Op 9 to everybody."""
        for connection in tuple(self.connections):
            connection.invalidate(resumable=resumable)

    def garbage_all(self, data: str | bytes) -> None:
        """Something that is no payload, to everybody."""
        for connection in tuple(self.connections):
            connection.send_garbage(data)

    def strange_all(self, payload: object) -> None:
        """JSON that no Discord sends (an opcode of tomorrow, a wrong shape), to everybody."""
        for connection in tuple(self.connections):
            connection.send_strange(payload)

    def replay_all(self, count: int) -> None:
        """Deliver the last ``count`` dispatches a second time, with the numbers they had."""
        for session in self.hub.sessions.values():
            session.replay_after(session.sequence - count)

    async def _serve(self, websocket: WebSocket, packer: Packer) -> None:
        queue, outgoing = trio.open_memory_channel[Outgoing](math.inf)
        connection = GatewayConnection(self.hub, queue.send_nowait, self.interval_s)
        self.connections.append(connection)
        try:
            while self.hub.faults.hold_hello:  # noqa: ASYNC110 - a switch, not an event
                await trio.sleep(_LOOK_S)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._write, outgoing, websocket, packer, nursery.cancel_scope)
                nursery.start_soon(self._watch, connection)
                connection.open(self._now())
                await self._read(connection, websocket)
                nursery.cancel_scope.cancel()
        finally:
            connection.ended(1006, self._now())
            self.connections.remove(connection)

    def _now(self) -> float:
        return self.hub.world.clock.now()

    async def _read(self, connection: GatewayConnection, websocket: WebSocket) -> None:
        try:
            while True:
                connection.receive(await websocket.receive(), self._now())
        except WebSocketClosed as closed:
            connection.ended(closed.code, self._now())

    async def _watch(self, connection: GatewayConnection) -> None:
        while not connection.over:
            await trio.sleep(max(0.0, connection.deadline() - self._now()))
            connection.tick(self._now())

    async def _write(
        self,
        outgoing: trio.MemoryReceiveChannel[Outgoing],
        websocket: WebSocket,
        packer: Packer,
        scope: trio.CancelScope,
    ) -> None:
        async for item in outgoing:
            try:
                if await self._perform(item, websocket, packer):
                    break
            except WebSocketClosed:
                break  # the reader learns it too
        scope.cancel()

    async def _perform(self, item: Outgoing, websocket: WebSocket, packer: Packer) -> bool:
        """Do one thing; True if it was the last."""
        match item:
            case Send(payload):
                await websocket.send(packer.pack(payload))
            case Garbage(data):
                await websocket.send(data)
            case CompressPayloads():
                packer.wants_payload_compression()
            case Close(code, reason):
                await websocket.close(code, reason)
                return True
            case Reset():
                websocket.abort()
                return True
        return False
