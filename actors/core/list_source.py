"""How an actor shows a list of its own: the request goes to a fresh pager, which asks back for its pages.

The pager ends the request's work when the first page is there. Until then the source has to live, because the
cell of an actor that retires ends whatever it left open: a child task waits as long.
"""

from functools import partial

import trio

from actors.core.address import Address
from actors.core.cell import Context
from actors.core.envelope import Envelope
from actors.core.pages import OpenPages
from actors.core.work import Work

PAGER = "pager"
SNOWFLAKE_EPOCH_MS = 1_420_070_400_000
"""Source: Discord, "Reference", section "Snowflakes"."""


def show_list(context: Context, envelope: Envelope, query: str, *, page: int = 1) -> None:
    """Answer an envelope with a list of this actor.

    Args:
        context: of the source.
        envelope: whoever asked becomes the list's owner.
        query: the source's own word for the list; comes back in every ``PageWanted``.
        page: which one is shown first.
    """
    envelope.work.detach()
    wish = OpenPages(
        source=context.address,
        query=query,
        owner=envelope.facts.user_id,
        facts=envelope.facts,
        reply=envelope.reply,
        work=envelope.work,
        page=page,
    )
    context.run(partial(_until_ended, envelope.work))
    context.ports.tell(Address(PAGER, _fresh_key(envelope)), wish)


async def _until_ended(work: Work) -> None:
    ended = trio.Event()

    def look(work: Work) -> None:
        if not work.is_open:
            ended.set()

    work.watch(look)
    await ended.wait()


def _fresh_key(envelope: Envelope) -> int:
    """A number like a snowflake: the milliseconds of arrival, then the arrival number."""
    at_ms = int(envelope.facts.at.timestamp() * 1000) - SNOWFLAKE_EPOCH_MS
    return (at_ms << 22) | (envelope.number & 0x3FFFFF)
