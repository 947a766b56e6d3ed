"""From declarations to the commands that Discord is told about.

A command with spaces in its name is a subcommand, with two of them a subcommand of a group; its parents are
gathered here. A context menu entry is a command of its own. Descriptions carry their translations.

Source: Discord, "Application Commands", sections "Subcommands and Subcommand Groups" and "Localization".
"""

from collections.abc import Iterable, Mapping

from attrs import field, frozen

from actors.core.access import Rule
from actors.core.declare import Command, Option, OptionType
from actors.core.texts import Say
from actors.rest import payloads
from gateway_client.objects import Permissions

_TYPES = {
    OptionType.TEXT: payloads.OptionType.STRING,
    OptionType.INTEGER: payloads.OptionType.INTEGER,
    OptionType.NUMBER: payloads.OptionType.NUMBER,
    OptionType.FLAG: payloads.OptionType.BOOLEAN,
    OptionType.USER: payloads.OptionType.USER,
    OptionType.ROLE: payloads.OptionType.ROLE,
    OptionType.MENTIONABLE: payloads.OptionType.MENTIONABLE,
    OptionType.CHANNEL: payloads.OptionType.CHANNEL,
    OptionType.ATTACHMENT: payloads.OptionType.ATTACHMENT,
}
_PERMISSIONS = {
    Rule.EVERYONE: None,
    Rule.DJ: None,  # a role that Discord cannot know
    Rule.MANAGER: Permissions.MANAGE_GUILD,
    Rule.BOT_OWNER: Permissions(0),  # administrators see it, and whom they allow; the prefix form is open
}


def to_registration(
    commands: Iterable[Command], say: Say, others: Mapping[str, Say] | None = None
) -> tuple[payloads.Command, ...]:
    """The commands of one bulk overwrite, in order; context menus come last.

    Args:
        commands: every declaration.
        say: the words for everybody.
        others: the words for people whose client speaks another language, by Discord's locale.

    Raises:
        PayloadError: a declaration breaks one of Discord's limits.
    """
    everything = tuple(commands)
    words = _Words(say, others or {})
    grouped: dict[str, list[Command]] = {}
    for command in everything:
        grouped.setdefault(command.name.split(" ", 1)[0], []).append(command)
    menus = tuple(_menu(command.menu.name, command) for command in everything if command.menu)
    return (*(_top(name, members, words) for name, members in grouped.items()), *menus)


@frozen
class _Words:
    """Descriptions in every language."""

    say: Say
    others: Mapping[str, Say] = field(factory=dict[str, Say])

    def everywhere(self, key: str) -> dict[str, str]:
        return {language: say(key) for language, say in self.others.items()}


def _top(name: str, members: list[Command], words: _Words) -> payloads.Command:
    first = members[0]
    alone = first.name == name
    key = f"commands.{name}.description"
    return payloads.Command(
        name=name,
        description=words.say(key),
        description_localizations=words.everywhere(key),
        options=_options(first, words) if alone else _parts(name, members, words),
        default_member_permissions=_permissions(members),
    )


def _parts(parent: str, members: list[Command], words: _Words) -> tuple[payloads.CommandOption, ...]:
    """What is inside a command or a group: subcommands, and groups of them, in order of their first one."""
    grouped: dict[str, list[Command]] = {}
    for command in members:
        name = command.name.removeprefix(f"{parent} ")
        grouped.setdefault(name.split(" ", 1)[0], []).append(command)
    return tuple(_part(f"{parent} {name}", inside, words) for name, inside in grouped.items())


def _part(name: str, members: list[Command], words: _Words) -> payloads.CommandOption:
    first = members[0]
    alone = first.name == name
    key = f"commands.{name.replace(' ', '_')}.description"
    return payloads.CommandOption(
        name=name.rsplit(" ", 1)[1],
        description=words.say(key),
        description_localizations=words.everywhere(key),
        type=payloads.OptionType.SUB_COMMAND if alone else payloads.OptionType.SUB_COMMAND_GROUP,
        options=_options(first, words) if alone else _parts(name, members, words),
    )


def _menu(name: str, command: Command) -> payloads.Command:
    return payloads.Command(
        name=name,
        type=payloads.CommandType.USER,
        default_member_permissions=_permissions([command]),
    )


def _permissions(members: list[Command]) -> int | None:
    """Discord knows one for a command and all its subcommands: the one that they share, or none."""
    asked = {
        _PERMISSIONS[command.rule] if command.permissions is None else command.permissions
        for command in members
    }
    only = asked.pop()
    return None if asked or only is None else int(only)


def _options(command: Command, words: _Words) -> tuple[payloads.CommandOption, ...]:
    ordered = sorted(command.options, key=lambda option: not option.required)
    return tuple(_option(option, command, words) for option in ordered)


def _option(option: Option, command: Command, words: _Words) -> payloads.CommandOption:
    key = f"{command.text_key}.{option.name}"
    return payloads.CommandOption(
        name=option.name,
        description=words.say(key),
        description_localizations=words.everywhere(key),
        type=_TYPES[option.type],
        required=option.required,
        autocomplete=option.autocomplete,
        choices=tuple(payloads.Choice(choice, choice) for choice in option.choices),
        min_value=option.minimum,
        max_value=option.maximum,
        max_length=option.max_length,
        channel_types=tuple(int(kind) for kind in option.channel_types),
    )
