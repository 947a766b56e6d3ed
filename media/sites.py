"""Links to sites: YouTube in all its shapes, and whatever else the extractor knows.

A link to a known site goes to the extractor at once. Any other is first looked into as a sound file or a
radio (`media.direct`, which is quicker and needs no yt-dlp); only when a page or a refusal came is the
extractor asked, and when it does not know better, what the first look found counts.

Tracks of a listing are lazy: their sound is looked for when they are opened, since its address works for
hours at most. What was told of a link is remembered for everybody (`media.looks`): the opening that follows,
and whoever asks for the link again. What a link names comes first: of a video within a playlist, that video,
then the ones behind it, then those before.

Short tracks are kept while they are played (`media.cache`), and their links with them (`media.kept_links`),
so that they play again without the web.
"""

import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress

from attrs import Factory, define, evolve

from gateway_client.ids import GuildId
from media.direct import DirectSource, looks_like_url, parse_url
from media.errors import MediaError, MediaFailure
from media.extractor.contract import Extractor, Listing
from media.extractor.failures import ExtractionFailed, FailureKind
from media.extractor.values import Entry, Extracted
from media.guarded_urls import to_guarded
from media.kept_links import KeptLinks
from media.links import Link, is_site, parse_link
from media.looks import Looks
from media.names import names_media
from media.resolution import MOST, Intake, Resolution, Streamed, Whole
from media.site_values import learned, to_error, to_lazy_track, to_track
from media.tracks import Playable, Query, SourceKind, TextQuery, Track

_log = logging.getLogger(__name__)
_REFUSED = frozenset({MediaFailure.FORBIDDEN, MediaFailure.HTTP_STATUS})
_MAYBE_A_SITE = _REFUSED | {MediaFailure.UNSUPPORTED_SITE, MediaFailure.WEB_PAGE}
_KNOWS_NOTHING = frozenset({FailureKind.UNSUPPORTED, FailureKind.UNKNOWN, FailureKind.NO_SOUND})

_SAYS_WHY = frozenset(
    {
        FailureKind.AGE,
        FailureKind.BOT_CHECK,
        FailureKind.DRM,
        FailureKind.LOGIN,
        FailureKind.NOT_STARTED,
        FailureKind.PRIVATE,
        FailureKind.RATE_LIMIT,
        FailureKind.REGION,
        FailureKind.RUNTIME_MISSING,
    }
)
_NOT_OURS = frozenset(
    {
        FailureKind.PRIVATE,
        FailureKind.LOGIN,
        FailureKind.REMOVED,
        FailureKind.UNSUPPORTED,
        FailureKind.UNKNOWN,
    }
)


@define(eq=False)
class SiteSource:
    """A `media.resolve.Source` for links to pages, and for what was found behind them."""

    extractor: Extractor
    direct: DirectSource
    links: KeptLinks
    looks: Looks = Factory(Looks)

    @property
    def kinds(self) -> frozenset[SourceKind]:
        """YouTube and every other site."""
        return frozenset({SourceKind.YOUTUBE, SourceKind.SITE})

    def claims(self, query: Query, guild_id: GuildId) -> bool:
        """Whatever looks like a URL."""
        return isinstance(query, TextQuery) and looks_like_url(query.text)

    @asynccontextmanager
    async def stream(self, query: Query, guild_id: GuildId) -> AsyncGenerator[Resolution]:
        """One track, or a playlist as it is read.

        Raises:
            MediaError: there is nothing to play.
        """
        if not isinstance(query, TextQuery):
            raise MediaError(kind=MediaFailure.NO_MATCH)
        url = parse_url(query.text)
        link = parse_link(url, query.text)
        known = self.looks.link(url, link.start_s) or await self._kept(url, link)
        if known is not None:
            self.direct.looker.check_length(guild_id, known.duration_s)
            yield Whole(tracks=(known,))
            return
        self._foresee(url)
        plain = None if is_site(url) and not names_media(url) else await self._try_plain(url, guild_id)
        if plain is not None and not isinstance(plain, MediaError):
            async with aclosing(plain) as resolution:
                yield resolution
            return
        async with (
            self._read(url, plain, link) as listing,
            aclosing(await self._resolution(link, url, listing, guild_id)) as resolution,
        ):
            yield resolution

    def prepare(self, text: str) -> None:
        """Somebody types this and will ask for it soon: the extractor starts if it will be needed."""
        if not looks_like_url(text):
            self.extractor.warm()
            return
        with suppress(MediaError):  # there is more to come
            url = parse_url(text)
            if self.looks.link(url, 0.0) is None:
                self._foresee(url)

    def _foresee(self, url: str) -> None:
        """What names no file is probably a page: the extractor starts while that is found out."""
        if not names_media(url):
            self.extractor.warm()

    async def _kept(self, url: str, link: Link) -> Track | None:
        """The one track that a link leads to, if its sound is kept."""
        kept = await self.links.find(url)
        return None if kept is None else evolve(kept, start_s=link.start_s)

    async def open(self, track: Track, guild_id: GuildId | None, *, fresh: bool) -> Playable:
        """The kept file, or a way through the guard to the sound's address of now.

        Raises:
            MediaError: it cannot be played any more, or turns out to be too long.
        """
        await self.direct.cache.settled(track.key)
        is_good = not fresh and await self.links.is_good(track)
        kept = await self.direct.cache.find(track.key) if is_good else None
        if kept is not None:
            return Playable(location=str(kept), is_file=True)
        found = await self.look(track, fresh=fresh)
        known = learned(track, found)
        if guild_id is not None:
            self.direct.looker.check_length(guild_id, known.duration_s)
        job = self.direct.looker.guard.start_job()
        place = self.direct.cache.keep_what_passes(known, job, found.sound.url, found.sound.size_bytes)
        return Playable(
            location=to_guarded(found.sound.url),
            is_file=False,
            proxy=job.proxy_url,
            headers=found.sound.headers,
            expires_at=found.sound.expires_at,
            track=None if known == track else known,
            renewable=True,
            keep=place,
        )

    def complete(self, guild_id: GuildId, text: str) -> list[str]:
        """Links are not guessed."""
        return []

    async def look(self, track: Track, *, fresh: bool) -> Extracted:
        """Where a track's sound is now.

        Args:
            track: of a site.
            fresh: the last address was refused: find another one.

        Raises:
            MediaError: there is none.
        """
        known = None if fresh else self.looks.sound(track.key)
        if known is not None:
            return known
        try:
            after = FailureKind.MEDIA_REFUSED if fresh else None
            found = await self.extractor.look(track.locator, after=after)
        except ExtractionFailed as error:
            self.looks.forget(track)
            raise to_error(error, track.locator) from error
        found = await self._measure(found)
        self.looks.note(track.key, track.locator, found)
        return found

    async def _measure(self, found: Extracted) -> Extracted:
        """A video whose page does not say how long it is, with the length of its sound.

        Raises:
            MediaError: ``PRIVATE_ADDRESS``: its sound will never be fetched.
        """
        if found.duration_s is not None or found.live:
            return found
        try:
            report = await self.direct.looker.look_at_url(found.sound.url, found.sound.headers)
        except MediaError as error:
            if error.kind is MediaFailure.PRIVATE_ADDRESS:
                raise
            _log.info("the length of a track stays unknown: %s", error)
            return found
        return evolve(found, duration_s=report.duration_s, live=report.duration_s is None and report.endless)

    async def related(self, track: Track, guild_id: GuildId, count: int) -> tuple[Track, ...]:
        """What YouTube would play next; empty for what is not from there.

        Raises:
            MediaError: YouTube cannot be asked.
        """
        video_id = parse_link(track.match_url or track.locator, "").video_id
        if video_id is None or not (track.source is SourceKind.YOUTUBE or track.match_url):
            return ()
        try:
            found = await self.extractor.related(video_id, count)
        except ExtractionFailed as error:
            raise to_error(error) from error
        limit_s = self.direct.looker.max_duration_s(guild_id)
        tracks = [to_lazy_track(entry) for entry in found if entry.available and not entry.live]
        return tuple(track for track in tracks if limit_s is None or (track.duration_s or 0.0) <= limit_s)

    async def _try_plain(self, url: str, guild_id: GuildId) -> Whole | Streamed | MediaError:
        """What a link is as a sound file; the reason if it may be a page for the extractor.

        Raises:
            MediaError: no page of a site either.
        """
        try:
            return await self.direct.find(url, guild_id)
        except MediaError as error:
            is_refused_file = error.kind in _REFUSED and names_media(url)
            if error.kind not in _MAYBE_A_SITE or is_refused_file:
                raise
            return error

    @asynccontextmanager
    async def _read(self, url: str, plain: MediaError | None, link: Link) -> AsyncGenerator[Listing]:
        """Let the extractor read a link; ``plain`` is why it is no sound file, if somebody looked.

        Of a video within a list that cannot be read (somebody's own), the video is left.
        """
        async with AsyncExitStack() as stack:
            try:
                listing = await stack.enter_async_context(self.extractor.entries(url, limit=MOST + 1))
            except ExtractionFailed as error:
                if plain is not None and not _says_more(error.kind, plain):
                    raise plain from error
                if not link.in_list or error.kind not in _NOT_OURS:
                    raise to_error(error, url) from error
                listing = await self._read_video(stack, link)
            yield listing

    async def _read_video(self, stack: AsyncExitStack, link: Link) -> Listing:
        url = f"https://www.youtube.com/watch?v={link.video_id}"
        try:
            return await stack.enter_async_context(self.extractor.entries(url, limit=1))
        except ExtractionFailed as error:
            raise to_error(error, url) from error

    async def _resolution(
        self, link: Link, url: str, listing: Listing, guild_id: GuildId
    ) -> Whole | Streamed:
        looker = self.direct.looker
        if listing.single is None:
            named = link.video_id if link.in_list else None
            return Streamed(
                playlist_title=listing.title or "",
                count=listing.count,
                entries=_lazily(listing.entries, named, url),
                intake=Intake(limit_s=looker.max_duration_s(guild_id)),
            )
        found = await self._measure(listing.single)
        track = evolve(to_track(found, url), start_s=link.start_s)
        looker.check_length(guild_id, track.duration_s)
        self.looks.note(track.key, None if link.in_list else url, found)  # the list may be there next time
        return Whole(tracks=(track,))


def _says_more(kind: FailureKind, plain: MediaError) -> bool:
    """Whether the extractor's reason is better than that of the first look, which may have been refused."""
    if plain.kind in _REFUSED:
        return kind in _SAYS_WHY
    return kind not in _KNOWS_NOTHING


async def _lazily(entries: AsyncIterator[Entry], named: str | None, url: str) -> AsyncGenerator[Track | None]:
    """Entries as tracks, None for those that the list itself calls gone.

    The video that the link names comes first, then those behind it, then those before it.
    """
    before: list[Entry] = []
    is_found = named is None
    try:
        async for entry in entries:
            is_found = is_found or entry.id == named
            if is_found:
                yield _lazy(entry)
            else:
                before.append(entry)
    except ExtractionFailed as error:
        raise to_error(error, url) from error
    for entry in before:
        yield _lazy(entry)


def _lazy(entry: Entry) -> Track | None:
    return to_lazy_track(entry) if entry.available else None
