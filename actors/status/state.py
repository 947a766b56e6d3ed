"""All messages of a guild whose progress is shown, and the lanes they wait in.

Pure; time is an argument. What happens to works and reactions is told synchronously and changes the
intended state at once; ``flush`` then says what has to be shown, kept and forgotten, and nothing twice.
Whatever may be found under a message after a crash is in the book before it is wished for; what cannot go
wrong – an end that stays – needs no line in it.

At most ``MOST_ENTRIES`` messages are shown at a time; beyond that a message waits in its lane unseen.
"""

import heapq
from collections.abc import Iterator

from attrs import define, field

from actors.core.claim import Claim
from actors.core.reactions import Settled
from actors.core.work import Stage, WorkKind
from actors.status.effects import Effect, LetGo, Line, Show
from actors.status.entry import Entry
from actors.status.lanes import Lanes
from actors.status.shown import Shown
from actors.status.style import Style
from gateway_client.ids import MessageId

MOST_ENTRIES = 1_000


@define(eq=False)
class StatusState:
    """The machine of a guild."""

    _lanes: Lanes = field(factory=Lanes)
    _shown: dict[MessageId, Shown] = field(factory=dict[MessageId, Shown])
    _of_work: dict[int, MessageId] = field(factory=dict[int, MessageId])
    _open: set[int] = field(factory=set[int])
    _changed: dict[MessageId, None] = field(factory=dict[MessageId, None])
    _clocks: list[tuple[float, MessageId]] = field(factory=list[tuple[float, MessageId]])
    _number: int = 0

    def __len__(self) -> int:
        return len(self._shown)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is shown and nobody waits."""
        return not (self._shown or self._open)

    @property
    def works_open(self) -> int:
        """How many works go on."""
        return len(self._open)

    def entry(self, message_id: MessageId) -> Entry | None:
        """The machine of a message."""
        shown = self._shown.get(message_id)
        return shown and shown.entry

    def claim(self, claim: Claim, style: Style, now: float) -> int:
        """Somebody asked for something; the number under which its work is told."""
        self._number += 1
        number = self._number
        if not claim.work.is_open and claim.place is None:
            return number
        self._open.add(number)
        is_behind = claim.lane is not None and self._lanes.enter(number, claim.lane)
        place = claim.place
        if place is not None and place.message_id not in self._shown and len(self._shown) < MOST_ENTRIES:
            entry = Entry(place=place, style=style, claimed_at=now)
            self._shown[place.message_id] = Shown(place=place, entry=entry)
            self._of_work[number] = place.message_id
            self._changed[place.message_id] = None
            if is_behind:
                entry.wait(now)
        self.hear(number, claim.work.stage, claim.work.kind, now)
        return number

    def restore(self, line: Line) -> None:
        """A former life left this: mend it."""
        if line.place.message_id in self._shown:
            return
        remains = Shown(place=line.place, entry=None, remains=line, perhaps=line.perhaps, booked=line)
        self._shown[line.place.message_id] = remains
        self._changed[line.place.message_id] = None

    def hear(self, number: int, stage: Stage, kind: WorkKind, now: float) -> None:
        """A work says where it stands."""
        entry = self._entry_of(number)
        if entry is not None:
            entry.hear(stage, kind, now)
            self._changed[entry.place.message_id] = None
        if stage not in {Stage.QUEUED, Stage.STARTED}:
            self._lanes.leave(number)
            self._open.discard(number)
            self._of_work.pop(number, None)

    def settled(self, message_id: MessageId, version: int, settled: Settled) -> None:
        """A wish has come true, or never can; whether that was the end's, ``flush`` sees.

        The work may have gone on since the wish was made.
        """
        shown = self._shown.get(message_id)
        if shown is None or version != shown.version:
            return
        self._changed[message_id] = None
        shown.settled(settled)

    def edited(self, message_id: MessageId, now: float) -> None:
        """Somebody wrote the message anew."""
        entry = self.entry(message_id)
        if entry is not None:
            entry.stop(now)
            self._changed[message_id] = None

    def gone(self, message_id: MessageId) -> None:
        """The message was deleted."""
        shown = self._shown.get(message_id)
        if shown is not None:
            shown.over = True
            self._changed[message_id] = None

    def interrupt(self, now: float) -> None:
        """The program stops: everything that cannot stay is cleared."""
        for shown in self._shown.values():
            if shown.entry is not None:
                shown.entry.interrupt(now)
        self._changed.update(dict.fromkeys(self._shown))

    def tick(self, now: float) -> None:
        """Time has passed."""
        while self._clocks and self._clocks[0][0] <= now:
            message_id = heapq.heappop(self._clocks)[1]
            shown = self._shown.get(message_id)
            if shown is not None and shown.entry is not None:
                shown.entry.tick(now)
                shown.deadline = None
                self._changed[message_id] = None

    def next_deadline(self) -> float | None:
        """When ``tick`` is due; perhaps for nothing, because something else has happened since."""
        return self._clocks[0][0] if self._clocks else None

    def flush(self, now: float) -> list[Effect]:
        """What has to happen so that people see what is true."""
        effects: list[Effect] = []
        changed, self._changed = self._changed, {}
        for message_id in changed:
            shown = self._shown.get(message_id)
            if shown is not None:
                effects += self._flush_one(shown, now)
        return effects

    def _flush_one(self, shown: Shown, now: float) -> Iterator[Effect]:
        entry = shown.entry
        if entry is not None and shown.true and entry.picture(now).emotes == shown.wished:
            entry.settled(now)
        if shown.over or (entry is not None and entry.over):
            del self._shown[shown.place.message_id]
            yield LetGo(shown.place, shown.booked is not None)
            return
        yield from shown.show(now)
        deadline = None if entry is None else entry.deadline(now)
        if deadline is not None and deadline != shown.deadline:
            heapq.heappush(self._clocks, (deadline, shown.place.message_id))
        shown.deadline = deadline

    def booked(self, line: Line) -> None:
        """A line is in the book."""
        shown = self._shown.get(line.place.message_id)
        if shown is not None:
            shown.booked = line

    def is_overtaken(self, show: Show, now: float) -> bool:
        """Whether something else is true by now."""
        entry = self.entry(show.place.message_id)
        return entry is not None and entry.picture(now).emotes != show.wish.emotes

    def withheld(self, show: Show) -> None:
        """It was not wished for: what is true is looked at again with the next change."""
        shown = self._shown.get(show.place.message_id)
        if shown is not None and shown.version == show.version:
            shown.wished = None
            self._changed[show.place.message_id] = None

    def _entry_of(self, number: int) -> Entry | None:
        message_id = self._of_work.get(number)
        return None if message_id is None else self.entry(message_id)
