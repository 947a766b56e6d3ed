"""Who sits in which voice channel. The gateway's op 4, REST's member routes and people all end here.

Rules: one seat per user and guild; a full channel, or one without CONNECT, takes nobody in and says nothing
(as Discord); moderators (MOVE_MEMBERS) fit in always; server mute and deaf stay with the member; in the AFK
channel everybody is suppressed. A change that changes nothing is not told.
"""

from attrs import define, evolve

from gateway_client.ids import ChannelId, GuildId, UserId
from sandbox.model import events
from sandbox.model.directory import Directory, Kind, Unknown
from sandbox.model.entities import Channel, ChannelType, Guild, VoiceState
from sandbox.model.ledger import Ledger
from sandbox.model.permissions import Permissions


@define
class VoiceRooms:
    """Seats, by guild."""

    _ledger: Ledger
    _directory: Directory

    def state(self, guild_id: GuildId, user_id: UserId) -> VoiceState | None:
        """Return where somebody sits, or None."""
        guild = self._directory.guilds.get(guild_id)
        return guild.voice_states.get(user_id) if guild else None

    def people_in(self, channel: Channel) -> tuple[UserId, ...]:
        """Return who sits in a channel, in order of arrival."""
        guild = self._directory.guilds.get(channel.guild_id) if channel.guild_id else None
        if guild is None:
            return ()
        return tuple(s.user_id for s in guild.voice_states.values() if s.channel_id == channel.id)

    def may_enter(self, channel: Channel, user_id: UserId) -> bool:
        """Whether a user can join by themselves: CONNECT, and room."""
        bits = self._directory.permissions_in(channel, user_id)
        if not bits & Permissions.CONNECT or not bits & Permissions.VIEW_CHANNEL:
            return False
        taken = [someone for someone in self.people_in(channel) if someone != user_id]
        return bool(bits & Permissions.MOVE_MEMBERS) or not 0 < channel.user_limit <= len(taken)

    def request(
        self,
        guild_id: GuildId,
        user_id: UserId,
        channel_id: ChannelId | None,
        *,
        session_id: str,
        self_mute: bool = False,
        self_deaf: bool = False,
    ) -> VoiceState | None:
        """Do what a client asks for with op 4; None if it was left unanswered or nobody sat anywhere."""
        if channel_id is None:
            return self.leave(guild_id, user_id)
        guild = self._directory.guild(guild_id)
        channel = guild.channels.get(channel_id)
        before = guild.voice_states.get(user_id)
        if channel is None or not channel.is_voice:
            return None
        staying = before is not None and before.channel_id == channel_id
        if not staying and not self.may_enter(channel, user_id):
            return None
        return self._seat(guild, channel, user_id, session_id, self_mute=self_mute, self_deaf=self_deaf)

    def move(self, guild_id: GuildId, user_id: UserId, channel_id: ChannelId) -> VoiceState:
        """Put somebody who sits in voice into another channel, full or not.

        Raises:
            Unknown: of the channel; of the voice state if the user sits nowhere.
        """
        guild = self._directory.guild(guild_id)
        channel = guild.channels.get(channel_id)
        before = guild.voice_states.get(user_id)
        if channel is None or not channel.is_voice:
            raise Unknown(Kind.CHANNEL)
        if before is None:
            raise Unknown(Kind.VOICE_STATE)
        return self._seat(
            guild, channel, user_id, before.session_id, self_mute=before.self_mute, self_deaf=before.self_deaf
        )

    def leave(self, guild_id: GuildId, user_id: UserId) -> VoiceState | None:
        """Take somebody out of voice; returns the last state, with no channel."""
        guild = self._directory.guilds.get(guild_id)
        before = guild.voice_states.pop(user_id, None) if guild else None
        if before is None:
            return None
        gone = evolve(before, channel_id=None)
        self._ledger.publish(events.VoiceStateChanged(state=gone, before=before))
        return gone

    def set_server_mute(
        self, guild_id: GuildId, user_id: UserId, *, mute: bool | None = None, deaf: bool | None = None
    ) -> None:
        """Mute or deafen somebody for everybody."""
        member = self._directory.member(guild_id, user_id)
        member.mute = member.mute if mute is None else mute
        member.deaf = member.deaf if deaf is None else deaf
        self._directory_changed(guild_id, user_id)

    def set_suppress(self, guild_id: GuildId, user_id: UserId, suppress: bool) -> None:
        """Let somebody speak on a stage, or not."""
        guild = self._directory.guild(guild_id)
        before = guild.voice_states.get(user_id)
        if before is None:
            raise Unknown(Kind.VOICE_STATE)
        self._store(guild, evolve(before, suppress=suppress))

    def set_status(self, channel: Channel, status: str | None) -> None:
        """Change the line of text under a voice channel's name."""
        channel.status = status or None
        self._ledger.publish(events.VoiceStatusChanged(channel=channel))

    def _directory_changed(self, guild_id: GuildId, user_id: UserId) -> None:
        guild = self._directory.guild(guild_id)
        member = guild.members[user_id]
        self._ledger.publish(events.MemberUpdated(guild_id=guild_id, member=member))
        before = guild.voice_states.get(user_id)
        if before:
            self._store(guild, evolve(before, mute=member.mute, deaf=member.deaf))

    def _seat(
        self,
        guild: Guild,
        channel: Channel,
        user_id: UserId,
        session_id: str,
        *,
        self_mute: bool,
        self_deaf: bool,
    ) -> VoiceState:
        member = self._directory.member(guild.id, user_id)
        before = guild.voice_states.get(user_id)
        stayed = before is not None and before.channel_id == channel.id
        state = VoiceState(
            guild_id=guild.id,
            channel_id=channel.id,
            user_id=user_id,
            session_id=session_id,
            mute=member.mute,
            deaf=member.deaf,
            self_mute=self_mute,
            self_deaf=self_deaf,
            suppress=before.suppress if stayed and before else self._starts_suppressed(guild, channel),
        )
        self._store(guild, state)
        return state

    def _starts_suppressed(self, guild: Guild, channel: Channel) -> bool:
        return channel.type is ChannelType.STAGE or channel.id == guild.afk_channel_id

    def _store(self, guild: Guild, state: VoiceState) -> None:
        before = guild.voice_states.get(state.user_id)
        if before == state:
            return
        if before and before.channel_id != state.channel_id:
            del guild.voice_states[state.user_id]  # whoever moves comes last in the new channel
        guild.voice_states[state.user_id] = state
        self._ledger.publish(events.VoiceStateChanged(state=state, before=before))
