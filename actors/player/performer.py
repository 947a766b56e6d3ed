"""Performing effects: what changes the sound at once, then the commit, then what people read.

The commit is the only thing that is waited for. One that fails is told with the answers that waited for it,
and tried again every five seconds until it holds. Announcements leave on a lane of their own, in their order,
each after the answers of the request that it belongs to, and after those that waited for their sound and are
said with it; a channel that refuses them is logged by the lane.
"""

import logging
from collections.abc import Iterable
from functools import partial
from typing import assert_never

from attrs import define, evolve, field

from actors.core.cell import Context
from actors.core.lane import Lane
from actors.core.listing import PICKER, fresh_address, offer_choices, show_pages
from actors.core.pages import PageReady, PageWanted
from actors.core.reply import OnSent, Reply
from actors.core.snapshot import save_snapshot
from actors.core.texts import Text, text
from actors.core.work import WorkKind
from actors.player.buttons import choose_song_row, wrong_song_row
from actors.player.desk import Desk
from actors.player.effects import (
    Amend,
    Announce,
    Commit,
    Deed,
    DropVoice,
    Effect,
    FindCandidates,
    FindRelated,
    GiveUpResolving,
    JoinVoice,
    Journal,
    KeepChoice,
    LeaveVoice,
    MediaDeed,
    OfferMatches,
    OfferSongs,
    OfferTracks,
    Open,
    OpenHistory,
    OpenQueue,
    Outcome,
    ReadOn,
    Refuse,
    Release,
    RememberLoudness,
    Resolve,
    Say,
    SayPlaying,
    ShowPresence,
    ShowStatus,
    Started,
    TakeFloor,
    TellVoice,
    Word,
)
from actors.player.lookups import Lookups
from actors.player.offers import Offer, choices_of
from actors.player.outside import Outside
from actors.player.panel import ClearOld, DrawPanel, EndPanel, TellRefused
from actors.player.panel_sheets import Sheets
from actors.player.results import AnswerTold, QueuingShown
from actors.player.saved import FORM, Line, PendingAnswer, Saved, encode_line
from actors.player.searches import Searches
from actors.player.state import PlayerState
from actors.player.untold import Untold, amend
from actors.player.view import (
    history_pages,
    pages_of,
    view_amended,
    view_history,
    view_playing,
    view_presence,
    view_queue,
    view_sentence,
)
from actors.player.voice_status import VoiceStatus
from actors.rest.errors import RestError
from actors.rest.payloads import Message
from actors.store.errors import StoreError
from gateway_client.ids import ChannelId
from gateway_client.objects import Message as SentMessage

log = logging.getLogger(__name__)

COMMIT_AGAIN_S = 5.0
QUEUE, HISTORY = "queue", "history"


@define(eq=False)
class Performer:
    """The hands of one player. ``commit_due`` is when a failed commit is tried again, monotonic seconds."""

    _context: Context
    _outside: Outside
    _state: PlayerState
    desk: Desk = field(factory=Desk)
    untold: Untold = field(factory=Untold)
    commit_due: float | None = None
    _searches: Searches = field(init=False)
    _lookups: Lookups = field(init=False)
    _announcements: Lane = field(init=False)
    _sheets: Sheets = field(init=False)
    _late: list[int] = field(factory=list[int])
    _foretold: Say | None = None
    status: VoiceStatus = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._searches = Searches(self._context, self._outside.resolver)
        self._lookups = Lookups(self._context, self._outside.resolver)
        self._announcements = Lane(self._context.ports.spawn)
        self.status = VoiceStatus(self._context)
        self._sheets = Sheets(self._context, self._state.player, self._all_said)

    async def perform(self, effects: Iterable[Effect]) -> None:
        """Do everything, in the order that the rules above demand."""
        words: list[Word] = []
        commits = False
        for effect in effects:
            if isinstance(effect, Commit):
                commits = True
            elif isinstance(effect, Word):
                words.append(effect)
            else:
                self._do(effect)
        late = [word.request for word in words if isinstance(word, Say) and word.late]
        if late:
            self._late = late
        commits = self.untold.note(words, self._content, self._begin, self._picker) or commits
        kept = await self.commit() if commits else True
        self._foretell()
        for word in words:
            self._tell(word, warning=None if kept else text("player.not_saved"))

    async def commit(self) -> bool:
        """Keep the state as it is; whether that worked."""
        ports, address = self._context.ports, self._context.address
        now = ports.clock.now()
        self._state.player.revision += 1
        try:
            self._note_heard()
            await save_snapshot(ports.store, address, FORM, self._to_saved(now))
        except StoreError as error:
            log.warning("a player could not be kept", extra={"address": str(address), "error": str(error)})
            self.commit_due = now + COMMIT_AGAIN_S
            return False
        self.commit_due = None
        return True

    def announce(
        self, channel_id: ChannelId, sentence: Text, after: int | None = None, unsure: int | None = None
    ) -> None:
        """Tell a channel something; nobody waits for it."""
        message = view_sentence(sentence, self._context.say)
        if unsure is not None:
            row = choose_song_row(self._context.address, unsure, self._context.say)
            message = evolve(message, components=(row,))
        self._announcements.put(partial(self._post, channel_id, message, after))

    def answer_page(self, wanted: PageWanted) -> None:
        """Render a page of the queue or the history for a pager."""
        deck, (what, _, owner) = self._state.player.deck, wanted.query.partition(":")
        if what == HISTORY:
            home = self._context.address
            payload, page = view_history(deck, wanted.page, int(owner), home, self._context.say)
            total = history_pages(deck)
        else:
            payload, page = view_queue(deck, wanted.page, self._context.say)
            total = pages_of(deck)
        ready = PageReady(query=wanted.query, page=page, total=total, payload=payload)
        self._context.ports.tell(wanted.pager, ready)

    def _do(self, deed: Deed) -> None:
        match deed:
            case TellVoice(desired):
                self._outside.voice.tell(desired)
            case DropVoice():
                self._outside.voice.drop(self._context.guild_id)
            case JoinVoice(channel_id):
                self.status.enter()
                self._outside.voice.warm()
                self._context.ports.gateway.update_voice_state(self._context.guild_id, channel_id)
            case TakeFloor(channel_id, asks):
                self._context.run(partial(self._take_floor, channel_id, asks=asks))
            case LeaveVoice():
                gateway = self._context.ports.gateway
                self.status.leave(partial(gateway.update_voice_state, self._context.guild_id, None))
            case Started(request, kind):
                self.desk.start(request, kind)
            case ShowPresence(track, on_air):
                title = None if track is None else view_presence(track, on_air, self._context.say)
                self._context.ports.presence.playing(self._context.guild_id, title)
            case ShowStatus():
                self.status.show(deed)
            case Journal(entry_id, position_ms):
                self._journal(entry_id, position_ms)
            case _:
                self._do_media(deed)

    def _do_media(self, deed: MediaDeed) -> None:
        match deed:
            case Resolve(request, queries, searches):
                started = partial(self.desk.start, request, WorkKind.RESOLVING)
                self._searches.resolve(request, queries, started, picks=searches)
            case ReadOn(request):
                self._searches.read_on(request)
            case GiveUpResolving(request):
                self._searches.give_up(request)
            case Open(key, track, fresh):
                self._searches.open(key, track, fresh=fresh)
            case Release(playable):
                self._outside.resolver.release(playable)
            case FindRelated():
                self._lookups.related(deed)
            case FindCandidates():
                self._lookups.candidates(deed)
            case KeepChoice():
                self._lookups.choose(deed)
            case RememberLoudness():
                self._lookups.remember(deed)
            case _:
                assert_never(deed)

    def _tell(self, word: Word, warning: Text | None) -> None:  # noqa: C901, PLR0912 - one flat table of words
        match word:
            case Say():
                self._answer(word, warning)
            case Refuse(request, sentence):
                above = self.desk.above(request)
                reply = self.desk.reply(request)
                self.desk.refuse(request, view_sentence(sentence, self._context.say, above=above))
                self._await_told(request, reply)
            case SayPlaying(request):
                self._say_playing(request)
            case OpenQueue(request, page):
                self._open_pages(request, QUEUE, page)
            case OpenHistory(request):
                self._open_pages(request, HISTORY, 1)
            case OfferTracks() | OfferMatches() | OfferSongs():
                self._offer(word)
            case Announce(channel_id=channel_id, text=sentence, after=after, unsure=unsure):
                self.announce(channel_id, sentence, after, unsure)
            case Amend(pending, sentence):
                message = self._with_doubt(
                    view_amended(pending, sentence, self._context.say), pending.doubtful
                )
                self._announcements.put(partial(self._amend, pending, message))
            case DrawPanel():
                self._sheets.draw(word)
            case EndPanel():
                self._sheets.end(word)
            case ClearOld():
                self._sheets.clear(word)
            case TellRefused(request, sentence):
                self.desk.add(request, view_sentence(sentence, self._context.say))
            case _:
                assert_never(word)

    def _answer(self, word: Say, warning: Text | None) -> None:
        if word.late and self.commit_due is not None:
            warning = text("player.not_saved")
        is_kept = word.recoverable and self.untold.awaits(word.request)
        above = self.desk.above(word.request)
        message = view_sentence(word.text, self._context.say, warning=warning, above=above)
        sent: OnSent | None = None
        if is_kept:
            sent = partial(
                self._shown, word.request, None if above is None else above.render(self._context.say)
            )
        elif word.ends is not None and self.untold.awaits(word.request):
            sent = partial(self._told, word.request)
        self.desk.say(
            word.request,
            self._with_doubt(message, word.doubtful),
            ends=word.ends,
            transient=word.transient,
            sent=sent,
        )
        if word.ends is not None:
            self._await_told(word.request)

    def _foretell(self) -> None:
        """What waits for its sound is kept already, for whoever reads "thinking…" as long."""
        held = self._state.held
        if held is not None and held is not self._foretold and self.commit_due is None:
            message = view_sentence(held.text, self._context.say, above=self.desk.above(held.request))
            self.desk.foretell(held.request, self._with_doubt(message, held.doubtful))
        self._foretold = held

    def _picker(self, request: int) -> int | None:
        envelope = self.desk.envelope(request)
        return None if envelope is None else fresh_address(PICKER, envelope).key

    def _begin(self, request: int) -> bool:
        envelope, above = self.desk.envelope(request), self.desk.above(request)
        if envelope is None or envelope.private:
            return False
        return self.untold.begin(
            request, envelope.reply, None if above is None else above.render(self._context.say)
        )

    def _content(self, request: int, sentence: Text) -> str:
        return view_sentence(sentence, self._context.say, above=self.desk.above(request)).content

    def _to_saved(self, at: float) -> Saved:
        saved = self._state.to_saved(at)
        return evolve(saved, pending=self.untold.merged(saved.pending))

    def _with_doubt(self, message: Message, doubtful: int | None) -> Message:
        if doubtful is None:
            return message
        return evolve(
            message, components=(wrong_song_row(self._context.address, doubtful, self._context.say),)
        )

    def _say_playing(self, request: int) -> None:
        message = view_playing(self._state.player, self._context.ports.clock.now(), self._context.say)
        self.desk.say(request, message, ends=Outcome.DONE, transient=False)

    def _open_pages(self, request: int, what: str, page: int) -> None:
        envelope = self.desk.give_away(request)
        if envelope is not None:
            query = what if what == QUEUE else f"{what}:{envelope.facts.user_id}"
            show_pages(self._context, envelope, query, page=page, vanishes=what == QUEUE)

    def _offer(self, word: Offer) -> None:
        envelope = self.desk.give_away(word.request)
        if envelope is not None:
            query, title, choices = choices_of(word, self._context.say)
            kept = partial(self._told, word.request)
            offer_choices(self._context, envelope, query, title, choices, kept=kept)

    def _note_heard(self) -> None:
        deck = self._state.player.deck
        newest = [deck.now.entry] if deck.now is not None else []
        known = (entry.track for entry in (*newest, *deck.history, *deck.queue))
        self._outside.heard.note(self._context.guild_id, known)

    async def _take_floor(self, channel_id: ChannelId, *, asks: bool) -> None:
        rest, now = self._context.ports.rest, self._context.ports.clock.at()
        try:
            if asks:
                await rest.modify_own_voice_state(self._context.guild_id, channel_id, request_to_speak_at=now)
            else:
                await rest.modify_own_voice_state(self._context.guild_id, channel_id, suppress=False)
        except RestError as error:
            log.warning(
                "the floor was not given", extra={"guild": self._context.guild_id, "error": str(error)}
            )

    def _journal(self, entry_id: int, position_ms: int) -> None:
        address = self._context.address
        line = Line(revision=self._state.player.revision, entry_id=entry_id, position_ms=position_ms)
        self._context.ports.store.journal(address.kind, address.key, encode_line(line))

    def _shown(self, request: int, above: str | None, sent: SentMessage) -> None:
        place = PendingAnswer(channel_id=sent.channel_id, message_id=sent.id, above=above)
        self.untold.shown(request, place)
        shown = QueuingShown(request=request, channel_id=sent.channel_id, message_id=sent.id, above=above)
        self._context.tell_self(shown)

    def _await_told(self, request: int, reply: Reply | None = None) -> None:
        """Forget an outcome that cannot be brought to the channel, too."""
        reply = reply or self.desk.reply(request)
        if self.untold.awaits(request) and reply is not None:
            self._context.run(partial(self._tell_when_settled, request, reply))

    async def _tell_when_settled(self, request: int, reply: Reply) -> None:
        await reply.settled()
        self._told(request)

    def _told(self, request: int, sent: SentMessage | None = None) -> None:
        if self.untold.told(request):
            self._context.tell_self(AnswerTold())

    async def _all_said(self, after: int | None) -> None:
        await self._answered(after)
        await self._announcements.settled()

    async def _answered(self, after: int | None) -> None:
        for request in (after, *self._late):
            reply = self.desk.reply(request)
            if reply is not None:
                await reply.settled()

    async def _post(self, channel_id: ChannelId, message: Message, after: int | None) -> None:
        await self._answered(after)
        await self._context.ports.rest.create_message(channel_id, message)

    async def _amend(self, pending: PendingAnswer, message: Message) -> None:
        try:
            await amend(self._context.ports, pending, message)
        finally:
            self.untold.amended(pending)
            self._context.tell_self(AnswerTold())
