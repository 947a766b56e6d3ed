"""The guard as PyAV meets it: credentials, redirects, rebinding names, playlists, certificates, budgets."""

import ssl
import subprocess
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio
import trustme
from attrs import Factory, define
from hypothesis import given, settings
from hypothesis import strategies as st

from media.addresses import Address, parse_address, parse_policy
from media.errors import MediaFailure
from media.guard import Guard, Outside, open_guard
from media.guard_job import CONNECTIONS_LIMIT, Job
from media.guarded_urls import mark_links, to_guarded, unmark
from media.probe import probe
from media.probe_values import ProbeJob, ProbeReport
from tests.media.conftest import ROOT
from tests.media.sounds import sound
from tests.media.web import Page, body, endless, head, open_web, redirect, silent

PUBLIC = "93.184.215.14"
OTHER_PUBLIC = "1.1.1.1"


@define(eq=False)
class Internet:
    """A world in which every public address leads to a port of this machine; refuses private ones."""

    names: dict[str, list[Sequence[str]]]
    asked: list[str] = Factory(list[str])
    dialled: list[str] = Factory(list[str])

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        await trio.lowlevel.checkpoint()
        self.asked.append(host)
        answers = self.names.get(host)
        if not answers:
            raise OSError("no such name")
        texts = answers.pop(0) if len(answers) > 1 else answers[0]
        return [address for text in texts if (address := parse_address(text)) is not None]

    async def connect(self, address: Address, port: int) -> trio.abc.Stream:
        self.dialled.append(str(address))
        assert str(address) in {PUBLIC, OTHER_PUBLIC}, f"dialled {address}"
        return await trio.open_tcp_stream("127.0.0.1", port)


@asynccontextmanager
async def _guarded(
    internet: Internet, tls: ssl.SSLContext | None = None, allow: Sequence[str] = ()
) -> AsyncGenerator[tuple[Guard, Job]]:
    outside = Outside(
        resolve=internet.resolve, connect=internet.connect, tls=lambda: tls or ssl.create_default_context()
    )
    async with open_guard(parse_policy(allow), outside) as guard:
        with guard.job() as job:
            yield guard, job


def _internet() -> Internet:
    return Internet({"good.test": [[PUBLIC]], "evil.test": [["10.0.0.1"]], "local.test": [["127.0.0.1"]]})


async def _probe(url: str, job: Job) -> ProbeReport:
    asked = ProbeJob(location=to_guarded(url), is_file=False, proxy=job.proxy_url)
    return await trio.to_thread.run_sync(partial(probe, asked))


def _contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context for good.test, and a client's that trusts it."""
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued = authority.issue_cert("good.test")
    issued.configure_cert(server)  # pyright: ignore[reportUnknownMemberType] - also takes pyOpenSSL's
    client = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
    return server, client


def _playlist(*segments: str) -> Page:
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:2"]
    lines += [line for segment in segments for line in ("#EXTINF:1.0,", segment)]
    return body("\n".join([*lines, "#EXT-X-ENDLIST", ""]).encode(), "application/vnd.apple.mpegurl")


async def test_pyav_gives_its_credential_when_asked_and_the_server_never_sees_it() -> None:
    internet = _internet()
    async with open_web({"/a.ogg": body(sound("ogg"))}) as web, _guarded(internet) as (guard, job):
        report = await _probe(web.url("/a.ogg?x=1", "good.test"), job)
        assert (report.failure, report.codec) == (None, "opus")
        assert {request.path for request in web.requests} == {"/a.ogg?x=1"}
        assert not [name for request in web.requests for name in request.headers if "proxy" in name]
        assert web.requests[0].headers["host"] == f"good.test:{web.port}"
        assert job.received > len(sound("ogg"))
        assert job.denial is None
        stranger = Job(proxy_url=f"http://job:guess@127.0.0.1:{guard.port}", token="guess")
        assert (await _probe(web.url("/a.ogg", "good.test"), stranger)).failure is not None
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
    internet = _internet()
    async with open_web({"/a.ogg": body(sound("ogg"))}) as web, _guarded(internet) as (_, job):
        report = await _probe(web.url("/a.ogg", host), job)
        assert report.failure is MediaFailure.FORBIDDEN
        assert job.denial is not None
        assert job.denial.kind is MediaFailure.PRIVATE_ADDRESS
        assert (internet.dialled, web.requests) == ([], [])


@pytest.mark.parametrize("notation", ["2130706433", "0x7f.1", "127.1", "0177.0.0.1", "localhost"])
async def test_other_spellings_of_loopback_are_refused_by_the_real_resolver(notation: str) -> None:
    async with open_guard(parse_policy([])) as guard:
        with guard.job() as job:
            await _probe(f"http://{notation}:8080/a.ogg", job)
            assert job.denial is not None
            assert job.denial.kind in {MediaFailure.PRIVATE_ADDRESS, MediaFailure.NOT_FOUND}


@pytest.mark.parametrize(
    "target", ["http://evil.test/x.ogg", "http://127.0.0.1:{port}/x.ogg", "//[::1]:{port}/x"]
)
@pytest.mark.parametrize("secure", [False, True])
async def test_redirect_to_a_private_address_is_refused(target: str, secure: bool) -> None:
    internet = _internet()
    server, client = _contexts()
    async with open_web({"/x.ogg": body(sound("ogg"))}) as private:
        pages = {"/go": redirect(target.format(port=private.port))}
        async with open_web(pages, server if secure else None) as web, _guarded(internet, client) as (_, job):
            report = await _probe(web.url("/go", "good.test", "https" if secure else "http"), job)
            assert report.failure is not None
            assert len(web.requests) >= 1
            assert private.requests == []
            assert job.denial is not None
            assert job.denial.kind is MediaFailure.PRIVATE_ADDRESS


async def test_redirects_between_http_and_https_are_followed() -> None:
    server, client = _contexts()
    async with open_web({"/a.ogg": body(sound("ogg"))}, server) as secure:
        pages = {"/go": redirect(secure.url("/a.ogg", "good.test", "https"))}
        async with open_web(pages) as web, _guarded(_internet(), client) as (_, job):
            assert (await _probe(web.url("/go", "good.test"), job)).codec == "opus"
            secure.pages["/back"] = redirect(web.url("/go", "good.test"))
            assert (await _probe(secure.url("/back", "good.test", "https"), job)).codec == "opus"


async def test_rebinding_name_gets_the_address_that_was_checked() -> None:
    internet = Internet({"rebind.test": [[PUBLIC], ["127.0.0.1"]]})
    async with open_web({"/a.ogg": body(sound("ogg"))}) as web, _guarded(internet) as (guard, job):
        stream = await guard.dial("rebind.test", web.port, tls=False)
        await stream.aclose()
        assert (internet.asked, internet.dialled) == (["rebind.test"], [PUBLIC])
        report = await _probe(web.url("/a.ogg", "rebind.test"), job)
        assert report.failure is MediaFailure.FORBIDDEN
        assert internet.dialled == [PUBLIC]


async def test_of_mixed_addresses_only_the_public_ones_are_dialled() -> None:
    internet = Internet({"mixed.test": [["10.0.0.1", PUBLIC, "127.0.0.1"]]})
    async with open_web({"/a.ogg": body(sound("ogg"))}) as web, _guarded(internet) as (_, job):
        assert (await _probe(web.url("/a.ogg", "mixed.test"), job)).failure is None
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
        pages = {"/l.m3u8": _playlist(segment.format(port=listener.socket.getsockname()[1]))}
        async with open_web(pages) as web, _guarded(_internet()) as (_, job):
            report = await _probe(web.url("/l.m3u8", "good.test"), job)
        assert report.failure is not None
        assert len(web.requests) >= 1
        assert touched == []
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize("chunked", [False, True])
async def test_playlist_with_https_segments_plays_through_the_guard(chunked: bool) -> None:
    server, client = _contexts()
    pages: dict[str, Page] = {
        "/a.ts": body(sound("ts"), "video/mp2t"),
        "/b.ts": body(sound("ts"), "video/mp2t"),
    }
    async with open_web(pages, server) as secure:
        links = [f"//good.test:{secure.port}/a.ts", secure.url("/b.ts", "good.test", "https"), "a.ts"]
        secure.pages["/l.m3u8"] = _in_chunks(_playlist_text(links)) if chunked else _playlist(*links)
        async with _guarded(_internet(), client) as (_, job):
            report = await _probe(secure.url("/l.m3u8", "good.test", "https"), job)
            assert (report.failure, report.container) == (None, "hls")
            assert report.duration_s == pytest.approx(3.0, abs=0.1)
            assert "/a.ts" in {request.path for request in secure.requests}


def _playlist_text(links: Sequence[str]) -> bytes:
    parts = "".join(f"#EXTINF:1.0,\n{link}\n" for link in links)
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n{parts}#EXT-X-ENDLIST\n".encode()


def _in_chunks(content: bytes) -> Page:
    async def page(stream: trio.abc.Stream, request: object) -> None:
        await stream.send_all(head("200 OK", "Transfer-Encoding: chunked"))
        for part in (content[:4], content[4:50], content[50:]):
            await stream.send_all(b"%x\r\n%s\r\n" % (len(part), part))
        await stream.send_all(b"0\r\n\r\n")

    return page


async def test_certificate_of_an_https_page_is_checked() -> None:
    server, client = _contexts()
    internet = Internet({"good.test": [[PUBLIC]], "other.test": [[PUBLIC]]})
    async with open_web({"/a.ogg": body(sound("ogg"))}, server) as web:
        async with _guarded(internet, client) as (_, job):
            assert (await _probe(web.url("/a.ogg", "good.test", "https"), job)).codec == "opus"
            assert web.requests[0].headers["host"] == f"good.test:{web.port}"
            seen = len(web.requests)
            assert (await _probe(web.url("/a.ogg", "other.test", "https"), job)).failure is not None
            assert job.denial is not None
            assert (job.denial.kind, job.denial.detail) == (MediaFailure.NETWORK, "certificate")
        async with _guarded(internet) as (_, job):
            assert (await _probe(web.url("/a.ogg", "good.test", "https"), job)).failure is not None
        assert len(web.requests) == seen


def test_environment_does_not_lead_around_the_guard() -> None:
    script = (
        "import os; os.environ |= {'no_proxy': '*', 'HTTP_PROXY': 'x'}\n"
        "from media.probe import prepare_process; prepare_process()\n"
        "print([name for name in os.environ if 'proxy' in name.lower()], os.nice(0) > 0)"
    )
    said = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=True).stdout
    assert said == b"[] True\n"


async def test_job_ends_its_connections_and_its_credential() -> None:
    async with open_web({"/quiet": silent}) as web, _guarded(_internet()) as (guard, _):
        job = guard.start_job()
        stream = await _ask(guard, job, f"GET {web.url('/quiet', 'good.test')} HTTP/1.1\r\nHost: x\r\n")
        with trio.fail_after(2):
            while not web.requests:  # noqa: ASYNC110 - the fake tells nobody
                await trio.sleep(0.002)
            guard.end(job.proxy_url)
            guard.end(job.proxy_url)
            assert await _read_all(stream) == b""
        after = await _ask(guard, job, f"GET {web.url('/quiet', 'good.test')} HTTP/1.1\r\nHost: x\r\n")
        assert (await _read_all(after)).startswith(b"HTTP/1.1 407 ")


async def test_budget_of_bytes_cuts_an_endless_body() -> None:
    pages = {"/endless": endless(b"", bytes(50_000), "audio/mpeg")}
    async with open_web(pages) as web, _guarded(_internet()) as (guard, _):
        with guard.job(max_bytes=300_000) as job:
            stream = await _ask(guard, job, f"GET {web.url('/endless', 'good.test')} HTTP/1.1\r\nHost: x\r\n")
            assert len(await _read_all(stream)) <= 300_000
            assert job.denial is not None
            assert (job.denial.kind, job.denial.limit) == (MediaFailure.TOO_LARGE, 300_000)


async def test_time_of_a_job_cuts_its_connections() -> None:
    async with open_web({"/quiet": silent}) as web, _guarded(_internet()) as (guard, _):
        with guard.job(deadline=trio.current_time() + 0.05) as job:
            stream = await _ask(guard, job, f"GET {web.url('/quiet', 'good.test')} HTTP/1.1\r\nHost: x\r\n")
            assert await _read_all(stream) == b""
            assert job.denial is not None
            assert job.denial.kind is MediaFailure.TIMEOUT


async def test_connections_of_one_job_are_limited() -> None:
    async with open_web({"/quiet": silent}) as web, _guarded(_internet()) as (guard, job):
        line = f"GET {web.url('/quiet', 'good.test')} HTTP/1.1\r\nHost: x\r\n"
        streams = [await _ask(guard, job, line) for _ in range(CONNECTIONS_LIMIT)]
        with trio.fail_after(2):
            while len(job.scopes) < CONNECTIONS_LIMIT:  # noqa: ASYNC110 - the guard tells nobody
                await trio.sleep(0.002)
        assert b"X-Guard-Denial: network" in await _read_all(await _ask(guard, job, line))
        for stream in streams:
            await stream.aclose()


async def test_tunnel_carries_bytes_both_ways_and_is_checked_alike() -> None:
    server, client = _contexts()
    async with open_web({"/a": body(b"hello")}, server) as web, _guarded(_internet()) as (guard, job):
        stream = await _ask(guard, job, f"CONNECT good.test:{web.port} HTTP/1.1\r\nHost: good.test\r\n")
        assert (await stream.receive_some(100)) == b"HTTP/1.1 200 Connection Established\r\n\r\n"
        secured = trio.SSLStream(stream, client, server_hostname="good.test", https_compatible=True)
        await secured.send_all(b"GET /a HTTP/1.1\r\nHost: good.test\r\n\r\n")
        assert (await _read_all(secured)).endswith(b"hello")
        for target in ("127.0.0.1:443", "evil.test:443", "good.test:25"):
            refused = await _ask(guard, job, f"CONNECT {target} HTTP/1.1\r\nHost: x\r\n")
            answer = await _read_all(refused)
            assert answer.startswith(b"HTTP/1.1 403 ")
            assert b"X-Guard-Denial: private_address" in answer


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("GET / HTTP/1.1", b"400"),
        ("GET https://good.test/ HTTP/1.1", b"400"),
        ("GET ftp://good.test/ HTTP/1.1", b"400"),
        ("GET http://u:p@good.test/ HTTP/1.1", b"400"),
        ("GET http://good.test:0/ HTTP/1.1", b"400"),
        ("GET http://[::1/ HTTP/1.1", b"400"),
        ("POST http://good.test/ HTTP/1.1", b"400"),
        ("CONNECT good.test HTTP/1.1", b"400"),
        ("CONNECT good.test:x HTTP/1.1", b"400"),
        ("nonsense", b"400"),
        ("GET http://nowhere.test/ HTTP/1.1", b"502"),
        ("GET http://.tls.invalid/ HTTP/1.1", b"502"),
    ],
)
async def test_request_that_cannot_be_served_is_answered(line: str, status: bytes) -> None:
    async with _guarded(_internet()) as (guard, job):
        answer = await _read_all(await _ask(guard, job, f"{line}\r\nHost: x\r\n"))
    assert answer.split(b" ")[1] == status
    assert b"X-Guard-Denial: " in answer


async def test_head_that_never_ends_is_refused() -> None:
    async with _guarded(_internet()) as (guard, _):
        stream = await trio.open_tcp_stream("127.0.0.1", guard.port)
        await stream.send_all(b"GET http://good.test/ HTTP/1.1\r\n" + b"X: y\r\n" * 10_000)
        assert (await _read_all(stream)).startswith(b"HTTP/1.1 400 ")


@given(st.binary(max_size=200))
@settings(max_examples=40, deadline=None)
def test_no_bytes_bring_the_guard_down(junk: bytes) -> None:
    async def scenario() -> None:
        async with _guarded(_internet()) as (guard, job):
            for data in (junk, junk + b"\r\n\r\n", b"GET http://" + junk + b"/ HTTP/1.1\r\nHost: x\r\n\r\n"):
                stream = await trio.open_tcp_stream("127.0.0.1", guard.port)
                try:
                    await stream.send_all(data)
                    await stream.send_eof()
                except trio.BrokenResourceError:
                    await stream.aclose()
                    continue
                await _read_all(stream)
            answer = await _read_all(await _ask(guard, job, "GET http://evil.test/ HTTP/1.1\r\nHost: x\r\n"))
            assert b"private_address" in answer

    trio.run(scenario)


def test_links_are_marked_and_marks_are_read_back() -> None:
    text = b'#KEY:URI="https://a.test:8443/k",X="//b.test/k"\nhttps://[2606::1]/x\n//c.test/y\nhttp://d.test//e\nz//w'
    assert mark_links(text, tls=True) == (
        b'#KEY:URI="http://a.test.tls.invalid:8443/k",X="http://b.test.tls.invalid/k"\n'
        b"http://2606--1.ip6.tls.invalid/x\nhttp://c.test.tls.invalid/y\nhttp://d.test//e\nz//w"
    )
    assert b"//c.test/y" in mark_links(text, tls=False)
    assert to_guarded("http://a.test/x") == "http://a.test/x"
    assert to_guarded("https://[2606::1]:44/x?y") == "http://2606--1.ip6.tls.invalid:44/x?y"
    assert unmark("2606--1.ip6.tls.invalid") == "2606::1"
    assert (unmark("a.test.tls.invalid"), unmark("a.test")) == ("a.test", None)


async def _ask(guard: Guard, job: Job, lines: str) -> trio.SocketStream:
    from base64 import b64encode

    credential = b64encode(f"job:{job.token}".encode()).decode()
    stream = await trio.open_tcp_stream("127.0.0.1", guard.port)
    await stream.send_all(f"{lines}Proxy-Authorization: Basic {credential}\r\n\r\n".encode())
    return stream


async def _read_all(stream: trio.abc.ReceiveStream) -> bytes:
    received = b""
    async with stream:
        try:
            while data := await stream.receive_some(65536):
                received += data
        except trio.BrokenResourceError:
            return received
    return received
