"""An emoji as people write it, and its two forms on the wire.

Settings and buttons carry an emoji as text: unicode (``⏳``) or custom (``<:name:1>``, ``<a:name:1>``,
``name:1``). Components want an object, reactions want a path segment. Imports only ``ids`` and ``errors``.

Source: Discord, "Emoji" resource, section "Emoji Object"; "Message" resource, "Create Reaction".
"""

import re
from typing import Self

import attrs

from actors.rest.errors import PayloadError
from gateway_client.ids import EmojiId, MessageId

_UNICODE_LIMIT = 24
"""Characters of one emoji; a family of four with skin tones has eleven, a flag of a region seven."""
_KEYCAP = "\u20e3"
_VARIATION = "\ufe0f"
"""Asks for the coloured picture; the reaction is the same one without it."""

_CUSTOM = re.compile(r"<?(?P<animated>a)?:?(?P<name>\w{2,32}):(?P<id>\d{1,20})>?")


@attrs.frozen(kw_only=True)
class Emoji:
    """One emoji: ``id`` is None for unicode."""

    name: str
    id: EmojiId | None = None
    animated: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the form that people write.

        Raises:
            PayloadError: empty text.

        """
        if not text.strip():
            raise PayloadError("an emoji is empty")
        custom = _CUSTOM.fullmatch(text.strip())
        if custom is None:
            return cls(name=text.strip())
        return cls(
            name=custom["name"], id=EmojiId(int(custom["id"])), animated=custom["animated"] is not None
        )


def to_wire_emoji(text: str) -> dict[str, object]:
    """Give the object form that components carry."""
    emoji = Emoji.parse(text)
    if emoji.id is None:
        return {"name": emoji.name}
    return {"name": emoji.name, "id": str(emoji.id)}


def to_path_emoji(text: str) -> str:
    """Give the parameter of a reaction route, not yet percent-encoded."""
    emoji = Emoji.parse(text)
    return emoji.name if emoji.id is None else f"{emoji.name}:{emoji.id}"


def emoji_key(text: str) -> str:
    """Give what tells two reactions of one message apart: a custom emoji may be renamed, but keeps its id."""
    emoji = Emoji.parse(text)
    return emoji.name.replace(_VARIATION, "") if emoji.id is None else str(emoji.id)


def looks_like_emoji(text: str) -> bool:
    """Tell whether Discord may take this as a reaction; whether it knows the emoji only Discord can say."""
    try:
        emoji = Emoji.parse(text)
    except PayloadError:
        return False
    if emoji.id is not None:
        return True
    plain = len(emoji.name) <= _UNICODE_LIMIT and not any(char.isspace() for char in emoji.name)
    if _KEYCAP in emoji.name:
        return plain
    return plain and not any(char.isascii() or char.isalnum() for char in emoji.name)


@attrs.frozen(kw_only=True)
class Reaction:
    """One reaction of ours as it shall be: there or not. ``emoji`` is as people write it."""

    message_id: MessageId
    emoji: str
    present: bool
