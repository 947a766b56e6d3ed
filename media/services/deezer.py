"""Deezer: songs, albums and playlists by its public interface, which needs no credentials.

Long lists come in pages, fetched as they are asked for. The interface answers 200 also for errors and says so
in the body.

Source: developers.deezer.com, "Deezer API", errors (code 4: quota, 800: no data).
"""

from collections.abc import AsyncGenerator
from typing import TypeVar

import msgspec
from attrs import define

from media.errors import MediaError, MediaFailure
from media.services.links import Kind, ServiceLink
from media.services.songs import ServiceBases, SongList, each, make_track, no_song, not_there, unreadable
from media.services.web import ServiceWeb
from media.tracks import SourceKind, Track

PAGE = 100
_SERVICE = SourceKind.DEEZER
_QUOTA, _NO_DATA = 4, 800
_T = TypeVar("_T", bound="_Answer")


class _Error(msgspec.Struct):
    code: int = 0
    message: str = ""


class _Answer(msgspec.Struct):
    error: _Error | None = None


class _Artist(msgspec.Struct):
    name: str = ""


class _Album(msgspec.Struct):
    cover_big: str | None = None


class _Song(_Answer):
    id: int = 0
    title: str = ""
    duration: float = 0
    readable: bool = True
    artist: _Artist | None = None
    contributors: list[_Artist] = []
    album: _Album | None = None


class _Songs(_Answer):
    data: list[_Song] = []
    total: int | None = None
    next: str | None = None


class _About(_Answer):
    title: str = ""
    nb_tracks: int | None = None


def parse_song(data: bytes) -> Track:
    """One song.

    Raises:
        MediaError: what the interface says, or it cannot be read.
    """
    song = _to_track(_decode(data, _Song))
    if song is None:
        raise unreadable(_SERVICE, "no song")
    return song


def parse_about(data: bytes) -> tuple[str, int | None]:
    """What an album or playlist is called, and how many songs it has."""
    about = _decode(data, _About)
    return about.title, about.nb_tracks


def parse_songs(data: bytes) -> tuple[tuple[Track | None, ...], bool]:
    """A page of songs, None for what Deezer itself does not play; whether another page follows."""
    page = _decode(data, _Songs)
    songs = [_to_track(song) if song.readable else None for song in page.data]
    return tuple(songs), page.next is not None and bool(page.data)


def _to_track(song: _Song) -> Track | None:
    names = [artist.name for artist in song.contributors] or ([song.artist.name] if song.artist else [])
    return make_track(
        _SERVICE,
        str(song.id) if song.id > 0 else "",
        song.title,
        artists=dict.fromkeys(names),
        duration_s=song.duration,
        page_url=f"https://www.deezer.com/track/{song.id}",
        thumbnail_url=song.album.cover_big if song.album is not None else None,
    )


def _decode(data: bytes, kind: type[_T]) -> _T:
    try:
        answer = msgspec.json.decode(data, type=kind, strict=False)
    except msgspec.MsgspecError as error:
        raise unreadable(_SERVICE, str(error)) from error
    if answer.error is None:
        return answer
    if answer.error.code == _NO_DATA:
        raise not_there(_SERVICE)
    if answer.error.code == _QUOTA:
        raise MediaError(kind=MediaFailure.RATE_LIMIT, host="Deezer")
    raise unreadable(_SERVICE, f"error {answer.error.code}")


@define(eq=False)
class Deezer:
    """A `MusicService`."""

    web: ServiceWeb
    bases: ServiceBases

    async def read(self, link: ServiceLink) -> SongList:
        """What a link names.

        Raises:
            MediaError: it is not there, or cannot be read.
        """
        if link.kind is Kind.OTHER:
            raise no_song(_SERVICE)
        url = f"{self.bases.deezer_api}/{link.kind}/{link.id}"
        if link.kind is Kind.TRACK:
            return SongList(songs=each([parse_song(await self._get(url))]), count=1)
        title, count = parse_about(await self._get(url))
        first, goes_on = parse_songs(await self._get(f"{url}/tracks?index=0&limit={PAGE}"))

        async def songs() -> AsyncGenerator[Track | None]:
            page, more, index = first, goes_on, 0
            while True:
                for song in page:
                    yield song
                if not more:
                    return
                index += PAGE
                page, more = parse_songs(await self._get(f"{url}/tracks?index={index}&limit={PAGE}"))

        return SongList(title=title, count=count, songs=songs())

    async def _get(self, url: str) -> bytes:
        return (await self.web.get(url)).encode()
