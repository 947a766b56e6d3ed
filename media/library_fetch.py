"""From a link or an attachment to a file of the library, with word of how far it is.

A link is fetched as it is; a page of a site goes to the extractor, which says where the sound is. Nothing is
kept that is not audio (`media.library` looks into it) or has no end.

A name is the given one, else what the server calls the file, else the link's or the attachment's, else the
title.

Source: RFC 6266 and RFC 8187 (``Content-Disposition``).
"""

import re
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from attrs import define, frozen

from gateway_client.ids import GuildId
from media.direct import parse_url
from media.errors import MediaError, MediaFailure
from media.extractor.contract import Extractor
from media.extractor.failures import ExtractionFailed
from media.extractor.values import Extracted
from media.fetch import Fetch, open_fetch
from media.library import Library
from media.links import is_site
from media.names import names_media
from media.site_values import to_error
from media.tracks import AttachmentQuery

MAX_S = 900.0  # for one file
_KNOWS_NOTHING = frozenset({MediaFailure.UNSUPPORTED_SITE, MediaFailure.UNREADABLE, MediaFailure.NOT_AUDIO})
_PAGES = ("text/html", "application/xhtml+xml")
_FILENAME = re.compile(r"filename\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;]+))", re.IGNORECASE)
_EXTENDED = re.compile(r"filename\*\s*=\s*([\w-]*)'[^']*'([^\s;]+)", re.IGNORECASE)


@frozen
class Progress:
    """How far a download is, in bytes; ``total`` is None where nobody says."""

    received: int
    total: int | None


Hear = Callable[[Progress], None]


@frozen(kw_only=True)
class _Wanted:
    """What is to be fetched, and its name if the server has no better one."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    name: str = ""
    is_named: bool = False


@define(eq=False)
class LibraryFetcher:
    """Fills the library from the web.

    Attributes:
        extractor: for pages; None to refuse them.
    """

    library: Library
    extractor: Extractor | None = None

    async def download(self, guild_id: GuildId, link: str, name: str | None, hear: Hear) -> str:
        """Fetch what a link leads to.

        Args:
            guild_id: whose library.
            link: as somebody typed it.
            name: as wished, None for its own.
            hear: called synchronously after each piece.

        Returns:
            The name in the library.

        Raises:
            MediaError: it cannot be had, is no audio, has no end, is too large, or the disk is full.
        """
        url = parse_url(link)
        if is_site(url) and not names_media(url):
            return await self._take(guild_id, await self._look(url, name), hear)
        wanted = _Wanted(url=url, name=name or "", is_named=bool(name))
        try:
            return await self._take(guild_id, wanted, hear)
        except MediaError as error:
            if error.kind is not MediaFailure.WEB_PAGE or self.extractor is None:
                raise
            page = error
        try:
            found = await self._look(url, name)
        except MediaError as error:
            if error.kind not in _KNOWS_NOTHING:
                raise
            raise page from error
        return await self._take(guild_id, found, hear)

    async def upload(self, guild_id: GuildId, file: AttachmentQuery, name: str | None, hear: Hear) -> str:
        """Fetch an attachment.

        Returns:
            The name in the library.

        Raises:
            MediaError: as in `download`.
        """
        if file.size > self.library.max_bytes:
            raise _too_large(self.library.max_bytes, file.size)
        wanted = _Wanted(url=parse_url(file.url), name=name or file.filename, is_named=True)
        return await self._take(guild_id, wanted, hear)

    async def _look(self, url: str, name: str | None) -> _Wanted:
        """Where the sound of a page is."""
        if self.extractor is None:
            raise MediaError(kind=MediaFailure.UNSUPPORTED_SITE, host=urlsplit(url).hostname)
        try:
            found = await self.extractor.look(url)
        except ExtractionFailed as error:
            raise to_error(error, url) from error
        if found.live:
            raise MediaError(kind=MediaFailure.ENDLESS, host=urlsplit(url).hostname)
        return _Wanted(
            url=found.sound.url, headers=found.sound.headers, name=name or _title(found), is_named=True
        )

    async def _take(self, guild_id: GuildId, wanted: _Wanted, hear: Hear) -> str:
        library = self.library
        async with open_fetch(
            library.looker.guard,
            wanted.url,
            max_bytes=library.max_bytes + (1 << 20),  # the library's own limit speaks first
            max_s=MAX_S,
            headers=wanted.headers,
        ) as fetch:
            total = _check(fetch, library.max_bytes)
            name = wanted.name if wanted.is_named else name_of(fetch.headers, wanted.url, fetch.url)
            try:
                async with aclosing(_pieces(fetch, total, hear)) as pieces:
                    return await library.add(guild_id, name, pieces)
            except OSError as error:
                raise MediaError(kind=MediaFailure.DISK, detail=error.strerror or "") from error


async def _pieces(fetch: Fetch, total: int | None, hear: Hear) -> AsyncGenerator[bytes]:
    received = 0
    while data := await fetch.receive():
        received += len(data)
        hear(Progress(received, total))
        yield data


def _check(fetch: Fetch, max_bytes: int) -> int | None:
    """Refuse what the head already tells; how many bytes it promises.

    Raises:
        MediaError: a page, a radio, or too large.
    """
    kind = fetch.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in _PAGES:
        raise MediaError(kind=MediaFailure.WEB_PAGE, host=fetch.host)
    if any(name.startswith("icy-") for name in fetch.headers):
        raise MediaError(kind=MediaFailure.ENDLESS, host=fetch.host)
    length = fetch.headers.get("content-length", "")
    total = int(length) if length.isascii() and length.isdecimal() else None
    if total is not None and total > max_bytes:
        raise _too_large(max_bytes, total)
    return total


def _too_large(limit: int, actual: int) -> MediaError:
    return MediaError(kind=MediaFailure.TOO_LARGE, limit=limit, actual=actual)


def _title(found: Extracted) -> str:
    return f"{found.title}.{found.sound.container}" if found.sound.container else found.title


def name_of(headers: dict[str, str], url: str, final_url: str) -> str:
    """What a file is called by its server, else by its link, else by where the link led."""
    told = parse_disposition(headers.get("content-disposition", ""))
    if told:
        return told
    names = [unquote(urlsplit(link).path.rstrip("/").rpartition("/")[2]) for link in (url, final_url)]
    named = [name for name in names if names_media(f"http://x/{name}")]
    return next(iter([*named, *filter(None, names)]), urlsplit(url).hostname or "audio")


def parse_disposition(header: str) -> str | None:
    """The file name in a ``Content-Disposition``; None if it tells none."""
    extended = _EXTENDED.search(header)
    if extended is not None:
        try:
            return unquote_to_bytes(extended[2]).decode(extended[1] or "utf-8").strip() or None
        except (LookupError, UnicodeDecodeError):
            return unquote(extended[2]).strip() or None
    plain = _FILENAME.search(header)
    if plain is None:
        return None
    name = re.sub(r"\\(.)", r"\1", plain[1]) if plain[1] is not None else plain[2]
    try:
        return name.encode("latin-1").decode("utf-8").strip() or None
    except UnicodeError:
        return name.strip() or None
