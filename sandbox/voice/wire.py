"""The JSON of the voice gateway: what a client sends, as a closed union; what the server sends, as text.

Version 8 and the versions down to 4, which differ in the heartbeat's form only as far as this server goes.
Opcodes that video and telemetry use are `Tolerated`: other people's clients send them.
Source: Discord, "Voice Connections" and "Opcodes and Status Codes", section "Voice Opcodes".
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Any

import msgspec
from attrs import frozen

from gateway_client.ids import GuildId, UserId

JsonValue = None | bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"]
Body = Mapping[str, JsonValue] | int | float | None


class Op(IntEnum):
    """An opcode of the voice gateway that this server speaks."""

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
    DAVE_INVALID = 31


TOLERATED = frozenset({12, *range(14, 21)})
"""Video, media sinks, versions, flags and platform: clients with a screen send them."""

E2EE_TEXT = frozenset({Op.DAVE_TRANSITION_READY, Op.DAVE_INVALID})
"""Transition ready and invalid commit or welcome: the end-to-end protocol's own."""


class Undecodable(ValueError):
    """A frame that is no message of the voice gateway."""


class UnknownOpcode(ValueError):
    """A well-formed message whose opcode no client may send."""


@frozen(kw_only=True)
class Identify:
    """Op 0."""

    server_id: GuildId
    user_id: UserId
    session_id: str
    token: str
    max_dave_protocol_version: int = 0


@frozen(kw_only=True)
class TransportChoice:
    """Where a client receives, and how packets are sealed."""

    address: str
    port: int
    mode: str


@frozen(kw_only=True)
class SelectProtocol:
    """Op 1."""

    protocol: str
    data: TransportChoice


@frozen(kw_only=True)
class Heartbeat:
    """Op 3; `nonce` goes back as it came."""

    nonce: int | float
    seq_ack: int | None = None


@frozen(kw_only=True)
class Speaking:
    """Op 5; `speaking` is a bit mask."""

    speaking: int
    ssrc: int
    delay: int = 0


@frozen(kw_only=True)
class Resume:
    """Op 7."""

    server_id: GuildId
    session_id: str
    token: str
    seq_ack: int | None = None


@frozen(kw_only=True)
class Tolerated:
    """An opcode that asks nothing of this server."""

    op: int


@frozen(kw_only=True)
class E2eeText:
    """A message of the end-to-end protocol."""

    op: int
    body: bytes


ClientMessage = Identify | SelectProtocol | Heartbeat | Speaking | Resume | Tolerated | E2eeText


class _Envelope(msgspec.Struct):
    op: int
    d: msgspec.Raw = msgspec.Raw(b"null")


@frozen(kw_only=True)
class _HeartbeatV8:
    t: int | float
    seq_ack: int | None = None


class _Transition(msgspec.Struct):
    transition_id: int


_transition = msgspec.json.Decoder(_Transition)
_envelope = msgspec.json.Decoder(_Envelope)
_heartbeat = msgspec.json.Decoder(int | float | _HeartbeatV8)
_typed: dict[int, msgspec.json.Decoder[Any]] = {
    Op.IDENTIFY: msgspec.json.Decoder(Identify, strict=False),
    Op.SELECT_PROTOCOL: msgspec.json.Decoder(SelectProtocol, strict=False),
    Op.SPEAKING: msgspec.json.Decoder(Speaking, strict=False),
    Op.RESUME: msgspec.json.Decoder(Resume, strict=False),
}


def _parse_heartbeat(raw: msgspec.Raw) -> Heartbeat:
    match _heartbeat.decode(raw):
        case _HeartbeatV8(t=t, seq_ack=seq_ack):
            return Heartbeat(nonce=t, seq_ack=seq_ack)
        case nonce:
            return Heartbeat(nonce=nonce)


def parse_message(text: str) -> ClientMessage:
    """Read what a client sent.

    Raises:
        Undecodable: not JSON, or not the shape that its opcode has.
        UnknownOpcode: a client may not send this opcode.
    """
    try:
        envelope = _envelope.decode(text)
        if envelope.op == Op.HEARTBEAT:
            return _parse_heartbeat(envelope.d)
        if envelope.op in _typed:
            return _typed[envelope.op].decode(envelope.d)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise Undecodable(str(error)) from error
    if envelope.op in E2EE_TEXT:
        return E2eeText(op=envelope.op, body=bytes(envelope.d))
    if envelope.op in TOLERATED:
        return Tolerated(op=envelope.op)
    raise UnknownOpcode(str(envelope.op))


def parse_transition_id(body: bytes) -> int:
    """The transition that an op 23 or 31 names.

    Raises:
        Undecodable: it names none.
    """
    try:
        return _transition.decode(body).transition_id
    except msgspec.MsgspecError as error:
        raise Undecodable(str(error)) from error


def to_binary(op: int, body: bytes, sequence: int) -> bytes:
    """A binary message of the server: number, opcode, body."""
    return sequence.to_bytes(2, "big") + bytes([op]) + body


def to_text(op: int, body: Body, *, sequence: int | None = None) -> str:
    """A message of the server as JSON text, numbered where `sequence` is given."""
    message: dict[str, JsonValue] = {"op": int(op), "d": body}
    if sequence is not None:
        message["seq"] = sequence
    return msgspec.json.encode(message).decode()
