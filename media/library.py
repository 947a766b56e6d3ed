"""A guild's own files.

``library/<guild>/<name>`` is what people see; ``library/.blobs/<sha256>`` is the same file, linked hard, so
that identical files are stored once over all guilds. The listing is the folder itself: a file that somebody
puts there by hand is there (links are not followed). Without hard links files are copied.

A file appears under its name only when it is whole, on disk, and known to be audio: it is written as a
``.part`` in ``.blobs``, synced, probed, then linked. What a crash leaves behind is a ``.part``, or a
content without a name; both are removed at the next start. Names are checked against the listing before
they touch a path, so none leads out of its folder.

Blocking calls run in threads, one change at a time.
"""

import hashlib
import os
import secrets
import shutil
from collections.abc import AsyncIterable
from contextlib import suppress
from pathlib import Path

import trio
from attrs import Factory, define

from gateway_client.ids import GuildId
from media.durable import sync_file, sync_folder
from media.errors import MediaError, MediaFailure
from media.look import Looker
from media.names import match_names, numbered, sanitize, split_extension, with_extension
from media.tracks import SourceKind, Track

_EXTENSIONS = {
    "aac": ".aac",
    "aiff": ".aiff",
    "amr": ".amr",
    "ape": ".ape",
    "asf": ".wma",
    "avi": ".avi",
    "caf": ".caf",
    "flv": ".flv",
    "mpegts": ".ts",
    "tta": ".tta",
    "wv": ".wv",
    "flac": ".flac",
    "matroska,webm": ".webm",
    "mov,mp4,m4a,3gp,3g2,mj2": ".m4a",
    "mp3": ".mp3",
    "ogg": ".ogg",
    "wav": ".wav",
}
_COPY_CHUNK = 1 << 20


@define(eq=False)
class Library:
    """The files of all guilds under one folder.

    Attributes:
        folder: made when first needed.
        max_bytes: the largest file that is taken.
    """

    folder: Path
    looker: Looker
    max_bytes: int
    _change: trio.Lock = Factory(trio.Lock)

    def names(self, guild_id: GuildId) -> list[str]:
        """All names of a guild, sorted as people do."""
        try:
            with os.scandir(self.folder / str(int(guild_id))) as entries:
                files = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
        except FileNotFoundError:
            return []
        return sorted((name for name in files if not name.startswith(".")), key=str.casefold)

    def match(self, guild_id: GuildId, text: str) -> list[str]:
        """What a person may mean by a name; the exact one alone if it is there."""
        return match_names(self.names(guild_id), text)

    def find(self, guild_id: GuildId, text: str) -> str:
        """The one name that a person means.

        Raises:
            MediaError: ``NO_MATCH``, or ``AMBIGUOUS`` with the names.
        """
        names = self.match(guild_id, text)
        if not names:
            raise MediaError(kind=MediaFailure.NO_MATCH)
        if len(names) > 1:
            raise MediaError(kind=MediaFailure.AMBIGUOUS, names=tuple(names))
        return names[0]

    def path(self, guild_id: GuildId, name: str) -> Path:
        """Where a listed name lies.

        Raises:
            MediaError: ``NOT_FOUND``: it is not in the listing, whatever it contains.
        """
        if name not in self.names(guild_id):
            raise MediaError(kind=MediaFailure.NOT_FOUND)
        return self.folder / str(int(guild_id)) / name

    def find_key(self, guild_id: GuildId, key: str) -> Path | None:
        """Where a track lies whose name has changed since; None if it is gone."""
        for name in self.names(guild_id):
            path = self.folder / str(int(guild_id)) / name
            try:
                if _key_of(path) == key:
                    return path
            except MediaError:
                continue
        return None

    async def track(self, guild_id: GuildId, name: str) -> Track:
        """The track of a listed name.

        Raises:
            MediaError: it is gone, or cannot be played.
        """
        path = self.path(guild_id, name)
        key = _key_of(path)
        report = await self.looker.look_at_file(path, key)
        return Track(
            key=key,
            title=split_extension(name)[0],
            source=SourceKind.LIBRARY,
            locator=f"{int(guild_id)}/{name}",
            duration_s=report.duration_s,
            artist=report.artist,
        )

    async def add(self, guild_id: GuildId, name: str, chunks: AsyncIterable[bytes]) -> str:
        """Take a file; returns the name that it got.

        Args:
            guild_id: whose library.
            name: as wished; made safe and unique, an extension is added if it has none.
            chunks: the content.

        Raises:
            MediaError: TOO_LARGE, NOT_AUDIO, CORRUPT.
            OSError: the disk.
        """
        blobs = self.folder / ".blobs"
        await trio.to_thread.run_sync(lambda: blobs.mkdir(parents=True, exist_ok=True))
        part = blobs / f"{secrets.token_hex(8)}.part"
        try:
            digest = await self._write(part, chunks)
            report = await self.looker.look_at_file(part, None)
            clean = with_extension(sanitize(name), _EXTENSIONS.get(report.container, ""))
            async with self._change:
                final = await trio.to_thread.run_sync(self._publish, part, digest, guild_id, clean)
            await self.looker.remember(_key_of(self.path(guild_id, final)), report)
        finally:
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(lambda: part.unlink(missing_ok=True))
        return final

    async def rename(self, guild_id: GuildId, name: str, to: str) -> str:
        """Give a listed file another name, made safe and unique; its extension stays.

        Raises:
            MediaError: ``NOT_FOUND``.
        """
        extension = split_extension(name)[1]
        clean = sanitize(to)
        clean = clean if split_extension(clean)[1] == extension else sanitize(clean + extension)
        async with self._change:
            return await trio.to_thread.run_sync(self._move, self.path(guild_id, name), clean)

    async def remove(self, guild_id: GuildId, name: str) -> None:
        """Delete a listed file, and its content if no other guild has it.

        Raises:
            MediaError: ``NOT_FOUND``.
        """
        async with self._change:
            await trio.to_thread.run_sync(self._unlink, self.path(guild_id, name))

    def clean_up(self) -> None:
        """Remove what a crash left behind, also contents without a name; called once, at the start."""
        for part in self.folder.glob("*/.*.part"):
            part.unlink()
        for blob in (self.folder / ".blobs").glob("*"):
            if blob.suffix == ".part" or blob.stat().st_nlink == 1:
                blob.unlink()

    # From here on everything runs in threads.

    async def _write(self, part: Path, chunks: AsyncIterable[bytes]) -> str:
        digest, size = hashlib.sha256(), 0
        with part.open("xb") as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > self.max_bytes:
                    raise MediaError(kind=MediaFailure.TOO_LARGE, limit=self.max_bytes, actual=size)
                digest.update(chunk)
                await trio.to_thread.run_sync(file.write, chunk)
            await trio.to_thread.run_sync(sync_file, file)
        return digest.hexdigest()

    def _publish(self, part: Path, digest: str, guild_id: GuildId, name: str) -> str:
        blob = part.with_name(digest)
        with suppress(FileExistsError):
            _link(part, blob)
        folder = self.folder / str(int(guild_id))
        folder.mkdir(exist_ok=True)
        final = _link_as_unique(blob, folder, name)
        sync_folder(folder)
        return final

    def _move(self, path: Path, name: str) -> str:
        """One step for the disk: whatever happens, the file has the one name or the other."""
        final = _unique(path.parent, name, but=path.name)
        path.rename(path.with_name(final))
        sync_folder(path.parent)
        return final

    def _unlink(self, path: Path) -> None:
        same = path.stat()
        path.unlink()
        sync_folder(path.parent)
        if same.st_nlink == 2:  # only the blob is left
            for blob in (self.folder / ".blobs").iterdir():
                if os.path.samestat(blob.stat(), same):
                    blob.unlink()


def _key_of(path: Path) -> str:
    """One key for one content: hard links share it, and a changed file has another.

    Raises:
        MediaError: ``NOT_FOUND``.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise MediaError(kind=MediaFailure.NOT_FOUND) from error
    return f"library:{stat.st_ino:x}-{stat.st_size:x}-{stat.st_mtime_ns:x}"


def _link_as_unique(source: Path, folder: Path, name: str) -> str:
    """Link under the first free name."""
    final = _unique(folder, name)
    _link(source, folder / final)
    return final


def _unique(folder: Path, name: str, but: str = "") -> str:
    """The first free name, ignoring case and the name ``but``; one change at a time makes this safe."""
    taken = {entry.name.casefold() for entry in folder.iterdir()} - {but.casefold()}
    number = 0
    while (candidate := numbered(name, number)).casefold() in taken:
        number += 1
    return candidate


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:  # no hard links here: a copy, whole before it gets the name
        part = target.with_name(f".{secrets.token_hex(8)}.part")
        shutil.copyfile(source, part)
        part.rename(target)


async def read_file(path: Path) -> AsyncIterable[bytes]:
    """The content of a file of this machine, for `Library.add`."""
    async with await trio.open_file(path, "rb") as file:
        while chunk := await file.read(_COPY_CHUNK):
            yield chunk
