"""The extractor as the rest of the room sees it: questions in, values or one kind of failure out.

Rules: a question is bounded in time as a whole (`Limits`), retries and other player clients included. A
worker that died without a word or did not answer in its share of the time is tried once more; words of
yt-dlp are final, except that YouTube is asked as another client where that may help
(`media.extractor.ladder`). A list that began to stream is not begun again: what came stays, and the break
is told.

All traffic of a question goes through the guard under a job of its own, bounded in bytes.
"""

import re
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final
from urllib.parse import urlsplit

import trio
from attrs import Factory, define, frozen

from media.extractor.answers import Entries, Opened, Question, Want, WorkerDied
from media.extractor.child import ChildBroken
from media.extractor.contract import Listing
from media.extractor.failures import ExtractionFailed, FailureKind
from media.extractor.ladder import WORTH_ANOTHER, Ladder, Rung
from media.extractor.pool import Pool
from media.extractor.values import Entry, Extracted
from media.extractor.wire import Ask, Found, Head, Start
from media.guard import Guard

LOOK_BYTES: Final = 64 << 20  # received per question: pages and players, never the sound itself
_YOUTUBE: Final = re.compile(r"(^|\.)(youtube\.com|youtu\.be|youtube-nocookie\.com)$")
_VIDEO_ID: Final = re.compile(r"[\w-]{11}", re.ASCII)
_SEARCH: Final = "ytsearch"


@frozen(kw_only=True)
class Limits:
    """Seconds.

    Attributes:
        single_s: for one video, everything included.
        attempt_s: after which a worker that said nothing is given up and another one asked.
        list_s: for reading a list to its end.
        patience_s: for one answer of a server.
    """

    single_s: float = 30.0
    attempt_s: float = 20.0
    list_s: float = 60.0
    patience_s: float = 10.0


@define(eq=False)
class YtDlpExtractor:
    """An `Extractor` (``media.extractor.contract``) on child processes.

    Attributes:
        on_outcome: told how each question ended and with which start: None for well.
    """

    pool: Pool
    guard: Guard
    on_outcome: Callable[[Start, FailureKind | None], None]
    limits: Limits = Limits()
    ladder: Ladder = Factory(Ladder)

    def warm(self) -> None:
        """A question is likely to come. See the contract."""
        self.pool.warm()

    async def look(self, url: str, *, after: FailureKind | None = None) -> Extracted:
        """Read one video. See the contract."""
        check_url(url)
        async with self._open("look", url, limit=2, after=after) as opened:
            match opened.first:
                case Found(video=video):
                    return video
                case _:
                    raise ExtractionFailed(FailureKind.IS_LIST)

    @asynccontextmanager
    async def entries(self, url: str, *, limit: int = 1000) -> AsyncGenerator[Listing]:
        """Read whatever a link is. See the contract."""
        check_url(url)
        async with self._list(url, limit) as listing:
            yield listing

    async def search(self, words: str, count: int = 5) -> tuple[Entry, ...]:
        """The best matches on YouTube. See the contract."""
        words = " ".join(words.split())
        if not words:
            return ()
        async with self._list(f"{_SEARCH}{count}:{words}", count) as listing:
            return tuple([entry async for entry in listing.entries])

    async def related(self, video_id: str, count: int = 10) -> tuple[Entry, ...]:
        """What YouTube would play next. See the contract."""
        if _VIDEO_ID.fullmatch(video_id) is None:
            raise ExtractionFailed(FailureKind.UNSUPPORTED, "no id of YouTube")
        mix = f"https://www.youtube.com/watch?v={video_id}&list=RD{video_id}"
        async with self._list(mix, count + 1) as listing:
            found = [entry async for entry in listing.entries if entry.id != video_id]
        return tuple(found[:count])

    @asynccontextmanager
    async def _list(self, url: str, limit: int) -> AsyncGenerator[Listing]:
        async with self._open("list", url, limit=limit, after=None) as opened:
            match opened.first:
                case Found(video=video):
                    yield Listing(entries=Entries(opened), single=video)
                case Head(title=title, count=count):
                    yield Listing(entries=Entries(opened), title=title, count=count)
                case _:
                    raise ExtractionFailed(FailureKind.CRASHED, "out of turn")

    @asynccontextmanager
    async def _open(
        self, want: Want, url: str, *, limit: int, after: FailureKind | None
    ) -> AsyncGenerator[Opened]:
        """Ask until there is a first answer that is no trouble; the job lives on while the body runs."""
        began = trio.current_time()
        until = began + self.limits.single_s
        async with AsyncExitStack() as stack:
            try:
                opened = await self._climb(stack, Question(want, url, limit), after, until)
            except trio.TooSlowError as error:
                raise ExtractionFailed(FailureKind.TIMEOUT) from error
            opened.deadline = began + self.limits.list_s
            yield opened

    async def _climb(
        self, stack: AsyncExitStack, question: Question, after: FailureKind | None, until: float
    ) -> Opened:
        """Ask as one client after the other.

        Raises:
            ExtractionFailed: what the first one said.
            trio.TooSlowError: none said anything.
        """
        now = trio.current_time()
        rungs = list(self.ladder.order(now, after)) if is_youtube(question.url) else [()]
        first: ExtractionFailed | None = None
        refusals = set[FailureKind]() if after is None else {after}
        for rung in rungs:
            try:
                opened = await self._ask(stack, question, rung, until)
            except trio.TooSlowError:
                if first is None:
                    raise
                break
            except ExtractionFailed as failed:
                first = first or failed
                if failed.kind not in WORTH_ANOTHER:
                    break
                self.ladder.failed(rung, failed.kind)
                refusals.add(failed.kind)
            else:
                self.ladder.gave(rung, refusals, trio.current_time())
                return opened
        assert first is not None
        raise first

    async def _ask(self, stack: AsyncExitStack, question: Question, rung: Rung, until: float) -> Opened:
        """Ask one way; once more if the worker died or said nothing in its share of the time.

        Raises:
            ExtractionFailed: yt-dlp gave up, or two workers died.
            trio.TooSlowError: the time is up.
        """
        for attempt_s in (self.limits.attempt_s, self.limits.single_s):
            attempt = await stack.enter_async_context(AsyncExitStack())
            deadline = min(until, trio.current_time() + attempt_s)
            with trio.move_on_at(deadline):
                opened = await self._ask_once(attempt, question, rung)
                if opened is not None:
                    return opened
            await attempt.aclose()
            if trio.current_time() >= until:
                raise trio.TooSlowError
        raise ExtractionFailed(FailureKind.CRASHED)

    async def _ask_once(self, stack: AsyncExitStack, question: Question, rung: Rung) -> Opened | None:
        """One worker's first answer; None if it died."""
        job = stack.enter_context(self.guard.job(max_bytes=LOOK_BYTES, marks=False))

        def ask(number: int) -> Ask:
            return Ask(
                job=number,
                want=question.want,
                url=question.url,
                proxy=job.proxy_url,
                limit=question.limit,
                clients=rung,
                patience_s=self.limits.patience_s,
            )

        try:
            child, conversation = await stack.enter_async_context(self.pool.open_job(ask))
        except ChildBroken:
            return None
        opened = Opened(child.start, conversation, job, self.on_outcome)
        try:
            opened.first = await opened.next()
        except WorkerDied:
            return None
        return opened


def check_url(url: str) -> None:
    """Only links; yt-dlp would take other words for searches and names of its own.

    Raises:
        ExtractionFailed: ``UNSUPPORTED``.
    """
    if not url.startswith(("http://", "https://")):
        raise ExtractionFailed(FailureKind.UNSUPPORTED, "not http or https")


def is_youtube(url: str) -> bool:
    """Whether a question goes to YouTube."""
    return url.startswith(_SEARCH) or _YOUTUBE.search(urlsplit(url).hostname or "") is not None
