"""The real yt-dlp against a web of ours: pages, lists, HLS, and everything that the guard keeps from it."""

import ssl
import sys
import zlib
from pathlib import Path

import pytest
import trio
import trustme

from media.extractor.failures import ExtractionFailed, FailureKind
from media.extractor.fence import MEMORY_BYTES
from media.extractor.handle import Limits
from media.extractor.pool import Pool
from media.extractor.wire import Start
from media.guard import Outside
from tests.media.extracting import BE_BROKER, EXTRACTOR_ARGV, Bench, open_bench, until_warm
from tests.media.internet import PUBLIC, Internet, playlist
from tests.media.sounds import sound
from tests.media.web import Page, body, endless, head, open_web, redirect, silent, status

HTML = "text/html; charset=utf-8"


def page(*sounds: str, title: str = "A page") -> Page:
    tags = "".join(f"<audio src='{one}'></audio>" for one in sounds)
    return body(f"<html><head><title>{title}</title></head><body>{tags}</body></html>".encode(), HTML)


def feed(items: int) -> Page:
    lines = "".join(
        f"<item><title>Part {n}</title><link>http://127.0.0.1/{n}</link></item>" for n in range(items)
    )
    text = f"<?xml version='1.0'?><rss version='2.0'><channel><title>A feed</title>{lines}</channel></rss>"
    return body(text.encode(), "application/rss+xml")


async def moved_to_https(stream: trio.abc.Stream, request: object) -> None:
    await stream.send_all(head("302 Found", "Location: https://evil.test/x", "Content-Length: 0"))


async def test_what_is_asked_of_a_child_that_is_warm(tmp_path: Path) -> None:
    """One child for all of it: to become warm takes seconds of computing."""
    start = Start(cache=str(tmp_path / "cache"))
    async with trio.open_nursery() as nursery:
        pool = Pool(EXTRACTOR_ARGV, lambda: start, nursery)
        await until_warm(pool)
        await pages_lists_and_streams_are_understood(tmp_path, pool)
        await guard_keeps_it_from_private_addresses_endless_bodies_and_silence(tmp_path, pool)
        await youtube_that_cannot_be_reached_is_the_network(tmp_path, pool)
        assert len(pool.children) == 1
        nursery.cancel_scope.cancel()


async def pages_lists_and_streams_are_understood(folder: Path, pool: Pool) -> None:
    pages = {
        "/one": page("/a.ogg"),
        "/two": page("/a.ogg", "/b.ogg", title="Two"),
        "/a.ogg": body(sound("ogg"), "audio/ogg"),
        "/b.ogg": body(sound("ogg"), "audio/ogg"),
        "/feed": feed(40),
        "/moved": redirect("/one"),
        "/live.m3u8": playlist("/s0.ts", "/s1.ts"),
        "/empty": page(),
        "/nope": status("403 Forbidden"),
        "/busy": status("429 Too Many Requests"),
        "/broken": status("500 Oops"),
    }
    async with open_bench(folder, pages=pages, warm=pool) as bench:
        one = await bench.extractor.look(bench.url("/one"))
        assert (one.title, one.page_url, one.sound.url) == (
            "A page (1)",
            bench.url("/one"),
            bench.url("/a.ogg"),
        )
        assert one.sound.container == "ogg"
        assert dict(one.sound.headers)["User-Agent"].startswith("Mozilla/")
        assert (await bench.extractor.look(bench.url("/moved"))).sound.url == bench.url("/a.ogg")
        assert (await bench.extractor.look(bench.url("/a.ogg"))).sound.url == bench.url("/a.ogg")
        assert (await bench.extractor.look(bench.url("/live.m3u8"))).sound.url == bench.url("/live.m3u8")
        async with bench.extractor.entries(bench.url("/one")) as listing:
            assert listing.single == one
            assert [entry async for entry in listing.entries] == []
        await _check_lists(bench)
        for path, kind in {
            "/two": FailureKind.IS_LIST,
            "/empty": FailureKind.UNSUPPORTED,
            "/gone": FailureKind.REMOVED,
            "/nope": FailureKind.MEDIA_REFUSED,
            "/busy": FailureKind.RATE_LIMIT,
            "/broken": FailureKind.NETWORK,
        }.items():
            assert (path, await bench.failure(bench.url(path))) == (path, kind)


async def _check_lists(bench: Bench) -> None:
    async with bench.extractor.entries(bench.url("/two")) as listing:
        entries = [entry async for entry in listing.entries]
        assert listing.title == "Two"
    assert [entry.url for entry in entries] == [bench.url("/a.ogg"), bench.url("/b.ogg")]
    async with bench.extractor.entries(bench.url("/feed"), limit=25) as listing:
        assert listing.title == "A feed"
        assert [entry.title async for entry in listing.entries] == [f"Part {n}" for n in range(25)]


async def guard_keeps_it_from_private_addresses_endless_bodies_and_silence(folder: Path, pool: Pool) -> None:
    names = {"good.test": [[PUBLIC]], "evil.test": [["10.0.0.1"]], "rebound.test": [[PUBLIC], ["127.0.0.1"]]}
    internet = Internet({name: list(answers) for name, answers in names.items()})
    outside = Outside(resolve=internet.resolve, connect=internet.connect)
    pages = {
        "/one": page("/a.ogg"),
        "/evil": redirect("http://evil.test/x"),
        "/literal": redirect("http://169.254.169.254/latest"),
        "/tunnel": moved_to_https,
        "/file": redirect("file:///etc/passwd"),
        "/loop": redirect("/loop"),
        "/endless": endless(b"<html>", bytes(65536), HTML),
        "/silent": silent,
    }
    limits = Limits(single_s=20.0, attempt_s=20.0, patience_s=0.5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("media.extractor.handle.LOOK_BYTES", 200_000)
        async with open_bench(
            folder, pages=pages, outside=outside, limits=limits, allow=(), warm=pool
        ) as bench:
            await _check_guard(bench)
    assert set(internet.dialled) == {PUBLIC}


async def _check_guard(bench: Bench) -> None:
    def at(path: str, host: str = "good.test") -> str:
        return bench.web.url(path, host)

    assert (await bench.extractor.look(at("/one"))).sound.url == at("/a.ogg")
    refused = FailureKind.PRIVATE_ADDRESS
    assert await bench.failure(at("/evil")) is refused
    assert await bench.failure(at("/literal")) is refused
    assert await bench.failure(at("/tunnel")) is refused
    assert await bench.failure(at("/x", "evil.test")) is refused
    assert await bench.failure(bench.url("/one")) is refused
    assert await bench.failure(at("/file")) is FailureKind.BAD_REDIRECT
    assert await bench.failure(at("/loop")) is FailureKind.LEADS_NOWHERE
    assert await bench.failure(at("/silent")) is FailureKind.NETWORK
    assert await bench.failure(at("/endless")) is FailureKind.TOO_LARGE
    assert (await bench.extractor.look(at("/one", "rebound.test"))).title == "A page (1)"
    assert await bench.failure(at("/one", "rebound.test")) is refused


def bomb(unpacked_bytes: int) -> Page:
    """A page of a few kilobytes that unpacks to many."""
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(unpacked_bytes >> 20)) + packer.flush()

    async def page(stream: trio.abc.Stream, request: object) -> None:
        lines = ["Content-Encoding: gzip", f"Content-Length: {len(packed)}"]
        await stream.send_all(head("200 OK", f"Content-Type: {HTML}", *lines) + packed)

    return page


async def test_page_that_unpacks_to_more_than_a_worker_may_hold_is_too_large(tmp_path: Path) -> None:
    smaller = BE_BROKER.replace(
        "from media", "import media.extractor.fence as f; f.MEMORY_BYTES >>= 2\nfrom media"
    )
    pages = {"/bomb": bomb(MEMORY_BYTES >> 2), "/one": page("/a.ogg")}
    async with open_bench(tmp_path, pages=pages, argv=(sys.executable, "-c", smaller)) as bench:
        assert await bench.failure(bench.url("/bomb")) is FailureKind.TOO_LARGE
        assert (await bench.extractor.look(bench.url("/one"))).title == "A page (1)"


async def youtube_that_cannot_be_reached_is_the_network(folder: Path, pool: Pool) -> None:
    internet = Internet({})
    outside = Outside(resolve=internet.resolve, connect=internet.connect)
    async with open_bench(folder, outside=outside, allow=(), warm=pool) as bench:
        with pytest.raises(ExtractionFailed) as searched:
            await bench.extractor.search("a song")
        with pytest.raises(ExtractionFailed) as related:
            await bench.extractor.related("dQw4w9WgXcQ")
        for told in (searched.value, related.value):
            assert told.kind is FailureKind.NETWORK
            assert "http" not in told.detail
        assert await bench.extractor.search("  ") == ()
    assert set(internet.asked) == {"www.youtube.com"}


async def test_https_goes_through_a_tunnel_and_the_certificate_is_checked(tmp_path: Path) -> None:
    authority, server = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued = authority.issue_cert("good.test")
    issued.configure_cert(server)  # pyright: ignore[reportUnknownMemberType] - also takes pyOpenSSL's
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    (tmp_path / "certifi.py").write_text(f"def where(): return {str(tmp_path / 'ca.pem')!r}")
    trusting = BE_BROKER.replace("from media", f"sys.path.insert(0, {str(tmp_path)!r})\nfrom media", 1)
    internet = Internet({"good.test": [[PUBLIC]], "other.test": [[PUBLIC]]})
    outside = Outside(resolve=internet.resolve, connect=internet.connect)
    pages = {"/one": page("/a.ogg"), "/to": redirect("/one")}
    argv = (sys.executable, "-c", trusting)
    async with (
        open_web(pages, server) as web,
        open_bench(tmp_path, outside=outside, allow=(), argv=argv) as bench,
    ):
        found = await bench.extractor.look(web.url("/to", "good.test", "https"))
        assert found.sound.url == web.url("/a.ogg", "good.test", "https")
        assert await bench.failure(web.url("/one", "other.test", "https")) is FailureKind.NETWORK
