"""What links lead to whose sound is kept: asked for again, they need nobody's page.

When a track of a site comes into the cache, its link is noted with it. A video's id never means another
video; a page that is read like any other (`media.site_values.ANY_SITE`) may play something else tomorrow,
so there the note, and the kept sound with it, is good for `TRUSTED_FOR`.

Failure mode: a note that is lost or cannot be read costs asking the site again.
"""

from datetime import UTC, datetime, timedelta

import msgspec
from attrs import define, frozen

from media.cache_files import CacheFiles
from media.index import Index
from media.site_values import may_change
from media.tracks import Track

TRUSTED_FOR = timedelta(days=1)


@frozen(kw_only=True)
class _Note:
    """A track, and when its sound was read."""

    track: Track
    at: datetime


_DECODER = msgspec.json.Decoder(_Note)


@define(eq=False)
class KeptLinks:
    """Notes in the room's index."""

    index: Index
    files: CacheFiles

    async def find(self, url: str) -> Track | None:
        """The one track that a link leads to, if it can be played without asking anybody."""
        note = await self._read(url)
        if note is None or not _is_fresh(note) or self.files.find(note.track.key) is None:
            return None
        return note.track

    async def is_good(self, track: Track) -> bool:
        """Whether what is kept of a track may be played for it."""
        if not may_change(track.key):
            return True
        note = await self._read(track.locator)
        return note is not None and note.track.key == track.key and _is_fresh(note)

    async def note(self, track: Track) -> None:
        """A track of a site is kept now."""
        data = msgspec.json.encode(_Note(track=track, at=datetime.now(UTC)))
        await self.index.put(_name(track.locator), data)

    async def _read(self, url: str) -> _Note | None:
        data = await self.index.get(_name(url))
        try:
            return None if data is None else _DECODER.decode(data)
        except msgspec.MsgspecError:
            return None


def _name(url: str) -> str:
    return f"link:{url}"


def _is_fresh(note: _Note) -> bool:
    return not may_change(note.track.key) or datetime.now(UTC) - note.at < TRUSTED_FOR
