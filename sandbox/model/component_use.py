"""What a client sends when a person uses a component of a message, or sends a form. As ``invocation``.

Sources: Receiving and Responding to Interactions, "Message Component Data Structure" and "Modal Submit Data
Structure"; Component Reference.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from sandbox.json_values import JsonObject
from sandbox.model.entities import Message
from sandbox.model.invocation import CannotDoThat, OptionType, resolve

if TYPE_CHECKING:
    from sandbox.world import World

_SELECTS = {3: None, 5: "users", 6: "roles", 7: None, 8: "channels"}
"""Select menus by component type, and where what they choose is resolved (mentionable: by looking)."""


def build_press(message: Message, custom_id: str) -> JsonObject:
    """Return the data of a pressed button."""
    component = _find_component(message, custom_id)
    if component.get("type") != 2:
        raise CannotDoThat("that is no button")
    return {"custom_id": custom_id, "component_type": 2, "id": component.get("id", 1)}


def build_choice(world: "World", message: Message, custom_id: str, values: Sequence[str]) -> JsonObject:
    """Return the data of a select menu."""
    component = _find_component(message, custom_id)
    kind = component.get("type")
    if kind not in _SELECTS:
        raise CannotDoThat("that is no select menu")
    if not component.get("min_values", 1) <= len(values) <= component.get("max_values", 1):
        raise CannotDoThat("too few or too many are chosen")
    if kind == 3 and not set(values) <= {option["value"] for option in component.get("options", [])}:
        raise CannotDoThat("that is not on offer")
    data: JsonObject = {"custom_id": custom_id, "component_type": kind, "values": list(values)}
    if kind != 3:
        resolved: dict[str, list[str]] = {}
        reference = {5: OptionType.USER, 6: OptionType.ROLE, 7: OptionType.MENTIONABLE, 8: OptionType.CHANNEL}
        for value in values:
            resolve(world, reference[kind], value, resolved)
        data["resolved"] = resolved
    return data


def build_submission(modal: JsonObject, values: Mapping[str, str]) -> JsonObject:
    """Return the data of a form, in the shape of its rows (or labels)."""
    filled = [_fill(component, values) for component in modal["components"]]
    return {"custom_id": modal["custom_id"], "components": filled}


def _fill(component: JsonObject, values: Mapping[str, str]) -> JsonObject:
    if component.get("type") == 1:
        return {"type": 1, "components": [_fill(inner, values) for inner in component.get("components", [])]}
    if component.get("type") == 18:
        return {"type": 18, "component": _fill(component["component"], values)}
    custom_id = component.get("custom_id", "")
    text = values.get(custom_id, component.get("value", ""))
    if component.get("type") == 4:
        if component.get("required", True) and not text:
            raise CannotDoThat(f"the field {custom_id} is required")
        if len(text) > component.get("max_length", 4000):
            raise CannotDoThat(f"the field {custom_id} is too long")
    return {"type": component.get("type"), "custom_id": custom_id, "value": text}


def _find_component(message: Message, custom_id: str) -> JsonObject:
    for component in _walk(message.components):
        if component.get("custom_id") == custom_id:
            if component.get("disabled"):
                raise CannotDoThat("that is disabled")
            return component
    raise CannotDoThat(f"there is no component {custom_id}")


def _walk(components: Sequence[JsonObject]) -> Iterator[JsonObject]:
    for component in components:
        yield component
        yield from _walk(component.get("components", []))
        accessory = component.get("accessory")
        if accessory:
            yield accessory
