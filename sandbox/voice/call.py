"""The calls: who is in which, and what the members are told of one another.

A member is a client with a session, or a person who listens in the page and has no client; both are told as
members (op 11 and 13), as on Discord, where every person has a client. Imports values only. Source:
Discord, "Opcodes and Status Codes", section "Voice Opcodes".
"""

from attrs import define, field

from gateway_client.ids import ChannelId, GuildId, UserId
from sandbox.voice.session import NUMBERED_SINCE, Session
from sandbox.voice.values import Action, SendBytes, SendText, Ssrc
from sandbox.voice.wire import Body, Op, to_text

CallKey = tuple[GuildId, ChannelId]


def say(session: Session, op: Op, body: Body) -> list[Action]:
    """Send a message that a lost connection must not lose: numbered, where the version knows numbers."""
    numbered = session.version >= NUMBERED_SINCE
    text = session.replay.number(op, body) if numbered else to_text(op, body)
    return [] if session.connection is None else [SendText(connection=session.connection, text=text)]


def say_binary(session: Session, op: Op, body: bytes) -> list[Action]:
    """Send a binary message; it is numbered like the others."""
    data = session.replay.number_binary(op, body)
    return [] if session.connection is None else [SendBytes(connection=session.connection, data=data)]


@define
class Calls:
    """Everybody in voice, by call."""

    _sessions: dict[tuple[GuildId, UserId], Session] = field(
        init=False, factory=dict[tuple[GuildId, UserId], Session]
    )
    _by_ssrc: dict[Ssrc, Session] = field(init=False, factory=dict[Ssrc, Session])
    _by_call: dict[CallKey, list[Session]] = field(init=False, factory=dict[CallKey, list[Session]])
    _listeners: dict[tuple[GuildId, UserId], ChannelId] = field(
        init=False, factory=dict[tuple[GuildId, UserId], ChannelId]
    )

    def session(self, guild_id: GuildId, user_id: UserId) -> Session | None:
        """The session of a user in a guild."""
        return self._sessions.get((guild_id, user_id))

    def sender(self, ssrc: Ssrc) -> Session | None:
        """Whose packets carry this SSRC."""
        return self._by_ssrc.get(ssrc)

    def sessions(self) -> list[Session]:
        """All sessions."""
        return list(self._sessions.values())

    def others(self, session: Session) -> list[Session]:
        """The sessions that share a call with this one."""
        return [
            other
            for other in self._in_call(session.grant.guild_id, session.grant.channel_id)
            if other is not session
        ]

    def enter(self, session: Session) -> list[Action]:
        """A client joined its call: the newcomer hears who is there, the others hear of the newcomer."""
        grant = session.grant
        there = [other.grant.user_id for other in self.others(session)]
        there += self.listeners_in(grant.guild_id, grant.channel_id)
        actions = self._tell_connected(grant.guild_id, grant.channel_id, grant.user_id)
        self._sessions[grant.guild_id, grant.user_id] = session
        self._by_ssrc[session.ssrc] = session
        self._by_call.setdefault((grant.guild_id, grant.channel_id), []).append(session)
        if there:
            actions += say(session, Op.CLIENTS_CONNECT, {"user_ids": [str(user_id) for user_id in there]})
        for other in self.others(session):
            if other.speaking:
                actions += say(session, Op.SPEAKING, speaking_body(other))
        return actions

    def remove(self, session: Session) -> list[Action]:
        """A client left its call, and the others hear of it."""
        grant = session.grant
        if self._sessions.get((grant.guild_id, grant.user_id)) is not session:
            return []
        del self._sessions[grant.guild_id, grant.user_id]
        del self._by_ssrc[session.ssrc]
        members = self._by_call[grant.guild_id, grant.channel_id]
        members.remove(session)
        if not members:
            del self._by_call[grant.guild_id, grant.channel_id]
        return self._tell_gone(grant.guild_id, grant.channel_id, grant.user_id)

    def sit(self, guild_id: GuildId, user_id: UserId, channel_id: ChannelId | None) -> list[Action]:
        """A person without a client sits down in a channel, changes it, or (None) stands up."""
        before = self._listeners.get((guild_id, user_id))
        if before == channel_id:
            return []
        actions = list[Action]()
        if before is not None:
            del self._listeners[guild_id, user_id]
            actions += self._tell_gone(guild_id, before, user_id)
        if channel_id is not None:
            actions += self._tell_connected(guild_id, channel_id, user_id)
            self._listeners[guild_id, user_id] = channel_id
        return actions

    def _in_call(self, guild_id: GuildId, channel_id: ChannelId) -> list[Session]:
        return self._by_call.get((guild_id, channel_id), [])

    def listeners_in(self, guild_id: GuildId, channel_id: ChannelId) -> list[UserId]:
        """The people in a call who have no client."""
        return [
            user
            for (guild, user), channel in self._listeners.items()
            if (guild, channel) == (guild_id, channel_id)
        ]

    def _tell_connected(self, guild_id: GuildId, channel_id: ChannelId, user_id: UserId) -> list[Action]:
        actions = list[Action]()
        for one in self._in_call(guild_id, channel_id):
            actions += say(one, Op.CLIENTS_CONNECT, {"user_ids": [str(user_id)]})
        return actions

    def _tell_gone(self, guild_id: GuildId, channel_id: ChannelId, user_id: UserId) -> list[Action]:
        actions = list[Action]()
        for one in self._in_call(guild_id, channel_id):
            actions += say(one, Op.CLIENT_DISCONNECT, {"user_id": str(user_id)})
        return actions


def speaking_body(session: Session) -> Body:
    """What the others are told about who speaks with which SSRC."""
    return {
        "user_id": str(session.grant.user_id),
        "ssrc": session.ssrc,
        "speaking": session.speaking,
        "delay": 0,
    }
