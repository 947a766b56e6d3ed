"""Direct URLs and attachments through the whole room: guard, probe process, classification."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trio

from gateway_client.ids import GuildId
from media.direct import parse_expiry, parse_url, title_of
from media.errors import MediaError, MediaFailure
from media.room import Media
from media.tracks import AttachmentQuery, Playable, Resolved, SourceKind, TextQuery, Track
from tests.media.conftest import OpenRoom
from tests.media.sounds import picture, sound
from tests.media.web import Page, Web, body, endless, gone, head, huge, open_web, redirect, silent, status

GUILD = GuildId(5)


async def _resolve(media: Media, text: str) -> Resolved:
    return await media.resolver.resolve(TextQuery(text=text), GUILD)


async def _failure(media: Media, text: str) -> MediaError:
    with pytest.raises(MediaError) as caught:
        await _resolve(media, text)
    return caught.value


async def test_every_kind_of_file_becomes_a_track_with_length_and_title(open_room: OpenRoom) -> None:
    kinds = ("ogg", "webm", "mp3", "flac", "wav", "m4a")
    pages = {f"/some_song.{kind}": body(sound(kind)) for kind in kinds}
    pages["/tagged"] = body(sound("flac", 1.0, "Tone", "Synth"))
    async with open_web(pages) as web, open_room() as media:
        for kind in kinds:
            (track,) = (await _resolve(media, f" <{web.url(f'/some_song.{kind}')}#t=3> ")).tracks
            assert (track.title, track.source, track.live) == ("some song", SourceKind.DIRECT, False)
            assert track.duration_s == pytest.approx(1.0, abs=0.1)
            assert track.locator == track.page_url == web.url(f"/some_song.{kind}")
        (track,) = (await _resolve(media, web.url("/tagged"))).tracks
        assert (track.title, track.artist) == ("Tone", "Synth")


async def test_what_is_no_audio_or_cannot_be_had_is_classified(open_room: OpenRoom) -> None:
    html = body(b"<!DOCTYPE html><title>Not a song</title>", "text/html; charset=utf-8")
    pages: dict[str, tuple[Page, MediaFailure]] = {
        "/page": (html, MediaFailure.UNSUPPORTED_SITE),
        "/song.mp3": (html, MediaFailure.WEB_PAGE),
        "/text.ogg": (body(b"just some text\n" * 500, "audio/ogg"), MediaFailure.NOT_AUDIO),
        "/picture.png": (body(picture(), "image/png"), MediaFailure.NOT_AUDIO),
        "/cut.m4a": (body(sound("m4a")[:2000], "audio/mp4"), MediaFailure.CORRUPT),
        "/cut.ogg": (body(sound("ogg")[:40], "audio/ogg"), MediaFailure.CORRUPT),
        "/empty.mp3": (body(b""), MediaFailure.CORRUPT),
        "/missing": (gone, MediaFailure.NOT_FOUND),
        "/gone": (status("410 Gone"), MediaFailure.NOT_FOUND),
        "/locked": (status("403 Forbidden"), MediaFailure.FORBIDDEN),
        "/login": (status("401 Unauthorized"), MediaFailure.FORBIDDEN),
        "/court": (status("451 Unavailable For Legal Reasons"), MediaFailure.FORBIDDEN),
        "/broken": (status("500 Oops"), MediaFailure.HTTP_STATUS),
        "/teapot": (status("418 Teapot"), MediaFailure.HTTP_STATUS),
        "/huge.txt": (huge(b"text ", 3 << 30, "text/plain"), MediaFailure.NOT_AUDIO),
        "/endless": (endless(b"", b"noise and words " * 4096, "text/plain"), MediaFailure.NOT_AUDIO),
        "/loop": (redirect("/loop"), MediaFailure.LEADS_NOWHERE),
        "/circle": (redirect("/back"), MediaFailure.LEADS_NOWHERE),
        "/astray": (redirect("file:///etc/passwd"), MediaFailure.BAD_REDIRECT),
        "/odd.mp3": (redirect("httpproxy://127.0.0.1:80/x"), MediaFailure.BAD_REDIRECT),
        "/nobody": (redirect("http:///x"), MediaFailure.BAD_REDIRECT),
    }
    found: dict[str, MediaFailure] = {}
    statuses: dict[str, int | None] = {}
    served = {path: page for path, (page, _) in pages.items()} | {"/back": redirect("/circle")}
    async with open_web(served) as web, open_room() as media:
        for path in pages:
            error = await _failure(media, web.url(path))
            found[path], statuses[path] = error.kind, error.status
    assert found == {path: kind for path, (_, kind) in pages.items()}
    assert (statuses["/missing"], statuses["/broken"], statuses["/teapot"]) == (404, 500, 418)


async def test_song_of_3_gb_is_measured_without_reading_it(open_room: OpenRoom) -> None:
    header = bytearray(sound("wav")[:100])
    size = 3 << 30
    at = sound("wav").index(b"data") + 4
    header[at : at + 4] = (size - at - 4).to_bytes(4, "little")
    header[4:8] = (size - 8).to_bytes(4, "little")
    pages = {"/long.wav": huge(bytes(header[: at + 4]), size, "audio/wav")}
    async with open_web(pages) as web, open_room(max_duration_s=3600) as media:
        error = await _failure(media, web.url("/long.wav"))
    assert (error.kind, error.limit) == (MediaFailure.TOO_LONG, 3600)
    assert error.actual == pytest.approx(size / 192_000, rel=0.01)


@pytest.mark.parametrize("first_line", ["HTTP/1.1 200 OK", "ICY 200 OK"])
async def test_radio_stream_is_a_live_track_without_length(open_room: OpenRoom, first_line: str) -> None:
    tone = sound("mp3", 3.0)
    pages = {"/radio": endless(tone, tone, "audio/mpeg\r\nicy-name: Tone FM", first_line)}
    async with open_web(pages) as web, open_room(max_duration_s=10) as media:
        (track,) = (await _resolve(media, web.url("/radio"))).tracks
    assert (track.live, track.duration_s, track.title) == (True, None, "Tone FM")


async def test_slow_server_is_a_timeout(open_room: OpenRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.prober.JOB_S", 0.7)
    async with open_web({"/slow.mp3": silent}) as web, open_room() as media:
        error = await _failure(media, web.url("/slow.mp3"))
        assert error.kind is MediaFailure.TIMEOUT


async def test_server_that_breaks_off_is_a_network_failure(open_room: OpenRoom) -> None:
    async def breaks_off(stream: trio.abc.Stream, request: object) -> None:
        await stream.send_all(head("200 OK", "Content-Type: audio/mpeg", "Content-Length: 100000") + b"ID3")

    async with open_web({"/half.mp3": breaks_off}) as web, open_room() as media:
        error = await _failure(media, web.url("/half.mp3"))
        closed = Web(port=web.port)
    assert error.kind is MediaFailure.NETWORK
    async with open_room() as media:
        error = await _failure(media, closed.url("/nobody.mp3"))
    assert (error.kind, error.host) == (MediaFailure.NETWORK, "127.0.0.1")


async def test_attachment_is_found_under_its_file_name_and_too_large_ones_are_not_fetched(
    open_room: OpenRoom,
) -> None:
    content = sound("ogg")
    async with open_web({"/a/1/x.ogg": body(content)}) as web, open_room(max_file_bytes=100_000) as media:
        url = web.url("/a/1/x.ogg?ex=1&hm=2")
        query = AttachmentQuery(url=url, filename="My_Song.ogg", size=len(content))
        (track,) = (await media.resolver.resolve(query, GUILD)).tracks
        again = AttachmentQuery(url=web.url("/a/1/x.ogg?ex=3&hm=4"), filename="My_Song.ogg", size=1)
        (same,) = (await media.resolver.resolve(again, GUILD)).tracks
        asked = len(web.requests)
        with pytest.raises(MediaError) as caught:
            await media.resolver.resolve(AttachmentQuery(url=url, filename="b", size=100_001), GUILD)
        assert len(web.requests) == asked
    assert (track.title, track.source, track.live) == ("My Song", SourceKind.ATTACHMENT, False)
    assert track.key == same.key
    assert (caught.value.kind, caught.value.limit) == (MediaFailure.TOO_LARGE, 100_000)


async def test_opened_track_goes_through_the_guard_until_released(open_room: OpenRoom) -> None:
    track = Track(key="k", title="t", source=SourceKind.DIRECT, locator="http://127.0.0.1/x.mp3")
    async with open_room() as media:
        playable = await media.resolver.open(track)
        assert (playable.location, playable.is_file) == (track.locator, False)
        assert playable.proxy is not None
        assert playable.proxy not in repr(playable)
        assert media.resolver.failure(playable) is None
        media.guard._jobs[playable.proxy.split(":")[2].split("@")[0]].denial = MediaError(
            kind=MediaFailure.PRIVATE_ADDRESS
        )
        failure = media.resolver.failure(playable)
        assert failure is not None
        assert failure.kind is MediaFailure.PRIVATE_ADDRESS
        media.resolver.release(playable)
        media.resolver.release(playable)
        assert media.resolver.failure(playable) is None
        media.resolver.release(Playable(location="x", is_file=True))


async def test_expired_attachment_is_told_and_a_valid_one_says_until_when(open_room: OpenRoom) -> None:
    def track(at: datetime) -> Track:
        url = f"https://cdn.discordapp.com/attachments/1/2/a.ogg?ex={int(at.timestamp()):x}&is=1&hm=2"
        return Track(key="k", title="t", source=SourceKind.ATTACHMENT, locator=url)

    now = datetime.now(UTC).replace(microsecond=0)
    async with open_room() as media:
        playable = await media.resolver.open(track(now + timedelta(hours=1)))
        assert playable.expires_at == now + timedelta(hours=1)
        with pytest.raises(MediaError) as caught:
            await media.resolver.open(track(now - timedelta(seconds=1)))
    assert caught.value.kind is MediaFailure.EXPIRED


@pytest.mark.parametrize(
    "text",
    [
        "ftp://x/a.mp3",
        "file:///etc/passwd",
        "concat:http://a|b",
        "http://",
        "http://user:pw@host/a.mp3",
        "http://[::1/a",
        "http://host:99999/",
        "http://ho st\x00/",
        "https://" + "a" * 3000,
    ],
)
async def test_url_that_is_none_we_open_is_refused_at_once(open_room: OpenRoom, text: str) -> None:
    async with open_room(probe_argv=["/nonexistent"]) as media:
        error = await _failure(media, text)
    expected = MediaFailure.NO_MATCH if text.startswith("concat:") else MediaFailure.BAD_URL
    assert error.kind is expected


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("HTTP://Example.COM/A b?q=ü#frag", "http://example.com/A%20b?q=%C3%BC"),
        ("<https://bücher.example:8443>", "https://xn--bcher-kva.example:8443/"),
        ("http://[2606:4700::1]:80/x", "http://[2606:4700::1]:80/x"),
        ("https://x.test/a%20b\r\nHost: y", "https://x.test/a%20bHost:%20y"),
    ],
)
def test_url_is_brought_to_its_ascii_form(text: str, url: str) -> None:
    assert parse_url(text) == url


def test_expiry_is_read_from_discords_links_only() -> None:
    assert parse_expiry("https://cdn.discordapp.com/a?ex=10&is=2") == datetime.fromtimestamp(16, UTC)
    for url in (
        "https://evil.test/a?ex=10",
        "https://cdn.discordapp.com/a",
        "https://cdn.discordapp.com/a?ex=zz",
    ):
        assert parse_expiry(url) is None


def test_title_comes_from_the_file_name() -> None:
    assert title_of("/x/My%20first_song.MP3") == "My first song"
    assert title_of("/x/.mp3") == ".mp3"
    assert title_of("") == ""


async def test_prober_kills_on_cancel_and_works_again(open_room: OpenRoom) -> None:
    pages = {"/slow.mp3": silent, "/a.ogg": body(sound("ogg"))}
    async with open_web(pages) as web, open_room() as media:
        with trio.move_on_after(0.6) as scope:
            await _resolve(media, web.url("/slow.mp3"))
        assert scope.cancelled_caught
        (track,) = (await _resolve(media, web.url("/a.ogg"))).tracks
    assert track.duration_s == pytest.approx(1.0, abs=0.1)


async def test_probe_that_crashes_or_cannot_start_is_told(open_room: OpenRoom, tmp_path: Path) -> None:
    async with open_room(probe_argv=["/bin/false"]) as media:
        error = await _failure(media, "http://127.0.0.1:1/a.mp3")
        assert (error.kind, error.detail) == (MediaFailure.CORRUPT, "the probe died twice")
    async with open_room(probe_argv=[str(tmp_path / "missing")]) as media:
        for _ in range(3):
            with pytest.raises(FileNotFoundError):
                await _resolve(media, "http://127.0.0.1:1/a.mp3")
