"""Writes the README's tables and its invitation anew from the declarations: ``python -m tests.readme``."""

import re
from pathlib import Path
from typing import Final

from actors.help.state import Book
from actors.help.table import commands_table
from actors.settings.table import settings_table
from cli.invitation import invite_url, needs_table
from cli.slices import SETTINGS, catalogue
from tests.declared import declared_registry

README: Final = Path(__file__).resolve().parents[1] / "README.md"
TABLES: Final = ("permissions", "commands", "settings")
INVITATION: Final = re.compile(r"https://discord\.com/oauth2/authorize\?\S+")


def wanted(table: str) -> str:
    """A table as the declarations have it."""
    if table == "permissions":
        return needs_table() + "\n"
    say = catalogue().speaker()
    if table == "settings":
        return settings_table(SETTINGS, say) + "\n"
    return commands_table(Book(tuple(declared_registry().commands)), say) + "\n"


def _cut(text: str, table: str) -> tuple[str, str, str]:
    """What stands before the table, the table, and what stands behind it, markers included."""
    begin, end = f"<!-- {table} -->\n", f"<!-- /{table} -->\n"
    before, rest = text.split(begin, 1)
    inside, after = rest.split(end, 1)
    return before + begin, inside, end + after


def shown(table: str) -> str:
    """A table as the README has it."""
    return _cut(README.read_text("utf-8"), table)[1]


def shown_invitations() -> list[str]:
    """The addresses in the README at which the bot is invited."""
    return INVITATION.findall(README.read_text("utf-8"))


def write() -> None:
    """Put the invitation and the tables of the declarations into the README."""
    text = README.read_text("utf-8")
    README.write_text(INVITATION.sub(invite_url("APPLICATION_ID"), text), "utf-8")
    for table in TABLES:
        before, _, after = _cut(README.read_text("utf-8"), table)
        README.write_text(before + wanted(table) + after, "utf-8")


if __name__ == "__main__":
    write()
