"""A resolver that finds what a test has put on its shelf, and tracks to find."""

from typing import Any

import trio
from attrs import define, field

from gateway_client.ids import GuildId
from media.errors import MediaError, MediaFailure
from media.tracks import Playable, Query, Resolved, SourceKind, TextQuery, Track


def track(title: str, duration_s: float | None = 180.0, *, live: bool = False) -> Track:
    return Track(
        key=f"key:{title}",
        title=title,
        source=SourceKind.LIBRARY,
        locator=title,
        duration_s=duration_s,
        live=live,
    )


def playable(title: str) -> Playable:
    return Playable(location=f"/library/{title}", is_file=True)


@define(eq=False)
class FakeResolver:
    """Finds what a test has put on the shelf; words it does not know are one track of that title."""

    shelf: dict[str, Resolved | Exception] = field(factory=dict[str, "Resolved | Exception"])
    delays_s: dict[str, float] = field(factory=dict[str, float])
    unopenable: dict[str, Exception] = field(factory=dict[str, Exception])
    refused: dict[str, MediaError] = field(factory=dict[str, MediaError])
    opened: list[str] = field(factory=list[str])
    held: list[Playable] = field(factory=list[Playable])
    cancelled: list[str] = field(factory=list[str])

    async def resolve(self, query: Query, guild_id: GuildId) -> Resolved:
        words = query.text if isinstance(query, TextQuery) else query.filename
        try:
            await trio.sleep(self.delays_s.get(words, 0.01))
        except trio.Cancelled:
            self.cancelled.append(words)
            raise
        found = self.shelf.get(words, Resolved(tracks=(track(words),)))
        if isinstance(found, Exception):
            raise found
        return found

    async def open(self, track: Track) -> Playable:
        await trio.sleep(self.delays_s.get(f"open {track.title}", 0.01))
        if track.title in self.unopenable:
            raise self.unopenable[track.title]
        self.opened.append(track.title)
        made = playable(track.title)
        self.held.append(made)
        return made

    def release(self, playable: Playable) -> None:
        assert playable in self.held, "released twice, or never opened"
        self.held.remove(playable)

    def failure(self, playable: Playable) -> MediaError | None:
        return self.refused.get(playable.location.removeprefix("/library/"))

    def complete(self, guild_id: GuildId, text: str) -> list[str]:
        return [name for name in ("sea.ogg", "season.ogg", "x" * 101) if text in name]


def error(kind: MediaFailure = MediaFailure.NOT_AUDIO, **more: Any) -> MediaError:
    return MediaError(kind=kind, **more)
