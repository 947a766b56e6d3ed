"""What the events told: guilds, channels, roles, voice states, the people met.

`apply` patches the picture in one synchronous step per event, before anybody else sees the event; the
queries answer from memory. It serves rendering and facts at arrival; it is never asked to confirm what
Discord would answer.

Rules: GUILD_CREATE replaces a guild's whole picture. A guild in an outage keeps its last picture and is
marked `unavailable` (nobody left a channel because a data centre did); READY drops the shard's guilds that
it no longer lists. What events say about guilds never seen is dropped. Answers are None, empty or no
permission where nothing is known.

Imports: the room's values, `picture`, `members`, `permission_rules`. No I/O, no clock,
nothing to fail.
"""

from collections.abc import Iterable, Iterator

from attrs import Factory, define, evolve

from gateway_client.events import (
    ChannelCreated,
    ChannelDeleted,
    ChannelUpdated,
    GuildCreated,
    GuildDeleted,
    GuildUpdated,
    InteractionCreated,
    MemberAdded,
    MemberRemoved,
    MemberUpdated,
    MessageCreated,
    ReactionAdded,
    Ready,
    Received,
    RoleCreated,
    RoleDeleted,
    RoleUpdated,
    ThreadsSynced,
    VoiceStateUpdated,
)
from gateway_client.ids import ChannelId, GuildId, RoleId, UserId
from gateway_client.members import MembersMet
from gateway_client.objects import (
    Channel,
    Guild,
    Interaction,
    Member,
    Message,
    Role,
    User,
    VoiceState,
)
from gateway_client.permission_rules import in_timeout
from gateway_client.permissions import ALL_PERMISSIONS, Permissions
from gateway_client.picture import Picture, bare, picture_of


@define(kw_only=True)
class Cache:
    """Everything known, by synchronous question and answer."""

    met: MembersMet = Factory(MembersMet)
    _me: User | None = None
    _guilds: dict[GuildId, Picture] = Factory(dict[GuildId, Picture])
    _guild_of: dict[ChannelId, GuildId] = Factory(dict[ChannelId, GuildId])

    # Questions

    @property
    def me(self) -> User | None:
        """The bot itself, once a session was ready."""
        return self._me

    @property
    def guild_ids(self) -> tuple[GuildId, ...]:
        """The guilds the bot is in, those in an outage included."""
        return tuple(self._guilds)

    def guild(self, guild_id: GuildId) -> Guild | None:
        """The guild's own fields; its roles, channels, members and voice states are asked for apart."""
        picture = self._guilds.get(guild_id)
        return picture.guild if picture else None

    def roles(self, guild_id: GuildId) -> tuple[Role, ...]:
        """The guild's roles, in no order."""
        picture = self._guilds.get(guild_id)
        return tuple(picture.roles.values()) if picture else ()

    def top_role(self, guild_id: GuildId, role_ids: Iterable[RoleId]) -> Role | None:
        """The highest of the roles by position, of equals the older one; @everyone if none is known."""
        picture = self._guilds.get(guild_id)
        return picture.top_role(role_ids) if picture else None

    def channel(self, channel_id: ChannelId) -> Channel | None:
        """A guild's channel or active thread, with its overwrites."""
        guild_id = self._guild_of.get(channel_id)
        return self._guilds[guild_id].channels.get(channel_id) if guild_id is not None else None

    def channels(self, guild_id: GuildId) -> tuple[Channel, ...]:
        """All channels and active threads of a guild that the bot was told about."""
        picture = self._guilds.get(guild_id)
        return tuple(picture.channels.values()) if picture else ()

    def voice_state(self, guild_id: GuildId, user_id: UserId) -> VoiceState | None:
        """How somebody sits in voice, or None when they do not."""
        picture = self._guilds.get(guild_id)
        return picture.voice.get(user_id) if picture else None

    def voice_channel_of(self, guild_id: GuildId, user_id: UserId) -> ChannelId | None:
        """The voice channel somebody sits in."""
        state = self.voice_state(guild_id, user_id)
        return state.channel_id if state else None

    def voice_states_in(self, channel_id: ChannelId) -> tuple[VoiceState, ...]:
        """Everybody in a voice channel, in order of arrival as far as it was seen."""
        guild_id = self._guild_of.get(channel_id)
        if guild_id is None:
            return ()
        states = self._guilds[guild_id].voice.values()
        return tuple(state for state in states if state.channel_id == channel_id)

    def humans_in(self, guild_id: GuildId, channel_id: ChannelId) -> tuple[UserId, ...]:
        """Who in a voice channel is no bot. Somebody of whom nothing is known counts as human."""
        picture = self._guilds.get(guild_id)
        states = picture.voice.values() if picture else ()
        return tuple(
            state.user_id
            for state in states
            if state.channel_id == channel_id and not self._is_bot(guild_id, state)
        )

    def member(self, guild_id: GuildId, user_id: UserId) -> Member | None:
        """A member met lately or sitting in voice; the bot itself always."""
        picture = self._guilds.get(guild_id)
        if picture is None:
            return None
        if self._me is not None and user_id == self._me.id:
            return picture.me
        known = self.met.get(guild_id, user_id)
        if known is None and (state := picture.voice.get(user_id)):
            known = state.member
        return known

    def members(self, guild_id: GuildId) -> Iterator[Member]:
        """Everybody who was met there lately or sits in voice, with their `user`, each once."""
        picture = self._guilds.get(guild_id)
        yield from self.met.of_guild(guild_id)
        for state in picture.voice.values() if picture else ():
            if state.member is not None and self.met.get(guild_id, state.user_id) is None:
                yield state.member

    def member_name(self, guild_id: GuildId, user_id: UserId) -> str | None:
        """What somebody is called there: nickname, else display name, else user name."""
        member = self.member(guild_id, user_id)
        if member is None:
            return None
        return member.nick or (member.user.display_name if member.user else None)

    def permissions(
        self,
        guild_id: GuildId,
        channel_id: ChannelId | None,
        user_id: UserId,
        role_ids: Iterable[RoleId],
        *,
        timed_out: bool = False,
    ) -> Permissions:
        """What somebody with these roles may do, by Discord's algorithm.

        Args:
            guild_id: of a known guild; an unknown one grants nothing.
            channel_id: None asks for the guild as a whole, as does a channel that was never told about.
            user_id: whom an overwrite may name, and who may own the guild.
            role_ids: the member's roles; @everyone is implied.
            timed_out: the member's communication is disabled just now.
        """
        picture = self._guilds.get(guild_id)
        if picture is None:
            return Permissions(0)
        granted = picture.permissions(channel_id, user_id, tuple(role_ids))
        return in_timeout(granted) if timed_out and granted != ALL_PERMISSIONS else granted

    def bot_permissions(self, guild_id: GuildId, channel_id: ChannelId | None = None) -> Permissions:
        """What the bot may do there; nothing, as long as its own membership was not told."""
        picture = self._guilds.get(guild_id)
        if picture is None or self._me is None:
            return Permissions(0)
        role_ids = picture.me.roles if picture.me else ()
        return self.permissions(guild_id, channel_id, self._me.id, role_ids)

    def _is_bot(self, guild_id: GuildId, state: VoiceState) -> bool:
        if self._me is not None and state.user_id == self._me.id:
            return True
        member = state.member or self.met.get(guild_id, state.user_id)
        return member is not None and member.user is not None and member.user.bot

    # Events

    def apply(self, received: Received) -> None:  # noqa: C901, PLR0912 - one flat table of events
        """Patch the picture with one event. Events that tell nothing worth keeping pass through."""
        match received.event:
            case Ready() as ready:
                self._ready(ready, received.shard_id)
            case GuildCreated(guild=guild):
                self._guild_created(guild, received.shard_id)
            case GuildUpdated(guild=guild):
                self._guild_updated(guild)
            case GuildDeleted(guild_id=guild_id, unavailable=unavailable):
                self._guild_deleted(guild_id, unavailable=unavailable)
            case ChannelCreated(channel=channel) | ChannelUpdated(channel=channel):
                self._keep_channel(channel)
            case ChannelDeleted(channel=channel):
                self._drop_channel(channel.id)
            case ThreadsSynced() as synced:
                self._threads_synced(synced)
            case RoleCreated(guild_id=guild_id, role=role) | RoleUpdated(guild_id=guild_id, role=role):
                if picture := self._guilds.get(guild_id):
                    picture.roles[role.id] = role
            case RoleDeleted(guild_id=guild_id, role_id=role_id):
                if picture := self._guilds.get(guild_id):
                    picture.roles.pop(role_id, None)
            case (
                MemberAdded(guild_id=guild_id, member=member)
                | MemberUpdated(guild_id=guild_id, member=member)
            ):
                self._meet(guild_id, member)
            case MemberRemoved(guild_id=guild_id, user=user):
                self.met.forget(guild_id, user.id)
            case VoiceStateUpdated(state=state):
                self._voice_state(state)
            case InteractionCreated(interaction=interaction):
                self._meet_in_interaction(interaction)
            case MessageCreated(message=message):
                self._meet_in_message(message)
            case ReactionAdded(guild_id=guild_id, member=member):
                if guild_id is not None and member is not None:
                    self._meet(guild_id, member)
            case _:
                return

    def _ready(self, ready: Ready, shard_id: int) -> None:
        self._me = ready.user
        listed = {guild.id for guild in ready.guilds}
        for guild_id, picture in list(self._guilds.items()):
            if picture.shard_id == shard_id and guild_id not in listed:
                self._drop_guild(guild_id)
        for guild in ready.guilds:
            if picture := self._guilds.get(guild.id):
                picture.guild = evolve(picture.guild, unavailable=True)
            else:
                self._guilds[guild.id] = picture_of(guild, shard_id)

    def _guild_created(self, guild: Guild, shard_id: int) -> None:
        if guild.unavailable:
            self._guild_deleted(guild.id, unavailable=True)
            return
        previous = self._guilds.get(guild.id)
        if previous is not None:
            for channel_id in previous.channels:
                self._guild_of.pop(channel_id, None)
        picture = picture_of(guild, shard_id)
        picture.me = previous.me if previous else None
        self._guilds[guild.id] = picture
        for channel_id in picture.channels:
            self._guild_of[channel_id] = guild.id
        for member in guild.members:
            self._meet(guild.id, member)

    def _guild_updated(self, guild: Guild) -> None:
        picture = self._guilds.get(guild.id)
        if picture is None:
            return
        picture.guild = bare(evolve(guild, member_count=picture.guild.member_count))
        if guild.roles:  # a guild always has @everyone: none told means that the payload was partial
            picture.roles = {role.id: role for role in guild.roles}

    def _guild_deleted(self, guild_id: GuildId, *, unavailable: bool) -> None:
        if not unavailable:
            self._drop_guild(guild_id)
        elif picture := self._guilds.get(guild_id):
            picture.guild = evolve(picture.guild, unavailable=True)

    def _drop_guild(self, guild_id: GuildId) -> None:
        picture = self._guilds.pop(guild_id, None)
        for channel_id in picture.channels if picture else ():
            self._guild_of.pop(channel_id, None)
        self.met.forget_guild(guild_id)

    def _keep_channel(self, channel: Channel) -> None:
        if channel.guild_id is None or not (picture := self._guilds.get(channel.guild_id)):
            return
        picture.channels[channel.id] = channel
        self._guild_of[channel.id] = channel.guild_id

    def _drop_channel(self, channel_id: ChannelId) -> None:
        guild_id = self._guild_of.pop(channel_id, None)
        if guild_id is None:
            return
        picture = self._guilds[guild_id]
        del picture.channels[channel_id]
        for thread in picture.threads_of({channel_id}):
            self._drop_channel(thread.id)

    def _threads_synced(self, synced: ThreadsSynced) -> None:
        picture = self._guilds.get(synced.guild_id)
        if picture is None:
            return
        for thread in picture.threads_of(set(synced.channel_ids) or None):
            self._drop_channel(thread.id)
        for thread in synced.threads:
            self._keep_channel(evolve(thread, guild_id=synced.guild_id))

    def _voice_state(self, state: VoiceState) -> None:
        picture = self._guilds.get(state.guild_id) if state.guild_id is not None else None
        if picture is None or state.guild_id is None:
            return
        if state.member is not None:
            self._meet(state.guild_id, state.member)
        if state.channel_id is None:
            picture.voice.pop(state.user_id, None)
        else:
            known = state.member or self.met.get(state.guild_id, state.user_id)
            picture.voice[state.user_id] = evolve(state, member=known)

    def _meet(self, guild_id: GuildId, member: Member, user: User | None = None) -> None:
        picture = self._guilds.get(guild_id)
        known = user or member.user
        if picture is None or known is None:
            return
        if self._me is not None and known.id == self._me.id:
            picture.me = evolve(member, user=known)
        else:
            self.met.meet(guild_id, member, known)
        state = picture.voice.get(known.id)
        if state is not None:
            picture.voice[known.id] = evolve(state, member=evolve(member, user=known))

    def _meet_in_interaction(self, interaction: Interaction) -> None:
        guild_id = interaction.guild_id
        if guild_id is None:
            return
        if interaction.member is not None:
            self._meet(guild_id, evolve(interaction.member, permissions=None))
        if interaction.data is not None:
            resolved = interaction.data.resolved
            for key, member in resolved.members.items():
                self._meet(guild_id, evolve(member, permissions=None), resolved.users.get(key))

    def _meet_in_message(self, message: Message) -> None:
        if message.guild_id is None or message.webhook_id is not None:
            return
        for user in message.mentions:
            if user.member is not None:
                self._meet(message.guild_id, user.member, evolve(user, member=None))
        if message.member is not None:
            self._meet(message.guild_id, message.member, message.author)
