"""The reputation actor of a guild: reads and writes the ledger, one request after the other.

It keeps nothing in memory: what it knows is in the store, and the cooldown holds because gifts of one guild
are decided in their order of arrival.
"""

import logging

from attrs import define

from actors.core.cell import Context
from actors.core.envelope import Envelope
from actors.core.listing import show_pages
from actors.core.pages import PageReady, PageWanted
from actors.core.reactive import Reactive
from actors.core.texts import text
from actors.reputation.ledger import Ledger
from actors.reputation.messages import Give, ShowLeaderboard, ShowReceived, Undo
from actors.reputation.state import BOTTOM, TOP, cut_leaderboard, cut_list, refuse_hurry, refuse_self
from actors.reputation.view import view_given, view_leaderboard, view_received, view_undone
from actors.rest.payloads import Message
from actors.store.errors import StoreError
from gateway_client.ids import UserId

log = logging.getLogger(__name__)

LEADERBOARD = "leaderboard"
RECEIVED = "received"


@define(eq=False)
class ReputationActor(Reactive):
    """One guild's reputation."""

    context: Context

    async def handle(self, envelope: Envelope) -> None:
        """Give, take back, or show."""
        try:
            match envelope.message:
                case Give():
                    await self._give(envelope, envelope.message)
                case Undo():
                    await self._undo(envelope)
                case ShowReceived(person):
                    show_pages(self.context, envelope, f"{RECEIVED} {person or envelope.facts.user_id}")
                case ShowLeaderboard():
                    show_pages(self.context, envelope, LEADERBOARD)
                case other:
                    raise TypeError(f"reputation cannot take {other!r}")
        except StoreError as error:
            log.warning("reputation was not written", extra={"error": str(error)})
            self.context.refuse(envelope, text("reputation.not_saved"))

    async def observe(self, fact: object) -> None:
        """A pager wants a page."""
        match fact:
            case PageWanted():
                self.context.ports.tell(fact.pager, await self._render(fact))
            case other:
                raise TypeError(f"reputation cannot take {other!r}")

    async def _give(self, envelope: Envelope, gift: Give) -> None:
        giver, at, ledger = envelope.facts.user_id, envelope.facts.at, self._ledger
        denied = refuse_self(giver, gift.receiver)
        if denied is None:
            last_at_s = await ledger.last_given_s(giver, gift.receiver, at)
            denied = refuse_hurry(gift.receiver, last_at_s, at.timestamp())
        if denied is not None:
            self.context.refuse(envelope, denied)
            return
        await ledger.give(giver, gift.receiver, gift.points, gift.reason, at)
        standing = await ledger.standing(gift.receiver)
        envelope.reply.say(view_given(gift.points, gift.reason, standing, self.context.say))

    async def _undo(self, envelope: Envelope) -> None:
        at, ledger = envelope.facts.at, self._ledger
        entry = await ledger.undoable(envelope.facts.user_id, at)
        if entry is None:
            self.context.refuse(envelope, text("reputation.nothing_to_undo"))
            return
        await ledger.undo(entry, at)
        standing = await ledger.standing(entry.receiver)
        envelope.reply.say(view_undone(entry, standing, self.context.say))

    async def _render(self, wanted: PageWanted) -> PageReady:
        word, _, person = wanted.query.partition(" ")
        if word == RECEIVED:
            return await self._render_received(wanted, UserId(int(person)))
        return await self._render_leaderboard(wanted)

    async def _render_received(self, wanted: PageWanted, person: UserId) -> PageReady:
        try:
            standing = await self._ledger.standing(person)
            page = cut_list(wanted.page, standing.entries)
            entries = await self._ledger.received(person, page)
        except StoreError as error:
            return self._unreadable(wanted, error)
        payload = view_received(entries, standing, self.context.say)
        return PageReady(query=wanted.query, page=page.number, total=page.total, payload=payload)

    async def _render_leaderboard(self, wanted: PageWanted) -> PageReady:
        try:
            people = await self._ledger.people()
            page = cut_leaderboard(wanted.page, people)
            standings = await self._ledger.ranked(page)
            both_ends = page.number == 1 and people > TOP + BOTTOM
            last = await self._ledger.ranked_last(BOTTOM) if both_ends else []
        except StoreError as error:
            return self._unreadable(wanted, error)
        payload = view_leaderboard(standings, last, page, people, self.context.say)
        return PageReady(query=wanted.query, page=page.number, total=page.total, payload=payload)

    def _unreadable(self, wanted: PageWanted, error: StoreError) -> PageReady:
        log.warning("reputation cannot be read", extra={"error": str(error)})
        payload = Message(content=self.context.say("reputation.unreadable"))
        return PageReady(query=wanted.query, page=1, total=0, payload=payload)

    @property
    def _ledger(self) -> Ledger:
        return Ledger(self.context.ports.store, self.context.guild_id)
