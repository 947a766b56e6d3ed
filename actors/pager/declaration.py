"""The pager as the supervisor knows it: two buttons and no command of its own."""

from actors.core.arrows import ARROWS
from actors.core.declare import Slice
from actors.core.listing import PAGER as KIND
from actors.pager.actor import PagerActor
from actors.pager.view import VERSION

PAGER = Slice(
    kind=KIND,
    package="actors.pager",
    factory=PagerActor,
    components=ARROWS,
    version=VERSION,
    restore=True,
    per_guild=False,
)
