"""Interactions that read "thinking…": in the book, so that none stays so when the bot is killed.

Discord shows the place of a deferred answer until it is filled, for whoever asked or for everybody. Each such
interaction is noted here as a row: its token, and the answer as soon as it is known. It is crossed out when
the answer is there. What a start finds is completed after READY, within the fifteen minutes that a token
lives: with the answer that was known and not sent, or else with one sentence that asks to look and to say it
again.

Rules: the acknowledgement goes first, the row right behind it; nobody waits for a row. Clicks have none,
because their deferred update shows nothing. Slices that keep for themselves how their answer ends have it
crossed out when they say the first word (``way_back``). Before anything is completed Discord is asked
whether the place is still empty, so crossing out may come late, and a row may be found twice. Slices go
first: they are given ``PATIENCE_S`` to tell what they know better.

Failure modes: a store that refuses costs the completing and a line in the log. Where the bot ends in the few
milliseconds between the acknowledgement and its row, nothing is known of it.

Source: Discord, "Receiving and Responding to Interactions", "Followup Messages"; "Message" resource,
"Message Flags", ``LOADING``.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec
import trio
from attrs import define, evolve, field, frozen

from actors.core.courtesy import Courtesy
from actors.core.lane import Later
from actors.core.ports import Clock
from actors.core.snapshot import SnapshotForm
from actors.core.texts import Say
from actors.rest.errors import NotFound, RestError
from actors.rest.payloads import Message, pack_answer
from actors.store.errors import StoreError
from actors.store.rows import Snapshot
from gateway_client.ids import ApplicationId, GuildId, InteractionId
from gateway_client.objects import Message as SentMessage

log = logging.getLogger(__name__)

KIND = "unanswered"
TOKEN_LIFE_S = 15 * 60.0
PATIENCE_S = 1.0
TIDY_S = 5.0
"""The row of an answered interaction has a commit of its own only if none comes along for so long."""
LOADING = 1 << 7

StartTask = Callable[[Callable[[], Awaitable[None]]], None]


@frozen(kw_only=True)
class Note:
    """One interaction: how it can be answered, and with what, as far as that is known.

    ``at`` is Unix time in seconds; ``answer`` is packed; ``refusal`` is for the caller's eyes only.
    """

    token: str = field(repr=False)
    guild_id: GuildId | None
    at: float
    ephemeral: bool
    answer: bytes | None = field(default=None, repr=False)
    refusal: str | None = field(default=None, repr=False)


FORM = SnapshotForm(type=Note)


class AnswerRest(Protocol):
    """The requests that completing needs. Every method raises ``RestError`` and its kinds."""

    async def get_answer(self, application_id: ApplicationId, token: str) -> SentMessage:
        """Read the first response of an interaction."""
        ...

    async def edit_answer(self, application_id: ApplicationId, token: str, message: Message) -> SentMessage:
        """Fill or replace it."""
        ...

    async def fill_answer(self, application_id: ApplicationId, token: str, packed: bytes) -> SentMessage:
        """Fill it with what was packed in a former life."""
        ...

    async def delete_answer(self, application_id: ApplicationId, token: str) -> None:
        """Take it away."""
        ...

    async def follow_up(self, application_id: ApplicationId, token: str, message: Message) -> SentMessage:
        """Say something besides."""
        ...


class Jotter(Protocol):
    """The part of the store that the book needs. Every method raises ``StoreError``."""

    async def jot(self, kind: str, key: int, schema: int, data: bytes) -> None:
        """Write a row that outlives this process, though perhaps not the power."""
        ...

    async def strike(self, kind: str, key: int) -> None:
        """Delete one."""
        ...

    async def load_all(self, kind: str) -> list[Snapshot]:
        """Read all."""
        ...


@define(eq=False)
class Unanswered:
    """The book. ``start`` and ``later`` run a task beside the actors, which a stop waits for once it runs."""

    store: Jotter
    rest: AnswerRest
    start: StartTask
    later: Later
    clock: Clock
    courtesy: Courtesy
    application_id: ApplicationId
    say_in: Callable[[GuildId], Say]
    default_say: Say
    _changed: dict[InteractionId, "Entry | None"] = field(factory=dict[InteractionId, "Entry | None"])
    _writes: bool = False
    _tidies: bool = False
    _found: dict[InteractionId, Note] = field(factory=dict[InteractionId, Note])

    def begin(
        self, interaction_id: InteractionId, token: str, guild_id: GuildId | None, *, ephemeral: bool
    ) -> "Entry":
        """An interaction is being acknowledged with a place for its answer."""
        note = Note(token=token, guild_id=guild_id, at=self.clock.wall_s(), ephemeral=ephemeral)
        entry = Entry(self, interaction_id, note)
        self.note(interaction_id, entry)
        return entry

    def note(self, interaction_id: InteractionId, entry: "Entry") -> None:
        """Write down at once what is known of it."""
        self._changed[interaction_id] = entry
        if not self._writes:
            self.start(self._write)

    def cross_out(self, interaction_id: InteractionId) -> None:
        """Its answer is there: its row goes with the next that is written, or in a while."""
        self._changed[interaction_id] = None
        if not self._tidies:
            self._tidies = True
            self.later(TIDY_S, self._write)

    async def load(self) -> None:
        """Read what a former life has left behind; before the first event."""
        try:
            rows = await self.store.load_all(KIND)
        except StoreError as error:
            log.warning("open interactions cannot be read", extra={"error": str(error)})
            return
        for row in rows:
            interaction_id = InteractionId(row.key)
            try:
                self._found[interaction_id] = FORM.decode(row.data, row.schema)
            except (ValueError, msgspec.MsgspecError) as error:
                log.warning("an open interaction is unreadable", extra={"error": str(error)})
                self.cross_out(interaction_id)

    async def complete(self) -> None:
        """Answer what a former life has left open; ``PATIENCE_S`` after READY."""
        while self._found:
            interaction_id = next(iter(self._found))
            note = self._found.pop(interaction_id)
            try:
                if self.clock.wall_s() < note.at + TOKEN_LIFE_S:
                    await self._complete(note)
            except NotFound:
                log.info("an open interaction is gone")
            except RestError as error:
                log.warning("an open interaction was not completed", extra={"error": str(error)})
                continue  # perhaps the next start can
            self.cross_out(interaction_id)

    async def _complete(self, note: Note) -> None:
        rest, app, token = self.rest, self.application_id, note.token
        if not (await rest.get_answer(app, token)).flags & LOADING:
            return
        if note.refusal is not None:
            await rest.delete_answer(app, token)
            await rest.follow_up(app, token, Message(content=note.refusal, ephemeral=True))
        elif note.answer is not None:
            await rest.fill_answer(app, token, note.answer)
        else:
            say = self.default_say if note.guild_id is None else self.say_in(note.guild_id)
            await rest.edit_answer(app, token, Message(content=say("core.restarted")))
        log.info("an open interaction was completed")

    async def _write(self) -> None:
        """Write until nothing is left; many together, because a commit takes as long for one."""
        self._tidies = False
        if self._writes:
            return
        self._writes = True
        try:
            while self._changed:
                await self._let_acknowledge()
                changed, self._changed = self._changed, {}
                async with trio.open_nursery() as nursery:
                    for interaction_id, entry in changed.items():
                        nursery.start_soon(self._write_one, interaction_id, entry)
        finally:
            self._writes = False

    async def _let_acknowledge(self) -> None:
        """The acknowledgement of this step is sent first, and in a burst those of all others."""
        await trio.lowlevel.checkpoint()
        if self.courtesy.is_burst:
            await self.courtesy.wait()

    async def _write_one(self, interaction_id: InteractionId, entry: "Entry | None") -> None:
        try:
            if entry is None:
                await self.store.strike(KIND, interaction_id)
            else:
                await self.store.jot(KIND, interaction_id, FORM.schema, FORM.encode(entry.to_note()))
        except StoreError as error:
            log.warning("an open interaction was not noted", extra={"error": str(error)})


@define(eq=False)
class Entry:
    """One interaction of this life in the book."""

    _book: Unanswered
    _interaction_id: InteractionId
    _note: Note
    _answer: Message | None = None
    _is_refusal: bool = False
    _ended: bool = False

    def keep(self, message: Message, *, refusal: bool = False) -> None:
        """This is the answer, and true from now on, whenever it is sent."""
        if not self._ended:
            self._answer, self._is_refusal = message, refusal and not self._note.ephemeral
            self._book.note(self._interaction_id, self)

    def end(self) -> None:
        """Nothing reads "thinking…" any more, or somebody else sees to it."""
        if not self._ended:
            self._ended = True
            self._book.cross_out(self._interaction_id)

    def to_note(self) -> Note:
        """What is known by now. Files are too large to be kept: such an answer is asked for again."""
        if self._answer is None:
            return self._note
        if self._is_refusal:
            return evolve(self._note, refusal=self._answer.content)
        return evolve(self._note, answer=pack_answer(self._answer))
