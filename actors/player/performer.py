"""Performing effects: what changes the sound at once, then the commit, then what people read.

The commit is the only thing that is waited for. One that fails is told with the answers that waited for it,
and tried again every five seconds until it holds.
"""

import logging
from collections.abc import Iterable

from attrs import define, evolve, field

from actors.core.cell import Context
from actors.core.snapshot import save_snapshot
from actors.core.texts import Text, text
from actors.player.deeds import Deeds
from actors.player.desk import Desk
from actors.player.effects import Commit, Effect, Say, Word
from actors.player.outside import Outside
from actors.player.saved import FORM, Saved
from actors.player.state import PlayerState
from actors.player.telling import Telling
from actors.store.errors import StoreError

log = logging.getLogger(__name__)

COMMIT_AGAIN_S = 5.0


@define(eq=False)
class Performer:
    """The hands of one player. ``commit_due`` is when a failed commit is tried again, monotonic seconds."""

    _context: Context
    _outside: Outside
    _state: PlayerState
    desk: Desk = field(factory=Desk)
    deeds: Deeds = field(init=False)
    telling: Telling = field(init=False)
    commit_due: float | None = None

    def __attrs_post_init__(self) -> None:
        self.deeds = Deeds(self._context, self._outside, self._state.player, self.desk)
        self.telling = Telling(self._context, self._state.player, self.desk)

    async def perform(self, effects: Iterable[Effect]) -> None:
        """Do everything, in the order that the rules above demand."""
        words: list[Word] = []
        commits = False
        for effect in effects:
            if isinstance(effect, Commit):
                commits = True
            elif isinstance(effect, Word):
                words.append(effect)
            else:
                self.deeds.do(effect)
        commits = self.telling.note(words) or commits
        kept = await self.commit() if commits else True
        self.telling.foretell(self._state.held, kept=self.commit_due is None)
        for word in words:
            self.telling.tell(word, self._warning(word, kept=kept))

    async def commit(self) -> bool:
        """Keep the state as it is; whether that worked."""
        ports, address = self._context.ports, self._context.address
        now = ports.clock.now()
        self._state.player.revision += 1
        try:
            self._note_heard()
            await save_snapshot(ports.store, address, FORM, self._to_saved(now))
        except StoreError as error:
            log.warning("a player could not be kept", extra={"address": str(address), "error": str(error)})
            self.commit_due = now + COMMIT_AGAIN_S
            return False
        self.commit_due = None
        return True

    def _warning(self, word: Word, *, kept: bool) -> Text | None:
        """That the commit of an answer failed; one that waited for its sound was committed before."""
        failed = isinstance(word, Say) and word.late and self.commit_due is not None
        return text("player.not_saved") if failed or not kept else None

    def _to_saved(self, at: float) -> Saved:
        saved = self._state.to_saved(at)
        return evolve(saved, pending=self.telling.untold.merged(saved.pending))

    def _note_heard(self) -> None:
        deck = self._state.player.deck
        newest = [deck.now.entry] if deck.now is not None else []
        known = (entry.track for entry in (*newest, *deck.history, *deck.queue))
        self._outside.heard.note(self._context.guild_id, known)
