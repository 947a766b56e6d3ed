"""What sites told is remembered for everybody, as long as it may be believed."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from attrs import evolve

from gateway_client.ids import GuildId
from media.errors import MediaError, MediaFailure
from media.extractor.failures import ExtractionFailed, FailureKind
from media.looks import (
    ADDRESS_FOR,
    ADDRESSES,
    LINK_FOR,
    LINKS,
    LIVE_FOR,
    MARGIN,
    PASSING_LINK_FOR,
    Looks,
)
from media.room import Media, MediaConfig, open_media
from media.tracks import TextQuery, Track
from tests.media.conftest import PROBE_ARGV
from tests.media.fake_extractor import FakeExtractor, entry, video
from tests.media.web import body, open_web

GUILD, OTHER_GUILD = GuildId(5), GuildId(6)
START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
URL = "https://www.youtube.com/watch?v=aaaaaaaaaaa"
SECOND = timedelta(seconds=1)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


def test_a_link_is_known_longer_than_where_its_sound_is() -> None:
    clock = Clock()
    looks, found = Looks(clock), video("aaaaaaaaaaa", "https://media.test/a")
    looks.note("youtube:aaaaaaaaaaa", URL, found)
    clock.at = START + ADDRESS_FOR - SECOND
    assert looks.sound("youtube:aaaaaaaaaaa") == found
    clock.at = START + ADDRESS_FOR
    assert looks.sound("youtube:aaaaaaaaaaa") is None
    clock.at = START + LINK_FOR - SECOND
    known = looks.link(URL, 63.0)
    assert known is not None
    assert (known.key, known.title, known.start_s) == ("youtube:aaaaaaaaaaa", found.title, 63.0)
    clock.at = START + LINK_FOR
    assert looks.link(URL, 0.0) is None


@pytest.mark.parametrize("lives_s", [5, 7200])
def test_an_address_is_believed_as_long_as_it_says_itself(lives_s: int) -> None:
    clock = Clock()
    looks, expires_at = Looks(clock), START + timedelta(seconds=lives_s)
    looks.note("k", URL, video("a", "https://media.test/a", expires_at=expires_at))
    clock.at = max(START, expires_at - MARGIN - SECOND)
    assert (looks.sound("k") is not None) == (expires_at - MARGIN > START)
    clock.at = max(START, expires_at - MARGIN)
    assert looks.sound("k") is None


@pytest.mark.parametrize(
    ("key", "live", "lives"), [("generic:1", False, PASSING_LINK_FOR), ("x", True, LIVE_FOR)]
)
def test_what_passes_is_believed_for_shorter(key: str, live: bool, lives: timedelta) -> None:
    clock = Clock()
    looks = Looks(clock)
    looks.note(key, URL, evolve(video("a", "https://media.test/a"), live=live))
    clock.at = START + lives - SECOND
    assert looks.link(URL, 0.0) is not None
    clock.at = START + lives
    assert looks.link(URL, 0.0) is None


def test_both_memories_are_bounded_and_the_oldest_goes_first() -> None:
    looks = Looks(Clock())
    for number in range(LINKS + 1):
        looks.note(f"k{number}", f"https://x/{number}", video(str(number), "https://media.test/a"))
    assert looks.link("https://x/0", 0.0) is None
    assert looks.link("https://x/1", 0.0) is not None
    assert looks.sound(f"k{LINKS - ADDRESSES}") is None
    assert looks.sound(f"k{LINKS - ADDRESSES + 1}") is not None


@asynccontextmanager
async def open_sites(
    folder: Path, extractor: FakeExtractor, limits: dict[GuildId, float] | None = None
) -> AsyncGenerator[Media]:
    config = MediaConfig(
        folder=folder,
        probe_argv=PROBE_ARGV,
        allow_hosts=["127.0.0.1"],
        max_duration_s=(limits or {}).get,
        suggest_url="",
    )
    async with open_media(config, ask=extractor) as media:
        yield media


async def one(media: Media, url: str, guild_id: GuildId = GUILD) -> Track:
    (track,) = (await media.resolver.resolve(TextQuery(text=url), guild_id)).tracks
    return track


async def test_a_link_that_is_asked_for_again_costs_no_question_in_any_guild(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    extractor.put(video("aaaaaaaaaaa", "https://media.test/a"))
    async with open_sites(tmp_path, extractor) as media:
        first = await one(media, URL)
        assert await one(media, URL, OTHER_GUILD) == first
        assert (await one(media, f"<{URL}#t=1m3s>")).start_s == 63.0
        for guild_id in (GUILD, OTHER_GUILD):
            assert "/a" in (await media.resolver.open(first, guild_id)).location
        assert (extractor.asked, extractor.looked) == ([URL], [])


async def test_a_page_is_neither_fetched_nor_read_again(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    pages = {"/page": body(b"<html>a page</html>", "text/html")}
    async with open_web(pages) as web, open_sites(tmp_path, extractor) as media:
        url = web.url("/page")
        extractor.put(video("1", "https://media.test/a", extractor="generic", page_url=url))
        first = await one(media, url)
        seen = len(web.requests)
        assert await one(media, url, OTHER_GUILD) == first
        assert (extractor.asked, len(web.requests)) == ([url], seen)


async def test_a_list_is_read_anew(tmp_path: Path) -> None:
    extractor, url = FakeExtractor(), "https://www.youtube.com/playlist?list=PL1"
    extractor.lists[url] = ("mine", [entry("aaaaaaaaaaa")])
    async with open_sites(tmp_path, extractor) as media:
        await one(media, url)
        await one(media, url)
        assert extractor.asked == [url, url]


async def test_a_guilds_own_limit_counts_for_what_is_known_too(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    extractor.put(video("aaaaaaaaaaa", "https://media.test/a", duration_s=100.0))
    async with open_sites(tmp_path, extractor, {OTHER_GUILD: 60.0}) as media:
        await one(media, URL)
        with pytest.raises(MediaError) as caught:
            await one(media, URL, OTHER_GUILD)
        assert caught.value.kind is MediaFailure.TOO_LONG


async def test_a_refused_address_is_looked_for_once_and_then_known_to_all(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    extractor.put(video("aaaaaaaaaaa", "https://media.test/old"))
    async with open_sites(tmp_path, extractor) as media:
        track = await one(media, URL)
        extractor.put(video("aaaaaaaaaaa", "https://media.test/new"))
        assert "/new" in (await media.resolver.open(track, GUILD, fresh=True)).location
        assert "/new" in (await media.resolver.open(await one(media, URL, OTHER_GUILD))).location
        assert extractor.looked == [(URL, FailureKind.MEDIA_REFUSED)]
        assert extractor.asked == [URL]


async def test_what_is_gone_is_forgotten(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    extractor.put(video("aaaaaaaaaaa", "https://media.test/a"))
    async with open_sites(tmp_path, extractor) as media:
        track = await one(media, URL)
        extractor.videos[URL] = ExtractionFailed(FailureKind.REMOVED)
        with pytest.raises(MediaError):
            await media.resolver.open(track, GUILD, fresh=True)
        with pytest.raises(MediaError) as caught:
            await one(media, URL)
        assert caught.value.kind is MediaFailure.REMOVED


async def test_the_extractor_starts_while_a_link_is_typed_or_found_to_be_a_page(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    extractor.put(video("aaaaaaaaaaa", "https://media.test/a"))
    async with open_sites(tmp_path, extractor) as media:
        for typed in ("https://", "https://media.test/a.mp3", "http://"):
            media.resolver.prepare(typed)
        assert extractor.warmed == 0
        media.resolver.prepare("some words")
        media.resolver.prepare("https://page.test/x")
        assert extractor.warmed == 2
        media.resolver.prepare(URL)
        await one(media, URL)
        warmed = extractor.warmed
        media.resolver.prepare(URL)
        await one(media, URL)
        assert extractor.warmed == warmed == 4, "what it is, is known"
