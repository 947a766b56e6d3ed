"""Keeping a track's bytes while they pass the guard on their way to the voice node.

What is played is read once anyway; so nothing is fetched a second time. A `Keeper` belongs to one job. It
writes every piece where it belongs in the file, in whichever order the player reads (FFmpeg jumps to an index
at the end, reconnects, seeks), and is done when every byte of the file was seen. A skipped track is not whole
and is thrown away with the job.

All answers under a job have to be pieces of one file. So it is given up as soon as one is none: a playlist
(its segments are files of their own, and none of them is the track), an answer that does not tell its size
(chunks, radio) or cannot be read, and anything over the bound. Two answers that disagree about the size are
two files.

The disk is never waited for by whoever plays: pieces wait for it, up to `WAITING_BYTES`. What has passed is
read from there by whoever asks for it again (a player that jumped to the index and back, a loop, another
guild), if the server can be asked for the rest.

Failure mode: a disk that is full or too slow ends the keeping, never the playing.
"""

import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from io import FileIO
from pathlib import Path

import trio
from attrs import define, field

from media.answers import AnswerReader, Head
from media.durable import sync_file
from media.spans import Spans
from media.version import Version, version_of

WAITING_BYTES = 8 << 20
_log = logging.getLogger(__name__)

_PLAYLIST_START = b"#EXTM3U"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_TELLING = len(_BYTE_ORDER_MARK + _PLAYLIST_START)
_NO_SOUND = (
    "text/",
    "application/vnd.apple",
    "application/x-mpegurl",
    "application/json",
    "audio/mpegurl",
    "audio/x-mpegurl",
)


def is_no_sound(headers: Mapping[str, str]) -> bool:
    """Whether an answer is about something else than the bytes of one file of sound."""
    return "content-encoding" in headers or headers.get("content-type", "").lower().startswith(_NO_SOUND)


def is_playlist(start: bytes) -> bool:
    """Whether a file that begins so is a playlist of HLS, whatever it calls itself."""
    return start.removeprefix(_BYTE_ORDER_MARK).startswith(_PLAYLIST_START)


@define(eq=False, kw_only=True)
class Keeper:
    """Collects one file; a `media.stored.Stored`.

    Attributes:
        part: where it is written until it is whole.
        whole: what it is called then.
        max_bytes: larger files are given up.
        start: runs a task that outlives the connection.
        done: called once, when every byte is written; whoever hears it must `seal` and takes ``part``.
        is_over: handed over or given up.
        may_change: only what its server names a version of is kept.
        version: what the server called it.
        knows_ranges: the server gives pieces too.
        settled: nothing more comes of it: given up, or whoever took it over has said so.
    """

    part: Path
    whole: Path
    max_bytes: int
    start: Callable[[Callable[[], Awaitable[None]]], None]
    done: Callable[["Keeper"], None]
    _size: int | None = field(default=None, init=False)
    _file: FileIO | None = field(default=None, init=False)
    _seen: Spans = field(factory=Spans, init=False)
    _there: Spans = field(factory=Spans, init=False)
    _waiting: deque[tuple[int, bytes]] = field(factory=deque[tuple[int, bytes]], init=False)
    _waiting_bytes: int = field(default=0, init=False)
    _is_writing: bool = field(default=False, init=False)
    _start: bytes = field(default=b"", init=False)
    is_over: bool = field(default=False, init=False)
    may_change: bool = False
    version: Version | None = field(default=None, init=False)
    knows_ranges: bool = field(default=False, init=False)
    _wrote: trio.Event = field(factory=trio.Event, init=False)
    settled: trio.Event = field(factory=trio.Event, init=False)

    def tap(self) -> "KeepingTap | None":
        """Reads along with one answer; None if nothing more is wanted."""
        return None if self.is_over else KeepingTap(self)

    def begins(self, size: int, version: Version | None) -> bool:
        """An answer is about a file of this size, in this version: whether its bytes are wanted."""
        is_other = self._size is not None and (self._size, self.version) != (size, version)
        if is_other or not 0 < size <= self.max_bytes or (self.may_change and version is None):
            self.give_up()
        self._size, self.version = size, version
        return not self.is_over

    def take(self, at: int, data: bytes) -> None:
        """These bytes pass; they are written when the disk has time."""
        if self.is_over or self._is_whole:
            return
        if at == len(self._start) < _TELLING:
            self._start += data[: _TELLING - at]
            if is_playlist(self._start):
                self.give_up()
                return
        self._seen.add(at, at + len(data))
        self._waiting.append((at, data))
        self._waiting_bytes += len(data)
        if self._waiting_bytes > WAITING_BYTES:
            _log.warning("a track is not kept: the disk is too slow")
            self.give_up()
        elif not self._is_writing:
            self._is_writing = True
            self.start(self._write_all)

    def end(self) -> None:
        """Nothing more passes: throw away what is there, unless it is the whole file."""
        if not self._is_whole:
            self.give_up()

    def give_up(self) -> None:
        """Throw away what is there; harmless once it was handed over."""
        if not self.is_over:
            self.is_over = True
            self._waiting.clear()
            if not self._is_writing:  # else the writer does it
                self._throw_away()

    def seal(self) -> None:
        """Bring everything to the disk; runs in a thread.

        Raises:
            OSError: the disk does not take it.
        """
        assert self._file is not None
        with self._file as file:
            sync_file(file)

    def let_go(self) -> None:
        """Whoever took it over is done with it, or had to leave it."""
        self.settled.set()
        if self._file is not None:
            self._file.close()

    async def size(self) -> int | None:
        """See `media.stored.Stored`; nothing is waited for."""
        await trio.lowlevel.checkpoint()
        return self._size if self._is_whole or (self.knows_ranges and not self.is_over) else None

    def is_near(self, at: int) -> bool:
        """See `media.stored.Stored`."""
        return self._seen.reach(at) > at

    async def read(self, at: int, most: int) -> bytes:
        """See `media.stored.Stored`; what has not passed is asked of the server."""
        while self._there.reach(at) <= at < self._seen.reach(at) and not self._is_lost:
            await self._wrote.wait()
        most = min(most, self._there.reach(at) - at)
        return b"" if self._is_lost or most <= 0 else await trio.to_thread.run_sync(self._read, at, most)

    def _read(self, at: int, most: int) -> bytes:
        for path in (self.part, self.whole):
            # It has got its name, or has made room for another.
            with suppress(OSError), path.open("rb") as file:
                file.seek(at)
                return file.read(most)
        return b""

    @property
    def _is_lost(self) -> bool:
        return self.is_over and not self._is_whole

    @property
    def _is_whole(self) -> bool:
        return self._size is not None and self._seen.covers(self._size)

    async def _write_all(self) -> None:
        """Write what waits; the last piece of a whole file hands it over."""
        try:
            while self._waiting:
                at, data = self._waiting.popleft()
                self._waiting_bytes -= len(data)
                await trio.to_thread.run_sync(self._write, at, data)
                self._there.add(at, at + len(data))
                self._tell()
        except OSError as error:
            _log.warning("a track is not kept: %s", error.strerror)
            self.is_over = True
        finally:
            self._is_writing = False
            if self.is_over:
                self._throw_away()
        if not self.is_over and self._is_whole:
            self.is_over = True
            self.done(self)

    def _write(self, at: int, data: bytes) -> None:
        if self._file is None:
            self.part.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.part.open("xb", buffering=0)
        self._file.seek(at)
        while data:
            data = data[self._file.write(data) :]

    def _tell(self) -> None:
        self._wrote.set()
        self._wrote = trio.Event()

    def _throw_away(self) -> None:
        self.settled.set()
        self._tell()
        try:
            if self._file is not None:
                self._file.close()
            self.part.unlink(missing_ok=True)
        except OSError as error:
            _log.warning("a part of a track is left behind: %s", error.strerror)


@define(eq=False)
class KeepingTap:
    """Reads one answer along; a `media.guard_job.Tap`."""

    _keeper: Keeper
    _answer: AnswerReader = field(factory=AnswerReader, init=False)
    _has_begun: bool = field(default=False, init=False)
    _at: int | None = field(default=None, init=False)

    async def hear(self, data: bytes) -> None:
        """Keep what passes."""
        body = self._answer.feed(data)
        if self._answer.head is None:
            if self._answer.is_over:
                self._keeper.give_up()
            return
        if not self._has_begun:
            self._has_begun, self._at = True, self._begin(self._answer.head)
        if body and self._at is not None:
            at, self._at = self._at, self._at + len(body)
            self._keeper.take(at, body)

    def close(self) -> None:
        """The connection is over; another one may bring the rest."""

    def _begin(self, head: Head) -> int | None:
        """Where this answer's bytes belong; None if they do not."""
        if not 200 <= head.status < 300:  # a redirect, a refusal: another answer follows
            return None
        span = head.span()
        self._keeper.knows_ranges |= head.status == 206 or head.headers.get("accept-ranges", "") == "bytes"
        if span is None or is_no_sound(head.headers):
            self._keeper.give_up()
            return None
        return span[0] if self._keeper.begins(span[1], version_of(head.headers)) else None
