"""The library filled from links, pages and attachments, with word of how far it is; loudness is kept."""

from pathlib import Path

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_client.ids import GuildId
from media.errors import MediaError, MediaFailure
from media.extractor.failures import ExtractionFailed, FailureKind
from media.index import MemoryIndex
from media.library_fetch import Progress, name_of, parse_disposition
from media.loudness import LoudnessMemory
from media.room import Media
from media.tracks import AttachmentQuery, Loudness, SourceKind, TextQuery, Track
from tests.media.fake_extractor import FakeExtractor, video
from tests.media.sounds import sound
from tests.media.test_media_sites import WATCH, open_sites
from tests.media.web import Page, Request, body, endless, gone, head, huge, open_web, redirect, silent

GUILD = GuildId(5)


def _called(content: bytes, disposition: str) -> Page:
    async def page(stream: trio.abc.Stream, request: Request) -> None:
        lines = [f"Content-Length: {len(content)}", f"Content-Disposition: {disposition}"]
        await stream.send_all(head("200 OK", *lines) + content)

    return page


async def _download(media: Media, link: str, name: str | None = None) -> str:
    return await media.fetcher.download(GUILD, link, name, lambda progress: None)


async def _failure(media: Media, link: str) -> MediaError:
    with pytest.raises(MediaError) as caught:
        await _download(media, link)
    return caught.value


async def test_a_link_becomes_a_file_with_word_of_how_far_it_is(tmp_path: Path) -> None:
    content = sound("ogg", 3.0)
    heard: list[Progress] = []
    async with (
        open_web({"/a/My%20Song.ogg": body(content)}) as web,
        open_sites(tmp_path, FakeExtractor()) as media,
    ):
        link = f"<{web.url('/a/My%20Song.ogg')}>"
        assert await media.fetcher.download(GUILD, link, None, heard.append) == "My Song.ogg"
        assert heard[-1] == Progress(len(content), len(content))
        assert [one.received for one in heard] == sorted(one.received for one in heard)
        assert (tmp_path / "library" / "5" / "My Song.ogg").read_bytes() == content
        assert await _download(media, web.url("/a/My%20Song.ogg"), "../../other") == "_.._other.ogg"
        assert await _download(media, web.url("/a/My%20Song.ogg")) == "My Song (1).ogg"
        assert len(list((tmp_path / "library" / ".blobs").iterdir())) == 1


async def test_names_come_from_the_server_the_link_or_where_it_led(tmp_path: Path) -> None:
    content = sound("mp3")
    pages = {
        "/dl": _called(
            content, "attachment; filename=\"x.mp3\"; filename*=UTF-8''%C4%8Desk%C3%A1%2Fp%C3%ADse%C5%88.mp3"
        ),
        "/go": redirect("/files/real.mp3"),
        "/files/real.mp3": body(content),
        "/12345": body(content),
        "/Mr.5": body(content),
    }
    async with open_web(pages) as web, open_sites(tmp_path, FakeExtractor()) as media:
        assert await _download(media, web.url("/dl")) == "česká_píseň.mp3"
        assert await _download(media, web.url("/go")) == "real.mp3"
        assert await _download(media, web.url("/12345")) == "12345.mp3"
        assert await _download(media, web.url("/Mr.5")) == "Mr.5.mp3", "what is no ending of a medium is none"


async def test_what_cannot_be_kept_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    tone = sound("mp3")
    pages = {
        "/page": body(b"<html>", "text/html"),
        "/text.mp3": body(b"no song" * 100),
        "/huge.mp3": huge(tone, 3 << 30, "audio/mpeg"),
        "/endless.mp3": endless(tone, b"x" * 65536, "audio/mpeg"),
        "/radio": endless(tone, tone, "audio/mpeg\r\nicy-name: Tone FM"),
        "/gone": gone,
        "/inside": redirect("http://10.0.0.1/a.mp3"),
    }
    extractor = FakeExtractor()
    async with open_web(pages) as web, open_sites(tmp_path, extractor) as media:
        media.library.max_bytes = 1 << 20
        extractor.videos[web.url("/page")] = ExtractionFailed(FailureKind.UNSUPPORTED)
        kinds = {path: (await _failure(media, web.url(path))).kind for path in pages}
        assert kinds == {
            "/page": MediaFailure.WEB_PAGE,
            "/text.mp3": MediaFailure.NOT_AUDIO,
            "/huge.mp3": MediaFailure.TOO_LARGE,
            "/endless.mp3": MediaFailure.TOO_LARGE,
            "/radio": MediaFailure.ENDLESS,
            "/gone": MediaFailure.NOT_FOUND,
            "/inside": MediaFailure.PRIVATE_ADDRESS,
        }
        assert media.library.names(GUILD) == []
        assert list((tmp_path / "library" / ".blobs").iterdir()) == []


async def test_a_page_of_a_site_gives_its_sound_under_its_title(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    pages = {"/s": body(sound("ogg")), "/p": body(b"<html>", "text/html")}
    async with open_web(pages) as web, open_sites(tmp_path, extractor) as media:
        extractor.put(video("aaaaaaaaaaa", web.url("/s"), title="A/Song: live?"))
        assert await _download(media, f"{WATCH}aaaaaaaaaaa") == "A_Song_ live_.ogg"
        assert web.requests[-1].headers["x-site"] == "1"
        extractor.videos[web.url("/p")] = video("p", web.url("/s"), page_url=web.url("/p"))
        assert await _download(media, web.url("/p"), "mine") == "mine.ogg"
        extractor.put(video("bbbbbbbbbbb", web.url("/s"), live=True))
        assert (await _failure(media, f"{WATCH}bbbbbbbbbbb")).kind is MediaFailure.ENDLESS
        extractor.videos[f"{WATCH}ccccccccccc"] = ExtractionFailed(FailureKind.PRIVATE)
        assert (await _failure(media, f"{WATCH}ccccccccccc")).kind is MediaFailure.PRIVATE


async def test_an_attachment_is_kept_under_its_own_or_another_name(tmp_path: Path) -> None:
    content = sound("flac")
    async with open_web({"/x": body(content)}) as web, open_sites(tmp_path, FakeExtractor()) as media:
        file = AttachmentQuery(url=web.url("/x"), filename="tune.flac", size=len(content))
        assert await media.fetcher.upload(GUILD, file, None, lambda progress: None) == "tune.flac"
        assert await media.fetcher.upload(GUILD, file, "named", lambda progress: None) == "named.flac"
        big = AttachmentQuery(url=web.url("/x"), filename="b", size=media.library.max_bytes + 1)
        asked = len(web.requests)
        with pytest.raises(MediaError) as caught:
            await media.fetcher.upload(GUILD, big, None, lambda progress: None)
        assert (caught.value.kind, len(web.requests)) == (MediaFailure.TOO_LARGE, asked)


async def test_a_download_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    async with open_web({"/slow.mp3": silent}) as web, open_sites(tmp_path, FakeExtractor()) as media:
        with trio.move_on_after(0.2) as scope:
            await _download(media, web.url("/slow.mp3"))
        assert scope.cancelled_caught
        assert media.library.names(GUILD) == []


async def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("media.library.sync_file", full)
    async with (
        open_web({"/a.ogg": body(sound("ogg"))}) as web,
        open_sites(tmp_path, FakeExtractor()) as media,
    ):
        assert (await _failure(media, web.url("/a.ogg"))).kind is MediaFailure.DISK
        assert list((tmp_path / "library" / ".blobs").iterdir()) == []


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="a b.mp3"', "a b.mp3"),
        ("attachment; filename=a.mp3; size=3", "a.mp3"),
        (r'attachment; filename="a \"b\".mp3"', 'a "b".mp3'),
        ("attachment; filename*=utf-8''%e2%82%ac.mp3; filename=x", "€.mp3"),
        ("attachment; filename*=iso-8859-1'en'%A3.mp3", "£.mp3"),
        ("attachment; filename*=nonsense''%A3.mp3", "\ufffd.mp3"),
        ('attachment; filename="\u00c4\u008d.mp3"', "č.mp3"),
        ('attachment; filename=""', None),
        ("inline", None),
        ("", None),
    ],
)
def test_content_dispositions_are_read(header: str, name: str | None) -> None:
    assert parse_disposition(header) == name


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_hostile_dispositions_never_raise(text: str) -> None:
    parse_disposition(f"attachment; filename={text}")
    parse_disposition(f"attachment; filename*={text}")


def test_a_link_without_any_name_is_called_by_its_host() -> None:
    assert name_of({}, "https://x.test/", "https://x.test/") == "x.test"


async def test_loudness_is_remembered_for_every_guild_but_never_of_a_livestream(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    extractor.put(video("aaaaaaaaaaa", "https://media.test/a"))
    measured = Loudness(lufs=-9.5, peak_db=-0.1)
    async with open_sites(tmp_path, extractor) as media:
        (track,) = (await media.resolver.resolve(TextQuery(text=f"{WATCH}aaaaaaaaaaa"), GUILD)).tracks
        assert (await media.resolver.open(track)).loudness is None
        await media.resolver.remember_loudness(track, measured)
        assert (await media.resolver.open(track, GuildId(9))).loudness == measured
    index = MemoryIndex()
    memory = LoudnessMemory(index)
    live = Track(key="k", title="t", source=SourceKind.DIRECT, locator="l", live=True)
    await memory.remember(live, measured)
    await index.put("loud:k", b"[]")
    assert await memory.find(live) is None
    assert await memory.find(Track(key="k", title="t", source=SourceKind.DIRECT, locator="l")) is None
