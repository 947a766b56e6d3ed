"""The deck: what plays, what is opened ahead, what is queued, what has played.

Pure and synchronous; ``at`` is monotonic seconds, positions are milliseconds from the start of the track. The
deck knows nothing of channels, people and timers. It writes the effects ``Open`` and ``Release`` into a list
that it shares with the player. States of the current track::

    none ─next─▶ opening ─opened─▶ ready ─TrackStarted─▶ started ─▶ (ended, failed, skipped) ─▶ next
                    ▲                 └────────── hold ─┐  └── hold (the call is gone)
                    └───────────── go_on ──────────── held

Rules: an entry's number is the node's track id and every opening gets a new generation, so a word about an
earlier playback never fits the current one. What comes back from an opening that nobody waits for is
released at once. What comes behind the current track is opened by ``standby``. What opening taught about a
track replaces what was queued. An address that was refused is looked for once more and played from where it
was; again only after ``RENEW_AFTER_MS`` of sound.
"""

from collections import deque
from collections.abc import Iterable

from attrs import define, evolve, field

from actors.player.effects import Effect, Open, Release
from actors.player.link import Attempts
from actors.player.normalize import Loudnesses
from actors.player.playback import Now, start_ms
from actors.player.saved import Entry
from actors.player.standby import Standby
from actors.player.tuning import Loop
from gateway_client.ids import UserId
from media.tracks import Playable, Track
from voice.protocol import TrackKey

HISTORY = 50
UNSURE = 25
AHEAD_MS = 30_000
"""Of the track; twelve seconds of crossfade at double speed use up 24 of these."""
RENEW_AFTER_MS = 10_000


@define(kw_only=True)
class Deck:
    """The machine."""

    out: list[Effect]
    next_id: int = 1
    now: Now | None = None
    loop: Loop = Loop.OFF
    loudness: Loudnesses = field(factory=Loudnesses)
    queue: list[Entry] = field(factory=list[Entry])
    history: deque[Entry] = field(factory=lambda: deque[Entry](maxlen=HISTORY))
    unsure: deque[Entry] = field(factory=lambda: deque[Entry](maxlen=UNSURE))
    """Songs that were passed over because no video is surely them; somebody may choose one."""
    standby: Standby = field(init=False)
    _generations: Attempts = field(factory=Attempts)

    def __attrs_post_init__(self) -> None:
        self.standby = Standby(self.out, self._generations)

    def entries(
        self,
        tracks: Iterable[Track],
        requester: UserId,
        request: int,
        *,
        quiet: bool = False,
        auto: bool = False,
    ) -> list[Entry]:
        """Found tracks with numbers of their own."""
        made: list[Entry] = []
        for track in tracks:
            entry = Entry(
                id=self.next_id, track=track, requester=requester, request=request, quiet=quiet, auto=auto
            )
            made.append(entry)
            self.next_id += 1
        return made

    def arrange(self, queue: list[Entry]) -> None:
        """Make this the queue."""
        self.queue[:] = queue
        self.standby.check(self.queue)

    def find(self, entry_id: int) -> Entry | None:
        """An entry that plays, is queued, was heard or was passed over."""
        known = [*([self.now.entry] if self.now else []), *self.queue, *self.history, *self.unsure]
        return next((entry for entry in known if entry.id == entry_id), None)

    def replace(self, entry_id: int, track: Track) -> None:
        """An entry stands for another sound, or more is known of it."""
        if self.now is not None and self.now.entry.id == entry_id:
            self.now.entry = evolve(self.now.entry, track=track)
        for entries in (self.queue, self.history):
            for index, entry in enumerate(entries):
                if entry.id == entry_id:
                    entries[index] = evolve(entry, track=track)

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
        begin_ms = start_ms(entry.track)
        failed = self.standby.has_failed(entry)
        ahead = self.standby.take(entry, at)
        if ahead is not None:
            self.now = Now(
                entry=entry,
                generation=ahead.generation,
                playable=ahead.playable,
                offset_ms=begin_ms,
                title_on_air=ahead.title_on_air,
            )
        else:
            self.now = Now(entry=entry, generation=0, offset_ms=begin_ms)
            self._open(self.now, at, fresh=failed)
        self.now.position_ms = begin_ms
        return True

    def back(self, at: float) -> bool:
        """Go to what was heard last; the current track comes again behind it. Whether there was something."""
        if not self.history:
            return False
        entry = self.history.popleft()
        current = [evolve(self.now.entry, request=0)] if self.now is not None else []
        self.finish(keep=False)
        self.arrange([entry, *current, *self.queue])
        return self.next(at)

    def again(self, at: float) -> bool:
        """The current track has ended: begin it once more if that is wanted."""
        if self.now is None or not self.repeats:
            return False
        repeat = self.standby.take_repeat()
        self.now.begin_at(0, self._generations.next(at) if repeat is None else repeat)
        return True

    def seek(self, position_ms: int, at: float) -> None:
        """Go to another place of the current track."""
        if self.now is not None:
            self.now.begin_at(position_ms, self.now.generation)
            if self.now.playable is not None:
                self.now.generation = self._generations.next(at)

    def finish(self, *, keep: bool = True) -> None:
        """The current track is over; what was heard of goes to the history."""
        self.standby.take_repeat()
        if self.now is None:
            return
        self._let_go(self.now)
        if keep:
            self.history.appendleft(evolve(self.now.entry, request=0))
        self.now = None

    def hold(self, at: float) -> None:
        """The call is gone: keep the track and how far it was, let go of everything opened."""
        self.standby.forget()
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

    def opened(self, key: TrackKey, playable: Playable, good_until: float | None = None) -> None:
        """An opening succeeded; it may have taught something."""
        if self.now is not None and self.now.key == key and self.now.is_opening:
            self.now.playable = playable
        elif not self.standby.opened(key, playable, good_until):
            self.out.append(Release(playable))
            return
        if playable.track is not None:
            self.replace(key[0], playable.track)

    def heard_title(self, key: TrackKey, title: str) -> None:
        """A radio says what it plays."""
        if self.now is not None and self.plays(key):
            self.now.title_on_air = title or None
        else:
            self.standby.heard_title(key, title)

    def renew(self, position_ms: int, at: float) -> bool:
        """The address of the current playback was refused: look for another one, if that may help."""
        now = self.now
        if now is None or now.playable is None or not now.playable.renewable:
            return False
        if now.renewed_ms is not None and position_ms < now.renewed_ms + RENEW_AFTER_MS:
            return False
        now.renewed_ms = position_ms
        self._let_go(now)
        now.begin_at(position_ms, now.generation)
        self._open(now, at, fresh=True)
        return True

    def begin_anew(self, at: float) -> None:
        """The current entry is another sound now: open it, from its beginning."""
        if self.now is not None:
            self._let_go(self.now)
            self.now.begin_at(0, self.now.generation)
            if self.now.held:
                return
            self._open(self.now, at)

    def waits_for(self, key: TrackKey) -> bool:
        """Whether the current track is being opened under this key."""
        return self.now is not None and self.now.key == key and self.now.is_opening

    def plays(self, key: TrackKey) -> bool:
        """Whether this is the current playback."""
        return self.now is not None and self.now.key == key and self.now.playable is not None

    def open_ahead(self, at: float) -> None:
        """Open the next track if the current one ends soon."""
        if self.now is None or not self.now.started:
            return
        left_ms = self.now.left_ms
        if left_ms is None or left_ms > AHEAD_MS:
            return
        self.standby.prepare(self.queue, at, repeats=self.repeats)

    @property
    def repeats(self) -> bool:
        """Whether the current track comes again by itself."""
        return self.loop is Loop.TRACK or (self.loop is Loop.QUEUE and not self.queue)

    def _open(self, now: Now, at: float, *, fresh: bool = False) -> None:
        now.generation = self._generations.next(at)
        self.out.append(Open(now.key, now.entry.track, fresh))

    def _let_go(self, now: Now) -> None:
        if now.playable is not None:
            self.out.append(Release(now.playable))
            now.playable = None
