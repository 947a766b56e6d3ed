"""The playlists that are used in a guild: takes requests, asks the player for its queue, gives it music.

It keeps in memory only who waits: for the player's queue, or for an attachment. What is kept is in the store,
written whole before it is told, so whatever was announced is there after any end of the bot, and what was not
is not half there. Lists of one guild are changed in the order of arrival; those of a person, who may be on
several servers at once, are told apart by the store.

Failure modes: a player that does not answer and a store that refuses are sentences; nothing was changed then.
"""

import logging

from attrs import define, field

from actors.core.cell import Context
from actors.core.envelope import Envelope
from actors.core.music import MusicTold
from actors.core.pages import NotPicked, PageReady, PageWanted, Picked
from actors.core.texts import text
from actors.playlists.book import Book
from actors.playlists.keeping import Keeping
from actors.playlists.messages import Delete, Export, FileRead, Import, Load, Save, Show, ShowAll
from actors.playlists.outside import Outside
from actors.playlists.state import parse_query
from actors.playlists.using import Using
from actors.playlists.view import view_sentence
from actors.store.errors import StoreError

log = logging.getLogger(__name__)


@define(eq=False)
class PlaylistsActor:
    """The playlists of one guild and of the people in it."""

    context: Context
    outside: Outside
    _keeping: Keeping = field(init=False)
    _using: Using = field(init=False)

    def __attrs_post_init__(self) -> None:
        book = Book(self.context.ports.store)
        self._keeping = Keeping(self.context, self.outside, book)
        self._using = Using(self.context, self.outside, book)

    async def load(self) -> None:
        """Nothing to do: everything is asked of the store."""

    async def handle(self, envelope: Envelope) -> None:
        """Do what a person asked for."""
        try:
            match envelope.message:
                case Save():
                    await self._keeping.save(envelope, envelope.message)
                case Import():
                    self._keeping.read(envelope, envelope.message)
                case ShowAll(scope):
                    self._using.show_all(envelope, scope)
                case Load() | Show() | Delete() | Export():
                    await self._using.find(envelope, envelope.message)
                case other:
                    raise TypeError(f"playlists cannot take {other!r}")
        except StoreError as error:
            self._not_done(envelope, error)

    async def observe(self, fact: object) -> None:
        """A page is wanted, somebody has picked, or something that was waited for is there."""
        match fact:
            case PageWanted():
                self.context.ports.tell(fact.pager, await self._render(fact))
            case Picked():
                await self._pick(fact)
            case MusicTold():
                await self._keep_queue(fact)
            case FileRead():
                await self._keep_file(fact)
            case NotPicked():
                return
            case other:
                raise TypeError(f"playlists cannot take {other!r}")

    def next_deadline(self) -> float | None:
        """When the player has taken too long to answer."""
        return self._keeping.next_deadline()

    async def tick(self, now: float) -> None:
        """Perhaps the player has taken too long."""
        self._keeping.tick(now)

    def is_idle(self) -> bool:
        """Nobody waits."""
        return self._keeping.is_idle

    async def goodbye(self) -> None:
        """Tell those who wait."""
        await self._keeping.say_interrupted()

    async def _pick(self, picked: Picked) -> None:
        envelope = as_envelope(picked)
        try:
            await self._using.use_picked(envelope, parse_query(picked.query), int(picked.value))
        except StoreError as error:
            self._not_done(envelope, error)

    async def _keep_queue(self, told: MusicTold) -> None:
        waiting = self._keeping.answered(told.query)
        if waiting is None:
            return
        try:
            await self._keeping.keep_queue(waiting.envelope, waiting.wanted, told)
        except StoreError as error:
            self._not_done(waiting.envelope, error)

    async def _keep_file(self, read: FileRead) -> None:
        try:
            await self._keeping.keep_file(read)
        except StoreError as error:
            self._not_done(read.envelope, error)

    async def _render(self, wanted: PageWanted) -> PageReady:
        try:
            return await self._using.render(wanted)
        except StoreError as error:
            log.warning("playlists cannot be read", extra={"error": str(error)})
            payload = view_sentence(text("playlists.unreadable"), self.context.say)
            return PageReady(query=wanted.query, page=1, total=0, payload=payload)

    def _not_done(self, envelope: Envelope, error: StoreError) -> None:
        log.warning("a playlist was not kept or read", extra={"error": str(error)})
        self.context.refuse(envelope, text("playlists.disk"))


def as_envelope(picked: Picked) -> Envelope:
    """What was picked as if it had been asked for by its own name; the picker's message is the answer."""
    return Envelope(
        number=0,
        command=f"playlist {picked.query.partition(' ')[0]}",
        message=None,
        facts=picked.facts,
        reply=picked.reply,
        work=picked.work,
    )
