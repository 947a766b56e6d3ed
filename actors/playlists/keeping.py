"""How a playlist comes to be: from the player's queue, or from a file.

Both take a moment, in which the actor goes on: the player answers with a fact, a child task reads the file
and brings it back. Then it is decided and written in one step of the actor::

    save ──MusicWanted──▶ player ──MusicTold──▶ rules ──▶ store ──▶ "Saved"
    import ──▶ reading (child task) ──FileRead──▶ rules ──▶ store ──▶ "Imported"
"""

import logging
from functools import partial

import trio
from attrs import define, field, frozen

from actors.core.cell import Context
from actors.core.envelope import Envelope
from actors.core.music import MusicTold, MusicWanted, player_of
from actors.core.shared_settings import DJ_ROLE
from actors.core.texts import Text, text
from actors.core.work import WorkKind
from actors.playlists.book import Book
from actors.playlists.entries import ENTRY_LIMIT, Entry
from actors.playlists.files_in import MAX_BYTES, BadFile, parse_file
from actors.playlists.messages import AttachedFile, FileRead, Import, Save, Scope
from actors.playlists.outside import Outside
from actors.playlists.state import cut_name, key_of, refuse_change, refuse_new
from actors.playlists.tracks import to_entry
from actors.playlists.view import shown, view_sentence
from gateway_client.ids import RoleId
from media.errors import MediaError, MediaFailure
from media.names import split_extension

log = logging.getLogger(__name__)

PATIENCE_S = 10.0
"""How long the player may take to tell its queue."""


@frozen(kw_only=True)
class Waiting:
    """Somebody who waits for the player; ``until`` in monotonic seconds."""

    envelope: Envelope
    wanted: Save
    until: float


@define(eq=False)
class Keeping:
    """Whoever waits in one guild for a playlist to be kept."""

    _context: Context
    _outside: Outside
    _book: Book
    _waiting: dict[str, Waiting] = field(factory=dict[str, Waiting])
    _reading: list[Envelope] = field(factory=list[Envelope])

    @property
    def is_idle(self) -> bool:
        """Nobody waits."""
        return not self._waiting and not self._reading

    def next_deadline(self) -> float | None:
        """When the first of those who wait has waited too long."""
        return min((waiting.until for waiting in self._waiting.values()), default=None)

    def tick(self, now: float) -> None:
        """Tell those who have waited too long."""
        late = [query for query, waiting in self._waiting.items() if waiting.until <= now]
        for query in late:
            self._context.refuse(self._waiting.pop(query).envelope, text("playlists.no_answer"))

    async def say_interrupted(self) -> None:
        """The bot stops: nothing of what waits is kept."""
        envelopes = [waiting.envelope for waiting in self._waiting.values()] + self._reading
        for envelope in envelopes:
            envelope.reply.refuse(view_sentence(text("playlists.interrupted"), self._context.say))
        for envelope in envelopes:
            await envelope.reply.settled()

    async def save(self, envelope: Envelope, wanted: Save) -> None:
        """Ask the player for its queue, unless the name is refused anyway. Raises ``StoreError``."""
        refusal = await self._refusal(envelope, wanted.name, wanted.scope, replace=wanted.replace)
        if refusal is not None:
            self._context.refuse(envelope, refusal)
            return
        query = f"save {envelope.number}"
        until = self._context.ports.clock.now() + PATIENCE_S
        envelope.work.detach()
        self._waiting[query] = Waiting(envelope=envelope, wanted=wanted, until=until)
        asked = MusicWanted(asker=self._context.address, query=query)
        self._context.ports.tell(player_of(self._context.guild_id), asked)

    def answered(self, query: str) -> Waiting | None:
        """Who waits for this answer; nobody any more if it came too late."""
        return self._waiting.pop(query, None)

    async def keep_queue(self, envelope: Envelope, wanted: Save, told: MusicTold) -> None:
        """Keep what the player has. Raises ``StoreError``."""
        tracks = [*([] if told.now is None else [told.now]), *told.queue]
        try:
            names = self._outside.shelf.names(self._context.guild_id)
        except OSError as error:
            log.warning("the library cannot be listed: %s", error.strerror)
            names = []
        if not tracks:
            self._context.refuse(envelope, text("playlists.nothing_to_save"))
            return
        entries = [to_entry(track, self._context.guild_id, names) for track in tracks[:ENTRY_LIMIT]]
        name = shown(wanted.name)
        said = text("playlists.saved", name=name, count=len(entries))
        if len(tracks) > len(entries):
            said = text("playlists.cut", said=said, limit=ENTRY_LIMIT, count=len(tracks) - len(entries))
        await self._keep(envelope, wanted.name, wanted.scope, entries, said, replace=wanted.replace)

    def read(self, envelope: Envelope, wanted: Import) -> None:
        """Read a file beside the actor."""
        if wanted.file.size > MAX_BYTES:
            self._context.refuse(envelope, text("playlists.file.too_large", limit=MAX_BYTES // 1024))
            return
        envelope.work.detach()
        envelope.work.start(WorkKind.DOWNLOADING)
        self._reading.append(envelope)
        self._context.run(partial(self._read, envelope, wanted))

    async def keep_file(self, read: FileRead) -> None:
        """Keep what a file lists. Raises ``StoreError``."""
        envelope, wanted = read.envelope, read.wanted
        self._reading.remove(envelope)
        if isinstance(read.content, MediaError):
            log.info("an attached playlist cannot be read: %s", read.content)
            self._context.refuse(envelope, _unread(read.content))
            return
        try:
            brought = parse_file(read.content)
        except BadFile as bad:
            self._context.refuse(envelope, bad.reason)
            return
        name = wanted.name or cut_name(brought.name or "") or _name_of(wanted.file)
        entries = list(brought.entries)
        said = text("playlists.imported", name=shown(name), count=len(entries))
        if brought.left_out:
            said = text("playlists.left_out", said=said, count=brought.left_out)
        if brought.beyond:
            said = text("playlists.cut", said=said, limit=ENTRY_LIMIT, count=brought.beyond)
        await self._keep(envelope, name, wanted.scope, entries, said, replace=False)

    async def _read(self, envelope: Envelope, wanted: Import) -> None:
        content: bytes | MediaError
        try:
            content = await self._outside.read_file(wanted.file.url, MAX_BYTES)
        except MediaError as error:
            content = error
        await trio.lowlevel.checkpoint()
        self._context.tell_self(FileRead(envelope=envelope, wanted=wanted, content=content))

    async def _keep(
        self, envelope: Envelope, name: str, scope: Scope, entries: list[Entry], said: Text, *, replace: bool
    ) -> None:
        refusal = await self._refusal(envelope, name, scope, replace=replace)
        if refusal is not None:
            self._context.refuse(envelope, refusal)
            return
        await self._book.write(name, scope, entries, envelope.facts)
        envelope.reply.say(view_sentence(said, self._context.say))
        envelope.work.done()

    async def _refusal(self, envelope: Envelope, name: str, scope: Scope, *, replace: bool) -> Text | None:
        """Why this name is not to be had, or ``None``. Raises ``StoreError``."""
        facts = envelope.facts
        heads = [
            head
            for head in await self._book.heads(self._context.guild_id, facts.user_id)
            if head.scope is scope
        ]
        there = next((head for head in heads if key_of(head.name) == key_of(name)), None)
        if there is None:
            return refuse_new(heads, scope)
        if not replace:
            return text("playlists.exists", name=shown(there.name))
        dj_role = self._context.ports.settings.optional(self._context.guild_id, DJ_ROLE, int)
        return refuse_change(there, facts, None if dj_role is None else RoleId(dj_role))


def _name_of(file: AttachedFile) -> str:
    return cut_name(split_extension(file.filename)[0].replace("_", " ")) or "playlist"


def _unread(error: MediaError) -> Text:
    """Why an attachment could not be read."""
    if error.kind is MediaFailure.TOO_LARGE:
        return text("playlists.file.too_large", limit=MAX_BYTES // 1024)
    return text("playlists.file.unread")
