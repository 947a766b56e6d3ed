"""The rules of playlists: their names, whose they are, which one is meant, who may change them. Pure.

- A name has 1 to 80 characters, in one line; case does not tell two names apart.
- A playlist belongs to a server, where everybody finds it, or to a person, who finds it on every server; to
  nobody else.
- A name stands for the playlist that is called so, else for those whose names contain it. The server's and
  one's own may be called the same: then the person picks.
- A person's own is changed by them alone; a server's by whoever made it and by DJs.
- 500 entries make a playlist, 50 playlists belong to one owner.
- A picker keeps its question in words that are read back after a restart: ``export m3u``.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import assert_never

from attrs import frozen

from actors.core.access import Rule, refusal
from actors.core.envelope import Facts
from actors.core.texts import Text, text
from actors.playlists.entries import plain
from actors.playlists.messages import Delete, Export, Form, Load, Named, Scope, Show
from gateway_client.ids import RoleId, UserId

NAME_LIMIT = 80
LIST_LIMIT = 50


@frozen(kw_only=True)
class Head:
    """A playlist without its entries; ``owner`` is a guild or a person, by ``scope``."""

    id: int
    scope: Scope
    owner: int
    name: str
    creator: UserId
    count: int

    def is_seen_by(self, facts: Facts) -> bool:
        """Whether this person finds it here."""
        return self.owner == owner_of(self.scope, facts)


def owner_of(scope: Scope, facts: Facts) -> int:
    """Who owns what somebody saves."""
    return facts.guild_id if scope is Scope.SERVER else facts.user_id


def clean_name(words: str) -> str | None:
    """A name as it is kept; ``None`` if it is empty or too long."""
    name = plain(unicodedata.normalize("NFC", words), NAME_LIMIT + 1)
    return name if 0 < len(name) <= NAME_LIMIT else None


def cut_name(words: str) -> str | None:
    """A name from elsewhere, made to fit; ``None`` if nothing is left of it."""
    return plain(unicodedata.normalize("NFC", words), NAME_LIMIT) or None


def key_of(name: str) -> str:
    """What tells names apart."""
    return unicodedata.normalize("NFC", name).casefold()


def match(heads: Iterable[Head], typed: str, scope: Scope | None) -> list[Head]:
    """Which playlists a name may stand for."""
    wanted = key_of(plain(typed))
    there = [head for head in heads if scope in {None, head.scope}]
    exact = [head for head in there if key_of(head.name) == wanted]
    return exact or [head for head in there if wanted and wanted in key_of(head.name)]


def suggest(heads: Sequence[Head], typed: str) -> list[str]:
    """Names that contain what was typed, those that begin with it first, each once."""
    wanted = key_of(typed.strip())
    names = {key_of(head.name): head.name for head in heads if wanted in key_of(head.name)}
    return sorted(names.values(), key=lambda name: not key_of(name).startswith(wanted))


def refuse_change(head: Head, facts: Facts, dj_role: RoleId | None) -> Text | None:
    """Why this person may not delete or replace it, or ``None`` if they may."""
    if head.creator == facts.user_id or head.scope is Scope.MINE:
        return None
    is_no_dj = refusal(Rule.DJ, facts, dj_role=dj_role, bot_owners=frozenset())
    return None if is_no_dj is None else text("playlists.not_yours", user=head.creator, role=dj_role or 0)


def refuse_new(heads: Sequence[Head], scope: Scope) -> Text | None:
    """Why an owner of these gets no further one."""
    if len(heads) < LIST_LIMIT:
        return None
    key = "playlists.full_server" if scope is Scope.SERVER else "playlists.full_mine"
    return text(key, limit=LIST_LIMIT)


def to_query(command: Named) -> str:
    """A question in words."""
    match command:
        case Load():
            return "load"
        case Show():
            return "show"
        case Delete():
            return "delete"
        case Export(form=form):
            return f"export {form.value}"
        case _:
            assert_never(command)


def parse_query(query: str) -> Named:
    """A question; the name is the picked one's.

    Raises:
        ValueError: it is none.
    """
    match query.split():
        case ["load"]:
            return Load(name="")
        case ["show"]:
            return Show(name="")
        case ["delete"]:
            return Delete(name="")
        case ["export", form]:
            return Export(name="", form=Form(form))
        case _:
            raise ValueError(f"playlists never asked {query!r}")
