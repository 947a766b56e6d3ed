"""What a web page says for machines: its meta fields and the JSON in its scripts. Pure.

Regular expressions rather than a parser: only three kinds of element are wanted, and a page of megabytes must
not hold the loop.
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any, cast

import msgspec

_META = re.compile(r"<meta\s([^>]{1,4000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w:-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_SCRIPT = re.compile(r"<script\b([^>]{0,1000})>(.*?)</script>", re.IGNORECASE | re.DOTALL)
_DURATION = re.compile(r"P(?:\d+D)?T(?:(\d{1,3})H)?(?:(\d{1,4})M)?(?:(\d{1,6})(?:\.\d+)?S)?", re.ASCII)


def metas(html: str) -> dict[str, list[str]]:
    """The values of meta fields by property or name, in their order."""
    found: dict[str, list[str]] = {}
    for element in _META.finditer(html):
        attributes = _attributes(element[1])
        name = attributes.get("property") or attributes.get("name")
        if name and "content" in attributes:
            found.setdefault(name.lower(), []).append(attributes["content"])
    return found


def script_json(html: str, script_id: str) -> Any:
    """The JSON in the script with this id; None if there is none, or it cannot be read."""
    for script in _SCRIPT.finditer(html):
        if _attributes(script[1]).get("id") == script_id:
            return _decode(script[2])
    return None


def linked_data(html: str) -> list[dict[str, Any]]:
    """All objects of JSON-LD."""
    scripts = [match for match in _SCRIPT.finditer(html) if "application/ld+json" in match[1]]
    found = [_decode(script[2]) for script in scripts]
    return [
        cast("dict[str, Any]", item) for value in found for item in _flat(value) if isinstance(item, dict)
    ]


def walk(value: Any, depth: int = 30) -> Iterator[dict[str, Any]]:
    """Every object within a JSON value, outermost first."""
    if depth <= 0:
        return
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        yield members
        for member in members.values():
            yield from walk(member, depth - 1)
    elif isinstance(value, list):
        for member in cast("list[Any]", value):
            yield from walk(member, depth - 1)


def parse_duration(text: object) -> float | None:
    """Seconds of an ISO 8601 duration such as ``PT3M20S``."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(hours * 3600 + minutes * 60 + seconds) or None


def _attributes(text: str) -> dict[str, str]:
    return {name.lower(): unescape(double or single) for name, double, single in _ATTRIBUTE.findall(text)}


def _decode(text: str) -> Any:
    try:
        return msgspec.json.decode(text.strip().encode())
    except (msgspec.DecodeError, RecursionError):
        return None


def _flat(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else [value]
