"""Playlists as files that people take along: JSON or extended M3U. Pure; ``files_in`` reads both back.

What the player keeps for itself does not leave: a title, a link or a library name, and a length do.
"""

import msgspec
from attrs import frozen

from actors.playlists.entries import Entry, plain
from actors.playlists.messages import Form
from media.names import sanitize

_SUFFIXES = {Form.JSON: ".json", Form.M3U: ".m3u8"}


@frozen(kw_only=True)
class _Listed:
    title: str
    artist: str | None
    link: str | None
    library: str | None
    duration_s: float | None


@frozen(kw_only=True)
class _File:
    name: str
    entries: list[_Listed]


def file_name(name: str, form: Form) -> str:
    """What the file is called."""
    return sanitize(name)[:80].rstrip(". ") + _SUFFIXES[form]


def print_file(name: str, entries: list[Entry], form: Form) -> bytes:
    """The whole file, UTF-8."""
    return _print_json(name, entries) if form is Form.JSON else _print_m3u(name, entries)


def _print_json(name: str, entries: list[Entry]) -> bytes:
    listed = [
        _Listed(
            title=entry.title,
            artist=entry.artist,
            link=entry.link,
            library=entry.library,
            duration_s=entry.duration_s,
        )
        for entry in entries
    ]
    return msgspec.json.format(msgspec.json.encode(_File(name=name, entries=listed)), indent=2)


def _print_m3u(name: str, entries: list[Entry]) -> bytes:
    lines = ["#EXTM3U", f"#PLAYLIST:{plain(name)}"]
    for entry in entries:
        length = "-1" if entry.duration_s is None else f"{entry.duration_s:.3f}".rstrip("0").rstrip(".")
        lines.append(f"#EXTINF:{length},{plain(entry.title)}")
        if entry.artist:
            lines.append(f"#EXTART:{plain(entry.artist)}")
        lines.append(entry.link or f"./{entry.library or ''}")
    return ("\n".join(lines) + "\n").encode()
