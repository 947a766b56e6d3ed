"""Sites through the whole room: links, lists that stream in, openings, what is remembered and kept."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trio

from gateway_client.ids import GuildId
from media.errors import MediaError, MediaFailure
from media.extractor.failures import ExtractionFailed, FailureKind
from media.links import is_site, parse_link, parse_time
from media.resolution import BATCH, MOST, Batch, Intake
from media.room import Media, MediaConfig, open_media
from media.site_values import to_error, to_track
from media.tracks import Playable, Resolved, SourceKind, TextQuery, Track
from tests.media.conftest import PROBE_ARGV
from tests.media.fake_extractor import FakeExtractor, entry, video
from tests.media.internet import ask, in_chunks
from tests.media.sounds import sound
from tests.media.web import body, huge, open_web, status
from tests.patience import PATIENCE_S, until

GUILD = GuildId(5)
WATCH = "https://www.youtube.com/watch?v="
LIST = "https://www.youtube.com/playlist?list=PL1"


@asynccontextmanager
async def open_sites(
    folder: Path, extractor: FakeExtractor, max_duration_s: float | None = None
) -> AsyncGenerator[Media]:
    config = MediaConfig(
        folder=folder,
        probe_argv=PROBE_ARGV,
        allow_hosts=["127.0.0.1"],
        max_duration_s=lambda guild_id: max_duration_s,
        suggest_url="",
    )
    async with open_media(config, ask=extractor) as media:
        yield media


async def resolve(media: Media, text: str) -> Resolved:
    return await media.resolver.resolve(TextQuery(text=text), GUILD)


async def failure(media: Media, text: str) -> MediaError:
    with pytest.raises(MediaError) as caught:
        await resolve(media, text)
    return caught.value


async def test_a_video_is_one_track_and_is_opened_without_a_second_look(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    found = extractor.put(
        video("dQw4w9WgXcQ", "https://media.test/a", artist="Rick", thumbnail_url="https://t")
    )
    async with open_sites(tmp_path, extractor) as media:
        url = f"{WATCH}dQw4w9WgXcQ"
        (track,) = (await resolve(media, f"<{url}>")).tracks
        assert (track.key, track.source, track.lazy) == ("youtube:dQw4w9WgXcQ", SourceKind.YOUTUBE, False)
        assert (track.artist, track.duration_s, track.thumbnail_url) == ("Rick", 100.0, "https://t")
        playable = await media.resolver.open(track, GUILD)
        assert extractor.looked == [], "reading the link has told its address already"
        assert playable.location == "http://media.test.tls.invalid:443/a"
        assert (playable.headers, playable.renewable, playable.track) == (found.sound.headers, True, None)
        media.resolver.release(playable)


async def test_a_link_that_says_where_to_begin_is_believed(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    found = video("dQw4w9WgXcQ", "https://media.test/a")
    extractor.videos["https://youtu.be/dQw4w9WgXcQ?t=1m3s"] = found
    async with open_sites(tmp_path, extractor) as media:
        (track,) = (await resolve(media, "https://youtu.be/dQw4w9WgXcQ?t=1m3s")).tracks
    assert track.start_s == 63.0


async def test_a_refused_or_expired_address_is_looked_for_afresh(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    soon = datetime.now(UTC) + timedelta(seconds=30)
    extractor.put(video("aaaaaaaaaaa", "https://media.test/old", expires_at=soon))
    async with open_sites(tmp_path, extractor) as media:
        (track,) = (await resolve(media, f"{WATCH}aaaaaaaaaaa")).tracks
        extractor.put(video("aaaaaaaaaaa", "https://media.test/new"))
        playable = await media.resolver.open(track)
        assert "/new" in playable.location, "the first address ends within the minute"
        assert extractor.looked == [(track.locator, None)]
        await media.resolver.open(track)
        assert len(extractor.looked) == 1
        extractor.put(video("aaaaaaaaaaa", "https://media.test/other"))
        assert "/other" in (await media.resolver.open(track, fresh=True)).location
        assert extractor.looked[-1] == (track.locator, FailureKind.MEDIA_REFUSED)


async def test_a_list_gives_its_first_track_at_once_and_reads_no_further_than_asked(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    listed = [entry(f"video{number:06}", duration_s=60.0) for number in range(100)]
    listed[3] = entry("video000003", available=False)
    listed[4] = entry("video000004", duration_s=9000.0)
    extractor.lists[LIST] = ("My list", listed)
    async with open_sites(tmp_path, extractor, 3600) as media:
        async with media.resolver.stream(TextQuery(text=LIST), GUILD) as resolution:
            assert (resolution.playlist_title, resolution.count) == ("My list", 100)
            batches = aiter(resolution)
            first = await anext(batches)
            assert ([track.key for track in first.tracks], len(extractor.read)) == (
                ["youtube:video000000"],
                1,
            )
            second = await anext(batches)
            assert (len(second.tracks), second.skipped, second.too_long) == (BATCH, 1, 1)
            assert len(extractor.read) == 1 + BATCH + 2
        whole = await resolve(media, LIST)
    assert (len(whole.tracks), whole.skipped, whole.too_long, whole.cut_off) == (98, 1, 1, False)
    assert all(track.lazy for track in whole.tracks)
    assert [track.title for track in whole.tracks[:4]] == [f"title video{n:06}" for n in (0, 1, 2, 5)]


async def test_a_list_that_breaks_off_gives_what_it_had_first(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    extractor.lists[LIST] = (
        None,
        [entry("a" * 11), entry("b" * 11), ExtractionFailed(FailureKind.RATE_LIMIT)],
    )
    seen: list[str] = []

    async def read(media: Media) -> None:
        async with media.resolver.stream(TextQuery(text=LIST), GUILD) as resolution:
            async for batch in resolution:
                seen.extend(track.title for track in batch.tracks)

    async with open_sites(tmp_path, extractor) as media:
        with pytest.raises(MediaError) as caught:
            await read(media)
        extractor.lists[LIST] = (None, [ExtractionFailed(FailureKind.NETWORK)])
        assert (await failure(media, LIST)).kind is MediaFailure.NETWORK
        extractor.lists[LIST] = (None, [])
        assert (await failure(media, LIST)).kind is MediaFailure.NOT_FOUND
        extractor.lists[LIST] = (None, [entry("a" * 11, available=False)])
        assert (await failure(media, LIST)).kind is MediaFailure.NOT_FOUND
    assert seen == [f"title {'a' * 11}", f"title {'b' * 11}"]
    assert caught.value.kind is MediaFailure.RATE_LIMIT


async def test_of_a_video_within_a_list_that_video_comes_first(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    names = ["aaaaaaaaaaa", "bbbbbbbbbbb", "ccccccccccc", "ddddddddddd"]
    url = f"{WATCH}ccccccccccc&list=PL1"
    extractor.lists[url] = ("l", [entry(name) for name in names])
    async with open_sites(tmp_path, extractor) as media:
        whole = await resolve(media, url)
        order = [track.key.partition(":")[2] for track in whole.tracks]
        assert order == [names[2], names[3], names[0], names[1]]
        missing = f"{WATCH}zzzzzzzzzzz&list=PL1"
        extractor.lists[missing] = extractor.lists[url]
        order = [track.key.partition(":")[2] for track in (await resolve(media, missing)).tracks]
        assert order == names


async def test_of_somebodys_own_list_the_video_is_left(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    extractor.put(video("ccccccccccc", "https://media.test/c"))
    url = f"{WATCH}ccccccccccc&list=WL"
    extractor.videos[url] = ExtractionFailed(FailureKind.LOGIN)
    async with open_sites(tmp_path, extractor) as media:
        (track,) = (await resolve(media, url)).tracks
        assert track.key == "youtube:ccccccccccc"
        extractor.videos[url] = ExtractionFailed(FailureKind.NETWORK)
        assert (await failure(media, url)).kind is MediaFailure.NETWORK
        extractor.videos[f"{WATCH}zzzzzzzzzzz&list=LL"] = ExtractionFailed(FailureKind.PRIVATE)
        extractor.videos[f"{WATCH}zzzzzzzzzzz"] = ExtractionFailed(FailureKind.REGION)
        assert (await failure(media, f"{WATCH}zzzzzzzzzzz&list=LL")).kind is MediaFailure.REGION


async def test_an_endless_mix_is_cut_off(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    extractor.lists[LIST] = ("mix", [entry(f"video{number:06}") for number in range(MOST + 5)])
    async with open_sites(tmp_path, extractor) as media:
        whole = await resolve(media, LIST)
    assert (len(whole.tracks), whole.cut_off) == (MOST, True)


async def test_opening_teaches_what_the_list_did_not_say(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    extractor.lists[LIST] = ("l", [entry("aaaaaaaaaaa"), entry("bbbbbbbbbbb")])
    extractor.put(video("aaaaaaaaaaa", "https://media.test/a", title="Real title", duration_s=50.0))
    extractor.put(video("bbbbbbbbbbb", "https://media.test/b", duration_s=4000.0))
    async with open_sites(tmp_path, extractor, 3600) as media:
        short, long = (await resolve(media, LIST)).tracks
        known = (await media.resolver.open(short, GUILD)).track
        assert known is not None
        assert (known.title, known.duration_s, known.lazy, known.key) == (
            "Real title",
            50.0,
            False,
            short.key,
        )
        with pytest.raises(MediaError) as caught:
            await media.resolver.open(long, GUILD)
    assert (caught.value.kind, caught.value.actual) == (MediaFailure.TOO_LONG, 4000.0)


async def test_a_link_to_a_file_never_asks_the_extractor(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    async with open_web({"/a.ogg": body(sound("ogg"))}) as web, open_sites(tmp_path, extractor) as media:
        (track,) = (await resolve(media, web.url("/a.ogg"))).tracks
        assert track.source is SourceKind.DIRECT
        assert not (await media.resolver.open(track)).renewable


async def test_a_page_is_asked_of_the_extractor_and_what_it_does_not_know_is_told_as_before(
    tmp_path: Path,
) -> None:
    extractor = FakeExtractor()
    page = body(b"<!DOCTYPE html><title>A player</title>", "text/html")
    pages = {"/player": page, "/other": page, "/locked": status("403 Forbidden"), "/age": page}
    async with open_web(pages) as web, open_sites(tmp_path, extractor) as media:
        found = video("1", "https://media.test/x", extractor="generic", page_url=web.url("/player"))
        extractor.videos[web.url("/player")] = found
        (track,) = (await resolve(media, web.url("/player"))).tracks
        assert (track.source, track.key.partition(":")[0]) == (SourceKind.SITE, "generic")
        same_id = to_track(video("1", "x", extractor="generic", page_url="https://other.test/1"), "l")
        assert same_id.key != track.key, "two pages may end alike"
        assert (await failure(media, web.url("/other"))).kind is MediaFailure.UNSUPPORTED_SITE
        extractor.videos[web.url("/locked")] = ExtractionFailed(FailureKind.MEDIA_REFUSED)
        assert (await failure(media, web.url("/locked"))).kind is MediaFailure.FORBIDDEN
        extractor.videos[web.url("/locked")] = ExtractionFailed(FailureKind.REGION)
        assert (await failure(media, web.url("/locked"))).kind is MediaFailure.REGION
        extractor.videos[web.url("/age")] = ExtractionFailed(FailureKind.AGE)
        assert (await failure(media, web.url("/age"))).kind is MediaFailure.AGE


async def test_a_consumer_that_fails_is_not_taken_for_the_site(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    page = body(b"<!DOCTYPE html>", "text/html")
    pages = {"/a.ogg": body(sound("ogg")), "/p": page}
    async with open_web(pages) as web, open_sites(tmp_path, extractor) as media:
        mine = MediaError(kind=MediaFailure.WEB_PAGE, detail="mine")
        with pytest.raises(MediaError) as caught:
            async with media.resolver.stream(TextQuery(text=web.url("/a.ogg")), GUILD):
                raise mine
    assert caught.value is mine


async def test_a_video_over_the_limit_is_refused_and_a_livestream_is_not(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    extractor.put(video("aaaaaaaaaaa", "https://media.test/a", duration_s=4000.0))
    extractor.put(video("bbbbbbbbbbb", "https://media.test/b", duration_s=None, live=True))
    async with open_sites(tmp_path, extractor, 3600) as media:
        assert (await failure(media, f"{WATCH}aaaaaaaaaaa")).kind is MediaFailure.TOO_LONG
        (track,) = (await resolve(media, f"{WATCH}bbbbbbbbbbb")).tracks
    assert (track.live, track.duration_s) == (True, None)


async def test_related_tracks_come_from_youtube_only(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    extractor.mixes["aaaaaaaaaaa"] = [entry("b" * 11), entry("c" * 11, live=True), entry("d" * 11)]
    track = Track(key="youtube:a", title="t", source=SourceKind.YOUTUBE, locator=f"{WATCH}aaaaaaaaaaa")
    other = Track(key="k", title="t", source=SourceKind.DIRECT, locator="https://x.test/a.mp3")
    async with open_sites(tmp_path, extractor) as media:
        found = await media.resolver.related(track, GUILD)
        assert [one.key for one in found] == [f"youtube:{'b' * 11}", f"youtube:{'d' * 11}"]
        assert await media.resolver.related(other, GUILD) == ()


async def test_a_short_track_that_was_played_to_its_end_plays_again_from_the_disk(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    content = sound("ogg", 3.0)
    async with open_web({"/a": body(content)}) as web, open_sites(tmp_path, extractor) as media:
        found = extractor.put(video("aaaaaaaaaaa", web.url("/a"), duration_s=3.0))
        (track,) = (await resolve(media, found.page_url)).tracks
        await _play(media, await media.resolver.open(track))
        await _kept(media, track, content)
        asked = len(web.requests)
        await media.resolver.open(track)
        assert len(web.requests) == asked
    assert [item.suffix for item in (tmp_path / "cache").iterdir()] == [""]


async def test_a_skipped_or_long_or_live_track_leaves_nothing_behind(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    content = sound("ogg", 3.0)
    pages = {"/half": huge(content, 1 << 22, "audio/ogg"), "/a": body(content), "/chunks": in_chunks(content)}
    pages["/list"] = body(content, "application/x-mpegURL")
    cases = [("/half", 3.0, 1000), ("/a", 700.0, None), ("/a", None, None), ("/list", 3.0, None)]
    cases.append(("/chunks", 3.0, None))
    async with open_web(pages) as web, open_sites(tmp_path, extractor) as media:
        for number, (path, seconds, end) in enumerate(cases):
            found = extractor.put(
                video(f"aaaaaaaaaa{number}", web.url(path), duration_s=seconds, live=not seconds)
            )
            (track,) = (await resolve(media, found.page_url)).tracks
            await _play(media, await media.resolver.open(track), until=end)
            again = await media.resolver.open(track)
            assert not again.is_file, path
            media.resolver.release(again)
        await until(lambda: not list((tmp_path / "cache").glob("*")))


async def test_a_file_that_is_read_in_pieces_and_jumps_is_kept_whole(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    content = sound("ogg", 3.0)
    async with open_web({"/a": body(content)}) as web, open_sites(tmp_path, extractor) as media:
        found = extractor.put(video("aaaaaaaaaaa", web.url("/a"), duration_s=3.0))
        (track,) = (await resolve(media, found.page_url)).tracks
        playable = await media.resolver.open(track)
        await _read(media, playable, start=len(content) - 500)
        await _read(media, playable, start=0)
        await _kept(media, track, content)


async def _kept(media: Media, track: Track, content: bytes) -> None:
    with trio.fail_after(PATIENCE_S):
        while not (again := await media.resolver.open(track)).is_file:
            media.resolver.release(again)
            await trio.sleep(0.005)
    assert await trio.Path(again.location).read_bytes() == content


async def _play(media: Media, playable: Playable, until: int | None = None) -> None:
    await _read(media, playable, until=until)
    media.resolver.release(playable)


async def _read(media: Media, playable: Playable, *, start: int = 0, until: int | None = None) -> None:
    """Read through the guard as FFmpeg does."""
    assert playable.proxy is not None
    job = media.guard._jobs[playable.proxy.split(":")[2].partition("@")[0]]
    lines = f"GET {playable.location} HTTP/1.1\r\nHost: x\r\n" + (
        f"Range: bytes={start}-\r\n" if start else ""
    )
    received = 0
    async with await ask(media.guard, job, lines) as stream:
        while (until is None or received < until) and (data := await stream.receive_some(4096)):
            received += len(data)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("1m30s", 90), ("1h2m3s", 3723), ("x", 0), ("", 0)]
)
def test_times_in_links(text: str, seconds: float) -> None:
    assert parse_time(text) == seconds


def test_links_of_youtube_are_read() -> None:
    for url in (
        "https://youtu.be/dQw4w9WgXcQ",
        f"{WATCH}dQw4w9WgXcQ",
        "https://m.youtube.com/shorts/dQw4w9WgXcQ",
    ):
        assert parse_link(url, url).video_id == "dQw4w9WgXcQ"
    assert parse_link(f"{WATCH}dQw4w9WgXcQ&list=RDx", "").in_list
    assert parse_link(LIST, LIST).video_id is None
    assert parse_link("https://evil.test/watch?v=dQw4w9WgXcQ", "").video_id is None
    assert parse_link(f"{WATCH}dQw4w9WgXcQ", f"{WATCH}dQw4w9WgXcQ#t=12").start_s == 12
    assert is_site("https://www.soundcloud.com/a")
    assert not is_site("https://notsoundcloud.com/a")


@pytest.mark.parametrize("kind", FailureKind)
def test_every_failure_of_the_extractor_has_a_kind_here(kind: FailureKind) -> None:
    error = to_error(ExtractionFailed(kind, "d"), "https://x.test/secret?token=1")
    assert (error.host, error.detail) == ("x.test", "d")
    assert "secret" not in str(error)
    assert (error.limit is not None) == (error.kind is MediaFailure.TOO_LARGE), "the sentence names it"


def test_intake_says_why_nothing_is_left() -> None:
    intake = Intake(limit_s=10)
    long = Track(key="k", title="t", source=SourceKind.SITE, locator="l", duration_s=11)
    assert intake.put(long) is None
    with pytest.raises(MediaError) as caught:
        intake.end()
    assert (caught.value.kind, caught.value.limit) == (MediaFailure.TOO_LONG, 10)
    intake.put(None)
    with pytest.raises(MediaError) as caught:
        intake.end()
    assert caught.value.kind is MediaFailure.NOT_FOUND


def test_a_first_track_behind_unplayable_ones_comes_alone_with_their_count() -> None:
    intake = Intake()
    track = Track(key="k", title="t", source=SourceKind.SITE, locator="l")
    assert intake.put(None) is None
    assert intake.put(track) == Batch(tracks=(track,), skipped=1)
    assert [intake.put(track) for _ in range(BATCH - 1)] == [None] * (BATCH - 1)
    assert intake.put(track) == Batch(tracks=(track,) * BATCH)
    intake.put(None)
    assert intake.end() == Batch(skipped=1)
    assert intake.end() is None
