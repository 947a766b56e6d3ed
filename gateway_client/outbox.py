"""What waits to be sent over one shard's session, across all its connections.

Voice states and the presence are wishes: only the latest counts, per guild and as a whole, and it is kept
until a connection can carry it. But who leaves and then joins does both, because Discord gives nobody a new
voice session in the channel where they sit. A voice state that left shortly before the connection died may
never have been read: it counts as delivered only when Discord says that it is so, or when a heartbeat sent
after it was acknowledged, and is sent again otherwise (which costs a new voice connection where it was).

Imports `commands`, `ids`; time is an argument; cannot fail.
"""

from itertools import chain

from attrs import Factory, define

from gateway_client.commands import Command, UpdatePresence, UpdateVoiceState
from gateway_client.ids import ChannelId, GuildId

Telling = UpdatePresence | UpdateVoiceState
"""The commands that the rest of the house may give."""


@define(kw_only=True)
class Outbox:
    """Voice states first, in the order in which their guilds first asked; then the presence."""

    _voice: dict[GuildId, tuple[UpdateVoiceState, ...]] = Factory(dict[GuildId, tuple[UpdateVoiceState, ...]])
    _in_flight: dict[GuildId, tuple[UpdateVoiceState, float]] = Factory(
        dict[GuildId, tuple[UpdateVoiceState, float]]
    )
    _presence: UpdatePresence | None = None

    def put(self, telling: Telling) -> None:
        """Take a command; it replaces a waiting one that it makes pointless."""
        match telling:
            case UpdateVoiceState():
                self._put_voice(telling)
            case UpdatePresence():
                self._presence = telling

    def _put_voice(self, telling: UpdateVoiceState) -> None:
        waiting = self._voice.get(telling.guild_id, ())
        leaves = [one for one in waiting[:1] if one.channel_id is None and telling.channel_id is not None]
        self._voice[telling.guild_id] = (*leaves, telling)

    def __bool__(self) -> bool:
        return bool(self._voice or self._presence)

    def take(self, now: float) -> Command | None:
        """The next command to send, which leaves now."""
        if self._voice:
            guild_id = next(iter(self._voice))
            telling, *rest = self._voice.pop(guild_id)
            if rest:
                self._voice = {guild_id: tuple(rest), **self._voice}
            self._in_flight[guild_id] = (telling, now)
            return telling
        presence, self._presence = self._presence, None
        return presence

    def delivered(self, before: float | None) -> None:
        """A heartbeat sent at `before` was acknowledged, and so everything that was sent earlier."""
        if before is None or not self._in_flight:
            return
        for guild_id, (_, sent_at) in list(self._in_flight.items()):
            if sent_at <= before:
                del self._in_flight[guild_id]

    def obeyed(self, guild_id: GuildId, channel_id: ChannelId | None) -> None:
        """Discord says where we sit."""
        asked = self._in_flight.get(guild_id)
        if asked is not None and asked[0].channel_id == channel_id:
            del self._in_flight[guild_id]

    def disconnected(self) -> None:
        """The connection is gone: what it may not have delivered waits again, unless replaced by now."""
        for guild_id, (telling, _) in self._in_flight.items():
            self._voice.setdefault(guild_id, (telling,))
        self._in_flight.clear()

    def drain(self) -> tuple[Telling, ...]:
        """Take out everything that waits, for another session to send."""
        self.disconnected()
        presence = (self._presence,) if self._presence else ()
        waiting = (*chain.from_iterable(self._voice.values()), *presence)
        self._voice.clear()
        self._presence = None
        return waiting

    def identified(self) -> None:
        """The identify carried the presence along."""
        self._presence = None
