"""From the player's tracks to entries and back. Pure but for the library, which is asked.

An entry from the queue keeps the player's own value. One from a file has only a link: it becomes a track that
is looked at when its turn comes, as those of any long list, so nothing is fetched here; the guard stands
before it then as before any other link. A file of the library is found again by its name, after a rename by
its content, and in another server's library by its name only.
"""

import hashlib
from collections.abc import Iterable, Sequence
from functools import partial

import msgspec
import trio
from attrs import define

from actors.core.music import KeptTrack
from actors.playlists.entries import Entry, plain
from actors.playlists.outside import Shelf
from gateway_client.ids import GuildId
from media.direct import parse_url
from media.errors import MediaError
from media.links import is_site, is_youtube, parse_link
from media.names import exact_names, names_media
from media.services.links import Kind, ServiceLink, parse_service_link
from media.tracks import SourceKind, Track


def to_entry(kept: KeptTrack, guild_id: GuildId, names: Sequence[str]) -> Entry:
    """What is kept of a player's track; ``names`` are the guild's library."""
    track = parse_data(kept.data)
    name = None
    if track is not None and track.source is SourceKind.LIBRARY:
        name = track.locator.partition("/")[2] or None
    elif track is None and kept.url is None:
        name = next(iter(exact_names(list(names), kept.title)), None)
    return Entry(
        title=plain(kept.title) or "?",
        artist=kept.artist and (plain(kept.artist) or None),
        link=None if name else kept.url,
        duration_s=kept.duration_s,
        library=name,
        guild=int(guild_id) if name else None,
        data=kept.data.decode(),
    )


def to_kept(track: Track) -> KeptTrack:
    """A track in the player's form."""
    return KeptTrack(
        data=msgspec.json.encode(track),
        title=track.title,
        artist=track.artist,
        url=track.page_url,
        duration_s=track.duration_s,
    )


def parse_data(data: bytes) -> Track | None:
    """The track inside a player's value; ``None`` if it cannot be read."""
    try:
        return msgspec.json.decode(data, type=Track)
    except (msgspec.MsgspecError, ValueError):
        return None


def lazy_track(entry: Entry) -> Track | None:
    """A link as a track that nobody has looked at; ``None`` if it is no link that can be opened."""
    try:
        url = parse_url(entry.link or "")
    except MediaError:
        return None
    key, source, locator = _identify(url, entry.link or "")
    return Track(
        key=key,
        title=entry.title,
        source=source,
        locator=locator,
        page_url=url,
        duration_s=entry.duration_s,
        artist=entry.artist,
        lazy=source is not SourceKind.DIRECT,
    )


def _identify(url: str, typed: str) -> tuple[str, SourceKind, str]:
    """Key, source and locator, as the sources of ``media`` make them of a single link."""
    digest = hashlib.sha256(url.encode()).hexdigest()[:32]
    service = parse_service_link(typed)
    if isinstance(service, ServiceLink) and service.kind is Kind.TRACK:
        return f"{service.service}:{service.id}", service.service, url
    link = parse_link(url, typed)
    if is_youtube(url) and link.video_id is not None:
        locator = f"https://www.youtube.com/watch?v={link.video_id}"
        return f"youtube:{link.video_id}", SourceKind.YOUTUBE, locator
    if names_media(url) and not is_site(url):
        return f"{SourceKind.DIRECT}:{digest}", SourceKind.DIRECT, url
    return f"link:{digest}", SourceKind.SITE, url


@define(eq=False)
class Opener:
    """Makes the entries of a playlist ready for one guild's player."""

    _shelf: Shelf
    _guild_id: GuildId

    async def open(self, entries: Iterable[Entry]) -> list[KeptTrack]:
        """Those that can be played, in their order. Raises ``OSError``."""
        names = self._shelf.names(self._guild_id)
        found = [await self._open(entry, names) for entry in entries]
        return [kept for kept in found if kept is not None]

    async def _open(self, entry: Entry, names: list[str]) -> KeptTrack | None:
        if entry.library is not None:
            return await self._open_file(entry, entry.library, names)
        if entry.data is not None:
            return KeptTrack(
                data=entry.data.encode(),
                title=entry.title,
                artist=entry.artist,
                url=entry.link,
                duration_s=entry.duration_s,
            )
        track = lazy_track(entry)
        return None if track is None else to_kept(track)

    async def _open_file(self, entry: Entry, name: str, names: list[str]) -> KeptTrack | None:
        try:
            if name not in names:
                name = await self._find(entry, names)
            return to_kept(await self._shelf.track(self._guild_id, name))
        except (MediaError, LookupError):
            return None

    async def _find(self, entry: Entry, names: list[str]) -> str:
        """The name that a file has now. Raises ``LookupError``."""
        same = [name for name in names if name.casefold() == (entry.library or "").casefold()]
        track = None if entry.data is None else parse_data(entry.data.encode())
        if same or track is None or entry.guild != self._guild_id:
            return same[0]
        search = partial(self._shelf.find_key, self._guild_id, track.key)
        path = await trio.to_thread.run_sync(search)
        if path is None:
            raise LookupError(entry.library)
        return path.name
