"""What the bot lacks in a server, channel by channel. Pure.

May import ``gateway_client`` values. A channel that the bot cannot see is no fault: its owners may want that.
"""

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from cli.finding import Finding, ok, warn
from cli.log_lines import one_line
from gateway_client.ids import UserId
from gateway_client.kinds import ChannelType
from gateway_client.objects import Channel, Guild, Member
from gateway_client.permissions import Permissions
from gateway_client.picture import Picture

TEXT: Final = frozenset({ChannelType.GUILD_TEXT, ChannelType.GUILD_ANNOUNCEMENT})
VOICE: Final = frozenset({ChannelType.GUILD_VOICE, ChannelType.GUILD_STAGE_VOICE})
WRITING: Final = (
    Permissions.SEND_MESSAGES
    | Permissions.EMBED_LINKS
    | Permissions.READ_MESSAGE_HISTORY
    | Permissions.ADD_REACTIONS
)
TIDYING: Final = Permissions.MANAGE_MESSAGES
SPEAKING: Final = Permissions.CONNECT | Permissions.SPEAK
ON_STAGE: Final = Permissions.CONNECT | Permissions.REQUEST_TO_SPEAK
EVERYWHERE: Final = Permissions.MANAGE_NICKNAMES | Permissions.MOVE_MEMBERS
NAMED: Final = 4
"""So many channels are named."""


@frozen(kw_only=True)
class Visit:
    """One server as Discord tells of it."""

    guild: Guild
    channels: Sequence[Channel]
    member: Member
    me: UserId


def judge(visit: Visit) -> Finding:
    """One line about one server."""
    name = one_line(visit.guild.name or str(visit.guild.id))
    seen, hidden, lacking = _walk(visit)
    general = names_of(EVERYWHERE & ~_picture(visit).permissions(None, visit.me, visit.member.roles))
    complaints = [f"{general} (for rename, wakeup and gather)"] if general else []
    complaints += [f"{channel}: {missing}" for channel, missing in lacking[:NAMED]]
    if len(lacking) > NAMED:
        complaints.append(f"more channels: {len(lacking) - NAMED}")
    aside = f", hidden from it: {hidden}" if hidden else ""
    if complaints:
        says = f"“{name}”: missing are {'; '.join(complaints)}{aside}. Give them to the bot's role there"
        return warn("permissions", says)
    return ok("permissions", f"“{name}”: all that is needed; channels: {seen}{aside}")


def _walk(visit: Visit) -> tuple[int, int, list[tuple[str, str]]]:
    """How many channels can be seen, how many cannot, and what is missing in which."""
    picture, seen, hidden = _picture(visit), 0, 0
    lacking: list[tuple[str, str]] = []
    for channel in visit.channels:
        if channel.type not in TEXT | VOICE:
            continue
        granted = picture.permissions(channel.id, visit.me, visit.member.roles)
        if not granted & Permissions.VIEW_CHANNEL:
            hidden += 1
            continue
        seen += 1
        missing = names_of(_needed(channel) & ~granted)
        if missing:
            lacking.append((f"#{one_line(channel.name or str(channel.id))}", missing))
    return seen, hidden, lacking


def _needed(channel: Channel) -> Permissions:
    match channel.type:
        case ChannelType.GUILD_STAGE_VOICE:
            return ON_STAGE
        case ChannelType.GUILD_VOICE:
            return SPEAKING
        case _:
            return WRITING | TIDYING


def names_of(permissions: Permissions) -> str:
    """Permissions as Discord's settings call them."""
    return ", ".join(str(one.name).replace("_", " ").title() for one in Permissions if one & permissions)


def _picture(visit: Visit) -> Picture:
    return Picture(
        guild=visit.guild,
        shard_id=0,
        roles={role.id: role for role in visit.guild.roles},
        channels={channel.id: channel for channel in visit.channels},
        voice={},
        me=visit.member,
    )
