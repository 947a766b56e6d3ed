"""The book of all commands: found by any of their names, ordered by group, cut into pages. Pure."""

from collections.abc import Iterable

from attrs import frozen

from actors.core.declare import Command

GROUPS = (
    "play",
    "control",
    "queue",
    "library",
    "playlists",
    "gather",
    "reputation",
    "reminders",
    "members",
    "server",
)
PER_PAGE = 12
"""Lines with usage and description: a page fits a screen, and stays far from an embed's 4,096 characters."""


@frozen(kw_only=True)
class Section:
    """Some commands of one group, on one page."""

    group: str
    commands: tuple[Command, ...]


@frozen
class Book:
    """All commands."""

    commands: tuple[Command, ...]

    def find(self, words: str) -> tuple[Command, ...]:
        """The command of that name or alias, or all subcommands of a parent; none if nothing fits."""
        name = " ".join(words.lower().lstrip("/").split())
        for command in self.commands:
            menu = command.menu.name.lower() if command.menu else None
            if name in {command.name, menu, *command.aliases}:
                return (command,)
        return (
            tuple(command for command in self.commands if command.name.startswith(f"{name} ")) if name else ()
        )

    def names_like(self, typed: str) -> list[str]:
        """Names that hold what was typed: those that begin with it first."""
        wanted = " ".join(typed.lower().lstrip("/").split())
        names = [command.name for command in self.commands if wanted in command.name]
        by_alias = [
            command.name for command in self.commands if any(wanted in alias for alias in command.aliases)
        ]
        ordered = sorted(names, key=lambda name: not name.startswith(wanted))
        return list(dict.fromkeys((*ordered, *by_alias)))

    def pages(self) -> tuple[tuple[Section, ...], ...]:
        """Every command once, group by group; a group longer than a page is torn in equal parts."""
        pages: list[tuple[Section, ...]] = []
        page: list[Section] = []
        room = PER_PAGE
        for section in self._sections():
            if len(section.commands) > room and page:
                pages.append(tuple(page))
                page, room = [], PER_PAGE
            page.append(section)
            room -= len(section.commands)
        return (*pages, tuple(page))

    def _sections(self) -> Iterable[Section]:
        grouped: dict[str, list[Command]] = {group: [] for group in GROUPS}
        for command in self.commands:
            grouped.setdefault(command.group, []).append(command)
        for group, members in grouped.items():
            parts = -(-len(members) // PER_PAGE)
            for part in range(parts):
                start, end = len(members) * part // parts, len(members) * (part + 1) // parts
                yield Section(group=group, commands=tuple(members[start:end]))
