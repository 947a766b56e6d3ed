"""What a radio says it plays: titles that stand between its bytes (ICY), read along in the guard.

FFmpeg asks for them (``Icy-MetaData: 1``) and takes them out of the sound; nothing of it comes back from the
node, so they are read where the bytes pass anyway. A radio over HLS names them in its playlist or its pieces
(`media.radio_hls`), which pass there as well. `Stations` gives each playing radio a `Station`; whoever shows
titles listens to it by the playable's proxy.

Failure mode: a stream that counts wrong names no more titles; the sound is not touched.

Source: SHOUTcast's ``icy-metaint``: after so many bytes of sound a byte with the length of the text in
sixteenths, then the text, filled up with zeros.
"""

import re
from collections.abc import Callable

from attrs import Factory, define, field

from media.answers import AnswerReader, Head
from media.guard_job import Job
from media.radio_hls import PieceReader

_TITLE = re.compile(rb"StreamTitle='(.*?)';(?=\s*(?:Stream|[A-Za-z]+=|\x00|$))", re.DOTALL)
_LONGEST_INTERVAL = 1 << 20  # bytes of sound between two texts; usual are 8 to 64 KiB
_LONGEST_TITLE = 300


def parse_titles(text: bytes) -> str | None:
    """The title in one text of ICY; empty where the radio names nothing, None where the text says nothing."""
    match = _TITLE.search(text)
    if match is None:
        return None
    try:
        title = match[1].decode("utf-8")
    except UnicodeDecodeError:
        title = match[1].decode("latin-1")
    return " ".join(title.split())[:_LONGEST_TITLE].strip(" -")


@define(eq=False)
class IcyReader:
    """Takes the texts out of a stream's bytes: a machine without I/O.

    Attributes:
        interval: bytes of sound between two texts.
    """

    interval: int
    _sound_left: int = field(init=False)
    _text_left: int | None = field(default=None, init=False)  # None: its length comes next
    _text: bytearray = field(factory=bytearray, init=False)

    def __attrs_post_init__(self) -> None:
        self._sound_left = self.interval

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes; the texts that are whole now, empty ones left out."""
        texts: list[bytes] = []
        at = 0
        while at < len(data):
            if self._sound_left:
                step = min(self._sound_left, len(data) - at)
                self._sound_left -= step
            elif self._text_left is None:
                step, self._text_left = 1, data[at] * 16
            else:
                step = min(self._text_left, len(data) - at)
                self._text += data[at : at + step]
                self._text_left -= step
            at += step
            if self._text_left == 0:
                texts += [bytes(self._text)] if self._text else []
                self._text.clear()
                self._text_left, self._sound_left = None, self.interval
        return texts


@define(eq=False)
class Station:
    """A radio that plays, and who wants to know what."""

    title: str = ""
    _listeners: list[Callable[[str], None]] = Factory(list[Callable[[str], None]])

    def listen(self, hear: Callable[[str], None]) -> None:
        """Hear of every new title, and of the one that is known."""
        self._listeners.append(hear)
        if self.title:
            hear(self.title)

    def tell(self, title: str) -> None:
        """The radio names a title."""
        if title and title != self.title:
            self.title = title
            for hear in self._listeners:
                hear(title)


@define(eq=False)
class StationTap:
    """Reads one connection's answer along; a `media.guard_job.Tap`."""

    station: Station
    _answer: AnswerReader = field(factory=AnswerReader, init=False)
    _reader: IcyReader | PieceReader | None = field(default=None, init=False)

    async def hear(self, data: bytes) -> None:
        """Find texts in what passes."""
        body = self._answer.feed(data)
        if self._reader is None and self._answer.head is not None:
            self._reader = _reader_of(self._answer.head)
        match self._reader:
            case IcyReader() as reader:
                for text in reader.feed(body):
                    self.station.tell(parse_titles(text) or "")
            case PieceReader() as reader:
                self.station.tell(reader.feed(body, ends=self._answer.is_over))
                self._answer.is_over |= reader.is_over  # not a byte more is looked at
            case None:
                return

    def close(self) -> None:
        """The connection is over."""
        if isinstance(self._reader, PieceReader):
            self.station.tell(self._reader.feed(b"", ends=True))


def _reader_of(head: Head) -> IcyReader | PieceReader:
    told = head.headers.get("icy-metaint", "").strip()
    if told.isdecimal() and 0 < int(told) <= _LONGEST_INTERVAL:
        return IcyReader(int(told))
    return PieceReader(is_list="mpegurl" in head.headers.get("content-type", "").lower())


@define(eq=False)
class Stations:
    """The radios that play now, by the proxy of their playable; a `media.resolve.Titles`."""

    _stations: dict[str, Station] = Factory(dict[str, Station])

    def watch(self, job: Job) -> None:
        """Read the titles of a job's answers, until it ends."""
        station = self._stations[job.proxy_url] = Station()

        def forget() -> None:
            del self._stations[job.proxy_url]

        job.tap = lambda: StationTap(station)
        job.at_end.append(forget)

    def listen(self, proxy_url: str, hear: Callable[[str], None]) -> None:
        """Call ``hear`` with every title of a playing radio; what is no radio names none."""
        station = self._stations.get(proxy_url)
        if station is not None:
            station.listen(hear)
