"""What can be opened, what cannot, and what each failure is called. Real files, a real web server."""

import functools
import os
import random
from base64 import b64encode
from pathlib import Path

import av.logging
import pytest
import trio
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from tests.voice import web
from tests.voice.reading import ALL, frames_of
from tests.voice.sounds import packets_of_file, write_sound
from voice.demux import Reader, fits_untouched, head_fits
from voice.protocol import Playing, Reason, Source
from voice.slots import OpusPacket, Pcm, RawFrame
from voice.source import SourceFailed, forget_environment

av.logging.set_level(None)


def read(playing: Playing, limit: int = ALL) -> list[RawFrame]:
    return frames_of(Reader.open(playing), limit)


def read_file(path: Path | str, offset_ms: int = 0) -> list[RawFrame]:
    return read(Playing(track_id=1, source=Source(location=str(path), is_file=True), offset_ms=offset_ms))


async def read_url(
    url: str,
    offset_ms: int = 0,
    limit: int = ALL,
    proxy: str | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> list[RawFrame]:
    guard = web.guard_of(url) if proxy is None else proxy
    source = Source(location=url, is_file=False, proxy=guard, headers=headers)
    playing = Playing(track_id=1, source=source, offset_ms=offset_ms)
    return await trio.to_thread.run_sync(read, playing, limit)


async def reason_of(url: str, **options: str) -> Reason:
    with pytest.raises(SourceFailed) as caught:
        await read_url(url, proxy=options.get("proxy"))
    assert url not in str(caught.value), "addresses carry secrets"
    return caught.value.reason


@pytest.mark.parametrize("kind", ["mp3", "flac", "m4a", "wav"])
def test_other_codecs_are_decoded_from_the_asked_offset(sounds: dict[str, Path], kind: str) -> None:
    whole, rest = read_file(sounds[kind]), read_file(sounds[kind], 1000)
    assert all(isinstance(frame, Pcm) for frame in whole)
    assert {len(frame.data) for frame in whole[:-1]} == {7680}
    assert 0 < len(whole[-1].data) <= 7680, "the last one is as long as it is"
    assert abs(len(whole) - 150) <= 2
    assert abs(len(whole) - len(rest) - 50) <= 2, "within 50 ms"


@pytest.mark.parametrize("kind", ["ogg", "webm"])
@pytest.mark.parametrize(("offset_ms", "frames"), [(0, 0), (20, 1), (1000, 50), (2980, 149)])
def test_opus_is_left_alone_and_found_to_the_frame(
    sounds: dict[str, Path], kind: str, offset_ms: int, frames: int
) -> None:
    packets = packets_of_file(sounds[kind])
    found = [frame.data for frame in read_file(sounds[kind], offset_ms) if isinstance(frame, OpusPacket)]
    assert found == packets[-len(found) :]
    assert abs(len(packets) - len(found) - frames) <= 1


def test_an_offset_behind_the_end_is_the_end(sounds: dict[str, Path]) -> None:
    assert read_file(sounds["ogg"], 60_000) == []
    assert read_file(sounds["mp3"], 60_000) == []


@pytest.mark.parametrize(
    ("options", "layout"),
    [({"frame_duration": "60"}, "stereo"), ({"frame_duration": "10"}, "stereo"), ({}, "mono")],
)
def test_opus_that_does_not_fit_is_decoded(tmp_path: Path, options: dict[str, str], layout: str) -> None:
    path = write_sound(tmp_path / "other.ogg", "libopus", 48_000, seconds=0.5, layout=layout, options=options)
    frames = read_file(path)
    assert all(isinstance(frame, Pcm) for frame in frames)
    assert 24 <= len(frames) <= 26


@pytest.mark.parametrize(
    ("toc", "fits"),
    [
        (0xFC, True),
        (0x0C, True),
        (0x7C, True),
        (0xF8, False),
        (0xFD, False),
        (0xFF, False),
        (0xF4, False),
        (0x14, False),
    ],
)
def test_table_of_contents(toc: int, fits: bool) -> None:
    assert fits_untouched(bytes([toc]) + b"sound") is fits
    assert not fits_untouched(b"")


def test_a_header_that_asks_for_a_gain_is_obeyed_by_decoding() -> None:
    plain = b"OpusHead\x01\x02\x38\x01\x80\xbb\x00\x00\x00\x00\x00"
    assert head_fits(plain)
    assert not head_fits(plain[:16] + b"\x00\x01" + plain[18:])
    assert not head_fits(plain[:9] + b"\x01" + plain[10:])
    assert not head_fits(plain[:18] + b"\x01")
    assert not head_fits(None)


@pytest.mark.parametrize("kind", ["ogg", "webm", "mp3", "flac", "wav"])
def test_a_truncated_file_plays_what_is_there(sounds: dict[str, Path], tmp_path: Path, kind: str) -> None:
    data = sounds[kind].read_bytes()
    path = tmp_path / f"cut.{kind}"
    path.write_bytes(data[: len(data) // 2])
    assert 50 <= len(read_file(path)) <= 90


PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nmusic.mp3\n#EXT-X-ENDLIST\n"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("page.mp3", b"<html><body>" + b"<p>Not found</p>" * 400, Reason.NOT_AUDIO),
        ("noise.bin", random.Random(3).randbytes(60_000), Reason.NOT_AUDIO),
        ("empty.ogg", b"", Reason.NOT_AUDIO),
        ("list.m3u8", PLAYLIST, Reason.NOT_AUDIO),
        ("list.ffconcat", b"ffconcat version 1.0\nfile music.mp3\n", Reason.NOT_AUDIO),
        ("missing.mp3", None, Reason.NOT_FOUND),
    ],
)
def test_files_that_are_no_audio(
    sounds: dict[str, Path], tmp_path: Path, name: str, content: bytes | None, reason: Reason
) -> None:
    (tmp_path / "music.mp3").write_bytes(sounds["mp3"].read_bytes())
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceFailed) as caught:
        read_file(tmp_path / name)
    assert caught.value.reason is reason
    assert str(tmp_path) not in str(caught.value)


def test_a_folder_a_picture_and_a_cut_m4a_are_no_audio(sounds: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "cut.m4a").write_bytes(sounds["m4a"].read_bytes()[:9000])
    for path, reason in ((tmp_path, Reason.NOT_FOUND), (tmp_path / "cut.m4a", Reason.NOT_AUDIO)):
        with pytest.raises(SourceFailed) as caught:
            read_file(path)
        assert caught.value.reason is reason


def test_tags_in_any_encoding_are_no_reason_to_fail(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "old.wav", "pcm_s16le", 48_000, seconds=0.5, tags={"title": "Cafe!"})
    content = path.read_bytes()
    assert b"Cafe!" in content
    path.write_bytes(content.replace(b"Cafe!", "Café!".encode("latin-1")))
    assert len(read_file(path)) == 25


def test_names_that_look_like_protocols_are_names(sounds: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "http: a song %20 ä.ogg"
    path.write_bytes(sounds["ogg"].read_bytes())
    assert len(read_file(path)) > 100


async def test_urls_are_played_with_and_without_ranges(sounds: dict[str, Path]) -> None:
    ogg, m4a, mp3 = (sounds[kind].read_bytes() for kind in ("ogg", "m4a", "mp3"))
    packets = packets_of_file(sounds["ogg"])
    async with web.open_web() as server:
        server.pages = {
            "/ogg": web.a_file(ogg),
            "/m4a": web.a_file(m4a),
            "/plain.ogg": web.a_file(ogg, ranges=False),
            "/plain.mp3": web.a_file(mp3, ranges=False),
            "/moved": web.redirect("/ogg"),
            "/list.m3u8": web.answer("200 OK", PLAYLIST),
            "/music.mp3": web.a_file(mp3),
        }
        moved = await read_url(server.url("/moved"), headers=(("X-Key", "v"),))
        assert [frame.data for frame in moved] == packets
        assert server.asked[-1].headers["x-key"] == "v"
        assert abs(len(await read_url(server.url("/m4a"), 1000)) - 101) <= 2
        assert abs(len(await read_url(server.url("/plain.ogg"), 1000)) - 101) <= 1
        assert abs(len(await read_url(server.url("/plain.mp3"), 1000)) - 100) <= 2
        assert abs(len(await read_url(server.url("/list.m3u8"))) - 151) <= 3


async def test_a_radio_has_no_end_and_no_offset(sounds: dict[str, Path]) -> None:
    async with web.open_web() as server:
        server.pages = {"/radio": web.endless(sounds["mp3"].read_bytes(), pause_s=0.01, size=4000)}
        assert len(await read_url(server.url("/radio"), 3_600_000, limit=200)) == 200


async def test_a_cut_connection_is_taken_up_again_where_the_server_can(sounds: dict[str, Path]) -> None:
    ogg, mp3 = sounds["ogg"].read_bytes(), sounds["mp3"].read_bytes()

    async def in_pieces(request: web.Request, stream: web.Stream) -> None:
        start = request.range_start or 0
        status = f"206 Partial Content\r\nContent-Range: bytes {start}-{len(ogg) - 1}/{len(ogg)}"
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(ogg) - start}\r\n\r\n"
        await stream.send_all(head.encode() + ogg[start : start + 20_000])

    async with web.open_web() as server:
        server.pages = {"/pieces": in_pieces, "/cut": web.cut(mp3, 30_000)}
        found = [frame.data for frame in await read_url(server.url("/pieces"))]
        assert found == packets_of_file(sounds["ogg"])
        with pytest.raises(SourceFailed) as caught:
            await read_url(server.url("/cut"))
        assert caught.value.reason is Reason.NETWORK
        assert sum(request.target == "/cut" for request in server.asked) == 1, "the beginning is not repeated"


async def test_failures_of_the_web_have_names(sounds: dict[str, Path]) -> None:
    local = sounds["mp3"]
    playlist = PLAYLIST.replace(b"music.mp3", f"file://{local}".encode())
    async with web.open_web() as server:
        server.pages = {
            "/403": web.answer("403 Forbidden"),
            "/500": web.answer("500 Oops"),
            "/page": web.answer("200 OK", b"<html>" + b"<p>hello</p>" * 500, "Content-Type: text/html"),
            "/local.m3u8": web.answer("200 OK", playlist),
        }
        assert await reason_of(server.url("/404")) is Reason.NOT_FOUND
        assert await reason_of(server.url("/403")) is Reason.FORBIDDEN
        assert await reason_of(server.url("/500")) is Reason.NETWORK
        assert await reason_of(server.url("/page")) is Reason.NOT_AUDIO
        assert await reason_of(server.url("/local.m3u8")) in {Reason.NOT_AUDIO, Reason.CORRUPT}
    smuggled = ("data:audio/ogg;base64,T2dn", "concat:a|b", "pipe:0", "httpproxy://127.0.0.1:80/x")
    for url in (f"file://{local}", str(local), "https://localhost/x", *smuggled):
        assert await reason_of(url) is Reason.UNSUPPORTED


async def test_a_playlist_cannot_name_a_way_past_the_guard(sounds: dict[str, Path]) -> None:
    async with web.open_web() as private, web.open_web() as server:
        links = {
            "/proxy.m3u8": f"httpproxy://127.0.0.1:{private.port}/x",
            "/tcp.m3u8": f"tcp://127.0.0.1:{private.port}",
            "/file.m3u8": f"file:{sounds['mp3']}",
            "/concat.m3u8": f"concat:{sounds['mp3']}",
            "/data.m3u8": f"data:audio/mpeg;base64,{b64encode(sounds['mp3'].read_bytes()[:4000]).decode()}",
            "/tls.m3u8": f"https://127.0.0.1:{private.port}/x.mp3",
        }
        server.pages = {
            path: web.answer("200 OK", PLAYLIST.replace(b"music.mp3", link.encode()))
            for path, link in links.items()
        }
        for path in links:
            assert await reason_of(server.url(path)) in {Reason.NOT_AUDIO, Reason.CORRUPT}
        assert private.asked == []
        assert private.visitors == 0


async def test_encrypted_segments_of_a_playlist_are_played(sounds: dict[str, Path]) -> None:
    key, song = bytes(range(16)), sounds["mp3"].read_bytes()
    padding = 16 - len(song) % 16
    encryptor = Cipher(AES(key), CBC(bytes(16))).encryptor()
    async with web.open_web() as server:
        head = f'#EXT-X-KEY:METHOD=AES-128,URI="{server.url("/key")}",IV=0x{"0" * 32}\n#EXTINF'
        server.pages = {
            "/list.m3u8": web.answer("200 OK", PLAYLIST.replace(b"#EXTINF", head.encode())),
            "/key": web.answer("200 OK", key),
            "/music.mp3": web.answer("200 OK", encryptor.update(song + bytes([padding]) * padding)),
        }
        assert abs(len(await read_url(server.url("/list.m3u8"))) - 151) <= 3


async def test_unreachable_and_smuggled_addresses_fail(sounds: dict[str, Path]) -> None:
    async with trio.open_nursery() as nursery, web.open_web() as server:
        server.pages = {"/away": web.redirect(f"file://{sounds['mp3']}")}
        for url in ("http://127.0.0.1:1/x", server.url("/away")):
            nursery.start_soon(functools.partial(reason_of, url))
    # Both failed, and not as something to play: reason_of would have raised.


@pytest.mark.parametrize("proxy", [None, "", "127.0.0.1:1", "https://127.0.0.1:1"])
async def test_without_a_guard_nobody_is_asked(proxy: str | None) -> None:
    async with web.open_web() as server:
        source = Source(location=server.url("/ogg"), is_file=False, proxy=proxy)
        with pytest.raises(SourceFailed) as caught:
            await trio.to_thread.run_sync(read, Playing(track_id=1, source=source))
        assert caught.value.reason is Reason.FORBIDDEN
        assert server.visitors == 0


async def test_everything_goes_through_the_guard(
    sounds: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    ogg = sounds["ogg"].read_bytes()

    async def guarded(request: web.Request, stream: web.Stream) -> None:
        if "proxy-authorization" not in request.headers:
            await web.answer("407 Who?", b"", 'Proxy-Authenticate: Basic realm="guard"')(request, stream)
        else:
            await web.a_file(ogg)(request, stream)

    monkeypatch.setenv("no_proxy", "*")
    forget_environment()
    assert "no_proxy" not in os.environ
    async with web.open_web() as guard, web.open_web() as outside:
        proxy = f"http://job:pw@127.0.0.1:{guard.port}"
        guard.pages = {
            "http://music.example:80/ogg": guarded,
            "http://secure.example.tls.invalid:443/ogg": guarded,
            "http://private.example:80/ogg": web.answer("403 Forbidden"),
            "http://sly.example:80/ogg": web.redirect(outside.url("/ogg")),
        }
        found = await read_url("http://music.example/ogg", proxy=proxy)
        assert [frame.data for frame in found] == packets_of_file(sounds["ogg"])
        assert guard.asked[-1].headers["proxy-authorization"] == "Basic am9iOnB3"
        secured = await read_url("http://secure.example.tls.invalid:443/ogg", proxy=proxy)
        assert [frame.data for frame in secured] == packets_of_file(sounds["ogg"])
        assert await reason_of("http://private.example/ogg", proxy=proxy) is Reason.FORBIDDEN
        assert await reason_of("http://sly.example/ogg", proxy=proxy) is Reason.NOT_FOUND
        assert outside.asked == [], "redirects ask the guard as well"
