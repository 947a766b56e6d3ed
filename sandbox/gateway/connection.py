"""The machine of one gateway connection. No I/O: payloads in, ``Outgoing`` out, time as an argument.

States::

    greeting ──identify or resume in order──▶ live ──close──▶ over
        └──anything else but heartbeats──▶ over (4003)

Rules: HELLO comes first; a heartbeat is acknowledged at once; without one for an interval and its grace the
connection ends with 4009; more than 120 payloads in 60 s end it with 4008, one above 4096 bytes or not JSON
with 4002, an unknown opcode with 4001. Whether the session survives depends on the code (``close_codes``).

Sources: Gateway, "Connection Lifecycle", "Sending Events", "Rate Limiting"; Opcodes, "Gateway Opcodes".
"""

from collections import deque
from collections.abc import Callable
from typing import Any, TypeAlias

from attrs import define, field, frozen

from sandbox.gateway import member_chunks
from sandbox.gateway.close_codes import ENDS_SESSION, GatewayClose
from sandbox.gateway.hub import GatewayHub, Identify, NotNow
from sandbox.gateway.session import Session, Shard
from sandbox.json_values import InvalidJson, JsonObject, as_number, is_object, parse_object, to_json

HEARTBEAT_INTERVAL_S = 41.25
HEARTBEAT_GRACE = 1.5
"""How many intervals may pass between two heartbeats."""
SEND_LIMIT = 120
SEND_WINDOW_S = 60.0
MAX_PAYLOAD_BYTES = 4096
_COMMANDS = frozenset({3, 4, 8, 31, 43})
"""Opcodes that need a session."""


@frozen
class Send:
    """A payload for the client."""

    payload: bytes


@frozen
class Garbage:
    """Something that is no payload: a fault."""

    data: str | bytes


@frozen
class CompressPayloads:
    """The client asked for compressed payloads in IDENTIFY; holds from the next one on."""


@frozen
class Close:
    """End the connection with a close frame."""

    code: int
    reason: str = ""


@frozen
class Reset:
    """End the TCP connection without a close frame."""


Outgoing: TypeAlias = Send | Garbage | CompressPayloads | Close | Reset


@define(eq=False)
class GatewayConnection:
    """One client's connection."""

    _hub: GatewayHub
    _out: Callable[[Outgoing], None]
    interval_s: float = HEARTBEAT_INTERVAL_S
    session: Session | None = field(default=None, init=False)
    over: bool = field(default=False, init=False)
    code: int | None = field(default=None, init=False)
    """With which code it ended, from either side; 1006 if nobody said why."""
    _sent_at: deque[float] = field(factory=deque[float], init=False)
    _last_beat: float = field(default=0.0, init=False)
    _now: float = field(default=0.0, init=False)

    def open(self, now: float) -> None:
        """Greet the client."""
        self._now = self._last_beat = now
        hello: JsonObject = {"heartbeat_interval": int(self.interval_s * 1000), "_trace": ["sandbox"]}
        self._say(10, hello)

    def receive(self, message: str | bytes, now: float) -> None:
        """Take one payload from the client."""
        if self.over:
            return
        self._now = now
        size = len(message.encode()) if isinstance(message, str) else len(message)
        if size > MAX_PAYLOAD_BYTES:
            self.close(GatewayClose.DECODE_ERROR, "payload too large")
            return
        if self._too_many(now):
            self.close(GatewayClose.RATE_LIMITED, "rate limited")
            return
        try:
            payload = parse_object(message)
            self._take(payload.get("op"), payload.get("d"))
        except (InvalidJson, _Malformed) as error:
            self.close(GatewayClose.DECODE_ERROR, f"error while decoding payload: {error}"[:100])

    def tick(self, now: float) -> None:
        """End the connection if no heartbeat came."""
        self._now = now
        if not self.over and now >= self.deadline():
            self.close(GatewayClose.SESSION_TIMED_OUT, "session timed out")

    def deadline(self) -> float:
        """Return when a heartbeat must have come (monotonic seconds)."""
        return self._last_beat + self.interval_s * HEARTBEAT_GRACE

    def close(self, code: int, reason: str = "") -> None:
        """End the connection from the server's side."""
        if not self.over:
            self._out(Close(code, reason))
            self.ended(code, self._now)

    def reset(self) -> None:
        """Cut the connection."""
        if not self.over:
            self._out(Reset())
            self.ended(1006, self._now)

    def ended(self, code: int, now: float) -> None:
        """The connection is over; 1006 if nobody said why."""
        if self.over:
            return
        self.over, self.code = True, code
        if self.session is not None:
            self.session.detach(self._emit, now)
            if code in ENDS_SESSION:
                self._hub.end(self.session.id)

    def ask_to_reconnect(self) -> None:
        """Op 7."""
        self._say(7, None)

    def invalidate(self, *, resumable: bool) -> None:
        """Op 9; if not resumable the session is over."""
        if self.session is not None and not resumable:
            self._hub.end(self.session.id)
            self.session.detach(self._emit, self._now)
            self.session = None
        self._say(9, resumable)

    def ask_for_heartbeat(self) -> None:
        """Op 1."""
        self._say(1, None)

    def send_garbage(self, data: str | bytes) -> None:
        """Send a message that is no payload."""
        self._out(Garbage(data))

    def send_strange(self, payload: object) -> None:
        """Send JSON that no Discord sends, packed as everything else is."""
        if not self.over:
            self._out(Send(to_json(payload)))

    def _take(self, opcode: object, data: Any) -> None:
        match opcode:
            case 1:
                self._last_beat = self._now
                if self._hub.faults.ack_heartbeats:
                    self._say(11, None)
            case 2:
                self._identify(_parse_identify(_an_object(data)), compress=bool(data.get("compress")))
            case 6:
                self._resume(_an_object(data))
            case int(command) if command in _COMMANDS:
                if self.session is None:
                    self.close(GatewayClose.NOT_AUTHENTICATED, "not authenticated")
                else:
                    self._command(self.session, command, _an_object(data))
            case _:
                self.close(GatewayClose.UNKNOWN_OPCODE, "unknown opcode")

    def _identify(self, asked: Identify, *, compress: bool) -> None:
        if self.session is not None:
            self.close(GatewayClose.ALREADY_AUTHENTICATED, "already authenticated")
            return
        answer = self._hub.identify(asked, self._now)
        if isinstance(answer, Session):
            if compress:
                self._out(CompressPayloads())
            self._attach(answer)
            self._hub.welcome(answer, sharded=asked.shard is not None)
        else:
            self._decline(answer)

    def _resume(self, data: JsonObject) -> None:
        token, session_id, sequence = data.get("token"), data.get("session_id"), data.get("seq")
        if not isinstance(token, str) or not isinstance(session_id, str) or not isinstance(sequence, int):
            raise _Malformed("resume")
        if self.session is not None:
            self.close(GatewayClose.ALREADY_AUTHENTICATED, "already authenticated")
            return
        answer = self._hub.resume(token, session_id, sequence, self._now)
        if isinstance(answer, Session):
            self._attach(answer)
            answer.replay_after(sequence)
            answer.send("RESUMED", {"_trace": ["sandbox"]})
        else:
            self._decline(answer)

    def _decline(self, answer: GatewayClose | NotNow) -> None:
        if isinstance(answer, NotNow):
            self._say(9, answer.resumable)
        else:
            self.close(answer, answer.name.lower().replace("_", " "))

    def _attach(self, session: Session) -> None:
        self.session = session
        session.attach(self._emit, self._replaced)

    def _replaced(self) -> None:
        self.session = None
        self.close(GatewayClose.UNKNOWN_ERROR, "another connection resumed this session")

    def _command(self, session: Session, opcode: int, data: JsonObject) -> None:
        match opcode:
            case 3:
                self._hub.world.show_presence(data)
            case 4:
                if not _is_snowflake(data.get("guild_id")):
                    raise _Malformed("guild_id")
                if data.get("channel_id") is not None and not _is_snowflake(data.get("channel_id")):
                    raise _Malformed("channel_id")
                self._hub.request_voice(session, data)
            case 8:
                for chunk in member_chunks.answer(self._hub.world, session, data):
                    session.send("GUILD_MEMBERS_CHUNK", chunk)
            case _:
                return  # soundboard sounds and channel info: there are none

    def _too_many(self, now: float) -> bool:
        self._sent_at.append(now)
        while self._sent_at[0] <= now - SEND_WINDOW_S:
            self._sent_at.popleft()
        return len(self._sent_at) > SEND_LIMIT

    def _say(self, opcode: int, data: object) -> None:
        if not self.over:
            self._out(Send(to_json({"t": None, "s": None, "op": opcode, "d": data})))

    def _emit(self, payload: bytes) -> None:
        if not self.over:
            self._out(Send(payload))


class _Malformed(Exception):
    """A payload is JSON, but not of the shape its opcode has."""


def _an_object(data: Any) -> JsonObject:
    if not is_object(data):
        raise _Malformed("d is no object")
    return data


def _is_snowflake(value: object) -> bool:
    return isinstance(value, int | str) and str(value).isdecimal() and len(str(value)) <= 20


def _parse_identify(data: JsonObject) -> Identify:
    token, intents, shard = data.get("token"), data.get("intents"), data.get("shard")
    if not isinstance(token, str) or not is_object(data.get("properties")):
        raise _Malformed("identify")
    if not isinstance(intents, int) or isinstance(intents, bool):
        raise _Malformed("intents")
    presence, threshold = data.get("presence"), as_number(data.get("large_threshold"))
    return Identify(
        token=token,
        intents=intents,
        shard=None if shard is None else _parse_shard(shard),
        large_threshold=threshold if 50 <= threshold <= 250 else 50,
        presence=presence if is_object(presence) else None,
    )


def _parse_shard(value: Any) -> Shard:
    match value:
        case [int(number), int(count)]:
            return Shard(number, count)
        case _:
            raise _Malformed("shard")
