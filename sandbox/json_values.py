"""JSON as the sandbox handles it: an object is a ``dict[str, Any]`` whose readers check what they take.

Only the edges (``rest``, ``gateway``, ``wire``) and free-form parts of messages (embeds, components) hold
JSON; the model's own facts are attrs classes. May import msgspec and nothing of ours.
"""

from typing import Any, TypeAlias, TypeGuard

import msgspec

JsonObject: TypeAlias = dict[str, Any]

_encoder = msgspec.json.Encoder()
_any_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
_object_decoder: msgspec.json.Decoder[JsonObject] = msgspec.json.Decoder(JsonObject)


class InvalidJson(Exception):
    """The text is not JSON, or not the kind of JSON that belongs there."""


def to_json(value: object) -> bytes:
    """Return ``value`` as compact UTF-8 JSON."""
    return _encoder.encode(value)


def parse_json(text: bytes | str) -> Any:
    """Return any JSON value.

    Raises:
        InvalidJson: the text is not JSON.
    """
    try:
        return _any_decoder.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InvalidJson(str(error)) from error


def parse_object(text: bytes | str) -> JsonObject:
    """Return a JSON object.

    Raises:
        InvalidJson: the text is not JSON, or not an object.
    """
    try:
        return _object_decoder.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise InvalidJson(str(error)) from error


def is_object(value: Any) -> TypeGuard[JsonObject]:
    """Whether a JSON value is an object. Its keys are text, as JSON's are."""
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Whether a JSON value is an array."""
    return isinstance(value, list)


def as_number(value: Any) -> int:
    """Return a JSON integer; -1 for anything else, so that it is no kind that exists."""
    return value if isinstance(value, int) and not isinstance(value, bool) else -1


def as_list(value: Any) -> list[Any]:
    """Return a JSON array; an empty one for anything else."""
    return value if is_list(value) else []
