"""Options of a command and the choices they offer: values within Discord's limits, and their wire form.

A value that exists is valid. Imports ``checks``, ``errors`` and the kinds of options.

Source: Discord, "Application Commands", sections "Application Command Option Structure" and "Naming".
"""

from collections.abc import Mapping

import attrs

from actors.rest.checks import check_count, check_range, check_text, check_unique
from actors.rest.errors import PayloadError
from gateway_client.kinds import ApplicationCommandOptionType as OptionType

MAX_NAME = 32
MAX_DESCRIPTION = 100
MAX_OPTIONS = 25
MAX_CHOICES = 25
MAX_CHOICE_NAME = 100
MAX_CHOICE_TEXT = 100  # the reference says 100; the OpenAPI file would allow 6000
MAX_OPTION_LENGTH = 6000
MAX_NUMBER = 1 << 53

_NESTING = {OptionType.SUB_COMMAND, OptionType.SUB_COMMAND_GROUP}
_WITH_CHOICES = {OptionType.STRING, OptionType.INTEGER, OptionType.NUMBER}
_WITH_RANGE = {OptionType.INTEGER, OptionType.NUMBER}


@attrs.frozen
class Choice:
    """One of the values an option offers; ``value`` is of the option's type."""

    name: str
    value: str | int | float

    def __attrs_post_init__(self) -> None:
        check_text("choice name", self.name, most=MAX_CHOICE_NAME, least=1)
        if isinstance(self.value, str):
            check_text("choice value", self.value, most=MAX_CHOICE_TEXT)
        else:
            check_range("choice value", self.value, least=-MAX_NUMBER, most=MAX_NUMBER)


@attrs.frozen(kw_only=True)
class CommandOption:
    """An option, or a subcommand with options of its own.

    ``min_value``/``max_value`` are for numbers, ``min_length``/``max_length`` (characters) for strings.
    """

    name: str
    description: str
    type: OptionType = OptionType.STRING
    required: bool = False
    autocomplete: bool = False
    choices: tuple[Choice, ...] = ()
    min_value: float | None = None
    max_value: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    channel_types: tuple[int, ...] = ()
    options: "tuple[CommandOption, ...]" = ()
    description_localizations: Mapping[str, str] = attrs.field(factory=dict[str, str])

    def __attrs_post_init__(self) -> None:
        check_name("option", self.name)
        check_descriptions("option description", self.description, self.description_localizations)
        check_count("option choices", self.choices, most=MAX_CHOICES)
        self._check_fit()
        self._check_bounds()
        check_options(self.options)

    def _check_fit(self) -> None:
        """Refuse what this type of option cannot have."""
        misfits = {
            "choices": bool(self.choices) and self.type not in _WITH_CHOICES,
            "autocomplete": self.autocomplete and self.type not in _WITH_CHOICES,
            "choices beside autocomplete": bool(self.choices) and self.autocomplete,
            "a range": (self.min_value, self.max_value) != (None, None) and self.type not in _WITH_RANGE,
            "a length": (self.min_length, self.max_length) != (None, None)
            and self.type is not OptionType.STRING,
            "channel types": bool(self.channel_types) and self.type is not OptionType.CHANNEL,
            "options": bool(self.options) and self.type not in _NESTING,
            "required": self.required and self.type in _NESTING,
        }
        for what, wrong in misfits.items():
            if wrong:
                raise PayloadError(f"option {self.name}: {self.type.name} cannot have {what}")
        is_text = self.type is OptionType.STRING
        if any(isinstance(choice.value, str) is not is_text for choice in self.choices):
            raise PayloadError(f"option {self.name}: a choice is not of the type {self.type.name}")

    def _check_bounds(self) -> None:
        least = 0 if self.min_length is None else self.min_length
        check_range("option min_length", least, least=0, most=MAX_OPTION_LENGTH)
        if self.max_length is not None:
            check_range("option max_length", self.max_length, least=max(1, least), most=MAX_OPTION_LENGTH)
        if self.min_value is not None and self.max_value is not None:
            check_range("option max_value", self.max_value, least=self.min_value, most=MAX_NUMBER)

    @property
    def characters(self) -> int:
        """What this option adds to the 8,000 characters of a command."""
        choices = sum(len(choice.name) + len(str(choice.value)) for choice in self.choices)
        described = longest(self.description, self.description_localizations)
        return len(self.name) + described + choices + sum(o.characters for o in self.options)


def to_wire_choice(choice: Choice) -> dict[str, object]:
    """Give Discord's choice object, in a command as in an autocomplete result."""
    return {"name": choice.name, "value": choice.value}


def to_wire_option(option: CommandOption) -> dict[str, object]:
    """Give Discord's option object, with the options inside it."""
    wire: dict[str, object] = {
        "type": int(option.type),
        "name": option.name,
        "description": option.description,
    }
    if option.description_localizations:
        wire["description_localizations"] = dict(option.description_localizations)
    if option.type in _NESTING:
        return wire | {"options": [to_wire_option(inner) for inner in option.options]}
    optional: dict[str, object | None] = {
        "required": option.required,
        "autocomplete": option.autocomplete or None,
        "choices": [to_wire_choice(choice) for choice in option.choices] or None,
        "min_value": option.min_value,
        "max_value": option.max_value,
        "min_length": option.min_length,
        "max_length": option.max_length,
        "channel_types": list(option.channel_types) or None,
    }
    return wire | {name: value for name, value in optional.items() if value is not None}


def check_name(where: str, name: str) -> None:
    """Demand a name of a chat input command or option: 1 to 32 lower case letters, digits, ``-``, ``_``.

    Raises:
        PayloadError: naming what is wrong.

    """
    check_text(f"{where} name", name, most=MAX_NAME, least=1)
    if name != name.lower() or not all(char.isalnum() or char in "-_'" for char in name):
        raise PayloadError(f"{where} {name!r}: a name is lower case letters, digits, - and _")


def check_descriptions(where: str, description: str, localizations: Mapping[str, str]) -> None:
    """Demand 1 to 100 characters in every language.

    Raises:
        PayloadError: naming what is wrong.

    """
    check_text(where, description, most=MAX_DESCRIPTION, least=1)
    for language, words in localizations.items():
        check_text(f"{where} in {language}", words, most=MAX_DESCRIPTION, least=1)


def longest(description: str, localizations: Mapping[str, str]) -> int:
    """How many characters a description adds to a command: those of its longest language."""
    return max(len(words) for words in (description, *localizations.values()))


def check_options(options: tuple[CommandOption, ...]) -> None:
    """Demand what Discord asks of the options of one command or subcommand together.

    Raises:
        PayloadError: naming what is wrong.

    """
    check_count("options", options, most=MAX_OPTIONS)
    check_unique("option names", [option.name for option in options])
    required = [option.required for option in options]
    if required != sorted(required, reverse=True):
        raise PayloadError("options: required ones come first")
    nested = {option.type in _NESTING for option in options}
    if len(nested) > 1:
        raise PayloadError("options: subcommands and plain options do not mix")
