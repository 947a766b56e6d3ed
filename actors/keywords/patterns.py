"""Patterns whose matching takes time in proportion to the text, whatever they look like.

The only module that knows the engine. It has no backtracking, so neither look-around nor back-references, and
says so of a pattern that wants them. Memory is bounded per pattern; a pattern that would need more is refused
or matched more slowly, still in linear time.

Source: google/re2, "Syntax" and "re2.h", section "Memory budget".
"""

from typing import Protocol, cast

import re2

MEMORY_BYTES = 1 << 20


class BadPattern(Exception):
    """The engine does not take a pattern; the text is its own reason."""


class Pattern(Protocol):
    """A compiled pattern."""

    def search(self, text: str) -> object | None:
        """Something if it matches anywhere, else None."""
        ...


class _Options(Protocol):
    max_mem: int
    log_errors: bool


class _Engine(Protocol):
    error: type[Exception]

    def Options(self) -> _Options: ...  # noqa: N802 - the engine's name

    def compile(self, pattern: str, options: _Options) -> Pattern: ...


_ENGINE = cast("_Engine", re2)


def compile_pattern(words: str) -> Pattern:
    """Compile what somebody wrote.

    Raises:
        BadPattern: with the engine's reason.
    """
    options = _ENGINE.Options()
    options.max_mem = MEMORY_BYTES
    options.log_errors = False
    try:
        return _ENGINE.compile(words, options)
    except _ENGINE.error as error:
        raise BadPattern(_reason(error)) from error


def _reason(error: Exception) -> str:
    reason: object = error.args[0] if error.args else ""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
