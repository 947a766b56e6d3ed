"""The members actor of a guild: renames, speaks, and sees that everybody who is woken comes home.

A ride is committed before it begins, so that a crash, a stop or a ``kill -9`` in its middle leaves somebody
who brings the person back: the next generation when it loads, ``goodbye`` when the bot stops. ``ride``
drives.
"""

import logging
from functools import partial

import trio
from attrs import define, evolve, field

from actors.core.cell import Context
from actors.core.envelope import Envelope, Facts
from actors.core.snapshot import SnapshotForm, load_snapshot, save_snapshot
from actors.core.texts import text
from actors.members.messages import Rename, RideEnded, Uwu, WakeUp
from actors.members.ride import Driver
from actors.members.state import BACK_S, Journey, NoWake, Ride, called, may_rename, plan_ride
from actors.members.uwu import uwuify
from actors.rest.errors import Forbidden, NotFound, RestError
from actors.rest.payloads import MAX_CONTENT, Message, cut, escape
from actors.store.errors import StoreError
from gateway_client.ids import UserId

log = logging.getLogger(__name__)

Rides = list[Ride]
FORM = SnapshotForm(type=Rides, schema=1)


@define(eq=False)
class MembersActor:
    """One guild's members."""

    context: Context
    _rides: dict[UserId, Ride] = field(factory=dict[UserId, Ride], init=False)
    _driving: dict[UserId, trio.CancelScope] = field(factory=dict[UserId, trio.CancelScope], init=False)
    _renaming: trio.Lock = field(factory=trio.Lock, init=False)

    async def load(self) -> None:
        """Bring back whoever was away when the bot or this actor ended."""
        loaded = await load_snapshot(self.context.ports.store, self.context.address, FORM)
        now = self.context.ports.clock.at().timestamp()
        for ride in loaded.state or []:
            self._rides[ride.target] = ride
            late = now - ride.at > BACK_S
            self.context.run(partial(self._end_ride, ride) if late else partial(self._bring_home, ride))

    async def handle(self, envelope: Envelope) -> None:
        """Rename, wake or speak."""
        match envelope.message:
            case Rename():
                self._rename(envelope, envelope.message)
            case WakeUp():
                await self._wake(envelope, envelope.message)
            case Uwu(words, as_caller):
                said = cut(uwuify(words), MAX_CONTENT - 100)
                if as_caller:
                    envelope.work.detach()
                    self.context.run(partial(self._speak, envelope, f"<@{envelope.facts.user_id}>: {said}"))
                else:
                    envelope.reply.say(Message(content=said))
            case other:
                raise TypeError(f"members cannot take {other!r}")

    async def observe(self, fact: object) -> None:
        """A ride is over."""
        if not isinstance(fact, RideEnded):
            raise TypeError(f"members cannot take {fact!r}")
        self._rides.pop(fact.target, None)
        self._driving.pop(fact.target, None)
        await self._commit()

    def next_deadline(self) -> float | None:
        """It waits for nothing: rides are tasks of their own."""
        return None

    async def tick(self, now: float) -> None:
        """It waits for nothing."""

    def is_idle(self) -> bool:
        """Nobody is on a ride."""
        return not self._rides

    async def goodbye(self) -> None:
        """Everybody home; the rides end where they are, so that they carry nobody away again."""
        for scope in self._driving.values():
            scope.cancel()
        async with trio.open_nursery() as nursery:
            for ride in self._rides.values():
                nursery.start_soon(self._driver.bring_home, ride)
        self._rides.clear()
        await self._commit()

    def _rename(self, envelope: Envelope, wish: Rename) -> None:
        facts, cache = envelope.facts, self.context.ports.cache
        if wish.target == self.context.ports.me:
            self.context.refuse(envelope, text("members.not_me"))
            return
        member = cache.member(facts.guild_id, wish.target)
        if member is None:
            self.context.refuse(envelope, text("members.unknown"))
            return
        own = cache.top_role(facts.guild_id, facts.role_ids)
        if not may_rename(facts, wish.target, own, cache.top_role(facts.guild_id, member.roles)):
            self.context.refuse(envelope, text("members.above_you", name=escape(called(member))))
            return
        envelope.work.detach()
        old = called(member)
        plain = called(evolve(member, nick=None))
        self.context.run(partial(self._set_name, envelope, wish, old, wish.name or plain))

    async def _set_name(self, envelope: Envelope, wish: Rename, old: str, new: str) -> None:
        try:
            async with self._renaming:
                await self.context.ports.rest.modify_member(
                    envelope.facts.guild_id, wish.target, nick=wish.name
                )
        except Forbidden:
            self.context.refuse(envelope, text("members.role_too_low", name=escape(old)))
            return
        except NotFound:
            self.context.refuse(envelope, text("members.unknown"))
            return
        except RestError:
            self.context.refuse(envelope, text("members.refused"))
            return
        key = "members.renamed" if wish.name else "members.reset"
        content = self.context.say(key, old=escape(old), new=escape(new))
        envelope.reply.say(Message(content=content))
        envelope.work.done()

    async def _wake(self, envelope: Envelope, wish: WakeUp) -> None:
        facts, cache = envelope.facts, self.context.ports.cache
        target = wish.target.id
        seat = cache.voice_channel_of(facts.guild_id, target)
        ride = plan_ride(facts, target, seat, cache.guild(facts.guild_id))
        if isinstance(ride, NoWake):
            self.context.refuse(envelope, text(ride.value, name=escape(wish.target.name)))
            return
        if target in self._rides:
            self.context.refuse(envelope, text("members.being_woken", name=escape(wish.target.name)))
            return
        self._rides[target] = ride
        if not await self._commit():
            del self._rides[target]
            self.context.refuse(envelope, text("members.not_saved"))
            return
        envelope.work.detach()
        self._driving[target] = self.context.run(partial(self._drive, envelope, wish, ride))

    async def _drive(self, envelope: Envelope, wish: WakeUp, ride: Ride) -> None:
        facts = envelope.facts
        await self._driver.call_out(facts.channel_id, ride.target, self.context.say)
        result = await self._driver.drive(Journey(ride, wish.count))
        self.context.tell_self(RideEnded(ride.target))
        sentence = result.render(self.context.say, name=escape(wish.target.name), count=wish.count)
        if result.is_success:
            envelope.reply.say(Message(content=sentence), transient=True)
            envelope.work.done()
        else:
            envelope.reply.refuse(Message(content=sentence))
            envelope.work.fail()

    async def _bring_home(self, ride: Ride) -> None:
        await self._driver.bring_home(ride)
        await self._end_ride(ride)

    async def _end_ride(self, ride: Ride) -> None:
        self.context.tell_self(RideEnded(ride.target))

    async def _speak(self, envelope: Envelope, content: str) -> None:
        """Post in the caller's place and remove what they wrote."""
        facts, rest = envelope.facts, self.context.ports.rest
        try:
            await rest.create_message(facts.channel_id, Message(content=content))
        except RestError:
            self.context.refuse(envelope, text("members.cannot_speak"))
            return
        if facts.message_id is None:
            envelope.reply.withdraw()
        else:
            await self._delete_call(facts)
        envelope.work.done()

    async def _delete_call(self, facts: Facts) -> None:
        assert facts.message_id is not None
        try:
            await self.context.ports.rest.delete_message(facts.channel_id, facts.message_id)
        except RestError:
            return  # it was deleted already, or the bot may not: what was to be said is said

    async def _commit(self) -> bool:
        store, address = self.context.ports.store, self.context.address
        try:
            if self._rides:
                await save_snapshot(store, address, FORM, list(self._rides.values()))
            else:
                await store.delete(address.kind, address.key)
        except StoreError as error:
            log.warning("a ride is not kept", extra={"address": str(address), "error": str(error)})
            return False
        return True

    @property
    def _driver(self) -> Driver:
        return Driver(self.context.ports, self.context.guild_id)
