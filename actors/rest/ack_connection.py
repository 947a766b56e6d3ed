"""One keep-alive connection of the acknowledgement line: h11 on a Trio stream.

May import ``answers`` (its ``Answer``) only; nothing of Discord is known here.

States: *free* → ``exchange`` → *busy* → its response has been read → *free*; or *dead* for good, from any
state: the peer closed or sent nonsense, or a send failed. One task per connection (``run``) reads for as long
as the connection lives, also while it is free: so the peer's idle close is noticed when it happens and not by
the next request.

Failure modes: ``Dead.answering`` tells whether a byte of the response had come. A caller who is cancelled
leaves the response to the reader, which takes it in and frees the connection.
"""

from collections.abc import Callable

import attrs
import h11
import trio

from actors.rest.answers import Answer

RECEIVE_BYTES = 16_384
MAX_BODY_BYTES = 1_048_576
"""Discord answers a callback with nothing or a short error; more is not from Discord."""


class Dead(Exception):
    """The connection ended without a whole response.

    Args:
        why: one sentence for people.
        answering: a part of the response had come.

    """

    def __init__(self, why: str, *, answering: bool) -> None:
        super().__init__(why)
        self.why = why
        self.answering = answering


@attrs.define(eq=False)
class _Exchange:
    """A response in the making."""

    done: trio.Event = attrs.field(factory=trio.Event)
    status: int = 0
    headers: dict[str, str] = attrs.field(factory=dict[str, str])
    body: bytearray = attrs.field(factory=bytearray)
    answering: bool = False
    answer: Answer | None = None


class AckConnection:
    """A connection that carries one request after the other.

    Args:
        stream: connected, TLS handshake done.
        changed: called when the connection became free or dead, never from inside ``exchange``'s own waiting.

    """

    def __init__(self, stream: trio.abc.Stream, changed: "Callable[[AckConnection], None]") -> None:
        self._stream = stream
        self._changed = changed
        self._h11 = h11.Connection(our_role=h11.CLIENT)
        self._exchange: _Exchange | None = None
        self._sending = False
        self._reading = trio.CancelScope()
        self.dead_because: str | None = None
        self.closed_by_peer = False
        self.since = trio.current_time()
        """When the connection became free or busy, monotonic seconds."""

    @property
    def is_free(self) -> bool:
        """Whether the next request may be sent."""
        return self._exchange is None and not self._sending and self.dead_because is None

    async def exchange(self, request: h11.Request, body: bytes) -> Answer:
        """Send a request and wait for its response. Only on a free or a just dead connection.

        Raises:
            Dead: no whole response will come.

        """
        if self.dead_because is not None:
            raise Dead(self.dead_because, answering=False)
        exchange = self._exchange = _Exchange()
        self.since = trio.current_time()
        wire = (self._h11.send(request) or b"") + (self._h11.send(h11.Data(data=body)) or b"")
        wire += self._h11.send(h11.EndOfMessage()) or b""
        await self._send(wire)
        await exchange.done.wait()
        if exchange.answer is None:
            raise Dead(self.dead_because or "the connection broke", answering=exchange.answering)
        return exchange.answer

    async def run(self) -> None:
        """Read until the connection is dead, then close it."""
        try:
            with self._reading:
                while self.dead_because is None:
                    self._take(await self._stream.receive_some(RECEIVE_BYTES))
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self._end("the connection broke")
        except h11.RemoteProtocolError:
            self._end("the peer does not speak HTTP as it should")
        finally:
            self.die("the line closes")
            await trio.aclose_forcefully(self._stream)

    def die(self, why: str) -> None:
        """End the connection's usefulness; who waits for a response is told."""
        if self.dead_because is not None:
            return
        self.dead_because = why
        self._reading.cancel()
        if self._exchange is not None:
            self._exchange.done.set()
        self._changed(self)

    def _end(self, why: str) -> None:
        """Note a death that the peer caused."""
        if self.dead_because is None:
            self.closed_by_peer = True
            self.die(why)

    async def _send(self, wire: bytes) -> None:
        """Send all; the response may be there, and read, before Trio says that the last byte left."""
        sent, self._sending = False, True
        try:
            await self._stream.send_all(wire)
            sent = True
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self._end("the connection broke while a request was being sent")
        finally:
            self._sending = False
            if not sent:
                self.die("a request was sent in part")
        self._offer()

    def _offer(self) -> None:
        """Say that the next request may come, once this one is through in both directions."""
        if self.is_free:
            self._changed(self)

    def _take(self, data: bytes | bytearray) -> None:
        """Feed received bytes to h11 and act on what they mean."""
        exchange = self._exchange
        if exchange is None:
            self._end("the peer sent what nobody asked for" if data else "the peer closed the connection")
            return
        if not data and not exchange.answering:
            self._end("the peer closed the connection")
            return
        exchange.answering = True
        self._h11.receive_data(bytes(data))
        while self.dead_because is None and self._exchange is exchange:
            event = self._h11.next_event()
            match event:
                case h11.Response():
                    exchange.status = event.status_code
                    pairs = ((k.decode("latin-1"), v.decode("latin-1")) for k, v in event.headers)
                    exchange.headers = dict(pairs)
                case h11.Data():
                    exchange.body += event.data
                    if len(exchange.body) > MAX_BODY_BYTES:
                        self._end("the response is too large")
                case h11.EndOfMessage():
                    self._finish(exchange)
                case h11.ConnectionClosed():
                    self._end("the peer closed the connection")
                case h11.NEED_DATA | h11.PAUSED:
                    return
                case _:  # an informational response: the real one follows
                    pass

    def _finish(self, exchange: _Exchange) -> None:
        """Hand over a whole response; go on if both sides can."""
        exchange.answer = Answer(status=exchange.status, headers=exchange.headers, body=bytes(exchange.body))
        exchange.done.set()
        if self._h11.our_state is not h11.DONE or self._h11.their_state is not h11.DONE:
            self.die("the peer closes after this response")
        elif self._h11.trailing_data[0]:
            self._end("the peer sent what nobody asked for")
        else:
            self._h11.start_next_cycle()
            self._exchange = None
            self.since = trio.current_time()
            self._offer()
