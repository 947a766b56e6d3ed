"""Every declaration of every slice, found by name: the one table that routing, schema and help read."""

from typing import TypeVar

from attrs import define, field

from actors.core.custom_id import CustomId
from actors.core.declare import Command, Component, Slice

K = TypeVar("K")
V = TypeVar("V")

NAME_WORDS = 3
"""A command, a group in it, a subcommand in that: Discord's nesting goes no deeper."""


@define(eq=False)
class Registry:
    """The slices of this program.

    Raises:
        ValueError: two slices claim the same kind, command, alias or verb.
    """

    slices: tuple[Slice, ...]
    _by_kind: dict[str, Slice] = field(factory=dict[str, Slice], init=False)
    _commands: dict[str, Command] = field(factory=dict[str, Command], init=False)
    _aliases: dict[str, Command] = field(factory=dict[str, Command], init=False)
    _menus: dict[str, Command] = field(factory=dict[str, Command], init=False)
    _owners: dict[str, Slice] = field(factory=dict[str, Slice], init=False)
    _components: dict[tuple[str, str], Component] = field(
        factory=dict[tuple[str, str], Component], init=False
    )

    def __attrs_post_init__(self) -> None:
        for part in self.slices:
            _add(self._by_kind, part.kind, part)
            for command in part.commands:
                _add(self._commands, command.name, command)
                self._owners[command.name] = part
                for alias in command.aliases:
                    _add(self._aliases, alias, command)
                if command.menu is not None:
                    _add(self._menus, command.menu.name, command)
            for component in part.components:
                _add(self._components, (part.kind, component.verb), component)
        for alias in self._aliases.keys() & self._commands.keys():
            raise ValueError(f"an alias is a command too: {alias}")

    @property
    def commands(self) -> tuple[Command, ...]:
        """Every command, in the order of declaration."""
        return tuple(self._commands.values())

    def slice_of(self, kind: str) -> Slice | None:
        """Who owns a kind of address."""
        return self._by_kind.get(kind)

    def owner_of(self, command: Command) -> Slice:
        """Who declared a command."""
        return self._owners[command.name]

    def command(self, name: str) -> Command | None:
        """A command by its slash name."""
        return self._commands.get(name)

    def menu(self, name: str) -> Command | None:
        """A command by its entry in the context menu of people."""
        return self._menus.get(name)

    @property
    def request_command(self) -> Command | None:
        """What a plain message in the request channel calls."""
        return next((command for command in self._commands.values() if command.takes_requests), None)

    def named(self, words: str) -> Command | None:
        """A command by its name or an alias, ignoring case."""
        name = " ".join(words.lower().split())
        return self._commands.get(name) or self._aliases.get(name)

    def called(self, words: list[str]) -> tuple[Command, int] | None:
        """The command that a prefix message calls and how many words its name takes; longest name first."""
        for count in range(min(len(words), NAME_WORDS), 0, -1):
            command = self.named(" ".join(words[:count]))
            if command is not None:
                return command, count
        return None

    def family(self, parent: str) -> tuple[Command, ...]:
        """The subcommands of a parent, ignoring case; none if nothing is called so."""
        start = parent.lower() + " "
        return tuple(command for name, command in self._commands.items() if name.startswith(start))

    def component(self, custom_id: CustomId) -> Component | None:
        """What a press means; ``None`` for an unknown kind or verb, or another version of the slice."""
        part = self._by_kind.get(custom_id.address.kind)
        if part is None or part.version != custom_id.version:
            return None
        return self._components.get((part.kind, custom_id.verb))


def _add(table: dict[K, V], key: K, value: V) -> None:
    if key in table:
        raise ValueError(f"declared twice: {key}")
    table[key] = value
