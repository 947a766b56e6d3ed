"""Tracks kept on disk, so that they play again without the web, also after a restart.

One file per track, named by the digest of its key; the folder is the index. A file appears under its name
only when it is whole and synced; a crash leaves a ``.part``, removed at the next start. When the files are
together larger than ``max_bytes``, the least recently used go first (their modification time is the time of
use).

Only what cannot change behind its key may be put here; the caller knows. Filling runs in the background, one
file at a time, and its failures are logged: a track that is not in the cache plays from where it is.
"""

import hashlib
import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import trio
from attrs import Factory, define

from media.errors import MediaError
from media.fetch import open_fetch
from media.guard import Guard

FILL_S = 300.0  # longest download, seconds
_log = logging.getLogger(__name__)


@define(eq=False)
class Cache:
    """The kept files.

    Attributes:
        folder: made when first needed.
        max_bytes: of all files together; 0 keeps nothing.
    """

    folder: Path
    max_bytes: int
    guard: Guard
    nursery: trio.Nursery
    _filling: set[str] = Factory(set[str])
    _one_at_a_time: trio.Lock = Factory(trio.Lock)

    def find(self, key: str) -> Path | None:
        """The whole file of a track, marked as used now; None if it is not kept."""
        path = self._path(key)
        try:
            os.utime(path)
        except OSError:
            return None
        return path

    def fill(self, key: str, url: str) -> None:
        """Start to keep a track, unless it is there or on its way."""
        if self.max_bytes and key not in self._filling and self.find(key) is None:
            self._filling.add(key)
            self.nursery.start_soon(self._fill, key, url)

    def clean_up(self) -> None:
        """Remove what a crash left behind; called once, at the start."""
        for part in self.folder.glob("*.part"):
            part.unlink()

    def _path(self, key: str) -> Path:
        return self.folder / hashlib.sha256(key.encode()).hexdigest()

    async def _fill(self, key: str, url: str) -> None:
        path = self._path(key)
        part = path.with_suffix(".part")
        try:
            async with self._one_at_a_time:
                await self._download(url, part)
                await trio.to_thread.run_sync(self._keep, part, path)
            _log.info("kept a track size=%d", path.stat().st_size)
        except MediaError as error:
            _log.info("track not kept: %s", error)
        except OSError as error:
            _log.warning("track not kept: %s", error.strerror)
        finally:
            self._filling.discard(key)
            with suppress(OSError):
                part.unlink(missing_ok=True)

    async def _download(self, url: str, part: Path) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            async with open_fetch(self.guard, url, max_bytes=self.max_bytes // 2, max_s=FILL_S) as fetch:
                while data := await fetch.receive():
                    await trio.to_thread.run_sync(file.write, data)
            await trio.to_thread.run_sync(_sync, file)

    def _keep(self, part: Path, path: Path) -> None:
        """Give the file its name and make room; runs in a thread."""
        part.replace(path)
        files = [(entry.stat(), Path(entry.path)) for entry in os.scandir(self.folder)]
        files.sort(key=lambda item: item[0].st_mtime_ns)
        excess = sum(stat.st_size for stat, _ in files) - self.max_bytes
        for stat, old in files:
            if excess <= 0:
                return
            with suppress(PermissionError):  # Windows: it is being played
                old.unlink()
                excess -= stat.st_size


def _sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
