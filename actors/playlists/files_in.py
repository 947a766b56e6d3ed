"""Playlist files that people bring, read into entries. Pure; hostile input is refused with a sentence.

JSON: what ``files_out`` writes, or any list of links or of objects with a title and a link, bare or under
``entries``, ``tracks`` or ``items``. M3U: extended or plain. An entry is a link of the web, or the name of a
file of the library (of a path only the last part counts); what is neither is left out and counted.

Nothing is fetched here and nothing is believed: a link is opened later, through the guard, like any other.
"""

import re
from collections.abc import Iterable
from typing import cast

import msgspec
from attrs import frozen

from actors.core.texts import Text, text
from actors.playlists.entries import ENTRY_LIMIT, LINK_LIMIT, Entry, plain
from media.direct import looks_like_url, parse_url, title_of
from media.errors import MediaError
from media.names import names_media, split_extension

MAX_BYTES = 1 << 20
_EXTINF = re.compile(r"#EXTINF:\s*(-?\d+(?:\.\d+)?)[^,]*,?(.*)", re.IGNORECASE)
_NAMED = re.compile(r"#(PLAYLIST|EXTART):(.*)", re.IGNORECASE)
_LONGEST_S = 1e7
_LISTS = ("entries", "tracks", "items")
_TITLES, _LINKS, _FILES = ("title", "name"), ("link", "url", "uri"), ("library", "file")
_LENGTHS = ("duration_s", "duration")
_SPOTIFY = "spotify:track:"
_HERE = "./"
"""Before what is surely a file's name, whatever it looks like."""


class BadFile(Exception):
    """A file that is no playlist; ``reason`` is for the person who brought it."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.key)
        self.reason = reason


@frozen(kw_only=True)
class Brought:
    """What a file lists.

    Attributes:
        name: what the file calls itself.
        left_out: entries that are neither a link nor the name of a file.
        beyond: entries behind the most that a playlist holds.
    """

    entries: tuple[Entry, ...]
    name: str | None = None
    left_out: int = 0
    beyond: int = 0


def parse_file(content: bytes) -> Brought:
    """Read a playlist file.

    Raises:
        BadFile: it is none of the kinds, or nothing in it can be played.
    """
    words = _decode(content)
    start = words.lstrip()[:1]
    if not words.strip() or start == "<" or "\x00" in words:
        raise BadFile(text("playlists.file.no_playlist"))
    if "#ext-x-" in words.lower():
        raise BadFile(text("playlists.file.stream"))
    name, found = _parse_json(words) if start in {"{", "["} else _parse_m3u(words)
    entries = [entry for entry in found if entry is not None]
    if not entries:
        raise BadFile(text("playlists.file.nothing"))
    kept = tuple(entries[:ENTRY_LIMIT])
    return Brought(
        entries=kept,
        name=name and (plain(name) or None),
        left_out=len(found) - len(entries),
        beyond=len(entries) - len(kept),
    )


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _parse_m3u(words: str) -> tuple[str | None, list[Entry | None]]:
    name: str | None = None
    artist, title, length_s = "", "", 0.0
    found: list[Entry | None] = []
    for line in filter(None, (line.strip() for line in re.split(r"\r\n|\r|\n", words))):
        told, named = _EXTINF.match(line), _NAMED.match(line)
        if told is not None:
            title, length_s = told[2], float(told[1][:12])
        elif named is not None and named[1].upper() == "PLAYLIST":
            name = named[2]
        elif named is not None:
            artist = named[2]
        elif not line.startswith("#"):
            found.append(_entry(line, title, artist, length_s))
            artist, title, length_s = "", "", 0.0
    return name, found


def _parse_json(words: str) -> tuple[str | None, list[Entry | None]]:
    try:
        whole = msgspec.json.decode(words)
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise BadFile(text("playlists.file.broken")) from error
    if isinstance(whole, list):
        return None, [_from_json(item) for item in cast("list[object]", whole)]
    fields = cast("dict[str, object]", whole)
    lists = (fields[name] for name in _LISTS if isinstance(fields.get(name), list))
    items = cast("list[object] | None", next(lists, None))
    if items is None:
        raise BadFile(text("playlists.file.no_list"))
    return _first_text(fields, _TITLES) or None, [_from_json(item) for item in items]


def _from_json(item: object) -> Entry | None:
    if isinstance(item, str):
        return _entry(item, "", "", 0.0)
    if not isinstance(item, dict):
        return None
    fields = cast("dict[str, object]", item)
    file = _first_text(fields, _FILES)
    place = _first_text(fields, _LINKS) or (f"{_HERE}{file}" if file else "")
    lengths = (fields[name] for name in _LENGTHS if isinstance(fields.get(name), int | float))
    length_s = cast("float", next(lengths, 0.0))
    return _entry(place, _first_text(fields, _TITLES), _first_text(fields, ("artist",)), length_s)


def _first_text(fields: dict[str, object], names: Iterable[str]) -> str:
    values = (fields.get(name) for name in names)
    return next((value for value in values if isinstance(value, str) and value.strip()), "")


def _entry(place: str, title: str, artist: str, length_s: float) -> Entry | None:
    """An entry, or ``None`` where ``place`` is nothing that can be played."""
    place = place.strip()
    if place.lower().startswith(_SPOTIFY):
        place = "https://open.spotify.com/track/" + place[len(_SPOTIFY) :]
    link = library = None
    if looks_like_url(place):
        link = _link(place)
        shown = title_of(link.partition("?")[0]) if link else ""
    else:
        library = _file_name(place)
        shown = split_extension(library)[0] if library else ""
    if link is None and library is None:
        return None
    return Entry(
        title=plain(title) or plain(shown) or plain(link or "") or "?",
        artist=plain(artist) or None,
        link=link,
        duration_s=float(length_s) if 0 < length_s < _LONGEST_S else None,
        library=library,
    )


def _link(place: str) -> str | None:
    try:
        parse_url(place)
    except MediaError:
        return None
    return place if len(place) <= LINK_LIMIT and place.isprintable() else None


def _file_name(place: str) -> str | None:
    """The last part of a path, if it is a file's name or looks like that of a medium."""
    name = plain(re.split(r"[/\\]", place)[-1], 255)
    is_file = place.startswith(_HERE) or names_media(f"http://x/{name}")
    return name if name and is_file else None
