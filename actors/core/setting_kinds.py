"""The usual kinds of setting, each with its words, its check and what completion offers.

A slice that needs a kind of its own makes a ``Setting`` with a ``parse`` of its own. Values: a flag is a
``bool``, a number an ``int``, a choice its ``str``, a role or channel its id as ``int`` – or ``""`` when
unset, so that ``Settings.optional(…, int)`` gives ``None``.
"""

import re
from collections.abc import Callable

from actors.core.setting import InvalidSetting, Setting, SettingKind
from actors.core.switch import read_switch
from actors.core.texts import text

UNSET = "none"

_ROLE = re.compile(r"(?:<@&)?(\d{15,20})>?")
_CHANNEL = re.compile(r"(?:<#)?(\d{15,20})>?")


def flag(name: str, *, default: bool) -> Setting:
    """On or off."""

    def parse(words: str) -> bool:
        value = read_switch(words)
        if value is None:
            raise InvalidSetting(text("core.bad_flag"))
        return value

    return Setting(
        name=name,
        default="on" if default else "off",
        parse=parse,
        choices=("on", "off"),
        kind=SettingKind.FLAG,
    )


def whole_number(
    name: str, *, default: int, least: int, most: int, choices: tuple[int, ...] = (), unit: str = ""
) -> Setting:
    """A whole number; ``unit`` may stand behind it, as in ``30s`` or ``50%``."""

    def parse(words: str) -> int:
        try:
            value = int(words.strip().removesuffix(unit).strip()[:20])
        except ValueError as error:
            raise InvalidSetting(text("core.bad_number", least=least, most=most)) from error
        if not least <= value <= most:
            raise InvalidSetting(text("core.bad_number", least=least, most=most))
        return value

    return Setting(
        name=name,
        default=str(default),
        parse=parse,
        choices=tuple(str(choice) for choice in choices),
        kind=SettingKind.NUMBER,
    )


def choice(name: str, *, default: str, choices: tuple[str, ...]) -> Setting:
    """One of a few words."""

    def parse(words: str) -> str:
        lower = words.strip().lower()
        if lower not in choices:
            raise InvalidSetting(text("core.bad_choice", choices=", ".join(choices)))
        return lower

    return Setting(name=name, default=default, parse=parse, choices=choices, kind=SettingKind.CHOICE)


def role(name: str) -> Setting:
    """A role, or none."""
    return Setting(
        name=name,
        default=UNSET,
        parse=_thing(_ROLE, "core.bad_role"),
        choices=(UNSET,),
        kind=SettingKind.ROLE,
    )


def channel(name: str) -> Setting:
    """A text channel, or none."""
    return Setting(
        name=name,
        default=UNSET,
        parse=_thing(_CHANNEL, "core.bad_channel"),
        choices=(UNSET,),
        kind=SettingKind.CHANNEL,
    )


def _thing(form: re.Pattern[str], complaint: str) -> Callable[[str], int | str]:
    def parse(words: str) -> int | str:
        if words.strip().lower() in {"", UNSET, "off"}:
            return ""
        found = form.fullmatch(words.strip())
        if not found:
            raise InvalidSetting(text(complaint))
        return int(found.group(1))

    return parse
