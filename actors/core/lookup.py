"""Whom and what a word of a message names: people, roles and channels, by mention, by id or by name.

A name counts only if exactly one fits: the user name first, which is unique, then what people are called
there. Names ignore case and may carry the sign in front (``@``, ``#``). Answers come from the message's own
mentions and the cache, because nothing in the step that reads a message may ask Discord; somebody the bot has
never met there is therefore found by mention only.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from attrs import frozen

from actors.core.arguments import Person
from gateway_client.cache import Cache
from gateway_client.ids import ChannelId, GuildId, RoleId, UserId
from gateway_client.objects import Channel, Member, Message, Role, User

_ID = re.compile(r"\d{15,20}")
_PERSON = re.compile(r"<@!?(\d{1,20})>")
_ROLE = re.compile(r"<@&(\d{1,20})>")
_CHANNEL = re.compile(r"<#(\d{1,20})>")

T = TypeVar("T")


@frozen(kw_only=True)
class Lookup:
    """Finds what words name in one message's guild."""

    cache: Cache
    guild_id: GuildId
    mentioned: Mapping[UserId, User]

    def person(self, word: str, *, by_name: bool = True) -> Person | None:
        """Somebody; without ``by_name`` only by mention or id."""
        user_id = _number(_PERSON, word)
        if user_id is not None:
            user = self.mentioned.get(UserId(user_id))
            return self._named(user) if user else self._met(UserId(user_id))
        if _ID.fullmatch(word):
            return self._met(UserId(int(word)))
        return self._person_called(word.removeprefix("@").casefold()) if by_name else None

    def role(self, word: str, *, by_name: bool = True) -> Role | None:
        """A role of the guild."""
        roles = self.cache.roles(self.guild_id)
        role_id = _number(_ROLE, word) or (int(word) if _ID.fullmatch(word) else None)
        if role_id is not None:
            return next((role for role in roles if role.id == RoleId(role_id)), None)
        name = word.removeprefix("@").casefold()
        return _only(role for role in roles if by_name and role.name.casefold() == name)

    def channel(self, word: str, *, by_name: bool = True) -> Channel | None:
        """A channel of the guild."""
        channel_id = _number(_CHANNEL, word) or (int(word) if _ID.fullmatch(word) else None)
        if channel_id is not None:
            channel = self.cache.channel(ChannelId(channel_id))
            return channel if channel is not None and channel.guild_id == self.guild_id else None
        name = word.removeprefix("#").casefold()
        channels = self.cache.channels(self.guild_id)
        return _only(one for one in channels if by_name and (one.name or "").casefold() == name)

    def _person_called(self, name: str) -> Person | None:
        members = tuple(self.cache.members(self.guild_id))
        found = _only(_users(members, lambda member, user: user.username.casefold() == name)) or _only(
            _users(members, lambda member, user: name in _names(member, user))
        )
        return self._named(found) if found else None

    def _met(self, user_id: UserId) -> Person | None:
        member = self.cache.member(self.guild_id, user_id)
        return self._named(member.user) if member is not None and member.user is not None else None

    def _named(self, user: User) -> Person:
        name = self.cache.member_name(self.guild_id, user.id) or user.display_name
        return Person(id=user.id, name=name, is_bot=user.bot)


def lookup_of(message: Message, cache: Cache) -> Lookup:
    """For the words of one message."""
    mentioned = {user.id: user for user in message.mentions}
    return Lookup(cache=cache, guild_id=message.guild_id or GuildId(0), mentioned=mentioned)


def _number(form: re.Pattern[str], word: str) -> int | None:
    found = form.fullmatch(word)
    return int(found.group(1)) if found else None


def _users(members: Iterable[Member], fits: Callable[[Member, User], bool]) -> list[User]:
    return [member.user for member in members if member.user is not None and fits(member, member.user)]


def _names(member: Member, user: User) -> set[str]:
    return {name.casefold() for name in (member.nick, user.global_name) if name}


def _only(found: Iterable[T]) -> T | None:
    """The one that was found, if it is the only one."""
    everything = tuple(found)
    return everything[0] if len(everything) == 1 else None
