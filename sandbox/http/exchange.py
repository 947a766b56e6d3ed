"""One HTTP exchange as a handler sees it: a ``Request`` with its whole body, and the ``Response`` it returns.

A response has bytes, or a ``stream``: a function that is given ``send`` and writes for as long as it likes
(chunked unless ``content-length`` is among the headers). The server cancels it when the peer goes away.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from attrs import field, frozen

from sandbox.json_values import to_json

SendBytes: TypeAlias = Callable[[bytes], Awaitable[None]]
Stream: TypeAlias = Callable[[SendBytes], Awaitable[None]]


@frozen(kw_only=True)
class Request:
    """A request that arrived whole."""

    method: str
    path: str
    """As sent, still percent-encoded, without query."""
    query: Mapping[str, str] = field(factory=dict[str, str])
    """Decoded; of a repeated name the last value counts."""
    headers: Mapping[str, str] = field(factory=dict[str, str])
    """Names in lower case."""
    params: Mapping[str, str] = field(factory=dict[str, str])
    """What the route's ``{names}`` stood for, decoded."""
    body: bytes = field(default=b"", repr=False)


def _no_headers() -> Mapping[str, str]:
    return {}


@frozen(kw_only=True)
class Response:
    """An answer. ``headers`` need no length and no connection fields."""

    status: int = 200
    headers: Mapping[str, str] = field(factory=_no_headers)
    body: bytes = field(default=b"", repr=False)
    stream: Stream | None = None
    drop: bool = False
    """Close the connection instead of answering: a lost response."""


def json_response(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return ``value`` as a JSON answer."""
    return Response(
        status=status, headers={"content-type": "application/json", **(headers or {})}, body=to_json(value)
    )


def text_response(text: str, status: int = 200, content_type: str = "text/plain; charset=utf-8") -> Response:
    """Return ``text`` as an answer."""
    return Response(status=status, headers={"content-type": content_type}, body=text.encode())
