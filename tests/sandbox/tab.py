"""One browser tab without a browser: the page's WebSocket, as its own script talks to it."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import trio
from attrs import define
from trio_websocket import WebSocketConnection, wrap_client_stream

from gateway_client.ids import UserId
from sandbox.app import Sandbox
from sandbox.model.default import OWNER_ID


@define
class Tab:
    """One browser tab's connection."""

    socket: WebSocketConnection
    asked: int = 0

    async def next(self, kind: str) -> dict[str, Any]:
        """The next event of this kind; others are passed over."""
        while True:
            data = await self.socket.get_message()
            if isinstance(data, str):
                message = json.loads(data)
                if message.get("t") == kind:
                    return message

    async def next_sound(self) -> bytes:
        while True:
            data = await self.socket.get_message()
            if isinstance(data, bytes):
                return data

    async def ask(self, what: str, **fields: object) -> dict[str, Any]:
        """The answer to a request; events before it are passed over."""
        self.asked += 1
        await self.socket.send_message(json.dumps({"id": self.asked, "do": what, **fields}))
        while True:
            data = await self.socket.get_message()
            message: dict[str, Any] = json.loads(data) if isinstance(data, str) else {}
            if message.get("re") == self.asked:
                return message


@asynccontextmanager
async def open_tab(sandbox: Sandbox, viewer: UserId = OWNER_ID) -> AsyncGenerator[tuple[Tab, dict[str, Any]]]:
    async with open_socket(sandbox, f"/page/socket?as={viewer}") as socket:
        tab = Tab(socket)
        yield tab, await tab.next("snapshot")


async def dial(sandbox: Sandbox) -> trio.SocketStream:
    host, port = sandbox.url.removeprefix("http://").split(":")
    return await trio.open_tcp_stream(host, int(port))


@asynccontextmanager
async def open_socket(
    sandbox: Sandbox, path: str, headers: list[tuple[bytes, bytes]] | None = None
) -> AsyncGenerator[WebSocketConnection]:
    # trio-websocket leaves the TCP stream open when the peer closes first: keep it in our own hands.
    async with await dial(sandbox) as stream, trio.open_nursery() as nursery:
        name = sandbox.url.removeprefix("http://")
        socket = await wrap_client_stream(nursery, stream, name, path, extra_headers=headers)
        yield socket
        await socket.aclose()
        nursery.cancel_scope.cancel()
