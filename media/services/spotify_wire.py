"""What Spotify's pages and interface say, read into tracks. Pure.

Without credentials there are two pages: the embedded player (``/embed/…``), whose state names title, artists
and length of up to `EMBED_MOST` songs, and the ordinary page, whose meta fields (Open Graph) name a single
song, or only the addresses of a list's songs. The official interface names everything.

Source for the interface: Spotify Web API, "Get Playlist Items", "Get Album Tracks", and its migration guide
of February 2026.

Raises `MediaError` (``UNREADABLE``, ``NOT_FOUND``) for everything it does not know.
"""

from typing import Any, TypeVar, cast

import msgspec
from attrs import frozen

from media.errors import MediaError
from media.services.links import Kind, ServiceLink, parse_service_link
from media.services.pages import metas, script_json
from media.services.songs import make_track, not_there, unreadable
from media.tracks import SourceKind, Track

EMBED_MOST = 100
WEB = "https://open.spotify.com"
_SERVICE = SourceKind.SPOTIFY
_T = TypeVar("_T")


@frozen(kw_only=True)
class EmbedList:
    """An album or playlist as the embedded player shows it."""

    title: str
    songs: tuple[Track | None, ...]


@frozen(kw_only=True)
class Pages:
    """One page of the official interface, and where the next one is."""

    songs: tuple[Track | None, ...]
    total: int | None = None
    next_url: str | None = None


class _Artist(msgspec.Struct):
    name: str = ""


class _Image(msgspec.Struct):
    url: str = ""


class _Images(msgspec.Struct):
    image: list[_Image] = []


class _EmbedTrack(msgspec.Struct, rename="camel"):
    uri: str = ""
    title: str = ""
    subtitle: str = ""
    duration: float = 0
    is_playable: bool = True


class _Entity(msgspec.Struct, rename="camel"):
    type: str = ""
    id: str = ""
    name: str = ""
    title: str = ""
    artists: list[_Artist] = []
    duration: float = 0
    is_playable: bool = True
    visual_identity: _Images | None = None
    track_list: list[_EmbedTrack] | None = None


class _ApiAlbum(msgspec.Struct):
    images: list[_Image] = []


class _ApiTrack(msgspec.Struct):
    id: str | None = None
    name: str = ""
    type: str = "track"
    artists: list[_Artist] = []
    duration_ms: float = 0
    is_local: bool = False
    album: _ApiAlbum | None = None


class _ApiItem(msgspec.Struct):
    item: _ApiTrack | None = None
    track: _ApiTrack | None = None
    """What ``item`` was called until February 2026; both may be there."""

    @property
    def song(self) -> Track | None:
        named = self.item or self.track
        return None if named is None else _of_api(named)


class _ApiItems(msgspec.Struct):
    items: list[_ApiItem]
    total: int | None = None
    next: str | None = None


class _ApiTracks(msgspec.Struct):
    items: list[_ApiTrack]
    total: int | None = None
    next: str | None = None


class _ApiName(msgspec.Struct):
    name: str


class _ApiToken(msgspec.Struct):
    access_token: str
    expires_in: float = 3600


def parse_embed_track(html: str) -> Track:
    """The song of an embedded player.

    Raises:
        MediaError: there is none.
    """
    entity = _entity(html)
    image = entity.visual_identity.image if entity.visual_identity is not None else []
    artists = [artist.name for artist in entity.artists]
    song = _song(
        entity.id, entity.name or entity.title, artists, entity.duration, image[0].url if image else None
    )
    if entity.type != "track" or song is None:
        raise unreadable(_SERVICE, "an embedded player without a song")
    return song


def parse_embed_list(html: str) -> EmbedList:
    """The album or playlist of an embedded player, `EMBED_MOST` songs at most.

    Raises:
        MediaError: there is none.
    """
    entity = _entity(html)
    if entity.track_list is None:
        raise unreadable(_SERVICE, "an embedded player without a list")
    songs = [_embedded(track) for track in entity.track_list]
    return EmbedList(title=entity.name or entity.title, songs=tuple(songs))


def _entity(html: str) -> _Entity:
    state = script_json(html, "__NEXT_DATA__")
    properties = _at(state, "props", "pageProps")
    if _at(properties, "status") == 404:
        raise not_there(_SERVICE)
    found = _at(properties, "state", "data", "entity")
    if found is None:
        raise unreadable(_SERVICE, "an embedded player without state")
    return _convert(found, _Entity)


def _embedded(track: _EmbedTrack) -> Track | None:
    if not track.uri.startswith("spotify:track:") or not track.is_playable:
        return None
    return _song(track.uri.rpartition(":")[2], track.title, track.subtitle.split(","), track.duration)


def parse_page_track(html: str, link: ServiceLink) -> Track:
    """The song of an ordinary page.

    Raises:
        MediaError: its meta fields name none.
    """
    found = {name: values[0] for name, values in metas(html).items()}
    seconds = found.get("music:duration", "")
    by = found.get("music:musician_description") or found.get("og:description", "").partition(" · ")[0]
    song = _song(
        link.id,
        found.get("og:title", ""),
        by.split(","),
        1000.0 * int(seconds) if seconds.isascii() and seconds.isdecimal() else 0.0,
        found.get("og:image"),
    )
    if song is None or found.get("og:type") != "music.song":
        raise unreadable(_SERVICE, "a page without a song")
    return song


def parse_page_list(html: str) -> tuple[str, tuple[ServiceLink, ...], int | None]:
    """The name of an ordinary page's list, links to its songs, and how many it says it has.

    Raises:
        MediaError: its meta fields name none.
    """
    found = metas(html)
    links = [parse_service_link(url) for url in found.get("music:song", [])]
    songs = [link for link in links if isinstance(link, ServiceLink) and link.kind is Kind.TRACK]
    if not songs:
        raise unreadable(_SERVICE, "a page without a list")
    count = found.get("music:song_count", [""])[0]
    total = int(count) if count.isascii() and count.isdecimal() and len(count) < 9 else None
    return found.get("og:title", [""])[0], tuple(songs), total


def parse_token(data: bytes) -> tuple[str, float]:
    """An access token and for how many seconds it is good."""
    token = _decode(data, _ApiToken)
    return token.access_token, token.expires_in


def parse_api_name(data: bytes) -> str:
    """What an album or playlist is called."""
    return _decode(data, _ApiName).name


def parse_api_track(data: bytes) -> Track:
    """One song."""
    song = _of_api(_decode(data, _ApiTrack))
    if song is None:
        raise unreadable(_SERVICE, "no song")
    return song


def parse_api_album(data: bytes) -> Pages:
    """A page of an album's songs."""
    page = _decode(data, _ApiTracks)
    return Pages(songs=tuple(_of_api(track) for track in page.items), total=page.total, next_url=page.next)


def parse_api_playlist(data: bytes) -> Pages:
    """A page of a playlist's songs; what is no song (podcasts, local files, gone) is None."""
    page = _decode(data, _ApiItems)
    return Pages(songs=tuple(item.song for item in page.items), total=page.total, next_url=page.next)


def _of_api(track: _ApiTrack) -> Track | None:
    if track.is_local or track.type != "track" or not track.id:
        return None
    images = track.album.images if track.album is not None else []
    artists = [artist.name for artist in track.artists]
    return _song(track.id, track.name, artists, track.duration_ms, images[0].url if images else None)


def _song(
    song_id: str, title: str, artists: list[str], milliseconds: float, image: str | None = None
) -> Track | None:
    return make_track(
        _SERVICE,
        song_id,
        title,
        artists=[artist.replace("\u00a0", " ") for artist in artists],
        duration_s=milliseconds / 1000,
        page_url=f"{WEB}/track/{song_id}",
        thumbnail_url=image or None,
    )


def _at(value: Any, *path: str) -> Any:
    for name in path:
        value = cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None
    return value


def _convert(value: Any, kind: type[_T]) -> _T:
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise unreadable(_SERVICE, str(error)) from error


def _decode(data: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(data, type=kind, strict=False)
    except msgspec.MsgspecError as error:
        raise _unreadable_data(error) from error


def _unreadable_data(error: Exception) -> MediaError:
    return unreadable(_SERVICE, f"the interface: {error}")
