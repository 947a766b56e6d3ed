"""Who looks at which list: what a pager and a picker have in common, however they show theirs.

Frozen values, and the step from their first stored form, in which all this stood among a list's own values.
"""

from attrs import frozen

from actors.core.address import Address
from actors.core.pages import OpenPages, OpenPicker
from gateway_client.ids import ChannelId, GuildId, MessageId, UserId


@frozen(kw_only=True)
class Viewing:
    """One person's look at one list; ``query`` is the source's own word for which list it is."""

    source: Address
    query: str
    owner: UserId
    guild_id: GuildId


@frozen(kw_only=True)
class Posted:
    """It is in the channel as this message."""

    channel_id: ChannelId
    message_id: MessageId


def viewing_of(wish: OpenPages | OpenPicker) -> Viewing:
    """Who asked for what."""
    return Viewing(source=wish.source, query=wish.query, owner=wish.owner, guild_id=wish.facts.guild_id)


def upgrade_viewing(flat: dict[str, object]) -> dict[str, object]:
    """Schema 1 of a stored pager or picker → schema 2."""
    source = {"kind": flat["source_kind"], "key": flat["source_key"]}
    place = {"channel_id": flat["channel_id"], "message_id": flat["message_id"]}
    return {
        **flat,
        "viewing": {"source": source, **{name: flat[name] for name in ("query", "owner", "guild_id")}},
        "place": None if flat["message_id"] is None else place,
    }
