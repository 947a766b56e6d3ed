"""The buttons ``◀ n/m ▶`` under a list of several pages, and what pressing one says.

Pure. Whoever shows a list puts ``view_arrows`` into its row, takes ``ARROWS`` into its declaration and
``Turn`` into its mailbox.
"""

from attrs import frozen

from actors.core.address import Address
from actors.core.custom_id import CustomId
from actors.core.declare import Component
from actors.core.envelope import Facts
from actors.rest.payloads import Button


@frozen
class Turn:
    """Somebody pressed ◀ (``by`` −1) or ▶ (``by`` +1); ``command``, if any, gets a new list."""

    by: int
    command: str = ""


def view_arrows(
    home: Address, version: int, page: int, pages: int, command: str = ""
) -> tuple[Button, Button, Button]:
    """The buttons at ``page`` of ``pages``, counted from 1; an arrow that leads nowhere is disabled.

    ``command`` outlives everything else: it says what to use again when nobody remembers the list.
    """

    def custom_id(verb: str, argument: str = "") -> str:
        return CustomId(address=home, version=version, verb=verb, argument=argument).to_wire()

    return (
        Button(label="◀", custom_id=custom_id("previous", command), disabled=page <= 1),
        Button(label=f"{page}/{pages}", custom_id=custom_id("number"), disabled=True),
        Button(label="▶", custom_id=custom_id("next", command), disabled=page >= pages),
    )


def _arrow(verb: str, by: int) -> Component:
    def message(custom_id: CustomId, values: tuple[str, ...], facts: Facts) -> Turn:
        return Turn(by, custom_id.argument)

    return Component(verb=verb, message=message)


ARROWS = (_arrow("previous", -1), _arrow("next", 1))
