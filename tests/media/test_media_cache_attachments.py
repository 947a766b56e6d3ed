"""Attachments: fetched once for the look, the player and the cache, and read while they come."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
import trio.testing
from attrs import evolve

from gateway_client.ids import GuildId
from media.errors import MediaError, MediaFailure
from media.growing import Growing
from media.room import Media
from media.tracks import AttachmentQuery, SourceKind, Track
from tests.media.cache_bench import chunked, read
from tests.media.conftest import OpenRoom
from tests.media.sounds import sound
from tests.media.web import Page, Request, Web, body, head, open_web, status
from tests.patience import PATIENCE_S, until

GUILD = GuildId(5)
SECONDS = 3.0
KINDS = {"/a.ogg": sound("ogg", SECONDS), "/a.m4a": sound("m4a", SECONDS)}


@asynccontextmanager
async def open_scene(open_room: OpenRoom, pages: dict[str, Page]) -> AsyncGenerator[tuple[Media, Web]]:
    async with open_web(pages) as web, open_room() as media:
        yield media, web


async def find(media: Media, web: Web, path: str, size: int = 100_000) -> Track:
    query = AttachmentQuery(url=web.url(f"{path}?ex=1"), filename=path[1:], size=size)
    (track,) = (await media.resolver.resolve(query, GUILD)).tracks
    return track


def slowly(content: bytes, first: int, rest: trio.Event) -> Page:
    """Gives the beginning at once, what is behind it when a test says so."""

    async def page(stream: trio.abc.Stream, request: Request) -> None:
        await stream.send_all(head("200 OK", f"Content-Length: {len(content)}") + content[:first])
        await rest.wait()
        await stream.send_all(content[first:])

    return page


def endings(folder: Path) -> list[str]:
    return sorted(path.suffix for path in (folder / "cache").iterdir()) if (folder / "cache").exists() else []


@pytest.mark.parametrize("path", KINDS)
async def test_an_attachment_is_asked_for_once(open_room: OpenRoom, tmp_path: Path, path: str) -> None:
    content = KINDS[path]
    async with open_scene(open_room, {path: body(content)}) as (media, web):
        track = await find(media, web, path, len(content))
        heard: list[int] = []

        async def listen(guild_id: GuildId) -> None:
            playable = await media.resolver.open(track, guild_id)
            heard.append(len(await read(playable)))
            media.resolver.release(playable)

        async with trio.open_nursery() as nursery:
            for guild_id in (GUILD, GuildId(6)):
                nursery.start_soon(listen, guild_id)
        assert [abs(frames - SECONDS * 50) <= 2 for frames in heard] == [True, True]
        await until_kept(media, track)
        assert (await find(media, web, path)).key == track.key, "and another look needs nobody"
        assert len(web.requests) == 1
    assert endings(tmp_path) == [""]


def attachment(url: str, seconds: float = SECONDS) -> Track:
    """As it was queued before."""
    return Track(key="attachment:1", title="t", source=SourceKind.ATTACHMENT, locator=url, duration_s=seconds)


async def until_kept(media: Media, track: Track) -> None:
    with trio.fail_after(PATIENCE_S):
        while not (playable := await media.resolver.open(track, GUILD)).is_file:
            media.resolver.release(playable)
            await trio.sleep(0.005)


async def test_it_is_played_while_it_comes(open_room: OpenRoom, tmp_path: Path) -> None:
    content, rest = sound("wav", 20.0), trio.Event()
    async with open_scene(open_room, {"/a.wav": slowly(content, len(content) // 2, rest)}) as (media, web):
        track = attachment(web.url("/a.wav"), 20.0)
        playable = await media.resolver.open(track, GUILD)
        assert not playable.is_file
        assert len(await read(playable, 300)) == 300
        assert endings(tmp_path) == [".part"]
        rest.set()
        media.resolver.release(playable)
        await until_kept(media, track)
        assert len(web.requests) == 1
    assert endings(tmp_path) == [""]


async def test_what_is_far_from_here_is_asked_of_the_server(
    open_room: OpenRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.guard_stored.PATIENCE_S", 0.02)
    content, rest = sound("wav", 10.0), trio.Event()
    whole = body(content)

    async def page(stream: trio.abc.Stream, request: Request) -> None:
        with_range = "range" in request.headers
        await (whole if with_range else slowly(content, 1_200_000, rest))(stream, request)

    async with open_scene(open_room, {"/a.wav": page}) as (media, web):
        track = attachment(web.url("/a.wav"), 10.0)
        playable = await media.resolver.open(track, GUILD)
        frames = await read(playable, offset_ms=9000)
        assert abs(len(frames) - 50) <= 2
        assert len([request for request in web.requests if "range" not in request.headers]) == 1
        assert len(web.requests) >= 2
        rest.set()
        media.resolver.release(playable)
        await until_kept(media, track)


NOTHING: dict[str, Page] = {
    "a page": body(b"<html>" + bytes(5000), "text/html"),
    "a playlist": body(b"#EXTM3U\n#EXTINF:1,\n/x.ts\n#EXT-X-ENDLIST\n", "audio/ogg"),
    "a picture": body(b"\x89PNG" + bytes(5000), "image/png"),
    "gone": status("404 Not Found"),
    "no length": chunked(b"x" * 5000),
}


@pytest.mark.parametrize("kind", NOTHING)
async def test_what_is_no_sound_is_not_kept(open_room: OpenRoom, tmp_path: Path, kind: str) -> None:
    async with open_scene(open_room, {"/a.ogg": NOTHING[kind]}) as (media, web):
        with pytest.raises(MediaError):
            await find(media, web, "/a.ogg")
        await until(lambda: not endings(tmp_path))


async def test_a_server_that_breaks_off_is_asked_for_the_rest_and_nothing_is_kept(
    open_room: OpenRoom, tmp_path: Path
) -> None:
    content = sound("ogg", SECONDS)
    whole = body(content)

    async def page(stream: trio.abc.Stream, request: Request) -> None:
        if "range" not in request.headers:
            await stream.send_all(head("200 OK", f"Content-Length: {len(content)}") + content[:30_000])
        else:
            await whole(stream, request)

    async with open_scene(open_room, {"/a.ogg": page}) as (media, web):
        track = attachment(web.url("/a.ogg"))
        playable = await media.resolver.open(track, GUILD)
        assert abs(len(await read(playable)) - SECONDS * 50) <= 2
        media.resolver.release(playable)
        assert endings(tmp_path) == []


async def test_a_look_into_a_long_one_does_not_fetch_all_of_it(
    open_room: OpenRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.growing.AHEAD_BYTES", 10_000)
    content = sound("wav", 60.0)
    sent: list[int] = []

    async def page(stream: trio.abc.Stream, request: Request) -> None:
        await stream.send_all(head("200 OK", f"Content-Length: {len(content)}"))
        for start in range(0, len(content), 16_384):
            await stream.send_all(content[start : start + 16_384])
            sent.append(start)

    async with open_scene(open_room, {"/a.wav": page}) as (media, web):
        media.cache.max_s = 30.0
        media.cache.files.max_bytes = len(content) * 3
        assert (await find(media, web, "/a.wav", 1 << 20)).duration_s == pytest.approx(60.0)
        await trio.testing.wait_all_tasks_blocked(0.02)
        assert sent[-1] < len(content) * 0.9, "what lies in the buffers of three sockets, and no more"
        assert len(web.requests) == 1


async def test_what_is_too_long_is_let_go_again(open_room: OpenRoom, tmp_path: Path) -> None:
    async with open_scene(open_room, {"/a.ogg": body(sound("ogg", SECONDS))}) as (media, web):
        media.cache.max_s = 2.0
        track = await find(media, web, "/a.ogg")
        assert track.duration_s == pytest.approx(SECONDS, abs=0.1)
        await trio.testing.wait_all_tasks_blocked(0.02)
        assert endings(tmp_path) == []
        playable = await media.resolver.open(track, GUILD)
        assert abs(len(await read(playable)) - SECONDS * 50) <= 2
    async with open_scene(open_room, {"/a.ogg": body(sound("ogg", SECONDS))}) as (media, web):
        media.looker.max_duration_s = lambda guild_id: 1.0
        with pytest.raises(MediaError) as caught:
            await find(media, web, "/a.ogg")
        assert caught.value.kind is MediaFailure.TOO_LONG
        await trio.testing.wait_all_tasks_blocked(0.02)
        assert endings(tmp_path) == []


async def test_a_disk_that_is_full_costs_a_line_and_no_sound(
    open_room: OpenRoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Growing, "_write", full)
    async with open_scene(open_room, {"/a.ogg": body(sound("ogg", SECONDS))}) as (media, web):
        track = await find(media, web, "/a.ogg")
        playable = await media.resolver.open(evolve(track), GUILD)
        assert abs(len(await read(playable)) - SECONDS * 50) <= 2
    assert endings(tmp_path) == []
    lines = {record.getMessage() for record in caplog.records if record.name == "media.cache"}
    assert lines == {"a track is not kept: No space left on device"}
