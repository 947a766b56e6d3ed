"""Spotify: songs, albums and playlists by pages, or by the official interface where credentials are set.

Without credentials the embedded player is read first, then the ordinary page. A list on an ordinary page
names only addresses, so its songs are read one by one as they are asked for. With credentials the interface
is asked first; where it refuses (to applications in development mode Spotify gives no playlists but their
owner's) the pages follow.
"""

import base64
import logging
from collections.abc import AsyncGenerator
from functools import partial

import trio
from attrs import define, field, frozen

from media.errors import MediaError, MediaFailure
from media.services import spotify_wire as wire
from media.services.links import Kind, ServiceLink
from media.services.songs import ServiceBases, SongList, each, no_song, not_there
from media.services.web import Form, ServiceWeb
from media.tracks import SourceKind, Track

_log = logging.getLogger(__name__)
_PAGE = 50  # the most that the interface gives at once
_SPARE_S = 60.0  # a token is renewed so long before it ends
_TRY_PAGES = frozenset(
    {
        MediaFailure.FORBIDDEN,
        MediaFailure.NOT_FOUND,
        MediaFailure.UNREADABLE,
        MediaFailure.RATE_LIMIT,
        MediaFailure.HTTP_STATUS,
    }
)


@frozen(kw_only=True)
class Credentials:
    """An application's, from Spotify's developer pages."""

    client_id: str
    client_secret: str = field(repr=False)


@define(eq=False)
class Spotify:
    """A `MusicService`."""

    web: ServiceWeb
    bases: ServiceBases
    credentials: Credentials | None = None
    _token: str = field(default="", repr=False, init=False)
    _token_until: float = field(default=0.0, init=False)

    async def read(self, link: ServiceLink) -> SongList:
        """What a link names.

        Raises:
            MediaError: it is not there, or cannot be read.
        """
        if link.kind is Kind.OTHER:
            raise no_song(SourceKind.SPOTIFY)
        if self.credentials is not None:
            try:
                return await self._ask(link)
            except MediaError as error:
                if error.kind not in _TRY_PAGES:
                    raise
                _log.info("Spotify's interface gave nothing, its pages are read: %s", error)
        try:
            return await (
                self._embedded_track(link) if link.kind is Kind.TRACK else self._embedded_list(link)
            )
        except MediaError as error:
            if error.kind is MediaFailure.NOT_FOUND:
                raise not_there(SourceKind.SPOTIFY) from error
            if error.kind is not MediaFailure.UNREADABLE:
                raise
            _log.warning("Spotify's embedded player has changed: %s", error.detail)
        return await (self._page_track(link) if link.kind is Kind.TRACK else self._page_list(link))

    async def _embedded_track(self, link: ServiceLink) -> SongList:
        song = wire.parse_embed_track(await self._page(link, "/embed"))
        return SongList(songs=each([song]), count=1)

    async def _embedded_list(self, link: ServiceLink) -> SongList:
        found = wire.parse_embed_list(await self._page(link, "/embed"))
        is_all = len(found.songs) < wire.EMBED_MOST
        count = len(found.songs) if is_all else None
        return SongList(title=found.title, count=count, cut_off=not is_all, songs=each(found.songs))

    async def _page_track(self, link: ServiceLink) -> SongList:
        return SongList(songs=each([wire.parse_page_track(await self._page(link), link)]), count=1)

    async def _page_list(self, link: ServiceLink) -> SongList:
        title, links, total = wire.parse_page_list(await self._page(link))
        is_cut = total is not None and total > len(links)
        return SongList(title=title, count=total, cut_off=is_cut, songs=self._one_by_one(links))

    async def _one_by_one(self, links: tuple[ServiceLink, ...]) -> AsyncGenerator[Track | None]:
        for link in links:
            try:
                yield wire.parse_page_track(await self._page(link), link)
            except MediaError as error:
                if error.kind is MediaFailure.RATE_LIMIT:
                    raise
                yield None

    async def _page(self, link: ServiceLink, way: str = "") -> str:
        return await self.web.get(f"{self.bases.spotify_web}{way}/{link.kind}/{link.id}")

    async def _ask(self, link: ServiceLink) -> SongList:
        """The official interface's answer."""
        url = f"{self.bases.spotify_api}/v1/{link.kind}s/{link.id}"
        if link.kind is Kind.TRACK:
            return SongList(songs=each([wire.parse_api_track(await self._get(url))]), count=1)
        title = wire.parse_api_name(await self._get(f"{url}?fields=name"))
        parse = wire.parse_api_album if link.kind is Kind.ALBUM else wire.parse_api_playlist
        rows = "tracks" if link.kind is Kind.ALBUM else "items"
        page_url = partial("{}/{}?limit={}&offset={}".format, url, rows, _PAGE)
        first = parse(await self._get(page_url(0)))

        async def songs() -> AsyncGenerator[Track | None]:
            page, offset = first, 0
            while True:
                for song in page.songs:
                    yield song
                offset += _PAGE
                if page.next_url is None or not page.songs:
                    return
                page = parse(await self._get(page_url(offset)))

        return SongList(title=title, count=first.total, songs=songs())

    async def _get(self, url: str) -> bytes:
        if trio.current_time() >= self._token_until:
            await self._renew()
        return (await self.web.get(url, [("Authorization", f"Bearer {self._token}")])).encode()

    async def _renew(self) -> None:
        assert self.credentials is not None
        pair = f"{self.credentials.client_id}:{self.credentials.client_secret}".encode()
        form = Form(
            url=f"{self.bases.spotify_accounts}/api/token",
            fields={"grant_type": "client_credentials"},
            headers=[("Authorization", f"Basic {base64.b64encode(pair).decode()}")],
        )
        self._token, lasts_s = wire.parse_token(await self.web.post(form))
        self._token_until = trio.current_time() + max(0.0, lasts_s - _SPARE_S)
