"""The library as the supervisor knows it."""

from actors.core.cell import Actor, Context
from actors.core.declare import Completion, Slice
from actors.library.actor import LibraryActor
from actors.library.commands import COMMANDS, KIND, NAME_LIMIT
from actors.library.outside import Fetcher, Outside, Shelf
from actors.rest.payloads import Choice

CHOICES = 25
"""Source: Discord, "Application Command Object", autocomplete."""


def library_slice(*, shelf: Shelf, fetcher: Fetcher) -> Slice:
    """The slice.

    Args:
        shelf: the files.
        fetcher: makes files of links and attachments.
    """
    outside = Outside(shelf=shelf, fetcher=fetcher)

    def build(context: Context) -> Actor:
        return LibraryActor(context, outside)

    async def complete(completion: Completion) -> list[Choice]:
        names = shelf.names(completion.facts.guild_id)
        return [_to_choice(name) for name in suggest(names, completion.typed)[:CHOICES]]

    return Slice(
        kind=KIND,
        package="actors.library",
        factory=build,
        commands=COMMANDS,
        complete=complete,
        restore=True,
        again="local list",
    )


def suggest(names: list[str], typed: str) -> list[str]:
    """Names that contain what was typed, those that begin with it first."""
    wanted = typed.strip().casefold()
    found = [name for name in names if wanted in name.casefold()]
    return sorted(found, key=lambda name: not name.casefold().startswith(wanted))


def _to_choice(name: str) -> Choice:
    """A name that is too long for Discord is given by its beginning, which is a part of it and matches."""
    return Choice(name[:NAME_LIMIT], name[:NAME_LIMIT].rstrip())
