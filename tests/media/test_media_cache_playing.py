"""Playing into the cache and out of it: every byte is asked for once, and a second time nobody is asked."""

from pathlib import Path

import pytest
import trio
from attrs import evolve

from media.room import open_media
from media.tracks import TextQuery
from tests.media.cache_bench import (
    GUILD,
    OTHER,
    PAGE,
    SECONDS,
    Bench,
    chunked,
    config,
    hls,
    open_bench,
    read,
    untold,
    video_at,
)
from tests.media.fake_extractor import FakeExtractor
from tests.media.sounds import sound
from tests.media.web import Page, Request, body, head, open_web, redirect, status
from tests.patience import until
from tests.scenarios.web import open_private

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
            await until(lambda: (tmp_path / "cache").exists() and bench.web.requests)
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
