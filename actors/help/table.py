"""The table of all commands for people who read before they start: Markdown, from the declarations.

Imports the core and ``state``; pure.
"""

from actors.core.declare import Command
from actors.core.prefix import usage_line
from actors.core.texts import Say
from actors.help.state import Book
from actors.help.view import TITLES


def commands_table(book: Book, say: Say) -> str:
    """One row for each command, with a row above each group."""
    lines = ["| command | what it does |", "| --- | --- |"]
    group = ""
    for section in (section for page in book.pages() for section in page):
        if section.group != group:
            group = section.group
            lines.append(f"| **{say(TITLES[group])}** | |")
        lines += [_row(command, say) for command in section.commands]
    return "\n".join(lines)


def _row(command: Command, say: Say) -> str:
    usage = usage_line(command, "").replace("|", "\\|")
    aliases = ", ".join(f"`!{alias}`" for alias in command.aliases)
    menu = f", **{command.menu.name}** in a person's menu" if command.menu is not None else ""
    shown = f"`{usage}`" + (f" ({aliases})" if aliases else "") + menu
    return f"| {shown} | {say(command.text_key + '.description')} |"
