r"""The file ``.env``: lines of ``KEY=value``, read into a mapping; nothing is expanded and nothing is run.

May import nothing of ours.

Rules, the common subset of what such files mean elsewhere: blank lines and ``#`` lines are skipped;
``export`` in front is allowed; single quotes keep everything as it is; double quotes know ``\n``, ``\t``,
``\"``, ``\$`` and ``\\``; without quotes the value ends at `` #`` and loses the space around it; the last of
two equal keys wins. A line that is none of these is left out and its number reported, never its text: it
may hold a token.
"""

import re
from typing import Final

from attrs import frozen

NAME: Final = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)\Z", re.DOTALL)
SINGLE: Final = re.compile(r"'([^']*)'\s*(?:#.*)?\Z")
DOUBLE: Final = re.compile(r'"((?:[^"\\]|\\.)*)"\s*(?:#.*)?\Z')
COMMENT: Final = re.compile(r"(?:^|\s)#.*\Z")
ESCAPE: Final = re.compile(r"\\(.)")
ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "$": "$"}


@frozen(kw_only=True)
class DotEnv:
    """What a file says: its values, and the numbers (from 1) of the lines that say nothing understandable."""

    values: dict[str, str]
    bad_lines: tuple[int, ...]


def parse_dot_env(text: str) -> DotEnv:
    """Read a whole file; a byte order mark in front is ignored."""
    values: dict[str, str] = {}
    bad_lines: list[int] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        found = NAME.match(stripped)
        value = parse_value(found[2]) if found else None
        if found is None or value is None:
            bad_lines.append(number)
        else:
            values[found[1]] = value
    return DotEnv(values=values, bad_lines=tuple(bad_lines))


def parse_value(text: str) -> str | None:
    """What stands after the ``=``; None if a quote does not close or something follows it."""
    if text.startswith("'"):
        found = SINGLE.match(text)
        return found[1] if found else None
    if text.startswith('"'):
        found = DOUBLE.match(text)
        return ESCAPE.sub(lambda mark: ESCAPED.get(mark[1], mark[0]), found[1]) if found else None
    return COMMENT.sub("", text).strip()
