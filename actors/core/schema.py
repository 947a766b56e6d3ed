"""From declarations to the commands that Discord is told about."""

from collections.abc import Iterable

from actors.core.declare import Command, Option, OptionType
from actors.core.texts import Say
from actors.rest import payloads

_TYPES = {
    OptionType.TEXT: payloads.OptionType.STRING,
    OptionType.INTEGER: payloads.OptionType.INTEGER,
    OptionType.FLAG: payloads.OptionType.BOOLEAN,
    OptionType.USER: payloads.OptionType.USER,
    OptionType.ATTACHMENT: payloads.OptionType.ATTACHMENT,
}


def to_registration(commands: Iterable[Command], say: Say) -> tuple[payloads.Command, ...]:
    """The commands of one bulk overwrite; subcommands are gathered under their parent, in order.

    Raises:
        PayloadError: a declaration breaks one of Discord's limits.
    """
    grouped: dict[str, list[Command]] = {}
    for command in commands:
        grouped.setdefault(command.name.split(" ", 1)[0], []).append(command)
    return tuple(_top(name, members, say) for name, members in grouped.items())


def _top(name: str, members: list[Command], say: Say) -> payloads.Command:
    first = members[0]
    if first.name == name:
        options = _options(first, say)
        return payloads.Command(name=name, description=say(f"{first.text_key}.description"), options=options)
    subcommands = tuple(_subcommand(command, say) for command in members)
    return payloads.Command(name=name, description=say(f"commands.{name}.description"), options=subcommands)


def _subcommand(command: Command, say: Say) -> payloads.CommandOption:
    return payloads.CommandOption(
        name=command.name.split(" ", 1)[1],
        description=say(f"{command.text_key}.description"),
        type=payloads.OptionType.SUB_COMMAND,
        options=_options(command, say),
    )


def _options(command: Command, say: Say) -> tuple[payloads.CommandOption, ...]:
    ordered = sorted(command.options, key=lambda option: not option.required)
    return tuple(_option(option, command, say) for option in ordered)


def _option(option: Option, command: Command, say: Say) -> payloads.CommandOption:
    return payloads.CommandOption(
        name=option.name,
        description=say(f"{command.text_key}.{option.name}"),
        type=_TYPES[option.type],
        required=option.required,
        autocomplete=option.autocomplete,
        choices=tuple(payloads.Choice(choice, choice) for choice in option.choices),
        min_value=option.minimum,
        max_value=option.maximum,
    )
