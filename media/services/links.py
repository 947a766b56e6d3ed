"""Links of music services, as people paste them. Pure.

A short link says nothing by itself: it has to be followed first (`Short`). A link of a service that names no
track, album or playlist is told as such (`Kind.OTHER`), so that nobody asks a site's extractor for an artist.
"""

import re
from enum import StrEnum
from urllib.parse import SplitResult, parse_qs, urlsplit

from attrs import frozen

from media.tracks import SourceKind


class Kind(StrEnum):
    """What a link names."""

    TRACK = "track"
    ALBUM = "album"
    PLAYLIST = "playlist"
    OTHER = "other"


@frozen(kw_only=True)
class ServiceLink:
    """Something of a music service.

    Attributes:
        id: the service's own; letters, digits, ``.``, ``-`` and ``_`` only.
        country: Apple's storefront, two letters.
        path: of the link, for Apple's pages.
    """

    service: SourceKind
    kind: Kind
    id: str = ""
    country: str = "us"
    path: str = ""


@frozen(kw_only=True)
class Short:
    """A link that leads to another one.

    Attributes:
        path: with its query, beginning with a slash.
    """

    service: SourceKind
    host: str
    path: str


_SPOTIFY_URI = re.compile(r"spotify:(?:user:[^:]+:)?([a-z]+):([A-Za-z0-9]{22})", re.ASCII)
_SPOTIFY_PATH = re.compile(
    r"(?:/intl-[a-z-]+)?(?:/embed)?(?:/user/[^/]+)?/([a-z]+)(?:/([A-Za-z0-9]{22}))?/?", re.ASCII
)
_DEEZER_PATH = re.compile(r"(?:/[a-z]{2})?/(track|album|playlist)/(\d{1,18})/?", re.ASCII)
_APPLE_PATH = re.compile(
    r"/([a-z]{2})/(album|song|playlist)(?:/[^/]+)?/(?:id)?(pl\.[\w.-]{1,64}|\d{1,18})/?", re.ASCII
)
_SHORT_HOSTS = {
    "spotify.link": SourceKind.SPOTIFY,
    "spotify.app.link": SourceKind.SPOTIFY,
    "deezer.page.link": SourceKind.DEEZER,
    "link.deezer.com": SourceKind.DEEZER,
}
_KINDS = {"track": Kind.TRACK, "song": Kind.TRACK, "album": Kind.ALBUM, "playlist": Kind.PLAYLIST}


def parse_service_link(text: str) -> ServiceLink | Short | None:
    """What a text names of a music service; None if it is no such link."""
    typed = text.strip().removeprefix("<").removesuffix(">")
    uri = _SPOTIFY_URI.fullmatch(typed)
    if uri is not None:
        return ServiceLink(service=SourceKind.SPOTIFY, kind=_KINDS.get(uri[1], Kind.OTHER), id=uri[2])
    try:
        parts = urlsplit(typed if "://" in typed else f"https://{typed}")
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"}:
        return None
    if host in _SHORT_HOSTS:
        query = f"?{parts.query}" if parts.query else ""
        return Short(service=_SHORT_HOSTS[host], host=host, path=f"{parts.path or '/'}{query}")
    return _parse_long(host, parts)


def _parse_long(host: str, parts: SplitResult) -> ServiceLink | None:
    match host:
        case "open.spotify.com" | "play.spotify.com":
            return _parse_spotify(parts)
        case "deezer.com":
            return _parse_deezer(parts)
        case "music.apple.com" | "geo.music.apple.com" | "itunes.apple.com":
            return _parse_apple(parts)
        case _:
            return None


def _parse_spotify(parts: SplitResult) -> ServiceLink:
    match = _SPOTIFY_PATH.fullmatch(parts.path)
    kind = _KINDS.get(match[1], Kind.OTHER) if match is not None and match[2] else Kind.OTHER
    return ServiceLink(
        service=SourceKind.SPOTIFY, kind=kind, id=match[2] if match is not None and match[2] else ""
    )


def _parse_deezer(parts: SplitResult) -> ServiceLink:
    match = _DEEZER_PATH.fullmatch(parts.path)
    if match is None:
        return ServiceLink(service=SourceKind.DEEZER, kind=Kind.OTHER)
    return ServiceLink(service=SourceKind.DEEZER, kind=_KINDS[match[1]], id=match[2])


def _parse_apple(parts: SplitResult) -> ServiceLink:
    match = _APPLE_PATH.fullmatch(parts.path)
    if match is None:
        return ServiceLink(service=SourceKind.APPLE_MUSIC, kind=Kind.OTHER)
    kind, found = _KINDS[match[2]], match[3]
    within = parse_qs(parts.query).get("i", [""])[0]
    if kind is Kind.ALBUM and within.isascii() and within.isdecimal() and len(within) <= 18:
        kind, found = Kind.TRACK, within
    if (kind is Kind.PLAYLIST) != found.startswith("pl."):
        kind = Kind.OTHER
    return ServiceLink(service=SourceKind.APPLE_MUSIC, kind=kind, id=found, country=match[1], path=parts.path)
