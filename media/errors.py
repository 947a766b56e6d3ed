"""What can go wrong between a query and a playable track.

One error with a closed kind and the data that a sentence about it needs. No sentence for users lives
here: views make them. ``str(error)`` is for logs and holds neither a path nor a whole URL (queries of URLs
carry signatures).
"""

from enum import StrEnum

from attrs import define


class MediaFailure(StrEnum):
    """Why there is nothing to play."""

    NOT_FOUND = "not_found"
    """The library or the disk does not have it, or the server ``host`` answered 404 or 410."""
    UNKNOWN_HOST = "unknown_host"
    """The name service has no address for ``host``."""
    NOT_AUDIO = "not_audio"
    """It was read and holds no audio: a page, a picture, a text file."""
    WEB_PAGE = "web_page"
    """A web page came, though the link promised a media file."""
    UNSUPPORTED_SITE = "unsupported_site"
    """A web page, and no source knows how to play pages of this site."""
    PRIVATE_ADDRESS = "private_address"
    """It leads (itself, by a redirect, or in its playlist) to an address the guard does not open."""
    TOO_LONG = "too_long"
    """Longer than the limit; ``limit`` and ``actual`` in seconds."""
    TOO_LARGE = "too_large"
    """More bytes than the limit; ``limit`` and, where known, ``actual`` in bytes."""
    NETWORK = "network"
    """No connection, or it broke."""
    CERTIFICATE = "certificate"
    """The server could not prove that it is ``host``."""
    TIMEOUT = "timeout"
    """The answer did not come in time."""
    HTTP_STATUS = "http_status"
    """The server refused with ``status`` and no better kind fits."""
    AMBIGUOUS = "ambiguous"
    """Several library files match; ``names`` lists them."""
    NO_MATCH = "no_match"
    """Words that no library file matches, and no source searches."""
    BAD_URL = "bad_url"
    """It looks like a URL and is none, or its scheme or port is not allowed."""
    LEADS_NOWHERE = "leads_nowhere"
    """``host`` redirects in a circle, or on and on."""
    BAD_REDIRECT = "bad_redirect"
    """``host`` redirects to what is no address of the web, or to a port that is not allowed."""
    FORBIDDEN = "forbidden"
    """The server answered 401, 402, 403 or 451."""
    EXPIRED = "expired"
    """A link that was valid once (an attachment's) and is not any more."""
    CORRUPT = "corrupt"
    """A media file that is broken or cut off where it matters."""
    BOT_CHECK = "bot_check"
    """The site wants to see that no bot asks."""
    MEDIA_REFUSED = "media_refused"
    """The site tells about it but does not give the sound away."""
    AGE = "age"
    """Only for people whose age the site knows."""
    REGION = "region"
    """Not where this bot runs."""
    PRIVATE = "private"
    """Its owner, or a subscription, decides who may hear it."""
    REMOVED = "removed"
    """It was there and is not any more."""
    NOT_STARTED = "not_started"
    """A livestream or premiere that has not begun."""
    DRM = "drm"
    """Encrypted for players with a licence."""
    RATE_LIMIT = "rate_limit"
    """The server wants fewer questions; later it answers again."""
    RUNTIME_MISSING = "runtime_missing"
    """The site needs the JavaScript runtime, which is not installed."""
    EXTRACTOR_OUTDATED = "extractor_outdated"
    """The site has changed; a newer yt-dlp may know it."""
    EXTRACTOR_BROKEN = "extractor_broken"
    """The process that reads sites died or hung twice over it."""
    UNREADABLE = "unreadable"
    """The page of a music service (``host``) has a shape that is not known here."""
    NO_SONG_LINK = "no_song_link"
    """A link of a music service that stands for no track, album or playlist (an artist, a podcast)."""
    ENDLESS = "endless"
    """A livestream or radio, which cannot be kept as a file."""
    DISK = "disk"
    """This machine's disk does not take it."""
    UNSURE = "unsure"
    """No video is surely this song; ``actual`` and ``limit`` in percent, ``names`` lists what came close."""


@define(eq=False, kw_only=True)
class MediaError(Exception):
    """Nothing to play, and why.

    Attributes:
        kind: the closed reason.
        detail: a few words for the log; never a whole URL, never a path.
        names: the candidates when ``kind`` is ``AMBIGUOUS``.
        host: the host the failure is about, where there is one.
        status: HTTP status, where one was received.
        limit: the limit that was passed (seconds or bytes, by ``kind``).
        actual: how much it was, where known (seconds or bytes, by ``kind``).
    """

    kind: MediaFailure
    detail: str = ""
    names: tuple[str, ...] = ()
    host: str | None = None
    status: int | None = None
    limit: float | None = None
    actual: float | None = None

    def __str__(self) -> str:
        parts = [self.kind.value]
        if self.host:
            parts.append(f"host={self.host}")
        if self.status is not None:
            parts.append(f"status={self.status}")
        if self.detail:
            parts.append(self.detail)
        return " ".join(parts)
