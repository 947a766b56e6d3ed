"""One playback: the current track or the one opened ahead of its time, and what the node is told of it.

Pure; ``at`` is monotonic seconds, positions are milliseconds from the start of the track.
"""

from attrs import define

from actors.player.saved import Entry
from media.tracks import Place, Playable, Track
from voice.protocol import Keep, Measured, Playing, Source, TrackKey

BELIEVED_MS = 1000
"""How far a playback is assumed to have got since the last report, which comes every half second: what people
are shown is never further ahead than this of a playback that has stopped without a word."""


@define(kw_only=True)
class Now:
    """The current track.

    ``moving_since`` is when the node said ``position_ms`` while it moved, ``None`` while it stands still;
    ``pace`` is how many seconds of the track go by in one second; ``renewed_ms`` is where its address was
    last looked for anew, ``title_on_air`` what a radio says it plays.
    """

    entry: Entry
    generation: int
    playable: Playable | None = None
    held: bool = False
    offset_ms: int = 0
    position_ms: int = 0
    moving_since: float | None = None
    pace: float = 1.0
    started: bool = False
    announced: bool = False
    renewed_ms: int | None = None
    title_on_air: str | None = None

    @property
    def key(self) -> TrackKey:
        """What tells this playback from every other."""
        return (self.entry.id, self.generation)

    @property
    def is_opening(self) -> bool:
        """Whether it is looked for how it can be played."""
        return self.playable is None and not self.held

    def begin_at(self, position_ms: int, generation: int) -> None:
        """Play it from there, as another playback if the generation is another one."""
        self.generation, self.started = generation, False
        self.offset_ms = self.position_ms = position_ms
        self.moving_since = None

    def position_at(self, at: float) -> int:
        """How far it is, in milliseconds."""
        moved_ms = 0 if self.moving_since is None else int((at - self.moving_since) * 1000 * self.pace)
        position_ms = self.position_ms + max(0, min(moved_ms, BELIEVED_MS))
        duration_s = self.entry.track.duration_s
        if duration_s is None:
            return position_ms
        return min(position_ms, max(self.position_ms, int(duration_s * 1000)))

    @property
    def left_ms(self) -> float | None:
        """How much of it is to come; ``None`` where nobody knows."""
        duration_s = self.entry.track.duration_s
        return None if duration_s is None else duration_s * 1000 - self.position_ms

    def stand_still(self, at: float) -> None:
        """Fix the position: the sound stops here."""
        self.position_ms, self.moving_since = self.position_at(at), None


@define(kw_only=True)
class Ahead:
    """The next track, opened before its time; ``playable`` is ``None`` until it is ready, or if it failed.

    ``good_until`` is when its address expires, in monotonic seconds; ``failed``: the node could not play it.
    """

    entry_id: int
    generation: int
    playable: Playable | None = None
    good_until: float | None = None
    failed: bool = False
    title_on_air: str | None = None

    @property
    def key(self) -> TrackKey:
        """What tells this opening from every other."""
        return (self.entry_id, self.generation)


def start_ms(track: Track) -> int:
    """Where its link says that a track begins."""
    return int(track.start_s * 1000)


def to_playing(key: TrackKey, playable: Playable, offset_ms: int, known: Measured | None) -> Playing:
    """What the node shall play; ``known`` is how loud the track is, if it was measured in this guild."""
    elsewhere = playable.loudness
    if known is None and elsewhere is not None:
        known = Measured(lufs=elsewhere.lufs, peak_db=elsewhere.peak_db)
    place = playable.keep
    source = Source(
        location=playable.location,
        is_file=playable.is_file,
        proxy=playable.proxy,
        headers=playable.headers,
        keep=None if place is None else to_keep(place),
    )
    return Playing(track_id=key[0], generation=key[1], source=source, offset_ms=offset_ms, loudness=known)


def to_keep(place: Place) -> Keep:
    """Where the node may keep what it reads."""
    return Keep(part=place.part, whole=place.whole, max_bytes=place.max_bytes, least_s=place.least_s)
