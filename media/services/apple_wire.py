"""What Apple's public look-up and pages say, read into tracks. Pure.

The look-up (made for shop links) names songs and albums with artists and lengths. Playlists are only on
pages: in the state that the page's own program reads (``serialized-server-data``), or as JSON-LD, which names
fewer things.
"""

from typing import Any, cast

import msgspec
from attrs import frozen

from media.services.pages import linked_data, parse_duration, script_json, walk
from media.services.songs import make_track, not_there, unreadable
from media.tracks import SourceKind, Track

_SERVICE = SourceKind.APPLE_MUSIC


@frozen(kw_only=True)
class AppleList:
    """Songs, and what they are called together."""

    title: str
    songs: tuple[Track | None, ...]

    def only(self, song_id: str) -> Track:
        """The song with this id among them.

        Raises:
            MediaError: ``NOT_FOUND``: there are only others, such as what else the page recommends.
        """
        for song in self.songs:
            if song is not None and song.key == f"{_SERVICE}:{song_id}":
                return song
        raise not_there(_SERVICE)


class _Result(msgspec.Struct, rename="camel"):
    wrapper_type: str = ""
    kind: str = ""
    track_id: int = 0
    track_name: str = ""
    artist_name: str = ""
    collection_name: str = ""
    track_time_millis: float = 0
    track_view_url: str = ""
    artwork_url100: str = msgspec.field(name="artworkUrl100", default="")
    is_streamable: bool = True


class _Lookup(msgspec.Struct):
    results: list[_Result]


def parse_lookup(data: bytes) -> AppleList:
    """What the look-up found: an album with its songs, or one song.

    Raises:
        MediaError: ``NOT_FOUND``, or it cannot be read.
    """
    try:
        results = msgspec.json.decode(data, type=_Lookup, strict=False).results
    except msgspec.MsgspecError as error:
        raise unreadable(_SERVICE, str(error)) from error
    songs = [_of_result(result) for result in results if result.wrapper_type == "track"]
    if not songs:
        raise not_there(_SERVICE)
    names = [result.collection_name for result in results if result.wrapper_type == "collection"]
    return AppleList(title=names[0] if names else "", songs=tuple(songs))


def _of_result(result: _Result) -> Track | None:
    if result.kind != "song" or not result.is_streamable:
        return None
    return make_track(
        _SERVICE,
        str(result.track_id) if result.track_id > 0 else "",
        result.track_name,
        artists=[result.artist_name],
        duration_s=result.track_time_millis / 1000,
        page_url=result.track_view_url or f"https://music.apple.com/song/{result.track_id}",
        thumbnail_url=result.artwork_url100 or None,
    )


def parse_page(html: str) -> AppleList:
    """The songs of a page, by whichever of its two ways says more.

    Raises:
        MediaError: it names none.
    """
    found = _of_state(script_json(html, "serialized-server-data"))
    described = _of_linked_data(linked_data(html))
    songs = found or (described.songs if described is not None else ())
    if not songs:
        raise unreadable(_SERVICE, "a page without songs")
    return AppleList(title=described.title if described is not None else "", songs=songs)


def _of_state(state: Any) -> tuple[Track | None, ...]:
    """Every row of a list of tracks."""
    songs: list[Track | None] = []
    for section in walk(state):
        if section.get("itemKind") == "trackLockup" and isinstance(section.get("items"), list):
            items = cast("list[Any]", section["items"])
            songs += [_of_row(cast("dict[str, Any]", row)) for row in items if isinstance(row, dict)]
    return tuple(songs)


def _of_row(row: dict[str, Any]) -> Track | None:
    parts = list(walk(row))
    named = next((str(part["storeAdamID"]) for part in parts if _is_id(part.get("storeAdamID"))), "")
    urls = [_text(part.get("url")) for part in parts]
    song_id = named or _text(row.get("id")).rpartition(" ")[2]
    length = row.get("duration")
    return make_track(
        _SERVICE,
        song_id,
        _text(row.get("title")),
        artists=[_text(row.get("artistName")) or _joined(row.get("subtitleLinks"))],
        duration_s=length / 1000 if isinstance(length, int | float) and length > 0 else None,
        page_url=next((url for url in urls if url.startswith("http")), "")
        or f"https://music.apple.com/song/{song_id}",
    )


def _of_linked_data(found: list[dict[str, Any]]) -> AppleList | None:
    for item in found:
        kind = item.get("@type")
        if kind not in {"MusicPlaylist", "MusicAlbum", "MusicComposition", "MusicRecording"}:
            continue
        is_list = kind in {"MusicPlaylist", "MusicAlbum"}
        rows: object = item.get("track") or item.get("tracks") if is_list else item
        by = _artist(item)
        songs = [
            _of_recording(cast("dict[str, Any]", row), by)
            for row in cast("list[Any]", rows if isinstance(rows, list) else [rows])
            if isinstance(row, dict)
        ]
        return AppleList(title=_text(item.get("name")), songs=tuple(songs))
    return None


def _of_recording(row: dict[str, Any], by: str) -> Track | None:
    inner = cast("dict[str, Any]", row.get("audio")) if isinstance(row.get("audio"), dict) else {}
    url = _text(row.get("url"))
    return make_track(
        _SERVICE,
        url.rstrip("/").rpartition("/")[2].rpartition("=")[2],
        _text(row.get("name")),
        artists=[_artist(row) or _artist(inner) or by],
        duration_s=parse_duration(row.get("duration")) or parse_duration(inner.get("duration")),
        page_url=url,
    )


def _artist(item: dict[str, Any]) -> str:
    by = item.get("byArtist")
    rows = cast("list[Any]", by if isinstance(by, list) else [by])
    names = [_text(cast("dict[str, Any]", row).get("name")) for row in rows if isinstance(row, dict)]
    return ", ".join(name for name in names if name)


def _joined(links: object) -> str:
    rows = cast("list[Any]", links) if isinstance(links, list) else []
    return ", ".join(_text(cast("dict[str, Any]", row).get("title")) for row in rows if isinstance(row, dict))


def _is_id(value: object) -> bool:
    return isinstance(value, str | int) and str(value).isdecimal()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
