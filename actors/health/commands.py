"""The commands ``status`` and ``diagnose``, and their slice.

Both act at once: they are asked when something else is slow. Their slash answers are seen by the caller
alone.
"""

from actors.core.access import Rule
from actors.core.address import Address, of_guild
from actors.core.arguments import Arguments
from actors.core.cell import Actor, Context
from actors.core.declare import Command, Slice
from actors.core.envelope import Facts
from actors.core.health import Health
from actors.health.actor import HealthActor
from actors.health.messages import ShowDiagnosis, ShowStatus

KIND = "health"


def _address(facts: Facts) -> Address:
    return of_guild(KIND, facts.guild_id)


def _show_status(arguments: Arguments, facts: Facts) -> ShowStatus:
    return ShowStatus()


def _show_diagnosis(arguments: Arguments, facts: Facts) -> ShowDiagnosis:
    return ShowDiagnosis()


STATUS = Command(
    name="status", group="server", address=_address, message=_show_status, ephemeral=True, control=True
)
DIAGNOSE = Command(
    name="diagnose",
    group="server",
    address=_address,
    message=_show_diagnosis,
    ephemeral=True,
    control=True,
    rule=Rule.BOT_OWNER,
)


def health_slice(health: Health) -> Slice:
    """The slice; ``health`` is asked at each command."""

    def build(context: Context) -> Actor:
        return HealthActor(context, health)

    return Slice(
        kind=KIND,
        package="actors.health",
        factory=build,
        commands=(STATUS, DIAGNOSE),
        again="status",
    )
