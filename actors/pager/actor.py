"""The pager's shell: performs what the machine decides, keeps the message live and the snapshot current.

A private list is changed through its command's reply, because nothing but its interaction's token can, and is
not kept over a restart for the same reason. A source that gives no first page is given up on with a sentence.

A list is kept before anybody sees it, so that no button is older than what a restart finds. Which message it
is, is kept as soon as it is known; where the bot ended before that, the first press tells.
"""

from functools import partial

from attrs import define, field

from actors.core.arrows import Turn
from actors.core.cell import Context
from actors.core.envelope import Envelope
from actors.core.keepsake import Keepsake
from actors.core.live_message import LiveMessage
from actors.core.pages import OpenPages, PageReady, PageWanted
from actors.core.reply import Reply
from actors.core.snapshot import SnapshotForm
from actors.core.strangers import RefuseOther
from actors.core.texts import Say
from actors.core.viewing import Posted, upgrade_viewing
from actors.pager.messages import Gone
from actors.pager.state import (
    AskPage,
    Close,
    Effect,
    PagerState,
    Saved,
    Show,
    open_pager,
    restore_pager,
)
from actors.pager.view import view_page, without_buttons
from actors.rest.errors import NotFound
from actors.rest.payloads import Message
from gateway_client.objects import Message as SentMessage

FORM = SnapshotForm(type=Saved, schema=2, upgrades={1: upgrade_viewing})
EDIT_DISTANCE_S = 1.0  # Discord lets about five edits of one channel pass in five seconds


@define(eq=False)
class PagerActor:
    """One paginated message."""

    context: Context
    _state: PagerState | None = field(default=None, init=False)
    _wish: OpenPages | None = field(default=None, init=False)
    _live: LiveMessage | None = field(default=None, init=False)
    _shown: Message | None = field(default=None, init=False)
    _answered: Message | None = field(default=None, init=False)
    _private: Reply | None = field(default=None, init=False)
    _reply: Reply | None = field(default=None, init=False)

    async def load(self) -> None:
        """Go on with a pager from before a restart."""
        saved = await self._kept.load()
        if saved is None:
            return
        state = self._state = restore_pager(saved)
        if state.place is not None:
            self._live = self._open_live(state.place)
        await self._perform(state.opened())

    async def handle(self, envelope: Envelope) -> None:
        """Somebody pressed a button."""
        state = self._state
        if state is None or state.closed:
            say, turn = self._say_in(envelope), envelope.message
            command = turn.command if isinstance(turn, Turn) else ""
            again = say("core.expired_again", command=command) if command else say("pager.gone")
            envelope.reply.expire(Message(content=again))
            envelope.work.fail()
            return
        message_id = envelope.facts.message_id
        if self._wish is None and self._private is None and message_id is not None:
            await self._stand_at(Posted(channel_id=envelope.facts.channel_id, message_id=message_id))
        match envelope.message:
            case Turn(by):
                at = self.context.ports.clock.wall_s()
                await self._perform(state.turn(by, envelope.facts.user_id, at), envelope)
            case other:
                raise TypeError(f"a pager cannot take {other!r}")

    async def observe(self, fact: object) -> None:
        """A page is ready, the message is posted or gone."""
        match fact:
            case OpenPages():
                self._wish = fact
                self._private = fact.reply if fact.private else None
                self._reply = fact.reply
                self._state = open_pager(fact, self.context.ports.clock.wall_s())
                await self._perform(self._state.opened())
            case PageReady() if self._state is not None:
                await self._perform(self._state.ready(fact))
            case Posted() if self._private is not None:
                pass  # only the interaction's token can change it
            case Posted():
                await self._stand_at(fact)
            case Gone() if self._state is not None:
                self._state.gone()
                await self._kept.forget()
            case _:
                pass  # a late answer to a pager that is gone

    def next_deadline(self) -> float | None:
        """When it expires, on the monotonic clock."""
        if self._state is None or self._state.closed:
            return None
        return self.context.ports.clock.deadline(self._state.expires_at)

    async def tick(self, now: float) -> None:
        """Perhaps it has expired."""
        if self._state is not None:
            await self._perform(self._state.tick(self.context.ports.clock.wall_s()))

    def is_idle(self) -> bool:
        """A pager lives until it closes."""
        return self._state is None or self._state.closed

    async def goodbye(self) -> None:
        """What was said arrives, and where it is, is kept."""
        if self._reply is not None:
            await self._reply.settled()
        await self._save()

    async def _perform(self, effects: list[Effect], envelope: Envelope | None = None) -> None:
        assert self._state is not None
        for effect in effects:
            match effect:
                case AskPage(page):
                    home, viewing = self.context.address, self._state.viewing
                    wanted = PageWanted(pager=home, query=viewing.query, page=page)
                    self.context.ports.tell(viewing.source, wanted)
                case Show(payload, page, total):
                    home, command = self.context.address, self._state.command
                    await self._show(view_page(home, payload, page, total, command))
                case RefuseOther() if envelope is not None:
                    envelope.reply.refuse(Message(content=self._say_in(envelope)("pager.not_yours")))
                case RefuseOther():
                    pass
                case Close(vanishes):
                    await self._close(vanishes=vanishes)

    async def _show(self, message: Message) -> None:
        self._shown = message
        if self._private is not None and self._wish is None:
            self._private.say(message)
        elif self._live is not None:
            self._live.show(message)
            await self._save()
        elif self._wish is not None:
            wish, self._wish = self._wish, None
            self._answered = message
            await self._save()
            wish.reply.say(message, sent=self._posted)
            wish.work.done()

    def _posted(self, sent: SentMessage) -> None:
        place = Posted(channel_id=sent.channel_id, message_id=sent.id)
        if self._state is not None:
            self._state.place = place  # at once: where the bot stops now, nobody takes what is told
        self.context.tell_self(place)

    async def _stand_at(self, place: Posted) -> None:
        """It is known which message it is: from now on that one is kept equal to the page."""
        if self._state is None or self._live is not None:
            return
        self._state.place = place
        self._live = self._open_live(place)
        if self._answered is not None:
            self._live.assume(self._answered)
        await self._save()
        self._refresh()

    def _refresh(self) -> None:
        if self._live is not None and self._shown is not None:
            self._live.show(self._shown)

    async def _close(self, *, vanishes: bool) -> None:
        state = self._state
        if state is not None and self._wish is not None:
            self._give_up(self._wish, state)
        elif self._private is not None and vanishes:
            self._private.withdraw()
        elif self._private is not None and self._shown is not None:
            self._private.say(without_buttons(self._shown))
        elif vanishes and state is not None and state.place is not None:
            if self._live is not None:
                self._live.stop()
            self.context.ports.spawn(partial(self._delete, state.place))
        elif self._live is not None and self._shown is not None:
            self._live.show(without_buttons(self._shown))
        await self._kept.forget()

    def _give_up(self, wish: OpenPages, state: PagerState) -> None:
        """The source never gave a page."""
        sentence = self.context.ports.say_in(state.viewing.guild_id)("pager.no_page")
        wish.reply.refuse(Message(content=sentence))
        wish.work.fail()

    async def _delete(self, place: Posted) -> None:
        try:
            await self.context.ports.rest.delete_message(place.channel_id, place.message_id)
        except NotFound:
            return  # somebody was faster

    async def _save(self) -> None:
        if self._state is not None and not self._state.closed and self._private is None:
            await self._kept.keep(self._state.to_saved())

    @property
    def _kept(self) -> Keepsake[Saved]:
        return Keepsake(self.context, FORM)

    def _open_live(self, place: Posted) -> LiveMessage:
        return LiveMessage(
            transport=_Edits(self.context, place),
            spawn=self.context.ports.spawn,
            distance_s=EDIT_DISTANCE_S,
            on_gone=lambda: self.context.tell_self(Gone()),
        )

    def _say_in(self, envelope: Envelope) -> Say:
        return self.context.ports.say_in(envelope.facts.guild_id)


@define(eq=False)
class _Edits:
    """Edits one message with the bot's own token."""

    _context: Context
    _place: Posted

    async def send(self, message: Message) -> None:
        place = self._place
        await self._context.ports.rest.edit_message(place.channel_id, place.message_id, message)
