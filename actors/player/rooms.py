"""What the cache knows of a voice channel (may the bot come, does it fit in, who is there), and who is a DJ.

Discord answers nothing at all to a seat asked for in a full channel, so it is looked at before. Somebody who
may move members gets into a full one.

On a stage one speaks after asking to; who may mute members need not ask.

Source: Topics, Permissions, "Permission Overwrites"; Channel Resource, "Channel Structure", ``user_limit``;
Voice Resource, "Modify Current User Voice State", "Caveats".
"""

from actors.core.access import Rule, refusal
from actors.core.envelope import Facts
from actors.core.ports import Ports
from actors.core.shared_settings import DJ_ROLE
from actors.player.messages import BotSeated, Room
from gateway_client.ids import ChannelId, GuildId, RoleId
from gateway_client.objects import ChannelType, Permissions, VoiceState

_TO_CONNECT = Permissions.VIEW_CHANNEL | Permissions.CONNECT
_TO_BE_HEARD_ON_STAGE = Permissions.MUTE_MEMBERS | Permissions.REQUEST_TO_SPEAK


def room_of(ports: Ports, guild_id: GuildId, channel_id: ChannelId | None) -> Room | None:
    """A voice channel as the bot finds it; ``None`` if there is no such channel."""
    cache = ports.cache
    channel = cache.channel(channel_id) if channel_id is not None else None
    if channel is None:
        return None
    may = cache.bot_permissions(guild_id, channel.id)
    others = [state for state in cache.voice_states_in(channel.id) if state.user_id != ports.me]
    is_stage = channel.type == ChannelType.GUILD_STAGE_VOICE
    full = bool(channel.user_limit) and len(others) >= (channel.user_limit or 0)
    return Room(
        channel_id=channel.id,
        can_connect=(may & _TO_CONNECT) == _TO_CONNECT,
        can_speak=bool(may & (_TO_BE_HEARD_ON_STAGE if is_stage else Permissions.SPEAK)),
        is_full=full and not may & Permissions.MOVE_MEMBERS,
        is_stage=is_stage,
        may_take_floor=is_stage and bool(may & Permissions.MUTE_MEMBERS),
        humans=len(cache.humans_in(guild_id, channel.id)),
    )


def seat_of(ports: Ports, guild_id: GuildId, state: VoiceState) -> BotSeated:
    """Where the bot's own voice state puts it."""
    room = room_of(ports, guild_id, state.channel_id)
    return BotSeated(
        channel_id=state.channel_id,
        session_id=state.session_id,
        in_audience=state.suppress and room is not None and room.is_stage,
        may_take_floor=room is not None and room.may_take_floor,
    )


def dj_role_of(ports: Ports, guild_id: GuildId) -> RoleId | None:
    """The guild's DJ role, if it was set and still exists."""
    wanted = ports.settings.optional(guild_id, DJ_ROLE, int)
    roles = {role.id for role in ports.cache.roles(guild_id)}
    return None if wanted is None or (roles and wanted not in roles) else RoleId(wanted)


def is_dj(ports: Ports, facts: Facts) -> bool:
    """Whether this caller may do what needs the DJ role; everybody may where there is none."""
    role = dj_role_of(ports, facts.guild_id)
    return refusal(Rule.DJ, facts, dj_role=role, bot_owners=frozenset()) is None
