"""The library of a guild: takes requests, asks which file is meant, lets fetch, hands music to the player.

It keeps nothing in memory but running fetches: the files themselves are the state, and a picker's question
comes back in words. What concerns one file is decided in the order of arrival. Who may rename and remove is
decided by the commands' rule before anything comes here.

Failure modes: a file that is gone meanwhile and a disk that refuses are sentences; nothing was changed then.
"""

import logging
from typing import assert_never

from attrs import define, field

from actors.core.cell import Context
from actors.core.envelope import Carrier, Envelope, Facts
from actors.core.listing import offer_choices, show_pages
from actors.core.music import LibraryFile, QueueMusic, player_of
from actors.core.pages import Choice, NotPicked, PageReady, PageWanted, Picked
from actors.core.reactive import Reactive
from actors.core.texts import Text, text
from actors.library.fetching import Fetching
from actors.library.messages import Download, Named, PlayFile, Remove, Rename, ShowFiles, Upload
from actors.library.outside import Outside
from actors.library.pending import Pending
from actors.library.state import Ambiguous, Meant, Nothing, asked_for, choose, parse_query, to_query
from actors.library.view import LABEL_LIMIT, reason, saved, shown, view_files, view_sentence
from actors.rest.payloads import Message
from media.errors import MediaError, MediaFailure

log = logging.getLogger(__name__)

FILES = "local list"


@define(eq=False)
class LibraryActor(Reactive):
    """One guild's library."""

    context: Context
    outside: Outside
    _pending: Pending = field(init=False)
    _fetching: Fetching = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._pending = Pending(self.context)
        self._fetching = Fetching(self.context, self.outside.fetcher, self._saved, self._pending)

    async def load(self) -> None:
        """The files are the state; answers that a kill has left open are closed."""
        await self._pending.amend()

    async def handle(self, envelope: Envelope) -> None:
        """Do what a person asked for."""
        match envelope.message:
            case ShowFiles():
                show_pages(self.context, envelope, FILES)
            case Download() | Upload():
                self._fetching.start(envelope, envelope.message)
            case PlayFile() | Rename() | Remove():
                await self._find(envelope, envelope.message)
            case other:
                raise TypeError(f"a library cannot take {other!r}")

    async def observe(self, fact: object) -> None:
        """A page is wanted, or somebody has picked."""
        match fact:
            case PageWanted():
                self.context.ports.tell(fact.pager, self._render(fact))
            case Picked():
                await self._act(fact, fact.facts, parse_query(fact.query, fact.value), fact.value)
            case NotPicked():
                return
            case other:
                raise TypeError(f"a library cannot take {other!r}")

    async def goodbye(self) -> None:
        """Tell those who wait for a file."""
        await self._fetching.say_interrupted()

    async def _find(self, envelope: Envelope, command: Named) -> None:
        shelf, typed, guild_id = self.outside.shelf, asked_for(command), self.context.guild_id
        try:
            names = shelf.names(guild_id) if typed is None else shelf.match(guild_id, typed)
        except OSError as error:
            self.context.refuse(envelope, self._disk(error))
            return
        match choose(None if typed is None else shown(typed), names):
            case Nothing(why):
                self.context.refuse(envelope, why)
            case Meant(name):
                await self._act(envelope, envelope.facts, command, name)
            case Ambiguous(names=several):
                self._offer(envelope, command, several)

    def _offer(self, envelope: Envelope, command: Named, names: tuple[str, ...]) -> None:
        if isinstance(command, PlayFile) and envelope.facts.voice_channel_id is None:
            self.context.refuse(envelope, text("player.not_in_voice"))
            return
        choices = [Choice(label=shown(name, LABEL_LIMIT), value=name) for name in names]
        offer_choices(self.context, envelope, to_query(command), self.context.say("library.which"), choices)

    async def _act(self, asked: Carrier, facts: Facts, command: Named, name: str) -> None:
        """Do it with this file; of a pick, the picker's message becomes the answer."""
        try:
            match command:
                case PlayFile():
                    self._queue(asked, facts, name, above=None)
                    return
                case Rename(to=to):
                    final = await self.outside.shelf.rename(self.context.guild_id, name, to)
                    said = text("library.renamed", name=shown(name), to=shown(final))
                case Remove():
                    await self.outside.shelf.remove(self.context.guild_id, name)
                    said = text("library.removed", name=shown(name))
                case _:
                    assert_never(command)
        except MediaError as error:
            self.context.refuse(asked, text("library.not_done", name=shown(name), reason=reason(error)))
        except OSError as error:
            self.context.refuse(asked, self._disk(error))
        else:
            asked.reply.say(view_sentence(said, self.context.say))
            asked.work.done()

    def _saved(self, envelope: Envelope, name: str) -> None:
        """A file is there and was told: queue it for whoever can hear it."""
        if envelope.facts.voice_channel_id is None:
            envelope.work.done()
        else:
            self._queue(envelope, envelope.facts, name, above=saved(envelope.facts, name))

    def _queue(self, asked: Carrier, facts: Facts, name: str, *, above: Text | None) -> None:
        asked.work.hand_over()
        wish = QueueMusic(
            wishes=(LibraryFile(name),), facts=facts, reply=asked.reply, work=asked.work, above=above
        )
        self.context.ports.tell(player_of(self.context.guild_id), wish)

    def _render(self, wanted: PageWanted) -> PageReady:
        try:
            names = self.outside.shelf.names(self.context.guild_id)
        except OSError as error:
            payload = Message(content=self._disk(error).render(self.context.say))
            return PageReady(query=wanted.query, page=1, total=0, payload=payload)
        payload, page, total = view_files(names, wanted.page, self.context.say)
        return PageReady(query=wanted.query, page=page, total=total, payload=payload)

    def _disk(self, error: OSError) -> Text:
        log.error("the library's disk: %s", error.strerror, extra={"guild": self.context.guild_id})
        return text("library.disk", reason=reason(MediaError(kind=MediaFailure.DISK)))
