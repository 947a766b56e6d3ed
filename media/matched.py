"""Songs of music services as a source: what they are called is read there, what they sound like on YouTube.

A single link is matched at once, so that the answer can say how sure it is. Of an album or playlist nothing
is matched until it is about to play: a hundred songs are a hundred searches, spread over hours. A match
that cannot be played any more is forgotten and looked for anew, once.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager

from attrs import define, evolve

from gateway_client.ids import GuildId
from media.choices import Candidate
from media.errors import MediaError, MediaFailure
from media.matcher import SongMatcher, with_match
from media.resolution import Intake, Resolution, Streamed, Whole
from media.services.links import ServiceLink, Short, parse_service_link
from media.services.songs import MusicService, ServiceBases, no_song
from media.services.web import ServiceWeb
from media.sites import SiteSource
from media.tracks import Playable, Query, SourceKind, TextQuery, Track

TRIED = 3  # videos, all of them sure enough
_UNPLAYABLE = frozenset(
    {
        MediaFailure.AGE,
        MediaFailure.DRM,
        MediaFailure.MEDIA_REFUSED,
        MediaFailure.NOT_AUDIO,
        MediaFailure.NOT_FOUND,
        MediaFailure.NOT_STARTED,
        MediaFailure.PRIVATE,
        MediaFailure.REGION,
        MediaFailure.REMOVED,
    }
)


@define(eq=False)
class MatchedSource:
    """A `media.resolve.Source` for links of music services."""

    services: Mapping[SourceKind, MusicService]
    web: ServiceWeb
    bases: ServiceBases
    matcher: SongMatcher
    sites: SiteSource

    @property
    def kinds(self) -> frozenset[SourceKind]:
        """Everything that has to be matched."""
        return frozenset(self.services)

    def claims(self, query: Query, guild_id: GuildId) -> bool:
        """Links of the services, short and long, and Spotify's own addresses."""
        return isinstance(query, TextQuery) and parse_service_link(query.text) is not None

    @asynccontextmanager
    async def stream(self, query: Query, guild_id: GuildId) -> AsyncGenerator[Resolution]:
        """One song with its match, or a list of songs.

        Raises:
            MediaError: the service cannot be read, or the song cannot be matched.
        """
        if not isinstance(query, TextQuery):
            raise MediaError(kind=MediaFailure.NO_MATCH)
        link = await self._locate(query.text)
        songs = await self.services[link.service].read(link)
        async with aclosing(songs.songs) as entries:
            if songs.title is None:
                yield await self._single(entries, guild_id)
                return
            yield Streamed(
                playlist_title=songs.title,
                count=songs.count,
                cut_off=songs.cut_off,
                entries=entries,
                intake=Intake(limit_s=self.sites.direct.looker.max_duration_s(guild_id)),
            )

    async def open(self, track: Track, guild_id: GuildId | None, *, fresh: bool) -> Playable:
        """A way to the sound of the song's video.

        Raises:
            MediaError: no video is surely it, or none can be played.
        """
        matches = await self.matcher.match(track, guild_id)
        is_known = len(matches) == 1 and not matches[0].chosen
        try:
            return await self._open_first(track, matches, guild_id, fresh=fresh)
        except MediaError as error:
            if error.kind not in _UNPLAYABLE or not is_known:
                raise
        await self.matcher.forget(track)
        matches = await self.matcher.match(track, guild_id)
        return await self._open_first(track, matches, guild_id, fresh=fresh)

    def complete(self, guild_id: GuildId, text: str) -> list[str]:
        """Links are not guessed."""
        return []

    async def _locate(self, text: str) -> ServiceLink:
        """The link itself, short ones followed.

        Raises:
            MediaError: it leads nowhere.
        """
        link = parse_service_link(text)
        if isinstance(link, Short):
            base = f"https://{link.host}" if self.bases.short is None else self.bases.short
            goal = await self.web.follow(f"{base}{link.path}", _is_long)
            found = None if goal is None else parse_service_link(goal)
            if not isinstance(found, ServiceLink):
                raise no_song(link.service)
            link = found
        if link is None or link.service not in self.services:
            raise MediaError(kind=MediaFailure.NO_MATCH)
        return link

    async def _single(self, songs: AsyncGenerator[Track | None], guild_id: GuildId) -> Resolution:
        looker = self.sites.direct.looker
        async for track in songs:
            if track is not None:
                looker.check_length(guild_id, track.duration_s)
                matched = (await self.matcher.match(track, guild_id))[0]
                looker.check_length(guild_id, matched.duration_s)
                return Whole(tracks=(with_match(track, matched),))
        raise MediaError(kind=MediaFailure.NOT_FOUND)

    async def _open_first(
        self, track: Track, matches: tuple[Candidate, ...], guild_id: GuildId | None, *, fresh: bool
    ) -> Playable:
        """The first of the matches that can be played.

        Raises:
            MediaError: why the first one cannot.
        """
        failure: MediaError | None = None
        for matched in matches[:TRIED]:
            try:
                playable = await self.sites.open(_video(matched), guild_id, fresh=fresh)
            except MediaError as error:
                if error.kind not in _UNPLAYABLE:
                    raise
                failure = failure or error
                continue
            await self._note(track, matched)
            known = with_match(track, matched)
            return evolve(playable, track=None if known == track else known)
        assert failure is not None
        raise failure

    async def _note(self, track: Track, matched: Candidate) -> None:
        if not matched.chosen:  # a choice has a place of its own
            await self.matcher.remember(track, matched)


def _is_long(url: str) -> bool:
    return isinstance(parse_service_link(url), ServiceLink)


def _video(matched: Candidate) -> Track:
    """A match as a track of its own."""
    return Track(
        key=matched.key,
        title=matched.title,
        source=SourceKind.YOUTUBE,
        locator=matched.url,
        page_url=matched.url,
        duration_s=matched.duration_s,
        lazy=True,
    )
