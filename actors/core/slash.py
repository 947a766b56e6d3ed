"""The slash and menu forms of a command: an interaction's data → the command's name and its arguments.

Source: Discord, "Interactions: receiving and responding", "Application Command Data Structure".
"""

from actors.core.arguments import Arguments, Person, Value
from gateway_client.ids import UserId
from gateway_client.objects import (
    ApplicationCommandOptionType as Wire,
)
from gateway_client.objects import (
    InteractionData,
    InteractionOption,
    Resolved,
)

_NESTED = (Wire.SUB_COMMAND, Wire.SUB_COMMAND_GROUP)


def command_name(data: InteractionData) -> str:
    """The whole name, subcommands included: ``gather start``."""
    names = [data.name or ""]
    options = data.options
    while options and options[0].type in _NESTED:
        names.append(options[0].name)
        options = options[0].options
    return " ".join(names)


def leaf_options(data: InteractionData) -> tuple[InteractionOption, ...]:
    """The options that hold values."""
    options = data.options
    while options and options[0].type in _NESTED:
        options = options[0].options
    return options


def read_arguments(data: InteractionData) -> Arguments:
    """The values of a slash call; what Discord did not resolve is absent."""
    values: dict[str, Value] = {}
    for option in leaf_options(data):
        value = _value(option, data.resolved)
        if value is not None:
            values[option.name] = value
    return Arguments(values)


def focused_option(data: InteractionData) -> InteractionOption | None:
    """The option that is being typed, in an autocompletion."""
    return next((option for option in leaf_options(data) if option.focused), None)


def read_target(data: InteractionData) -> Person | None:
    """The person whose context menu was used."""
    return None if data.target_id is None else _person(str(data.target_id), data.resolved)


def _value(option: InteractionOption, resolved: Resolved) -> Value | None:
    match option.type:
        case Wire.USER:
            return _person(str(option.value), resolved)
        case Wire.ROLE:
            return resolved.roles.get(str(option.value))
        case Wire.MENTIONABLE:
            return _person(str(option.value), resolved) or resolved.roles.get(str(option.value))
        case Wire.CHANNEL:
            return resolved.channels.get(str(option.value))
        case Wire.ATTACHMENT:
            return resolved.attachments.get(str(option.value))
        case _:
            return option.value


def _person(key: str, resolved: Resolved) -> Person | None:
    user = resolved.users.get(key)
    if user is None:
        return None
    member = resolved.members.get(key)
    name = (member.nick if member else None) or user.display_name
    return Person(id=UserId(user.id), name=name, is_bot=user.bot)
