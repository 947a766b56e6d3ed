"""Where a message to an actor goes.

An address is a kind and a key. The kind names the slice (``player``, ``pager``), the key names the one actor
of it: a guild for the player and the gather, a snowflake of its own for a paginated message. An address never
expires; whether somebody lives there is the supervisor's business.
"""

from attrs import frozen

from gateway_client.ids import GuildId


@frozen
class Address:
    """The name of one actor, for example ``player:81384788765712384``."""

    kind: str
    key: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.key}"


def of_guild(kind: str, guild_id: GuildId) -> Address:
    """The one actor of a kind that a guild has."""
    return Address(kind, guild_id)
