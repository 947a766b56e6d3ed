"""Fetching over the guard, and the cache: kept attachments, room, crashes, what is never kept."""

import hashlib
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
import trio.testing
from attrs import evolve

from gateway_client.ids import GuildId
from media.addresses import parse_policy
from media.cache import Cache
from media.errors import MediaError, MediaFailure
from media.fetch import open_fetch
from media.guard import Guard, open_guard
from media.room import Media
from media.tracks import AttachmentQuery, SourceKind, TextQuery, Track
from tests.media.conftest import OpenRoom
from tests.media.sounds import sound
from tests.media.web import Page, body, endless, gone, open_web, redirect, silent
from tests.patience import PATIENCE_S, until

GUILD = GuildId(5)


async def _fetch(guard: Guard, url: str, max_bytes: int = 1 << 20, max_s: float = 5.0) -> bytes:
    received = b""
    async with open_fetch(guard, url, max_bytes=max_bytes, max_s=max_s) as fetch:
        while data := await fetch.receive():
            received += data
    return received


def _cut_off(lines: bytes) -> Page:
    async def page(stream: trio.abc.Stream, request: object) -> None:
        await stream.send_all(b"HTTP/1.1 200 OK\r\n" + lines + b"\r\n\r\n" + b"x" * 500)

    return page


async def test_file_is_fetched_whole_also_behind_redirects() -> None:
    content = os.urandom(300_000)
    pages = {"/a": body(content), "/go": redirect("/further"), "/further": redirect("a")}
    async with open_web(pages) as web, open_guard(parse_policy(["127.0.0.1"])) as guard:
        assert await _fetch(guard, web.url("/a")) == content
        assert await _fetch(guard, web.url("/go")) == content
        assert web.requests[0].headers["user-agent"] == "Roadie"


async def test_fetch_that_does_not_end_well_is_a_failure() -> None:
    pages: dict[str, tuple[Page, MediaFailure]] = {
        "/missing": (gone, MediaFailure.NOT_FOUND),
        "/loop": (redirect("/loop"), MediaFailure.LEADS_NOWHERE),
        "/inside": (redirect("http://10.0.0.1/x"), MediaFailure.PRIVATE_ADDRESS),
        "/file": (redirect("file:///etc/passwd"), MediaFailure.BAD_REDIRECT),
        "/short": (_cut_off(b"Content-Length: 1000"), MediaFailure.NETWORK),
        "/chunks": (_cut_off(b"Transfer-Encoding: chunked"), MediaFailure.NETWORK),
        "/endless": (endless(b"", bytes(9999), "audio/mpeg"), MediaFailure.TOO_LARGE),
        "/silent": (silent, MediaFailure.TIMEOUT),
    }
    found: dict[str, MediaFailure] = {}
    served = {path: page for path, (page, _) in pages.items()}
    async with open_web(served) as web, open_guard(parse_policy(["127.0.0.1"])) as guard:
        for path in pages:
            with pytest.raises(MediaError) as caught:
                await _fetch(guard, web.url(path), max_bytes=100_000, max_s=0.3)
            found[path] = caught.value.kind
    assert found == {path: kind for path, (_, kind) in pages.items()}


def _fill(cache: Cache, key: str, url: str) -> None:
    cache.grow(key, url)
    cache.keep(key)


@asynccontextmanager
async def _cache(folder: Path, max_bytes: int = 1 << 20) -> AsyncGenerator[Cache]:
    async with open_guard(parse_policy(["127.0.0.1"])) as guard, trio.open_nursery() as nursery:
        yield Cache(folder / "cache", max_bytes, guard, nursery)


async def test_least_recently_used_files_make_room(tmp_path: Path) -> None:
    pages = {f"/{name}": body(name.encode() * 1000) for name in "abcd"}
    async with open_web(pages) as web, _cache(tmp_path, 3000) as cache:
        for age, name in enumerate("abc"):
            _fill(cache, name, web.url(f"/{name}"))
            _fill(cache, name, web.url(f"/{name}"))
            await _until_idle(cache)
            kept = cache.files.find(name)
            assert kept is not None
            assert kept.read_bytes() == name.encode() * 1000
            os.utime(kept, (age, age))
        assert cache.files.find("a") is not None  # used now, so b is the oldest
        _fill(cache, "d", web.url("/d"))
        await _until_idle(cache)
        assert [name for name in "abcd" if cache.files.find(name)] == ["a", "c", "d"]
        assert len(web.requests) == 4


async def test_what_failed_or_was_cut_off_is_not_kept(tmp_path: Path) -> None:
    pages = {
        "/short": _cut_off(b"Content-Length: 1000"),
        "/big": body(bytes(2000)),
        "/gone": gone,
        "/slow": silent,
    }
    async with open_web(pages) as web:
        async with _cache(tmp_path, 3000) as cache:
            for path in ("/short", "/big", "/gone"):
                _fill(cache, path, web.url(path))
            await _until_idle(cache)
            assert [path for path in pages if cache.files.find(path)] == []
            assert list(cache.folder.iterdir()) == []
            _fill(cache, "/slow", web.url("/slow"))
            await trio.sleep(0.05)
            cache.nursery.cancel_scope.cancel()
        assert list(cache.folder.iterdir()) == []
        (cache.folder / "dead.part").write_bytes(b"half")
        cache.clean_up()
        assert list(cache.folder.iterdir()) == []


async def test_smaller_bound_holds_from_the_next_start_on(tmp_path: Path) -> None:
    pages = {f"/{name}": body(name.encode() * 1000) for name in "abc"}
    async with open_web(pages) as web, _cache(tmp_path, 6000) as cache:
        for age, name in enumerate("abc"):
            _fill(cache, name, web.url(f"/{name}"))
            await _until_idle(cache)
            os.utime(cache.folder / hashlib.sha256(name.encode()).hexdigest(), (age, age))
    for max_bytes, left in {2000: ["b", "c"], 0: []}.items():
        async with _cache(tmp_path, max_bytes) as cache:
            cache.clean_up()
            assert sorted(file.read_text()[0] for file in cache.folder.iterdir()) == left


async def test_cache_of_no_bytes_keeps_nothing(tmp_path: Path) -> None:
    async with open_web({"/a": body(b"a")}) as web, _cache(tmp_path, 0) as cache:
        _fill(cache, "a", web.url("/a"))
        await _until_idle(cache)
        assert web.requests == []


async def test_only_tracks_of_a_known_length_within_the_limit_are_kept(tmp_path: Path) -> None:
    async with _cache(tmp_path) as cache:
        wanted = {length: cache.wants(_track(length)) for length in (1.0, 600.0, 600.1, None)}
        assert wanted == {1.0: True, 600.0: True, 600.1: False, None: False}
        assert not cache.wants(evolve(_track(60.0), live=True))
        cache.max_s = 30.0
        assert not cache.wants(_track(30.1))


async def test_attachment_outlives_its_link_and_a_restart(open_room: OpenRoom, tmp_path: Path) -> None:
    content = sound("ogg")
    async with open_web({"/x.ogg": body(content)}) as web, open_room() as media:
        query = AttachmentQuery(url=web.url("/x.ogg?ex=1"), filename="x.ogg", size=len(content))
        (track,) = (await media.resolver.resolve(query, GUILD)).tracks
        with trio.fail_after(PATIENCE_S):
            while not (await media.resolver.open(track)).is_file:  # noqa: ASYNC110 - fetched behind our back
                await trio.sleep(0.005)
    async with open_room() as media:
        playable = await media.resolver.open(track)
    assert playable.is_file
    assert playable.expires_at is None
    assert (tmp_path / "cache" / Path(playable.location).name).read_bytes() == content


async def test_direct_urls_are_not_kept_since_they_may_change(open_room: OpenRoom, tmp_path: Path) -> None:
    async with open_web({"/x.ogg": body(sound("ogg"))}) as web, open_room() as media:
        track = await _resolve_text(media, web.url("/x.ogg"))
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert not (await media.resolver.open(track)).is_file
    assert not (tmp_path / "cache").exists()


def _track(duration_s: float | None) -> Track:
    return Track(key="k", title="t", source=SourceKind.SITE, locator="u", duration_s=duration_s)


async def _resolve_text(media: Media, text: str) -> Track:
    (track,) = (await media.resolver.resolve(TextQuery(text=text), GUILD)).tracks
    return track


async def _until_idle(cache: Cache) -> None:
    await until(lambda: not cache._growing)
