"""What sites have told lately: what a link is, and where the sound of a track is. In memory, for all guilds.

What a link is (title, length) stays true for long, where its sound is only as long as the address lives: as
long as the address itself says, else `ADDRESS_FOR`. So a link that is asked for again is known at once, and
its sound is looked for when it plays, if the address has died by then. What a server refuses is asked for
anew, and forgotten if that fails. A page that is read like any other may play something else soon, and a
livestream ends: these are believed for shorter.

Pure but for the clock. Both memories are bounded; the oldest goes first.
"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from attrs import define, evolve, field

from media.extractor.values import Extracted
from media.site_values import may_change, to_track
from media.tracks import Track

ADDRESS_FOR = timedelta(minutes=10)
MARGIN = timedelta(minutes=1)
"""An address must still work while the node connects."""
LINK_FOR = timedelta(hours=6)
PASSING_LINK_FOR = timedelta(minutes=30)
LIVE_FOR = timedelta(minutes=10)
ADDRESSES = 256
LINKS = 1024

T = TypeVar("T")


def _now() -> datetime:
    return datetime.now(UTC)


@define(eq=False)
class _Memory(Generic[T]):
    """Values with an end, at most so many."""

    most: int
    _known: OrderedDict[str, tuple[T, datetime]] = field(factory=OrderedDict[str, tuple[T, datetime]])

    def get(self, key: str, at: datetime) -> T | None:
        value, until = self._known.get(key, (None, at))
        return value if at < until else None

    def put(self, key: str, value: T, until: datetime) -> None:
        self._known.pop(key, None)
        self._known[key] = (value, until)
        while len(self._known) > self.most:
            self._known.popitem(last=False)

    def drop(self, key: str) -> None:
        self._known.pop(key, None)


@define(eq=False)
class Looks:
    """Both memories; ``at`` is the clock, aware."""

    at: Callable[[], datetime] = _now
    _sounds: _Memory[Extracted] = field(factory=lambda: _Memory[Extracted](ADDRESSES))
    _links: _Memory[Track] = field(factory=lambda: _Memory[Track](LINKS))

    def link(self, url: str, start_s: float) -> Track | None:
        """The one track that a link leads to, beginning there; None if it was not asked for lately."""
        track = self._links.get(url, self.at())
        return None if track is None else evolve(track, start_s=start_s)

    def sound(self, key: str) -> Extracted | None:
        """Where a track's sound is, with an address that still lives."""
        return self._sounds.get(key, self.at())

    def note(self, key: str, url: str | None, found: Extracted) -> None:
        """A track's sound is there, and a link leads to this one track."""
        at, expires_at = self.at(), found.sound.expires_at
        if url is not None:
            lasting = PASSING_LINK_FOR if may_change(key) else LINK_FOR
            until = at + (LIVE_FOR if found.live else lasting)
            self._links.put(url, evolve(to_track(found, url), key=key), until)
        self._sounds.put(key, found, at + ADDRESS_FOR if expires_at is None else expires_at - MARGIN)

    def forget(self, track: Track) -> None:
        """What is known of a track has turned out to be wrong."""
        self._sounds.drop(track.key)
        self._links.drop(track.locator)
