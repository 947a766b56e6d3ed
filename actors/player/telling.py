"""Telling people: the answers to requests, announcements, lists and pickers, the panel.

Whatever comes here was committed before, or carries the warning that it was not. Announcements leave on a
lane of their own, in their order, each after the answers of the request that it belongs to, and after those
that waited for their sound and are said with it; a channel that refuses them is logged by the lane.
"""

from collections.abc import Sequence
from functools import partial
from typing import assert_never

from attrs import define, evolve, field

from actors.core.cell import Context
from actors.core.lane import Lane
from actors.core.listing import PICKER, fresh_address, offer_choices
from actors.core.reply import OnSent, Reply
from actors.core.texts import Text
from actors.player.buttons import choose_song_row, wrong_song_row
from actors.player.desk import Desk
from actors.player.effects import (
    Amend,
    Announce,
    OfferMatches,
    OfferSongs,
    OfferTracks,
    OpenHistory,
    OpenQueue,
    Outcome,
    Refuse,
    Say,
    SayPlaying,
    Word,
)
from actors.player.offers import Offer, choices_of
from actors.player.pages import Pages
from actors.player.panel import ClearOld, DrawPanel, EndPanel, TellRefused
from actors.player.panel_sheets import Sheets
from actors.player.player import Player
from actors.player.results import AnswerTold, QueuingShown
from actors.player.saved import PendingAnswer
from actors.player.untold import Untold, amend
from actors.player.view import view_amended, view_playing, view_sentence
from actors.rest.payloads import Message
from gateway_client.ids import ChannelId
from gateway_client.objects import Message as SentMessage


@define(eq=False)
class Telling:
    """What one player says."""

    _context: Context
    _player: Player
    _desk: Desk
    untold: Untold = field(factory=Untold)
    pages: Pages = field(init=False)
    _announcements: Lane = field(init=False)
    _sheets: Sheets = field(init=False)
    _late: list[int] = field(factory=list[int])
    _foretold: Say | None = None

    def __attrs_post_init__(self) -> None:
        self.pages = Pages(self._context, self._player.deck)
        self._announcements = Lane(self._context.ports.spawn)
        self._sheets = Sheets(self._context, self._player, self._all_said)

    def note(self, words: Sequence[Word]) -> bool:
        """These are about to be committed and told after that; whether there is something to commit."""
        late = [word.request for word in words if isinstance(word, Say) and word.late]
        if late:
            self._late = late
        return self.untold.note(words, self._content, self._begin, self._picker)

    def foretell(self, held: Say | None, *, kept: bool) -> None:
        """What waits for its sound is true and kept already, for whoever reads "thinking…" as long."""
        if held is not None and held is not self._foretold and kept:
            message = view_sentence(held.text, self._context.say, above=self._desk.above(held.request))
            self._desk.foretell(held.request, self._with_doubt(message, held.doubtful))
        self._foretold = held

    def tell(self, word: Word, warning: Text | None) -> None:  # noqa: C901 - one flat table of words
        """Tell it now; an answer with a warning, if there is one."""
        match word:
            case Say():
                self._answer(word, warning)
            case Refuse(request, sentence):
                above = self._desk.above(request)
                reply = self._desk.reply(request)
                self._desk.refuse(request, view_sentence(sentence, self._context.say, above=above))
                self._await_told(request, reply)
            case SayPlaying(request):
                self._say_playing(request)
            case OpenQueue() | OpenHistory() | OfferTracks() | OfferMatches() | OfferSongs():
                self._give_away(word)
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
                self._desk.add(request, view_sentence(sentence, self._context.say))
            case _:
                assert_never(word)

    def announce(
        self, channel_id: ChannelId, sentence: Text, after: int | None = None, unsure: int | None = None
    ) -> None:
        """Tell a channel something; nobody waits for it."""
        message = view_sentence(sentence, self._context.say)
        if unsure is not None:
            row = choose_song_row(self._context.address, unsure, self._context.say)
            message = evolve(message, components=(row,))
        self._announcements.put(partial(self._post, channel_id, message, after))

    def _answer(self, word: Say, warning: Text | None) -> None:
        is_kept = word.recoverable and self.untold.awaits(word.request)
        above = self._desk.above(word.request)
        message = view_sentence(word.text, self._context.say, warning=warning, above=above)
        sent: OnSent | None = None
        if is_kept:
            sent = partial(
                self._shown, word.request, None if above is None else above.render(self._context.say)
            )
        elif word.ends is not None and self.untold.awaits(word.request):
            sent = partial(self._told, word.request)
        self._desk.say(
            word.request,
            self._with_doubt(message, word.doubtful),
            ends=word.ends,
            transient=word.transient,
            sent=sent,
        )
        if word.ends is not None:
            self._await_told(word.request)

    def _say_playing(self, request: int) -> None:
        message = view_playing(self._player, self._context.ports.clock.now(), self._context.say)
        self._desk.say(request, message, ends=Outcome.DONE, transient=False)

    def _give_away(self, word: OpenQueue | OpenHistory | Offer) -> None:
        """A list or a picker answers from now on."""
        envelope = self._desk.give_away(word.request)
        if envelope is None:
            return
        match word:
            case OpenQueue(page=page):
                self.pages.open_queue(envelope, page)
            case OpenHistory():
                self.pages.open_history(envelope)
            case _:
                query, title, choices = choices_of(word, self._context.say)
                kept = partial(self._told, word.request)
                offer_choices(self._context, envelope, query, title, choices, kept=kept)

    def _picker(self, request: int) -> int | None:
        envelope = self._desk.envelope(request)
        return None if envelope is None else fresh_address(PICKER, envelope).key

    def _begin(self, request: int) -> bool:
        envelope, above = self._desk.envelope(request), self._desk.above(request)
        if envelope is None or envelope.private:
            return False
        return self.untold.begin(
            request, envelope.reply, None if above is None else above.render(self._context.say)
        )

    def _content(self, request: int, sentence: Text) -> str:
        return view_sentence(sentence, self._context.say, above=self._desk.above(request)).content

    def _with_doubt(self, message: Message, doubtful: int | None) -> Message:
        if doubtful is None:
            return message
        return evolve(
            message, components=(wrong_song_row(self._context.address, doubtful, self._context.say),)
        )

    def _shown(self, request: int, above: str | None, sent: SentMessage) -> None:
        place = PendingAnswer(channel_id=sent.channel_id, message_id=sent.id, above=above)
        self.untold.shown(request, place)
        shown = QueuingShown(request=request, channel_id=sent.channel_id, message_id=sent.id, above=above)
        self._context.tell_self(shown)

    def _await_told(self, request: int, reply: Reply | None = None) -> None:
        """Forget an outcome that cannot be brought to the channel, too."""
        reply = reply or self._desk.reply(request)
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
            reply = self._desk.reply(request)
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
