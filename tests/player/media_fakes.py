"""A resolver that finds what a test has put on its shelf, and tracks to find."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import trio
from attrs import define, evolve, field

from gateway_client.ids import GuildId
from media.choices import Candidate
from media.errors import MediaError, MediaFailure
from media.resolution import Intake, Resolution, Streamed, Whole
from media.tracks import Loudness, Playable, Query, Resolved, SourceKind, TextQuery, Track


def track(title: str, duration_s: float | None = 180.0, *, live: bool = False, **more: Any) -> Track:
    values: dict[str, Any] = {
        "key": f"key:{title}",
        "title": title,
        "source": SourceKind.LIBRARY,
        "locator": title,
        "duration_s": duration_s,
        "live": live,
    }
    return Track(**(values | more))


def playable(title: str) -> Playable:
    return Playable(location=f"/library/{title}", is_file=True)


def candidate(title: str, percent: int = 80) -> Candidate:
    return Candidate(
        url=f"https://v.example/{title}", title=title, key=f"youtube:{title}", confidence_pct=percent
    )


@define(eq=False)
class Listing:
    """A list that is read entry by entry.

    Attributes:
        entries: ``None`` is one that cannot be played, an error breaks the reading off.
        pause_s: how long each takes.
        read: how many were read so far.
        closed: whether the reading has ended.
    """

    title: str
    entries: list[Track | MediaError | None]
    pause_s: float = 0.01
    read: int = 0
    closed: bool = False

    async def walk(self) -> AsyncGenerator[Track | None]:
        try:
            for entry in self.entries:
                await trio.sleep(self.pause_s)
                self.read += 1
                if isinstance(entry, MediaError):
                    raise entry
                yield entry
        finally:
            self.closed = True


@define(eq=False)
class FakeResolver:
    """Finds what a test has put on the shelf; words it does not know are one track of that title.

    Words in ``meanings`` are a search. Titles in ``learned`` turn out to be something else when opened.
    """

    shelf: dict[str, Resolved | Listing | Exception] = field(
        factory=dict[str, "Resolved | Listing | Exception"]
    )
    meanings: dict[str, tuple[Track, ...]] = field(factory=dict[str, "tuple[Track, ...]"])
    delays_s: dict[str, float] = field(factory=dict[str, float])
    unopenable: dict[str, Exception] = field(factory=dict[str, Exception])
    learned: dict[str, Playable] = field(factory=dict[str, Playable])
    refused: dict[str, MediaError] = field(factory=dict[str, MediaError])
    others: dict[str, tuple[Track, ...] | MediaError] = field(
        factory=dict[str, "tuple[Track, ...] | MediaError"]
    )
    songs: dict[str, tuple[Candidate, ...] | MediaError] = field(
        factory=dict[str, "tuple[Candidate, ...] | MediaError"]
    )
    choosing: Exception | None = None
    """Why choices are not kept."""
    chosen: list[tuple[str, str]] = field(factory=list[tuple[str, str]])
    opened: list[str] = field(factory=list[str])
    fresh: list[str] = field(factory=list[str])
    held: list[Playable] = field(factory=list[Playable])
    cancelled: list[str] = field(factory=list[str])
    measured: list[tuple[str, Loudness]] = field(factory=list[tuple[str, Loudness]])
    prepared: list[str] = field(factory=list[str])
    hearers: dict[str, Callable[[str], None]] = field(factory=dict[str, Callable[[str], None]])

    @asynccontextmanager
    async def stream(self, query: Query, guild_id: GuildId) -> AsyncGenerator[Resolution]:
        words = query.text if isinstance(query, TextQuery) else query.filename
        try:
            await trio.sleep(self.delays_s.get(words, 0.01))
        except trio.Cancelled:
            self.cancelled.append(words)
            raise
        found = self.shelf.get(words, Resolved(tracks=(track(words),)))
        if isinstance(found, Exception):
            raise found
        if isinstance(found, Resolved):
            yield Whole(tracks=found.tracks, playlist_title=found.playlist_title, cut_off=found.cut_off)
            return
        listed = Streamed(playlist_title=found.title, entries=found.walk(), intake=Intake(limit_s=3600.0))
        try:
            yield listed
        finally:
            await listed.aclose()

    def is_search(self, query: Query, guild_id: GuildId) -> bool:
        return isinstance(query, TextQuery) and query.text in self.meanings

    def prepare(self, text: str) -> None:
        self.prepared.append(text)

    async def search(self, words: str, guild_id: GuildId) -> tuple[Track, ...]:
        await trio.sleep(self.delays_s.get(words, 0.01))
        if not self.meanings[words]:
            raise MediaError(kind=MediaFailure.NO_MATCH)
        return self.meanings[words]

    async def candidates(self, track: Track, guild_id: GuildId) -> tuple[Candidate, ...]:
        await trio.sleep(self.delays_s.get(f"songs {track.title}", 0.01))
        found = self.songs.get(track.title, ())
        if isinstance(found, MediaError):
            raise found
        return found

    async def choose(self, track: Track, guild_id: GuildId, chosen: Candidate) -> Track:
        await trio.sleep(0.01)
        if self.choosing is not None:
            raise self.choosing
        self.chosen.append((track.title, chosen.title))
        return evolve(track, match_url=chosen.url, confidence_pct=100)

    async def related(self, track: Track, guild_id: GuildId) -> tuple[Track, ...]:
        await trio.sleep(self.delays_s.get(f"related {track.title}", 0.01))
        found = self.others.get(track.title, ())
        if isinstance(found, MediaError):
            raise found
        return found

    async def open(self, track: Track, guild_id: GuildId | None = None, *, fresh: bool = False) -> Playable:
        await trio.sleep(self.delays_s.get(f"open {track.title}", 0.01))
        if track.title in self.unopenable:
            raise self.unopenable[track.title]
        self.opened.append(track.title)
        if fresh:
            self.fresh.append(track.title)
        made = self.learned.get(track.title, playable(track.title))
        self.held.append(made)
        return made

    async def remember_loudness(self, track: Track, measured: Loudness) -> None:
        self.measured.append((track.title, measured))

    def release(self, playable: Playable) -> None:
        assert playable in self.held, "released twice, or never opened"
        self.held.remove(playable)

    def failure(self, playable: Playable) -> MediaError | None:
        return self.refused.get(playable.location.removeprefix("/library/"))

    def on_title(self, playable: Playable, hear: Callable[[str], None]) -> None:
        self.hearers[playable.location.removeprefix("/library/")] = hear


def error(kind: MediaFailure = MediaFailure.NOT_AUDIO, **more: Any) -> MediaError:
    return MediaError(kind=kind, **more)
