"""The values that a person gave to a command, the same for the slash and the prefix form."""

from collections.abc import Mapping

from attrs import frozen

from actors.core.texts import Text
from gateway_client.ids import UserId
from gateway_client.objects import Attachment, Channel, Role


class Usage(Exception):
    """The arguments do not fit; ``reason`` says why, without it the usage line speaks for itself."""

    def __init__(self, reason: Text | None = None) -> None:
        super().__init__(reason.key if reason else "usage")
        self.reason = reason


@frozen(kw_only=True)
class Person:
    """A user who was named in an option."""

    id: UserId
    name: str
    is_bot: bool = False


Value = str | int | float | bool | Person | Role | Channel | Attachment


@frozen
class Arguments:
    """Values by option name; an option that was left out is absent."""

    values: Mapping[str, Value]

    def text(self, name: str) -> str | None:
        """A text option, stripped; ``None`` if it is absent or blank."""
        value = self.values.get(name)
        return (str(value).strip() or None) if isinstance(value, str) else None

    def integer(self, name: str) -> int | None:
        """An integer option."""
        value = self.values.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def number(self, name: str) -> float | None:
        """A number option, with or without a fraction."""
        value = self.values.get(name)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def flag(self, name: str) -> bool | None:
        """An on/off option; ``None`` means: toggle."""
        value = self.values.get(name)
        return value if isinstance(value, bool) else None

    def person(self, name: str) -> Person | None:
        """A user option."""
        value = self.values.get(name)
        return value if isinstance(value, Person) else None

    def people(self, *names: str) -> tuple[Person, ...]:
        """The people of several options, in order, each once."""
        found = {person.id: person for person in map(self.person, names) if person is not None}
        return tuple(found.values())

    def role(self, name: str) -> Role | None:
        """A role option."""
        value = self.values.get(name)
        return value if isinstance(value, Role) else None

    def mentionable(self, name: str) -> Person | Role | None:
        """An option that takes a person or a role."""
        value = self.values.get(name)
        return value if isinstance(value, Person | Role) else None

    def channel(self, name: str) -> Channel | None:
        """A channel option."""
        value = self.values.get(name)
        return value if isinstance(value, Channel) else None

    def attachment(self, name: str) -> Attachment | None:
        """A file option."""
        value = self.values.get(name)
        return value if isinstance(value, Attachment) else None
