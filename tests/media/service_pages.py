"""Answers of music services in the shapes that they have, written by us, with what is broken in them."""

import json
from collections.abc import Sequence
from typing import Any

TRACK = "4cOdK2wGLETKBW3PvgPWqT"
OTHER = "7GhIk7Il098yCjg4BQjzvb"
GONE = "0000000000000000000000"


def page_with_state(entity: object, status: int = 200) -> str:
    data: dict[str, Any] = {"props": {"pageProps": {"status": status, "state": {"data": {"entity": entity}}}}}
    return (
        '<!DOCTYPE html><html><head><script>var a = "</not a script>";</script></head><body>'
        f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(data)}</script></body></html>'
    )


def embed_track(song_id: str = TRACK, **more: object) -> str:
    entity: dict[str, object] = {
        "type": "track",
        "name": "Never Gonna Give You Up",
        "uri": f"spotify:track:{song_id}",
        "id": song_id,
        "artists": [{"name": "Rick Astley", "uri": "spotify:artist:x"}],
        "duration": 213573,
        "isPlayable": True,
        "visualIdentity": {"image": [{"url": "https://i.scdn.co/image/a", "maxWidth": 300}]},
    }
    return page_with_state(entity | more)


def embed_list(rows: Sequence[dict[str, object]], title: str = "Songs") -> str:
    return page_with_state({"type": "playlist", "name": title, "id": "x", "trackList": list(rows)})


def embed_row(song_id: str, title: str, **more: object) -> dict[str, object]:
    row: dict[str, object] = {
        "uri": f"spotify:track:{song_id}",
        "title": title,
        "subtitle": "First,\u00a0Second",
        "duration": 200000,
        "isPlayable": True,
    }
    return row | more


def graph_track(title: str = "Song &amp; Dance") -> str:
    return (
        f'<html><head><meta property="og:title" content="{title}"/>'
        '<meta property="og:type" content="music.song">'
        '<meta property="og:description" content="Some One · Album · Song · 2019">'
        '<meta property="og:image" content="https://i.scdn.co/image/b">'
        '<meta name="music:duration" content="200"/></head></html>'
    )


def graph_list(ids: Sequence[str], count: int) -> str:
    songs = "".join(
        f'<meta name="music:song" content="https://open.spotify.com/track/{one}"/>' for one in ids
    )
    told = f'<meta name="music:song_count" content="{count}"/>'
    return f'<meta property="og:title" content="A list"/>{told}{songs}'


def api_track(song_id: str, name: str, **more: object) -> dict[str, object]:
    row: dict[str, object] = {
        "id": song_id,
        "name": name,
        "type": "track",
        "artists": [{"name": "A"}, {"name": "B"}],
        "duration_ms": 180000,
        "album": {"images": [{"url": "https://i.scdn.co/c", "width": 640}]},
    }
    return row | more


def deezer_song(song_id: int, title: str, **more: object) -> dict[str, object]:
    row: dict[str, object] = {
        "id": song_id,
        "readable": True,
        "title": title,
        "duration": 224,
        "artist": {"name": "Daft Punk"},
        "album": {"title": "Discovery", "cover_big": "https://e-cdns.test/c.jpg"},
        "type": "track",
    }
    return row | more


def apple_song(song_id: int, name: str, **more: object) -> dict[str, object]:
    row: dict[str, object] = {
        "wrapperType": "track",
        "kind": "song",
        "trackId": song_id,
        "trackName": name,
        "artistName": "Adele",
        "trackTimeMillis": 295502,
        "trackViewUrl": f"https://music.apple.com/us/album/x/1?i={song_id}",
        "artworkUrl100": "https://is1.test/100.jpg",
        "isStreamable": True,
    }
    return row | more


def apple_page(rows: Sequence[tuple[int, str]], title: str = "A list") -> str:
    items = [
        {
            "id": f"track-lockup - pl.x - {song_id}",
            "title": name,
            "artistName": "Adele",
            "duration": 295000,
            "contentDescriptor": {
                "kind": "song",
                "identifiers": {"storeAdamID": str(song_id)},
                "url": f"https://music.apple.com/us/song/x/{song_id}",
            },
        }
        for song_id, name in rows
    ]
    state = [
        {
            "intent": {},
            "data": {"sections": [{"itemKind": "other"}, {"itemKind": "trackLockup", "items": items}]},
        }
    ]
    described: dict[str, object] = {"@type": "MusicPlaylist", "name": title, "track": []}
    return (
        f'<script id="schema:music-playlist" type="application/ld+json">{json.dumps(described)}</script>'
        f'<script type="application/json" id="serialized-server-data">{json.dumps(state)}</script>'
    )


def apple_described(rows: Sequence[tuple[int, str]]) -> str:
    described = {
        "@context": "http://schema.org",
        "@type": "MusicAlbum",
        "name": "An album",
        "byArtist": [{"@type": "MusicGroup", "name": "Adele"}],
        "tracks": [
            {
                "@type": "MusicRecording",
                "name": name,
                "duration": "PT3M20S",
                "url": f"https://music.apple.com/us/song/x/{song_id}",
            }
            for song_id, name in rows
        ],
    }
    return f'<script type="application/ld+json">{json.dumps(described)}</script>'
