"""The members slice as the supervisor knows it."""

from actors.core.declare import Slice
from actors.members.actor import MembersActor
from actors.members.commands import COMMANDS, COMPONENTS, KIND, VERSION

MEMBERS = Slice(
    kind=KIND,
    package="actors.members",
    factory=MembersActor,
    commands=COMMANDS,
    components=COMPONENTS,
    version=VERSION,
    restore=True,
)
