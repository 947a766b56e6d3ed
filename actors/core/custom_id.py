"""The one place that writes and reads a component's ``custom_id``.

The form is ``kind:version:key:verb[:argument]``. Kind and key are the address, so that a button finds its
actor after any restart; the version lets a slice tell the buttons of an older release from today's. A
``custom_id`` is text that any client can send: whatever it claims is checked again by ``access`` and by the
actor.

Source: Discord component reference, "Custom ID": 1 to 100 characters.
"""

from attrs import frozen

from actors.core.address import Address

LIMIT = 100


@frozen(kw_only=True)
class CustomId:
    """A parsed ``custom_id``."""

    address: Address
    version: int
    verb: str
    argument: str = ""

    def to_wire(self) -> str:
        """The wire form.

        Raises:
            ValueError: a part holds a colon or the whole is longer than 100 characters.
        """
        head = (self.address.kind, str(self.version), str(self.address.key), self.verb)
        if any(":" in part or not part for part in head):
            raise ValueError(f"a custom_id part is empty or holds a colon: {head}")
        text = ":".join((*head, self.argument) if self.argument else head)
        if len(text) > LIMIT:
            raise ValueError(f"a custom_id has {len(text)} characters, {LIMIT} are allowed")
        return text


def parse_custom_id(text: str) -> CustomId | None:
    """Read a wire form; ``None`` if it is not one of ours."""
    parts = text.split(":", 4)
    if len(parts) < 4:
        return None
    kind, version, key, verb = parts[:4]
    if not (kind and verb and _is_number(version) and _is_number(key)):
        return None
    argument = parts[4] if len(parts) == 5 else ""
    return CustomId(address=Address(kind, int(key)), version=int(version), verb=verb, argument=argument)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 20
