"""From the wire to events: the frame's envelope, and the one table from wire names to parsers.

The envelope is decoded first and alone; the data stays raw until the table says that somebody wants it, and
is then decoded straight into the classes of `events` and `objects`. An event that is not in the table costs
its envelope.

Imports: `events`, `objects`, `errors`, `ids`. Failure: `MalformedFrame` with the field's path; whoever
reads logs it and goes on.
"""

from collections.abc import Callable

import msgspec
from attrs import frozen

from gateway_client.errors import MalformedFrame
from gateway_client.events import (
    ChannelCreated,
    ChannelDeleted,
    ChannelUpdated,
    Event,
    GuildCreated,
    GuildDeleted,
    GuildUpdated,
    InteractionCreated,
    MemberAdded,
    MemberRemoved,
    MemberUpdated,
    MessageCreated,
    MessageDeleted,
    MessagesDeletedInBulk,
    MessageUpdated,
    ReactionAdded,
    ReactionRemoved,
    ReactionsCleared,
    Ready,
    Resumed,
    RoleCreated,
    RoleDeleted,
    RoleUpdated,
    ThreadsSynced,
    VoiceServerUpdated,
    VoiceStateUpdated,
)
from gateway_client.ids import ChannelId, GuildId, MessageId
from gateway_client.objects import (
    Channel,
    Guild,
    Interaction,
    Member,
    Message,
    MessagePatch,
    VoiceState,
    decoder,
)


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """A frame with its data still raw. Source: Gateway Events, "Payload Structure"."""

    op: int
    d: msgspec.Raw = msgspec.Raw(b"null")
    s: int | None = None
    t: str | None = None


_decode_envelope = msgspec.json.Decoder(Envelope).decode

_UNREADABLE = (msgspec.DecodeError, ValueError, OverflowError, RecursionError)
"""What msgspec raises for JSON that is broken, of the wrong types, too big in a number or too deep."""


def parse_envelope(text: bytes | str) -> Envelope:
    """Decode a frame up to its data.

    Raises:
        MalformedFrame: it is no JSON, or not an envelope.
    """
    try:
        return _decode_envelope(text)
    except _UNREADABLE as error:
        raise MalformedFrame(f"frame: {error}") from error


class _Hello(msgspec.Struct):
    heartbeat_interval: float


LONGEST_INTERVAL_S = 600.0
"""A heartbeat interval above this is a mistake; Discord's is 41.25 s."""


def parse_hello(data: msgspec.Raw) -> float:
    """The heartbeat interval in seconds.

    Raises:
        MalformedFrame: there is none, or it is not a positive time of at most ten minutes.
    """
    try:
        interval_s = msgspec.json.decode(data, type=_Hello).heartbeat_interval / 1000
    except _UNREADABLE as error:
        raise MalformedFrame(f"HELLO: {error}") from error
    if not 0 < interval_s <= LONGEST_INTERVAL_S:
        raise MalformedFrame("HELLO: out of range - at `$.heartbeat_interval`")
    return interval_s


def parse_invalid_session(data: msgspec.Raw) -> bool:
    """Whether the session may be resumed; anything but a plain true means no."""
    return bytes(data).strip() == b"true"


@frozen(kw_only=True)
class _InGuild:
    guild_id: GuildId


@frozen(kw_only=True)
class _GoneGuild:
    id: GuildId
    unavailable: bool = False


@frozen(kw_only=True)
class _GoneMessage:
    id: MessageId
    channel_id: ChannelId
    guild_id: GuildId | None = None


@frozen(kw_only=True)
class _GoneMessages:
    ids: tuple[MessageId, ...]
    channel_id: ChannelId
    guild_id: GuildId | None = None


def _guild_deleted(data: msgspec.Raw) -> GuildDeleted:
    gone = decoder(_GoneGuild).decode(data)
    return GuildDeleted(guild_id=gone.id, unavailable=gone.unavailable)


def _message_deleted(data: msgspec.Raw) -> MessageDeleted:
    gone = decoder(_GoneMessage).decode(data)
    return MessageDeleted(message_id=gone.id, channel_id=gone.channel_id, guild_id=gone.guild_id)


def _messages_deleted(data: msgspec.Raw) -> MessagesDeletedInBulk:
    gone = decoder(_GoneMessages).decode(data)
    return MessagesDeletedInBulk(message_ids=gone.ids, channel_id=gone.channel_id, guild_id=gone.guild_id)


def _guild_of(data: msgspec.Raw) -> GuildId:
    return decoder(_InGuild).decode(data).guild_id


def _member_added(data: msgspec.Raw) -> MemberAdded:
    return MemberAdded(guild_id=_guild_of(data), member=decoder(Member).decode(data))


def _member_updated(data: msgspec.Raw) -> MemberUpdated:
    return MemberUpdated(guild_id=_guild_of(data), member=decoder(Member).decode(data))


_PARSERS: dict[str, Callable[[msgspec.Raw], Event]] = {
    "READY": lambda d: decoder(Ready).decode(d),
    "RESUMED": lambda _: Resumed(),
    "GUILD_CREATE": lambda d: GuildCreated(guild=decoder(Guild).decode(d)),
    "GUILD_UPDATE": lambda d: GuildUpdated(guild=decoder(Guild).decode(d)),
    "GUILD_DELETE": _guild_deleted,
    "CHANNEL_CREATE": lambda d: ChannelCreated(channel=decoder(Channel).decode(d)),
    "CHANNEL_UPDATE": lambda d: ChannelUpdated(channel=decoder(Channel).decode(d)),
    "CHANNEL_DELETE": lambda d: ChannelDeleted(channel=decoder(Channel).decode(d)),
    "THREAD_CREATE": lambda d: ChannelCreated(channel=decoder(Channel).decode(d)),
    "THREAD_UPDATE": lambda d: ChannelUpdated(channel=decoder(Channel).decode(d)),
    "THREAD_DELETE": lambda d: ChannelDeleted(channel=decoder(Channel).decode(d)),
    "THREAD_LIST_SYNC": lambda d: decoder(ThreadsSynced).decode(d),
    "GUILD_ROLE_CREATE": lambda d: decoder(RoleCreated).decode(d),
    "GUILD_ROLE_UPDATE": lambda d: decoder(RoleUpdated).decode(d),
    "GUILD_ROLE_DELETE": lambda d: decoder(RoleDeleted).decode(d),
    "GUILD_MEMBER_ADD": _member_added,
    "GUILD_MEMBER_UPDATE": _member_updated,
    "GUILD_MEMBER_REMOVE": lambda d: decoder(MemberRemoved).decode(d),
    "MESSAGE_CREATE": lambda d: MessageCreated(message=decoder(Message).decode(d)),
    "MESSAGE_UPDATE": lambda d: MessageUpdated(message=decoder(MessagePatch).decode(d)),
    "MESSAGE_DELETE": _message_deleted,
    "MESSAGE_DELETE_BULK": _messages_deleted,
    "MESSAGE_REACTION_ADD": lambda d: decoder(ReactionAdded).decode(d),
    "MESSAGE_REACTION_REMOVE": lambda d: decoder(ReactionRemoved).decode(d),
    "MESSAGE_REACTION_REMOVE_ALL": lambda d: decoder(ReactionsCleared).decode(d),
    "MESSAGE_REACTION_REMOVE_EMOJI": lambda d: decoder(ReactionsCleared).decode(d),
    "VOICE_STATE_UPDATE": lambda d: VoiceStateUpdated(state=decoder(VoiceState).decode(d)),
    "VOICE_SERVER_UPDATE": lambda d: decoder(VoiceServerUpdated).decode(d),
    "INTERACTION_CREATE": lambda d: InteractionCreated(interaction=decoder(Interaction).decode(d)),
}

HANDLED = frozenset(_PARSERS)
"""Wire names of the events that are decoded; the data of all others is never looked at."""


def parse_event(name: str | None, data: msgspec.Raw) -> Event | None:
    """Decode a dispatch.

    Args:
        name: the event's wire name (`t`).
        data: its undecoded `d`.

    Returns:
        The event, or None when nobody here handles events of that name.

    Raises:
        MalformedFrame: the data is not what the documentation says.
    """
    parse = _PARSERS.get(name) if name is not None else None
    if parse is None:
        return None
    try:
        return parse(data)
    except _UNREADABLE as error:
        raise MalformedFrame(f"{name}: {error}") from error
