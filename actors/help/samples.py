"""Examples of commands, made from their options: the values are texts, so that every language has its own."""

from collections.abc import Iterable

from actors.core.declare import Command, Option, OptionType
from actors.core.texts import Say

_BY_NAME = {
    "query": "help.sample_query",
    "position": "help.sample_position",
    "time": "help.sample_time",
    "when": "help.sample_when",
    "note": "help.sample_note",
    "reason": "help.sample_reason",
    "url": "help.sample_url",
    "factor": "help.sample_factor",
    "value": "help.sample_value",
    "command": "help.sample_command",
    "text": "help.sample_text",
    "name": "help.sample_name",
}
_BY_TYPE = {
    OptionType.TEXT: "help.sample_words",
    OptionType.INTEGER: "help.sample_integer",
    OptionType.NUMBER: "help.sample_number",
    OptionType.FLAG: "help.sample_flag",
    OptionType.USER: "help.sample_user",
    OptionType.MENTIONABLE: "help.sample_user",
    OptionType.ROLE: "help.sample_role",
    OptionType.CHANNEL: "help.sample_channel",
    OptionType.ATTACHMENT: "help.sample_file",
}


def prefix_example(command: Command, prefix: str, say: Say) -> str:
    """How it may look in a message."""
    shown = _shown(command, command.prefix_options)
    words = [_value(command, option, say) for option in shown if option.type is not OptionType.ATTACHMENT]
    return " ".join((prefix + command.name, *words))


def slash_example(command: Command, say: Say) -> str:
    """How it may look in Discord's own field, with the names of the options."""
    shown = _shown(command, command.options)
    words = [f"{option.name}: {_value(command, option, say)}" for option in shown]
    return " ".join((f"/{command.name}", *words))


def sample(option: Option, say: Say) -> str:
    """A value that the option takes."""
    if option.choices:
        return option.choices[-1]
    if option.type is OptionType.INTEGER and option.minimum is not None:
        return str(int(max(option.minimum, min(2, option.maximum or 2))))
    key = _BY_NAME.get(option.name) if option.type is OptionType.TEXT else None
    return say(key or _BY_TYPE[option.type])


def _value(command: Command, option: Option, say: Say) -> str:
    return command.example.get(option.name) or sample(option, say)


def _shown(command: Command, options: Iterable[Option]) -> list[Option]:
    """What the example names; else what is required, or the first one: all of them would be no example."""
    everything = tuple(options)
    if command.example:
        return [option for option in everything if option.name in command.example]
    return [option for option in everything if option.required] or list(everything[:1])
