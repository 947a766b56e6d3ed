"""What is done with a playlist that is there: finding it, queueing it, showing, exporting, forgetting it.

A playlist is found by its name among those that the person sees here; several are a picker. What was picked
is looked up anew, by its number, and only if the one who pressed sees it: a list may have gone, and a number
in a button is a claim.
"""

import logging
from functools import partial
from typing import assert_never

import trio
from attrs import define

from actors.core.cell import Context
from actors.core.envelope import Envelope, Facts
from actors.core.listing import offer_choices, show_pages
from actors.core.music import KeptList, KeptTrack, player_of, queue_for
from actors.core.pages import Choice, PageReady, PageWanted
from actors.core.shared_settings import DJ_ROLE
from actors.core.texts import Text, text
from actors.playlists.book import Book
from actors.playlists.entries import Entry
from actors.playlists.files_out import file_name, print_file
from actors.playlists.messages import Delete, Export, Form, Load, Named, Scope, Show
from actors.playlists.outside import Outside
from actors.playlists.state import Head, match, refuse_change, to_query
from actors.playlists.tracks import Opener
from actors.playlists.view import (
    ENTRIES_PAGE,
    clamp,
    shown,
    view_entries,
    view_label,
    view_lists,
    view_sentence,
)
from actors.rest.payloads import File, Message
from gateway_client.ids import RoleId, UserId

log = logging.getLogger(__name__)

_ALL, _ONE = "lists", "show"


@define(eq=False)
class Using:
    """The playlists that are there, for one guild."""

    _context: Context
    _outside: Outside
    _book: Book
    _last: trio.Event | None = None
    """Of the playlist that was asked for last: it was handed to the player, or refused. Playlists are queued
    in the order in which they were asked for, however long their files take."""

    def show_all(self, envelope: Envelope, scope: Scope | None) -> None:
        """Which playlists there are."""
        which = "all" if scope is None else scope.value
        show_pages(self._context, envelope, f"{_ALL} {envelope.facts.user_id} {which}")

    async def find(self, envelope: Envelope, command: Named) -> None:
        """Do something with the playlist of a name. Raises ``StoreError``."""
        heads = await self._book.heads(self._context.guild_id, envelope.facts.user_id)
        found = match(heads, command.name, command.scope)
        if not found:
            self._context.refuse(envelope, text("playlists.no_match", name=shown(command.name)))
        elif len(found) == 1:
            await self._use(envelope, command, found[0])
        elif isinstance(command, Load) and envelope.facts.voice_channel_id is None:
            self._context.refuse(envelope, text("player.not_in_voice"))
        else:
            choices = [
                Choice(label=view_label(head, self._context.say), value=str(head.id)) for head in found
            ]
            offer_choices(
                self._context, envelope, to_query(command), self._context.say("playlists.which"), choices
            )

    async def use_picked(self, envelope: Envelope, command: Named, playlist_id: int) -> None:
        """Do something with the playlist that was picked. Raises ``StoreError``."""
        head = await self._book.head(playlist_id)
        if head is None or not head.is_seen_by(envelope.facts):
            self._context.refuse(envelope, text("playlists.gone"))
        else:
            await self._use(envelope, command, head)

    async def render(self, wanted: PageWanted) -> PageReady:
        """A page of a list. Raises ``StoreError``."""
        word, who, which = wanted.query.split()
        if word == _ALL:
            heads = await self._book.heads(self._context.guild_id, UserId(int(who)))
            chosen = [head for head in heads if which in {"all", head.scope.value}]
            payload, page, total = view_lists(chosen, wanted.page, self._context.say)
            return PageReady(query=wanted.query, page=page, total=total, payload=payload)
        head = await self._book.head(int(which))
        owners = {Scope.SERVER: int(self._context.guild_id), Scope.MINE: int(who)}
        if head is None or head.owner != owners[head.scope]:
            payload = view_sentence(text("playlists.gone"), self._context.say)
            return PageReady(query=wanted.query, page=1, total=0, payload=payload)
        page, total = clamp(wanted.page, head.count)
        first = (page - 1) * ENTRIES_PAGE
        entries = await self._book.entries(head.id, offset=first, limit=ENTRIES_PAGE)
        payload = view_entries(head, entries, page, self._context.say)
        return PageReady(query=wanted.query, page=page, total=total, payload=payload)

    async def _use(self, envelope: Envelope, command: Named, head: Head) -> None:
        match command:
            case Load():
                entries = await self._book.entries(head.id)
                envelope.work.take_over()
                before, self._last = self._last, trio.Event()
                self._context.run(partial(self._load, envelope, head, entries, before, self._last))
            case Show():
                show_pages(self._context, envelope, f"{_ONE} {envelope.facts.user_id} {head.id}")
            case Delete():
                await self._delete(envelope, head)
            case Export(form=form):
                self._export(envelope, head, await self._book.entries(head.id), form)
            case _:
                assert_never(command)

    async def _load(
        self,
        envelope: Envelope,
        head: Head,
        entries: list[Entry],
        before: trio.Event | None,
        ready: trio.Event,
    ) -> None:
        try:
            tracks = await Opener(self._outside.shelf, self._context.guild_id).open(entries)
        except OSError as error:
            log.warning("the library cannot be listed: %s", error.strerror)
            tracks = []
        if before is not None:
            await before.wait()
        self._hand_over(envelope, head, entries, tracks)
        ready.set()

    def _hand_over(
        self, envelope: Envelope, head: Head, entries: list[Entry], tracks: list[KeptTrack]
    ) -> None:
        left_out = len(entries) - len(tracks)
        if not tracks:
            self._context.refuse(envelope, text("playlists.nothing_playable", name=shown(head.name)))
            return
        wish = KeptList(title=head.name, tracks=tuple(tracks))
        above = text("playlists.skipped", count=left_out) if left_out else None
        envelope.work.hand_over()
        self._context.ports.tell(player_of(self._context.guild_id), queue_for(envelope, wish, above=above))

    async def _delete(self, envelope: Envelope, head: Head) -> None:
        denied = refuse_change(head, envelope.facts, self._dj_role(envelope.facts))
        if denied is None and not await self._book.remove(head.id):
            denied = text("playlists.gone")
        if denied is not None:
            self._context.refuse(envelope, denied)
            return
        self._say_done(envelope, text("playlists.deleted", name=shown(head.name), count=head.count))

    def _export(self, envelope: Envelope, head: Head, entries: list[Entry], form: Form) -> None:
        content = print_file(head.name, entries, form)
        said = text("playlists.exported", name=shown(head.name), count=len(entries)).render(self._context.say)
        file = File(name=file_name(head.name, form), content=content)
        envelope.reply.say(Message(content=said, files=(file,)))
        envelope.work.done()

    def _dj_role(self, facts: Facts) -> RoleId | None:
        role = self._context.ports.settings.optional(facts.guild_id, DJ_ROLE, int)
        return None if role is None else RoleId(role)

    def _say_done(self, envelope: Envelope, said: Text) -> None:
        envelope.reply.say(view_sentence(said, self._context.say))
        envelope.work.done()
