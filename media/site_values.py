"""From what the extractor says to this room's tracks and errors. Pure."""

import hashlib
import re
from urllib.parse import urlsplit

from attrs import evolve

from media.choices import Candidate
from media.errors import MediaError, MediaFailure
from media.extractor.failures import ExtractionFailed, FailureKind
from media.extractor.handle import LOOK_BYTES
from media.extractor.values import Entry, Extracted
from media.tracks import SourceKind, Track

_FAILURES = {
    FailureKind.BOT_CHECK: MediaFailure.BOT_CHECK,
    FailureKind.MEDIA_REFUSED: MediaFailure.MEDIA_REFUSED,
    FailureKind.AGE: MediaFailure.AGE,
    FailureKind.LOGIN: MediaFailure.PRIVATE,
    FailureKind.REGION: MediaFailure.REGION,
    FailureKind.PRIVATE: MediaFailure.PRIVATE,
    FailureKind.REMOVED: MediaFailure.REMOVED,
    FailureKind.NOT_STARTED: MediaFailure.NOT_STARTED,
    FailureKind.RATE_LIMIT: MediaFailure.RATE_LIMIT,
    FailureKind.NETWORK: MediaFailure.NETWORK,
    FailureKind.TIMEOUT: MediaFailure.TIMEOUT,
    FailureKind.PRIVATE_ADDRESS: MediaFailure.PRIVATE_ADDRESS,
    FailureKind.LEADS_NOWHERE: MediaFailure.LEADS_NOWHERE,
    FailureKind.BAD_REDIRECT: MediaFailure.BAD_REDIRECT,
    FailureKind.TOO_LARGE: MediaFailure.TOO_LARGE,
    FailureKind.DRM: MediaFailure.DRM,
    FailureKind.NO_SOUND: MediaFailure.NOT_AUDIO,
    FailureKind.IS_LIST: MediaFailure.UNSUPPORTED_SITE,
    FailureKind.RUNTIME_MISSING: MediaFailure.RUNTIME_MISSING,
    FailureKind.OUTDATED: MediaFailure.EXTRACTOR_OUTDATED,
    FailureKind.UNSUPPORTED: MediaFailure.UNSUPPORTED_SITE,
    FailureKind.CRASHED: MediaFailure.EXTRACTOR_BROKEN,
    FailureKind.UNKNOWN: MediaFailure.UNREADABLE,
}
ANY_SITE = frozenset({"generic", "html5"})
_TOPIC = re.compile(r"\s+-\s+Topic$")
YOUTUBE_HOST = "YouTube"


def to_error(error: ExtractionFailed, url: str | None = None) -> MediaError:
    """Why the extractor gave nothing; without a URL it was YouTube that was asked."""
    host = YOUTUBE_HOST if url is None else urlsplit(url).hostname
    limit = LOOK_BYTES if error.kind is FailureKind.TOO_LARGE else None
    return MediaError(kind=_FAILURES[error.kind], host=host, detail=error.detail, limit=limit)


def to_lazy_track(entry: Entry) -> Track:
    """A track of a listing: enough to show, the rest is learned when it is opened."""
    return Track(
        key=key_of(entry.extractor, entry.id, entry.url),
        title=entry.title,
        source=_kind_of(entry.extractor),
        locator=entry.url,
        page_url=entry.url,
        duration_s=entry.duration_s,
        live=entry.live,
        artist=_channel(entry.uploader),
        thumbnail_url=entry.thumbnail_url,
        lazy=True,
    )


def to_track(found: Extracted, locator: str) -> Track:
    """A track that was looked at."""
    return Track(
        key=key_of(found.extractor, found.id, found.page_url),
        title=found.title,
        source=_kind_of(found.extractor),
        locator=locator,
        page_url=found.page_url,
        duration_s=None if found.live else found.duration_s,
        live=found.live,
        artist=found.artist or _channel(found.uploader),
        thumbnail_url=found.thumbnail_url,
    )


def learned(track: Track, found: Extracted) -> Track:
    """A track with what a look taught; its key, its way and where to begin stay."""
    seen = to_track(found, track.locator)
    return evolve(seen, key=track.key, source=track.source, start_s=track.start_s)


def to_candidate(entry: Entry, confidence_pct: int) -> Candidate:
    """A video that may be a song."""
    return Candidate(
        url=entry.url,
        title=entry.title,
        key=key_of(entry.extractor, entry.id, entry.url),
        artist=_channel(entry.uploader),
        duration_s=entry.duration_s,
        thumbnail_url=entry.thumbnail_url,
        confidence_pct=confidence_pct,
    )


def key_of(extractor: str, video_id: str, url: str) -> str:
    """The identity of a video.

    A site's ids are its own; what reads pages of any site calls them by the end of their link, which says
    nothing, so there the whole link counts. Software that anybody may run (PeerTube, Mediasite) lets every
    server give its own ids: there the server counts too, or one could speak for another.
    """
    site = extractor.partition(":")[0]
    if site in ANY_SITE:
        return f"{site}:{hashlib.sha256(url.encode()).hexdigest()[:32]}"
    host = urlsplit(url).hostname or ""
    return f"{site}:{video_id}" if _is_at_home(site, host) else f"{site}:{video_id}@{host}"


def _is_at_home(site: str, host: str) -> bool:
    """Whether a site sits at the name that it is called by, so that nobody else gives its ids."""
    return site.startswith("youtube") or f".{host}".endswith(f".{site}.com")


def may_change(key: str) -> bool:
    """Whether a site's track is known by its page only, which may play something else another time."""
    return key.partition(":")[0] in ANY_SITE


def _kind_of(extractor: str) -> SourceKind:
    return SourceKind.YOUTUBE if extractor.startswith("youtube") else SourceKind.SITE


def _channel(uploader: str | None) -> str | None:
    """An artist's own channel that YouTube made is called by the artist."""
    return None if uploader is None else _TOPIC.sub("", uploader)
