"""The picker as the supervisor knows it: its buttons, and no command of its own."""

from actors.core.custom_id import CustomId
from actors.core.declare import Component, Slice
from actors.core.envelope import Facts
from actors.core.listing import PICKER as KIND
from actors.picker.actor import PickerActor
from actors.picker.messages import Cancel, Pick, Turn
from actors.picker.view import VERSION


def _pick(custom_id: CustomId, values: tuple[str, ...], facts: Facts) -> Pick:
    argument = custom_id.argument
    return Pick(int(argument) if argument.isascii() and argument.isdecimal() and len(argument) < 6 else -1)


def _turn(by: int) -> Component:
    def message(custom_id: CustomId, values: tuple[str, ...], facts: Facts) -> Turn:
        return Turn(by)

    return Component(verb="next" if by > 0 else "previous", message=message)


PICKER = Slice(
    kind=KIND,
    package="actors.picker",
    factory=PickerActor,
    components=(
        Component(verb="pick", message=_pick),
        Component(verb="cancel", message=lambda custom_id, values, facts: Cancel()),
        _turn(-1),
        _turn(1),
    ),
    version=VERSION,
    restore=True,
    per_guild=False,
)
