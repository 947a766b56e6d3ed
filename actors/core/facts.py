"""What was true at arrival, read off the event and the cache in the step in which the event is read."""

from attrs import evolve

from actors.core.envelope import Facts
from actors.core.ports import Clock
from gateway_client.cache import Cache
from gateway_client.ids import ChannelId, GuildId, UserId
from gateway_client.kinds import ApplicationCommandType
from gateway_client.objects import Interaction, Member, Message, Permissions, User


def facts_of_interaction(interaction: Interaction, cache: Cache, me: UserId, clock: Clock) -> Facts | None:
    """Facts of an interaction in a guild; ``None`` in direct messages."""
    if interaction.guild_id is None or interaction.channel_id is None or interaction.member is None:
        return None
    given = interaction.member.permissions
    facts = _facts(
        cache,
        me,
        clock,
        place=(interaction.guild_id, interaction.channel_id),
        user=interaction.caller,
        member=interaction.member,
        permissions=None if given is None else Permissions(given),
        bot_permissions=Permissions(interaction.app_permissions) if interaction.app_permissions else None,
    )
    pressed = interaction.message.id if interaction.message else None
    return evolve(facts, message_id=pressed, target_id=_target(interaction))


def facts_of_message(message: Message, cache: Cache, me: UserId, clock: Clock) -> Facts | None:
    """Facts of a message in a guild; ``None`` in direct messages."""
    if message.guild_id is None:
        return None
    facts = _facts(
        cache,
        me,
        clock,
        place=(message.guild_id, message.channel_id),
        user=message.author,
        member=message.member,
    )
    return evolve(facts, message_id=message.id)


def _target(interaction: Interaction) -> UserId | None:
    data = interaction.data
    if data is None or data.type != ApplicationCommandType.USER or data.target_id is None:
        return None
    return UserId(data.target_id)


def _facts(
    cache: Cache,
    me: UserId,
    clock: Clock,
    *,
    place: tuple[GuildId, ChannelId],
    user: User,
    member: Member | None,
    permissions: Permissions | None = None,
    bot_permissions: Permissions | None = None,
) -> Facts:
    guild_id, channel_id = place
    roles = frozenset(member.roles if member else ())
    guild = cache.guild(guild_id)
    if permissions is None:
        permissions = cache.permissions(guild_id, channel_id, user.id, roles)
    if bot_permissions is None:
        bot_permissions = cache.bot_permissions(guild_id, channel_id)
    return Facts(
        at=clock.at(),
        now=clock.now(),
        guild_id=guild_id,
        channel_id=channel_id,
        user_id=user.id,
        user_name=(member.nick if member else None) or user.display_name,
        role_ids=roles,
        permissions=permissions,
        bot_permissions=bot_permissions,
        voice_channel_id=cache.voice_channel_of(guild_id, user.id),
        bot_voice_channel_id=cache.voice_channel_of(guild_id, me),
        is_guild_owner=guild is not None and guild.owner_id == user.id,
    )
