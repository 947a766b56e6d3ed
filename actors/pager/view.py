"""A page with its buttons."""

from attrs import evolve

from actors.core.address import Address
from actors.core.arrows import view_arrows
from actors.rest.payloads import ActionRow, Message

VERSION = 1


def view_page(pager: Address, payload: Message, page: int, total: int, command: str = "") -> Message:
    """The source's page with its own buttons; with those of the pager if there is more than one."""
    if total <= 1:
        return payload
    row = ActionRow(view_arrows(pager, VERSION, page, total, command))
    return evolve(payload, components=(*payload.components, row))


def without_buttons(payload: Message) -> Message:
    """The page when nobody may turn it any more."""
    return evolve(payload, components=())
