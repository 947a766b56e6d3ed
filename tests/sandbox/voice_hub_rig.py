"""A voice hub without sockets, and the messages and packets of its clients."""

import json
from typing import Any

from gateway_client.ids import ChannelId, GuildId, UserId
from sandbox.voice.hub import VoiceHub
from sandbox.voice.rtp import to_header
from sandbox.voice.transport import Lane, Mode
from sandbox.voice.values import (
    Action,
    CloseSocket,
    ConnectionId,
    Grant,
    SendText,
    Ssrc,
)

GUILD, CHANNEL, BOT, OTHER = GuildId(1), ChannelId(2), UserId(3), UserId(4)
A, B, C = ConnectionId(1), ConnectionId(2), ConnectionId(3)
OPUS = b"\xfc" + b"sound"


def grant_for(user: UserId = BOT, *, token: str = "token", session: str = "session") -> Grant:
    return Grant(guild_id=GUILD, channel_id=CHANNEL, user_id=user, session_id=session, token=token)


def make_hub() -> VoiceHub:
    made = VoiceHub(udp_address=("127.0.0.1", 5000), random_bytes=lambda size: bytes(range(size)))
    made.admit(grant_for())
    return made


def said(actions: list[Action], to: ConnectionId | None = None) -> list[dict[str, Any]]:
    return [json.loads(a.text) for a in actions if isinstance(a, SendText) and to in {None, a.connection}]


def closings(actions: list[Action]) -> list[tuple[ConnectionId, int]]:
    return [(action.connection, action.code) for action in actions if isinstance(action, CloseSocket)]


def identify(**changed: object) -> str:
    body = {"server_id": "1", "user_id": "3", "session_id": "session", "token": "token", **changed}
    return json.dumps({"op": 0, "d": body})


def select(mode: str = Mode.AES256_GCM, protocol: str = "udp") -> str:
    data = {"address": "127.0.0.1", "port": 6000, "mode": mode}
    return json.dumps({"op": 1, "d": {"protocol": protocol, "data": data}})


def speaking(ssrc: int, flags: int = 1) -> str:
    return json.dumps({"op": 5, "d": {"speaking": flags, "delay": 0, "ssrc": ssrc}})


def resume(seq_ack: int | None = None, **changed: object) -> str:
    body: dict[str, object] = {"server_id": "1", "session_id": "session", "token": "token", **changed}
    if seq_ack is not None:
        body["seq_ack"] = seq_ack
    return json.dumps({"op": 7, "d": body})


def join(hub: VoiceHub, connection: ConnectionId = A, user: UserId = BOT, **credentials: str) -> int:
    """Greet, identify, select; returns the SSRC."""
    hub.opened(connection, 8, 0.0)
    ready = said(hub.text(connection, identify(user_id=str(user), **credentials), 0.0), connection)
    hub.text(connection, select(), 0.0)
    return ready[0]["d"]["ssrc"]


def packet(
    ssrc: int, sequence: int = 1, timestamp: int = 960, opus: bytes = OPUS, lane: Lane | None = None
) -> bytes:
    lane = lane or Lane(mode=Mode.AES256_GCM, key=bytes(range(32)))
    return lane.seal(to_header(sequence=sequence, timestamp=timestamp, ssrc=Ssrc(ssrc)), opus)
