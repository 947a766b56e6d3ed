"""The arguments of the prefix form: the words after a command's name → values.

The options follow in their declared order (``prefix_order`` where the prefix form has its own). The last text
option takes the rest of the line; one that knows its ``leading`` words takes these; every other option takes
one word, or several in double quotes. An attachment option takes the message's attachment. An option that was
left out is absent; a required one that is missing is a usage error, and so is a word that fits nothing.

An optional person, role or channel that is not named leaves its word to the option behind it. Where that is
of another kind, such an option counts a mention or an id only: ``@a tomorrow`` must not find somebody who is
called "tomorrow".
"""

import math
import re
from collections.abc import Callable, Sequence

from attrs import define

from actors.core.arguments import Arguments, Usage, Value
from actors.core.declare import NAMED, Option, OptionType
from actors.core.lookup import Lookup, lookup_of
from actors.core.prefix import Call
from actors.core.switch import read_switch
from actors.core.texts import text
from gateway_client.cache import Cache
from gateway_client.objects import Attachment, Message

_WORD = re.compile(r'"([^"]*)"|(\S+)')
_COMPLAINTS = {
    OptionType.USER: "core.not_a_person",
    OptionType.ROLE: "core.not_a_role",
    OptionType.MENTIONABLE: "core.not_mentionable",
    OptionType.CHANNEL: "core.not_a_channel",
}


def parse_arguments(call: Call, message: Message, cache: Cache) -> Arguments:
    """The values of a prefix call.

    Raises:
        Usage: a required option is missing, a word does not fit, or something is left over.
    """
    reader = _Reader(call.rest.strip(), lookup_of(message, cache), list(message.attachments))
    options = call.command.prefix_options
    whole = _last_text(options)
    values: dict[str, Value] = {}
    for index, option in enumerate(options):
        value = reader.take(option, options[index + 1 :], whole=option is whole)
        if value is not None:
            values[option.name] = value
        elif option.required:
            raise Usage(text("core.missing_option", option=option.name))
    if reader.line:
        raise Usage
    return Arguments(values)


def _last_text(options: Sequence[Option]) -> Option | None:
    texts = [option for option in options if option.type is OptionType.TEXT and not option.choices]
    return texts[-1] if texts else None


@define
class _Reader:
    """Takes words off a line."""

    line: str
    _lookup: Lookup
    _attachments: list[Attachment]

    def take(self, option: Option, later: Sequence[Option], *, whole: bool) -> Value | None:
        if option.type is OptionType.ATTACHMENT:
            return self._attachments.pop(0) if self._attachments else None
        if not self.line:
            return None
        if whole:
            taken, self.line = self.line, ""
            return _fitting(option, taken)
        if option.leading is not None:
            return _fitting(option, self._leading(option.leading(self.line.split())))
        if option.type in NAMED:
            return self._take_named(option, later)
        return _value(option, self._word())

    def _take_named(self, option: Option, later: Sequence[Option]) -> Value | None:
        before = self.line
        must_fit = option.required or not any(
            other.type not in {option.type, OptionType.ATTACHMENT} for other in later
        )
        value = self._named(option, self._word(), by_name=must_fit)
        if value is None:
            if must_fit:
                raise Usage(text(_COMPLAINTS[option.type], option=option.name))
            self.line = before
        return value

    def _named(self, option: Option, word: str, *, by_name: bool) -> Value | None:
        match option.type:
            case OptionType.USER:
                return self._lookup.person(word, by_name=by_name)
            case OptionType.ROLE:
                return self._lookup.role(word, by_name=by_name)
            case OptionType.CHANNEL:
                channel = self._lookup.channel(word, by_name=by_name)
                fits = channel is not None and channel.type in (option.channel_types or (channel.type,))
                return channel if fits else None
            case _:
                person = self._lookup.person(word, by_name=by_name)
                return person or self._lookup.role(word, by_name=by_name)

    def _leading(self, count: int) -> str:
        words = self.line.split(maxsplit=max(count, 1))
        taken = words[: max(count, 1)]
        self.line = words[len(taken)] if len(words) > len(taken) else ""
        return " ".join(taken)

    def _word(self) -> str:
        found = _WORD.match(self.line)
        assert found is not None  # the line is not blank
        self.line = self.line[found.end() :].strip()
        return found.group(1) if found.group(1) is not None else found.group(2)


def _value(option: Option, word: str) -> Value:
    match option.type:
        case OptionType.INTEGER:
            return int(_bounded(option, _number(int, word, "core.not_a_number", option)))
        case OptionType.NUMBER:
            return _bounded(option, _number(_fraction, word, "core.not_a_fraction", option))
        case OptionType.FLAG:
            return _flag(option, word)
        case _:
            return _chosen(option, word)


def _chosen(option: Option, word: str) -> str:
    if not option.choices:
        return _fitting(option, word)
    if word.lower() not in option.choices:
        raise Usage(text("core.not_a_choice", option=option.name, choices=", ".join(option.choices)))
    return word.lower()


def _fitting(option: Option, words: str) -> str:
    if option.max_length is not None and len(words) > option.max_length:
        raise Usage(text("core.too_long", option=option.name, limit=option.max_length))
    return words


def _number(read: Callable[[str], float], word: str, complaint: str, option: Option) -> float:
    try:
        return read(word[:20])
    except (ValueError, OverflowError) as error:
        raise Usage(text(complaint, option=option.name)) from error


def _fraction(word: str) -> float:
    value = float(word.replace(",", "."))
    if not math.isfinite(value):
        raise ValueError(word)
    return value


def _bounded(option: Option, value: float) -> float:
    low = option.minimum if option.minimum is not None else value
    high = option.maximum if option.maximum is not None else value
    return max(low, min(high, value))


def _flag(option: Option, word: str) -> bool:
    value = read_switch(word)
    if value is None:
        raise Usage(text("core.not_on_or_off", option=option.name))
    return value
