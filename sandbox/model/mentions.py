"""Which people and roles a text mentions, within what its author allowed. Pure.

Source: Message resource, section "Allowed Mentions Object".
"""

import re

from attrs import frozen

from gateway_client.ids import RoleId, UserId
from sandbox.model.directory import Directory
from sandbox.model.entities import Channel

_USER = re.compile(r"<@!?(\d{1,20})>")
_ROLE = re.compile(r"<@&(\d{1,20})>")
_EVERYONE = re.compile(r"@(?:everyone|here)\b")


@frozen(kw_only=True)
class AllowedMentions:
    """What may ping. The default is Discord's: everything in the text."""

    parse: frozenset[str] = frozenset({"users", "roles", "everyone"})
    users: frozenset[UserId] = frozenset()
    roles: frozenset[RoleId] = frozenset()
    replied_user: bool = True


EVERYTHING_PINGS = AllowedMentions()


@frozen(kw_only=True)
class Mentions:
    """Who is pinged, in order of the text."""

    users: tuple[UserId, ...] = ()
    roles: tuple[RoleId, ...] = ()
    everyone: bool = False


def find_mentions(directory: Directory, channel: Channel, text: str, allowed: AllowedMentions) -> Mentions:
    """Return who ``text`` pings in ``channel``."""
    users = dict.fromkeys(UserId(int(digits)) for digits in _USER.findall(text))
    roles = dict.fromkeys(RoleId(int(digits)) for digits in _ROLE.findall(text))
    guild = directory.guilds.get(channel.guild_id) if channel.guild_id else None
    return Mentions(
        users=tuple(
            u for u in users if u in directory.users and ("users" in allowed.parse or u in allowed.users)
        ),
        roles=tuple(
            r
            for r in roles
            if guild and r in guild.roles and ("roles" in allowed.parse or r in allowed.roles)
        ),
        everyone="everyone" in allowed.parse and _EVERYONE.search(text) is not None,
    )
