"""One REST request as an endpoint sees it: ids from the path, the query, the JSON body, uploaded files.

Bodies are JSON, or multipart/form-data with ``payload_json`` and ``files[n]``; anything else is refused as
Discord refuses it. No I/O. Source: API reference, section "Uploading Files".
"""

import re
from typing import Any, TypeVar

from attrs import define, field, frozen
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import FormParser, parse_options_header

from sandbox.http.exchange import Request
from sandbox.json_values import InvalidJson, JsonObject, is_object, parse_json
from sandbox.model.entities import Upload
from sandbox.rest.errors import ApiError, FormErrors

_UNSAFE = re.compile(r"[^\w.\-()]+")
_FILES_PART = re.compile(r"files\[(\d+)\]")
MAX_UPLOAD_BYTES = 10 * 1024 * 1024
"""Source: API reference, section "Uploading Files"."""
_PART_BYTES = 64 * 1024 * 1024
Id = TypeVar("Id", bound=int)


@frozen(kw_only=True)
class Call:
    """A request with its body read."""

    request: Request
    json: Any = None
    """The JSON body, whatever it is; None without body."""
    uploads: dict[str, Upload] = field(factory=dict[str, Upload])
    """By the number in ``files[n]``."""

    def text(self, name: str) -> str:
        """Return a part of the path."""
        return self.request.params[name]

    def number(self, name: str) -> int:
        """Return a snowflake of the path."""
        digits = self.request.params[name]
        if not digits.isdecimal() or len(digits) > 20:
            form = FormErrors()
            form.add(name, "NUMBER_TYPE_COERCE", f'Value "{digits}" is not snowflake.')
            raise form.to_error()
        return int(digits)

    def body(self) -> JsonObject:
        """Return the JSON object of the body; none counts as empty."""
        if self.json is None:
            return {}
        if not is_object(self.json):
            form = FormErrors()
            form.wrong_type("_", "object")
            raise form.to_error()
        return self.json

    def number_of_query(self, name: str) -> int:
        """Return a snowflake of the query, 0 if it is not there."""
        text = self.request.query.get(name, "")
        return int(text) if text.isdecimal() and len(text) <= 20 else 0

    def count(self, name: str, default: int, high: int) -> int:
        """Return a number of the query between 1 and ``high``."""
        text = self.request.query.get(name)
        if text is None:
            return default
        if not text.isdecimal() or not 1 <= int(text) <= high:
            form = FormErrors()
            form.add(name, "NUMBER_TYPE_MAX", f"int value should be between 1 and {high}.")
            raise form.to_error()
        return int(text)


def parse_call(request: Request) -> Call:
    """Read the body.

    Raises:
        ApiError: 50109 no JSON, 50035 an unknown content type or a broken form, 40005 a file too large.
    """
    if not request.body:
        return Call(request=request)
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind == b"application/json":
        return Call(request=request, json=_parse_body(request.body))
    if kind == b"multipart/form-data" and b"boundary" in options:
        return _parse_form(request, options[b"boundary"])
    form = FormErrors()
    form.add("_", "CONTENT_TYPE_INVALID", "Expected application/json or multipart/form-data.")
    raise form.to_error()


def _parse_body(body: bytes) -> Any:
    try:
        return parse_json(body)
    except InvalidJson as error:
        raise ApiError(50109) from error


@define
class _Parts:
    fields: dict[str, bytes] = field(factory=dict[str, bytes])
    files: dict[str, Upload] = field(factory=dict[str, Upload])


def _parse_form(request: Request, boundary: bytes) -> Call:
    parts = _Parts()
    _feed(request.body, boundary, parts)
    payload = parts.fields.get("payload_json")
    if payload is not None:
        return Call(request=request, json=_parse_body(payload), uploads=parts.files)
    plain = {name: value.decode("utf-8", "replace") for name, value in parts.fields.items()}
    return Call(request=request, json=plain, uploads=parts.files)


def _feed(body: bytes, boundary: bytes, parts: _Parts) -> None:
    def on_field(part: Any) -> None:
        parts.fields[part.field_name.decode("utf-8", "replace")] = part.value or b""

    def on_file(part: Any) -> None:
        part.file_object.seek(0)
        content = part.file_object.read()
        if len(content) > MAX_UPLOAD_BYTES:
            raise ApiError(40005)
        name = (part.field_name or b"").decode("utf-8", "replace")
        match = _FILES_PART.fullmatch(name)
        number = match[1] if match else str(len(parts.files))
        if name == "payload_json":
            parts.fields[name] = content
            return
        parts.files[number] = Upload(
            filename=safe_filename((part.file_name or b"file").decode("utf-8", "replace")),
            content=content,
            content_type=_content_type(part),
        )

    config = {"MAX_MEMORY_FILE_SIZE": _PART_BYTES, "MAX_BODY_SIZE": float("inf")}
    try:
        parser = FormParser("multipart/form-data", on_field, on_file, boundary=boundary, config=config)
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        form = FormErrors()
        form.add("_", "MULTIPART_INVALID", "The form is broken.")
        raise form.to_error() from error


def _content_type(part: Any) -> str | None:
    declared = getattr(part, "content_type", None)
    if isinstance(declared, bytes):
        return declared.decode("latin-1")
    return declared if isinstance(declared, str) else None


def safe_filename(name: str) -> str:
    """Return a file name as Discord stores it: no path, blanks and odd characters as underscores."""
    return _UNSAFE.sub("_", name.replace("\\", "/").rsplit("/", 1)[-1]).lstrip(".")[:255] or "file"
