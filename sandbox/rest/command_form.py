"""Checks application commands and fills in what Discord fills in. Pure.

Source: Application Commands, "Application Command Structure", "Application Command Option Structure",
"Naming".
"""

import re
from collections.abc import Iterator
from typing import Any

from sandbox.json_values import JsonObject, as_list, as_number, is_list, is_object
from sandbox.rest.errors import FormErrors

CHAT_INPUT, USER, MESSAGE = 1, 2, 3
MAX_COMMANDS = {CHAT_INPUT: 100, USER: 15, MESSAGE: 15}
MAX_SUM = 8_000
_NAME = re.compile(r"[-_'\w]{1,32}")
_CHOICE_TYPES = {3: str, 4: int, 10: int | float}
_SUB, _GROUP = 1, 2


def check_command(form: FormErrors, prefix: str, value: Any, *, in_guild: bool) -> JsonObject:
    """Return a command's whole body, noting what is wrong with it at ``prefix`` ("" or "3.")."""
    if not is_object(value):
        form.wrong_type(prefix.rstrip(".") or "_", "object")
        return {}
    body: JsonObject = value
    kind = as_number(body.get("type", CHAT_INPUT))
    _check_name(form, f"{prefix}name", body.get("name"), chat=kind == CHAT_INPUT)
    if kind == CHAT_INPUT:
        _check_description(form, f"{prefix}description", body.get("description"))
        _check_options(form, f"{prefix}options", body.get("options"), depth=0)
    elif kind not in MAX_COMMANDS:
        form.add(f"{prefix}type", "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3}.")
    elif body.get("description"):
        form.add(f"{prefix}description", "APPLICATION_COMMAND_DESCRIPTION_INVALID", "Context menus have none")
    if sum(len(text) for text in _texts(body)) > MAX_SUM:
        form.too_long(f"{prefix}name", MAX_SUM)
    return complete_command(body, in_guild=in_guild)


def check_commands(value: Any, *, in_guild: bool) -> list[JsonObject]:
    """Return the bodies of a bulk overwrite, or raise one 50035 for all that is wrong."""
    form = FormErrors()
    if not is_list(value):
        form.wrong_type("_", "array")
        raise form.to_error()
    entries: list[Any] = value
    bodies = [check_command(form, f"{i}.", entry, in_guild=in_guild) for i, entry in enumerate(entries)]
    names: set[tuple[int, str]] = set()
    for index, body in enumerate(bodies):
        key = (as_number(body.get("type", CHAT_INPUT)), str(body.get("name")))
        if key in names:
            form.add(
                f"{index}.name",
                "APPLICATION_COMMANDS_DUPLICATE_NAME",
                "Application command names must be unique",
            )
        names.add(key)
    for kind, limit in MAX_COMMANDS.items():
        if sum(body.get("type") == kind for body in bodies) > limit:
            form.add("_", "APPLICATION_COMMANDS_MAX", f"Maximum number of commands of type {kind} is {limit}")
    form.check()
    return bodies


def complete_command(body: JsonObject, *, in_guild: bool) -> JsonObject:
    """Return a command as Discord gives it back: every field there."""
    kind = body.get("type", CHAT_INPUT)
    whole: JsonObject = {
        "type": kind,
        "name": body.get("name"),
        "name_localizations": body.get("name_localizations"),
        "description": body.get("description") or "",
        "description_localizations": body.get("description_localizations"),
        "default_member_permissions": body.get("default_member_permissions"),
        "dm_permission": body.get("dm_permission", True),
        "nsfw": body.get("nsfw", False),
        "integration_types": body.get("integration_types") or [0],
        "contexts": body.get("contexts"),
    }
    if in_guild:
        del whole["contexts"], whole["dm_permission"]
    return {**whole, "options": body["options"]} if body.get("options") else whole


def _check_name(form: FormErrors, path: str, name: Any, *, chat: bool) -> None:
    if name is None:
        form.required(path)
    elif not isinstance(name, str) or not 1 <= len(name) <= 32:
        form.bad_length(path, 1, 32)
    elif chat and (not _NAME.fullmatch(name) or name != name.lower()):
        form.add(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _check_description(form: FormErrors, path: str, text: Any) -> None:
    if text is None:
        form.required(path)
    elif not isinstance(text, str) or not 1 <= len(text) <= 100:
        form.bad_length(path, 1, 100)


def _check_options(form: FormErrors, path: str, value: Any, *, depth: int) -> None:
    if value is None:
        return
    entries = as_list(value)
    if not is_list(value) or len(entries) > 25:
        form.bad_length(path, 0, 25)
    optional_seen, names = False, set[str]()
    for index, entry in enumerate(entries):
        where = f"{path}.{index}"
        if not is_object(entry):
            form.wrong_type(where, "object")
            continue
        option: JsonObject = entry
        _check_option(form, where, option, depth=depth)
        if option.get("required") and optional_seen:
            sentence = "Required options must be placed before non-required options"
            form.add(where, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", sentence)
        optional_seen = optional_seen or not option.get("required")
        if str(option.get("name")) in names:
            form.add(where, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option name already exists")
        names.add(str(option.get("name")))


def _check_option(form: FormErrors, path: str, option: JsonObject, *, depth: int) -> None:
    kind = as_number(option.get("type"))
    _check_name(form, f"{path}.name", option.get("name"), chat=True)
    _check_description(form, f"{path}.description", option.get("description"))
    if kind not in range(1, 12):
        form.add(f"{path}.type", "BASE_TYPE_CHOICES", "Value must be one of {1, …, 11}.")
    elif kind in {_SUB, _GROUP}:
        if depth >= 2 or (kind == _GROUP and depth >= 1):
            form.add(f"{path}.type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Nested too deeply")
        else:
            _check_options(form, f"{path}.options", option.get("options"), depth=depth + 1)
    if option.get("choices"):
        _check_choices(form, path, option)


def _check_choices(form: FormErrors, path: str, option: JsonObject) -> None:
    if option.get("autocomplete"):
        sentence = "Choices cannot be used with autocomplete"
        form.add(path, "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE", sentence)
    check_choices(form, f"{path}.choices", option["choices"], option.get("type"))


def check_choices(form: FormErrors, path: str, value: Any, kind: Any) -> tuple[JsonObject, ...]:
    """Return up to 25 choices (of an option, or of an autocomplete answer), noting what is wrong."""
    entries = as_list(value)
    if not is_list(value) or len(entries) > 25:
        form.bad_length(path, 0, 25)
    wanted = _CHOICE_TYPES.get(as_number(kind), str | int | float)
    for index, choice in enumerate(entries):
        where = f"{path}.{index}"
        if not is_object(choice):
            form.wrong_type(where, "object")
            continue
        name, content = choice.get("name"), choice.get("value")
        if not isinstance(name, str) or not 1 <= len(name) <= 100:
            form.bad_length(f"{where}.name", 1, 100)
        if not isinstance(content, wanted) or (isinstance(content, str) and len(content) > 100):
            form.wrong_type(f"{where}.value", "that of the option")
    return tuple(entry for entry in entries if is_object(entry))


def _texts(node: JsonObject) -> Iterator[str]:
    """Yield what counts towards the 8000 characters of a command."""
    for name in ("name", "description", "value"):
        if isinstance(node.get(name), str):
            yield node[name]
    for name in ("options", "choices"):
        for one in as_list(node.get(name)):
            if is_object(one):
                yield from _texts(one)
