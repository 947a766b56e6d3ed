"""A small voice client of the tests' own, over real sockets: the other side of the sandbox's voice server.

Does one thing at a time and checks every answer; shares no code with the bot's client.
"""

import json
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import nacl.bindings
import pytest
import trio
from attrs import define
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_client_stream

from sandbox.contracts import VoiceAdmission

AES = "aead_aes256_gcm_rtpsize"
XCHACHA = "aead_xchacha20_poly1305_rtpsize"


@define(kw_only=True)
class FakeVoiceClient:
    """A client that is connected; `mode` is the transport it asks for."""

    socket: WebSocketConnection
    admission: VoiceAdmission
    udp: trio.socket.SocketType
    mode: str
    ssrc: int = 0
    key: bytes = b""
    sent: int = 0
    last_seq: int = -1

    async def say(self, op: int, body: object) -> None:
        await self.socket.send_message(json.dumps({"op": op, "d": body}))

    async def hear(self, op: int) -> Any:
        """The body of the next message, which must have this opcode; news of others may come before it."""
        message = json.loads(await self.socket.get_message())
        while message["op"] != op and message["op"] in {5, 11, 13}:
            self.last_seq = message.get("seq", self.last_seq)
            message = json.loads(await self.socket.get_message())
        assert message["op"] == op, message
        self.last_seq = message.get("seq", self.last_seq)
        return message["d"]

    async def closed_with(self) -> int:
        """Wait for the server to close; returns the code."""

        async def drain() -> None:
            while True:
                await self.socket.get_message()

        with pytest.raises(ConnectionClosed):
            await drain()
        reason = self.socket.closed
        assert reason is not None
        return reason.code

    async def identify(self) -> None:
        admission = self.admission
        body = {
            "server_id": str(admission.guild_id),
            "user_id": str(admission.user_id),
            "session_id": admission.session_id,
            "token": admission.token,
        }
        await self.hear(8)
        await self.say(0, body)
        ready = await self.hear(2)
        self.ssrc = ready["ssrc"]
        assert self.mode in ready["modes"]
        await self.udp.connect((ready["ip"], ready["port"]))

    async def resume(self) -> None:
        admission = self.admission
        await self.hear(8)
        body = {
            "server_id": str(admission.guild_id),
            "session_id": admission.session_id,
            "token": admission.token,
            "seq_ack": self.last_seq,
        }
        await self.say(7, body)

    async def describe(self) -> None:
        await self.udp.send(struct.pack(">HHI", 1, 70, self.ssrc) + bytes(66))
        answer = await self.udp.recv(100)
        host, port = answer[8:72].rstrip(b"\0").decode(), int.from_bytes(answer[72:], "big")
        assert (host, port) == self.udp.getsockname()
        await self.say(1, {"protocol": "udp", "data": {"address": host, "port": port, "mode": self.mode}})
        description = await self.hear(4)
        assert description["mode"] == self.mode
        assert description["dave_protocol_version"] == 0
        self.key = bytes(description["secret_key"])

    async def speak(self, opus: bytes) -> None:
        await self.udp.send(self.next_packet(opus))

    def next_packet(self, opus: bytes) -> bytes:
        header = struct.pack(">BBHII", 0x80, 0x78, self.sent & 0xFFFF, self.sent * 960, self.ssrc)
        tail = struct.pack(">I", self.sent)
        self.sent += 1
        return header + self._seal(tail, opus, header) + tail

    async def receive(self) -> tuple[int, bytes]:
        """The next packet: who sent it (SSRC) and its payload."""
        packet = await self.udp.recv(2000)
        header, secret, tail = packet[:12], packet[12:-4], packet[-4:]
        if self.mode == AES:
            opus = AESGCM(self.key).decrypt(tail + bytes(8), secret, header)
        else:
            nonce = tail + bytes(20)
            opus = nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(secret, header, nonce, self.key)
        return int.from_bytes(header[8:12], "big"), opus

    def _seal(self, tail: bytes, opus: bytes, header: bytes) -> bytes:
        if self.mode == AES:
            return AESGCM(self.key).encrypt(tail + bytes(8), opus, header)
        nonce = tail + bytes(20)
        return nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(opus, header, nonce, self.key)


@asynccontextmanager
async def open_voice_client(
    endpoint: str, admission: VoiceAdmission, mode: str = AES
) -> AsyncGenerator[FakeVoiceClient]:
    """Dial a voice endpoint; the caller identifies or resumes."""
    with trio.socket.socket(trio.socket.AF_INET, trio.socket.SOCK_DGRAM) as udp:
        await udp.bind(("127.0.0.1", 0))
        host, port = endpoint.split(":")
        # trio-websocket leaves the TCP stream open when the peer closes first: keep it in our own hands.
        async with await trio.open_tcp_stream(host, int(port)) as stream, trio.open_nursery() as nursery:
            socket = await wrap_client_stream(nursery, stream, endpoint, "/?v=8")
            yield FakeVoiceClient(socket=socket, admission=admission, udp=udp, mode=mode)
            await socket.aclose()
            nursery.cancel_scope.cancel()
