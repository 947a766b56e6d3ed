"""The statistics as a list: this actor renders the pages, a pager owns the message."""

import logging

from attrs import define

from actors.core.cell import Context
from actors.core.envelope import Envelope
from actors.core.listing import show_pages
from actors.core.pages import PageReady, PageWanted
from actors.gather.statistics import Statistics
from actors.gather.statistics_view import pages_of, view_everybody, view_failure, view_person
from actors.store.errors import StoreError
from gateway_client.ids import UserId

log = logging.getLogger(__name__)

EVERYBODY = "everybody"


@define(eq=False)
class Pages:
    """One guild's statistics."""

    _context: Context

    def open(self, envelope: Envelope, person: UserId | None) -> None:
        """Show everybody, or one person."""
        show_pages(self._context, envelope, EVERYBODY if person is None else str(person))

    async def answer(self, wanted: PageWanted) -> None:
        """Render a page for a pager."""
        try:
            ready = await self._render(wanted)
        except StoreError as error:
            log.warning("statistics cannot be read", extra={"error": str(error)})
            failure = view_failure(self._context.say)
            ready = PageReady(query=wanted.query, page=1, total=1, payload=failure)
        self._context.ports.tell(wanted.pager, ready)

    async def _render(self, wanted: PageWanted) -> PageReady:
        statistics = Statistics(self._context.ports.store, self._context.guild_id)
        say = self._context.say
        if wanted.query == EVERYBODY:
            total = pages_of(await statistics.people())
            page = _clamped(wanted.page, total)
            payload = view_everybody(await statistics.ranked(page), page, say)
        else:
            user_id = UserId(int(wanted.query))
            standing = await statistics.total(user_id)
            total = pages_of(standing.gathers)
            page = _clamped(wanted.page, total)
            payload = view_person(user_id, standing, await statistics.attended(user_id, page), say)
        return PageReady(query=wanted.query, page=page, total=total, payload=payload)


def _clamped(page: int, total: int) -> int:
    return min(max(page, 1), max(total, 1))
