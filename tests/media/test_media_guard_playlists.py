"""Playlists in every disguise that FFmpeg sees through: known, marked, and never without an end."""

import gzip
import zlib

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from media.errors import MediaFailure
from media.guard_body import body_of
from tests.media.internet import guarded, make_contexts, make_internet, playlist_text, probe_through
from tests.media.sounds import sound
from tests.media.web import Page, Request, body, head, open_web

TOO_MUCH = 5 << 20
KIND = "Content-Type: application/vnd.apple.mpegurl"
DISGUISES = ["plain", "another status", "another word", "bare lines", "split chunk", "gzip", "deflate"]


def disguised(how: str, text: bytes) -> list[bytes]:
    """A playlist's answer in the pieces in which it is sent."""
    plain = head("200 OK", KIND)
    disguises = {
        "another status": [head("201 Created", KIND), text],
        "another word": [plain.replace(b"HTTP/1.1", b"ICY"), text],
        "bare lines": [plain.replace(b"\r", b""), text],
        "split chunk": [
            head("200 OK", KIND, "Transfer-Encoding: chunked"),
            b"0x1;a=b\r\n#\r\n\r\n%X\n%s\r\n0\r\n\r\n" % (len(text) - 1, text[1:]),
        ],
        "gzip": [head("200 OK", KIND, "Content-Encoding: gzip"), gzip.compress(text)],
        "deflate": [head("200 OK", KIND, "Content-Encoding: deflate"), zlib.compress(text)],
    }
    return disguises.get(how, [plain, text])


def in_pieces(pieces: list[bytes]) -> Page:
    async def page(stream: trio.abc.Stream, request: Request) -> None:
        for piece in pieces:
            await stream.send_all(piece)
            await trio.sleep(0.005)

    return page


@pytest.mark.parametrize("how", DISGUISES)
async def test_disguised_playlist_plays_with_its_https_segments(how: str) -> None:
    server, client = make_contexts()
    async with open_web({"/a.ts": body(sound("ts"), "video/mp2t")}, server) as secure:
        text = playlist_text([secure.url("/a.ts", "good.test", "https")])
        pages = {"/l.m3u8": in_pieces(disguised(how, text))}
        async with open_web(pages) as web, guarded(make_internet(), client) as (_, job):
            report = await probe_through(web.url("/l.m3u8", "good.test"), job)
            assert (report.failure, report.container) == (None, "hls")
            assert secure.requests


@pytest.mark.parametrize("how", DISGUISES)
async def test_playlist_that_would_fill_the_memory_is_cut(how: str) -> None:
    line = b"#EXTINF:1.0,\na.ts\n"
    text = b"#EXTM3U\n#EXT-X-TARGETDURATION:2\n" + line * (TOO_MUCH // len(line))
    pages = {
        "/l.m3u8": in_pieces(disguised(how, text)),
        "/a.ts": body(sound("ts"), "video/mp2t"),
    }
    async with open_web(pages) as web, guarded(make_internet()) as (_, job):
        assert (await probe_through(web.url("/l.m3u8", "good.test"), job)).failure is not None
        assert job.denial is not None
        assert (job.denial.kind, job.denial.detail) == (MediaFailure.TOO_LARGE, "playlist")


async def test_playlist_of_thousands_of_others_does_not_make_us_ask_for_all() -> None:
    others = "".join(f"#EXT-X-STREAM-INF:BANDWIDTH={n}\n/other.m3u8\n" for n in range(1, 2000))
    pages = {
        "/l.m3u8": body(f"#EXTM3U\n{others}".encode(), "application/vnd.apple.mpegurl"),
        "/other.m3u8": body(playlist_text(["/a.ts"]), "application/vnd.apple.mpegurl"),
        "/a.ts": body(sound("ts"), "video/mp2t"),
    }
    async with open_web(pages) as web, guarded(make_internet()) as (_, job):
        await probe_through(web.url("/l.m3u8", "good.test"), job)
        asked = sum(request.path == "/other.m3u8" for request in web.requests)
        assert 0 < asked < 500


async def test_head_without_an_end_is_cut() -> None:
    pieces = [b"HTTP/1.1 200 OK\r\n", *[b"X-More: %s\r\n" % (b"x" * 2000)] * 40]
    async with open_web({"/a.ogg": in_pieces(pieces)}) as web, guarded(make_internet()) as (_, job):
        assert (await probe_through(web.url("/a.ogg", "good.test"), job)).failure is not None
        assert job.denial is not None
        assert (job.denial.kind, job.denial.detail) == (MediaFailure.TOO_LARGE, "head")


@settings(max_examples=60)
@given(st.lists(st.binary(min_size=1, max_size=40), max_size=8), st.integers(1, 50), st.booleans())
def test_body_is_the_same_however_it_is_framed_packed_and_cut(
    parts: list[bytes], cut: int, packed: bool
) -> None:
    content = b"".join(parts)
    sent = gzip.compress(content) if packed else content
    framed = b"".join(
        b"%x\r\n%s\r\n" % (len(sent[at : at + 7]), sent[at : at + 7]) for at in range(0, len(sent), 7)
    )
    framed += b"0\r\n\r\n"
    packing = b"Content-Encoding: gzip\r\n" if packed else b""
    for line, wire in {
        b"Transfer-Encoding: chunked": framed,
        b"Content-Length: %d" % len(sent): sent,
    }.items():
        read = body_of(b"HTTP/1.1 200 OK\r\n" + packing + line + b"\r\n\r\n")
        pieces = [read.feed(wire[at : at + cut], 1000) for at in range(0, len(wire), cut)]
        assert (b"".join(pieces), read.is_over) == (content, True)


@settings(max_examples=100)
@given(st.binary(max_size=200), st.sampled_from([b"gzip", b"deflate", b"br"]), st.booleans())
def test_nonsense_ends_a_body_and_harms_nobody(data: bytes, packing: bytes, chunked: bool) -> None:
    framing = b"Transfer-Encoding: chunked\r\n" if chunked else b""
    read = body_of(b"HTTP/1.1 200 OK\r\nContent-Encoding: " + packing + b"\r\n" + framing + b"\r\n")
    assert len(read.feed(data, 100)) <= 100


def test_bomb_is_not_unpacked_beyond_its_bound() -> None:
    read = body_of(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
    assert len(read.feed(gzip.compress(bytes(50 << 20)), 1000)) == 1000
