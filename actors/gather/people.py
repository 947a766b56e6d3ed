"""From Discord's objects to the people of a gather. Reads the cache; asks nobody."""

from collections.abc import Iterable

from actors.core.arguments import Person
from actors.core.envelope import Facts
from actors.core.texts import Text, text
from actors.gather.inputs import Counted, Seat, Who
from actors.gather.messages import ChannelGone
from gateway_client.cache import Cache
from gateway_client.ids import ChannelId, GuildId, UserId
from gateway_client.objects import Member, Permissions, Role, VoiceState

_MANAGING = Permissions.MANAGE_GUILD | Permissions.ADMINISTRATOR


def who_asks(facts: Facts) -> Who:
    """Whoever ran a command or pressed a button."""
    return Who(facts.user_id, facts.user_name)


def manages(facts: Facts) -> bool:
    """Whether they manage the server."""
    return facts.is_guild_owner or bool(facts.permissions & _MANAGING)


def who_sits(state: VoiceState, cache: Cache, me: UserId, guild_id: GuildId) -> Seat:
    """Whom a voice state is about. Somebody of whom nothing is known counts as a person."""
    member = state.member or cache.member(guild_id, state.user_id)
    user = member.user if member else None
    name = (member.nick if member else None) or (user.display_name if user else "")
    who = Who(state.user_id, name or f"user {state.user_id}")
    return Seat(who=who, is_bot=state.user_id == me or (user is not None and user.bot))


def seats_in(channel_id: ChannelId, cache: Cache, me: UserId, guild_id: GuildId) -> tuple[Seat, ...]:
    """Everybody in a voice channel, bots too."""
    return tuple(who_sits(state, cache, me, guild_id) for state in cache.voice_states_in(channel_id))


def look_into(
    channel_id: ChannelId, cache: Cache, me: UserId, guild_id: GuildId
) -> Counted | ChannelGone | None:
    """Who really sits in a voice channel, or that it is gone; ``None`` while the guild is out of sight."""
    guild = cache.guild(guild_id)
    if guild is None or guild.unavailable:
        return None
    channel = cache.channel(channel_id)
    if channel is None:
        return ChannelGone(channel_id)
    return Counted(seats=seats_in(channel_id, cache, me, guild_id), user_limit=channel.user_limit or 0)


def people_of(targets: Iterable[Person | Role], cache: Cache, guild_id: GuildId) -> tuple[Who, ...] | Text:
    """Whom people and roles stand for, each once and without bots; or why that is nobody.

    The bot does not have the list of members: of a role it knows those whom it has met.
    """
    found: dict[UserId, Who] = {}
    empty: Role | None = None
    for target in targets:
        if isinstance(target, Person):
            people = [] if target.is_bot else [Who(target.id, target.name)]
        else:
            people = _with_role(target, cache, guild_id)
            empty = empty if people else target
        found |= {who.id: who for who in people}
    if found:
        return tuple(found.values())
    return text("gather.empty_role", role=f"<@&{empty.id}>") if empty else text("gather.no_people")


def _with_role(role: Role, cache: Cache, guild_id: GuildId) -> list[Who]:
    return [
        Who(member.user.id, member.nick or member.user.display_name)
        for member in cache.members(guild_id)
        if member.user is not None and not member.user.bot and _has(member, role, guild_id)
    ]


def _has(member: Member, role: Role, guild_id: GuildId) -> bool:
    return role.id in member.roles or int(role.id) == int(guild_id)
