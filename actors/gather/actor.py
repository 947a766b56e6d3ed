"""The shell of a guild's gather: turns what happens into what the machine takes, in the order of arrival.

An actor lives as long as its gather, and for a moment when somebody asks for statistics. Every input carries
the time at which Discord's event was read: a click that waited is worth what it was worth when it came.
"""

import logging
from functools import partial

from attrs import define, field

from actors.core.cell import Context
from actors.core.envelope import Envelope
from actors.core.keepsake import Keepsake
from actors.core.music import MusicTold
from actors.core.pages import PageWanted
from actors.core.snapshot import load_snapshot
from actors.core.texts import Text, text
from actors.gather.asks import read_command, read_press
from actors.gather.gather import Gather
from actors.gather.inputs import Input, Moved
from actors.gather.messages import (
    ChannelGone,
    Expect,
    Extend,
    FinalShown,
    Forget,
    GuildLost,
    GuildSeen,
    Happened,
    Posted,
    Press,
    Scheduled,
    ShowStats,
    Start,
    Unshowable,
    VoiceSeen,
)
from actors.gather.opening import cannot_start, open_gather
from actors.gather.pages import Pages
from actors.gather.people import look_into, who_sits
from actors.gather.performer import Performer
from actors.gather.rules import DRIFT_S
from actors.gather.saved import FORM, restore
from actors.gather.sound import play_in_silence
from actors.gather.state import apply
from actors.rest.payloads import Message

log = logging.getLogger(__name__)


@define(eq=False)
class GatherActor:
    """One guild's gather."""

    context: Context
    _pages: Pages = field(init=False)
    _performer: Performer | None = field(default=None, init=False)
    _unreadable: bool = field(default=False, init=False)
    _final: int | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._pages = Pages(self.context)

    async def load(self) -> None:
        """Go on with a gather from before a restart: same message, same lists, same clock."""
        loaded = await load_snapshot(self.context.ports.store, self.context.address, FORM)
        self._unreadable = loaded.quarantined
        if loaded.state is None:
            return
        gather = restore(loaded.state, self._offset)
        gather.set_ahead(self._now)
        performer = self._performer = Performer(self.context, gather, self._offset)
        for message_id in tuple(gather.paper.pings):
            performer.hands.delete(message_id)
        self._look()
        performer.perform(gather.tick(self._now))
        performer.go_on()

    async def handle(self, envelope: Envelope) -> None:
        """Do what a person asked for."""
        command = envelope.message
        if self._unreadable and not isinstance(command, Start | ShowStats):
            self._unreadable = False
            self.context.refuse(envelope, text("gather.unreadable"))
            return
        match command:
            case Start():
                await self._start(command, envelope)
            case Press():
                self._press(command, envelope)
            case Expect() | Forget() | Extend():
                asked = read_command(command, self.context.ports.cache, self.context.guild_id)
                if isinstance(asked, Text):
                    self.context.refuse(envelope, asked)
                else:
                    self._ask(asked, envelope)
            case ShowStats(person):
                self._pages.open(envelope, None if person is None else person.id)
            case other:
                raise TypeError(f"a gather cannot take {other!r}")

    async def observe(self, fact: object) -> None:
        """Take note of something that became true."""
        match fact:
            case PageWanted():
                self.context.run(partial(self._pages.answer, fact))
            case MusicTold():
                play_in_silence(self.context.ports, self.context.guild_id, fact)
            case FinalShown(gather):
                self._final = gather
                await self._forget()
            case _ if isinstance(fact, Happened):
                self._take_note(fact)
            case _:
                raise TypeError(f"a gather cannot take {fact!r}")

    def next_deadline(self) -> float | None:
        """When the machine's clock, a commit or the message is due."""
        performer = self._performer
        if performer is None:
            return None
        clocks = (performer.gather.next_deadline(), performer.commit_due, performer.post_due)
        return min((clock for clock in clocks if clock is not None), default=None)

    async def tick(self, now: float) -> None:
        """Something is due."""
        performer = self._performer
        if performer is None:
            return
        self._follow_clock(performer)
        performer.perform(performer.gather.tick(now))
        if performer.post_due is not None and now >= performer.post_due:
            performer.post()
        if performer.commit_due is not None and now >= performer.commit_due:
            await performer.commit()
            await self._forget()

    def is_idle(self) -> bool:
        """Whether there is no gather, and everything was told that must be."""
        return self._performer is None and not self._unreadable

    async def goodbye(self) -> None:
        """Keep what was not committed yet."""
        if self._performer is not None:
            await self._performer.goodbye()

    # -- what people ask

    async def _start(self, start: Start, envelope: Envelope) -> None:
        ports, facts = self.context.ports, envelope.facts
        running = self._gather
        refused = cannot_start(running, facts)
        opened = refused or open_gather(start, facts, ports)
        if isinstance(opened, Text):
            self.context.refuse(envelope, opened)
            return
        if self._performer is not None and not self._performer.noted:
            await self._performer.commit()  # the one before has ended a moment ago
        self._unreadable = False
        performer = self._performer = Performer(self.context, opened, self._offset)
        performer.answer_with_message(envelope)
        performer.perform(opened.open(facts.now))

    def _press(self, press: Press, envelope: Envelope) -> None:
        gather, facts = self._gather, envelope.facts
        if gather is None or gather.id != press.gather or not gather.is_running:
            say = self.context.say
            envelope.reply.expire(Message(content=say("gather.over")))
            envelope.work.fail()
            return
        if facts.message_id not in (None, gather.paper.message_id):
            self._tell(Posted(gather=gather.id, message_id=facts.message_id), facts.now)
        self._ask(read_press(press, facts, gather), envelope)

    def _ask(self, message: Input, envelope: Envelope) -> None:
        if self._performer is None or not self._performer.gather.is_running:
            self.context.refuse(envelope, text("gather.none"))
            return
        effects = apply(self._performer.gather, message, envelope.facts.now)
        self._performer.perform(effects, envelope)

    # -- what happens

    def _take_note(self, fact: Happened) -> None:
        """Something happened that a gather lives by; without one nobody cares."""
        performer = self._performer
        if performer is None:
            return
        match fact:
            case GuildSeen():
                self._look()
            case GuildLost():
                self._tell(ChannelGone(performer.gather.text_id))
            case VoiceSeen(state=state, now=now):
                seat = who_sits(state, self.context.ports.cache, self.context.ports.me, self.context.guild_id)
                self._tell(Moved(seat=seat, channel_id=state.channel_id), now)
            case Posted(gather=gather) | Unshowable(gather) | Scheduled(gather=gather):
                if performer.gather.id == gather:
                    self._tell(fact)
            case _:
                self._tell(fact)

    def _tell(self, message: Input, now: float | None = None) -> None:
        performer = self._performer
        if performer is None:
            return
        performer.perform(apply(performer.gather, message, self._now if now is None else now))
        if isinstance(message, Posted):
            performer.posted()

    def _look(self) -> None:
        """Compare the lists with who really sits in the channel."""
        gather, ports = self._gather, self.context.ports
        if gather is None:
            return
        seen = look_into(gather.voice_id, ports.cache, ports.me, self.context.guild_id)
        if seen is not None:
            self._tell(seen)

    def _follow_clock(self, performer: Performer) -> None:
        """A wall clock that was set moves nothing but what the snapshot says."""
        if abs(self._offset - performer.offset) > DRIFT_S:
            log.info("the wall clock was set", extra={"by_s": round(self._offset - performer.offset)})
            performer.offset = self._offset
            performer.change()

    async def _forget(self) -> None:
        """Once the last picture is out and the result counted, nothing is left to do."""
        performer = self._performer
        if performer is None or performer.gather.id != self._final or performer.commit_due is not None:
            return
        self._performer = None
        await Keepsake(self.context, FORM).forget()

    @property
    def _gather(self) -> Gather | None:
        return None if self._performer is None else self._performer.gather

    @property
    def _now(self) -> float:
        return self.context.ports.clock.now()

    @property
    def _offset(self) -> float:
        clock = self.context.ports.clock
        return clock.at().timestamp() - clock.now()
