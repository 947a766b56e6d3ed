"""What we send: frozen values, and `to_wire`, the one place where they become bytes.

Identify and resume carry the token; it is a `Token` until the moment of encoding, and never in a `repr`.

Source: Gateway Events, "Send Events".
"""

import sys
from typing import Literal, assert_never

import msgspec
from attrs import field, frozen

from gateway_client.ids import ChannelId, GuildId
from gateway_client.intents import Intents
from gateway_client.kinds import ActivityType

Status = Literal["online", "idle", "dnd", "invisible"]

LARGE_THRESHOLD = 50
"""Members above which GUILD_CREATE leaves out the offline ones: the least allowed, for we never list members.
Source: Gateway Events, "Identify Structure"."""

TEXT_LIMIT = 128
"""Characters of an activity's `name` and `state`. A caution of ours: the documentation names no limit, but a
frame that is refused costs the connection."""


class Token:
    """The bot's token, unprintable. `reveal` is called by what puts it on the wire and nothing else."""

    __slots__ = ("reveal",)

    def __init__(self, secret: str) -> None:
        self.reveal = lambda: secret

    def __repr__(self) -> str:
        return "•••"

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a token is never pickled or copied")


@frozen(kw_only=True)
class Activity:
    """What the bot is seen doing; a `CUSTOM` one shows `state` alone. Texts are cut at `TEXT_LIMIT`."""

    name: str
    type: int = ActivityType.PLAYING
    state: str | None = None
    url: str | None = None


@frozen(kw_only=True)
class Presence:
    """How the bot is seen. `since_ms` is a Unix time in milliseconds, for `afk`."""

    status: Status = "online"
    activities: tuple[Activity, ...] = ()
    afk: bool = False
    since_ms: int | None = None


@frozen(kw_only=True)
class ConnectionProperties:
    """Who is connecting, as Discord wants to know it."""

    os: str = sys.platform
    browser: str = "roadie"
    device: str = "roadie"


@frozen(kw_only=True)
class Heartbeat:
    """Op 1 with the last sequence seen, None before the first."""

    sequence: int | None


@frozen(kw_only=True)
class Identify:
    """Op 2: start a new session."""

    token: Token
    intents: Intents
    shard_id: int
    shard_count: int
    presence: Presence
    properties: ConnectionProperties = ConnectionProperties()


@frozen(kw_only=True)
class Resume:
    """Op 6: go on with an old session."""

    token: Token
    session_id: str = field(repr=False)
    sequence: int


@frozen(kw_only=True)
class UpdatePresence:
    """Op 3."""

    presence: Presence


@frozen(kw_only=True)
class UpdateVoiceState:
    """Op 4: join, move to, or (`channel_id` None) leave a voice channel."""

    guild_id: GuildId
    channel_id: ChannelId | None
    self_mute: bool = False
    self_deaf: bool = True


Command = Heartbeat | Identify | Resume | UpdatePresence | UpdateVoiceState


def to_wire(command: Command) -> bytes:
    """The JSON frame for a command."""
    match command:
        case Heartbeat():
            return _frame(1, command.sequence)
        case Identify():
            return _frame(2, _identify(command))
        case UpdatePresence():
            return _frame(3, _presence(command.presence))
        case UpdateVoiceState():
            return _frame(4, _voice_state(command))
        case Resume():
            return _frame(6, _resume(command))
        case _:
            assert_never(command)


def _frame(op: int, data: object) -> bytes:
    return msgspec.json.encode({"op": op, "d": data})


def _identify(command: Identify) -> dict[str, object]:
    properties = command.properties
    return {
        "token": command.token.reveal(),
        "intents": int(command.intents),
        "shard": [command.shard_id, command.shard_count],
        "presence": _presence(command.presence),
        "properties": {"os": properties.os, "browser": properties.browser, "device": properties.device},
        "compress": False,
        "large_threshold": LARGE_THRESHOLD,
    }


def _presence(presence: Presence) -> dict[str, object]:
    return {
        "since": presence.since_ms,
        "activities": [_activity(activity) for activity in presence.activities],
        "status": presence.status,
        "afk": presence.afk,
    }


def _activity(activity: Activity) -> dict[str, object]:
    wire: dict[str, object] = {"name": activity.name[:TEXT_LIMIT], "type": int(activity.type)}
    if activity.state is not None:
        wire["state"] = activity.state[:TEXT_LIMIT]
    if activity.url is not None:
        wire["url"] = activity.url
    return wire


def _voice_state(command: UpdateVoiceState) -> dict[str, object]:
    return {
        "guild_id": str(command.guild_id),
        "channel_id": None if command.channel_id is None else str(command.channel_id),
        "self_mute": command.self_mute,
        "self_deaf": command.self_deaf,
    }


def _resume(command: Resume) -> dict[str, object]:
    return {"token": command.token.reveal(), "session_id": command.session_id, "seq": command.sequence}
