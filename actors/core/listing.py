"""Opening a pager or a picker in answer to an envelope.

The envelope's answer and work go over to it: whoever opened it has nothing more to say or to end, and may
retire. Each gets an address of its own, made of the moment and the number of arrival, which no restart
repeats.
"""

from collections.abc import Callable, Iterable

from actors.core.address import Address
from actors.core.cell import Context
from actors.core.envelope import Envelope
from actors.core.pages import Choice, OpenPages, OpenPicker

PAGER = "pager"
PICKER = "picker"
_EPOCH_MS = 1_420_070_400_000  # Discord, "Reference", section "Snowflakes"


def show_pages(
    context: Context, envelope: Envelope, query: str, *, page: int = 1, vanishes: bool = False
) -> None:
    """Answer with a list of this actor, which will be asked for its pages."""
    envelope.work.hand_over()
    wish = OpenPages(
        source=context.address,
        query=query,
        owner=envelope.facts.user_id,
        facts=envelope.facts,
        reply=envelope.reply,
        work=envelope.work,
        page=page,
        vanishes=vanishes,
        private=envelope.private,
        command=envelope.command,
    )
    context.ports.tell(fresh_address(PAGER, envelope), wish)


def offer_choices(
    context: Context,
    envelope: Envelope,
    query: str,
    title: str,
    choices: Iterable[Choice],
    *,
    kept: Callable[[], None] | None = None,
) -> None:
    """Answer with a picker, whose result this actor will be told; ``kept`` is called before it is shown."""
    envelope.work.hand_over()
    wish = OpenPicker(
        source=context.address,
        query=query,
        owner=envelope.facts.user_id,
        title=title,
        choices=tuple(choices),
        facts=envelope.facts,
        reply=envelope.reply,
        work=envelope.work,
        private=envelope.private,
        kept=kept,
    )
    context.ports.tell(fresh_address(PICKER, envelope), wish)


def fresh_address(kind: str, envelope: Envelope) -> Address:
    """An address that nobody had before: a number like a snowflake."""
    at_ms = int(envelope.facts.at.timestamp() * 1000) - _EPOCH_MS
    return Address(kind, (at_ms << 22) | (envelope.number & 0x3FFFFF))
