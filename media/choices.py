"""Which video a person chose for a song of a music service, remembered per guild.

A matched track (Spotify, Apple Music, Deezer) plays the video that scored best. Where a person said "wrong
song" and picked another one, that choice counts from then on, in their guild, for this song wherever it comes
from. `IndexChoices` keeps choices in the room's index; the program may give an implementation of its own.
"""

from typing import Protocol

import msgspec
from attrs import define, frozen

from gateway_client.ids import GuildId
from media.errors import MediaError
from media.index import Index
from media.tracks import Track


@frozen(kw_only=True)
class Candidate:
    """A video that may be the song.

    Attributes:
        url: its page.
        title: as the uploader wrote it; not escaped.
        artist: the channel.
        confidence_pct: 0 to 100.
        key: as the key of a track that plays it.
        chosen: a person said so.
    """

    url: str
    title: str
    key: str
    artist: str | None = None
    duration_s: float | None = None
    thumbnail_url: str | None = None
    confidence_pct: int = 0
    chosen: bool = False


@define(eq=False, kw_only=True)
class UnsureMatch(MediaError):
    """No video is surely this song (``UNSURE``); somebody may choose one.

    Attributes:
        track: the song.
        candidates: what was found, surest first, never empty.
    """

    track: Track
    candidates: tuple[Candidate, ...]


class Choices(Protocol):
    """Choices by guild and song; ``song`` is the key of the matched track."""

    async def get(self, guild_id: GuildId, song: str) -> Candidate | None:
        """What was chosen, None if nothing was."""
        ...

    async def put(self, guild_id: GuildId, song: str, chosen: Candidate) -> None:
        """Remember a choice over the one before; returns when it is kept."""
        ...


_DECODER = msgspec.json.Decoder(Candidate)


@define(eq=False)
class IndexChoices:
    """`Choices` in the room's index."""

    index: Index

    async def get(self, guild_id: GuildId, song: str) -> Candidate | None:
        """What was chosen; what cannot be read any more was not."""
        data = await self.index.get(_key(guild_id, song))
        try:
            return None if data is None else _DECODER.decode(data)
        except msgspec.MsgspecError:
            return None

    async def put(self, guild_id: GuildId, song: str, chosen: Candidate) -> None:
        """Remember a choice."""
        await self.index.put(_key(guild_id, song), msgspec.json.encode(chosen))


def _key(guild_id: GuildId, song: str) -> str:
    return f"choice:{int(guild_id)}:{song}"
