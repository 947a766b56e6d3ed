"""The shell of a guild's player: takes from the mailbox, asks the cache, applies, lets perform.

The machine is told what the cache knows where that matters: the caller's channel with a command, who is in
the bot's channel whenever that may have changed. After a start the actor is built before or after its guild
is in sight; it goes back to its channel as soon as both are there.
"""

import logging

from attrs import define, field

from actors.core.cell import Context
from actors.core.envelope import Envelope
from actors.core.pages import PageWanted
from actors.core.snapshot import load_snapshot
from actors.core.texts import text
from actors.player.crossfade import CROSSFADE
from actors.player.effects import Effect
from actors.player.messages import (
    Asked,
    BotSeated,
    Broken,
    Command,
    DefaultsChanged,
    GuildAvailable,
    HandedOver,
    Input,
    PeopleCounted,
    Returned,
)
from actors.player.normalize import MAX_GAIN_DB, TARGET_LUFS
from actors.player.outside import Outside
from actors.player.performer import Performer
from actors.player.rooms import room_of
from actors.player.saved import FORM, newest_position_ms
from actors.player.state import PlayerState
from actors.player.volume import VOLUME
from gateway_client.events import VoiceStateUpdated
from gateway_client.ids import ChannelId, GuildId
from gateway_client.objects import VoiceState
from voice import protocol

log = logging.getLogger(__name__)


@define(eq=False)
class PlayerActor:
    """One guild's player."""

    context: Context
    outside: Outside
    _state: PlayerState = field(init=False)
    _performer: Performer = field(init=False)
    _unreadable: bool = field(default=False, init=False)
    _returned: bool = field(default=False, init=False)
    _counted_in: ChannelId | None = field(default=None, init=False)

    async def load(self) -> None:
        """Bring back what was kept; go on if the guild is in sight."""
        ports, address = self.context.ports, self.context.address
        loaded = await load_snapshot(ports.store, address, FORM)
        saved, position_ms = loaded.state, 0
        if saved is not None:
            line = await ports.store.load_journal(address.kind, address.key)
            position_ms = newest_position_ms(saved, line)
        self._unreadable = loaded.quarantined
        self._state = PlayerState(
            self._guild_id,
            ports.me,
            self.outside.rules,
            random=ports.clock.random,
            defaults=self._defaults(),
            saved=saved,
            position_ms=position_ms,
            keeps_answers=self._guild_id not in self.outside.seen,
        )
        self.outside.seen.add(self._guild_id)
        self._performer = Performer(self.context, self.outside, self._state)
        await self._return()

    async def handle(self, envelope: Envelope) -> None:
        """Do what a person asked for."""
        command = envelope.message
        if not isinstance(command, Command):
            raise TypeError(f"a player cannot take {command!r}")
        facts, ports = envelope.facts, self.context.ports
        self._performer.desk.take(envelope)
        room = room_of(ports, facts.guild_id, facts.voice_channel_id)
        asked = Asked(request=envelope.number, command=command, facts=facts, room=room)
        await self._step(asked)
        if self._state.awaits(envelope.number):
            envelope.work.detach()
        if self._unreadable:
            self._unreadable = False
            self._performer.announce(facts.channel_id, text("player.unreadable"), envelope.number)

    async def observe(self, fact: object) -> None:
        """Take note of something that became true."""
        match fact:
            case HandedOver():
                return
            case PageWanted():
                self._performer.answer_page(fact)
            case VoiceStateUpdated(state=state):
                if state.user_id == self.context.ports.me:
                    await self._step(self._seat(state))
                await self._count()
            case protocol.TrackFailed():
                await self._step(self._broken(fact))
            case DefaultsChanged():
                await self._step(self._defaults())
            case GuildAvailable():
                await self._return()
                await self._step(fact)
                await self._count()
            case _ if isinstance(fact, Input):
                _log_call(fact)
                await self._step(fact)
            case _:
                raise TypeError(f"a player cannot take {fact!r}")

    def next_deadline(self) -> float | None:
        """When a clock of the machine or a commit is due."""
        clocks = (self._state.next_deadline(), self._performer.commit_due)
        return min((clock for clock in clocks if clock is not None), default=None)

    async def tick(self, now: float) -> None:
        """Something is due."""
        await self._perform(self._state.tick(now))
        due = self._performer.commit_due
        if due is not None and now >= due:
            await self._performer.commit()

    def is_idle(self) -> bool:
        """Whether the store has everything, nobody waits, and everything was told that must be."""
        if self._unreadable:
            return False
        busy = self._performer.commit_due is not None or self._performer.desk.handed_over
        return self._state.is_idle and not busy

    async def goodbye(self) -> None:
        """Keep the exact position, leave the call, tell whoever waits."""
        await self._performer.perform(self._state.farewell())
        await self._performer.commit()
        await self._performer.desk.settled()

    async def _step(self, message: Input) -> None:
        await self._perform(self._state.apply(message, self.context.ports.clock.now()))

    async def _perform(self, effects: list[Effect]) -> None:
        await self._performer.perform(effects)
        if self._state.channel_id != self._counted_in:
            await self._count()

    async def _count(self) -> None:
        """Tell the machine who is in the bot's channel."""
        ports, channel_id = self.context.ports, self._state.channel_id
        self._counted_in = channel_id
        if channel_id is not None:
            humans = len(ports.cache.humans_in(self._guild_id, channel_id))
            await self._step(PeopleCounted(humans))

    def _seat(self, state: VoiceState) -> BotSeated:
        room = room_of(self.context.ports, self._guild_id, state.channel_id)
        return BotSeated(
            channel_id=state.channel_id,
            session_id=state.session_id,
            in_audience=state.suppress and room is not None and room.is_stage,
            may_take_floor=room is not None and room.may_take_floor,
        )

    async def _return(self) -> None:
        """Once, as soon as the guild is in sight: go back to where the bot was."""
        ports = self.context.ports
        guild = ports.cache.guild(self._guild_id)
        if self._returned or guild is None or guild.unavailable:
            return
        self._returned = True
        room = room_of(ports, self._guild_id, self._state.returning_to)
        seated = ports.cache.voice_channel_of(self._guild_id, ports.me) is not None
        await self._step(Returned(room=room, seated=seated))

    def _broken(self, failed: protocol.TrackFailed) -> Broken:
        log.warning(
            "a track failed",
            extra={"guild": self._guild_id, "reason": failed.reason.value, "detail": failed.detail},
        )
        now = self._state.player.deck.now
        guard = None
        if now is not None and now.playable is not None and now.key == (failed.track_id, failed.generation):
            guard = self.outside.resolver.failure(now.playable)
        return Broken(failed=failed, guard=guard)

    def _defaults(self) -> DefaultsChanged:
        settings, guild_id = self.context.ports.settings, self._guild_id
        leveling = protocol.Leveling(
            target_lufs=settings.value(guild_id, TARGET_LUFS, float),
            max_gain_db=settings.value(guild_id, MAX_GAIN_DB, float),
        )
        return DefaultsChanged(
            volume_pct=settings.value(guild_id, VOLUME, int),
            leveling=leveling,
            crossfade_s=settings.value(guild_id, CROSSFADE, float),
        )

    @property
    def _guild_id(self) -> GuildId:
        return GuildId(self.context.address.key)


def _log_call(fact: object) -> None:
    match fact:
        case protocol.Closed(call=call, code=code, verdict=verdict, detail=detail):
            extra = {"guild": call, "code": code, "verdict": verdict.value, "detail": detail}
            log.info("a voice connection closed", extra=extra)
        case protocol.NodeRestarted(why=why, restarts=restarts):
            log.warning("the voice node was replaced", extra={"why": why, "restarts": restarts})
        case _:
            return
