"""A room with a site and a web that counts, and a player that reads through the guard as the node does."""

from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import trio
from attrs import define, evolve

from actors.player.playback import to_playing
from gateway_client.ids import GuildId
from media.extractor.values import Extracted
from media.index import MemoryIndex
from media.room import Media, MediaConfig, open_media
from media.tracks import Playable, TextQuery, Track
from tests.media.conftest import PROBE_ARGV
from tests.media.fake_extractor import FakeExtractor, video
from tests.media.sounds import sound
from tests.media.web import Page, Request, Web, body, head, open_web
from voice.slots import RawFrame
from voice.source import SourceFailed
from voice.steady import SteadyReader

GUILD, OTHER = GuildId(5), GuildId(6)
PAGE = "https://vimeo.com/1"
SECONDS = 3.0


def chunked(content: bytes, at: int | None = None) -> Page:
    """A body whose length nobody tells; with ``at`` it breaks off there."""

    async def page(stream: trio.abc.Stream, request: Request) -> None:
        await stream.send_all(head("200 OK", "Transfer-Encoding: chunked"))
        for start in range(0, len(content[:at]), 4000):
            piece = content[start : min(start + 4000, len(content[:at]))]
            await stream.send_all(b"%x\r\n%s\r\n" % (len(piece), piece))
        if at is None:
            await stream.send_all(b"0\r\n\r\n")

    return page


def untold(content: bytes) -> Page:
    """A body that ends with the connection."""

    async def page(stream: trio.abc.Stream, request: Request) -> None:
        await stream.send_all(head("200 OK") + content)

    return page


def hls(segments: int = 6) -> dict[str, Page]:
    """A playlist of half seconds, and each of them."""
    whole = sound("ts", SECONDS)
    size = len(whole) // segments // 188 * 188
    ends = [size * number for number in range(1, segments)] + [len(whole)]
    names = [f"/{number}.ts" for number in range(segments)]
    pages = {
        name: body(whole[end - size if end < len(whole) else ends[-2] : end])
        for name, end in zip(names, ends, strict=True)
    }
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:1", "#EXT-X-VERSION:3"]
    lines += [line for name in names for line in ("#EXTINF:0.5,", name)]
    text = "\n".join([*lines, "#EXT-X-ENDLIST", ""]).encode()
    return pages | {"/sound": body(text, "application/vnd.apple.mpegurl", ranges=False)}


@define(eq=False)
class Bench:
    """A room with a site that has one video, and a web where its sound is."""

    media: Media
    web: Web
    extractor: FakeExtractor
    folder: Path

    async def find(self) -> Track:
        (track,) = (await self.media.resolver.resolve(TextQuery(text=PAGE), GUILD)).tracks
        return track

    async def play(self, track: Track, guild_id: GuildId = GUILD, limit: int = 10**9) -> list[RawFrame]:
        """As a player and its node do."""
        playable = await self.media.resolver.open(track, guild_id)
        try:
            return await read(playable, limit)
        finally:
            self.media.resolver.release(playable)

    async def is_kept(self, track: Track) -> bool:
        playable = await self.media.resolver.open(track, GUILD)
        self.media.resolver.release(playable)
        return playable.is_file

    @property
    def asked(self) -> Counter[str]:
        return Counter(request.path.partition("?")[0] for request in self.web.requests)

    @property
    def names(self) -> list[str]:
        """Endings in the cache's folder, empty for a whole track."""
        folder = self.folder / "cache"
        return sorted(path.suffix for path in folder.iterdir()) if folder.exists() else []


async def read(playable: Playable, limit: int = 10**9, offset_ms: int = 0) -> list[RawFrame]:
    """Read as the node does, through the guard."""

    def run() -> list[RawFrame]:
        frames: list[RawFrame] = []
        reader = SteadyReader.open(to_playing((1, 0), playable, offset_ms, None))
        try:
            for slots in reader.runs():
                frames += slots
                if len(frames) >= limit:
                    break
        except SourceFailed:
            pass  # what it has given until then is looked at
        finally:
            reader.close()
        return frames[:limit]

    with trio.fail_after(10):
        return await trio.to_thread.run_sync(run)


def config(folder: Path, **changes: int) -> MediaConfig:
    known = MediaConfig(
        folder=folder, probe_argv=PROBE_ARGV, allow_hosts=["127.0.0.1"], suggest_url="", index=MemoryIndex()
    )
    return evolve(known, **changes)


def video_at(url: str, **more: object) -> Extracted:
    known: dict[str, object] = {"duration_s": SECONDS, "page_url": PAGE, "extractor": "site"}
    return evolve(video("1", url), **(known | more))


@asynccontextmanager
async def open_bench(
    folder: Path, pages: Mapping[str, Page], settings: MediaConfig | None = None, **more: object
) -> AsyncGenerator[Bench]:
    extractor = FakeExtractor()
    async with open_web(pages) as web, open_media(settings or config(folder), ask=extractor) as media:
        extractor.put(video_at(web.url("/sound"), **more))
        yield Bench(media, web, extractor, folder)
