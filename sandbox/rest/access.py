"""What the bot may do where, as Discord checks it: 50001 without access, 50013 without permission. Pure."""

from gateway_client.ids import ChannelId, GuildId
from sandbox.model.entities import Channel, Guild, Member
from sandbox.model.permissions import Permissions, guild_permissions, top_position
from sandbox.rest.call import Call
from sandbox.rest.errors import ApiError
from sandbox.rest.pipeline import Api


def channel_for(api: Api, call: Call, needed: Permissions = Permissions.VIEW_CHANNEL) -> Channel:
    """Return the channel of the path if the bot may do ``needed`` in it."""
    channel = api.world.directory.channel(ChannelId(call.number("channel_id")))
    need(api, channel, needed)
    return channel


def need(api: Api, channel: Channel, needed: Permissions) -> None:
    """Raise unless the bot has all of ``needed`` in a channel."""
    bits = api.world.directory.permissions_in(channel, api.world.application.bot.id)
    if not bits & Permissions.VIEW_CHANNEL:
        raise ApiError(50001)
    if needed & ~bits:
        raise ApiError(50013)


def guild_for(api: Api, call: Call) -> Guild:
    """Return the guild of the path if the bot is in it."""
    return api.world.directory.guild(GuildId(call.number("guild_id")))


def need_in_guild(api: Api, guild: Guild, needed: Permissions) -> None:
    """Raise unless the bot has ``needed`` in a guild as a whole."""
    if needed & ~guild_permissions(guild, own_member(api, guild)):
        raise ApiError(50013)


def own_member(api: Api, guild: Guild) -> Member:
    """Return the bot in a guild."""
    return guild.members[api.world.application.bot.id]


def need_rank_above(api: Api, guild: Guild, member: Member) -> None:
    """Raise unless the bot's highest role is above a member's (its own nickname is another matter)."""
    if top_position(guild, member) >= top_position(guild, own_member(api, guild)):
        raise ApiError(50013)
