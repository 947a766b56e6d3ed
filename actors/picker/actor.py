"""The picker's shell: performs what the machine decides, shows the newest page, keeps the snapshot.

What is seen of it, and where, is the ``board``'s.

A picker is kept before anybody sees it: nobody can press a button of which a restart would know nothing,
however the bot ended between the sending and Discord's answer. Which message it is, is kept as soon as it is
known; where the bot ended before that, the answer is looked for and shown again, so that what stood there
before does not stay, and if it is not found, the first press tells. A private picker is not kept, because
nothing but its interaction's token could ever change it: after a restart its buttons say that they have
expired.
"""

from attrs import define, field

from actors.core.arrows import Turn
from actors.core.cell import Context
from actors.core.envelope import Envelope
from actors.core.keepsake import Keepsake
from actors.core.pages import Choice, NotPicked, OpenPicker, Picked
from actors.core.snapshot import SnapshotForm
from actors.core.strangers import RefuseOther
from actors.core.texts import Say
from actors.core.viewing import Posted, upgrade_viewing
from actors.core.way_back import keep_way_back
from actors.core.work import Work
from actors.picker.board import Board
from actors.picker.messages import Cancel, Found, Pick, Shown
from actors.picker.state import (
    Effect,
    Give,
    GiveUp,
    PickerState,
    Saved,
    Show,
    open_picker,
    restore_picker,
)
from actors.picker.view import view_picker
from actors.rest.payloads import Message

FORM = SnapshotForm(type=Saved, schema=2, upgrades={1: upgrade_viewing})


@define(eq=False)
class PickerActor:
    """One picker."""

    context: Context
    _state: PickerState | None = field(default=None, init=False)
    _board: Board = field(init=False)
    _work: Work = field(factory=Work, init=False)
    _private: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._board = Board(self.context)

    async def load(self) -> None:
        """Go on with a picker from before a restart."""
        saved = await self._kept.load()
        if saved is None:
            return
        self._state = restore_picker(saved)
        self._board.way = saved.way
        if saved.place is not None:
            self._board.settle_at(saved.place)
        elif saved.way is not None:
            self.context.run(self._find)

    async def handle(self, envelope: Envelope) -> None:
        """Somebody pressed a button."""
        state, who = self._state, envelope.facts.user_id
        if state is None or state.closed:
            say = self.context.ports.say_in(envelope.facts.guild_id)
            envelope.reply.expire(Message(content=say("picker.gone")))
            envelope.work.fail()
            return
        message_id = envelope.facts.message_id
        if self._board.reply is None and message_id is not None:
            self._board.settle_at(Posted(channel_id=envelope.facts.channel_id, message_id=message_id))
        at = self._at()
        match envelope.message:
            case Pick(index):
                effects = state.pick(index, who, at)
            case Turn(by):
                effects = state.turn(by, who, at)
            case Cancel():
                effects = state.cancel(who, at)
            case other:
                raise TypeError(f"a picker cannot take {other!r}")
        await self._perform(effects, envelope)

    async def observe(self, fact: object) -> None:
        """It is opened, posted or shown."""
        match fact:
            case OpenPicker():
                self._state = open_picker(fact, self._at())
                self._work, self._private = fact.work, fact.private
                self._board.reply = fact.reply
                self._board.way = None if fact.private else keep_way_back(fact.reply)
                await self._save()
                if fact.kept is not None:
                    fact.kept()
                await self._perform([Show()])
            case Posted():
                await self._save()
            case Found(place):
                await self._go_on_at(place)
            case Shown():
                if self._board.shown():
                    await self._perform([Show()])
            case other:
                raise TypeError(f"a picker cannot take {other!r}")

    def next_deadline(self) -> float | None:
        """When it expires, on the monotonic clock."""
        if self._state is None or self._state.closed:
            return None
        return self.context.ports.clock.deadline(self._state.expires_at)

    async def tick(self, now: float) -> None:
        """Perhaps it has expired."""
        if self._state is not None:
            await self._perform(self._state.tick(self._at()))

    def is_idle(self) -> bool:
        """A picker lives until it ends."""
        return self._state is None or self._state.closed

    async def goodbye(self) -> None:
        """What was said arrives, and where it is, is kept."""
        await self._board.settled()
        await self._save()

    async def _perform(self, effects: list[Effect], envelope: Envelope | None = None) -> None:
        for effect in effects:
            match effect:
                case Show():
                    await self._show()
                case RefuseOther() if envelope is not None:
                    envelope.reply.refuse(Message(content=self._say("picker.not_yours")))
                    envelope.work.fail()
                case RefuseOther():
                    pass
                case Give(choice) if envelope is not None:
                    await self._kept.forget()
                    self._give(choice, envelope)
                case Give():
                    pass
                case GiveUp(expired):
                    await self._kept.forget()
                    self._give_up(expired=expired)

    async def _show(self) -> None:
        state, board = self._state, self._board
        if state is None or state.closed or not board.takes_page():
            return
        first = board.place is None
        board.show(view_picker(self.context.address, state, self._say))
        if not first:
            await self._save()

    async def _find(self) -> None:
        """Show it where a former life did, or was about to."""
        assert self._state is not None
        if self._at() < self._state.expires_at:
            message = view_picker(self.context.address, self._state, self._say)
        else:
            message = Message(content=self._say("picker.expired"))
        await self._board.find(message)

    async def _go_on_at(self, place: Posted) -> None:
        board = self._board
        if self._state is None or board.reply is not None:
            return  # a press has told
        board.settle_at(place)
        if self._state.closed and board.reply is not None:
            board.reply.say(Message(content=self._say("picker.expired")))
        await self._save()

    def _give(self, choice: Choice, envelope: Envelope) -> None:
        assert self._state is not None
        assert self._board.reply is not None
        picked = Picked(
            query=self._state.viewing.query,
            value=choice.value,
            facts=envelope.facts,
            reply=self._board.reply,
            work=self._work,
        )
        self.context.ports.tell(self._state.viewing.source, picked)

    def _give_up(self, *, expired: bool) -> None:
        assert self._state is not None
        if self._board.reply is not None:  # otherwise it is looked for, or nobody knows where it is
            sentence = self._say("picker.expired" if expired else "picker.cancelled")
            self._board.reply.say(Message(content=sentence), transient=True)
        self._work.skip()
        self.context.ports.tell(
            self._state.viewing.source, NotPicked(query=self._state.viewing.query, work=self._work)
        )

    async def _save(self) -> None:
        state = self._state
        if state is not None and not state.closed and not self._private:
            await self._kept.keep(state.to_saved(self._board.place, self._board.way))

    def _at(self) -> float:
        return self.context.ports.clock.wall_s()

    @property
    def _kept(self) -> Keepsake[Saved]:
        return Keepsake(self.context, FORM)

    @property
    def _say(self) -> Say:
        assert self._state is not None
        return self.context.ports.say_in(self._state.viewing.guild_id)
