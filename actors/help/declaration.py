"""The ``help`` command and its slice."""

from collections.abc import Iterable

from actors.core.address import Address, of_guild
from actors.core.arguments import Arguments
from actors.core.cell import Actor, Context
from actors.core.declare import Command, Completion, Option, Slice
from actors.core.envelope import Facts
from actors.help.actor import HelpActor
from actors.help.messages import ShowHelp
from actors.help.state import Book
from actors.rest.payloads import Choice

KIND = "help"
CHOICES = 25


def _address(facts: Facts) -> Address:
    return of_guild(KIND, facts.guild_id)


def _message(arguments: Arguments, facts: Facts) -> ShowHelp:
    return ShowHelp(arguments.text("command"))


HELP = Command(
    name="help",
    group="server",
    address=_address,
    message=_message,
    options=(Option(name="command", autocomplete=True),),
    aliases=("h",),
    ephemeral=True,
    control=True,
)


def help_slice(others: Iterable[Slice]) -> Slice:
    """The slice; its book holds the commands of all the others and its own."""
    book = Book((*(command for part in others for command in part.commands), HELP))

    def build(context: Context) -> Actor:
        return HelpActor(context, book)

    async def complete(completion: Completion) -> list[Choice]:
        return [Choice(name, name) for name in book.names_like(completion.typed)][:CHOICES]

    return Slice(
        kind=KIND, package="actors.help", factory=build, commands=(HELP,), complete=complete, again="help"
    )
