"""Playlist files: what M3U, PLS, XSPF and ASX list. Pure; hostile input gives fewer entries, never an error.

HLS looks like M3U and is none: its segments are one medium, which the demuxer reads itself. Links that the
guard has marked on their way in (`media.guarded_urls`) are given back as they were.

Source: RFC 8216 section 4.3 for what makes an M3U an HLS playlist; PLS, ASX and extended M3U as players write
them; XSPF version 1.
"""

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

from attrs import frozen

from media.plain_urls import to_plain

MOST_ENTRIES = 1000
MOST_MIRRORS = 10
_NAMES = re.compile(r"\.(m3u|m3u8|pls|xspf|asx|wax)$", re.IGNORECASE)
_WHOLE_LINK = re.compile(r"https?://\S+$", re.IGNORECASE)
_EXTINF = re.compile(r"#EXTINF:\s*(-?\d+(?:\.\d+)?)[^,]*,?(.*)", re.IGNORECASE)
_PLS = re.compile(r"(File|Title|Length)(\d{1,4})\s*=\s*(.*)", re.IGNORECASE)
_ASX = re.compile(r"<ref\s[^>]*href\s*=\s*[\"']([^\"']+)[\"']", re.IGNORECASE)
_XSPF_TRACK = re.compile(r"<track>(.*?)</track>", re.IGNORECASE | re.DOTALL)
_XSPF_FIELD = r"<{0}>\s*(.*?)\s*</{0}>"


@frozen(kw_only=True)
class ListedEntry:
    """One line.

    Attributes:
        url: absolute, http or https.
        duration_s: None where none is told; what is endless tells none.
    """

    url: str
    title: str | None = None
    duration_s: float | None = None


@frozen(kw_only=True)
class Listed:
    """What a playlist file lists."""

    entries: tuple[ListedEntry, ...]
    title: str | None = None

    @property
    def may_be_radio(self) -> bool:
        """Few entries without a length may be the addresses of one radio."""
        return len(self.entries) <= MOST_MIRRORS and not any(entry.duration_s for entry in self.entries)


def names_playlist(url: str) -> bool:
    """Whether a URL's path ends like a playlist file."""
    return _NAMES.search(urlsplit(url).path) is not None


def parse_playlist(data: bytes, base: str) -> Listed | None:
    """Read a playlist file. Without any mark of its kind, only lines that are whole links count.

    Args:
        data: the whole file.
        base: where it came from; its relative links count from there.

    Returns:
        None if it is none of the kinds, or HLS.
    """
    text = _decode(data)
    start = text.lstrip()[:400].lower()
    if "#ext-x-" in text.lower():
        return None
    if start.startswith("[playlist]"):
        entries = _parse_pls(text)
    elif start.startswith("<asx"):
        entries = [ListedEntry(url=unescape(url)) for url in _ASX.findall(text)]
    elif "<playlist" in start and "xspf" in start:
        entries = _parse_xspf(text)
    elif start.startswith("<") or "\x00" in start:
        return None
    else:
        entries = _parse_m3u(text)
    whole = [found for entry in entries[:MOST_ENTRIES] if (found := _absolute(entry, base)) is not None]
    return Listed(entries=tuple(whole)) if whole else None


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _parse_m3u(text: str) -> list[ListedEntry]:
    found: list[ListedEntry] = []
    title, duration_s = None, None
    is_marked = text.lstrip().lower().startswith("#extm3u")
    for line in (line.strip() for line in text.splitlines()):
        match = _EXTINF.match(line)
        if match is not None:
            duration_s, title = _length(match[1]), match[2].strip() or None
        elif (is_marked and line and not line.startswith("#")) or _WHOLE_LINK.match(line):
            found.append(ListedEntry(url=line, title=title, duration_s=duration_s))
            title, duration_s = None, None
    return found


def _parse_pls(text: str) -> list[ListedEntry]:
    fields: dict[int, dict[str, str]] = {}
    for line in text.splitlines():
        match = _PLS.fullmatch(line.strip())
        if match is not None:
            fields.setdefault(int(match[2]), {})[match[1].lower()] = match[3].strip()
    return [
        ListedEntry(
            url=entry["file"], title=entry.get("title") or None, duration_s=_length(entry.get("length", ""))
        )
        for _, entry in sorted(fields.items())
        if "file" in entry
    ]


def _parse_xspf(text: str) -> list[ListedEntry]:
    found: list[ListedEntry] = []
    for track in _XSPF_TRACK.findall(text):
        fields = {
            name: re.search(_XSPF_FIELD.format(name), track, re.IGNORECASE | re.DOTALL)
            for name in ("location", "title", "duration")
        }
        values = {name: unescape(match[1]) for name, match in fields.items() if match is not None}
        milliseconds = _length(values.get("duration", ""))
        found.append(
            ListedEntry(
                url=values.get("location", ""),
                title=values.get("title") or None,
                duration_s=milliseconds / 1000 if milliseconds else None,
            )
        )
    return found


def _length(text: str) -> float | None:
    try:
        length = float(text)
    except ValueError:
        return None
    return length if 0 < length < 1e9 else None


def _absolute(entry: ListedEntry, base: str) -> ListedEntry | None:
    """An entry with its whole link; None for links that are none of the web's."""
    try:
        url = to_plain(urljoin(base, entry.url))
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            return None
    except ValueError:
        return None
    title = entry.title and " ".join(unescape(entry.title).split())[:300]
    return ListedEntry(url=url, title=title or None, duration_s=entry.duration_s)
