"""The guard as PyAV meets it: credentials, redirects, rebinding names, playlists, certificates."""

import subprocess
import sys
from functools import partial

import pytest
import trio

from media.addresses import parse_policy
from media.errors import MediaFailure
from media.guard import open_guard
from media.guard_job import Job
from media.guarded_urls import mark_links, to_guarded, unmark
from tests.media.conftest import ROOT
from tests.media.internet import (
    PUBLIC,
    Internet,
    guarded,
    in_chunks,
    make_contexts,
    make_internet,
    playlist,
    playlist_text,
    probe_through,
)
from tests.media.sounds import sound
from tests.media.web import Page, body, open_web, redirect


async def test_pyav_gives_its_credential_when_asked_and_the_server_never_sees_it() -> None:
    internet = make_internet()
    async with open_web({"/a.ogg": body(sound("ogg"))}) as web, guarded(internet) as (guard, job):
        report = await probe_through(web.url("/a.ogg?x=1", "good.test"), job)
        assert (report.failure, report.codec) == (None, "opus")
        assert {request.path for request in web.requests} == {"/a.ogg?x=1"}
        assert not [name for request in web.requests for name in request.headers if "proxy" in name]
        assert web.requests[0].headers["host"] == f"good.test:{web.port}"
        assert job.received > len(sound("ogg"))
        assert job.denial is None
        stranger = Job(proxy_url=f"http://job:guess@127.0.0.1:{guard.port}", token="guess")
        assert (await probe_through(web.url("/a.ogg", "good.test"), stranger)).failure is not None
        assert len(internet.asked) == len(web.requests)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "[::1]",
        "evil.test",
        "local.test",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "[64:ff9b::a00:1]",
    ],
)
async def test_private_address_is_refused_without_a_connection(host: str) -> None:
    internet = make_internet()
    async with open_web({"/a.ogg": body(sound("ogg"))}) as web, guarded(internet) as (_, job):
        report = await probe_through(web.url("/a.ogg", host), job)
        assert report.failure is MediaFailure.FORBIDDEN
        assert job.denial is not None
        assert job.denial.kind is MediaFailure.PRIVATE_ADDRESS
        assert (internet.dialled, web.requests) == ([], [])


@pytest.mark.parametrize("notation", ["2130706433", "0x7f.1", "127.1", "0177.0.0.1", "localhost"])
async def test_other_spellings_of_loopback_are_refused_by_the_real_resolver(notation: str) -> None:
    async with open_guard(parse_policy([])) as guard:
        with guard.job() as job:
            await probe_through(f"http://{notation}:8080/a.ogg", job)
            assert job.denial is not None
            assert job.denial.kind in {MediaFailure.PRIVATE_ADDRESS, MediaFailure.UNKNOWN_HOST}


@pytest.mark.parametrize(
    "target", ["http://evil.test/x.ogg", "http://127.0.0.1:{port}/x.ogg", "//[::1]:{port}/x"]
)
@pytest.mark.parametrize("secure", [False, True])
async def test_redirect_to_a_private_address_is_refused(target: str, secure: bool) -> None:
    internet = make_internet()
    server, client = make_contexts()
    async with open_web({"/x.ogg": body(sound("ogg"))}) as private:
        pages = {"/go": redirect(target.format(port=private.port))}
        async with open_web(pages, server if secure else None) as web, guarded(internet, client) as (_, job):
            report = await probe_through(web.url("/go", "good.test", "https" if secure else "http"), job)
            assert report.failure is not None
            assert len(web.requests) >= 1
            assert private.requests == []
            assert job.denial is not None
            assert job.denial.kind is MediaFailure.PRIVATE_ADDRESS


async def test_redirects_between_http_and_https_are_followed() -> None:
    server, client = make_contexts()
    async with open_web({"/a.ogg": body(sound("ogg"))}, server) as secure:
        pages = {"/go": redirect(secure.url("/a.ogg", "good.test", "https"))}
        async with open_web(pages) as web, guarded(make_internet(), client) as (_, job):
            assert (await probe_through(web.url("/go", "good.test"), job)).codec == "opus"
            secure.pages["/back"] = redirect(web.url("/go", "good.test"))
            assert (await probe_through(secure.url("/back", "good.test", "https"), job)).codec == "opus"


async def test_urls_without_a_port_go_to_those_of_the_web() -> None:
    server, client = make_contexts()
    async with open_web({"/a.ogg": body(sound("ogg"))}, server) as secure:
        async with open_web({"/go": redirect("https://good.test/a.ogg")}) as web:
            internet = make_internet()
            internet.ports = {80: web.port, 443: secure.port}
            async with guarded(internet, client) as (_, job):
                assert (await probe_through("http://good.test/go", job)).codec == "opus"
                assert (await probe_through("https://good.test/a.ogg", job)).codec == "opus"
        assert {request.headers["host"] for request in secure.requests} == {"good.test"}


async def test_rebinding_name_gets_the_address_that_was_checked() -> None:
    internet = Internet({"rebind.test": [[PUBLIC], ["127.0.0.1"]]})
    async with open_web({"/a.ogg": body(sound("ogg"))}) as web, guarded(internet) as (guard, job):
        stream = await guard.dial("rebind.test", web.port, tls=False)
        await stream.aclose()
        assert (internet.asked, internet.dialled) == (["rebind.test"], [PUBLIC])
        report = await probe_through(web.url("/a.ogg", "rebind.test"), job)
        assert report.failure is MediaFailure.FORBIDDEN
        assert internet.dialled == [PUBLIC]


async def test_of_mixed_addresses_only_the_public_ones_are_dialled() -> None:
    internet = Internet({"mixed.test": [["10.0.0.1", PUBLIC, "127.0.0.1"]]})
    async with open_web({"/a.ogg": body(sound("ogg"))}) as web, guarded(internet) as (_, job):
        assert (await probe_through(web.url("/a.ogg", "mixed.test"), job)).failure is None
        assert set(internet.dialled) == {PUBLIC}


@pytest.mark.parametrize(
    "segment",
    [
        "http://127.0.0.1:{port}/x.ts",
        "http://evil.test/x.ts",
        "https://127.0.0.1:{port}/x.ts",
        "httpproxy://127.0.0.1:{port}/x.ts",
        "tcp://127.0.0.1:{port}/x.ts",
        "tls://127.0.0.1:{port}/x.ts",
        "crypto+http://127.0.0.1:{port}/x.ts",
        "file:///etc/hostname.ts",
        "concat:http://127.0.0.1:{port}/x.ts",
        "data:audio/mpeg;base64,AAAA",
    ],
)
async def test_playlist_with_a_private_segment_reaches_nothing(segment: str) -> None:
    touched: list[bytes] = []

    async def watch(stream: trio.abc.Stream) -> None:
        async with stream:
            touched.append(bytes(await stream.receive_some(100)))

    async with trio.open_nursery() as nursery:
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(partial(trio.serve_listeners, watch, [listener]))
        pages = {"/l.m3u8": playlist(segment.format(port=listener.socket.getsockname()[1]))}
        async with open_web(pages) as web, guarded(make_internet()) as (_, job):
            report = await probe_through(web.url("/l.m3u8", "good.test"), job)
        assert report.failure is not None
        assert len(web.requests) >= 1
        assert touched == []
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("chunked", [False, True])
async def test_playlist_with_https_segments_plays_through_the_guard(chunked: bool) -> None:
    server, client = make_contexts()
    pages: dict[str, Page] = {
        "/a.ts": body(sound("ts"), "video/mp2t"),
        "/b.ts": body(sound("ts"), "video/mp2t"),
    }
    async with open_web(pages, server) as secure:
        links = [f"//good.test:{secure.port}/a.ts", secure.url("/b.ts", "good.test", "https"), "a.ts"]
        secure.pages["/l.m3u8"] = in_chunks(playlist_text(links)) if chunked else playlist(*links)
        async with guarded(make_internet(), client) as (_, job):
            report = await probe_through(secure.url("/l.m3u8", "good.test", "https"), job)
            assert (report.failure, report.container) == (None, "hls")
            assert report.duration_s == pytest.approx(3.0, abs=0.1)
            assert "/a.ts" in {request.path for request in secure.requests}


async def test_certificate_of_an_https_page_is_checked() -> None:
    server, client = make_contexts()
    internet = Internet({"good.test": [[PUBLIC]], "other.test": [[PUBLIC]]})
    async with open_web({"/a.ogg": body(sound("ogg"))}, server) as web:
        async with guarded(internet, client) as (_, job):
            assert (await probe_through(web.url("/a.ogg", "good.test", "https"), job)).codec == "opus"
            assert web.requests[0].headers["host"] == f"good.test:{web.port}"
            seen = len(web.requests)
            assert (await probe_through(web.url("/a.ogg", "other.test", "https"), job)).failure is not None
            assert job.denial is not None
            assert job.denial.kind is MediaFailure.CERTIFICATE
        async with guarded(internet) as (_, job):
            assert (await probe_through(web.url("/a.ogg", "good.test", "https"), job)).failure is not None
        assert len(web.requests) == seen


def test_environment_does_not_lead_around_the_guard() -> None:
    script = (
        "import os; os.environ |= {'no_proxy': '*', 'HTTP_PROXY': 'x'}\n"
        "from media.probe import prepare_process; prepare_process()\n"
        "print([name for name in os.environ if 'proxy' in name.lower()], os.nice(0) > 0)"
    )
    said = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True).stdout
    assert said == b"[] True\n"


def test_links_are_marked_and_marks_are_read_back() -> None:
    text = b'#KEY:URI="https://a.test:8443/k",X="//b.test/k"\nhttps://[2606::1]/x\n//c.test/y\nhttp://d.test//e\nz//w'
    assert mark_links(text, tls=True) == (
        b'#KEY:URI="http://a.test.tls.invalid:8443/k",X="http://b.test.tls.invalid:443/k"\n'
        b"http://2606--1.ip6.tls.invalid:443/x\nhttp://c.test.tls.invalid:443/y\nhttp://d.test//e\nz//w"
    )
    assert b"//c.test/y" in mark_links(text, tls=False)
    assert to_guarded("http://a.test/x") == "http://a.test/x"
    assert to_guarded("https://a.test/x") == "http://a.test.tls.invalid:443/x"
    assert to_guarded("https://[2606::1]:44/x?y") == "http://2606--1.ip6.tls.invalid:44/x?y"
    assert unmark("2606--1.ip6.tls.invalid") == "2606::1"
    assert (unmark("a.test.tls.invalid"), unmark("a.test")) == ("a.test", None)
