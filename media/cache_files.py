"""The folder of the cache: one file per track, bounded in bytes, the least recently used goes first.

A file is named by the digest of its track's key; the folder is the index, and a file's modification time is
the time of its last use. What is not whole has an ending of `HALVES` and is nobody's track; a crash may leave
it behind, the next start removes it. No trio: what takes long is called in a thread.
"""

import hashlib
import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from attrs import define, frozen

from media.durable import sync_folder

PART = ".part"
WHOLE = ".whole"
LEAST_FREE = 256 << 20
"""Bytes of the disk that are left to others: the database above all."""
HALVES = frozenset({PART, WHOLE})
"""A part grows; a whole was written by another process, and nobody has looked at it yet."""


@frozen(kw_only=True)
class Stock:
    """What lies in the folder: whole tracks, and bytes of everything."""

    tracks: int
    bytes: int


@define(eq=False)
class CacheFiles:
    """The kept files.

    Attributes:
        folder: made when first needed.
        max_bytes: of all files together.
    """

    folder: Path
    max_bytes: int

    def find(self, key: str) -> Path | None:
        """The whole file of a track, marked as used now; None if it is not kept."""
        path = self.path_of(key)
        try:
            os.utime(path)
        except OSError:
            return None
        return path

    def path_of(self, key: str) -> Path:
        """Where the whole file of a track lies, if it does."""
        return self.folder / hashlib.sha256(key.encode()).hexdigest()

    def new_part(self, key: str) -> Path:
        """A name for what is not whole, nobody else's."""
        return self.path_of(key).with_suffix(f".{secrets.token_hex(4)}{PART}")

    @property
    def largest(self) -> int:
        """The largest file that is worth the room, bytes."""
        return self.max_bytes // 2

    @property
    def has_space(self) -> bool:
        """Whether the disk has more to give than others here may need."""
        there = next((path for path in (self.folder, *self.folder.parents) if path.is_dir()), None)
        try:
            return there is not None and shutil.disk_usage(there).free > LEAST_FREE
        except OSError:
            return False

    def name(self, part: Path, key: str) -> Path:
        """Give a synced file the name of its track and make room; what is there by then.

        Raises:
            OSError: the disk does not take it.
        """
        path = self.path_of(key)
        part.replace(path)
        sync_folder(self.folder)
        self.make_room()
        return path

    def clean_up(self) -> None:
        """Remove what a crash left behind and what has no room any more; called once, at the start."""
        if not self.folder.is_dir():
            return
        for path in self.folder.iterdir():
            if path.suffix in HALVES:
                path.unlink()
        self.make_room()

    def make_room(self) -> None:
        """Remove the least recently used files until the others fit."""
        files = self._files()
        excess = sum(stat.st_size for stat, _ in files) - self.max_bytes
        for stat, old in sorted(files, key=lambda item: item[0].st_mtime_ns):
            if excess <= 0:
                return
            if old.suffix not in HALVES:
                with suppress(PermissionError):  # Windows: it is being played
                    old.unlink(missing_ok=True)
                    excess -= stat.st_size

    def stock(self) -> Stock:
        """What is there now."""
        files = self._files()
        tracks = sum(path.suffix not in HALVES for _, path in files)
        return Stock(tracks=tracks, bytes=sum(stat.st_size for stat, _ in files))

    def _files(self) -> list[tuple[os.stat_result, Path]]:
        files: list[tuple[os.stat_result, Path]] = []
        if self.folder.is_dir():
            for entry in os.scandir(self.folder):
                with suppress(FileNotFoundError):  # a part whose track was skipped
                    files.append((entry.stat(), Path(entry.path)))
        return files
