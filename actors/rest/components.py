"""Buttons, select menus and rows: frozen values within Discord's limits, and their wire form.

A value that exists is valid. Imports ``checks``, ``emoji`` and ``errors``.

Source: Discord, "Component Reference"; limits as of November 2026.
"""

import enum
from typing import TypeAlias, assert_never

import attrs

from actors.rest.checks import check_count, check_range, check_text, check_unique
from actors.rest.emoji import to_wire_emoji
from actors.rest.errors import PayloadError

MAX_CUSTOM_ID = 100
MAX_BUTTON_LABEL = 80
MAX_BUTTON_URL = 512
MAX_ROWS = 5
MAX_BUTTONS = 5
MAX_SELECT_OPTIONS = 25
MAX_OPTION_TEXT = 100
MAX_PLACEHOLDER = 150

_ROW, _BUTTON = 1, 2


class ButtonStyle(enum.IntEnum):
    """How a button looks; LINK opens an address and sends no interaction."""

    PRIMARY = 1
    SECONDARY = 2
    SUCCESS = 3
    DANGER = 4
    LINK = 5


class SelectKind(enum.IntEnum):
    """What a select menu offers; the numbers are component types."""

    TEXT = 3
    USER = 5
    ROLE = 6
    MENTIONABLE = 7
    CHANNEL = 8


@attrs.frozen(kw_only=True)
class Button:
    """Exactly one of ``custom_id`` (sends an interaction) and ``url`` (a link); a label, an emoji or both."""

    label: str | None = None
    custom_id: str | None = None
    url: str | None = None
    style: ButtonStyle = ButtonStyle.SECONDARY
    emoji: str | None = None
    disabled: bool = False

    def __attrs_post_init__(self) -> None:
        if (self.custom_id is None) == (self.url is None):
            raise PayloadError("button: needs exactly one of custom_id and url")
        if self.custom_id is not None:
            check_text("button custom_id", self.custom_id, most=MAX_CUSTOM_ID, least=1)
            if self.style is ButtonStyle.LINK:
                raise PayloadError("button: a link needs a url")
        if self.url is not None:
            check_text("button url", self.url, most=MAX_BUTTON_URL, least=1)
        if not self.label and not self.emoji:
            raise PayloadError("button: needs a label or an emoji")
        check_text("button label", self.label or "", most=MAX_BUTTON_LABEL)


@attrs.frozen(kw_only=True)
class SelectOption:
    """One line of a text select menu."""

    label: str
    value: str
    description: str | None = None
    emoji: str | None = None
    default: bool = False

    def __attrs_post_init__(self) -> None:
        check_text("select option label", self.label, most=MAX_OPTION_TEXT, least=1)
        check_text("select option value", self.value, most=MAX_OPTION_TEXT, least=1)
        check_text("select option description", self.description or "", most=MAX_OPTION_TEXT)


@attrs.frozen(kw_only=True)
class SelectMenu:
    """A menu; only the kind TEXT has options of its own, Discord fills the others."""

    custom_id: str
    kind: SelectKind = SelectKind.TEXT
    options: tuple[SelectOption, ...] = ()
    placeholder: str | None = None
    min_values: int = 1
    max_values: int = 1
    disabled: bool = False

    def __attrs_post_init__(self) -> None:
        check_text("select custom_id", self.custom_id, most=MAX_CUSTOM_ID, least=1)
        check_text("select placeholder", self.placeholder or "", most=MAX_PLACEHOLDER)
        check_range("select min_values", self.min_values, least=0, most=25)
        check_range("select max_values", self.max_values, least=max(1, self.min_values), most=25)
        if self.kind is SelectKind.TEXT:
            check_count("select options", self.options, most=MAX_SELECT_OPTIONS, least=1)
            check_unique("select option values", [option.value for option in self.options])
        elif self.options:
            raise PayloadError("select: only a text menu has options of its own")


RowItem: TypeAlias = Button | SelectMenu


@attrs.frozen
class ActionRow:
    """Up to five buttons, or one select menu."""

    items: tuple[RowItem, ...]

    def __attrs_post_init__(self) -> None:
        menus = sum(isinstance(item, SelectMenu) for item in self.items)
        if menus:
            check_count("row with a select menu", self.items, most=1)
        check_count("row", self.items, most=MAX_BUTTONS, least=1)


def to_wire_row(row: ActionRow) -> dict[str, object]:
    """Give Discord's action row (component 1)."""
    return {"type": _ROW, "components": [_to_wire_item(item) for item in row.items]}


def _to_wire_item(item: RowItem) -> dict[str, object]:
    match item:
        case Button():
            return _to_wire_button(item)
        case SelectMenu():
            return _to_wire_select(item)
        case _:
            assert_never(item)


def _to_wire_button(button: Button) -> dict[str, object]:
    style = ButtonStyle.LINK if button.url is not None else button.style
    wire: dict[str, object] = {"type": _BUTTON, "style": int(style), "disabled": button.disabled}
    if button.label:
        wire["label"] = button.label
    if button.emoji:
        wire["emoji"] = to_wire_emoji(button.emoji)
    if button.url is not None:
        wire["url"] = button.url
    else:
        wire["custom_id"] = button.custom_id
    return wire


def _to_wire_select(menu: SelectMenu) -> dict[str, object]:
    wire: dict[str, object] = {
        "type": int(menu.kind),
        "custom_id": menu.custom_id,
        "min_values": menu.min_values,
        "max_values": menu.max_values,
        "disabled": menu.disabled,
    }
    if menu.placeholder:
        wire["placeholder"] = menu.placeholder
    if menu.kind is SelectKind.TEXT:
        wire["options"] = [_to_wire_option(option) for option in menu.options]
    return wire


def _to_wire_option(option: SelectOption) -> dict[str, object]:
    wire: dict[str, object] = {"label": option.label, "value": option.value, "default": option.default}
    if option.description:
        wire["description"] = option.description
    if option.emoji:
        wire["emoji"] = to_wire_emoji(option.emoji)
    return wire
