"""The decisions of the library: which file is meant, and how a question is remembered. Pure.

- No name (where that is allowed) stands for all files, else a name for those that match it.
- None: a sentence; one: it is that; several: the person picks.
- A picker keeps the question in words that are read back after a restart: ``play``, ``remove``, ``rename``
  with the new name.
"""

from collections.abc import Sequence
from typing import assert_never

from attrs import frozen

from actors.core.texts import Text, text
from actors.library.messages import Named, PlayFile, Remove, Rename

_PLAY, _REMOVE, _RENAME = "play", "remove", "rename"


@frozen
class Meant:
    """It is this file."""

    name: str


@frozen(kw_only=True)
class Ambiguous:
    """It is one of these."""

    names: tuple[str, ...]


@frozen
class Nothing:
    """There is no such file."""

    reason: Text


Choice = Meant | Ambiguous | Nothing


def asked_for(command: Named) -> str | None:
    """The name that was typed; ``None`` where any file will do."""
    return command.name if isinstance(command, PlayFile) else command.track


def choose(typed: str | None, names: Sequence[str]) -> Choice:
    """What a name means.

    Args:
        typed: as somebody typed it; ``None`` for any.
        names: what it matches.
    """
    if typed is None:
        return Ambiguous(names=tuple(names)) if names else Nothing(text("library.empty"))
    if not names:
        return Nothing(text("library.no_such_file", name=typed))
    return Meant(names[0]) if len(names) == 1 else Ambiguous(names=tuple(names))


def to_query(command: Named) -> str:
    """A question in words."""
    match command:
        case PlayFile():
            return _PLAY
        case Remove():
            return _REMOVE
        case Rename(to=to):
            return f"{_RENAME} {to}"
        case _:
            assert_never(command)


def parse_query(query: str, name: str) -> Named:
    """A question about the file that was picked.

    Raises:
        ValueError: it is none.
    """
    word, _, rest = query.partition(" ")
    match word:
        case "play":
            return PlayFile(name)
        case "remove":
            return Remove(name)
        case "rename":
            return Rename(track=name, to=rest)
        case _:
            raise ValueError(f"the library never asked {query!r}")
