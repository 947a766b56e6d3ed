"""The people met lately: who they are, what they are called, which roles they have.

A bot without the members intent never gets the member list; it meets people in voice states, interactions,
messages and mentions. This keeps the latest picture of a bounded number of them, forgetting first who was
not met for the longest time. Imports: `ids`, `objects`. A machine without failure modes: forgetting is its
normal work, and the askers know.
"""

from collections import OrderedDict

from attrs import Factory, define, evolve

from gateway_client.ids import GuildId, UserId
from gateway_client.objects import Member, User

MEMBERS_KEPT = 4096
"""People kept by default, over all guilds: about 600 bytes each."""


@define(kw_only=True)
class MembersMet:
    """A bounded map from (guild, user) to the member as last met; members here always have their `user`."""

    limit: int = MEMBERS_KEPT
    _members: OrderedDict[tuple[GuildId, UserId], Member] = Factory(
        OrderedDict[tuple[GuildId, UserId], Member]
    )

    def meet(self, guild_id: GuildId, member: Member, user: User | None = None) -> None:
        """Remember a member; `user` is for payloads that hold the two apart. Without any, nothing is kept."""
        known = user or member.user
        if known is None:
            return
        if member.user is not known or known.member is not None:
            member = evolve(member, user=evolve(known, member=None))
        key = (guild_id, known.id)
        self._members[key] = member
        self._members.move_to_end(key)
        if len(self._members) > self.limit:
            self._members.popitem(last=False)

    def get(self, guild_id: GuildId, user_id: UserId) -> Member | None:
        """The member as last met, or None: never met, forgotten, or gone."""
        return self._members.get((guild_id, user_id))

    def of_guild(self, guild_id: GuildId) -> list[Member]:
        """Everybody of one guild, who was met longest ago first."""
        return [member for (where, _), member in self._members.items() if where == guild_id]

    def forget(self, guild_id: GuildId, user_id: UserId) -> None:
        """The member left the guild."""
        self._members.pop((guild_id, user_id), None)

    def forget_guild(self, guild_id: GuildId) -> None:
        """The bot left the guild."""
        for key in [key for key in self._members if key[0] == guild_id]:
            del self._members[key]

    def __len__(self) -> int:
        return len(self._members)
