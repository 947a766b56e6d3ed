"""A page with its buttons."""

from attrs import evolve

from actors.core.address import Address
from actors.core.custom_id import CustomId
from actors.rest.payloads import ActionRow, Button, Message

VERSION = 1


def view_page(pager: Address, payload: Message, page: int, total: int, command: str = "") -> Message:
    """The source's page with its own buttons; with those of the pager if there is more than one."""
    if total <= 1:
        return payload
    row = ActionRow(
        (
            Button(label="◀", custom_id=_custom_id(pager, "previous", command), disabled=page <= 1),
            Button(label=f"{page}/{total}", custom_id=_custom_id(pager, "number"), disabled=True),
            Button(label="▶", custom_id=_custom_id(pager, "next", command), disabled=page >= total),
        )
    )
    return evolve(payload, components=(*payload.components, row))


def without_buttons(payload: Message) -> Message:
    """The page when nobody may turn it any more."""
    return evolve(payload, components=())


def _custom_id(pager: Address, verb: str, command: str = "") -> str:
    """``command`` outlives everything else: it says what to use again when nobody remembers the list."""
    return CustomId(address=pager, version=VERSION, verb=verb, argument=command).to_wire()
