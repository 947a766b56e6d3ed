"""Titles of radios over HLS: in the playlist, in the tags of pieces, through the guard while it plays."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.guard import Guard
from media.radio_hls import MOST_BYTES, PieceReader, size_of_tag, title_in_playlist, title_in_tag
from media.tracks import SourceKind, Track
from tests.media.conftest import OpenRoom
from tests.media.internet import ask
from tests.media.web import Page, Web, body, open_web

KIND = "application/vnd.apple.mpegurl"


def playlist(*titles: str, ends: bool = False) -> bytes:
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:10", "#EXT-X-MEDIA-SEQUENCE:7"]
    for number, title in enumerate(titles):
        lines += [f"#EXTINF:9.98,{title}", f"piece{number}.aac"]
    return "\n".join([*lines, *(["#EXT-X-ENDLIST"] if ends else [])]).encode()


def syncsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def tag(version: int, *frames: tuple[bytes, bytes]) -> bytes:
    def size(content: bytes) -> bytes:
        return syncsafe(len(content)) if version == 4 else len(content).to_bytes(4, "big")

    parts = b"".join(name + size(content) + b"\0\0" + content for name, content in frames)
    return b"ID3" + bytes([version, 0, 0]) + syncsafe(len(parts)) + parts


LATIN, UTF16, UTF8 = b"\x00caf\xe9", b"\x01" + "Dvořák".encode("utf-16"), b"\x03Rusalka\0x"
PRIVATE = (b"PRIV", b"com.apple.streaming.transportStreamTimestamp\0" + bytes(8))


@pytest.mark.parametrize(
    ("titles", "title"),
    [
        (("A - One", "A - Two", "A - Three", "A - Four"), "A - Two"),
        (("A - One",), "A - One"),
        (('title="Sultans, live",artist="Dire Straits",url="x"',) * 3, "Dire Straits - Sultans, live"),
        (('title="News",artist=""',), "News"),
        (("", "", ""), ""),
        (("no desc",) * 3, ""),
        (("1234",) * 3, ""),
        ((), ""),
    ],
)
def test_a_playlist_names_the_piece_that_plays(titles: tuple[str, ...], title: str) -> None:
    assert title_in_playlist(playlist(*titles)) == title


def test_a_playlist_with_an_end_is_no_radio() -> None:
    assert title_in_playlist(playlist("A - One", ends=True)) == ""


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize(
    ("frames", "title"),
    [
        (((b"TIT2", UTF8), (b"TPE1", UTF16)), "Dvořák - Rusalka"),
        ((PRIVATE, (b"TIT2", LATIN)), "café"),
        ((PRIVATE,), ""),
        (((b"TIT2", b"\x09?"),), ""),
        (((b"TIT2", b""),), ""),
    ],
)
def test_a_tag_names_artist_and_title(
    version: int, frames: tuple[tuple[bytes, bytes], ...], title: str
) -> None:
    data = tag(version, *frames)
    assert size_of_tag(data) == len(data)
    assert title_in_tag(data + b"\xff\xf1" * 50) == title


@pytest.mark.parametrize(
    "data", [b"", b"ID3", b"\x47" * 200, b"ID3\x02\0\0\0\0\0\0", b"ID3\x04\0\x80\0\0\0\0"]
)
def test_what_is_no_tag_is_left_alone(data: bytes) -> None:
    assert size_of_tag(data) is None
    assert title_in_tag(data) == ""


def test_a_piece_is_read_no_further_than_its_tag() -> None:
    data, reader = tag(4, (b"TIT2", UTF8)), PieceReader(is_list=False)
    assert [reader.feed(data[at : at + 7], ends=False) for at in range(0, len(data), 7)][-1] == "Rusalka"
    assert reader.is_over
    assert reader.feed(data, ends=True) == ""
    assert (other := PieceReader(is_list=False)).feed(b"\x47" * 188, ends=False) == ""
    assert other.is_over
    huge = PieceReader(is_list=False)
    huge.feed(b"ID3\x04\0\0" + syncsafe(MOST_BYTES), ends=False)
    assert huge.is_over


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=300), st.booleans())
def test_hostile_pieces_never_raise(data: bytes, is_list: bool) -> None:
    title_in_tag(b"ID3\x04\0\0\0\0\x01\0" + data)
    title_in_tag(b"ID3\x03\0\0\0\0\x01\0" + data)
    PieceReader(is_list=is_list).feed(data, ends=True)
    title_in_playlist(b"#EXTM3U\n#EXTINF:" + data)


async def fetch(guard: Guard, proxy: str, web: Web, path: str) -> None:
    """As FFmpeg does it, through the job of what plays."""
    job = guard._jobs[proxy.split(":")[2].partition("@")[0]]
    lines = f"GET {web.url(path)} HTTP/1.1\r\nHost: x\r\nIcy-MetaData: 1\r\n"
    async with await ask(guard, job, lines) as stream:
        while await stream.receive_some(500):
            pass


async def test_titles_are_heard_while_it_plays(open_room: OpenRoom) -> None:
    pages: dict[str, Page] = {
        "/live.m3u8": body(playlist("A - One", "", ""), KIND),
        "/later.m3u8": body(playlist("A - Two", "", ""), KIND),
        "/piece.aac": body(tag(4, PRIVATE, (b"TIT2", UTF8)) + b"\xff\xf1" * 900, "audio/aac"),
        "/piece.ts": body(b"\x47" * 18800, "video/mp2t"),
    }
    async with open_web(pages) as web, open_room() as media:
        track = Track(key="k", title="t", source=SourceKind.DIRECT, locator=web.url("/live.m3u8"), live=True)
        playable = await media.resolver.open(track)
        assert playable.proxy is not None
        heard: list[str] = []
        media.resolver.on_title(playable, heard.append)
        for path in ("/live.m3u8", "/piece.ts", "/live.m3u8", "/piece.aac", "/later.m3u8"):
            await fetch(media.guard, playable.proxy, web, path)
        assert heard == ["A - One", "Rusalka", "A - Two"]
        media.resolver.release(playable)
