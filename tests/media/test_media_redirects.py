"""Redirects that lead nowhere, or to what is no address of the web, are told as what they are."""

from contextlib import suppress

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from media.errors import MediaError, MediaFailure
from media.redirects import MOST, Trail, is_astray, next_target
from tests.media.internet import guarded, make_contexts, make_internet, probe_through
from tests.media.sounds import sound
from tests.media.web import Page, Request, body, head, open_web, redirect

NOWHERE, ASTRAY = MediaFailure.LEADS_NOWHERE, MediaFailure.BAD_REDIRECT


@pytest.mark.parametrize(
    "location",
    [
        *("", "file:///etc/passwd", "FILE:x", "ftp://good.test/a", "data:audio/mp3;base64,AAAA"),
        *("httpproxy://10.0.0.1:80/x", "javascript:alert(1)", "concat:a|b", "http://", "https:///x", "http:"),
        *("//", "///x", "http://[::1", "pipe:0"),
    ],
)
def test_what_is_no_address_of_the_web_is_astray(location: str) -> None:
    assert is_astray(location)
    with pytest.raises(MediaError) as caught:
        next_target("http://good.test/a", location)
    assert (caught.value.kind, caught.value.host) == (ASTRAY, "good.test")


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/b", "http://good.test/b"),
        ("b?c=d:e", "http://good.test/b?c=d:e"),
        ("?x=file:///y", "http://good.test/a?x=file:///y"),
        ("//other.test/b", "http://other.test/b"),
        ("HTTPS://Other.test:8443/b", "https://Other.test:8443/b"),
        ("http://[::1]/b", "http://[::1]/b"),
    ],
)
def test_addresses_of_the_web_are_gone_to(location: str, target: str) -> None:
    assert next_target("http://good.test/a", location) == target


@settings(max_examples=100)
@given(st.text(max_size=40))
def test_nonsense_is_either_gone_to_or_refused(location: str) -> None:
    with suppress(MediaError):
        assert next_target("http://good.test/a", location).startswith(("http://", "https://"))


def test_a_trail_counts_redirects_in_a_row() -> None:
    trail = Trail()
    assert [trail.lead_on("a.test", "/x") for _ in range(MOST)] == [None] * MOST
    ninth = trail.lead_on("b.test", "/x")
    assert ninth is not None
    assert (ninth.kind, ninth.host) == (NOWHERE, "b.test")
    trail.arrive()
    assert trail.lead_on("a.test", "/x") is None, "another answer came between"


def test_only_an_address_that_nobody_asked_for_is_the_fault_of_a_redirect() -> None:
    trail = Trail()
    port = MediaError(kind=MediaFailure.BAD_URL, host="x.test", detail="port 22")
    private = MediaError(kind=MediaFailure.PRIVATE_ADDRESS, host="x.test")
    assert trail.explain(port) is port
    trail.lead_on("good.test", "http://x.test:22/")
    told = trail.explain(port)
    assert (told.kind, told.host, told.detail) == (ASTRAY, "good.test", "port 22")
    assert trail.explain(private) is private


def chain(length: int) -> dict[str, Page]:
    """So many redirects and then a song."""
    steps = {f"/{number}": redirect(f"/{number - 1}") for number in range(1, length + 1)}
    return {**steps, "/0": body(sound("ogg"))}


async def test_ffmpeg_and_the_guard_agree_on_how_far_a_link_may_lead() -> None:
    async with open_web(chain(MOST + 1)) as web, guarded(make_internet()) as (_, job):
        report = await probe_through(web.url(f"/{MOST}", "good.test"), job)
        assert (report.codec, job.denial) == ("opus", None)
        report = await probe_through(web.url(f"/{MOST + 1}", "good.test"), job)
        assert report.failure is NOWHERE
        assert job.denial is not None
        assert (job.denial.kind, job.denial.host) == (NOWHERE, "good.test")


@pytest.mark.parametrize("secure", [False, True])
@pytest.mark.parametrize(
    ("location", "kind"),
    [("file:///etc/passwd", ASTRAY), ("http://good.test:22/x", ASTRAY), ("/here", NOWHERE)],
)
async def test_the_guard_knows_why_ffmpeg_got_nothing(
    location: str, kind: MediaFailure, secure: bool
) -> None:
    server, client = make_contexts()
    pages = {"/here": redirect(location)}
    async with (
        open_web(pages, server if secure else None) as web,
        guarded(make_internet(), client) as (_, job),
    ):
        url = web.url("/here", "good.test", "https" if secure else "http")
        assert (await probe_through(url, job)).failure is not None
        assert job.denial is not None
        assert (job.denial.kind, job.denial.host) == (kind, "good.test")


async def test_a_playlist_whose_pieces_are_all_elsewhere_leads_somewhere() -> None:
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:2"]
    lines += [line for _ in range(2 * MOST) for line in ("#EXTINF:1.0,", "/go.ts")]
    text = "\n".join([*lines, "#EXT-X-ENDLIST", ""]).encode()

    async def piece(stream: trio.abc.Stream, request: Request) -> None:
        content = sound("ts")
        await stream.send_all(head("200 OK", f"Content-Length: {len(content)}") + content)

    pages = {"/l.m3u8": body(text, "application/x-mpegurl"), "/go.ts": redirect("/a.ts"), "/a.ts": piece}
    async with open_web(pages) as web, guarded(make_internet()) as (_, job):
        assert (await probe_through(web.url("/l.m3u8", "good.test"), job)).container == "hls"
        assert job.denial is None
