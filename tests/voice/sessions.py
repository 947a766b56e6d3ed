"""A session of one call as tests begin with it, and what its server says."""

import json

from gateway_client.ids import ChannelId, GuildId, UserId
from voice.crypto import Mode
from voice.handshake import Op
from voice.protocol import Server
from voice.session import Action, Dial, Send, Session, State

SERVER = Server(
    url="wss://v/?v=8",
    token="t0ken",
    session_id="sess",
    user_id=UserId(7),
    guild_id=GuildId(5),
    channel_id=ChannelId(6),
)
KEY = list(range(32))
READY = {"ssrc": 11, "ip": "10.0.0.1", "port": 5000, "modes": [str(mode) for mode in Mode]}
DESCRIPTION = {"mode": str(Mode.AES256_GCM), "secret_key": KEY, "dave_protocol_version": 0}


def text(op: int, data: object, seq: int | None = None) -> str:
    return json.dumps({"op": op, "d": data} | ({} if seq is None else {"seq": seq}))


def sent(actions: list[Action]) -> list[dict[str, object]]:
    return [json.loads(action.text) for action in actions if isinstance(action, Send)]


def new() -> Session:
    session = Session(server=SERVER, random=lambda: 0.5)
    assert session.start(0.0) == [Dial(delay_s=0.0)]
    return session


def live() -> Session:
    session = new()
    session.opened(0.0)
    session.receive(text(Op.HELLO, {"heartbeat_interval": 5000}), 0.0)
    session.receive(text(Op.READY, READY), 0.1)
    session.discovered("203.0.113.9", 6000)
    session.receive(text(Op.SESSION_DESCRIPTION, DESCRIPTION), 0.2)
    assert session.state is State.LIVE
    return session
