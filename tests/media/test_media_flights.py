"""Who asks the same at the same time shares one question: answers, failures, lists, and going away."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import trio
from attrs import define, field
from trio.testing import wait_all_tasks_blocked

from gateway_client.ids import GuildId
from media.extractor.contract import Listing
from media.extractor.failures import ExtractionFailed, FailureKind
from media.extractor.shared import SharedExtractor
from media.extractor.values import Entry, Extracted
from media.flights import Flights
from media.tracks import TextQuery
from tests.media.fake_extractor import FakeExtractor, entry, video
from tests.media.sounds import sound
from tests.media.test_media_sites import open_sites, resolve
from tests.media.web import Request, body, head, open_web

URL = "http://site.test/page"


@define(eq=False)
class Slow(FakeExtractor):
    """An extractor that answers when it is let."""

    go: trio.Event = field(factory=trio.Event)
    begun: int = 0
    cancelled: int = 0

    async def look(self, url: str, *, after: FailureKind | None = None) -> Extracted:
        await self._wait()
        return await super().look(url, after=after)

    @asynccontextmanager
    async def entries(self, url: str, *, limit: int = 1000) -> AsyncGenerator[Listing]:
        await self._wait()
        async with super().entries(url, limit=limit) as listing:
            yield listing

    async def _wait(self) -> None:
        self.begun += 1
        try:
            await self.go.wait()
        except trio.Cancelled:
            self.cancelled += 1
            raise


@define(eq=False)
class Asker:
    """Somebody who asks in a task, may go away, and keeps what came of it."""

    nursery: trio.Nursery
    ask: Callable[[], Awaitable[object]]
    scope: trio.CancelScope = field(factory=trio.CancelScope)
    told: list[object] = field(factory=list[object])

    def __attrs_post_init__(self) -> None:
        self.nursery.start_soon(self._run)

    async def _run(self) -> None:
        with self.scope:
            try:
                self.told.append(await self.ask())
            except (ExtractionFailed, ZeroDivisionError) as error:
                self.told.append(error)


async def test_an_answer_is_asked_for_once_and_anew_afterwards(nursery: trio.Nursery) -> None:
    flights, go, asked = Flights[str, int](nursery), trio.Event(), 0

    async def ask() -> int:
        nonlocal asked
        asked += 1
        await go.wait()
        return asked

    askers = [Asker(nursery, partial(flights.share, "a", ask)) for _ in range(3)]
    other = Asker(nursery, partial(flights.share, "b", ask))
    await wait_all_tasks_blocked()
    assert asked == 2
    go.set()
    await wait_all_tasks_blocked()
    assert {asker.told[0] for asker in askers} == {2}
    assert other.told == [2]
    assert await flights.share("a", ask) == 3


async def test_a_failure_is_told_to_all_and_harms_nobody_else(nursery: trio.Nursery) -> None:
    flights, go = Flights[str, int](nursery), trio.Event()

    async def ask() -> int:
        await go.wait()
        return 1 // 0

    async def answer() -> int:
        await trio.lowlevel.checkpoint()
        return 5

    askers = [Asker(nursery, partial(flights.share, "a", ask)) for _ in range(2)]
    await wait_all_tasks_blocked()
    go.set()
    await wait_all_tasks_blocked()
    assert [type(asker.told[0]) for asker in askers] == [ZeroDivisionError] * 2
    assert await flights.share("a", answer) == 5


@pytest.mark.parametrize("leaves", [0, 1])
async def test_one_who_goes_away_does_not_end_it_for_the_other(nursery: trio.Nursery, leaves: int) -> None:
    extractor = Slow()
    found = extractor.videos[URL] = video("a", "http://x.test/a")
    shared = SharedExtractor(extractor, nursery)
    askers = [Asker(nursery, partial(shared.look, URL)) for _ in range(2)]
    await wait_all_tasks_blocked()
    askers[leaves].scope.cancel()
    await wait_all_tasks_blocked()
    assert (extractor.begun, extractor.cancelled) == (1, 0)
    extractor.go.set()
    await wait_all_tasks_blocked()
    assert askers[1 - leaves].told == [found]
    assert askers[leaves].told == []


async def test_the_last_one_who_goes_away_ends_it_and_the_next_one_asks_anew(nursery: trio.Nursery) -> None:
    extractor = Slow()
    found = extractor.videos[URL] = video("a", "http://x.test/a")
    shared = SharedExtractor(extractor, nursery)
    gone = [Asker(nursery, partial(shared.look, URL)) for _ in range(2)]
    await wait_all_tasks_blocked()
    for asker in gone:
        asker.scope.cancel()
    await wait_all_tasks_blocked()
    late = Asker(nursery, partial(shared.look, URL))
    await wait_all_tasks_blocked()
    assert (extractor.begun, extractor.cancelled) == (2, 1)
    extractor.go.set()
    await wait_all_tasks_blocked()
    assert late.told == [found]


async def test_another_way_to_the_same_link_is_another_question(nursery: trio.Nursery) -> None:
    extractor = Slow()
    extractor.videos[URL] = video("a", "http://x.test/a")
    shared = SharedExtractor(extractor, nursery)
    askers = [
        Asker(nursery, partial(shared.look, URL)),
        Asker(nursery, partial(shared.look, URL, after=FailureKind.MEDIA_REFUSED)),
    ]
    await wait_all_tasks_blocked()
    assert extractor.begun == 2
    extractor.go.set()
    await wait_all_tasks_blocked()
    assert {*extractor.looked} == {(URL, None), (URL, FailureKind.MEDIA_REFUSED)}
    assert all(asker.told for asker in askers)


async def titles(shared: SharedExtractor, most: int = 1000) -> list[str]:
    found: list[str] = []
    async with shared.entries(URL) as listing:
        if listing.single is not None:
            return [listing.single.title, *[one.title async for one in listing.entries]]
        async for one in listing.entries:
            found.append(one.title)
            if len(found) == most:
                break
    return found


def a_list(*items: Entry | ExtractionFailed) -> Slow:
    extractor = Slow()
    extractor.lists[URL] = ("A list", items)
    return extractor


async def test_a_link_that_is_one_video_is_read_once(nursery: trio.Nursery) -> None:
    extractor = Slow()
    extractor.videos[URL] = video("a", "http://x.test/a")
    shared = SharedExtractor(extractor, nursery)
    askers = [Asker(nursery, partial(titles, shared)) for _ in range(2)]
    await wait_all_tasks_blocked()
    extractor.go.set()
    await wait_all_tasks_blocked()
    assert [asker.told for asker in askers] == [[["title a"]]] * 2
    assert extractor.asked == [URL]


async def test_a_list_is_read_once_and_no_further_than_somebody_wants(nursery: trio.Nursery) -> None:
    extractor = a_list(*(entry(str(number)) for number in range(50)))
    shared = SharedExtractor(extractor, nursery)
    few = Asker(nursery, partial(titles, shared, 3))
    more = Asker(nursery, partial(titles, shared, 7))
    await wait_all_tasks_blocked()
    extractor.go.set()
    await wait_all_tasks_blocked()
    assert few.told == [[f"title {number}" for number in range(3)]]
    assert more.told == [[f"title {number}" for number in range(7)]]
    assert (extractor.asked, len(extractor.read)) == ([URL], 7)


async def test_a_list_goes_on_for_the_one_who_stays(nursery: trio.Nursery) -> None:
    extractor = a_list(*(entry(str(number)) for number in range(5)))
    extractor.go.set()
    shared = SharedExtractor(extractor, nursery)
    async with shared.entries(URL) as mine:
        entries = aiter(mine.entries)
        assert (await anext(entries)).title == "title 0"
        gone = Asker(nursery, partial(titles, shared, 1))
        await wait_all_tasks_blocked()
        gone.scope.cancel()
        assert len([one async for one in entries]) == 4
    assert extractor.asked == [URL, URL], "who comes after the first words asks anew"


async def test_a_list_that_breaks_off_is_told_to_all_behind_what_came(nursery: trio.Nursery) -> None:
    extractor = a_list(entry("0"), entry("1"), ExtractionFailed(FailureKind.NETWORK))
    shared = SharedExtractor(extractor, nursery)
    heard = [list[str](), list[str]()]

    async def hear(into: list[str]) -> None:
        async with shared.entries(URL) as listing:
            async for one in listing.entries:
                into.append(one.title)  # noqa: PERF401 - what came before the break stays

    askers = [Asker(nursery, partial(hear, into)) for into in heard]
    await wait_all_tasks_blocked()
    extractor.go.set()
    await wait_all_tasks_blocked()
    assert heard == [["title 0", "title 1"]] * 2
    assert [str(asker.told[0]) for asker in askers] == ["network"] * 2


async def test_a_link_that_cannot_be_read_is_told_to_all(nursery: trio.Nursery) -> None:
    extractor = Slow()
    shared = SharedExtractor(extractor, nursery)
    askers = [Asker(nursery, partial(titles, shared)) for _ in range(2)]
    await wait_all_tasks_blocked()
    extractor.go.set()
    await wait_all_tasks_blocked()
    assert [str(asker.told[0]) for asker in askers] == ["unsupported"] * 2
    assert extractor.asked == [URL]


async def test_two_guilds_that_ask_for_one_page_at_once_cost_it_one_visit(tmp_path: Path) -> None:
    extractor = Slow()

    async def page(stream: trio.abc.Stream, request: Request) -> None:
        await trio.sleep(0.05)
        await stream.send_all(head("200 OK", "Content-Type: text/html", "Content-Length: 6") + b"<html>")

    pages = {"/page": page, "/a.ogg": body(sound("ogg"))}
    async with open_web(pages) as web, open_sites(tmp_path, extractor) as media:
        url, other_url = web.url("/page?1"), web.url("/page?2")
        for link in (url, other_url):
            extractor.videos[link] = video(link, web.url("/a.ogg"), page_url=link, duration_s=None, title="a")
        found: list[str] = []

        async def find(guild: int) -> None:
            resolved = await media.resolver.resolve(TextQuery(text=url), GuildId(guild))
            found.extend(track.title for track in resolved.tracks)

        async with trio.open_nursery() as askers:
            askers.start_soon(find, 1)
            askers.start_soon(find, 2)
            while not extractor.begun:  # noqa: ASYNC110 - a process is on its way
                await trio.sleep(0.01)
            extractor.go.set()
        assert found == ["a"] * 2
        assert extractor.asked == [url]
        visits = len(web.requests)
        assert (await resolve(media, other_url)).tracks
        assert len(web.requests) == 2 * visits, "two at once have cost as much as one"
