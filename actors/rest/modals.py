"""Modals, the forms that pop up: frozen values within Discord's limits, and their wire form.

A value that exists is valid. Imports ``checks`` and the limit of ``components``.

Inputs are wrapped in *labels* (component 18); rows around text inputs are deprecated by Discord. So a
submitted modal carries ``{"type": 18, "component": {"type": 4, "custom_id", "value"}}`` per input.

Source: Discord, "Component Reference", sections "Label" and "Text Input".
"""

import enum

import attrs

from actors.rest.checks import check_count, check_range, check_text, check_unique
from actors.rest.components import MAX_CUSTOM_ID

MAX_INPUTS = 5
MAX_MODAL_TITLE = 45
MAX_INPUT_LABEL = 45
MAX_INPUT_PLACEHOLDER = 100
MAX_INPUT_VALUE = 4000

_TEXT_INPUT, _LABEL = 4, 18


class TextInputStyle(enum.IntEnum):
    """One line or many."""

    SHORT = 1
    PARAGRAPH = 2


@attrs.frozen(kw_only=True)
class TextInput:
    """One field of a modal; lengths in characters."""

    custom_id: str
    label: str
    style: TextInputStyle = TextInputStyle.SHORT
    value: str | None = None
    placeholder: str | None = None
    required: bool = True
    min_length: int = 0
    max_length: int = MAX_INPUT_VALUE

    def __attrs_post_init__(self) -> None:
        check_text("text input custom_id", self.custom_id, most=MAX_CUSTOM_ID, least=1)
        check_text("text input label", self.label, most=MAX_INPUT_LABEL, least=1)
        check_text("text input placeholder", self.placeholder or "", most=MAX_INPUT_PLACEHOLDER)
        check_range("text input min_length", self.min_length, least=0, most=MAX_INPUT_VALUE)
        check_range(
            "text input max_length", self.max_length, least=max(1, self.min_length), most=MAX_INPUT_VALUE
        )
        check_text("text input value", self.value or "", most=self.max_length)


@attrs.frozen(kw_only=True)
class Modal:
    """A form that pops up; each row is one text input."""

    custom_id: str
    title: str
    rows: tuple[TextInput, ...]

    def __attrs_post_init__(self) -> None:
        check_text("modal custom_id", self.custom_id, most=MAX_CUSTOM_ID, least=1)
        check_text("modal title", self.title, most=MAX_MODAL_TITLE, least=1)
        check_count("modal rows", self.rows, most=MAX_INPUTS, least=1)
        check_unique("modal custom_ids", [row.custom_id for row in self.rows])


def to_wire_modal(modal: Modal) -> dict[str, object]:
    """Give the ``data`` of a modal response (9)."""
    return {
        "custom_id": modal.custom_id,
        "title": modal.title,
        "components": [
            {"type": _LABEL, "label": row.label, "component": _to_wire_input(row)} for row in modal.rows
        ],
    }


def _to_wire_input(field: TextInput) -> dict[str, object]:
    wire: dict[str, object] = {
        "type": _TEXT_INPUT,
        "custom_id": field.custom_id,
        "style": int(field.style),
        "required": field.required,
        "min_length": field.min_length,
        "max_length": field.max_length,
    }
    if field.value:
        wire["value"] = field.value
    if field.placeholder:
        wire["placeholder"] = field.placeholder
    return wire
