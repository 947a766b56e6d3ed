"""A file that is fetched once, and read by everybody who wants it while it is still on its way.

Whoever looks into an attachment and whoever plays it read the same file here (`media.stored`), as far as it
has come; the server is asked once. States: fetching → whole, or failed. Whole is what came to the end that it
announced, and is on the disk.

Until somebody has said that it is wanted, it comes only a little further than it is read: a look into a
lecture of two hours shall not fetch all of it.

Only sound of a told size is worth it: pages, playlists (their segments are not in them) and answers without a
length fail at once, and their readers are sent to the server. So do a disk that is full and a server that
breaks off: readers ask the server from where they are.

One handle serves writing and reading, so it does not matter that the file gets its name meanwhile, or makes
room for others while it is read.
"""

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import BinaryIO

import trio
from attrs import define, field

from media.durable import sync_file
from media.errors import MediaError, MediaFailure
from media.fetch import Fetch, open_fetch
from media.guard import Guard
from media.guard_job import Job
from media.keeping import is_no_sound, is_playlist

FETCH_S = 300.0  # longest download, seconds
AHEAD_BYTES = 2 << 20  # of what is read, while nobody wants all of it
_TELLING = 16  # bytes that tell a playlist


@define(eq=False, kw_only=True)
class Growing:
    """One file on its way; a `media.stored.Stored`.

    Attributes:
        url: where it is fetched from.
        part: where it is written.
        max_bytes: larger ones fail.
        is_whole: every byte is on the disk.
        is_closed: nobody reads it any more.
    """

    url: str = field(repr=False)
    part: Path
    max_bytes: int
    is_whole: bool = field(default=False, init=False)
    is_closed: bool = field(default=False, init=False)
    _has_failed: bool = field(default=False, init=False)
    _size: int | None = field(default=None, init=False)
    _there: int = field(default=0, init=False)
    _file: BinaryIO | None = field(default=None, init=False)
    _lock: Lock = field(factory=Lock, init=False)
    _changed: trio.Event = field(factory=trio.Event, init=False)
    _asked: int = field(default=0, init=False)
    _is_wanted: bool = field(default=False, init=False)
    _readers: int = field(default=0, init=False)
    _is_left: bool = field(default=False, init=False)

    def serve(self, job: Job) -> None:
        """Answer a job from here until it ends."""
        self._readers += 1
        job.stored = self
        job.at_end.append(self._leave)

    async def size(self) -> int | None:
        """See `media.stored.Stored`."""
        while self._size is None and not self._has_failed:
            await self._changed.wait()
        return None if self._has_failed else self._size

    def is_near(self, at: int) -> bool:
        """See `media.stored.Stored`."""
        return at <= self._there

    async def read(self, at: int, most: int) -> bytes:
        """See `media.stored.Stored`."""
        if at > self._asked:
            self._asked = at
            self._tell()
        while at >= self._there and not self._has_failed and not self.is_whole:
            await self._changed.wait()
        most = min(most, self._there - at)
        if self._has_failed or most <= 0:
            return b""
        return await trio.to_thread.run_sync(self._read, at, most)

    async def run(self, guard: Guard) -> None:
        """Fetch it.

        Raises:
            MediaError: it does not come, or is nothing to keep.
            OSError: the disk does not take it.
        """
        try:
            async with open_fetch(guard, self.url, max_bytes=self.max_bytes, max_s=FETCH_S) as fetch:
                self._size = self._look_at(fetch)
                self._tell()
                await self._take(fetch)
            await trio.to_thread.run_sync(self._sync)
            self.is_whole = True
        finally:
            self._has_failed = not self.is_whole
            self._tell()

    def settle(self, name: Callable[[Path], Path]) -> None:
        """Let the whole file be named, between two readings; runs in a thread.

        Raises:
            OSError: the disk does not take it.
        """
        with self._lock:
            if self._file is not None:  # Windows renames nothing that is open
                self._file.close()
                self._file = None
            self._file = name(self.part).open("r+b")

    def want(self) -> None:
        """All of it shall come."""
        self._is_wanted = True
        self._tell()

    def forget(self) -> None:
        """Nobody finds it any more: its handle goes with the last reader."""
        self._is_left = True
        self._close_if_unused()

    def _look_at(self, fetch: Fetch) -> int:
        """The size that an answer tells.

        Raises:
            MediaError: it is nothing to keep.
        """
        told = fetch.headers.get("content-length", "")
        if is_no_sound(fetch.headers) or not told.isdecimal() or not 0 < int(told) <= self.max_bytes:
            raise MediaError(kind=MediaFailure.NOT_AUDIO, host=fetch.host, detail="nothing to keep")
        return int(told)

    async def _take(self, fetch: Fetch) -> None:
        waiting = bytearray()
        while data := await fetch.receive():
            await self._wait_for_readers()
            waiting += data
            if self._there or len(waiting) >= _TELLING:
                await self._add(bytes(waiting), fetch.host)
                waiting.clear()
        await self._add(bytes(waiting), fetch.host)

    async def _wait_for_readers(self) -> None:
        while not self._is_wanted and self._there > self._asked + AHEAD_BYTES:
            await self._changed.wait()

    async def _add(self, data: bytes, host: str) -> None:
        if not self._there and is_playlist(data):
            raise MediaError(kind=MediaFailure.NOT_AUDIO, host=host, detail="a playlist")
        await trio.to_thread.run_sync(self._write, data)
        self._there += len(data)
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = trio.Event()

    def _write(self, data: bytes) -> None:
        with self._lock:
            if self._file is None:
                self.part.parent.mkdir(parents=True, exist_ok=True)
                self._file = self.part.open("x+b")
            self._file.seek(self._there)
            self._file.write(data)
            self._file.flush()

    def _read(self, at: int, most: int) -> bytes:
        with self._lock:
            if self._file is None:  # it was forgotten meanwhile
                return b""
            self._file.seek(at)
            return self._file.read(most)

    def _sync(self) -> None:
        with self._lock:
            if self._file is not None:
                sync_file(self._file)

    def _leave(self) -> None:
        self._readers -= 1
        self._close_if_unused()

    def _close_if_unused(self) -> None:
        if self._is_left and not self._readers:
            self.close()

    def close(self) -> None:
        """Let go of it, whoever still reads."""
        with self._lock:
            self.is_closed = True
            if self._file is not None:
                self._file.close()
                self._file = None
