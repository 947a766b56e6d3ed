"""An extractor that finds what a test has put there, and says so when it is asked for anything else."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import datetime

import trio
from attrs import Factory, define

from media.extractor.contract import Listing
from media.extractor.failures import ExtractionFailed, FailureKind
from media.extractor.values import Entry, Extracted, Sound


def entry(video_id: str, title: str = "", **more: object) -> Entry:
    known: dict[str, object] = {
        "id": video_id,
        "extractor": "youtube",
        "title": title or f"title {video_id}",
        "url": f"https://www.youtube.com/watch?v={video_id}",
    }
    return Entry(**(known | more))  # pyright: ignore[reportArgumentType] - a test's shorthand


def video(video_id: str, sound_url: str, *, expires_at: datetime | None = None, **more: object) -> Extracted:
    known: dict[str, object] = {
        "id": video_id,
        "extractor": "youtube",
        "title": f"title {video_id}",
        "page_url": f"https://www.youtube.com/watch?v={video_id}",
        "duration_s": 100.0,
        "sound": Sound(url=sound_url, container="ogg", headers=(("X-Site", "1"),), expires_at=expires_at),
    }
    return Extracted(**(known | more))  # pyright: ignore[reportArgumentType] - a test's shorthand


@define(eq=False)
class FakeExtractor:
    """Videos by URL, lists by URL, finds by words; exceptions are raised where they lie."""

    videos: dict[str, Extracted | ExtractionFailed] = Factory(dict[str, "Extracted | ExtractionFailed"])
    lists: dict[str, tuple[str | None, Sequence[Entry | ExtractionFailed]]] = Factory(
        dict[str, "tuple[str | None, Sequence[Entry | ExtractionFailed]]"]
    )
    finds: dict[str, Sequence[Entry] | ExtractionFailed] = Factory(
        dict[str, "Sequence[Entry] | ExtractionFailed"]
    )
    mixes: dict[str, Sequence[Entry]] = Factory(dict[str, "Sequence[Entry]"])
    looked: list[tuple[str, FailureKind | None]] = Factory(list[tuple[str, FailureKind | None]])
    searched: list[str] = Factory(list[str])
    asked: list[str] = Factory(list[str])
    """Links that were read."""
    read: list[str] = Factory(list[str])

    warmed: int = 0

    def warm(self) -> None:
        self.warmed += 1

    def put(self, found: Extracted) -> Extracted:
        self.videos[found.page_url] = found
        return found

    async def look(self, url: str, *, after: FailureKind | None = None) -> Extracted:
        await trio.lowlevel.checkpoint()
        self.looked.append((url, after))
        found = self.videos.get(url, ExtractionFailed(FailureKind.REMOVED))
        if isinstance(found, ExtractionFailed):
            raise found
        return found

    @asynccontextmanager
    async def entries(self, url: str, *, limit: int = 1000) -> AsyncGenerator[Listing]:
        self.asked.append(url)
        if url in self.lists:
            title, listed = self.lists[url]
            async with aclosing(self._read(listed[:limit])) as entries:
                yield Listing(entries=entries, title=title, count=len(listed))
            return
        found = self.videos.get(url, ExtractionFailed(FailureKind.UNSUPPORTED))
        if isinstance(found, ExtractionFailed):
            raise found
        async with aclosing(self._read(())) as entries:
            yield Listing(entries=entries, single=found)

    async def search(self, words: str, count: int = 5) -> tuple[Entry, ...]:
        await trio.lowlevel.checkpoint()
        self.searched.append(words)
        found = self.finds.get(words, ())
        if isinstance(found, ExtractionFailed):
            raise found
        return tuple(found[:count])

    async def related(self, video_id: str, count: int = 10) -> tuple[Entry, ...]:
        await trio.lowlevel.checkpoint()
        return tuple(self.mixes[video_id][:count])

    async def _read(self, listed: Sequence[Entry | ExtractionFailed]) -> AsyncGenerator[Entry]:
        for item in listed:
            await trio.lowlevel.checkpoint()
            if isinstance(item, ExtractionFailed):
                raise item
            self.read.append(item.id)
            yield item
