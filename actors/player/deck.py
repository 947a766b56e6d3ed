"""The deck: what plays, what is opened ahead, what is queued, what has played.

Pure and synchronous; ``at`` is monotonic seconds, positions are milliseconds from the start of the track. The
deck knows nothing of channels, people and timers. It writes the effects ``Open`` and ``Release`` into a list
that it shares with the player. States of the current track::

    none ─next─▶ opening ─opened─▶ ready ─TrackStarted─▶ started ─▶ (ended, failed, skipped) ─▶ next
                    ▲                 └────────── hold ─┐  └── hold (the call is gone)
                    └───────────── go_on ──────────── held

Rules: an entry's number is the node's track id and every opening gets a new generation, so a word about an
earlier playback never fits the current one. What comes back from an opening that nobody waits for is released
at once. Of the track behind the current one at most one playable exists, and only as long as it is the next.
"""

from collections import deque
from collections.abc import Iterable

from attrs import define, evolve, field

from actors.player.effects import Effect, Open, Release
from actors.player.link import Attempts
from actors.player.messages import TrackKey
from actors.player.normalize import Loudnesses, restored
from actors.player.saved import Entry, Saved, SavedNow
from actors.player.tuning import Loop
from gateway_client.ids import UserId
from media.tracks import Playable, Track
from voice.protocol import Measured, Playing, Source

HISTORY = 50
AHEAD_MS = 30_000
"""Of the track; twelve seconds of crossfade at double speed use up 24 of these."""
BELIEVED_MS = 1000
"""How far a playback is assumed to have got since the last report, which comes every half second: what people
are shown is never further ahead than this of a playback that has stopped without a word."""


@define(kw_only=True)
class Now:
    """The current track.

    ``moving_since`` is when the node said ``position_ms`` while it moved, ``None`` while it stands still;
    ``pace`` is how many seconds of the track go by in one second.
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

    @property
    def key(self) -> TrackKey:
        """What tells this playback from every other."""
        return (self.entry.id, self.generation)

    def position_at(self, at: float) -> int:
        """How far it is, in milliseconds."""
        moved_ms = 0 if self.moving_since is None else int((at - self.moving_since) * 1000 * self.pace)
        position_ms = self.position_ms + max(0, min(moved_ms, BELIEVED_MS))
        duration_s = self.entry.track.duration_s
        if duration_s is None:
            return position_ms
        return min(position_ms, max(self.position_ms, int(duration_s * 1000)))

    def stand_still(self, at: float) -> None:
        """Fix the position: the sound stops here."""
        self.position_ms, self.moving_since = self.position_at(at), None


@define(kw_only=True)
class Ahead:
    """The next track, opened before its time; ``playable`` is ``None`` until it is ready, or if it failed."""

    entry_id: int
    generation: int
    playable: Playable | None = None


@define(kw_only=True)
class Deck:
    """The machine."""

    out: list[Effect]
    next_id: int = 1
    now: Now | None = None
    ahead: Ahead | None = None
    loop: Loop = Loop.OFF
    loudness: Loudnesses = field(factory=Loudnesses)
    queue: list[Entry] = field(factory=list[Entry])
    history: deque[Entry] = field(factory=lambda: deque[Entry](maxlen=HISTORY))
    _repeat: int | None = None
    _generations: Attempts = field(factory=Attempts)

    def entries(self, tracks: Iterable[Track], requester: UserId, request: int) -> list[Entry]:
        """Found tracks with numbers of their own."""
        made: list[Entry] = []
        for track in tracks:
            made.append(Entry(id=self.next_id, track=track, requester=requester, request=request))
            self.next_id += 1
        return made

    def put(self, entries: list[Entry], *, front: bool) -> None:
        """Queue entries, in their order."""
        self.queue[:] = [*entries, *self.queue] if front else [*self.queue, *entries]
        self.check_ahead()

    def take_out(self, index: int) -> Entry:
        """Remove one from the queue; ``index`` counts from 0."""
        taken = self.queue.pop(index)
        self.check_ahead()
        return taken

    def empty(self) -> int:
        """Empty the queue; how many there were."""
        count = len(self.queue)
        self.queue.clear()
        self.check_ahead()
        return count

    def drop_first(self, count: int) -> None:
        """Forget the first ones of the queue."""
        del self.queue[:count]
        self.check_ahead()

    def next(self, at: float) -> bool:
        """Go to the next of the queue, which is opened; whether there was one."""
        if self.loop is Loop.QUEUE and self.now is not None and self.now.announced:
            again = evolve(self.now.entry, id=self.next_id, request=0)
            self.next_id += 1
            self.queue.append(again)
        self.finish()
        if not self.queue:
            return False
        entry = self.queue.pop(0)
        ahead, self.ahead = self.ahead, None
        if ahead is not None and ahead.entry_id == entry.id and ahead.playable is not None:
            self.now = Now(entry=entry, generation=ahead.generation, playable=ahead.playable)
            return True
        self.now = Now(entry=entry, generation=0)
        self._open(self.now, at)
        return True

    def again(self, at: float) -> bool:
        """The current track has ended: begin it once more if that is wanted."""
        if self.now is None or not self._repeats:
            return False
        repeat, self._repeat = self._repeat, None
        self._begin_at(0, self._generations.next(at) if repeat is None else repeat)
        return True

    def seek(self, position_ms: int, at: float) -> None:
        """Go to another place of the current track."""
        if self.now is not None:
            self._begin_at(position_ms, self.now.generation)
            if self.now.playable is not None:
                self.now.generation = self._generations.next(at)

    def _begin_at(self, position_ms: int, generation: int) -> None:
        assert self.now is not None  # the callers have looked
        self.now.generation, self.now.started = generation, False
        self.now.offset_ms = self.now.position_ms = position_ms
        self.now.moving_since = None

    @property
    def _repeats(self) -> bool:
        return self.loop is Loop.TRACK or (self.loop is Loop.QUEUE and not self.queue)

    def finish(self, *, keep: bool = True) -> None:
        """The current track is over; what was heard of goes to the history."""
        self._repeat = None
        if self.now is None:
            return
        self._let_go(self.now)
        if keep:
            self.history.appendleft(evolve(self.now.entry, request=0))
        self.now = None

    def hold(self, at: float) -> None:
        """The call is gone: keep the track and how far it was, let go of everything opened."""
        self._forget_ahead()
        if self.now is not None and not self.now.held:
            self.now.stand_still(at)
            self._let_go(self.now)
            self.now.held, self.now.started = True, False

    def go_on(self, at: float) -> bool:
        """Open what was held again, at its position, or take the next; whether there is something."""
        if self.now is None:
            return self.next(at)
        if self.now.held:
            self.now.held, self.now.offset_ms = False, self.now.position_ms
            self._open(self.now, at)
        return True

    def opened(self, key: TrackKey, playable: Playable) -> None:
        """An opening succeeded."""
        if self.now is not None and self.now.key == key and self._is_opening(self.now):
            self.now.playable = playable
        elif self.ahead is not None and (self.ahead.entry_id, self.ahead.generation) == key:
            self.ahead.playable = playable
        else:
            self.out.append(Release(playable))

    def waits_for(self, key: TrackKey) -> bool:
        """Whether the current track is being opened under this key."""
        return self.now is not None and self.now.key == key and self._is_opening(self.now)

    def plays(self, key: TrackKey) -> bool:
        """Whether this is the current playback."""
        return self.now is not None and self.now.key == key and self.now.playable is not None

    def open_ahead(self, at: float) -> None:
        """Open the next track if the current one ends soon."""
        if self.now is None or not self.now.started:
            return
        duration_s = self.now.entry.track.duration_s
        if duration_s is None or duration_s * 1000 - self.now.position_ms > AHEAD_MS:
            return
        if self._repeats and self._repeat is None:
            self._repeat = self._generations.next(at)
        if self._repeats or self.ahead is not None or not self.queue:
            return
        entry = self.queue[0]
        self.ahead = Ahead(entry_id=entry.id, generation=self._generations.next(at))
        self.out.append(Open((entry.id, self.ahead.generation), entry.track))

    def ahead_failed(self, key: TrackKey) -> None:
        """The node could not play what was opened ahead: it is opened anew in its turn."""
        if self.ahead is not None and (self.ahead.entry_id, self.ahead.generation) == key:
            self._let_go_ahead()

    def check_ahead(self) -> None:
        """What was opened ahead is let go if something else comes first now."""
        if self.ahead is not None and (not self.queue or self.queue[0].id != self.ahead.entry_id):
            self._forget_ahead()

    def playing(self) -> Playing | None:
        """What the node shall play."""
        now = self.now
        if now is None or now.playable is None:
            return None
        return Playing(
            track_id=now.entry.id,
            generation=now.generation,
            source=_source(now.playable),
            offset_ms=now.offset_ms,
            loudness=self.loudness.find(now.entry.track),
        )

    def coming(self) -> Playing | None:
        """What the node shall go on with."""
        now, ahead = self.now, self.ahead
        if self._repeats and self._repeat is not None and now is not None and now.playable is not None:
            return self._preloaded(now.entry.id, self._repeat, now.playable, now.entry.track)
        if ahead is None or ahead.playable is None:
            return None
        track = self.queue[0].track if self.queue else None
        return self._preloaded(ahead.entry_id, ahead.generation, ahead.playable, track)

    def _preloaded(self, track_id: int, generation: int, playable: Playable, track: Track | None) -> Playing:
        loudness = None if track is None else self.loudness.find(track)
        return Playing(track_id=track_id, generation=generation, source=_source(playable), loudness=loudness)

    def measured(self, key: TrackKey, measured: Measured) -> bool:
        """The node knows how loud a track is; whether that is news."""
        entries = [*([self.now.entry] if self.now else []), *self.queue[:1]]
        entry = next((entry for entry in entries if entry.id == key[0]), None)
        return entry is not None and self.loudness.learn(entry.track, measured)

    def saved_now(self, at: float) -> SavedNow | None:
        """The current track as it is kept."""
        if self.now is None:
            return None
        return SavedNow(
            entry=evolve(self.now.entry, request=0),
            position_ms=self.now.position_at(at),
            announced=self.now.announced,
        )

    def _is_opening(self, now: Now) -> bool:
        return now.playable is None and not now.held

    def _open(self, now: Now, at: float) -> None:
        now.generation = self._generations.next(at)
        self.out.append(Open(now.key, now.entry.track))

    def _let_go(self, now: Now) -> None:
        if now.playable is not None:
            self.out.append(Release(now.playable))
            now.playable = None

    def _forget_ahead(self) -> None:
        self._let_go_ahead()
        self.ahead = None

    def _let_go_ahead(self) -> None:
        if self.ahead is not None and self.ahead.playable is not None:
            self.out.append(Release(self.ahead.playable))
            self.ahead.playable = None


def restored_deck(saved: Saved, position_ms: int, out: list[Effect]) -> Deck:
    """The deck as it was kept, held."""
    now = None
    if saved.now is not None:
        now = Now(
            entry=saved.now.entry,
            generation=0,
            held=True,
            position_ms=position_ms,
            announced=saved.now.announced,
        )
    return Deck(
        out=out,
        next_id=saved.next_id,
        now=now,
        queue=list(saved.queue),
        history=deque(saved.history, maxlen=HISTORY),
        loop=saved.tuning.loop,
        loudness=restored(saved.loudness),
    )


def _source(playable: Playable) -> Source:
    return Source(
        location=playable.location,
        is_file=playable.is_file,
        proxy=playable.proxy,
        headers=playable.headers,
    )
