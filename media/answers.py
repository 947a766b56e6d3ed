"""A server's answer read along while it passes: its head as a value, its body without its framing.

A machine without I/O on h11's rules. Old radio servers answer ``ICY 200 OK``; that is read as HTTP/1.0. What
is no HTTP at all, or breaks a rule, is given up quietly: whoever reads along has no say.
"""

import re

import h11
from attrs import define, field, frozen

_ICY = re.compile(rb"^ICY (\d{3})", re.IGNORECASE)
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})")
_MOST_HEAD = 64 * 1024


@frozen(kw_only=True)
class Head:
    """An answer's head.

    Attributes:
        headers: names in lower case.
    """

    status: int
    headers: dict[str, str]

    @property
    def tells_its_end(self) -> bool:
        """Whether the body's end can be told from a connection that broke."""
        return not {"content-length", "transfer-encoding"}.isdisjoint(self.headers)

    def span(self) -> tuple[int, int] | None:
        """Where the body begins in the whole file, and the file's size; None if that is not told."""
        if "content-encoding" in self.headers:
            return None
        if self.status == 200 and self.headers.get("content-length", "").isdecimal():
            return 0, int(self.headers["content-length"])
        match = _RANGE.fullmatch(self.headers.get("content-range", "").strip())
        if self.status != 206 or match is None:
            return None
        return int(match[1]), int(match[3])


def _client() -> h11.Connection:
    parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MOST_HEAD)
    parser.send(h11.Request(method="GET", target="/", headers=[("Host", "guard")]))
    parser.send(h11.EndOfMessage())
    return parser


@define(eq=False)
class AnswerReader:
    """One answer.

    Attributes:
        head: None until it has come whole.
        is_over: nothing more can be read of it.
        is_whole: it is over because its end has come, as it said.
    """

    head: Head | None = field(default=None, init=False)
    is_over: bool = field(default=False, init=False)
    is_whole: bool = field(default=False, init=False)
    _parser: h11.Connection = field(factory=_client, init=False)
    _start: bytes = field(default=b"", init=False)
    _begun: bool = field(default=False, init=False)

    def feed(self, data: bytes) -> bytes:
        """Take what came; the bytes of the body in it."""
        if self.is_over:
            return b""
        if not self._begun:
            self._start += data
            if len(self._start) < len(b"ICY 200"):
                return b""
            data, self._begun = _ICY.sub(rb"HTTP/1.0 \1", self._start), True
        try:
            self._parser.receive_data(data)
            return b"".join(iter(self._next_data, None))
        except h11.RemoteProtocolError:
            self.is_over = True
            return b""

    def _next_data(self) -> bytes | None:
        """The next piece of the body, None if there is none yet."""
        while True:
            event = self._parser.next_event()
            if isinstance(event, h11.Data):
                return bytes(event.data)
            if isinstance(event, h11.Response):
                fields = {name.decode("latin-1"): value.decode("latin-1") for name, value in event.headers}
                self.head = Head(status=event.status_code, headers=fields)
            elif not isinstance(event, h11.InformationalResponse):
                self.is_over = event is not h11.NEED_DATA
                self.is_whole = isinstance(event, h11.EndOfMessage)
                return None
