"""One voice server on the loopback: a WebSocket listener and a UDP socket around one `VoiceHub`.

Tasks: the listener with two tasks per WebSocket (its reader and its writer), the UDP reader, the UDP
writer, and the ticker. All of them feed the same synchronous core, so no order between them can harm it. A
writer's queue is bounded: a client that does not read is cut off, datagrams for a full queue are dropped,
as the net does.
"""

import math
import random
import secrets
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import trio
from attrs import define, field
from trio_websocket import (
    ConnectionClosed,
    WebSocketConnection,
    WebSocketRequest,
    WebSocketServer,
    serve_websocket,
)

from sandbox.voice.capture import Recorder
from sandbox.voice.close_codes import close_reason
from sandbox.voice.dave_desk import DaveMode
from sandbox.voice.faults import VoiceFaults
from sandbox.voice.handshake import HEARTBEAT_INTERVAL_S
from sandbox.voice.hub import VoiceHub
from sandbox.voice.transport import Mode
from sandbox.voice.values import (
    Action,
    Address,
    CloseSocket,
    ConnectionId,
    Heard,
    SendBytes,
    SendDatagram,
    SendText,
    SpeakingChanged,
)

HOST = "127.0.0.1"
_QUEUED_MESSAGES = 512
_QUEUED_DATAGRAMS = 4096
_DATAGRAM_SIZE = 4096
_WAITING_BYTES = 1 << 22
"""Room for what arrives while this process is busy. The kernel's 208 kB hold a tenth of a second of fifteen
calls, and what is lost here looks like a fault of whoever sent it."""
_TICK_S = 1.0
"""The longest sleep of the ticker while somebody is connected."""

_RESET = struct.pack("ii", 1, 0)
"""For SO_LINGER: closing resets the connection."""

Outgoing = SendText | SendBytes | CloseSocket
Told = Heard | SpeakingChanged


@define
class _Line:
    """The way out to one client: what waits, and since when (monotonic seconds) it may go."""

    socket: WebSocketConnection
    send: trio.MemorySendChannel[tuple[float, Outgoing]]
    receive: trio.MemoryReceiveChannel[tuple[float, Outgoing]]


@define(kw_only=True, eq=False)
class Region:
    """A running voice server.

    Args:
        name: as told in log lines and to whoever asks for the region.
        on_told: called with what listeners and the page want to know, synchronously.
        random_share: draws a float in [0, 1); decides which datagrams get lost.
    """

    name: str
    recorder: Recorder
    faults: VoiceFaults
    on_told: Callable[[Told], None]
    modes: tuple[Mode, ...] = tuple(Mode)
    heartbeat_interval_s: float = HEARTBEAT_INTERVAL_S
    dave: DaveMode = DaveMode.OFFER
    random_share: Callable[[], float] = random.random
    hub: VoiceHub = field(init=False)
    endpoint: str = field(init=False, default="")
    _lines: dict[ConnectionId, _Line] = field(init=False, factory=dict[ConnectionId, _Line])
    _udp: trio.socket.SocketType = field(init=False)
    _datagrams: trio.MemorySendChannel[tuple[float, SendDatagram]] = field(init=False)
    _next_connection: int = field(init=False, default=1)
    _arrived: trio.Event = field(init=False, factory=trio.Event)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until cancelled; `started` once `endpoint` is valid."""
        self._udp = trio.socket.socket(trio.socket.AF_INET, trio.socket.SOCK_DGRAM)
        self._udp.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_RCVBUF, _WAITING_BYTES)
        with self._udp:
            await self._udp.bind((HOST, 0))
            self.hub = VoiceHub(
                udp_address=self._udp.getsockname(),
                random_bytes=secrets.token_bytes,
                heartbeat_interval_s=self.heartbeat_interval_s,
                modes=self.modes,
                recorder=self.recorder,
                clock=trio.current_time,
            )
            self.hub.dave.mode = self.dave
            self.hub.dave.ear_delay_s = lambda: self.faults.ear_delay_s
            self._datagrams, outgoing = trio.open_memory_channel[tuple[float, SendDatagram]](
                _QUEUED_DATAGRAMS
            )
            async with trio.open_nursery() as nursery:
                server: WebSocketServer = await nursery.start(serve_websocket, self._serve, HOST, 0, None)
                self.endpoint = f"{HOST}:{server.port}"
                nursery.start_soon(self._read_datagrams)
                nursery.start_soon(self._write_datagrams, outgoing)
                nursery.start_soon(self._tick)
                task_status.started()

    @property
    def dropped(self) -> int:
        """Datagrams that the system dropped because this process did not read in time, where it tells."""
        return dropped_at(self._udp.getsockname()[1])

    def perform(self, actions: list[Action]) -> None:
        """Do what the core asked for, in order, without waiting."""
        due = trio.current_time() + self.faults.delay_s
        for action in actions:
            match action:
                case SendText() | SendBytes() | CloseSocket():
                    self._queue(due, action)
                    self._arrived.set()
                case SendDatagram():
                    self._queue_datagram(due, action)
                case Heard() | SpeakingChanged():
                    self.on_told(action)

    def cut(self, connection: ConnectionId) -> None:
        """Lose a client's WebSocket without a word: a fault of the net between the two."""
        line = self._lines.get(connection)
        if line is None:
            return
        # A WebSocket cannot be asked to break.
        stream = line.socket._stream  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - as above
        assert isinstance(stream, trio.SocketStream)
        if stream.socket.fileno() < 0:
            return  # it is cut already
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        stream.socket.close()

    def _queue(self, due: float, action: Outgoing) -> None:
        line = self._lines.get(action.connection)
        if line is None:
            return
        try:
            line.send.send_nowait((due, action))
        except trio.WouldBlock:
            # It has not read hundreds of messages: the writer finds the queue closed and ends the connection.
            line.send.close()
            del self._lines[action.connection]

    def _queue_datagram(self, due: float, action: SendDatagram) -> None:
        if self._lost() or self._chance(self.faults.drop_sent_share):
            return
        try:
            self._datagrams.send_nowait((due + action.after_s, action))
        except trio.WouldBlock:
            return

    def _lost(self) -> bool:
        return self._chance(self.faults.drop_share)

    def _chance(self, share: float) -> bool:
        return share > 0 and self.random_share() < share

    async def _serve(self, request: WebSocketRequest) -> None:
        if self.faults.refuse:
            await request.reject(503)
            return
        websocket = await request.accept()
        connection = ConnectionId(self._next_connection)
        self._next_connection += 1
        line = _Line(websocket, *trio.open_memory_channel[tuple[float, Outgoing]](_QUEUED_MESSAGES))
        self._lines[connection] = line
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._write, websocket, line)
            self.perform(self.hub.opened(connection, parse_version(request.path), trio.current_time()))
            self._arrived.set()
            await self._read(websocket, connection)
            nursery.cancel_scope.cancel()
        self._lines.pop(connection, None)
        self.perform(self.hub.lost(connection, trio.current_time()))

    async def _read(self, websocket: WebSocketConnection, connection: ConnectionId) -> None:
        while True:
            try:
                message = await websocket.get_message()
            except ConnectionClosed:
                return
            now = trio.current_time()
            if isinstance(message, str):
                self.perform(self.hub.text(connection, message, now))
            else:
                self.perform(self.hub.binary(connection, bytes(message), now))

    async def _write(self, websocket: WebSocketConnection, line: _Line) -> None:
        try:
            async for due, action in line.receive:
                await trio.sleep_until(due)
                match action:
                    case SendText(text=text):
                        await websocket.send_message(text)
                    case SendBytes(data=data):
                        await websocket.send_message(data)
                    case CloseSocket(code=code):
                        await websocket.aclose(code, close_reason(code))
                        return
            await websocket.aclose(1011, "You do not read what you are sent.")
        except ConnectionClosed:
            return  # the reader sees it too, and tells the core

    async def _read_datagrams(self) -> None:
        while True:
            try:
                data, address = await self._udp.recvfrom(_DATAGRAM_SIZE)
            except OSError:
                continue  # an earlier answer bounced: its client is gone, others are not
            if not self._lost():
                self.perform(self.hub.datagram(data, address, trio.current_time()))

    async def _write_datagrams(self, outgoing: trio.MemoryReceiveChannel[tuple[float, SendDatagram]]) -> None:
        async for due, datagram in outgoing:
            await trio.sleep_until(due)
            await self._send_datagram(datagram.address, datagram.data)

    async def _send_datagram(self, address: Address, data: bytes) -> None:
        try:
            await self._udp.sendto(data, address)
        except OSError:
            return  # nobody is there any more; UDP tells nobody

    async def _tick(self) -> None:
        while True:
            # What is said to clients may have brought an earlier deadline with it.
            self._arrived = trio.Event()
            deadline = self.hub.next_deadline()
            wait_s = math.inf if deadline is None else min(deadline - trio.current_time(), _TICK_S)
            with trio.move_on_after(max(0.0, wait_s)):
                await self._arrived.wait()
                continue
            self.perform(self.hub.tick(trio.current_time()))


def dropped_at(port: int) -> int:
    """What the kernel says of a UDP port; 0 where it keeps no account. Source: proc(5), "/proc/net/udp"."""
    try:
        _, *rows = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()]
    except OSError:
        return 0
    return sum(int(row[-1]) for row in rows if int(row[1].rpartition(":")[2], 16) == port)


def parse_version(path: str) -> int:
    """The gateway version that an address asks for; 1 where it names none, as Discord has it."""
    values = parse_qs(urlsplit(path).query).get("v", ["1"])
    return int(values[-1]) if values[-1].isdecimal() else 1
