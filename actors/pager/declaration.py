"""The pager as the supervisor knows it: two buttons and no command of its own."""

from actors.core.custom_id import CustomId
from actors.core.declare import Component, Slice
from actors.core.envelope import Facts
from actors.pager.actor import PagerActor
from actors.pager.messages import Turn
from actors.pager.view import VERSION


def _turn(by: int) -> Component:
    def message(custom_id: CustomId, values: tuple[str, ...], facts: Facts) -> Turn:
        return Turn(by, custom_id.argument)

    return Component(verb="next" if by > 0 else "previous", message=message)


PAGER = Slice(
    kind="pager",
    package="actors.pager",
    factory=PagerActor,
    components=(_turn(-1), _turn(1)),
    version=VERSION,
    restore=True,
    per_guild=False,
)
