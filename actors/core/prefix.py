"""The prefix form of a command: a message's words → a command and its arguments.

A message is a command if it begins with the guild's prefix or a mention of the bot. Its first words name the
command or an alias, ignoring case; the options follow in their declared order. The last text option takes the
rest of the line, every other one takes one word, or several in double quotes. An attachment option takes the
message's attachment. An option that was left out is absent; a required one that is missing is a usage error.
"""

import re

from attrs import frozen

from actors.core.arguments import Arguments, Person, Usage, Value
from actors.core.declare import Command, Option, OptionType
from actors.core.registry import Registry
from actors.core.texts import text
from gateway_client.ids import UserId
from gateway_client.objects import Attachment, Message, User

ON = frozenset({"on", "true", "1", "yes", "y"})
OFF = frozenset({"off", "false", "0", "no", "n"})

_MENTION = re.compile(r"<@!?(\d{1,20})>")
_WORD = re.compile(r'"([^"]*)"|(\S+)')


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
    words = line.split(maxsplit=2)
    found = registry.called(words)
    if found is None:
        return None
    command, count = found
    rest = line.split(maxsplit=count)[count:]
    return Call(command=command, rest=rest[0] if rest else "")


def parse_arguments(call: Call, message: Message) -> Arguments:
    """The values of a prefix call.

    Raises:
        Usage: a required option is missing, a word does not fit, or something is left over.
    """
    reader = _Reader(call.rest, {user.id: user for user in message.mentions}, list(message.attachments))
    last_text = _last_text(call.command)
    values: dict[str, Value] = {}
    for option in call.command.options:
        value = reader.take(option, whole=option is last_text)
        if value is not None:
            values[option.name] = value
        elif option.required:
            raise Usage(text("core.missing_option", option=option.name))
    if reader.line:
        raise Usage
    return Arguments(values)


def usage_line(command: Command, prefix: str) -> str:
    """How a command is written, for example ``!play [query] [file]``."""
    options = (f" {option.name}" if option.required else f" [{option.name}]" for option in command.options)
    return prefix + command.name + "".join(options)


def _last_text(command: Command) -> Option | None:
    texts = [option for option in command.options if option.type is OptionType.TEXT and not option.choices]
    return texts[-1] if texts else None


class _Reader:
    """Takes words off a line."""

    def __init__(self, line: str, mentioned: dict[UserId, User], attachments: list[Attachment]) -> None:
        self.line = line.strip()
        self._mentioned = mentioned
        self._attachments = attachments

    def take(self, option: Option, *, whole: bool) -> Value | None:
        if option.type is OptionType.ATTACHMENT:
            return self._attachments.pop(0) if self._attachments else None
        if not self.line:
            return None
        if whole:
            taken, self.line = self.line, ""
            return taken
        return self._value(option, self._word())

    def _value(self, option: Option, word: str) -> Value:
        match option.type:
            case OptionType.INTEGER:
                return _integer(option, word)
            case OptionType.FLAG:
                return _flag(option, word)
            case OptionType.USER:
                return self._person(option, word)
            case OptionType.TEXT | OptionType.ATTACHMENT:
                return _chosen(option, word)

    def _word(self) -> str:
        found = _WORD.match(self.line)
        assert found is not None  # the line is not blank
        self.line = self.line[found.end() :].strip()
        return found.group(1) if found.group(1) is not None else found.group(2)

    def _person(self, option: Option, word: str) -> Person:
        mention = _MENTION.fullmatch(word)
        user = self._mentioned.get(UserId(int(mention.group(1)))) if mention else None
        if user is None:
            raise Usage(text("core.not_a_person", option=option.name))
        return Person(id=user.id, name=user.display_name, is_bot=user.bot)


def _chosen(option: Option, word: str) -> str:
    if option.choices and word.lower() not in option.choices:
        raise Usage(text("core.not_a_choice", option=option.name, choices=", ".join(option.choices)))
    return word.lower() if option.choices else word


def _integer(option: Option, word: str) -> int:
    try:
        value = int(word[:20])
    except ValueError as error:
        raise Usage(text("core.not_a_number", option=option.name)) from error
    low = option.minimum if option.minimum is not None else value
    high = option.maximum if option.maximum is not None else value
    return max(low, min(high, value))


def _flag(option: Option, word: str) -> bool:
    lower = word.lower()
    if lower in ON:
        return True
    if lower in OFF:
        return False
    raise Usage(text("core.not_on_or_off", option=option.name))
