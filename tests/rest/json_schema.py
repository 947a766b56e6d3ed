"""A JSON Schema checker for the subset that Discord's OpenAPI file uses.

``Schemas(document).check(schema, value, place)`` raises ``Violation`` with the place and the reason. Stricter
than JSON Schema in one point: where an object names its properties, any other property is a violation,
because that is how typos look.
"""

import datetime as dt
import re
from typing import Any, Final
from urllib.parse import urlsplit

Schema = dict[str, Any]

KNOWN_KEYWORDS: Final = frozenset(
    {
        "$ref", "type", "properties", "required", "additionalProperties", "minProperties", "maxProperties",
        "items", "minItems", "maxItems", "uniqueItems", "oneOf", "anyOf", "allOf", "enum", "const",
        "minimum", "maximum", "minLength", "maxLength", "pattern", "format",
    }
)  # fmt: skip
ANNOTATIONS: Final = frozenset({"description", "title", "x-discord-union", "contentEncoding", "deprecated"})

_INT_BITS: Final = {"int32": 31, "int64": 63}


class Violation(Exception):
    """A value that the schema does not allow.

    Args:
        place: where in the value, such as ``$.embeds[0].title``.
        reason: what is wrong there.

    """

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place
        self.reason = reason

    @property
    def closeness(self) -> tuple[bool, int]:
        """How far a branch of a union got before it failed; the furthest one is worth telling.

        A branch that failed at its ``type`` is about another kind of thing.
        """
        return not self.place.endswith(".type"), self.place.count(".") + self.place.count("[")


class Schemas:
    """The schemas of one document, resolved when they are needed."""

    def __init__(self, document: Schema) -> None:
        self._document = document
        self._resolved: dict[str, Schema] = {}

    def resolve(self, reference: str) -> Schema:
        """Follow ``#/components/schemas/Name``."""
        found = self._resolved.get(reference)
        if found is None:
            found = self._document
            for step in reference.removeprefix("#/").split("/"):
                found = found[step]
            self._resolved[reference] = found
        return found

    def check(self, schema: Schema, value: object, place: str = "$", *, closed: bool = True) -> None:
        """Raise ``Violation`` unless ``value`` fits; ``closed`` refuses properties without a name."""
        reference = schema.get("$ref")
        if reference is not None:
            self.check(self.resolve(reference), value, place, closed=closed)
        for part in schema.get("allOf", ()):
            self.check(part, value, place, closed=False)
        self._check_unions(schema, value, place)
        _check_type(schema, value, place)
        if "enum" in schema and value not in schema["enum"]:
            raise Violation(place, f"{value!r} is none of {schema['enum']}")
        if "const" in schema and value != schema["const"]:
            raise Violation(place, f"{value!r} is not {schema['const']!r}")
        if isinstance(value, str):
            _check_string(schema, value, place)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            _check_number(schema, value, place)
        elif isinstance(value, list):
            self._check_list(schema, value, place)  # pyright: ignore[reportUnknownArgumentType] - any JSON
        elif isinstance(value, dict):
            self._check_object(schema, value, place, closed=closed)  # pyright: ignore[reportUnknownArgumentType] - any JSON

    def _check_unions(self, schema: Schema, value: object, place: str) -> None:
        for keyword in ("oneOf", "anyOf"):
            if keyword not in schema:
                continue
            violations: list[Violation] = []
            branches: list[Schema] = schema[keyword]
            for branch in branches:
                try:
                    self.check(branch, value, place)
                except Violation as violation:
                    violations.append(violation)
            fitting = len(branches) - len(violations)
            if not fitting:
                raise max(violations, key=lambda violation: violation.closeness)
            if keyword == "oneOf" and fitting > 1:
                raise Violation(place, f"fits {fitting} of the kinds of which it must be exactly one")

    def _check_list(self, schema: Schema, value: list[object], place: str) -> None:
        _check_size(schema, len(value), place, "Items")
        if schema.get("uniqueItems") and any(item in value[:n] for n, item in enumerate(value)):
            raise Violation(place, "the same item occurs twice")
        if "items" in schema:
            for n, item in enumerate(value):
                self.check(schema["items"], item, f"{place}[{n}]")

    def _check_object(self, schema: Schema, value: dict[str, object], place: str, *, closed: bool) -> None:
        _check_size(schema, len(value), place, "Properties")
        properties: dict[str, Schema] = schema.get("properties", {})
        if "type" in properties and "type" in value:
            self.check(properties["type"], value["type"], f"{place}.type")
        for name in schema.get("required", ()):
            if name not in value:
                raise Violation(place, f"{name} is missing")
        others = schema.get("additionalProperties")
        named = self._names(schema)
        for name, item in value.items():
            inside = f"{place}.{name}"
            if name in properties:
                self.check(properties[name], item, inside)
            elif isinstance(others, dict):
                self.check(others, item, inside)  # pyright: ignore[reportUnknownArgumentType] - a schema is any JSON
            elif others is False or (closed and others is None and named and name not in named):
                raise Violation(inside, "no such property")

    def _names(self, schema: Schema) -> set[str]:
        """All properties that an object schema names, those of its parts included."""
        names = set[str](schema.get("properties", ()))
        for part in [*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())]:
            names |= self._names(part)
        return names | self._names(self.resolve(schema["$ref"])) if "$ref" in schema else names


def _check_type(schema: Schema, value: object, place: str) -> None:
    if "type" not in schema:
        return
    kinds: str | list[str] = schema["type"]
    wanted = [kinds] if isinstance(kinds, str) else kinds
    if not any(_is_type(name, value) for name in wanted):
        raise Violation(place, f"{type(value).__name__} is not {' or '.join(wanted)}")


def _is_type(name: str, value: object) -> bool:  # noqa: PLR0911 - one arm per JSON type
    match name:
        case "null":
            return value is None
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "string":
            return isinstance(value, str)
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
        case _:
            raise NotImplementedError(f"a schema of the type {name}")


def _check_size(schema: Schema, size: int, place: str, what: str) -> None:
    if size < schema.get(f"min{what}", 0):
        raise Violation(place, f"{size} {what.lower()}, at least {schema[f'min{what}']} needed")
    if size > schema.get(f"max{what}", size):
        raise Violation(place, f"{size} {what.lower()}, at most {schema[f'max{what}']} allowed")


def _check_number(schema: Schema, value: float, place: str) -> None:
    if value < schema.get("minimum", value) or value > schema.get("maximum", value):
        raise Violation(place, f"{value} is out of range")
    bits = _INT_BITS.get(schema.get("format", ""))
    if bits is not None and not -(1 << bits) <= value < 1 << bits:
        raise Violation(place, f"{value} is no {schema['format']}")


def _check_string(schema: Schema, value: str, place: str) -> None:
    _check_size(schema, len(value), place, "Length")
    if "pattern" in schema and re.search(schema["pattern"], value) is None:
        raise Violation(place, "does not match the pattern")
    match schema.get("format"):
        case "date-time" if not _is_date_time(value):
            raise Violation(place, "is no date-time with a zone")
        case "uri" if not _is_uri(value):
            raise Violation(place, "is no URI")
        case "snowflake" if int(value) >= 1 << 64:
            raise Violation(place, "is no snowflake")
        case _:
            pass


def _is_date_time(text: str) -> bool:
    try:
        return dt.datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _is_uri(text: str) -> bool:
    parts = urlsplit(text)
    return bool(parts.scheme and (parts.netloc or parts.path)) and not any(c.isspace() for c in text)
