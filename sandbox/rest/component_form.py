"""Checks the components of messages and forms, and gives them ids as Discord does. Pure.

Messages hold up to five rows (a row: five buttons or one select menu); with IS_COMPONENTS_V2 any layout of
up to 40 parts. Source: Component Reference.
"""

from collections.abc import Iterator
from typing import Any

from sandbox.json_values import JsonObject, as_list, as_number, is_list, is_object
from sandbox.rest.errors import FormErrors

ROW, BUTTON, TEXT_INPUT, LABEL = 1, 2, 4, 18
SELECTS = frozenset({3, 5, 6, 7, 8})
LINK_STYLE, PREMIUM_STYLE = 5, 6
MAX_V2 = 40


def check_components(form: FormErrors, value: Any, *, v2: bool) -> tuple[JsonObject, ...] | None:
    """Return a message's components with ids, noting what is wrong; None without any."""
    if value is None:
        return None
    rows = _objects(form, "components", value)
    if not v2:
        if len(rows) > 5:
            form.bad_length("components", 0, 5)
        for index, row in enumerate(rows):
            _check_row(form, f"components.{index}", row)
    elif len(list(_walk(rows))) > MAX_V2:
        form.bad_length("components", 0, MAX_V2)
    _check_unique(form, rows)
    return tuple(_number(rows, iter(range(1, 1000))))


def check_modal(form: FormErrors, data: JsonObject) -> JsonObject:
    """Return the form that a modal shows, noting what is wrong with it."""
    _check_text(form, "custom_id", data.get("custom_id"), 1, 100)
    _check_text(form, "title", data.get("title"), 1, 45)
    rows = _objects(form, "components", data.get("components"))
    if not 1 <= len(rows) <= 5:
        form.bad_length("components", 1, 5)
    for index, row in enumerate(rows):
        path = f"components.{index}"
        if row.get("type") == ROW:
            for number, inner in enumerate(_objects(form, f"{path}.components", row.get("components"))):
                _check_text_input(form, f"{path}.components.{number}", inner)
        elif row.get("type") != LABEL and row.get("type") != 10:
            form.add(
                f"{path}.type", "UNION_TYPE_CHOICES", "Value of field 'type' must be one of (1, 10, 18)."
            )
    _check_unique(form, rows)
    return {**data, "components": list(_number(rows, iter(range(1, 1000))))}


def _check_row(form: FormErrors, path: str, row: JsonObject) -> None:
    if row.get("type") != ROW:
        form.add(f"{path}.type", "UNION_TYPE_CHOICES", "Value of field 'type' must be one of (1,).")
        return
    parts = _objects(form, f"{path}.components", row.get("components"))
    selects = sum(as_number(part.get("type")) in SELECTS for part in parts)
    if not 1 <= len(parts) <= (1 if selects else 5):
        form.bad_length(f"{path}.components", 1, 1 if selects else 5)
    for index, part in enumerate(parts):
        where = f"{path}.components.{index}"
        if part.get("type") == BUTTON:
            _check_button(form, where, part)
        elif as_number(part.get("type")) in SELECTS:
            _check_select(form, where, part)
        else:
            form.add(
                f"{where}.type",
                "UNION_TYPE_CHOICES",
                "Value of field 'type' must be one of (2, 3, 5, 6, 7, 8).",
            )


def _check_button(form: FormErrors, path: str, button: JsonObject) -> None:
    style = as_number(button.get("style"))
    if style not in range(1, 7):
        form.add(f"{path}.style", "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4, 5, 6}.")
    if style == LINK_STYLE:
        if not button.get("url") or button.get("custom_id"):
            form.add(path, "BUTTON_COMPONENT_INVALID_URL", "A link button has a url and no custom id")
    elif style != PREMIUM_STYLE:
        _check_text(form, f"{path}.custom_id", button.get("custom_id"), 1, 100)
    if len(str(button.get("label") or "")) > 80:
        form.too_long(f"{path}.label", 80)
    if style != PREMIUM_STYLE and not button.get("label") and not button.get("emoji"):
        form.add(path, "BUTTON_COMPONENT_REQUIRES_LABEL_OR_EMOJI", "A button has a label or an emoji")


def _check_select(form: FormErrors, path: str, select: JsonObject) -> None:
    _check_text(form, f"{path}.custom_id", select.get("custom_id"), 1, 100)
    if len(str(select.get("placeholder") or "")) > 150:
        form.too_long(f"{path}.placeholder", 150)
    if select.get("type") != 3:
        return
    options = _objects(form, f"{path}.options", select.get("options"))
    if not 1 <= len(options) <= 25:
        form.bad_length(f"{path}.options", 1, 25)
    values = [option.get("value") for option in options]
    for index, option in enumerate(options):
        for name in ("label", "value"):
            _check_text(form, f"{path}.options.{index}.{name}", option.get(name), 1, 100)
    if len(set(map(str, values))) != len(values):
        form.add(
            f"{path}.options",
            "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
            "The specified option value is already used",
        )


def _check_text_input(form: FormErrors, path: str, part: JsonObject) -> None:
    if part.get("type") != TEXT_INPUT:
        form.add(f"{path}.type", "UNION_TYPE_CHOICES", "Value of field 'type' must be one of (4,).")
        return
    _check_text(form, f"{path}.custom_id", part.get("custom_id"), 1, 100)
    _check_text(form, f"{path}.label", part.get("label"), 1, 45)
    if as_number(part.get("style")) not in {1, 2}:
        form.add(f"{path}.style", "BASE_TYPE_CHOICES", "Value must be one of {1, 2}.")
    if len(str(part.get("value") or "")) > 4000:
        form.too_long(f"{path}.value", 4000)


def _check_text(form: FormErrors, path: str, value: Any, low: int, high: int) -> None:
    if value is None:
        form.required(path)
    elif not isinstance(value, str):
        form.wrong_type(path, "string")
    elif not low <= len(value) <= high:
        form.bad_length(path, low, high)


def _check_unique(form: FormErrors, rows: list[JsonObject]) -> None:
    seen: set[str] = set()
    for part in _walk(rows):
        custom_id = part.get("custom_id")
        if isinstance(custom_id, str):
            if custom_id in seen:
                form.add(
                    "components", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
                )
            seen.add(custom_id)


def _objects(form: FormErrors, path: str, value: Any) -> list[JsonObject]:
    entries = as_list(value)
    objects = [entry for entry in entries if is_object(entry)]
    if not is_list(value) or len(objects) != len(entries):
        form.wrong_type(path, "array")
    return objects


def _walk(parts: list[JsonObject]) -> Iterator[JsonObject]:
    for part in parts:
        yield part
        nested = as_list(part.get("components"))
        inner: list[Any] = [*nested, part.get("accessory"), part.get("component")]
        yield from _walk([one for one in inner if is_object(one)])


def _number(parts: list[JsonObject], ids: Iterator[int]) -> Iterator[JsonObject]:
    """Give each part an id, in order, where it brought none."""
    for part in parts:
        numbered: JsonObject = {"id": part.get("id") or next(ids), **part}
        if is_list(part.get("components")):
            inner = [one for one in as_list(part["components"]) if is_object(one)]
            numbered["components"] = list(_number(inner, ids))
        yield numbered
