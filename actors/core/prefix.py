"""The prefix form of a command: a message's first words → which command is called.

A message is a command if it begins with the guild's prefix or a mention of the bot. Its first words name the
command or an alias, ignoring case; what follows are the arguments, which ``words`` reads.
"""

import re

from attrs import frozen

from actors.core.declare import Command, Option
from actors.core.registry import Registry
from gateway_client.ids import UserId

CHOICES_SHOWN = 4

_MENTION = re.compile(r"<@!?(\d{1,20})>")


@frozen(kw_only=True)
class Call:
    """A command that was called, with the words after its name."""

    command: Command
    rest: str


def strip_prefix(content: str, prefix: str, me: UserId) -> str | None:
    """The text behind the prefix or a mention of the bot; ``None`` if the message is no command."""
    if prefix and content.startswith(prefix):
        return content[len(prefix) :].strip()
    mention = _MENTION.match(content)
    if mention and int(mention.group(1)) == me:
        return content[mention.end() :].strip()
    return None


def find_call(registry: Registry, line: str) -> Call | None:
    """Which command a line calls; ``None`` if its first words name none."""
    found = registry.called(line.split(maxsplit=3))
    if found is None:
        return None
    command, count = found
    rest = line.split(maxsplit=count)[count:]
    return Call(command=command, rest=rest[0] if rest else "")


def usage_line(command: Command, prefix: str) -> str:
    """How a command is written, for example ``!play [query] [file]`` or ``/loop off|track|queue``."""
    options = command.options if prefix == "/" else command.prefix_options
    shown = (_shown(option) for option in options)
    return " ".join((prefix + command.name, *shown))


def family_line(registry: Registry, line: str, prefix: str) -> str | None:
    """How a parent's subcommands are written, for a line that names it and none of them."""
    parent = line.split(maxsplit=1)[0].lower()
    parts = dict.fromkeys(command.name.split(" ")[1] for command in registry.family(parent))
    return f"{prefix}{parent} {'|'.join(parts)}" if parts else None


def _shown(option: Option) -> str:
    word = "|".join(option.choices) if 0 < len(option.choices) <= CHOICES_SHOWN else option.name
    return word if option.required else f"[{word}]"
