"""The contract between a pager or picker and the actor whose list it shows.

A source renders its own pages; the pager owns the message, the page number, who may turn pages and when it
expires. After a restart the pager asks the source again, so neither keeps the other's state. ::

    source ──OpenPages──▶ pager ──PageWanted(n)──▶ source ──PageReady(payload, total)──▶ pager

A picker is given all its choices at once and keeps them itself, so that its source may forget them, and a
restart loses none. Its end is always told: ``Picked`` once, or ``NotPicked``. ::

    source ──OpenPicker──▶ picker ──Picked(value) | NotPicked──▶ source

``listing`` opens both for an envelope.
"""

from collections.abc import Callable

from attrs import field, frozen

from actors.core.address import Address
from actors.core.envelope import Facts
from actors.core.reply import Reply
from actors.core.work import Work
from actors.rest.payloads import Message
from gateway_client.ids import UserId


@frozen(kw_only=True)
class OpenPages:
    """Show a list of ``source`` in answer to a request.

    ``query`` is the source's own word for which list it is; ``vanishes`` says whether the message goes when
    it expires (a queue does) or only loses its buttons.
    """

    source: Address
    query: str
    owner: UserId
    facts: Facts
    reply: Reply = field(repr=False)
    work: Work = field(repr=False)
    page: int = 1
    vanishes: bool = False
    private: bool = False
    """Whether the answer is seen by its owner alone; then only the interaction's token can change it."""
    command: str = ""
    """What to use again when the list has expired; the query where nothing is said."""


@frozen(kw_only=True)
class PageWanted:
    """Pager to source: render this page.

    ``page`` counts from 1 and may be past the end; the source clamps it.
    """

    pager: Address
    query: str
    page: int


@frozen(kw_only=True)
class PageReady:
    """Source to pager: the page as it is now.

    ``total`` counts pages and is 0 for an empty list; ``page`` is the clamped number.
    """

    query: str
    page: int
    total: int
    payload: Message


@frozen(kw_only=True)
class Choice:
    """One thing to pick: ``label`` is its line as shown (escaped), ``value`` what the source is told."""

    label: str
    value: str


@frozen(kw_only=True)
class OpenPicker:
    """Let the owner pick one of ``choices`` within two minutes, in answer to a request.

    ``title`` stands above them, in the guild's language; ``query`` is the source's own word for what it asked
    and comes back with the result.
    """

    source: Address
    query: str
    owner: UserId
    title: str
    choices: tuple[Choice, ...]
    facts: Facts
    reply: Reply = field(repr=False)
    work: Work = field(repr=False)
    private: bool = False
    kept: Callable[[], None] | None = field(default=None, repr=False)
    """Called when the picker sees to the answer from now on, whatever a restart finds."""


@frozen(kw_only=True)
class Picked:
    """Picker to source: this one it is. The source's next word in ``reply`` takes the picker's place.

    Attributes:
        query: the source's own word.
        value: of the choice.
        facts: what was true when it was pressed; rules about the caller read these.
        reply: the way back that was opened with the command; after a restart, one that edits the message.
        work: of the command; the source ends it.
    """

    query: str
    value: str
    facts: Facts
    reply: Reply = field(repr=False)
    work: Work = field(repr=False)


@frozen(kw_only=True)
class NotPicked:
    """Picker to source: it was cancelled or expired. The person was told, the work has ended."""

    query: str
    work: Work = field(repr=False)
