"""The shell of a guild's player: takes from the mailbox, asks the cache, applies, lets perform.

The machine is told what the cache knows where that matters: the caller's channel with a command, who is in
the bot's channel whenever that may have changed. After a start the actor is built before or after its guild
is in sight; it goes back to its channel as soon as both are there.
"""

import logging

from attrs import define, field

from actors.core.cell import Context
from actors.core.envelope import Envelope
from actors.core.music import MusicWanted, QueueMusic
from actors.core.pages import NotPicked, PageWanted, Picked
from actors.core.snapshot import load_snapshot
from actors.core.texts import Text, text
from actors.player.asks import ChosenSong, Command, Known, Play
from actors.player.defaults import read_defaults
from actors.player.effects import Effect
from actors.player.handed import Handed, music_of
from actors.player.messages import (
    Asked,
    Broken,
    DefaultsChanged,
    GuildAvailable,
    Input,
    PeopleCounted,
    Returned,
)
from actors.player.outside import Outside
from actors.player.performer import Performer
from actors.player.rooms import is_dj, room_of, seat_of
from actors.player.saved import FORM, newest_position_ms
from actors.player.state import PlayerState
from actors.player.untold import without_pickers
from gateway_client.events import VoiceStateUpdated
from gateway_client.ids import ChannelId, UserId
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
    _handed: Handed = field(factory=Handed, init=False)

    async def load(self) -> None:
        """Bring back what was kept; go on if the guild is in sight."""
        ports, address = self.context.ports, self.context.address
        loaded = await load_snapshot(ports.store, address, FORM)
        saved, position_ms = loaded.state, 0
        if saved is not None:
            saved = await without_pickers(ports.store, saved)
            line = await ports.store.load_journal(address.kind, address.key)
            position_ms = newest_position_ms(saved, line)
        self._unreadable = loaded.quarantined
        self._state = PlayerState(
            self.context.guild_id,
            ports.me,
            self.outside.rules,
            random=ports.clock.random,
            defaults=read_defaults(ports, self.context.guild_id),
            saved=saved,
            position_ms=position_ms,
            keeps_answers=self.context.guild_id not in self.outside.seen,
        )
        if self.context.guild_id in self.outside.seen:
            ports.presence.playing(
                self.context.guild_id, None
            )  # what a crashed one has shown is not known any more
        self.outside.seen.add(self.context.guild_id)
        self._performer = Performer(self.context, self.outside, self._state)
        self._watch()
        await self._return()

    async def handle(self, envelope: Envelope) -> None:
        """Do what a person asked for."""
        if not isinstance(envelope.message, Command):
            raise TypeError(f"a player cannot take {envelope.message!r}")
        await self._ask(envelope)
        if self._state.awaits(envelope.number):
            envelope.work.detach()

    async def observe(self, fact: object) -> None:  # noqa: C901 - one flat table of facts
        """Take note of something that became true, or of what another actor hands over."""
        match fact:
            case PageWanted():
                self._performer.telling.pages.answer(fact)
            case MusicWanted(asker=asker, query=query):
                self.context.ports.tell(asker, music_of(self._state.player.deck, query))
            case NotPicked():
                return
            case Picked():
                await self._take_over(self._handed.of_pick(fact))
            case QueueMusic():
                await self._take_over(self._handed.of_slice(fact), fact.above)
            case VoiceStateUpdated(state=state):
                if state.user_id == self.context.ports.me:
                    await self._step(seat_of(self.context.ports, self.context.guild_id, state))
                await self._count()
            case protocol.TrackFailed():
                await self._step(self._broken(fact))
            case DefaultsChanged():
                await self._step(read_defaults(self.context.ports, self.context.guild_id))
                self._performer.deeds.status.refresh()
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
        performer = self._performer
        told = performer.telling.untold.is_empty and not self._unreadable
        return self._state.is_idle and told and performer.commit_due is None

    async def goodbye(self) -> None:
        """Keep the exact position, leave the call, tell whoever waits."""
        await self._performer.perform(self._state.farewell())
        await self._performer.commit()
        await self._performer.desk.settled()

    async def _ask(self, envelope: Envelope, above: Text | None = None) -> None:
        """Let the machine decide on what somebody asked for."""
        command, facts, ports = envelope.message, envelope.facts, self.context.ports
        assert isinstance(command, Command)  # the callers have looked
        self._performer.desk.take(envelope, above)
        asked = Asked(
            request=envelope.number,
            command=command,
            facts=facts,
            room=room_of(ports, facts.guild_id, facts.voice_channel_id),
            is_dj=is_dj(ports, facts),
            searches=self._searches(command),
            listeners=self._listeners(),
        )
        await self._step(asked)
        if self._unreadable:
            self._unreadable = False
            self._performer.telling.announce(facts.channel_id, text("player.unreadable"), envelope.number)

    async def _take_over(self, envelope: Envelope, above: Text | None = None) -> None:
        """Answer a request that another actor hands over, and end its work."""
        work = envelope.work
        work.take_over()
        await self._ask(envelope, above)
        if not (self._state.awaits(envelope.number) or work.handed_over):
            work.done()

    def _searches(self, command: Command) -> bool:
        """Whether somebody has to pick what was meant."""
        if not isinstance(command, Play) or len(command.queries) != 1:
            return False
        only = command.queries[0]
        return not isinstance(only, Known | ChosenSong) and self.outside.resolver.is_search(
            only, self.context.guild_id
        )

    def _listeners(self) -> frozenset[UserId]:
        channel_id = self._state.sits_in
        if channel_id is None:
            return frozenset()
        return frozenset(self.context.ports.cache.humans_in(self.context.guild_id, channel_id))

    async def _step(self, message: Input) -> None:
        await self._perform(self._state.apply(message, self.context.ports.clock.now()))

    async def _perform(self, effects: list[Effect]) -> None:
        self._watch()
        await self._performer.perform(effects)
        if self._state.sits_in != self._counted_in:
            await self._count()

    def _watch(self) -> None:
        """What is written where the panel is has to be heard of from now on, and nothing else."""
        post = self._state.player.panel.post
        if post is None:
            self.outside.watched.pop(self.context.guild_id, None)
        else:
            self.outside.watched[self.context.guild_id] = post.channel_id

    async def _count(self) -> None:
        """Tell the machine who is in the bot's channel."""
        self._counted_in = self._state.sits_in
        if self._counted_in is not None:
            listeners = self._listeners()
            await self._step(PeopleCounted(len(listeners), listeners))

    async def _return(self) -> None:
        """Once, as soon as the guild is in sight: go back to where the bot was."""
        ports = self.context.ports
        guild = ports.cache.guild(self.context.guild_id)
        if self._returned or guild is None or guild.unavailable:
            return
        self._returned = True
        room = room_of(ports, self.context.guild_id, self._state.returning_to)
        seated = ports.cache.voice_channel_of(self.context.guild_id, ports.me) is not None
        await self._step(Returned(room=room, seated=seated))

    def _broken(self, failed: protocol.TrackFailed) -> Broken:
        log.warning(
            "a track failed",
            extra={"guild": self.context.guild_id, "reason": failed.reason.value, "detail": failed.detail},
        )
        now = self._state.player.deck.now
        guard = None
        if now is not None and now.playable is not None and now.key == (failed.track_id, failed.generation):
            guard = self.outside.resolver.failure(now.playable)
        return Broken(failed=failed, guard=guard)


def _log_call(fact: object) -> None:
    match fact:
        case protocol.Closed(call=call, code=code, verdict=verdict, detail=detail):
            extra = {"guild": call, "code": code, "verdict": verdict.value, "detail": detail}
            log.info("a voice connection closed", extra=extra)
        case protocol.NodeRestarted(why=why, restarts=restarts):
            log.warning("the voice node was replaced", extra={"why": why, "restarts": restarts})
        case _:
            return
