"""The payloads of the voice gateway, version 8: what we say and what we understand.

A core: values in, text out, and back. Imports ``voice.crypto`` and ``voice.dave`` values. The order in which
payloads may come is the business of ``voice.session``; the sandbox uses the names of the ops.

Failure mode: a payload that is no JSON, has no op or lacks what it must have raises
:class:`MalformedPayload`; unknown ops are values (:class:`Unknown`), because Discord adds some unannounced.

Source: Discord, "Voice", all sections; "Opcodes and Status Codes", section "Voice Opcodes".
"""

import struct
from collections.abc import Callable
from enum import IntEnum
from typing import Annotated, Final, TypeAlias, TypeVar

import msgspec
from attrs import field, frozen

from gateway_client.ids import UserId
from voice.crypto import KEY_BYTES
from voice.dave import MAX_PROTOCOL_VERSION, DaveMessage
from voice.protocol import Server

SPEAKING_MICROPHONE: Final = 1


class Op(IntEnum):
    """Voice opcodes."""

    IDENTIFY = 0
    SELECT_PROTOCOL = 1
    READY = 2
    HEARTBEAT = 3
    SESSION_DESCRIPTION = 4
    SPEAKING = 5
    HEARTBEAT_ACK = 6
    RESUME = 7
    HELLO = 8
    RESUMED = 9
    CLIENTS_CONNECT = 11
    CLIENT_DISCONNECT = 13
    DAVE_PREPARE_TRANSITION = 21
    DAVE_EXECUTE_TRANSITION = 22
    DAVE_TRANSITION_READY = 23
    DAVE_PREPARE_EPOCH = 24
    DAVE_EXTERNAL_SENDER = 25
    DAVE_KEY_PACKAGE = 26
    DAVE_PROPOSALS = 27
    DAVE_COMMIT_WELCOME = 28
    DAVE_ANNOUNCE_COMMIT = 29
    DAVE_WELCOME = 30
    DAVE_INVALID_COMMIT_WELCOME = 31


DAVE_OPS: Final = range(Op.DAVE_PREPARE_TRANSITION, Op.DAVE_INVALID_COMMIT_WELCOME + 1)


class MalformedPayload(ValueError):
    """A payload that cannot be understood."""


@frozen(kw_only=True)
class Hello:
    """Op 8; ``heartbeat_s`` in seconds."""

    heartbeat_s: float


@frozen(kw_only=True)
class Ready:
    """Op 2: our SSRC and where to send."""

    ssrc: int
    address: str
    port: int
    modes: tuple[str, ...]


@frozen(kw_only=True)
class Description:
    """Op 4: the key."""

    mode: str
    key: bytes = field(repr=lambda _: "•••")
    dave_version: int = 0


@frozen(kw_only=True)
class HeartbeatAck:
    """Op 6."""


@frozen(kw_only=True)
class Resumed:
    """Op 9."""


@frozen(kw_only=True)
class ClientsConnected:
    """Op 11."""

    users: tuple[UserId, ...]


@frozen(kw_only=True)
class ClientDisconnected:
    """Op 13."""

    user: UserId


@frozen(kw_only=True)
class Unknown:
    """Any other op: nothing follows from it."""

    op: int


Payload: TypeAlias = (
    Hello
    | Ready
    | Description
    | HeartbeatAck
    | Resumed
    | ClientsConnected
    | ClientDisconnected
    | DaveMessage
    | Unknown
)


@frozen(kw_only=True)
class Received:
    """One payload and its place in the server's order, if it has one.

    Args:
        raw: what the payload looks like to the key exchange, for those it must see in order.
    """

    payload: Payload
    sequence: int | None = None
    raw: DaveMessage | None = None


class _Frame(msgspec.Struct):
    op: int
    d: msgspec.Raw = msgspec.Raw(b"null")
    seq: int | None = None


class _Hello(msgspec.Struct):
    heartbeat_interval: Annotated[float, msgspec.Meta(gt=0)]


class _Ready(msgspec.Struct):
    ssrc: Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)]
    ip: str
    port: Annotated[int, msgspec.Meta(gt=0, lt=1 << 16)]
    modes: tuple[str, ...]


_Byte = Annotated[int, msgspec.Meta(ge=0, le=255)]


class _Description(msgspec.Struct):
    mode: str
    secret_key: Annotated[list[_Byte], msgspec.Meta(min_length=KEY_BYTES, max_length=KEY_BYTES)]
    dave_protocol_version: Annotated[int, msgspec.Meta(ge=0)] = 0


class _Clients(msgspec.Struct):
    user_ids: tuple[int, ...]


class _Client(msgspec.Struct):
    user_id: int


_FRAME: Final = msgspec.json.Decoder(_Frame)
_BINARY: Final = struct.Struct(">HB")
_T = TypeVar("_T")


def _body(frame: _Frame, kind: type[_T]) -> _T:
    return msgspec.json.decode(frame.d, type=kind, strict=False)


def _parse_hello(frame: _Frame) -> Payload:
    return Hello(heartbeat_s=_body(frame, _Hello).heartbeat_interval / 1000)


def _parse_ready(frame: _Frame) -> Payload:
    found = _body(frame, _Ready)
    return Ready(ssrc=found.ssrc, address=found.ip, port=found.port, modes=found.modes)


def _parse_description(frame: _Frame) -> Payload:
    found = _body(frame, _Description)
    return Description(mode=found.mode, key=bytes(found.secret_key), dave_version=found.dave_protocol_version)


def _parse_clients(frame: _Frame) -> Payload:
    return ClientsConnected(users=tuple(UserId(user) for user in _body(frame, _Clients).user_ids))


def _parse_client(frame: _Frame) -> Payload:
    return ClientDisconnected(user=UserId(_body(frame, _Client).user_id))


_PARSERS: Final[dict[int, Callable[[_Frame], Payload]]] = {
    Op.HELLO: _parse_hello,
    Op.READY: _parse_ready,
    Op.SESSION_DESCRIPTION: _parse_description,
    Op.HEARTBEAT_ACK: lambda _: HeartbeatAck(),
    Op.RESUMED: lambda _: Resumed(),
    Op.CLIENTS_CONNECT: _parse_clients,
    Op.CLIENT_DISCONNECT: _parse_client,
}


def _parse_frame(frame: _Frame) -> Payload:
    if frame.op in DAVE_OPS:
        return DaveMessage(op=frame.op, body=bytes(frame.d), binary=False)
    parse = _PARSERS.get(frame.op)
    return Unknown(op=frame.op) if parse is None else parse(frame)


def parse_text(text: str | bytes) -> Received:
    """Read a JSON payload.

    Raises:
        MalformedPayload: see there.
    """
    try:
        frame = _FRAME.decode(text)
        payload = _parse_frame(frame)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise MalformedPayload(str(error)) from error
    raw = None
    if isinstance(payload, DaveMessage):
        raw = payload
    elif isinstance(payload, ClientsConnected | ClientDisconnected):
        raw = DaveMessage(op=frame.op, body=bytes(frame.d), binary=False)
    return Received(payload=payload, sequence=frame.seq, raw=raw)


def parse_binary(data: bytes) -> Received:
    """Read a binary payload: sequence (u16), op (u8), body.

    Raises:
        MalformedPayload: shorter than that.
    """
    if len(data) < _BINARY.size:
        raise MalformedPayload(f"{len(data)} bytes are no binary payload")
    sequence, op = _BINARY.unpack_from(data)
    message = DaveMessage(op=op, body=data[_BINARY.size :], binary=True)
    if op not in DAVE_OPS:
        return Received(payload=Unknown(op=op), sequence=sequence)
    return Received(payload=message, sequence=sequence, raw=message)


def _to_text(op: Op, data: object) -> str:
    return msgspec.json.encode({"op": int(op), "d": data}).decode()


def to_identify(server: Server) -> str:
    """Op 0: a new session, which may be encrypted end to end."""
    return _to_text(
        Op.IDENTIFY,
        {
            "server_id": str(server.guild_id),
            "user_id": str(server.user_id),
            "session_id": server.session_id,
            "token": server.token,
            "max_dave_protocol_version": MAX_PROTOCOL_VERSION,
        },
    )


def to_resume(server: Server, seq_ack: int) -> str:
    """Op 7: go on with the session after ``seq_ack``, the last sequence seen (-1: none)."""
    return _to_text(
        Op.RESUME,
        {
            "server_id": str(server.guild_id),
            "session_id": server.session_id,
            "token": server.token,
            "seq_ack": seq_ack,
        },
    )


def to_heartbeat(nonce: int, seq_ack: int) -> str:
    """Op 3."""
    return _to_text(Op.HEARTBEAT, {"t": nonce, "seq_ack": seq_ack})


def to_select_protocol(address: str, port: int, mode: str) -> str:
    """Op 1, with our own address as IP discovery found it."""
    return _to_text(
        Op.SELECT_PROTOCOL,
        {"protocol": "udp", "data": {"address": address, "port": port, "mode": mode}},
    )


def to_speaking(ssrc: int, speaking: bool) -> str:
    """Op 5; must come before the first packet of an SSRC."""
    flags = SPEAKING_MICROPHONE if speaking else 0
    return _to_text(Op.SPEAKING, {"speaking": flags, "delay": 0, "ssrc": ssrc})


def to_dave(message: DaveMessage) -> str | bytes:
    """A message of the key exchange as it goes out (binary ones carry no sequence to the server)."""
    if message.binary:
        return bytes([message.op]) + message.body
    return f'{{"op":{message.op},"d":{message.body.decode()}}}'
