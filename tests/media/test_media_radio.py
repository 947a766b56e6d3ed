"""Radios: titles between the sound, playlist files that lead to them."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_client.ids import GuildId
from media.answers import AnswerReader
from media.errors import MediaError, MediaFailure
from media.playlist_files import names_playlist, parse_playlist
from media.radio import IcyReader, parse_titles
from media.resolve import Resolver
from media.tracks import Playable, SourceKind, TextQuery, Track
from tests.media.conftest import OpenRoom
from tests.media.internet import ask
from tests.media.sounds import sound
from tests.media.web import Page, Request, body, gone, head, open_web

GUILD = GuildId(5)
BASE = "http://radio.test/list/a.m3u"


def _icy(text: str) -> bytes:
    data = text.encode()
    size = -(-len(data) // 16)
    return bytes([size]) + data.ljust(size * 16, b"\0")


def _stream(titles: Sequence[str], interval: int = 1000) -> bytes:
    parts = [
        b"\xff" * interval + (_icy(f"StreamTitle='{title}';StreamUrl='';") if title else b"\0")
        for title in titles
    ]
    return b"".join(parts)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(["", "One", "Two"]), max_size=6),
    st.lists(st.integers(1, 900), min_size=1, max_size=9),
)
def test_texts_are_found_however_the_stream_is_cut(titles: list[str], cuts: list[int]) -> None:
    data, reader, found = _stream(titles), IcyReader(1000), list[bytes]()
    at = number = 0
    while at < len(data):
        step = cuts[number % len(cuts)]
        found += reader.feed(data[at : at + step])
        at, number = at + step, number + 1
    assert [parse_titles(text) for text in found] == [title for title in titles if title]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (b"StreamTitle='A - B';StreamUrl='http://x';\0\0", "A - B"),
        (b"StreamTitle='It's; fine';", "It's; fine"),
        (b"StreamTitle='caf\xe9';", "café"),
        ("StreamTitle='Dvořák';".encode(), "Dvořák"),
        (b"StreamTitle=' - ';", ""),
        (b"StreamTitle='';StreamUrl='x';", ""),
        (b"StreamUrl='x';", None),
        (b"", None),
    ],
)
def test_titles_are_read(text: bytes, title: str | None) -> None:
    assert parse_titles(text) == title


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(1, 50))
def test_hostile_streams_never_raise(data: bytes, interval: int) -> None:
    for text in IcyReader(interval).feed(data):
        parse_titles(text)
    AnswerReader().feed(data)
    parse_playlist(data, BASE)
    parse_playlist(b"#EXTM3U\n" + data, BASE)
    parse_playlist(b"[playlist]\nFile1=" + data, BASE)


def _radio(chunked: bool, first_line: str = "HTTP/1.1 200 OK") -> Page:
    async def page(stream: trio.abc.Stream, request: Request) -> None:
        assert request.headers["icy-metadata"] == "1"
        lines = f"{first_line}\r\nContent-Type: audio/mpeg\r\nicy-metaint: 1000\r\n"
        lines += "Transfer-Encoding: chunked\r\n" if chunked else ""
        await stream.send_all(f"{lines}\r\n".encode())
        for title in ("One", "One", "", "Two"):
            data = _stream([title])
            await stream.send_all(b"%x\r\n%s\r\n" % (len(data), data) if chunked else data)
        await stream.send_all(b"0\r\n\r\n" if chunked else b"")

    return page


@pytest.mark.parametrize("page", [_radio(False), _radio(True), _radio(False, "ICY 200 OK")])
async def test_a_radios_titles_are_heard_while_it_plays(open_room: OpenRoom, page: Page) -> None:
    async with open_web({"/radio": page}) as web, open_room() as media:
        track = Track(key="k", title="t", source=SourceKind.DIRECT, locator=web.url("/radio"), live=True)
        playable = await media.resolver.open(track)
        heard: list[str] = []
        media.resolver.on_title(playable, heard.append)
        await _listen(media.resolver, media.guard, playable)
        assert heard == ["One", "Two"]
        late: list[str] = []
        media.resolver.on_title(playable, late.append)
        assert late == ["Two"]
        media.resolver.release(playable)
        media.resolver.on_title(playable, late.append)
        assert late == ["Two"], "what does not play names nothing"


async def _listen(resolver: Resolver, guard: object, playable: Playable) -> None:
    from media.guard import Guard

    assert isinstance(guard, Guard)
    assert playable.proxy is not None
    job = guard._jobs[playable.proxy.split(":")[2].partition("@")[0]]
    lines = f"GET {playable.location} HTTP/1.1\r\nHost: x\r\nIcy-MetaData: 1\r\n"
    async with await ask(guard, job, lines) as stream:
        while await stream.receive_some(500):
            pass


async def test_a_stream_without_titles_is_not_looked_at_any_further() -> None:
    reader = AnswerReader()
    assert reader.feed(b"HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\n\r\nabc") == b"abc"
    assert reader.head is not None
    reader.is_over = True
    assert reader.feed(b"def") == b""


@pytest.mark.parametrize(
    ("head_of_it", "span"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10", (0, 10)),
        (b"HTTP/1.1 206 Partial\r\nContent-Length: 5\r\nContent-Range: bytes 5-9/10", (5, 10)),
        (b"HTTP/1.1 206 Partial\r\nContent-Length: 5\r\nContent-Range: bytes 5-9/*", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nContent-Encoding: gzip", None),
        (b"HTTP/1.1 200 OK", None),
        (b"HTTP/1.1 302 Found\r\nContent-Length: 0", None),
    ],
)
def test_where_an_answers_bytes_belong(head_of_it: bytes, span: tuple[int, int] | None) -> None:
    reader = AnswerReader()
    reader.feed(head_of_it + b"\r\n\r\n")
    assert reader.head is not None
    assert reader.head.span() == span


M3U = "#EXTM3U\n#EXTINF:-1,Tone FM\nhttp://radio.test/live\n"
PLS = "[playlist]\nFile1=http://radio.test/live\nTitle1=Tone FM\nLength1=-1\nNumberOfEntries=1\n"
ASX = '<ASX version="3"><ENTRY><REF HREF = "http://radio.test/live?a=1&amp;b=2" /></ENTRY></ASX>'
XSPF = (
    '<?xml version="1.0"?><playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList><track>'
    "<location>http://radio.test/live</location><title>Tone &amp; FM</title><duration>200000</duration>"
    "</track></trackList></playlist>"
)


@pytest.mark.parametrize(
    ("text", "url", "title", "seconds"),
    [
        (M3U, "http://radio.test/live", "Tone FM", None),
        (f"\ufeff{M3U}", "http://radio.test/live", "Tone FM", None),
        (PLS, "http://radio.test/live", "Tone FM", None),
        (ASX, "http://radio.test/live?a=1&b=2", None, None),
        (XSPF, "http://radio.test/live", "Tone & FM", 200.0),
        ("#EXTM3U\n#EXTINF:123.5,A - B\nsongs/a.mp3", "http://radio.test/list/songs/a.mp3", "A - B", 123.5),
        ("http://radio.test/live\n", "http://radio.test/live", None, None),
        ("#EXTM3U\nhttp://radio.test.tls.invalid:443/live", "https://radio.test/live", None, None),
    ],
)
def test_playlist_files_are_read(text: str, url: str, title: str | None, seconds: float | None) -> None:
    listed = parse_playlist(text.encode(), BASE)
    assert listed is not None
    (found,) = listed.entries
    assert (found.url, found.title, found.duration_s) == (url, title, seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just some\nlines of text",
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\na.ts",
        "<html></html>",
        "[playlist]\n",
        "#EXTM3U\nfile:///etc/passwd\nC:\\song.mp3\nconcat:http://a|b",
        "#EXTM3U\nhttp://[\n",
    ],
)
def test_what_lists_nothing_of_the_web_is_none(text: str) -> None:
    assert parse_playlist(text.encode(), BASE) is None


def test_names_of_playlists() -> None:
    assert names_playlist("http://x.test/a.PLS?x=1")
    assert not names_playlist("http://x.test/a.mp3")


async def test_a_playlist_of_a_radio_is_its_first_address_that_answers(open_room: OpenRoom) -> None:
    tone = sound("mp3", 3.0)

    async def live(stream: trio.abc.Stream, request: Request) -> None:
        await stream.send_all(head("200 OK", "Content-Type: audio/mpeg") + tone)
        while True:
            await stream.send_all(tone)

    pages: dict[str, Page] = {"/gone": gone, "/live": live}
    async with open_web(pages) as web, open_room() as media:
        text = f"[playlist]\nFile1={web.url('/gone')}\nFile2={web.url('/live')}\nTitle2=Tone FM\nLength2=-1\n"
        pages_of_it = {"/radio.pls": body(text.encode(), "audio/x-scpls"), "/listen": body(text.encode())}
        web.pages.update(pages_of_it)
        for path in pages_of_it:
            found = await media.resolver.resolve(TextQuery(text=web.url(path)), GUILD)
            (track,) = found.tracks
            assert (track.live, track.title, track.locator) == (True, "Tone FM", web.url("/live"))
            assert found.playlist_title is None
        web.pages["/dead.pls"] = body(f"[playlist]\nFile1={web.url('/gone')}\n".encode())
        with pytest.raises(MediaError) as caught:
            await media.resolver.resolve(TextQuery(text=web.url("/dead.pls")), GUILD)
        assert caught.value.kind is MediaFailure.NOT_FOUND


async def test_a_playlist_of_files_is_a_playlist_without_those_that_are_gone(open_room: OpenRoom) -> None:
    listed = "#EXTM3U\n#EXTINF:1,First\na.ogg\n#EXTINF:1,Gone\nb.ogg\n#EXTINF:1,Inside\nhttp://10.0.0.1/c.ogg\nd.ogg\n"
    pages = {
        "/l/list.m3u": body(listed.encode()),
        "/l/a.ogg": body(sound("ogg")),
        "/l/d.ogg": body(sound("ogg")),
    }
    async with open_web(pages) as web, open_room() as media:
        found = await media.resolver.resolve(TextQuery(text=web.url("/l/list.m3u")), GUILD)
    assert [track.title for track in found.tracks] == ["First", "d"]
    assert (found.playlist_title, found.skipped) == ("list.m3u", 2)


async def test_a_playlist_that_leads_inside_opens_nothing(open_room: OpenRoom, tmp_path: Path) -> None:
    listed = body(b"#EXTM3U\nhttp://10.0.0.1/live\n")
    async with open_web({"/a.m3u": listed}) as web, open_room() as media:
        with pytest.raises(MediaError) as caught:
            await media.resolver.resolve(TextQuery(text=web.url("/a.m3u")), GUILD)
    assert caught.value.kind is MediaFailure.PRIVATE_ADDRESS
