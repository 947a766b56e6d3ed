"""The statistics as a pager: this actor renders the pages, a pager owns the message."""

from attrs import define

from actors.core.address import Address
from actors.core.cell import Context
from actors.core.envelope import Envelope
from actors.core.pages import OpenPages, PageReady, PageWanted
from actors.core.work import Work
from actors.gather.messages import HandedOver
from actors.gather.statistics import Statistics
from actors.gather.statistics_view import pages_of, view_everybody, view_failure, view_person
from actors.store.errors import StoreError
from gateway_client.ids import UserId

PAGER = "pager"
EVERYBODY = "everybody"
_EPOCH_MS = 1_420_070_400_000  # Discord, "Snowflakes": the first millisecond of 2015


@define(eq=False)
class Pages:
    """One guild's statistics. ``handed_over`` counts the requests that pagers have not finished yet."""

    _context: Context
    handed_over: int = 0

    def open(self, envelope: Envelope, person: UserId | None) -> None:
        """Show everybody, or one person."""
        self.handed_over += 1
        envelope.work.detach()
        envelope.work.watch(self._watch)
        wish = OpenPages(
            source=self._context.address,
            query=EVERYBODY if person is None else str(person),
            owner=envelope.facts.user_id,
            facts=envelope.facts,
            reply=envelope.reply,
            work=envelope.work,
        )
        at_ms = round(envelope.facts.at.timestamp() * 1000) - _EPOCH_MS
        key = (at_ms << 22) | (envelope.number & 0x3FFFFF)
        self._context.ports.tell(Address(PAGER, key), wish)

    async def answer(self, wanted: PageWanted) -> None:
        """Render a page for a pager."""
        try:
            ready = await self._render(wanted)
        except StoreError:
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

    def _watch(self, work: Work) -> None:
        if not work.is_open:
            self.handed_over -= 1
            self._context.tell_self(HandedOver())


def _clamped(page: int, total: int) -> int:
    return min(max(page, 1), max(total, 1))
