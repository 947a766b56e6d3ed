"""Words: what is searched for, what the library takes, and completions that come in time."""

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import trio

from gateway_client.ids import GuildId, UserId
from media.addresses import parse_policy
from media.errors import MediaError, MediaFailure
from media.extractor.failures import ExtractionFailed, FailureKind
from media.guard import Guard, open_guard
from media.index import MemoryIndex
from media.library import Library
from media.look import Looker
from media.prober import Prober
from media.room import Media
from media.suggest import MOST, PAUSE_S, REMEMBERED_S, WEB_S, Suggester, parse_suggestions
from media.suggestions import Origin, Suggestion, Typed
from media.tracks import SourceKind, TextQuery
from tests.media.conftest import PROBE_ARGV
from tests.media.fake_extractor import FakeExtractor, entry
from tests.media.sounds import sound
from tests.media.test_media_sites import failure, open_sites, resolve
from tests.media.web import Page, Request, body, open_web, silent, status
from tests.patience import until

GUILD, ME, YOU = GuildId(5), UserId(1), UserId(2)


async def _add(media: Media, name: str) -> None:
    async def chunks():  # noqa: ANN202 - two lines
        yield sound("ogg")

    await media.library.add(GUILD, name, chunks())


async def test_words_are_searched_for_unless_they_are_a_whole_library_name(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    extractor.finds["blue"] = [entry("a" * 11, "Blue", duration_s=100.0)]
    async with open_sites(tmp_path, extractor) as media:
        await _add(media, "Blue Monday.ogg")
        is_search = media.resolver.is_search
        assert is_search(TextQuery(text="blue"), GUILD)
        assert not is_search(TextQuery(text="blue monday"), GUILD)
        assert not is_search(TextQuery(text="BLUE MONDAY.ogg"), GUILD)
        assert not is_search(TextQuery(text="https://x.test/"), GUILD)
        assert not is_search(TextQuery(text=" "), GUILD)
        assert not is_search(TextQuery(text="spotify:track:4cOdK2wGLETKBW3PvgPWqT"), GUILD)
        (own,) = (await resolve(media, "blue monday")).tracks
        (found,) = (await resolve(media, "blue")).tracks
        assert (own.source, found.source) == (SourceKind.LIBRARY, SourceKind.YOUTUBE)
        assert extractor.searched == ["blue"]


async def test_a_failed_search_is_one_plain_line_that_does_not_tell_what_was_searched_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    extractor = FakeExtractor()
    detail = '[youtube:search] query "blue" page 1: Unable to download API page: timed out'
    extractor.finds["blue"] = ExtractionFailed(FailureKind.NETWORK, detail)
    async with open_sites(tmp_path, extractor) as media:
        await _add(media, "Blue Monday.ogg")
        assert len(await media.resolver.search("blue", GUILD)) == 1
        (line,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
        assert line == (
            "YouTube cannot be searched, only the library is offered: network host=YouTube "
            '[youtube:search] query "…" page 1: Unable to download API page: timed out'
        )


async def test_a_search_gives_library_matches_first_and_nothing_too_long(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    listed = [entry(f"video{number:06}", duration_s=9000.0 if number < 2 else 100.0) for number in range(8)]
    listed[2] = entry("livevideo00", live=True)
    listed[3] = entry("gonevideo00", available=False)
    extractor.finds["blue"] = listed
    async with open_sites(tmp_path, extractor, 3600) as media:
        for name in ("blue 1.ogg", "blue 2.ogg", "blue 3.ogg"):
            await _add(media, name)
        found = await media.resolver.search("blue", GUILD)
        assert [track.title for track in found[:2]] == ["blue 1", "blue 2"]
        assert [track.key for track in found[2:]] == [
            "youtube:livevideo00",
            "youtube:video000004",
            "youtube:video000005",
        ]
        extractor.finds["blue"] = ExtractionFailed(FailureKind.BOT_CHECK)
        assert len(await media.resolver.search("blue", GUILD)) == 2, "the library is still there"
        extractor.finds["red"] = ExtractionFailed(FailureKind.BOT_CHECK)
        with pytest.raises(MediaError) as caught:
            await media.resolver.search("red", GUILD)
        assert (caught.value.kind, caught.value.host) == (MediaFailure.BOT_CHECK, "YouTube")
        with pytest.raises(MediaError) as caught:
            await media.resolver.search("green", GUILD)
        assert caught.value.kind is MediaFailure.NO_MATCH
        assert (await failure(media, "green")).kind is MediaFailure.NO_MATCH


async def test_a_file_that_was_renamed_still_plays_from_a_queue(tmp_path: Path) -> None:
    async with open_sites(tmp_path, FakeExtractor()) as media:
        await _add(media, "old.ogg")
        (track,) = (await resolve(media, "old")).tracks
        assert await media.library.rename(GUILD, "old.ogg", "new") == "new.ogg"
        assert (await media.resolver.open(track)).location.endswith("new.ogg")
        await media.library.remove(GUILD, "new.ogg")
        with pytest.raises(MediaError) as caught:
            await media.resolver.open(track)
        assert caught.value.kind is MediaFailure.NOT_FOUND


class _History:
    def suggest(self, typed: Typed) -> list[Suggestion]:
        return [
            Suggestion(label="Heard before", value="https://x.test/heard", origin=Origin.HISTORY),
            Suggestion(label="x", value="y" * 101, origin=Origin.HISTORY),
            Suggestion(label="Blue", value="BLUE.ogg", origin=Origin.PLAYLIST),
        ]


def _answer(*words: str) -> Page:
    async def page(stream: trio.abc.Stream, request: Request) -> None:
        typed = parse_qs(urlsplit(request.path).query)["q"][0]
        await body(json.dumps([typed, [f"{typed} {word}" for word in words]]).encode())(stream, request)

    return page


def _suggester(guard: Guard, folder: Path, url: str) -> Suggester:
    looker = Looker(Prober(PROBE_ARGV, None), guard, MemoryIndex())  # pyright: ignore[reportArgumentType] - never asked
    return Suggester(library=Library(folder, looker, 1 << 20), guard=guard, web_url=url)


def _typed(text: str, user: UserId = ME) -> Typed:
    return Typed(guild_id=GUILD, user_id=user, text=text)


async def test_completions_are_the_librarys_then_the_players_then_the_webs(tmp_path: Path) -> None:
    (tmp_path / "5").mkdir()
    for name in ("blue.ogg", "sky blue.ogg", "red.ogg"):
        (tmp_path / "5" / name).touch()
    async with (
        open_web({"/s": _answer("sky", "one")}) as web,
        open_guard(parse_policy(["127.0.0.1"])) as guard,
    ):
        suggester = _suggester(guard, tmp_path, web.url("/s"))
        suggester.known.append(_History())
        found = await suggester.complete(_typed("Blue"))
        assert [(one.value, one.origin) for one in found] == [
            ("blue.ogg", Origin.LIBRARY),
            ("sky blue.ogg", Origin.LIBRARY),
            ("https://x.test/heard", Origin.HISTORY),
            ("blue sky", Origin.WEB),
            ("blue one", Origin.WEB),
        ]
        await suggester.complete(_typed(" bLUE "))
        assert len(web.requests) == 1, "the same words are not asked about twice"
        for text in ("", "b", "https://x.test/abc"):
            await suggester.complete(_typed(text))
        assert len(web.requests) == 1
        found = await suggester.complete(_typed(""))
        assert [one.value for one in found][:3] == ["blue.ogg", "red.ogg", "sky blue.ogg"]


async def test_the_latest_keystroke_wins(tmp_path: Path) -> None:
    answers: list[tuple[str, int, float]] = []

    async def page(stream: trio.abc.Stream, request: Request) -> None:
        if "q=slow" in request.path:
            await silent(stream, request)
        await _answer("x")(stream, request)

    async with open_web({"/s": page}) as web, open_guard(parse_policy(["127.0.0.1"])) as guard:
        suggester = _suggester(guard, tmp_path, web.url("/s"))

        async def ask(text: str, user: UserId) -> None:
            found = await suggester.complete(_typed(text, user))
            answers.append((text, len(found), trio.current_time() - began))

        began = trio.current_time()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, "slow one", ME)
            await until(lambda: web.requests)
            nursery.start_soon(ask, "quick", YOU)
            while not answers:  # noqa: ASYNC110 - as above
                await trio.sleep(0.002)
            nursery.start_soon(ask, "quick", ME)
    assert sorted((text, count) for text, count, _ in answers) == [
        ("quick", 1),
        ("quick", 1),
        ("slow one", 0),
    ]
    assert all(took < WEB_S for _, _, took in answers)


async def test_a_web_that_is_slow_or_broken_costs_its_share_of_time_and_is_left_alone(
    tmp_path: Path, autojump_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    class Broken:
        async def __aenter__(self) -> None:
            asked.append("x")
            await trio.sleep(delay_s)
            raise MediaError(kind=MediaFailure.NETWORK)

        async def __aexit__(self, *args: object) -> None:
            raise AssertionError

    def open_broken(*args: object, **more: object) -> Broken:
        return Broken()

    monkeypatch.setattr("media.suggest.open_fetch", open_broken)
    async with open_guard(parse_policy([])) as guard:
        suggester = _suggester(guard, tmp_path, "https://suggest.test/")
        delay_s = 60.0
        began = trio.current_time()
        assert await suggester.complete(_typed("slow")) == ()
        assert trio.current_time() - began == pytest.approx(WEB_S)
        delay_s = 0.1
        await suggester.complete(_typed("broken"))
        await suggester.complete(_typed("again"))
        assert len(asked) == 2, "a web that fails is left alone for a while"
        await trio.sleep(PAUSE_S)
        await suggester.complete(_typed("again"))
        assert len(asked) == 3
    assert REMEMBERED_S > PAUSE_S
    assert WEB_S < 2.0


async def test_an_answer_in_another_shape_is_no_answer(tmp_path: Path) -> None:
    pages = {
        "/html": body(b"<html>"),
        "/gone": status("500 Oops"),
        "/many": _answer(*(str(n) for n in range(40))),
    }
    async with open_web(pages) as web, open_guard(parse_policy(["127.0.0.1"])) as guard:
        for path in ("/html", "/gone"):
            assert await _suggester(guard, tmp_path, web.url(path)).complete(_typed("blue")) == ()
        assert len(await _suggester(guard, tmp_path, web.url("/many")).complete(_typed("blue"))) == MOST
        assert await _suggester(guard, tmp_path, "").complete(_typed("blue")) == ()


def test_suggestions_are_cleaned() -> None:
    assert parse_suggestions(b'["b", ["  blue  sky ", "", "b\\u00e9"], [], {}]') == ("blue sky", "bé")
