"""A library, attachments and music for tests of playlists."""

from pathlib import Path

import trio
from attrs import define, field

from actors.core.declare import Slice
from actors.core.music import KeptTrack
from actors.playlists.declaration import playlists_slice
from actors.playlists.tracks import to_kept
from cli.slices import SCHEMAS
from gateway_client.ids import GuildId
from media.errors import MediaError, MediaFailure
from media.tracks import SourceKind, Track
from tests.core.fakes import GUILD
from tests.store.fakes import MemoryStore


@define(eq=False)
class FakeShelf:
    """Names in memory; ``moved`` tells where a content lies now."""

    files: dict[GuildId, list[str]] = field(factory=dict[GuildId, list[str]])
    moved: dict[str, str] = field(factory=dict[str, str])
    fails: OSError | None = None
    slow: dict[str, float] = field(factory=dict[str, float])

    def names(self, guild_id: GuildId) -> list[str]:
        if self.fails is not None:
            raise self.fails
        return sorted(self.files.get(guild_id, []))

    def find_key(self, guild_id: GuildId, key: str) -> Path | None:
        name = self.moved.get(key)
        return None if name is None else Path("/library") / name

    async def track(self, guild_id: GuildId, name: str) -> Track:
        await trio.sleep(self.slow.get(name, 0))
        if name not in self.names(guild_id):
            raise MediaError(kind=MediaFailure.NOT_FOUND)
        return file_track(name, guild_id)


@define(eq=False)
class Post:
    """What people have attached, by link."""

    files: dict[str, bytes | MediaError] = field(factory=dict[str, bytes | MediaError])

    async def read(self, url: str, max_bytes: int) -> bytes:
        await trio.lowlevel.checkpoint()
        content = self.files[url]
        if isinstance(content, MediaError):
            raise content
        if len(content) > max_bytes:
            raise MediaError(kind=MediaFailure.TOO_LARGE)
        return content


@define(eq=False)
class Props:
    """Everything that a slice of playlists stands on."""

    shelf: FakeShelf = field(factory=FakeShelf)
    post: Post = field(factory=Post)
    store: MemoryStore = field(factory=lambda: MemoryStore(SCHEMAS))

    def slice(self) -> Slice:
        return playlists_slice(store=self.store, shelf=self.shelf, read_file=self.post.read)


def file_track(name: str, guild_id: GuildId = GUILD) -> Track:
    return Track(
        key=f"library:{name}",
        title=name.rpartition(".")[0] or name,
        source=SourceKind.LIBRARY,
        locator=f"{int(guild_id)}/{name}",
        duration_s=60.0,
    )


def web_track(title: str, number: int = 1) -> Track:
    link = f"https://www.youtube.com/watch?v={number:011}"
    return Track(
        key=f"youtube:{number:011}",
        title=title,
        source=SourceKind.YOUTUBE,
        locator=link,
        page_url=link,
        duration_s=187.0,
        artist="Somebody",
        lazy=True,
    )


def kept(title: str, number: int = 1) -> KeptTrack:
    return to_kept(web_track(title, number))


def kept_file(name: str, guild_id: GuildId = GUILD) -> KeptTrack:
    return to_kept(file_track(name, guild_id))
