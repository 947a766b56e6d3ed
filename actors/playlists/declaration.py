"""Playlists as the supervisor knows them."""

from actors.core.cell import Actor, Context
from actors.core.declare import Completion, Slice
from actors.core.ports import Store
from actors.playlists.actor import PlaylistsActor
from actors.playlists.book import Book
from actors.playlists.commands import COMMANDS, KIND
from actors.playlists.outside import Outside, ReadFile, Shelf
from actors.playlists.state import suggest
from actors.rest.payloads import Choice
from gateway_client.ids import GuildId, UserId

CHOICES = 25
"""Source: Discord, "Application Command Object", autocomplete."""


def playlists_slice(*, store: Store, shelf: Shelf, read_file: ReadFile) -> Slice:
    """The slice.

    Args:
        store: where autocompletion, which runs outside of every actor, finds the names.
        shelf: the files of the library.
        read_file: reads attachments.
    """
    outside = Outside(shelf=shelf, read_file=read_file)

    def build(context: Context) -> Actor:
        return PlaylistsActor(context, outside)

    async def complete(completion: Completion) -> list[Choice]:
        facts, scope = completion.facts, completion.options.get("scope")
        names = await names_like(store, facts.guild_id, facts.user_id, completion.typed, scope)
        return [Choice(name, name) for name in names[:CHOICES]]

    return Slice(
        kind=KIND,
        package="actors.playlists",
        factory=build,
        commands=COMMANDS,
        complete=complete,
        again="playlist list",
    )


async def names_like(
    store: Store, guild_id: GuildId, user_id: UserId, typed: str, scope: str | None = None
) -> list[str]:
    """Names of playlists for autocompletion, of the server and of the person, or of one of them.

    Raises:
        StoreError: they cannot be read.
    """
    heads = await Book(store).heads(guild_id, user_id)
    return suggest([head for head in heads if scope in {None, "", head.scope.value}], typed)
