"""Checks embeds and fills in what Discord fills in. Pure. Source: Message resource, "Embed Limits"."""

from collections.abc import Iterator
from typing import Any

from sandbox.json_values import JsonObject, as_list, is_list, is_object
from sandbox.rest.errors import FormErrors

MAX_EMBEDS = 10
MAX_SUM = 6_000
_TEXTS = (("title", 256), ("description", 4096), ("footer.text", 2048), ("author.name", 256))
_SCHEMES = ("http://", "https://", "attachment://")


def check_embeds(form: FormErrors, path: str, value: Any) -> tuple[JsonObject, ...] | None:
    """Return the embeds, noting what is wrong with them; None without any."""
    if value is None:
        return None
    if not is_list(value):
        form.wrong_type(path, "array")
        return None
    entries: list[Any] = value
    if len(entries) > MAX_EMBEDS:
        form.bad_length(path, 0, MAX_EMBEDS)
    embeds: list[JsonObject] = []
    for index, entry in enumerate(entries):
        if is_object(entry):
            embeds.append(_check(form, f"{path}.{index}", entry))
        else:
            form.wrong_type(f"{path}.{index}", "object")
    if sum(len(text) for embed in embeds for text in _all_texts(embed)) > MAX_SUM:
        form.add(path, "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {MAX_SUM}")
    return tuple(embeds)


def _check(form: FormErrors, path: str, embed: JsonObject) -> JsonObject:
    for name, limit in _TEXTS:
        text = _at(embed, name)
        if text is not None and not isinstance(text, str):
            form.wrong_type(f"{path}.{name}", "string")
        elif text and len(text) > limit:
            form.too_long(f"{path}.{name}", limit)
    _check_fields(form, f"{path}.fields", embed.get("fields"))
    for name in ("url", "image.url", "thumbnail.url", "author.url", "author.icon_url", "footer.icon_url"):
        url = _at(embed, name)
        if url and not str(url).startswith(_SCHEMES):
            form.add(f"{path}.{name}", "URL_TYPE_INVALID_SCHEME", "Scheme must be one of ('http', 'https').")
    color = embed.get("color")
    if color is not None and (not isinstance(color, int) or not 0 <= color <= 0xFFFFFF):
        form.add(f"{path}.color", "NUMBER_TYPE_MAX", "int value should be less than or equal to 16777215.")
    return {"type": "rich", **embed}


def _check_fields(form: FormErrors, path: str, value: Any) -> None:
    fields = as_list(value)
    if len(fields) > 25:
        form.bad_length(path, 0, 25)
    for index, one in enumerate(fields):
        for name, limit in (("name", 256), ("value", 1024)):
            text = one.get(name) if is_object(one) else None
            if not text:
                form.required(f"{path}.{index}.{name}")
            elif len(str(text)) > limit:
                form.too_long(f"{path}.{index}.{name}", limit)


def _at(embed: JsonObject, dotted: str) -> Any:
    node: Any = embed
    for step in dotted.split("."):
        if not is_object(node):
            return None
        node = node.get(step)
    return node


def _all_texts(embed: JsonObject) -> Iterator[str]:
    for name, _ in _TEXTS:
        text = _at(embed, name)
        if isinstance(text, str):
            yield text
    fields = as_list(embed.get("fields"))
    for one in fields:
        if is_object(one):
            yield str(one.get("name") or "")
            yield str(one.get("value") or "")
