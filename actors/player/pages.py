"""The queue and the history as lists: this actor renders the pages, a pager owns the message."""

from attrs import define

from actors.core.cell import Context
from actors.core.envelope import Envelope
from actors.core.listing import show_pages
from actors.core.pages import PageReady, PageWanted
from actors.player.deck import Deck
from actors.player.view import history_pages, pages_of, view_history, view_queue

QUEUE, HISTORY = "queue", "history"


@define(eq=False)
class Pages:
    """The lists of one player. A history is asked for with whoever asked, for its buttons are theirs."""

    _context: Context
    _deck: Deck

    def open_queue(self, envelope: Envelope, page: int) -> None:
        """Show what is queued; it vanishes when nobody turns its pages any more."""
        show_pages(self._context, envelope, QUEUE, page=page, vanishes=True)

    def open_history(self, envelope: Envelope) -> None:
        """Show what was heard."""
        show_pages(self._context, envelope, f"{HISTORY}:{envelope.facts.user_id}", page=1, vanishes=False)

    def answer(self, wanted: PageWanted) -> None:
        """Render a page for a pager."""
        deck, (what, _, owner) = self._deck, wanted.query.partition(":")
        if what == HISTORY:
            home = self._context.address
            payload, page = view_history(deck, wanted.page, int(owner), home, self._context.say)
            total = history_pages(deck)
        else:
            payload, page = view_queue(deck, wanted.page, self._context.say)
            total = pages_of(deck)
        ready = PageReady(query=wanted.query, page=page, total=total, payload=payload)
        self._context.ports.tell(wanted.pager, ready)
