"""What follows the current track without a gap: the next one, opened before its time, or the same again.

Pure and synchronous; ``at`` is monotonic seconds. States of the next track::

    none ─prepare─▶ opening ─opened─▶ ready ─take─▶ none (the deck has it)
      ▲                └───── forget ───┴──failed──▶ failed, which is told when its turn comes

Rules: at most one playable of a track behind the current one exists, and only as long as it is the next;
whoever lets go of it writes ``Release`` into the list that deck and player share. A repeat is no second
opening: it gets a generation of its own, under which the node plays the same playable once more.
"""

from collections.abc import Sequence

from attrs import define

from actors.player.effects import Effect, Open, Release
from actors.player.link import Attempts
from actors.player.playback import Ahead
from actors.player.saved import Entry
from media.tracks import Playable
from voice.protocol import TrackKey


@define
class Standby:
    """The machine. ``repeat`` is the generation under which the current track comes again."""

    _out: list[Effect]
    _generations: Attempts
    ahead: Ahead | None = None
    repeat: int | None = None

    def prepare(self, queue: Sequence[Entry], at: float, *, repeats: bool) -> None:
        """The current track ends soon: be ready for the first of the queue, or for the same one again."""
        if repeats:
            if self.repeat is None:
                self.repeat = self._generations.next(at)
            return
        if self.ahead is None and queue:
            entry = queue[0]
            self.ahead = Ahead(entry_id=entry.id, generation=self._generations.next(at))
            self._out.append(Open((entry.id, self.ahead.generation), entry.track))

    def take_repeat(self) -> int | None:
        """The current track comes again, or is over: the generation, if one was given."""
        repeat, self.repeat = self.repeat, None
        return repeat

    def take(self, entry: Entry, at: float) -> Ahead | None:
        """What was opened ahead of its time, if it can be used."""
        ahead, self.ahead = self.ahead, None
        if ahead is None or ahead.entry_id != entry.id or ahead.playable is None:
            return None
        if ahead.good_until is None or at < ahead.good_until:
            return ahead
        self._out.append(Release(ahead.playable))
        return None

    def has_failed(self, entry: Entry) -> bool:
        """Whether the node could not play what was opened of this."""
        return self.ahead is not None and self.ahead.entry_id == entry.id and self.ahead.failed

    def opened(self, key: TrackKey, playable: Playable, good_until: float | None) -> bool:
        """An opening succeeded; whether it was the one that is waited for here."""
        if self.ahead is None or self.ahead.key != key:
            return False
        self.ahead.playable, self.ahead.good_until = playable, good_until
        return True

    def heard_title(self, key: TrackKey, title: str) -> None:
        """A radio says what it plays."""
        if self.ahead is not None and self.ahead.key == key:
            self.ahead.title_on_air = title or None

    def failed(self, key: TrackKey) -> None:
        """The node could not play what was opened ahead: in its turn it is looked for anew."""
        if self.ahead is not None and self.ahead.key == key:
            self.ahead.failed = True
            self._let_go()

    def check(self, queue: Sequence[Entry]) -> None:
        """What was opened ahead is let go if something else comes first now."""
        if self.ahead is not None and (not queue or queue[0].id != self.ahead.entry_id):
            self.forget()

    def forget(self) -> None:
        """Let go of what was opened ahead."""
        self._let_go()
        self.ahead = None

    def _let_go(self) -> None:
        if self.ahead is not None and self.ahead.playable is not None:
            self._out.append(Release(self.ahead.playable))
            self.ahead.playable = None
