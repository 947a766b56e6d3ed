"""The contract between a pager and the actor whose list it shows.

A source renders its own pages; the pager owns the message, the page number, who may turn pages and when it
expires. After a restart the pager asks the source again, so neither keeps the other's state. ::

    source ──OpenPages──▶ pager ──PageWanted(n)──▶ source ──PageReady(payload, total)──▶ pager
"""

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
