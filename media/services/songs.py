"""What all services make: tracks that are still to be matched, and lists of them.

A `SongList` is what a link names. Its songs come in as they are asked for; services that give pages fetch the
next one only then.
"""

from collections.abc import AsyncGenerator, Iterable, Sequence
from typing import Protocol

from attrs import define, field, frozen

from media.errors import MediaError, MediaFailure
from media.services.links import ServiceLink
from media.tracks import SourceKind, Track

_HOSTS = {
    SourceKind.SPOTIFY: "Spotify",
    SourceKind.APPLE_MUSIC: "Apple Music",
    SourceKind.DEEZER: "Deezer",
}
_LONGEST = 300  # characters


@frozen(kw_only=True)
class ServiceBases:
    """Where the services are; tests stand in for them on loopback."""

    spotify_web: str = "https://open.spotify.com"
    spotify_api: str = "https://api.spotify.com"
    spotify_accounts: str = "https://accounts.spotify.com"
    apple_web: str = "https://music.apple.com"
    apple_lookup: str = "https://itunes.apple.com"
    deezer_api: str = "https://api.deezer.com"
    short: str | None = None
    """In place of ``https://`` and the host of short links."""


@define(eq=False, kw_only=True)
class SongList:
    """What a link names.

    Attributes:
        title: of an album or playlist; None for a single track.
        count: how many there are, where it is told.
        cut_off: the service names no more than these, though there may be more.
        songs: None for one that the service itself cannot play.
    """

    songs: AsyncGenerator[Track | None]
    title: str | None = None
    count: int | None = None
    cut_off: bool = field(default=False)


class MusicService(Protocol):
    """One service."""

    async def read(self, link: ServiceLink) -> SongList:
        """What a link names; its first songs are known when this returns.

        Raises:
            MediaError: it is not there, or cannot be read. Also from the songs.
        """
        ...


def make_track(
    service: SourceKind,
    song_id: str,
    title: str,
    *,
    artists: Iterable[str],
    duration_s: float | None,
    page_url: str,
    thumbnail_url: str | None = None,
) -> Track | None:
    """A song as a track that is still to be matched; None if it has no title."""
    name = " ".join(title.split())[:_LONGEST]
    if not name or not song_id:
        return None
    by = ", ".join(" ".join(artist.split()) for artist in artists if artist.strip())[:_LONGEST]
    return Track(
        key=f"{service}:{song_id}",
        title=name,
        source=service,
        locator=page_url,
        page_url=page_url,
        duration_s=duration_s or None,
        artist=by or None,
        thumbnail_url=thumbnail_url,
        lazy=True,
    )


def unreadable(service: SourceKind, detail: str) -> MediaError:
    """The service answered with a shape that is not known here."""
    return MediaError(kind=MediaFailure.UNREADABLE, host=_HOSTS[service], detail=detail)


def not_there(service: SourceKind) -> MediaError:
    """The service has nothing by that link."""
    return MediaError(kind=MediaFailure.NOT_FOUND, host=_HOSTS[service])


def no_song(service: SourceKind) -> MediaError:
    """A link that names no track, album or playlist."""
    return MediaError(kind=MediaFailure.NO_SONG_LINK, host=_HOSTS[service])


async def each(songs: Sequence[Track | None]) -> AsyncGenerator[Track | None]:
    """Songs that are all there."""
    for song in songs:
        yield song
