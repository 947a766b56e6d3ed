"""Sound that a URL serves itself: media files, web radio, and files uploaded with a message.

A URL is looked into and played from where it is, through the guard; a short file whose server names its
version is kept meanwhile, and played again once the server has said that it is the same. A playlist file
(``.m3u``, ``.pls``, ``.xspf``, ``.asx``) leads to what it lists: a radio's mirrors are one track, the first
that answers; files are a playlist, each looked into as the playlist is read. Attachments never change, and
their link ends after a day (it says when): they are fetched into the cache as soon as they are named, and
looked into and played from there while they come, so that they are asked for once and a queue outlives the
link. What turns out to be too long to be kept is let go again, and is ``EXPIRED`` then.

This is the last source for anything that looks like a URL: what is a web page here is an unsupported site.
"""

import hashlib
import logging
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit, urlunsplit

from attrs import Factory, define, evolve

from gateway_client.ids import GuildId
from media.cache import Cache
from media.errors import MediaError, MediaFailure
from media.fetch import open_fetch
from media.growing import Growing
from media.guarded_urls import to_guarded
from media.look import Looker
from media.names import names_media, strip_media_extension
from media.playlist_files import Listed, names_playlist, parse_playlist
from media.probe_values import ProbeReport
from media.radio import Stations
from media.resolution import Intake, Resolution, Streamed, Whole
from media.tracks import AttachmentQuery, Playable, Query, SourceKind, TextQuery, Track
from media.validators import Validators

MAX_URL = 2000  # characters, as much as a message holds
PLAYLIST_BYTES = 256 << 10
PLAYLIST_S = 10.0
MIRRORS = 4  # of a radio, tried one after another

_log = logging.getLogger(__name__)

_LOOKS_LIKE_URL = re.compile(r"<?[a-zA-Z][a-zA-Z0-9+.\-]*://", re.ASCII)
_HOST = re.compile(r"[a-z0-9._\-]*")


@define(eq=False)
class DirectSource:
    """A `media.resolve.Source` for media URLs and attachments.

    Attributes:
        max_attachment_bytes: larger attachments are refused unseen.
        stations: where the titles of playing radios are heard.
    """

    looker: Looker
    cache: Cache
    max_attachment_bytes: int
    validators: Validators
    stations: Stations = Factory(Stations)

    @property
    def kinds(self) -> frozenset[SourceKind]:
        """URLs and attachments."""
        return frozenset({SourceKind.DIRECT, SourceKind.ATTACHMENT})

    def claims(self, query: Query, guild_id: GuildId) -> bool:
        """Attachments, and whatever begins like a URL, of any scheme."""
        match query:
            case AttachmentQuery():
                return True
            case TextQuery(text=text):
                return looks_like_url(text)

    @asynccontextmanager
    async def stream(self, query: Query, guild_id: GuildId) -> AsyncGenerator[Resolution]:
        """Look into the URL.

        Raises:
            MediaError: it is no audio, cannot be reached, or is too long or large.
        """
        match query:
            case AttachmentQuery():
                yield Whole(tracks=(await self._find_attachment(query, guild_id),))
            case TextQuery(text=text):
                async with aclosing(await self.find(parse_url(text), guild_id)) as found:
                    yield found

    async def find(self, url: str, guild_id: GuildId) -> Whole | Streamed:
        """What a URL serves; close it when it is read: one track, or those of a playlist file.

        Raises:
            MediaError: it is no audio, cannot be reached, or is too long.
        """
        listed = await self._read_playlist(url) if names_playlist(url) else None
        if listed is not None:
            return await self._resolution(listed, url, guild_id)
        try:
            track = await self._find_url(url)
        except MediaError as error:
            maybe = error.kind is MediaFailure.NOT_AUDIO and error.detail != "html"
            listed = await self._read_playlist(url) if maybe else None
            if listed is None:
                raise
            return await self._resolution(listed, url, guild_id)
        self.looker.check_length(guild_id, track.duration_s)
        return Whole(tracks=(track,))

    async def open(self, track: Track, guild_id: GuildId | None, *, fresh: bool) -> Playable:
        """The kept file, or a way through the guard to the track's URL.

        Raises:
            MediaError: ``EXPIRED``.
        """
        is_attachment = track.source is SourceKind.ATTACHMENT
        kept = await self._kept(track)
        if kept is not None:
            return Playable(location=str(kept), is_file=True)
        growing = self._grow(track) if is_attachment else None
        expires_at = parse_expiry(track.locator)
        if growing is None and expires_at is not None and expires_at <= datetime.now(UTC):
            raise MediaError(kind=MediaFailure.EXPIRED, host=urlsplit(track.locator).hostname)
        job = self.looker.guard.start_job()
        if growing is not None:
            growing.serve(job)
        elif track.live:
            self.stations.watch(job)
        elif not is_attachment:
            self.cache.keep_what_passes(track, job, track.locator, may_change=True)
        location = to_guarded(track.locator)
        return Playable(location=location, is_file=False, proxy=job.proxy_url, expires_at=expires_at)

    async def _kept(self, track: Track) -> Path | None:
        """The kept file of an attachment, or of a link that still serves it."""
        kept = None if track.live else await self.cache.find(track.key)
        if kept is None or track.source is SourceKind.ATTACHMENT:
            return kept
        return kept if await self.validators.is_current(track.key, track.locator) else None

    def _grow(self, track: Track) -> Growing | None:
        """An attachment that is on its way here, or shall be, to be played meanwhile."""
        expires_at = parse_expiry(track.locator)
        is_over = expires_at is not None and expires_at <= datetime.now(UTC)
        growing = self.cache.growing(track.key)
        if growing is None and not is_over and self.cache.wants(track):
            growing = self.cache.grow(track.key, track.locator)
        if growing is not None:
            self.cache.keep(track.key)
        return growing

    def complete(self, guild_id: GuildId, text: str) -> list[str]:
        """URLs are not guessed."""
        return []

    async def _read_playlist(self, url: str) -> Listed | None:
        """What a playlist file lists; None if it is none (HLS is a medium of its own)."""
        text = bytearray()
        try:
            guard = self.looker.guard
            async with open_fetch(guard, url, max_bytes=PLAYLIST_BYTES, max_s=PLAYLIST_S) as fetch:
                while data := await fetch.receive():
                    text += data
        except MediaError as error:
            if error.kind is MediaFailure.TOO_LARGE:
                return None  # a medium with the name of a list
            raise
        return parse_playlist(bytes(text), url)

    async def _resolution(self, listed: Listed, url: str, guild_id: GuildId) -> Whole | Streamed:
        if listed.may_be_radio:
            track = await self._first_answering(listed, guild_id)
            if track.live or len(listed.entries) == 1:
                return Whole(tracks=(track,))
        return Streamed(
            playlist_title=listed.title or title_of(urlsplit(url).path),
            count=len(listed.entries),
            entries=self._each(listed),
            intake=Intake(limit_s=self.looker.max_duration_s(guild_id)),
        )

    async def _first_answering(self, listed: Listed, guild_id: GuildId) -> Track:
        """The first of a radio's addresses that plays."""
        failure = MediaError(kind=MediaFailure.NOT_AUDIO, detail="an empty playlist")
        for entry in listed.entries[:MIRRORS]:
            try:
                track = await self._find_url(parse_url(entry.url))
                self.looker.check_length(guild_id, track.duration_s)
            except MediaError as error:
                failure = error
            else:
                return evolve(track, title=entry.title) if entry.title and not track.artist else track
        raise failure

    async def _each(self, listed: Listed) -> AsyncGenerator[Track | None]:
        """The files of a playlist, None for those that cannot be had."""
        for entry in listed.entries:
            try:
                track = await self._find_url(parse_url(entry.url))
            except MediaError as error:
                _log.info("an entry of a playlist is left out: %s", error)
                yield None
            else:
                yield evolve(track, title=entry.title) if entry.title and not track.artist else track

    async def _find_url(self, url: str) -> Track:
        try:
            report = await self.looker.look_at_url(url)
        except MediaError as error:
            if error.kind is not MediaFailure.NOT_AUDIO or error.detail != "html":
                raise
            kind = MediaFailure.WEB_PAGE if names_media(url) else MediaFailure.UNSUPPORTED_SITE
            raise MediaError(kind=kind, host=error.host) from error
        title = report.title or title_of(urlsplit(url).path) or urlsplit(url).hostname or url
        return _to_track(report, SourceKind.DIRECT, url, title)

    async def _find_attachment(self, query: AttachmentQuery, guild_id: GuildId) -> Track:
        if query.size > self.max_attachment_bytes:
            raise MediaError(kind=MediaFailure.TOO_LARGE, limit=self.max_attachment_bytes, actual=query.size)
        url = parse_url(query.url)
        key = _key(SourceKind.ATTACHMENT, _identity(url))
        kept = self.cache.files.find(key)
        growing = None if kept is not None else self.cache.grow(key, url, query.size)
        try:
            if kept is not None:
                report = await self.looker.look_at_file(kept, key)
            else:
                report = await self.looker.look_at_url(url, growing=growing)
            self.looker.check_length(guild_id, report.duration_s)
            if (report.duration_s or self.cache.max_s) <= self.cache.max_s:
                self.cache.keep(key)
        finally:
            self.cache.drop(key)
        title = report.title or title_of(query.filename) or query.filename or "audio"
        return _to_track(report, SourceKind.ATTACHMENT, url, title)


def _key(source: SourceKind, identity: str) -> str:
    return f"{source}:{hashlib.sha256(identity.encode()).hexdigest()[:32]}"


def _identity(url: str) -> str:
    """Of an attachment: the link's query is its signature and changes; the file behind the path does not."""
    return url.partition("?")[0]


def _to_track(report: ProbeReport, source: SourceKind, url: str, title: str) -> Track:
    return Track(
        key=_key(source, _identity(url) if source is SourceKind.ATTACHMENT else url),
        title=title,
        source=source,
        locator=url,
        page_url=url,
        duration_s=report.duration_s,
        live=source is SourceKind.DIRECT and report.duration_s is None and report.endless,
        artist=report.artist,
    )


def parse_url(text: str) -> str:
    """The URL that a person meant: without ``<>``, with an ASCII host, without fragment.

    Raises:
        MediaError: ``BAD_URL``: not http(s), no host, a credential in it, control characters, too long.
    """
    try:
        parts = urlsplit(text.strip().removeprefix("<").removesuffix(">"))
        host = _to_ascii(parts)
    except (ValueError, UnicodeError) as error:
        raise MediaError(kind=MediaFailure.BAD_URL, detail="cannot be read") from error
    if parts.scheme.lower() not in {"http", "https"}:
        raise MediaError(kind=MediaFailure.BAD_URL, detail="not http or https")
    if not host or "@" in parts.netloc:
        raise MediaError(kind=MediaFailure.BAD_URL, detail="no host, or a credential")
    url = urlunsplit((parts.scheme.lower(), host, _quote(parts.path or "/"), _quote(parts.query), ""))
    if len(url) > MAX_URL:
        raise MediaError(kind=MediaFailure.BAD_URL, detail="too long")
    return url


def _to_ascii(parts: SplitResult) -> str:
    """``host`` or ``host:port`` with international names in their ASCII form."""
    host, port = parts.hostname or "", parts.port
    if ":" in host:
        return f"[{host}]" if port is None else f"[{host}]:{port}"
    name = host if host.isascii() else host.encode("idna").decode("ascii")
    if not _HOST.fullmatch(name):
        raise ValueError("no host name")
    return name if port is None else f"{name}:{port}"


def _quote(text: str) -> str:
    """Percent-encode what may not stand in a URL and leave the rest as it is."""
    return "".join(
        c if "!" <= c <= "~" else "".join(f"%{byte:02X}" for byte in c.encode("utf-8", "replace"))
        for c in text
    )


def parse_expiry(url: str) -> datetime | None:
    """When a signed link of Discord's CDN ends (``ex``, hexadecimal Unix seconds).

    Source: Discord API reference, section "Signed attachment CDN URLs".
    """
    parts = urlsplit(url)
    if not (parts.hostname or "").endswith((".discordapp.com", ".discordapp.net")):
        return None
    try:
        return datetime.fromtimestamp(int(parse_qs(parts.query)["ex"][0], 16), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return None


def looks_like_url(text: str) -> bool:
    """Whether a text begins like a URL, of any scheme."""
    return _LOOKS_LIKE_URL.match(text.strip()) is not None


def title_of(path: str) -> str:
    """A title from a file name: its last part without a media ending."""
    name = PurePosixPath(unquote(path)).name
    return strip_media_extension(name).replace("_", " ").strip() or name
