"""What the settings of a guild say about its player, as the machine takes it."""

from actors.core.ports import Ports
from actors.player.crossfade import CROSSFADE
from actors.player.limits import ANNOUNCEMENTS, FAIR_QUEUE, PERSON_LIMIT, QUEUE_LIMIT, VOTE_SKIP
from actors.player.messages import DefaultsChanged
from actors.player.normalize import MAX_GAIN_DB, TARGET_LUFS
from actors.player.rooms import dj_role_of
from actors.player.volume import VOLUME
from gateway_client.ids import ChannelId, GuildId
from voice.protocol import Leveling


def read_defaults(ports: Ports, guild_id: GuildId) -> DefaultsChanged:
    """Every setting of the player as it is now."""
    value = ports.settings.value
    leveling = Leveling(
        target_lufs=value(guild_id, TARGET_LUFS, float),
        max_gain_db=value(guild_id, MAX_GAIN_DB, float),
    )
    announce_in = ports.settings.optional(guild_id, ANNOUNCEMENTS, int)
    return DefaultsChanged(
        volume_pct=value(guild_id, VOLUME, int),
        leveling=leveling,
        crossfade_s=value(guild_id, CROSSFADE, float),
        vote_pct=value(guild_id, VOTE_SKIP, int),
        queue_limit=value(guild_id, QUEUE_LIMIT, int),
        person_limit=value(guild_id, PERSON_LIMIT, int),
        is_fair=value(guild_id, FAIR_QUEUE, bool),
        announce_in=None if announce_in is None else ChannelId(announce_in),
        has_dj_role=dj_role_of(ports, guild_id) is not None,
    )
