"""yt-dlp's info dictionaries → our values. Pure; trusts no field to be there or of its type.

The sound is chosen here and not by yt-dlp, since what is good for us is what PyAV can open and Discord can
play: one address over HTTP or HLS, the original language, without pictures if possible, Opus before
others (it passes through untouched).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from media.extractor.values import Entry, Extracted, Sound

Info = Mapping[str, Any]

LONGEST_TEXT = 500  # characters
LONGEST_URL = 8000
_PLAYABLE = frozenset({"http", "https", "m3u8", "m3u8_native"})
_ENOUGH_LINES = 360  # of picture: from here on sites send their good sound
_EXPIRY_NAMES = ("expire", "expires", "Expires", "exp", "e")
_EXPIRY_IN_PATH = re.compile(r"/expire/(\d{10})(?:/|$)")
_PLAUSIBLE = range(1_600_000_000, 5_000_000_000)  # Unix seconds
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_GONE_TITLES = frozenset({"[private video]", "[deleted video]", "[unavailable]"})
_LISTS = frozenset({"YoutubeTab", "YoutubePlaylist"})


def to_extracted(info: Info) -> Extracted | None:
    """A processed video; None if there is no sound that can be opened."""
    sound = choose_sound(info)
    page = url(info, "webpage_url") or url(info, "original_url")
    if sound is None or page is None:
        return None
    live = info.get("is_live") is True or info.get("live_status") == "is_live"
    return Extracted(
        id=text(info, "id") or page,
        extractor=(text(info, "extractor_key") or "generic").lower(),
        title=text(info, "title") or page,
        page_url=page,
        sound=sound,
        uploader=text(info, "channel") or text(info, "uploader"),
        artist=text(info, "artist") or first_text(info, "artists"),
        track=text(info, "track"),
        duration_s=None if live else number(info, "duration"),
        live=live,
        thumbnail_url=url(info, "thumbnail"),
    )


def to_entry(info: Info) -> Entry | None:
    """A flat entry of a list; None if it leads nowhere."""
    link = entry_url(info)
    if link is None:
        return None
    title = text(info, "title")
    return Entry(
        id=text(info, "id") or link,
        extractor=(text(info, "ie_key") or text(info, "extractor_key") or "generic").lower(),
        title=title or link,
        url=link,
        uploader=text(info, "channel") or text(info, "uploader"),
        duration_s=number(info, "duration"),
        live=info.get("live_status") == "is_live" or info.get("is_live") is True,
        available=(title or "").lower() not in _GONE_TITLES and info.get("availability") != "private",
        thumbnail_url=url(info, "thumbnail") or best_thumbnail(info),
    )


def entry_url(info: Info) -> str | None:
    """Where to look at an entry: its own page, else its sound."""
    if text(info, "_type") in {"url", "url_transparent"}:
        link = url(info, "url")
        identity = text(info, "id") or text(info, "url")
        if link is None and info.get("ie_key") == "Youtube" and identity:
            return f"https://www.youtube.com/watch?v={identity}"
        return link
    sound = choose_sound(info)
    return url(info, "webpage_url") or (None if sound is None else sound.url)


def is_list(info: Info) -> bool:
    """Whether an entry is a list itself, such as a tab of a channel."""
    return text(info, "ie_key") in _LISTS or text(info, "_type") in {"playlist", "multi_video"}


def choose_sound(info: Info) -> Sound | None:
    """The best way to the sound of a video; None if there is none for us."""
    formats = [one for one in formats_of(info) if is_playable(one)]
    if not formats:
        return None
    # yt-dlp sorts them from worst to best, so the place decides last.
    best = max(enumerate(formats), key=lambda pair: (worth(pair[1]), pair[0]))[1]
    link = url(best, "url")
    assert link is not None
    codec = text(best, "acodec") or ""
    return Sound(
        url=link,
        headers=tuple(headers_of(best)) or tuple(headers_of(info)),
        codec="" if codec == "none" else codec,
        container=text(best, "ext") or "",
        size_bytes=whole(best, "filesize"),
        expires_at=parse_expiry(link),
    )


def formats_of(info: Info) -> Sequence[Info]:
    """All formats; a video may be its own only one."""
    formats = info.get("formats")
    if isinstance(formats, list):
        return [cast("Info", one) for one in cast("list[object]", formats) if isinstance(one, Mapping)]
    return [info] if info.get("url") else []


def is_playable(one: Info) -> bool:
    """Whether PyAV can open this format and finds sound in it."""
    link = url(one, "url")
    protocol = text(one, "protocol") or (urlsplit(link).scheme if link else "")
    return (
        link is not None
        and protocol in _PLAYABLE
        and one.get("acodec") != "none"
        and not one.get("has_drm")
        and not one.get("fragments")
    )


def worth(one: Info) -> tuple[float, bool, bool, float]:
    """How good a format is for us, as a key to sort by."""
    height = number(one, "height") or 0.0
    silent_pictures = one.get("vcodec") == "none" or (not height and one.get("vcodec") is None)
    language = number(one, "language_preference")
    opus = (text(one, "acodec") or "").startswith("opus")
    small = -height if height >= _ENOUGH_LINES else height - 100_000
    return (
        -1.0 if language is None else language,
        silent_pictures,
        opus,
        0.0 if silent_pictures else small,
    )


def headers_of(one: Info) -> Iterator[tuple[str, str]]:
    """What the site expects to be asked with, without what a proxy would trip over."""
    headers = one.get("http_headers")
    if isinstance(headers, Mapping):
        for name, value in cast("Mapping[object, object]", headers).items():
            if isinstance(name, str) and isinstance(value, str) and not _CONTROL.search(name + value):
                yield name, value


def parse_expiry(link: str) -> datetime | None:
    """When a signed address ends, as far as it says so itself."""
    parts = urlsplit(link)
    found = _EXPIRY_IN_PATH.search(parts.path)
    query = parse_qs(parts.query)
    words = [found[1]] if found else [query[name][0] for name in _EXPIRY_NAMES if name in query]
    for word in words:
        if word.isascii() and word.isdigit() and len(word) == 10 and int(word) in _PLAUSIBLE:
            return datetime.fromtimestamp(int(word), UTC)
    return None


def best_thumbnail(info: Info) -> str | None:
    """The last picture of a list of them, which is the largest."""
    pictures = info.get("thumbnails")
    if not isinstance(pictures, list) or not pictures:
        return None
    last = cast("list[object]", pictures)[-1]
    return url(cast("Info", last), "url") if isinstance(last, Mapping) else None


def text(info: Info, name: str) -> str | None:
    """A field that is a text with something in it, cut to a sensible length."""
    value = info.get(name)
    return (value.strip()[:LONGEST_TEXT] or None) if isinstance(value, str) else None


def first_text(info: Info, name: str) -> str | None:
    """The first text of a field that is a list."""
    values = info.get(name)
    if not isinstance(values, list) or not values:
        return None
    return text({"value": cast("list[object]", values)[0]}, "value")


def url(info: Info, name: str) -> str | None:
    """A field that is a link over http or https; links without a scheme get one."""
    value = info.get(name)
    if not isinstance(value, str) or len(value) > LONGEST_URL:
        return None
    value = f"https:{value}" if value.startswith("//") else value
    try:
        host = urlsplit(value).hostname
    except ValueError:
        return None
    return value if host and value.startswith(("http://", "https://")) else None


def number(info: Info, name: str) -> float | None:
    """A field that is a finite number; what is no number counts as missing."""
    value = info.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) < 1e9 else None


def whole(info: Info, name: str) -> int | None:
    """A field that is a whole number."""
    value = info.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
