"""A voice server on loopback that refuses what Discord would refuse, and notes what it hears.

It decrypts every packet and keeps a list of problems: a nonce used twice, a sequence or timestamp that does
not follow, packets before op 5, an unknown SSRC. A test that passes asserts that this list is empty.
"""

import json
import secrets
import socket
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

import trio
import trio_websocket
from attrs import define, field

from gateway_client.ids import ChannelId, GuildId, UserId
from voice.crypto import Forged, Mode, Opened, Opener
from voice.endpoint import endpoint_url
from voice.handshake import Op
from voice.protocol import Server
from voice.rtp import (
    Discovered,
    MalformedPacket,
    parse_discovery_request,
    parse_header,
    to_discovery_response,
)

SILENCE: Final = b"\xf8\xff\xfe"
UNREAD: Final = 50
"""So many packets may be read here before an op 5 that was sent before them; more were sent without one."""


@define
class Packet:
    """One packet as it was heard."""

    at: float
    sequence: int
    timestamp: int
    frame: bytes


@define
class Heard:
    """One session: its key, its sockets and its packets."""

    session_id: str
    guild_id: int
    ssrc: int
    mode: Mode
    key: bytes
    opener: Opener
    packets: list[Packet] = field(factory=list[Packet])
    problems: list[str] = field(factory=list[str])
    spoke: list[int] = field(factory=list[int])
    unannounced: int = 0
    counters: set[bytes] = field(factory=set[bytes])
    keep_alives: int = 0
    binary: list[bytes] = field(factory=list[bytes])
    seq: int = 0
    seq_acks: list[int] = field(factory=list[int])
    resumed: int = 0
    buffered: list[dict[str, Any]] = field(factory=list[dict[str, Any]])
    socket: trio_websocket.WebSocketConnection | None = None

    @property
    def frames(self) -> list[bytes]:
        """What was played, without silence frames."""
        return [packet.frame for packet in self.packets if packet.frame != SILENCE]

    def hear(self, opened: Opened, now: float) -> None:
        header = opened.header
        if opened.counter in self.counters:
            self.problems.append(f"nonce {opened.counter.hex()} was used twice")
        self.counters.add(opened.counter)
        if not self.spoke:
            self.unannounced += 1
            if self.unannounced == UNREAD:
                self.problems.append("packets came before op 5")
        if self.packets:
            last = self.packets[-1]
            if header.sequence != (last.sequence + 1) & 0xFFFF:
                self.problems.append(f"sequence {header.sequence} after {last.sequence}")
            if header.timestamp != (last.timestamp + 960) & 0xFFFFFFFF:
                self.problems.append(f"timestamp {header.timestamp} after {last.timestamp}")
        self.packets.append(Packet(now, header.sequence, header.timestamp, opened.frame))


@define
class FakeVoiceServer:
    """Serves WebSocket and UDP."""

    modes: tuple[str, ...] = tuple(Mode)
    heartbeat_ms: int = 20_000
    token: str = "s3cret"
    close_on_identify: int | None = None
    close_on_resume: int | None = None
    answer_heartbeats: bool = True
    answer_discovery: bool = True
    tls: ssl.SSLContext | None = None
    udp_port: int | None = None
    port: int = field(default=0, init=False)
    sessions: list[Heard] = field(factory=list[Heard], init=False)
    identifies: list[dict[str, Any]] = field(factory=list[dict[str, Any]], init=False)
    problems: list[str] = field(factory=list[str], init=False)
    closes: list[int | None] = field(factory=list[int | None], init=False)
    _scopes: dict[trio_websocket.WebSocketConnection, trio.CancelScope] = field(
        factory=dict[trio_websocket.WebSocketConnection, trio.CancelScope], init=False
    )
    _identified: trio.Event = field(factory=trio.Event, init=False)
    _udp: socket.socket = field(init=False)

    def server_of(self, guild_id: int, session_id: str = "session") -> Server:
        return Server(
            url=endpoint_url(f"127.0.0.1:{self.port}", insecure=self.tls is None),
            token=self.token,
            session_id=session_id,
            user_id=UserId(1),
            guild_id=GuildId(guild_id),
            channel_id=ChannelId(2),
        )

    def of(self, guild_id: int) -> list[Heard]:
        return [heard for heard in self.sessions if heard.guild_id == guild_id]

    def all_problems(self) -> list[str]:
        return self.problems + [problem for heard in self.sessions for problem in heard.problems]

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._udp.setblocking(False)
        self._udp.bind(("127.0.0.1", 0))
        with self._udp:
            async with trio.open_nursery() as nursery:
                listening = await nursery.start(
                    trio_websocket.serve_websocket, self._serve, "127.0.0.1", 0, self.tls
                )
                self.port = listening.port
                nursery.start_soon(self._run_udp)
                task_status.started()

    async def _run_udp(self) -> None:
        while True:
            await trio.lowlevel.wait_readable(self._udp)
            try:
                while True:
                    packet, address = self._udp.recvfrom(2000)
                    self._take_packet(packet, address, trio.current_time())
            except BlockingIOError:
                continue

    def _take_packet(self, packet: bytes, address: tuple[str, int], now: float) -> None:
        ssrc = parse_discovery_request(packet)
        if ssrc is not None:
            if self.answer_discovery:
                found = Discovered(ssrc=ssrc, address=address[0], port=address[1])
                self._udp.sendto(to_discovery_response(found), address)
            return
        if len(packet) == 4:
            for heard in self.sessions:
                heard.keep_alives += heard.ssrc == int.from_bytes(packet, "big")
            return
        try:
            header = parse_header(packet)
            heard = next(heard for heard in self.sessions if heard.ssrc == header.ssrc)
            heard.hear(heard.opener.open(packet), now)
        except StopIteration:
            self.problems.append("a packet of an unknown SSRC")
        except (MalformedPacket, Forged) as error:
            self.problems.append(f"an unreadable packet: {error}")

    async def _serve(self, request: trio_websocket.WebSocketRequest) -> None:
        if "v=8" not in request.path:
            self.problems.append(f"path {request.path}")
        socket_ = await request.accept()
        self._scopes[socket_] = trio.CancelScope()
        with self._scopes[socket_]:
            await self._talk(socket_)
        # Leaving without a closing handshake is what a broken connection looks like.
        await trio.aclose_forcefully(socket_._stream)

    async def _talk(self, socket_: trio_websocket.WebSocketConnection) -> None:
        heard: Heard | None = None
        try:
            await self.send(socket_, Op.HELLO, {"heartbeat_interval": self.heartbeat_ms})
            while True:
                data = await socket_.get_message()
                if isinstance(data, bytes):
                    if heard is not None:
                        heard.binary.append(data)
                    continue
                message = json.loads(data)
                heard = await self._answer(socket_, heard, message["op"], message["d"])
        except trio_websocket.ConnectionClosed as closed:
            self.closes.append(None if closed.reason is None else int(closed.reason.code))
            if heard is not None and heard.socket is socket_:
                heard.socket = None

    async def send(self, socket_: trio_websocket.WebSocketConnection, op: int, data: object) -> None:
        await socket_.send_message(json.dumps({"op": op, "d": data}))

    async def say(self, heard: Heard, op: int, data: object) -> None:
        """Send something numbered, to be repeated after a resume that missed it."""
        heard.seq += 1
        message = {"op": op, "d": data, "seq": heard.seq}
        heard.buffered.append(message)
        if heard.socket is not None:
            await heard.socket.send_message(json.dumps(message))

    async def wait_for_session(self) -> None:
        """Until somebody has identified."""
        while not self.sessions:
            await self._identified.wait()

    def cut_off(self, heard: Heard) -> None:
        """Lose the socket of ``heard`` without a word."""
        assert heard.socket is not None
        self._scopes.pop(heard.socket).cancel()
        heard.socket = None

    async def _answer(
        self,
        socket_: trio_websocket.WebSocketConnection,
        heard: Heard | None,
        op: int,
        data: dict[str, Any],
    ) -> Heard | None:
        match op:
            case Op.IDENTIFY:
                return await self._identify(socket_, data)
            case Op.RESUME:
                return await self._resume(socket_, data)
            case _ if heard is None:
                await socket_.aclose(4003)
            case Op.HEARTBEAT:
                heard.seq_acks.append(data["seq_ack"])
                if self.answer_heartbeats:
                    await self.send(socket_, Op.HEARTBEAT_ACK, {"t": data["t"]})
            case Op.SELECT_PROTOCOL:
                await self._describe(socket_, heard, data)
            case Op.SPEAKING:
                if data["ssrc"] != heard.ssrc:
                    heard.problems.append("op 5 with a wrong ssrc")
                heard.spoke.append(data["speaking"])
            case _:
                heard.problems.append(f"op {op}")
        return heard

    async def _identify(
        self, socket_: trio_websocket.WebSocketConnection, data: dict[str, Any]
    ) -> Heard | None:
        self.identifies.append(data)
        if self.close_on_identify is not None:
            await socket_.aclose(self.close_on_identify)
            return None
        if data["token"] != self.token:
            await socket_.aclose(4004)
            return None
        key = secrets.token_bytes(32)
        heard = Heard(
            session_id=data["session_id"],
            guild_id=int(data["server_id"]),
            ssrc=secrets.randbelow(1 << 32),
            mode=Mode.AES256_GCM,
            key=key,
            opener=Opener(mode=Mode.AES256_GCM, key=key),
            socket=socket_,
        )
        self.sessions.append(heard)
        self._identified.set()
        ready = {
            "ssrc": heard.ssrc,
            "ip": "127.0.0.1",
            "port": self._udp.getsockname()[1] if self.udp_port is None else self.udp_port,
            "modes": ["xsalsa20_poly1305", *self.modes],
            "heartbeat_interval": 1,
        }
        await self.send(socket_, Op.READY, ready)
        return heard

    async def _describe(
        self, socket_: trio_websocket.WebSocketConnection, heard: Heard, data: dict[str, Any]
    ) -> None:
        heard.mode = Mode(data["data"]["mode"])
        heard.opener = Opener(mode=heard.mode, key=heard.key)
        description = {"mode": heard.mode, "secret_key": list(heard.key), "dave_protocol_version": 0}
        await self.send(socket_, Op.SESSION_DESCRIPTION, description)

    async def _resume(
        self, socket_: trio_websocket.WebSocketConnection, data: dict[str, Any]
    ) -> Heard | None:
        heard = next(
            (
                heard
                for heard in reversed(self.sessions)
                if (heard.session_id, str(heard.guild_id)) == (data["session_id"], data["server_id"])
            ),
            None,
        )
        if self.close_on_resume is not None or heard is None or data["token"] != self.token:
            await socket_.aclose(self.close_on_resume or 4006)
            return None
        heard.socket = socket_
        heard.resumed += 1
        heard.seq_acks.append(data["seq_ack"])
        await self.send(socket_, Op.RESUMED, None)
        for message in heard.buffered:
            if message["seq"] > data["seq_ack"]:
                await socket_.send_message(json.dumps(message))
        return heard


@asynccontextmanager
async def open_fake_server(**options: Any) -> AsyncGenerator[FakeVoiceServer]:
    """A running fake."""
    async with trio.open_nursery() as nursery:
        server = FakeVoiceServer(**options)
        await nursery.start(server.run)
        yield server
        nursery.cancel_scope.cancel()
