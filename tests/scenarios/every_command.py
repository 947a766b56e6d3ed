"""What a step of the whole story is: somebody does something, reads an answer, and it had its effect.

A story is a table of such steps. It is played in a server of its own for each form, slash and prefix; what is
read is compared with the table and, between the forms, word by word. Names in braces stand for what each
server calls its own: ``{ben}``, ``{lounge}``, ``{reminder}``; `every_command_place` knows them.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from attrs import field, frozen

if TYPE_CHECKING:
    from tests.scenarios.every_command_place import Place

Option: TypeAlias = str | int | bool
Sees: TypeAlias = "str | re.Pattern[str] | None"
"""The whole answer, a pattern of the whole answer, or nothing at all."""
Check: TypeAlias = "Callable[[Place], Awaitable[None]]"
"""Raises where the effect did not come."""


@frozen(kw_only=True)
class Run:
    """A command: as a slash command, or written with the prefix.

    Attributes:
        files: the option that takes a file → the name of one that the place has.
        alias: what the written form calls it by.
        written: the words behind the name, where they are others than the options in their order.
    """

    name: str
    options: Mapping[str, Option] = field(factory=dict[str, Option])
    files: Mapping[str, str] = field(factory=dict[str, str])
    alias: str = ""
    written: str | None = None


@frozen(kw_only=True)
class Use:
    """An entry of a person's context menu; no prefix form exists."""

    menu: str
    on: str


@frozen(kw_only=True)
class Press:
    """A button of the newest message that has it; several alike are told apart by their label."""

    kind: str
    verb: str
    label: str = ""


@frozen(kw_only=True)
class Fill:
    """The form that the deed before has opened, filled in and sent."""

    values: Mapping[str, str]


@frozen(kw_only=True)
class Type:
    """Words typed into an option of a slash command, and one of the choices that are offered then."""

    name: str
    option: str
    words: str
    offers: str
    options: Mapping[str, Option] = field(factory=dict[str, Option])


Deed: TypeAlias = Run | Use | Press | Fill | Type


@frozen(kw_only=True)
class Step:
    """One row of a story; ``by`` is who does it."""

    deed: Deed
    sees: Sees = None
    then: "Check | None" = None
    by: str = "ada"


def run(
    name: str,
    options: Mapping[str, Option] | None = None,
    sees: Sees = None,
    then: "Check | None" = None,
    *,
    files: Mapping[str, str] | None = None,
    alias: str = "",
    written: str | None = None,
    by: str = "ada",
) -> Step:
    """A row for a command."""
    deed = Run(name=name, options=options or {}, files=files or {}, alias=alias, written=written)
    return Step(deed=deed, sees=sees, then=then, by=by)


def press(
    kind: str, verb: str, sees: Sees = None, then: "Check | None" = None, *, label: str = "", by: str = "ada"
) -> Step:
    """A row for a button."""
    return Step(deed=Press(kind=kind, verb=verb, label=label), sees=sees, then=then, by=by)


def types(name: str, option: str, words: str, offers: str, /, **options: Option) -> Step:
    """A row for an option with autocomplete; ``options`` are the others that are filled in already."""
    return Step(deed=Type(name=name, option=option, words=words, offers=offers, options=options))


def like(pattern: str) -> re.Pattern[str]:
    """A pattern of a whole answer, line breaks included.

    Between the forms its groups are compared; without groups the whole answer is, but for its numbers.
    """
    return re.compile(pattern, re.DOTALL)


def commands_of(stories: Sequence[Sequence[Step]]) -> set[str]:
    """Which commands have a row."""
    return {step.deed.name for story in stories for step in story if isinstance(step.deed, Run)}


def menus_of(stories: Sequence[Sequence[Step]]) -> set[str]:
    """Which context menu entries have a row."""
    return {step.deed.menu for story in stories for step in story if isinstance(step.deed, Use)}


def presses_of(stories: Sequence[Sequence[Step]]) -> set[tuple[str, str]]:
    """Which buttons have a row, by kind and verb."""
    presses = (step.deed for story in stories for step in story if isinstance(step.deed, Press))
    return {(deed.kind, deed.verb) for deed in presses}


def typed_of(stories: Sequence[Sequence[Step]]) -> set[tuple[str, str]]:
    """Which options with autocomplete have a row, by command and option."""
    typed = (step.deed for story in stories for step in story if isinstance(step.deed, Type))
    return {(deed.name, deed.option) for deed in typed}
