"""From a song of a music service to the video that plays it.

Asks YouTube for artist and title, scores every find (`media.matching`) and takes the surest, if it is sure
enough (`SURE_PCT`); where it is not, the words are asked once more without what services add to titles. What
was found is remembered for the song, what a person chose is remembered for their guild and comes first. There
is no silent second best: below the threshold it is `UNSURE`, and a person may choose.
"""

import logging

import msgspec
from attrs import define, evolve

from gateway_client.ids import GuildId
from media.choices import Candidate, Choices, UnsureMatch
from media.errors import MediaError, MediaFailure
from media.extractor.contract import Extractor
from media.extractor.failures import ExtractionFailed
from media.index import Index
from media.matching.score import SURE_PCT, Song, Video, rank
from media.matching.words import artists_of, parse_title
from media.site_values import to_candidate, to_error
from media.tracks import Track

FINDS = 10
NAMED = 3  # finds that an error names
_DECODER = msgspec.json.Decoder(Candidate)
_log = logging.getLogger(__name__)


@define(eq=False)
class SongMatcher:
    """A `media.resolve.Matcher`."""

    extractor: Extractor
    choices: Choices
    index: Index

    async def candidates(self, track: Track, guild_id: GuildId) -> tuple[Candidate, ...]:
        """What may be the song, surest first.

        Raises:
            MediaError: YouTube cannot be asked.
        """
        song = to_song(track)
        found = await self._ask(song, _words(song))
        if not found or found[0].confidence_pct < SURE_PCT:
            known = {candidate.key for candidate in found}
            again = await self._ask(song, _plain_words(song))
            found += [candidate for candidate in again if candidate.key not in known]
        return tuple(sorted(found, key=lambda candidate: -candidate.confidence_pct))

    async def choose(self, track: Track, guild_id: GuildId, chosen: Candidate) -> Track:
        """Remember what a person chose."""
        sure = evolve(chosen, confidence_pct=100, chosen=True)
        await self.choices.put(guild_id, track.key, sure)
        return with_match(track, sure)

    async def match(self, track: Track, guild_id: GuildId | None) -> tuple[Candidate, ...]:
        """The video to play, and others that are sure enough if it cannot be played.

        Raises:
            UnsureMatch: none is sure enough.
            MediaError: ``NO_MATCH``, or YouTube cannot be asked.
        """
        chosen = None if guild_id is None else await self.choices.get(guild_id, track.key)
        if chosen is not None:
            return (chosen,)
        known = await self._known(track)
        if known is not None:
            return (known,)
        found = await self.candidates(track, guild_id or GuildId(0))
        sure = tuple(candidate for candidate in found if candidate.confidence_pct >= SURE_PCT)
        if not sure:
            raise _unsure(track, found)
        return sure

    async def remember(self, track: Track, matched: Candidate) -> None:
        """This match has proven to be playable."""
        await self.index.put(f"match:{track.key}", msgspec.json.encode(matched))

    async def forget(self, track: Track) -> None:
        """This match is not playable any more."""
        await self.index.remove(f"match:{track.key}")

    async def _known(self, track: Track) -> Candidate | None:
        data = await self.index.get(f"match:{track.key}")
        try:
            return None if data is None else _DECODER.decode(data)
        except msgspec.MsgspecError as error:
            _log.info("a remembered match cannot be read: %s", error)
            return None

    async def _ask(self, song: Song, words: str) -> list[Candidate]:
        try:
            entries = await self.extractor.search(words, FINDS)
        except ExtractionFailed as error:
            raise to_error(error) from error
        playable = [entry for entry in entries if entry.available]
        videos = [
            Video(title=entry.title, channel=entry.uploader, duration_s=entry.duration_s, live=entry.live)
            for entry in playable
        ]
        return [to_candidate(playable[place], percent) for percent, place in rank(song, videos)]


def to_song(track: Track) -> Song:
    """What is looked for."""
    return Song(title=track.title, artist=track.artist, duration_s=track.song_s or track.duration_s)


def with_match(track: Track, matched: Candidate) -> Track:
    """A song that plays this video, with what only the video knows."""
    return evolve(
        track,
        lazy=False,
        match_url=matched.url,
        confidence_pct=matched.confidence_pct,
        duration_s=matched.duration_s or track.duration_s,
        song_s=track.song_s or track.duration_s,
        thumbnail_url=track.thumbnail_url or matched.thumbnail_url,
    )


def _words(song: Song) -> str:
    return f"{song.artist} {song.title}" if song.artist else song.title


def _plain_words(song: Song) -> str:
    """The first artist and the bare title."""
    artists = artists_of(song.artist or "")
    return " ".join([*(artists[0] if artists else ()), *parse_title(song.title).words])


def _unsure(track: Track, found: tuple[Candidate, ...]) -> MediaError:
    if not found:
        return MediaError(kind=MediaFailure.NO_MATCH, detail="no video for the song")
    return UnsureMatch(
        kind=MediaFailure.UNSURE,
        track=track,
        candidates=found,
        names=tuple(candidate.title for candidate in found[:NAMED]),
        limit=SURE_PCT,
        actual=found[0].confidence_pct,
    )
