"""Several who ask the same at the same time share one question to the extractor.

`SharedExtractor` is an extractor (``media.extractor.contract``) before another one. A list that is being read
for several is read once, as far as the one of them who wants most, and kept as long as one of them reads.
Who comes after the first words of a list asks anew: its time has begun to run.

Rules and failure mode are those of `media.flights`.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import trio
from attrs import Factory, define, evolve, field

from media.extractor.contract import Extractor, Listing
from media.extractor.failures import FailureKind
from media.extractor.values import Entry, Extracted
from media.flights import Flights, raised_by


@define(eq=False)
class _Reading:
    """One link that is being read for those who asked for it."""

    scope: trio.CancelScope = Factory(trio.CancelScope)
    answered: trio.Event = Factory(trio.Event)
    readers: int = 0
    listing: Listing | None = None
    entries: list[Entry] = Factory(list[Entry])
    is_over: bool = False
    failure: Exception | None = None
    _wanted: int = 0
    _demand: trio.Event = Factory(trio.Event)
    _news: trio.Event = Factory(trio.Event)

    async def first(self) -> Listing:
        """What the link is, with entries of one's own.

        Raises:
            Exception: nothing could be read.
        """
        await self.answered.wait()
        if self.listing is None:
            assert self.failure is not None
            raise self.failure
        return evolve(self.listing, entries=_Reader(self))

    def answer(self, listing: Listing) -> None:
        """The link has turned out to be this."""
        self.listing = listing
        self.answered.set()

    async def pass_on(self, entries: AsyncIterator[Entry]) -> None:
        """Read as far as somebody wants, to the end."""
        while not self.is_over:
            while self._wanted <= len(self.entries):
                await self._demand.wait()
            try:
                self.entries.append(await anext(entries))
            except StopAsyncIteration:
                self.is_over = True
            self._tell()

    def fail(self, failure: Exception) -> None:
        """Reading has ended badly."""
        self.failure, self.is_over = failure, True
        self.answered.set()
        self._tell()

    async def get(self, place: int) -> Entry | None:
        """An entry by its place from 0 on; None behind the last one.

        Raises:
            Exception: reading broke off before it.
        """
        while len(self.entries) <= place and not self.is_over:
            news = self._news
            if self._wanted <= place:
                self._wanted = place + 1
                self._demand.set()
                self._demand = trio.Event()
            await news.wait()
        if place < len(self.entries):
            return self.entries[place]
        if self.failure is not None:
            raise self.failure
        return None

    def _tell(self) -> None:
        self._news.set()
        self._news = trio.Event()


@define(eq=False)
class _Reader:
    """The entries for one of those who asked."""

    _reading: _Reading
    _place: int = field(default=0, init=False)

    def __aiter__(self) -> "_Reader":
        return self

    async def __anext__(self) -> Entry:
        found = None if self._is_single else await self._reading.get(self._place)
        if found is None:
            raise StopAsyncIteration
        self._place += 1
        return found

    @property
    def _is_single(self) -> bool:
        listing = self._reading.listing
        return listing is not None and listing.single is not None


@asynccontextmanager
async def open_shared(extractor: Extractor | None) -> "AsyncGenerator[SharedExtractor | None]":
    """Put a `SharedExtractor` before an extractor, if there is one, while the body runs."""
    if extractor is None:
        yield None
        return
    async with trio.open_nursery() as nursery:
        try:
            yield SharedExtractor(extractor, nursery)
        finally:
            nursery.cancel_scope.cancel()


@define(eq=False)
class SharedExtractor:
    """An `Extractor` that asks another one.

    Attributes:
        extractor: answers.
        nursery: of the tasks that ask; it ends before the extractor does.
    """

    extractor: Extractor
    nursery: trio.Nursery
    _looks: Flights[tuple[str, FailureKind | None], Extracted] = field(init=False)
    _finds: Flights[tuple[str, str, int], tuple[Entry, ...]] = field(init=False)
    _readings: dict[tuple[str, int], _Reading] = field(factory=dict[tuple[str, int], _Reading], init=False)

    def __attrs_post_init__(self) -> None:
        self._looks = Flights(self.nursery)
        self._finds = Flights(self.nursery)

    def warm(self) -> None:
        """A question is likely to come. See the contract."""
        self.extractor.warm()

    async def look(self, url: str, *, after: FailureKind | None = None) -> Extracted:
        """Read one video. See the contract."""
        return await self._looks.share((url, after), partial(self.extractor.look, url, after=after))

    @asynccontextmanager
    async def entries(self, url: str, *, limit: int = 1000) -> AsyncGenerator[Listing]:
        """Read whatever a link is. See the contract."""
        key = (url, limit)
        reading = self._readings.get(key)
        if reading is None:
            reading = self._readings[key] = _Reading()
            self.nursery.start_soon(self._read, key, reading)
        reading.readers += 1
        try:
            yield await reading.first()
        finally:
            reading.readers -= 1
            if not reading.readers:
                self._forget(key, reading)
                reading.scope.cancel()

    async def search(self, words: str, count: int = 5) -> tuple[Entry, ...]:
        """The best matches on YouTube. See the contract."""
        return await self._finds.share(("search", words, count), partial(self.extractor.search, words, count))

    async def related(self, video_id: str, count: int = 10) -> tuple[Entry, ...]:
        """What YouTube would play next. See the contract."""
        return await self._finds.share(
            ("related", video_id, count), partial(self.extractor.related, video_id, count)
        )

    async def _read(self, key: tuple[str, int], reading: _Reading) -> None:
        async def read() -> None:
            url, limit = key
            with reading.scope:
                async with self.extractor.entries(url, limit=limit) as listing:
                    self._forget(key, reading)
                    reading.answer(listing)
                    if listing.single is None:
                        await reading.pass_on(aiter(listing.entries))

        failure = await raised_by(read)
        self._forget(key, reading)
        if failure is not None:
            reading.fail(failure)

    def _forget(self, key: tuple[str, int], reading: _Reading) -> None:
        if self._readings.get(key) is reading:
            del self._readings[key]
