"""Finds the handler of a path: literal segments, ``{name}`` segments, and at the end ``{*name}``.

Literal wins over ``{name}``, ``{name}`` over ``{*name}`` (which takes the rest of the path, slashes
included). A path that exists with other methods only is told apart from one that does not exist. No I/O.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias
from urllib.parse import unquote

from attrs import define, field, frozen

from sandbox.http.exchange import Request, Response
from sandbox.http.websocket import WebSocket

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]
WebSocketHandler: TypeAlias = Callable[[Request, WebSocket], Awaitable[None]]


@frozen(kw_only=True)
class Route:
    """``method pattern`` is answered by ``handler``."""

    method: str
    pattern: str
    handler: Handler


@frozen(kw_only=True)
class WebSocketRoute:
    """An upgrade at ``pattern`` is served by ``handler`` until it returns."""

    pattern: str
    handler: WebSocketHandler


AnyRoute: TypeAlias = Route | WebSocketRoute


@define
class _Node:
    literals: dict[str, "_Node"] = field(factory=dict[str, "_Node"])
    parameter: "_Node | None" = None
    methods: dict[str, tuple[Handler, tuple[str, ...]]] = field(
        factory=dict[str, tuple[Handler, tuple[str, ...]]]
    )
    upgrade: tuple[WebSocketHandler, tuple[str, ...]] | None = None
    tail: "_Node | None" = None


@frozen
class Found:
    """A handler and what the pattern's names stood for."""

    handler: Handler
    params: dict[str, str]


@frozen
class FoundWebSocket:
    """A WebSocket handler and what the pattern's names stood for."""

    handler: WebSocketHandler
    params: dict[str, str]


@frozen
class WrongMethod:
    """The path exists, with these methods."""

    allowed: tuple[str, ...]


@frozen
class NotFound:
    """No pattern fits."""


class Router:
    """Patterns in a tree, one segment a level."""

    def __init__(self, routes: Iterable[AnyRoute] = ()) -> None:
        self._root = _Node()
        for route in routes:
            self.add(route)

    def add(self, route: AnyRoute) -> None:
        """Add a route; a later one with the same pattern and method replaces the earlier."""
        node, names = self._root, list[str]()
        for segment in _segments(route.pattern):
            if segment.startswith("{*"):
                names.append(segment[2:-1])
                node.tail = node = node.tail or _Node()
            elif segment.startswith("{"):
                names.append(segment[1:-1])
                node.parameter = node = node.parameter or _Node()
            else:
                node = node.literals.setdefault(segment, _Node())
        match route:
            case Route():
                node.methods[route.method] = (route.handler, tuple(names))
            case WebSocketRoute():
                node.upgrade = (route.handler, tuple(names))

    def find(self, method: str, path: str) -> Found | WrongMethod | NotFound:
        """Return what answers ``method`` on ``path``. HEAD is answered by GET."""
        allowed: dict[str, None] = {}
        for node, values in _walk(self._root, _segments(path)):
            entry = node.methods.get(method) or (node.methods.get("GET") if method == "HEAD" else None)
            if entry:
                return Found(entry[0], dict(zip(entry[1], map(unquote, values), strict=True)))
            allowed.update(dict.fromkeys(node.methods))
        return WrongMethod(tuple(allowed)) if allowed else NotFound()

    def find_websocket(self, path: str) -> FoundWebSocket | NotFound:
        """Return what serves an upgrade on ``path``."""
        for node, values in _walk(self._root, _segments(path)):
            if node.upgrade:
                handler, names = node.upgrade
                return FoundWebSocket(handler, dict(zip(names, map(unquote, values), strict=True)))
        return NotFound()


def _segments(path: str) -> list[str]:
    """``/a/b`` and ``/a/b/`` are the same path; the root has no segments."""
    return [segment for segment in path.split("/") if segment]


def _walk(node: _Node, rest: list[str]) -> Iterable[tuple[_Node, tuple[str, ...]]]:
    """Yield every node that fits, best first, with the values of its names."""
    if not rest:
        yield node, ()
        if node.tail:
            yield node.tail, ("",)
        return
    head, tail = rest[0], rest[1:]
    literal = node.literals.get(head)
    if literal:
        yield from _walk(literal, tail)
    if node.parameter:
        for found, values in _walk(node.parameter, tail):
            yield found, (head, *values)
    if node.tail:
        yield node.tail, ("/".join(rest),)
