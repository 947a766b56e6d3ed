"""Performing effects: commit first, then tell people, then show.

Changes that come close together share one commit: the first one waits ``COMMIT_S``, and what has to be told
because of any of them waits with it. A commit that fails is told to the starter and tried again; people get
their answers all the same. The message is a live message: one request in flight, the newest state wins.

The first picture is the answer to whoever started the gather; if it does not arrive in time, the message is
posted. Which message it is, is kept as soon as it is known, and an ordered stop waits for that; where the bot
ended before, the answer is looked for, or a press tells. Only if it is not found and nobody presses for a
while, the message is posted: a press on the first one then takes that one away. A gather that has ended is
counted, shown a last time, and only then forgotten: so a restart in between finishes what was begun.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import assert_never

from attrs import define, field

from actors.core.cell import Context
from actors.core.envelope import Envelope
from actors.core.live_message import LiveMessage
from actors.core.reply import Reply
from actors.core.snapshot import save_snapshot
from actors.core.way_back import WayBack, keep_way_back, say_there
from actors.gather.effects import (
    Announce,
    CallUp,
    Changed,
    Delete,
    Disconnect,
    Effect,
    Finish,
    GhostPing,
    Notify,
    Post,
    Redraw,
    Refuse,
    Say,
    Schedule,
    Unschedule,
)
from actors.gather.gather import Gather, Phase
from actors.gather.hands import Hands
from actors.gather.messages import Deed, Denied, FinalShown, MessagesGone, Posted, Unshowable
from actors.gather.rules import EDIT_DISTANCE_S, POST_PATIENCE_S
from actors.gather.saved import FORM, to_saved
from actors.gather.sound import ask_for_silence
from actors.gather.statistics import Statistics
from actors.gather.view import Lens, view_gather
from actors.rest.errors import Forbidden, NotFound, RestError
from actors.rest.payloads import Message
from actors.store.errors import StoreError
from gateway_client.ids import MessageId
from gateway_client.objects import Message as SentMessage

log = logging.getLogger(__name__)

COMMIT_S = 0.02
COMMIT_AGAIN_S = 5.0


@define(eq=False)
class Performer:
    """The shell of one gather.

    Attributes:
        offset: wall time less monotonic time, in seconds.
        commit_due: when the next commit is due, in monotonic seconds.
        post_due: when the answer that shall hold the message is given up.
        noted: whether the result is among the statistics.
    """

    _context: Context
    gather: Gather
    offset: float
    commit_due: float | None = None
    post_due: float | None = None
    noted: bool = field(default=False, init=False)
    hands: Hands = field(init=False)
    _live: LiveMessage | None = field(default=None, init=False)
    _paper: "_Paper | None" = field(default=None, init=False)
    _answered: Message | None = field(default=None, init=False)
    _reply: Reply | None = field(default=None, init=False)
    _said: MessageId | None = field(default=None, init=False)
    _held: list[Callable[[], None]] = field(factory=list[Callable[[], None]], init=False)

    def __attrs_post_init__(self) -> None:
        self.hands = Hands(self._context, self.gather, self._context.say)

    def perform(self, effects: Iterable[Effect], envelope: Envelope | None = None) -> None:
        """Do what was decided; whoever asked gets their answer after the commit."""
        effects = list(effects)
        if any(isinstance(effect, Changed) for effect in effects):
            self.change()
        for effect in effects:
            match effect:
                case Changed():
                    pass
                case Redraw():
                    self.show()
                case Say() | Refuse():
                    self._answer(effect, envelope)
                case _:
                    self._hold(effect)

    def change(self) -> None:
        """Something has to be committed soon."""
        if self.commit_due is None:
            self.commit_due = self._now + COMMIT_S

    async def commit(self) -> None:
        """Make the state durable, then do what waited for it."""
        held, self._held = self._held, []
        self.commit_due = None
        address, gather = self._context.address, self.gather
        try:
            saved = to_saved(gather, self.offset)
            await save_snapshot(self._context.ports.store, address, FORM, saved)
            await self._note_result()
        except StoreError as error:
            log.warning("a gather is not saved", extra={"error": str(error)})
            self.commit_due = self._now + COMMIT_AGAIN_S
            if Deed.SAVE not in gather.paper.told:
                self._context.tell_self(Denied(Deed.SAVE))
        for step in held:
            step()
        self.show()

    def answer_with_message(self, envelope: Envelope) -> None:
        """Let the answer to this command become the gather's message."""
        envelope.work.detach()
        self.gather.paper.way = keep_way_back(envelope.reply)
        self.post_due = self._now + POST_PATIENCE_S
        self._held.append(lambda: self._answer_with_message(envelope))

    def go_on(self) -> None:
        """After a restart: with the message that is there, or with the one that a press may tell of."""
        paper, running = self.gather.paper, self.gather.is_running
        if running and paper.may_be_seen:
            self.post_due = self._now + POST_PATIENCE_S
            if paper.way is not None:
                self._context.run(partial(self._find, paper.way))
            return
        self.post()
        if not running:
            self.change()
        elif paper.message_id is not None and paper.announced:
            self.perform([*paper.posted(paper.message_id), Changed()])

    async def _find(self, way: WayBack) -> None:
        """Show the gather in the answer that a former life has given, or was about to."""
        message = self.view()
        try:
            sent = await say_there(self._context.ports, way, message)
        except RestError as error:
            log.info("the answer with a gather was not found", extra={"error": str(error)})
            return
        if sent is not None:
            self._answered = message
            self._context.tell_self(Posted(gather=self.gather.id, message_id=sent.id))

    async def goodbye(self) -> None:
        """Keep what was not committed yet, and which message the answer on its way becomes."""
        if self.commit_due is not None:
            await self.commit()
        if self._live is None and self._reply is not None and self.gather.paper.message_id is None:
            await self._reply.settled()
            self.gather.paper.message_id = self._said  # nobody takes any more what was told of it
            await self.commit()

    def post(self) -> None:
        """Post the message, or go on with the one that is there."""
        self.post_due = None
        self._live = self._open_live(self.gather.paper.message_id)
        self.show()
        if not self.gather.is_running:
            self.finish()

    def posted(self) -> None:
        """Something has become the message: the answer, what was posted, or what somebody pressed."""
        known, shown = self.gather.paper.message_id, None if self._paper is None else self._paper.message_id
        if self._live is not None and shown not in (None, known):
            self._live.stop()  # the other one was faster
            self._live = None
        if self._live is None and known is not None:
            self.post()

    def show(self) -> None:
        """Make the message show the state as it is now."""
        if self._live is not None:
            self._live.show(self.view())

    def view(self) -> Message:
        """What the message shows."""
        lens = Lens(address=self._context.address, now=self._now, offset=self.offset, say=self._context.say)
        return view_gather(self.gather, lens)

    def finish(self) -> None:
        """After the end: tell when the last picture is out. An answer on its way is waited for."""
        if self._live is not None:
            self._context.run(partial(self._finish, self._live))
        elif self.post_due is None:
            self.post()

    def _answer(self, effect: Say | Refuse, envelope: Envelope | None) -> None:
        if envelope is None:
            return
        message = Message(content=effect.text.render(self._context.say))

        def answer() -> None:
            if isinstance(effect, Say):
                envelope.reply.say(message)
                envelope.work.done()
            else:
                envelope.reply.refuse(message)
                envelope.work.fail()

        if self.commit_due is None:
            answer()
        else:
            envelope.work.detach()
            self._held.append(answer)

    def _hold(self, effect: Effect) -> None:
        self._held.append(lambda: self._do(effect))

    def _do(self, effect: Effect) -> None:  # noqa: C901 - one flat table
        match effect:
            case Announce(people):
                self.hands.announce(people)
            case GhostPing(people):
                self.hands.ghost_ping(people)
            case CallUp(who):
                self.hands.call_up(who)
            case Disconnect(user_id):
                self.hands.disconnect(user_id)
            case Notify(deed):
                self.hands.notify(deed)
            case Delete(message_id):
                self.hands.delete(message_id)
            case Post():
                self.post()
            case Schedule():
                self.hands.schedule(datetime.fromtimestamp(self.gather.ends_at + self.offset, UTC))
            case Unschedule(event_id):
                self.hands.unschedule(event_id)
            case Finish():
                self._end()
            case Changed() | Redraw() | Say() | Refuse():
                raise TypeError(f"{effect} is performed at once")
            case _:
                assert_never(effect)

    def _end(self) -> None:
        self.show()
        self.finish()
        if self.gather.phase is Phase.COMPLETE:
            ask_for_silence(self._context.ports, self._context.address, self.gather)

    async def _note_result(self) -> None:
        gather = self.gather
        if gather.is_running or self.noted:
            return
        guild_id = self._context.guild_id
        began_ms = round((gather.began + self.offset) * 1000)
        await Statistics(self._context.ports.store, guild_id).note(gather, began_ms)
        self.noted = True

    def _answer_with_message(self, envelope: Envelope) -> None:
        self._answered = self.view()
        self._reply = envelope.reply
        self._reply.say(self._answered, sent=self._sent)
        envelope.work.done()

    def _sent(self, sent: SentMessage) -> None:
        self._said = sent.id
        self._context.tell_self(Posted(gather=self.gather.id, message_id=sent.id))

    def _open_live(self, message_id: MessageId | None) -> LiveMessage:
        paper = self._paper = _Paper(self._context, self.gather, message_id)
        live = LiveMessage(transport=paper, spawn=self._context.ports.spawn, distance_s=EDIT_DISTANCE_S)
        if message_id is not None and self._answered is not None:
            live.assume(self._answered)
        self._answered = None
        return live

    async def _finish(self, live: LiveMessage) -> None:
        await live.settled()
        self._context.tell_self(FinalShown(self.gather.id))

    @property
    def _now(self) -> float:
        return self._context.ports.clock.now()


@define(eq=False)
class _Paper:
    """Posts the message if there is none yet, and edits it from then on."""

    _context: Context
    _gather: Gather
    message_id: MessageId | None

    async def send(self, message: Message) -> None:
        try:
            await self._send(message)
        except NotFound:
            gone = self.message_id
            self._context.tell_self(Unshowable(self._gather.id) if gone is None else MessagesGone((gone,)))
            raise
        except Forbidden:
            self._context.tell_self(Unshowable(self._gather.id))
            raise

    async def _send(self, message: Message) -> None:
        rest, channel_id = self._context.ports.rest, self._gather.text_id
        if self.message_id is not None:
            await rest.edit_message(channel_id, self.message_id, message)
            return
        nonce = f"gather-{self._gather.id}-{self._gather.paper.posts}"
        sent = await rest.create_message(channel_id, message, nonce=nonce)
        self.message_id = sent.id
        self._context.tell_self(Posted(gather=self._gather.id, message_id=sent.id))
