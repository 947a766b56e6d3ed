"""Playing into the cache and out of it: every byte is asked for once, and a second time nobody is asked."""

from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
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
from tests.media.web import Page, Request, Web, body, head, open_web, redirect, status
from tests.scenarios.web import open_private
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
            for frame in reader.slots():
                frames.append(frame)
                if len(frames) == limit:
                    break
        except SourceFailed:
            pass  # what it has given until then is looked at
        finally:
            reader.close()
        return frames

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


WAYS: dict[str, dict[str, Page]] = {
    "one file": {"/sound": body(sound("webm", SECONDS), "audio/webm")},
    "chunks": {"/sound": chunked(sound("ogg", SECONDS))},
    "segments": hls(),
}


@pytest.mark.parametrize("way", WAYS)
async def test_what_was_played_once_needs_nobody_in_any_server(tmp_path: Path, way: str) -> None:
    settings = config(tmp_path)
    async with open_bench(tmp_path, WAYS[way], settings) as bench:
        track = await bench.find()
        heard = await bench.play(track)
        assert set(bench.asked.values()) == {1}, "each once"
        assert len(bench.asked) == len(WAYS[way])
        again = await bench.play(track, OTHER)
        assert abs(len(again) - len(heard)) <= 2
        assert (await bench.find()).key == track.key
        assert (len(bench.web.requests), bench.extractor.looked) == (len(WAYS[way]), [])
        assert bench.names == [""]
        figures = await bench.media.cache.figures()
        assert (figures.tracks, figures.found, figures.missed) == (1, 1, 1)
        assert 0 < figures.bytes < figures.max_bytes
    async with open_bench(tmp_path, {}, settings) as bench:
        bench.extractor.videos.clear()
        assert await bench.is_kept(await bench.find()), "also after a restart"


TORN: dict[str, dict[str, Page]] = {
    "a missing segment": hls() | {"/3.ts": status("404 Not Found")},
    "a missing end": hls(12) | {"/11.ts": status("503 Service Unavailable")},
    "chunks that break off": {"/sound": chunked(sound("ogg", SECONDS), len(sound("ogg", SECONDS)) - 300)},
    "no end that can be told": {"/sound": untold(sound("ogg", SECONDS))},
    "less than the page says": {"/sound": chunked(sound("ogg", 0.5))},
}


@pytest.mark.parametrize("way", TORN)
async def test_what_is_not_whole_is_not_kept(tmp_path: Path, way: str) -> None:
    async with open_bench(tmp_path, TORN[way]) as bench:
        track = await bench.find()
        # What ends with its connection is taken for a broken radio, and read again and again.
        assert await bench.play(track, limit=200)
        assert not await bench.is_kept(track)
        assert bench.names == []


@pytest.mark.parametrize("kind", ["webm", "m4a"])
async def test_two_servers_at_once_and_a_loop_cost_no_more_than_one(tmp_path: Path, kind: str) -> None:
    content = sound(kind, 20.0)
    asked: list[tuple[int, int]] = []

    async def page(stream: trio.abc.Stream, request: Request) -> None:
        start = int(request.headers["range"].removeprefix("bytes=").partition("-")[0])
        lines = [f"Content-Length: {len(content) - start}"]
        lines.append(f"Content-Range: bytes {start}-{len(content) - 1}/{len(content)}")
        await stream.send_all(head("206 Partial Content", *lines))
        at = start
        try:
            while at < len(content):
                await stream.send_all(content[at : at + 8192])
                at = min(at + 8192, len(content))
        finally:
            asked.append((start, at))

    async with open_bench(tmp_path, {"/sound": page}, duration_s=20.0) as bench:
        track = await bench.find()
        playable = await bench.media.resolver.open(track, GUILD)
        other = await bench.media.resolver.open(track, OTHER)
        assert (playable.is_file, other.is_file) == (False, False)
        first = await read(playable)
        before = len(bench.web.requests)
        assert len(await read(other)) == len(first)
        assert len(await read(playable)) == len(first), "a loop"
        assert abs(len(await read(playable, offset_ms=10_000)) - len(first) + 500) <= 2
        assert len(bench.web.requests) == before
        for one in (playable, other):
            bench.media.resolver.release(one)
        assert await bench.is_kept(track)


async def test_what_has_come_is_not_asked_for_again_in_the_middle(tmp_path: Path) -> None:
    content, rest = sound("webm", 60.0), trio.Event()
    half = len(content) // 2

    async def page(stream: trio.abc.Stream, request: Request) -> None:
        start = int(request.headers["range"].removeprefix("bytes=").partition("-")[0])
        lines = [f"Content-Length: {len(content) - start}"]
        lines.append(f"Content-Range: bytes {start}-{len(content) - 1}/{len(content)}")
        await stream.send_all(head("206 Partial Content", *lines) + content[start:half])
        await rest.wait()
        await stream.send_all(content[max(start, half) :])

    async with open_bench(tmp_path, {"/sound": page}, duration_s=60.0) as bench:
        track = await bench.find()
        playable = await bench.media.resolver.open(track, GUILD)
        other = await bench.media.resolver.open(track, OTHER)
        frames: list[int] = []

        async def listen() -> None:
            frames.append(len(await read(playable)))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(listen)
            with trio.fail_after(3):
                while not (tmp_path / "cache").exists() or not bench.web.requests:  # noqa: ASYNC110 - a thread
                    await trio.sleep(0.01)
            await trio.sleep(0.1)
            assert len(await read(other, 500)) == 500
            assert len(bench.web.requests) == 1, "the other one reads what the first has had"
            rest.set()
        assert abs(frames[0] - 3000) <= 2
        for one in (playable, other):
            bench.media.resolver.release(one)
        assert await bench.is_kept(track)


async def test_a_skipped_track_leaves_nothing(tmp_path: Path) -> None:
    async with open_bench(tmp_path, hls()) as bench:
        track = await bench.find()
        await bench.play(track, limit=40)
        assert not await bench.is_kept(track)
        assert bench.names == []


async def test_livestreams_long_tracks_and_unknown_lengths_are_not_kept(tmp_path: Path) -> None:
    for live, duration_s in ((True, None), (False, 601.0)):
        async with open_bench(tmp_path, hls(), live=live, duration_s=duration_s) as bench:
            playable = await bench.media.resolver.open(await bench.find(), GUILD)
            assert playable.keep is None
            bench.media.resolver.release(playable)
            assert bench.names == []


async def test_segments_that_lead_elsewhere_are_refused_on_this_path_too(tmp_path: Path) -> None:
    async with open_private() as private, open_web({}) as web:
        pages = hls() | {"/2.ts": redirect(f"http://127.0.0.1:{private.port}/x.ts")}
        settings = evolve(config(tmp_path), allow_hosts=[f"127.0.0.1:{web.port}"])
        web.pages |= pages
        extractor = FakeExtractor()
        async with open_media(settings, ask=extractor) as media:
            extractor.put(video_at(web.url("/sound")))
            bench = Bench(media, web, extractor, tmp_path)
            track = await bench.find()
            await bench.play(track)
            assert not await bench.is_kept(track)
            assert (bench.names, private.visitors) == ([], 0)


async def test_a_page_that_is_no_site_of_its_own_is_believed_for_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_bench(tmp_path, WAYS["one file"], extractor="generic") as bench:
        track = await bench.find()
        await bench.play(track)
        assert await bench.is_kept(track)
        asked = len(bench.extractor.read)
        await bench.find()
        assert len(bench.extractor.read) == asked
        monkeypatch.setattr("media.kept_links.TRUSTED_FOR", timedelta(0))
        assert not await bench.is_kept(track)
        await bench.play(track)
        assert bench.asked["/sound"] == 2


def versioned(content: bytes, *lines: str) -> Page:
    """A file whose server names its version, and knows whether that is asked for."""
    named = dict(line.split(": ") for line in lines)
    whole = body(content, "audio/ogg")

    async def page(stream: trio.abc.Stream, request: Request) -> None:
        told = request.headers.get("if-none-match") or request.headers.get("if-modified-since")
        if told is not None and told in named.values():
            await stream.send_all(head("304 Not Modified", *lines))
            return
        both = named | {"Accept-Ranges": "bytes"}
        await whole(_Adding(stream, both), request)  # pyright: ignore[reportArgumentType] - it only sends

    return page


@define
class _Adding:
    """Puts further lines into the head that passes."""

    stream: trio.abc.Stream
    lines: Mapping[str, str]

    async def send_all(self, data: bytes) -> None:
        more = "".join(f"{name}: {value}\r\n" for name, value in self.lines.items())
        await self.stream.send_all(data.replace(b"\r\n\r\n", f"\r\n{more}\r\n".encode(), 1))


@pytest.mark.parametrize("version", ['ETag: "v1"', "Last-Modified: Sat, 21 Nov 2026 10:00:00 GMT"])
async def test_a_link_to_a_file_is_kept_with_its_version_and_asked_for_changes(
    tmp_path: Path, version: str
) -> None:
    async with open_bench(tmp_path, {"/a.ogg": versioned(sound("ogg", SECONDS), version)}) as bench:
        (track,) = (await bench.media.resolver.resolve(TextQuery(text=bench.web.url("/a.ogg")), GUILD)).tracks
        heard = await bench.play(track)
        asked = len(bench.web.requests)
        assert await bench.play(track, OTHER) == heard
        (question,) = bench.web.requests[asked:]
        assert question.headers.keys() & {"if-none-match", "if-modified-since"}
        bench.web.pages["/a.ogg"] = versioned(sound("ogg", 1.0), 'ETag: "v2"')
        assert len(await bench.play(track)) < 60, "the new one"
        asked = len(bench.web.requests)
        assert len(await bench.play(track)) < 60
        assert len(bench.web.requests) == asked + 1
        bench.web.pages.clear()
        assert not await bench.is_kept(track), "nobody knows whether it is still that"


async def test_a_file_without_a_version_is_not_kept(tmp_path: Path) -> None:
    async with open_bench(tmp_path, {"/a.ogg": body(sound("ogg", SECONDS))}) as bench:
        (track,) = (await bench.media.resolver.resolve(TextQuery(text=bench.web.url("/a.ogg")), GUILD)).tracks
        await bench.play(track)
        assert not await bench.is_kept(track)
        assert bench.names == []


async def test_a_smaller_room_lets_the_oldest_go(tmp_path: Path) -> None:
    size = len(sound("webm", SECONDS))
    async with open_bench(
        tmp_path, WAYS["one file"], config(tmp_path, max_cache_bytes=size * 5 // 2)
    ) as bench:
        for number in range(3):
            bench.extractor.put(video_at(bench.web.url("/sound"), id=str(number), page_url=f"{PAGE}{number}"))
            (track,) = (await bench.media.resolver.resolve(TextQuery(text=f"{PAGE}{number}"), GUILD)).tracks
            await bench.play(track)
            assert await bench.is_kept(track)
        figures = await bench.media.cache.figures()
        assert (figures.tracks, bench.names) == (2, ["", ""])


async def test_a_track_that_takes_too_much_room_plays_and_is_not_kept(tmp_path: Path) -> None:
    async with open_bench(tmp_path, WAYS["chunks"], config(tmp_path, max_cache_bytes=20_000)) as bench:
        track = await bench.find()
        assert len(await bench.play(track)) > 140
        assert not await bench.is_kept(track)
        assert bench.names == []


async def test_a_disk_that_is_almost_full_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("media.cache_files.LEAST_FREE", 1 << 60)
    async with open_bench(tmp_path, WAYS["segments"]) as bench:
        assert len(await bench.play(await bench.find())) > 140
        assert bench.names == []
    assert [line for _, _, line in caplog.record_tuples if "not kept" in line] == [
        "a track is not kept: the disk is almost full"
    ]


async def test_what_a_crash_left_is_gone_at_the_next_start(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    for name in ("a.1.part", "a.2.whole", "whole"):
        (folder / name).write_bytes(b"x")
    async with open_bench(tmp_path, {}) as bench:
        assert bench.names == [""]
