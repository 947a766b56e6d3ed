"""Tracks kept on disk, so that they play again without the web, also after a restart.

One file per track, named by the digest of its key; the folder is the index. A file appears under its name
only when it is whole and synced; a crash leaves a ``.part``, removed at the next start. When the files are
together larger than ``max_bytes``, the least recently used go first (their modification time is the time of
use).

Only what cannot change behind its key may be put here; the caller knows. A track comes in by one of two ways:
`fill` fetches it in the background, one file at a time; `keep_what_passes` collects it while it is played
(`media.keeping`). Failures of either are logged: a track that is not in the cache plays from where it is.
"""

import hashlib
import logging
import os
import secrets
from contextlib import suppress
from functools import partial
from pathlib import Path

import trio
from attrs import Factory, define

from media.durable import sync_file, sync_folder
from media.errors import MediaError
from media.fetch import open_fetch
from media.guard import Guard
from media.guard_job import Job
from media.keeping import Keeper
from media.tracks import Track

KEPT_S = 600.0  # longer tracks are not kept, seconds
FILL_S = 300.0  # longest download, seconds
_log = logging.getLogger(__name__)


@define(eq=False)
class Cache:
    """The kept files.

    Attributes:
        folder: made when first needed.
        max_bytes: of all files together; 0 keeps nothing.
        max_s: longer tracks are not kept, seconds.
    """

    folder: Path
    max_bytes: int
    guard: Guard
    nursery: trio.Nursery
    max_s: float = KEPT_S
    _filling: set[str] = Factory(set[str])
    _keepers: set[Keeper] = Factory(set[Keeper])
    _one_at_a_time: trio.Lock = Factory(trio.Lock)
    _naming: trio.Lock = Factory(trio.Lock)

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

    def wants(self, track: Track) -> bool:
        """Whether a track is short enough to be kept, and known to be."""
        return bool(self.max_bytes) and not track.live and 0.0 < (track.duration_s or 0.0) <= self.max_s

    def keep_what_passes(self, track: Track, job: Job, size: int | None = None) -> None:
        """Keep a short track that is about to be played under this job, if it is played to its end.

        Args:
            track: what plays; never twice at the same time, that is its second job's loss.
            job: all answers to it are taken for pieces of the same file.
            size: bytes, where known.
        """
        if not self.wants(track) or (size or 0) > self._largest or track.key in self._filling:
            return
        self._filling.add(track.key)
        part = self._path(track.key).with_suffix(f".{secrets.token_hex(4)}.part")
        keeper = Keeper(
            part=part,
            max_bytes=self._largest,
            start=self.nursery.start_soon,
            done=partial(self._finish_soon, track.key),
        )
        job.tap = keeper.tap

        def end() -> None:
            self._filling.discard(track.key)
            keeper.end()

        self._keepers = {other for other in self._keepers if not other.is_over} | {keeper}
        job.at_end.append(end)

    def close(self) -> None:
        """Let go of what is half there; called once, when nothing passes any more."""
        while self._keepers:
            self._keepers.pop().give_up()

    def clean_up(self) -> None:
        """Remove what a crash left behind and what has no room any more; called once, at the start."""
        for part in self.folder.glob("*.part"):
            part.unlink()
        if self.folder.is_dir():
            self._make_room()

    def _path(self, key: str) -> Path:
        return self.folder / hashlib.sha256(key.encode()).hexdigest()

    @property
    def _largest(self) -> int:
        """The largest file that is worth the room, bytes."""
        return self.max_bytes // 2

    def _finish_soon(self, key: str, keeper: Keeper) -> None:
        self.nursery.start_soon(self._finish, key, keeper)

    async def _finish(self, key: str, keeper: Keeper) -> None:
        """Give a collected file its name."""
        try:
            await trio.to_thread.run_sync(keeper.seal)
            async with self._naming:
                await trio.to_thread.run_sync(self._keep, keeper.part, self._path(key))
            _log.info("kept a track that was played")
        except OSError as error:
            _log.warning("a track is not kept: %s", error.strerror)
            with suppress(OSError):
                keeper.part.unlink(missing_ok=True)

    async def _fill(self, key: str, url: str) -> None:
        path = self._path(key)
        part = path.with_suffix(".part")
        try:
            async with self._one_at_a_time:
                await self._download(url, part)
                async with self._naming:
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
            async with open_fetch(self.guard, url, max_bytes=self._largest, max_s=FILL_S) as fetch:
                while data := await fetch.receive():
                    await trio.to_thread.run_sync(file.write, data)
            await trio.to_thread.run_sync(sync_file, file)

    def _keep(self, part: Path, path: Path) -> None:
        """Give the file its name and make room; runs in a thread."""
        part.replace(path)
        sync_folder(self.folder)
        self._make_room()

    def _make_room(self) -> None:
        """Remove the least recently used files until the others fit."""
        files: list[tuple[os.stat_result, Path]] = []
        for entry in os.scandir(self.folder):
            with suppress(FileNotFoundError):  # a part whose track was skipped
                files.append((entry.stat(), Path(entry.path)))
        excess = sum(stat.st_size for stat, _ in files) - self.max_bytes
        for stat, old in sorted(files, key=lambda item: item[0].st_mtime_ns):
            if excess <= 0:
                return
            if old.suffix != ".part":
                with suppress(PermissionError):  # Windows: it is being played
                    old.unlink(missing_ok=True)
                    excess -= stat.st_size
