"""Serves HTTP/1.1 and WebSocket upgrades on one loopback port: h11 speaks, a ``Router`` answers.

One task per connection. A connection ends when the peer closes, sends bytes that are not HTTP (it gets a
400 if that can still be said), stays idle for ``KEEP_ALIVE_S``, or asks for it; nothing that arrives on one
connection reaches another, and nothing ends the server. A body is read whole before its handler runs, up to
``max_body_bytes`` (413 beyond). A handler that raises is logged and answered with 500.
"""

import logging
from urllib.parse import parse_qsl

import h11
import trio
from attrs import evolve, frozen

from sandbox.http import websocket
from sandbox.http.exchange import Request, Response, Stream, json_response
from sandbox.http.router import Found, FoundWebSocket, NotFound, Router, WrongMethod
from sandbox.http.websocket import WebSocketClosed

KEEP_ALIVE_S = 75.0
NORMAL, GOING_AWAY = 1000, 1001
"""WebSocket close codes: the handler is done; the server ends or the handler failed."""
_GOODBYE_S = 0.3
_CHUNK = 65536
_MAX_HEAD_BYTES = 65536
_LOG = logging.getLogger(__name__)


@frozen(kw_only=True)
class Limits:
    """How much a peer may send."""

    max_body_bytes: int = 128 * 1024 * 1024
    max_message_bytes: int = 4 * 1024 * 1024


class _GiveUp(Exception):
    """Nothing more can be said on this connection."""


class _Refused(Exception):
    """The request cannot be handled; answer with this status and close."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class HttpServer:
    """A router on a port of 127.0.0.1."""

    def __init__(self, router: Router, limits: Limits | None = None) -> None:
        self._router = router
        self._limits = limits or Limits()

    async def run(self, port: int, *, task_status: trio.TaskStatus[int] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until cancelled; ``started`` gives the port (0 asks for a free one)."""
        listeners = await trio.open_tcp_listeners(port, host="127.0.0.1")
        async with trio.open_nursery() as nursery:
            task_status.started(listeners[0].socket.getsockname()[1])
            nursery.start_soon(trio.serve_listeners, self.serve, listeners)

    async def serve(self, stream: trio.abc.Stream) -> None:
        """Serve one connection until it ends. Never raises but when cancelled."""
        try:
            await _Connection(stream, self._router, self._limits).run()
        except* (_GiveUp, WebSocketClosed, trio.BrokenResourceError, trio.ClosedResourceError):
            _LOG.debug("a peer went away")
        except* Exception:  # noqa: BLE001 - a defect on one connection must not end the others
            _LOG.exception("a connection failed")
        finally:
            with trio.CancelScope(shield=True):
                await trio.aclose_forcefully(stream)


class _Connection:
    def __init__(self, stream: trio.abc.Stream, router: Router, limits: Limits) -> None:
        self._stream = stream
        self._router = router
        self._limits = limits
        self._wire = h11.Connection(h11.SERVER, max_incomplete_event_size=_MAX_HEAD_BYTES)

    async def run(self) -> None:
        while True:
            try:
                if not await self._exchange():
                    return
            except h11.RemoteProtocolError as error:
                await self._say(error.error_status_hint)
                return
            except _Refused as refused:
                await self._say(refused.status)
                return
            if self._wire.our_state is not h11.DONE or self._wire.their_state is not h11.DONE:
                return
            self._wire.start_next_cycle()

    async def _exchange(self) -> bool:
        """Serve one request; False if the connection was handed over or is at its end."""
        head = None
        with trio.move_on_after(KEEP_ALIVE_S):
            head = await self._next_event()
        if not isinstance(head, h11.Request):
            return False
        if _asks_for_websocket(head):
            await self._upgrade(head)
            return False
        request = _to_request(head, await self._read_body())
        response = await self._dispatch(request)
        if response.drop:
            return False
        if response.stream is None:
            await self._answer(request, response)
        else:
            await self._answer_stream(response, response.stream)
        return True

    async def _next_event(self) -> h11.Event | type[h11.PAUSED]:
        while True:
            event = self._wire.next_event()
            if event is not h11.NEED_DATA:
                return event  # pyright: ignore[reportReturnType] - h11 types NEED_DATA as a class, not a value
            if self._wire.they_are_waiting_for_100_continue:
                await self._write(h11.InformationalResponse(status_code=100, headers=[]))
            self._wire.receive_data(bytes(await self._stream.receive_some(_CHUNK)))

    async def _read_body(self) -> bytes:
        body = bytearray()
        while True:
            event = await self._next_event()
            match event:
                case h11.Data():
                    body += event.data
                    if len(body) > self._limits.max_body_bytes:
                        raise _Refused(413)
                case h11.EndOfMessage():
                    return bytes(body)
                case _:
                    raise _GiveUp

    async def _dispatch(self, request: Request) -> Response:
        match self._router.find(request.method, request.path):
            case Found(handler, params):
                try:
                    return await handler(evolve(request, params=params))
                except Exception:  # noqa: BLE001 - a defect of one handler is one 500
                    _LOG.exception("%s %s failed", request.method, request.path)
                    return json_response({"message": "500: Internal Server Error", "code": 0}, 500)
            case WrongMethod(allowed):
                headers = {"allow": ", ".join(allowed)}
                return json_response({"message": "405: Method Not Allowed", "code": 0}, 405, headers)
            case NotFound():
                return json_response({"message": "404: Not Found", "code": 0}, 404)

    async def _upgrade(self, head: h11.Request) -> None:
        path, query = _split_target(head)
        found = self._router.find_websocket(path)
        if not isinstance(found, FoundWebSocket):
            raise _Refused(404)
        early = self._wire.trailing_data[0]
        accepted = await websocket.accept(
            self._stream, list(head.headers), head.target, early, self._limits.max_message_bytes
        )
        if accepted is None:
            raise _Refused(400)
        request = Request(method="GET", path=path, query=query, headers=_headers(head), params=found.params)
        code = GOING_AWAY
        try:
            await found.handler(request, accepted)
            code = NORMAL
        finally:
            with trio.move_on_after(_GOODBYE_S) as scope:
                scope.shield = True
                await accepted.close(code)

    async def _answer(self, request: Request, response: Response) -> None:
        body = b"" if request.method == "HEAD" or response.status in {204, 304} else response.body
        headers = list(response.headers.items())
        if response.status not in {204, 304}:
            headers.append(("content-length", str(len(response.body))))
        data = self._encode(h11.Response(status_code=response.status, headers=headers))
        data += self._encode(h11.Data(data=body)) if body else b""
        await self._stream.send_all(data + self._encode(h11.EndOfMessage()))

    async def _answer_stream(self, response: Response, stream: Stream) -> None:
        await self._write(h11.Response(status_code=response.status, headers=list(response.headers.items())))

        async def send(data: bytes) -> None:
            await self._write(h11.Data(data=data))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch_for_end, nursery.cancel_scope)
            await stream(send)
            nursery.cancel_scope.cancel()
        if self._wire.our_state is h11.SEND_BODY and self._wire.their_state is not h11.CLOSED:
            await self._write(h11.EndOfMessage())

    async def _watch_for_end(self, scope: trio.CancelScope) -> None:
        """Cancel a stream whose reader is gone; what it sends meanwhile is the next request."""
        data = b"x"
        while data:
            try:
                data = await self._stream.receive_some(_CHUNK)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                data = b""
            self._wire.receive_data(bytes(data))
        scope.cancel()

    async def _say(self, status: int) -> None:
        """Tell why the connection ends, if it is not too late for that."""
        if self._wire.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            return
        body = b'{"message": "%d: Bad Request", "code": 0}' % status
        headers = [
            ("content-type", "application/json"),
            ("content-length", str(len(body))),
            ("connection", "close"),
        ]
        await self._write(h11.Response(status_code=status, headers=headers))
        await self._write(h11.Data(data=body))
        await self._write(h11.EndOfMessage())
        with trio.move_on_after(1):  # let the peer read it: closing with unread bytes would reset
            if isinstance(self._stream, trio.abc.HalfCloseableStream):
                await self._stream.send_eof()
            while await self._stream.receive_some(_CHUNK):
                pass

    async def _write(self, event: h11.Event) -> None:
        await self._stream.send_all(self._encode(event))

    def _encode(self, event: h11.Event) -> bytes:
        try:
            return self._wire.send(event) or b""
        except h11.LocalProtocolError as error:  # the peer ended while we were answering
            raise _GiveUp from error


def _asks_for_websocket(head: h11.Request) -> bool:
    return any(name == b"upgrade" and value.lower() == b"websocket" for name, value in head.headers)


def _split_target(head: h11.Request) -> tuple[str, dict[str, str]]:
    target = head.target.decode("ascii", "replace")
    if target.startswith("http://"):
        target = "/" + target.removeprefix("http://").partition("/")[2]
    path, _, query = target.partition("?")
    try:
        return path, dict(parse_qsl(query, keep_blank_values=True, max_num_fields=100))
    except ValueError as error:
        raise _Refused(400) from error


def _headers(head: h11.Request) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}


def _to_request(head: h11.Request, body: bytes) -> Request:
    path, query = _split_target(head)
    return Request(
        method=head.method.decode("ascii", "replace"),
        path=path,
        query=query,
        headers=_headers(head),
        body=body,
    )
