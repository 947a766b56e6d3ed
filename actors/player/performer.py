"""Performing effects: what changes the sound at once, then the commit, then what people read.

The commit is the only thing that is waited for. One that fails is told with the answers that waited for it,
and tried again every five seconds until it holds. Announcements leave on a lane of their own, in their order,
each after the answers of the request that it belongs to; a channel that refuses them is logged by the lane.
"""

import logging
from collections.abc import Iterable
from functools import partial
from typing import assert_never

from attrs import define, field

from actors.core.address import Address
from actors.core.cell import Context
from actors.core.envelope import Envelope
from actors.core.lane import Lane
from actors.core.pages import OpenPages, PageReady, PageWanted
from actors.core.snapshot import save_snapshot
from actors.core.texts import Say as Speaker
from actors.core.texts import Text, text
from actors.core.work import WorkKind
from actors.player.desk import Desk
from actors.player.effects import (
    Amend,
    Announce,
    Commit,
    Deed,
    DropVoice,
    Effect,
    GiveUpResolving,
    JoinVoice,
    Journal,
    LeaveVoice,
    Open,
    OpenQueue,
    Outcome,
    Refuse,
    Release,
    Resolve,
    Say,
    SayPlaying,
    ShowPresence,
    Started,
    TakeFloor,
    TellVoice,
    Word,
)
from actors.player.messages import HandedOver, QueuingShown
from actors.player.outside import Outside
from actors.player.panel import ClearOld, DrawPanel, EndPanel, TellRefused
from actors.player.panel_sheets import Sheets
from actors.player.saved import FORM, Line, encode_line
from actors.player.searches import Searches
from actors.player.state import PlayerState
from actors.player.view import pages_of, view_playing, view_presence, view_queue, view_sentence
from actors.rest.errors import RestError
from actors.rest.payloads import Message
from actors.store.errors import StoreError
from gateway_client.ids import ChannelId, GuildId, MessageId
from gateway_client.objects import Message as SentMessage

log = logging.getLogger(__name__)

COMMIT_AGAIN_S = 5.0
PAGER = "pager"
QUEUE = "queue"
EPOCH_MS = 1_420_070_400_000  # Discord, "Snowflakes": the first millisecond of 2015
_WORDS = (Say, Refuse, SayPlaying, OpenQueue, Announce, Amend, DrawPanel, EndPanel, ClearOld, TellRefused)


@define(eq=False)
class Performer:
    """The hands of one player. ``commit_due`` is when a failed commit is tried again, monotonic seconds."""

    _context: Context
    _outside: Outside
    _state: PlayerState
    desk: Desk = field(factory=Desk)
    commit_due: float | None = None
    _searches: Searches = field(init=False)
    _announcements: Lane = field(init=False)
    _sheets: Sheets = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._searches = Searches(self._context, self._outside.resolver)
        self._announcements = Lane(self._context.ports.spawn)
        self._sheets = Sheets(self._context, self._state.player, self._all_said)

    async def perform(self, effects: Iterable[Effect]) -> None:
        """Do everything, in the order that the rules above demand."""
        words: list[Word] = []
        commits = False
        for effect in effects:
            if isinstance(effect, Commit):
                commits = True
            elif isinstance(effect, _WORDS):
                words.append(effect)
            else:
                self._do(effect)
        kept = await self.commit() if commits else True
        for word in words:
            self._tell(word, warning=None if kept else text("player.not_saved"))

    async def commit(self) -> bool:
        """Keep the state as it is; whether that worked."""
        ports, address = self._context.ports, self._context.address
        now = ports.clock.now()
        self._state.player.revision += 1
        try:
            await save_snapshot(ports.store, address, FORM, self._state.to_saved(now))
        except StoreError as error:
            log.warning("a player could not be kept", extra={"address": str(address), "error": str(error)})
            self.commit_due = now + COMMIT_AGAIN_S
            return False
        self.commit_due = None
        return True

    def announce(self, channel_id: ChannelId, sentence: Text, after: int | None = None) -> None:
        """Tell a channel something; nobody waits for it."""
        message = view_sentence(sentence, self._say)
        self._announcements.put(partial(self._post, channel_id, message, after))

    def answer_page(self, wanted: PageWanted) -> None:
        """Render a page of the queue for a pager."""
        deck = self._state.player.deck
        payload, page = view_queue(deck, wanted.page, self._say)
        ready = PageReady(query=wanted.query, page=page, total=pages_of(deck), payload=payload)
        self._context.ports.tell(wanted.pager, ready)

    @property
    def _guild_id(self) -> GuildId:
        return GuildId(self._context.address.key)

    @property
    def _say(self) -> Speaker:
        return self._context.ports.say_in(self._guild_id)

    def _do(self, deed: Deed) -> None:  # noqa: C901, PLR0912 - one flat table of deeds
        match deed:
            case TellVoice(desired):
                self._outside.voice.tell(desired)
            case DropVoice():
                self._outside.voice.drop(self._guild_id)
            case JoinVoice(channel_id):
                self._context.ports.gateway.update_voice_state(self._guild_id, channel_id)
            case TakeFloor(channel_id, asks):
                self._context.run(partial(self._take_floor, channel_id, asks=asks))
            case LeaveVoice():
                self._context.ports.gateway.update_voice_state(self._guild_id, None)
            case Resolve(request, queries):
                started = partial(self.desk.start, request, WorkKind.RESOLVING)
                self._searches.resolve(request, queries, started)
            case GiveUpResolving(request):
                self._searches.give_up(request)
            case Open(key, track):
                self._searches.open(key, track)
            case Release(playable):
                self._outside.resolver.release(playable)
            case Started(request, kind):
                self.desk.start(request, kind)
            case ShowPresence(track):
                title = None if track is None else view_presence(track, self._say)
                self._context.ports.presence.playing(self._guild_id, title)
            case Journal(entry_id, position_ms):
                self._journal(entry_id, position_ms)
            case _:
                assert_never(deed)

    def _tell(self, word: Word, warning: Text | None) -> None:  # noqa: C901 - one flat table of words
        match word:
            case Say(request=request):
                sent = partial(self._shown, request) if word.recoverable else None
                message = view_sentence(word.text, self._say, warning=warning)
                self.desk.say(request, message, ends=word.ends, transient=word.transient, sent=sent)
            case Refuse(request, sentence):
                self.desk.refuse(request, view_sentence(sentence, self._say))
            case SayPlaying(request):
                self._say_playing(request)
            case OpenQueue(request, page):
                self._open_queue(request, page)
            case Announce(channel_id=channel_id, text=sentence, after=after):
                self.announce(channel_id, sentence, after)
            case Amend(pending, sentence):
                message = view_sentence(sentence, self._say)
                edit = partial(self._edit, pending.channel_id, pending.message_id, message)
                self._announcements.put(edit)
            case DrawPanel():
                self._sheets.draw(word)
            case EndPanel():
                self._sheets.end(word)
            case ClearOld():
                self._sheets.clear(word)
            case TellRefused(request, sentence):
                self.desk.add(request, view_sentence(sentence, self._say))
            case _:
                assert_never(word)

    def _say_playing(self, request: int) -> None:
        player = self._state.player
        now = self._context.ports.clock.now()
        message = view_playing(player.deck, now, self._say, paused=player.is_paused, tuning=player.tuning)
        self.desk.say(request, message, ends=Outcome.DONE, transient=False)

    def _open_queue(self, request: int, page: int) -> None:
        envelope = self.desk.hand_over(request, lambda: self._context.tell_self(HandedOver()))
        if envelope is None:
            return
        wish = OpenPages(
            source=self._context.address,
            query=QUEUE,
            owner=envelope.facts.user_id,
            facts=envelope.facts,
            reply=envelope.reply,
            work=envelope.work,
            page=page,
            vanishes=True,
            private=envelope.private,
        )
        self._context.ports.tell(Address(PAGER, _fresh_key(envelope)), wish)

    async def _take_floor(self, channel_id: ChannelId, *, asks: bool) -> None:
        rest, now = self._context.ports.rest, self._context.ports.clock.at()
        try:
            if asks:
                await rest.modify_own_voice_state(self._guild_id, channel_id, request_to_speak_at=now)
            else:
                await rest.modify_own_voice_state(self._guild_id, channel_id, suppress=False)
        except RestError as error:
            log.warning("the floor was not given", extra={"guild": self._guild_id, "error": str(error)})

    def _journal(self, entry_id: int, position_ms: int) -> None:
        address = self._context.address
        line = Line(revision=self._state.player.revision, entry_id=entry_id, position_ms=position_ms)
        self._context.ports.store.journal(address.kind, address.key, encode_line(line))

    def _shown(self, request: int, sent: SentMessage) -> None:
        shown = QueuingShown(request=request, channel_id=sent.channel_id, message_id=sent.id)
        self._context.tell_self(shown)

    async def _all_said(self, after: int | None) -> None:
        reply = self.desk.reply(after)
        if reply is not None:
            await reply.settled()
        await self._announcements.settled()

    async def _post(self, channel_id: ChannelId, message: Message, after: int | None) -> None:
        reply = self.desk.reply(after)
        if reply is not None:
            await reply.settled()
        await self._context.ports.rest.create_message(channel_id, message)

    async def _edit(self, channel_id: ChannelId, message_id: MessageId, message: Message) -> None:
        await self._context.ports.rest.edit_message(channel_id, message_id, message)


def _fresh_key(envelope: Envelope) -> int:
    """A number like a snowflake: the milliseconds of arrival, then the arrival number."""
    at_ms = int(envelope.facts.at.timestamp() * 1000) - EPOCH_MS
    return (at_ms << 22) | (envelope.number & 0x3FFFFF)
