"""The ``rep`` commands and their slice."""

from collections.abc import Callable

from actors.core.address import Address, of_guild
from actors.core.arguments import Arguments, Usage
from actors.core.declare import Command, Option, OptionType, Slice
from actors.core.envelope import Facts
from actors.reputation.actor import ReputationActor
from actors.reputation.messages import Give, ShowLeaderboard, ShowReceived, Undo

KIND = "reputation"
GROUP = "reputation"
REASON_LIMIT = 400

_GIFT = (
    Option(name="user", type=OptionType.USER, required=True),
    Option(name="reason", required=True, max_length=REASON_LIMIT),
)


def _address(facts: Facts) -> Address:
    return of_guild(KIND, facts.guild_id)


def _give(points: int) -> Callable[[Arguments, Facts], Give]:
    def message(arguments: Arguments, facts: Facts) -> Give:
        receiver, reason = arguments.person("user"), arguments.text("reason")
        if receiver is None or reason is None:
            raise Usage
        return Give(receiver=receiver.id, points=points, reason=reason)

    return message


def _show_received(arguments: Arguments, facts: Facts) -> ShowReceived:
    person = arguments.person("user")
    return ShowReceived(None if person is None else person.id)


def _show_leaderboard(arguments: Arguments, facts: Facts) -> ShowLeaderboard:
    return ShowLeaderboard()


def _undo(arguments: Arguments, facts: Facts) -> Undo:
    return Undo()


PLUS = Command(
    name="rep plus",
    group=GROUP,
    address=_address,
    message=_give(1),
    options=_GIFT,
    aliases=("+rep", "plusrep", "add_rep"),
    tidy=False,
)
MINUS = Command(
    name="rep minus",
    group=GROUP,
    address=_address,
    message=_give(-1),
    options=_GIFT,
    aliases=("-rep", "minusrep", "remove_rep"),
    tidy=False,
)
LIST = Command(
    name="rep list",
    group=GROUP,
    address=_address,
    message=_show_received,
    options=(Option(name="user", type=OptionType.USER),),
    aliases=("reps", "repinfo", "list_rep"),
    tidy=False,
)
LEADERBOARD = Command(
    name="rep leaderboard",
    group=GROUP,
    address=_address,
    message=_show_leaderboard,
    aliases=("leaderboard", "reptop", "toprep", "rep_leaderboard"),
    tidy=False,
)
UNDO = Command(name="rep undo", group=GROUP, address=_address, message=_undo, tidy=False)

REPUTATION = Slice(
    kind=KIND,
    package="actors.reputation",
    factory=ReputationActor,
    commands=(PLUS, MINUS, LIST, LEADERBOARD, UNDO),
    again="rep list",
)
