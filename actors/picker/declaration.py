"""The picker as the supervisor knows it: its buttons, and no command of its own."""

from actors.core.arrows import ARROWS
from actors.core.custom_id import CustomId
from actors.core.declare import Component, Slice
from actors.core.envelope import Facts
from actors.core.listing import PICKER as KIND
from actors.picker.actor import PickerActor
from actors.picker.messages import Cancel, Pick
from actors.picker.view import VERSION


def _pick(custom_id: CustomId, values: tuple[str, ...], facts: Facts) -> Pick:
    argument = custom_id.argument
    return Pick(int(argument) if argument.isascii() and argument.isdecimal() and len(argument) < 6 else -1)


PICKER = Slice(
    kind=KIND,
    package="actors.picker",
    factory=PickerActor,
    components=(
        Component(verb="pick", message=_pick),
        Component(verb="cancel", message=lambda custom_id, values, facts: Cancel()),
        *ARROWS,
    ),
    version=VERSION,
    restore=True,
    per_guild=False,
)
