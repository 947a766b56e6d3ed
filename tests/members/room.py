"""A room with two voice channels and a Discord that moves people between them, unless it refuses."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import trio
from attrs import define, evolve, field

from actors.core.address import Address
from actors.core.arguments import Person
from actors.core.envelope import Envelope
from actors.core.mailbox import Offer
from actors.core.population import Population
from actors.core.registry import Registry
from actors.members.declaration import MEMBERS
from actors.members.messages import WakeUp
from actors.rest.errors import RestError
from actors.rest.payloads import UNSET, Unset
from gateway_client.events import GuildCreated, Received, VoiceStateUpdated
from gateway_client.ids import ChannelId, GuildId, RoleId, UserId
from gateway_client.objects import Guild, Member, Role, User, VoiceState
from tests.core.fakes import (
    ALICE,
    BOB,
    CATALOGUE,
    GUILD,
    VOICE,
    FakeRest,
    Outside,
    envelope,
)

HOME = Address("members", GUILD)
AFK = ChannelId(301)
ELSEWHERE = ChannelId(302)
LOW, HIGH = RoleId(11), RoleId(12)
LOW_ROLE, HIGH_ROLE = Role(id=LOW, name="low", position=1), Role(id=HIGH, name="high", position=2)
SLEEPY = Person(id=BOB, name="Bob")


@define(eq=False)
class Discord(FakeRest):
    """Moves people in the room's cache, unless it refuses."""

    room: "Room | None" = None
    moves: list[ChannelId | None] = field(factory=list["ChannelId | None"])
    refusals: dict[int, RestError] = field(factory=dict[int, RestError])

    async def modify_member(
        self,
        guild_id: GuildId,
        user_id: UserId,
        *,
        nick: str | Unset | None = UNSET,
        channel_id: ChannelId | Unset | None = UNSET,
    ) -> None:
        await super().modify_member(guild_id, user_id, nick=nick, channel_id=channel_id)
        if isinstance(channel_id, Unset):
            return
        refusal = self.refusals.pop(len(self.moves), None)
        self.moves.append(channel_id)
        if refusal is not None:
            raise refusal
        assert self.room is not None
        self.room.sit(user_id, channel_id)


@define(eq=False)
class Room:
    outside: Outside
    population: Population

    @property
    def rest(self) -> Discord:
        assert isinstance(self.outside.rest, Discord)
        return self.outside.rest

    def sit(self, user_id: UserId, channel_id: ChannelId | None) -> None:
        state = VoiceState(user_id=user_id, guild_id=GUILD, channel_id=channel_id)
        self.outside.cache.apply(Received(event=VoiceStateUpdated(state=state), shard_id=0, sequence=1))

    def ask(self, message: object, **changes: object) -> Envelope:
        asked = envelope(message)
        asked = evolve(asked, facts=evolve(asked.facts, at=self.outside.at(), **changes))
        assert self.population.offer(HOME, asked) is Offer.TAKEN
        return asked

    def wake(self, count: int = 2) -> Envelope:
        return self.ask(WakeUp(SLEEPY, count), voice_channel_id=VOICE)

    def seat(self, user_id: UserId = BOB) -> ChannelId | None:
        return self.outside.cache.voice_channel_of(GUILD, user_id)


def member(user_id: UserId, name: str, *roles: RoleId, nick: str | None = None) -> Member:
    return Member(user=User(id=user_id, username=name), nick=nick, roles=roles)


@asynccontextmanager
async def open_room(
    before: Room | None = None, *, afk: ChannelId | None = AFK, wake: bool = False
) -> AsyncGenerator[Room]:
    async with trio.open_nursery() as nursery:
        outside = (
            Outside(nursery, rest=Discord()) if before is None else evolve(before.outside, nursery=nursery)
        )
        population = Population(registry=Registry((MEMBERS,)), nursery=nursery, say=CATALOGUE.speaker())
        population.equip(outside.ports(population.tell))
        room = Room(outside, population)
        room.rest.room = room
        if before is None:
            guild = Guild(
                id=GUILD,
                afk_channel_id=afk,
                roles=(Role(id=RoleId(GUILD)), LOW_ROLE, HIGH_ROLE),
                members=(member(ALICE, "alice", LOW), member(BOB, "bob", nick="Bob *the* Great")),
            )
            outside.cache.apply(Received(event=GuildCreated(guild=guild), shard_id=0, sequence=1))
            room.sit(ALICE, VOICE)
            room.sit(BOB, VOICE)
        if wake:
            population.wake(HOME)
        yield room
        nursery.cancel_scope.cancel()
