"""The guard as a server: jobs and their budgets, tunnels, requests that cannot be served."""

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from media.errors import MediaFailure
from media.guard_job import CONNECTIONS_LIMIT
from tests.media.internet import ask, guarded, make_contexts, make_internet, read_all
from tests.media.web import body, endless, open_web, silent
from tests.patience import PATIENCE_S, until


async def test_job_ends_its_connections_and_its_credential() -> None:
    async with open_web({"/quiet": silent}) as web, guarded(make_internet()) as (guard, _):
        job = guard.start_job()
        stream = await ask(guard, job, f"GET {web.url('/quiet', 'good.test')} HTTP/1.1\r\nHost: x\r\n")
        with trio.fail_after(PATIENCE_S):
            while not web.requests:  # noqa: ASYNC110 - the fake tells nobody
                await trio.sleep(0.002)
            guard.end(job.proxy_url)
            guard.end(job.proxy_url)
            assert await read_all(stream) == b""
        after = await ask(guard, job, f"GET {web.url('/quiet', 'good.test')} HTTP/1.1\r\nHost: x\r\n")
        assert (await read_all(after)).startswith(b"HTTP/1.1 407 ")


async def test_budget_of_bytes_cuts_an_endless_body() -> None:
    pages = {"/endless": endless(b"", bytes(50_000), "audio/mpeg")}
    async with open_web(pages) as web, guarded(make_internet()) as (guard, _):
        with guard.job(max_bytes=300_000) as job:
            stream = await ask(guard, job, f"GET {web.url('/endless', 'good.test')} HTTP/1.1\r\nHost: x\r\n")
            assert len(await read_all(stream)) <= 300_000
            assert job.denial is not None
            assert (job.denial.kind, job.denial.limit) == (MediaFailure.TOO_LARGE, 300_000)


async def test_time_of_a_job_cuts_its_connections() -> None:
    async with open_web({"/quiet": silent}) as web, guarded(make_internet()) as (guard, _):
        with guard.job(deadline=trio.current_time() + 0.05) as job:
            stream = await ask(guard, job, f"GET {web.url('/quiet', 'good.test')} HTTP/1.1\r\nHost: x\r\n")
            assert await read_all(stream) == b""
            assert job.denial is not None
            assert job.denial.kind is MediaFailure.TIMEOUT


async def test_connections_of_one_job_are_limited() -> None:
    async with open_web({"/quiet": silent}) as web, guarded(make_internet()) as (guard, job):
        line = f"GET {web.url('/quiet', 'good.test')} HTTP/1.1\r\nHost: x\r\n"
        streams = [await ask(guard, job, line) for _ in range(CONNECTIONS_LIMIT)]
        await until(lambda: len(job.scopes) >= CONNECTIONS_LIMIT)
        assert b"X-Guard-Denial: network" in await read_all(await ask(guard, job, line))
        for stream in streams:
            await stream.aclose()


async def test_tunnel_carries_bytes_both_ways_and_is_checked_alike() -> None:
    server, client = make_contexts()
    async with open_web({"/a": body(b"hello")}, server) as web, guarded(make_internet()) as (guard, job):
        stream = await ask(guard, job, f"CONNECT good.test:{web.port} HTTP/1.1\r\nHost: good.test\r\n")
        assert (await stream.receive_some(100)) == b"HTTP/1.1 200 Connection Established\r\n\r\n"
        secured = trio.SSLStream(stream, client, server_hostname="good.test", https_compatible=True)
        await secured.send_all(b"GET /a HTTP/1.1\r\nHost: good.test\r\n\r\n")
        assert (await read_all(secured)).endswith(b"hello")
        private, port = b"403 Forbidden|private_address", b"400 Bad Request|bad_url"
        for target, denial in {
            "127.0.0.1:443": private,
            "evil.test:443": private,
            "good.test:25": port,
        }.items():
            refused = await ask(guard, job, f"CONNECT {target} HTTP/1.1\r\nHost: x\r\n")
            answer = await read_all(refused)
            status, kind = denial.split(b"|")
            assert answer.startswith(b"HTTP/1.1 %s\r\nX-Guard-Denial: %s\r\n" % (status, kind))


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
    async with guarded(make_internet()) as (guard, job):
        answer = await read_all(await ask(guard, job, f"{line}\r\nHost: x\r\n"))
    assert answer.split(b" ")[1] == status
    assert b"X-Guard-Denial: " in answer


async def test_head_that_never_ends_is_refused() -> None:
    async with guarded(make_internet()) as (guard, _):
        stream = await trio.open_tcp_stream("127.0.0.1", guard.port)
        await stream.send_all(b"GET http://good.test/ HTTP/1.1\r\n" + b"X: y\r\n" * 10_000)
        assert (await read_all(stream)).startswith(b"HTTP/1.1 400 ")


@given(st.binary(max_size=200))
@settings(max_examples=40, deadline=None)
def test_no_bytes_bring_the_guard_down(junk: bytes) -> None:
    async def scenario() -> None:
        async with guarded(make_internet()) as (guard, job):
            for data in (junk, junk + b"\r\n\r\n", b"GET http://" + junk + b"/ HTTP/1.1\r\nHost: x\r\n\r\n"):
                stream = await trio.open_tcp_stream("127.0.0.1", guard.port)
                try:
                    await stream.send_all(data)
                    await stream.send_eof()
                except trio.BrokenResourceError:
                    await stream.aclose()
                    continue
                await read_all(stream)
            answer = await read_all(await ask(guard, job, "GET http://evil.test/ HTTP/1.1\r\nHost: x\r\n"))
            assert b"private_address" in answer

    trio.run(scenario)
