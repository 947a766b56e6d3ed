"""An emoji as people write it, and its two forms on the wire.

Settings and buttons carry an emoji as text: unicode (``⏳``) or custom (``<:name:1>``, ``<a:name:1>``,
``name:1``). Components want an object, reactions want a path segment. Imports only ``ids`` and ``errors``.

Source: Discord, "Emoji" resource, section "Emoji Object"; "Message" resource, "Create Reaction".
"""

import re
from typing import Self

import attrs

from actors.rest.errors import PayloadError
from gateway_client.ids import EmojiId

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
