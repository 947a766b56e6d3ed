"""Names, naps and cute talk: the rules on their own, then the actor on a virtual clock."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing
from attrs import define, evolve, field
from hypothesis import given
from hypothesis import strategies as st

from actors.core.address import Address
from actors.core.arguments import Person
from actors.core.envelope import Envelope
from actors.core.mailbox import Offer
from actors.core.population import Population
from actors.core.registry import Registry
from actors.core.work import Stage
from actors.members.declaration import MEMBERS
from actors.members.messages import Rename, Uwu, WakeUp
from actors.members.ride import PAUSE_S
from actors.members.state import BACK_S, Carry, End, Journey, Over, Ride, may_rename
from actors.members.uwu import uwuify
from actors.rest.errors import BadRequest, Forbidden, RestError, Unavailable
from actors.rest.payloads import UNSET, Unset
from actors.store.errors import DiskFull
from gateway_client.events import GuildCreated, Received, VoiceStateUpdated
from gateway_client.ids import ChannelId, GuildId, RoleId, UserId
from gateway_client.objects import Guild, Member, Role, User, VoiceState
from tests.core.fakes import (
    ALICE,
    BOB,
    CATALOGUE,
    CHANNEL,
    GUILD,
    VOICE,
    FakeRest,
    Outside,
    envelope,
    facts,
    reply_of,
)

HOME = Address("members", GUILD)
AFK = ChannelId(301)
ELSEWHERE = ChannelId(302)
LOW, HIGH = RoleId(11), RoleId(12)
LOW_ROLE, HIGH_ROLE = Role(id=LOW, name="low", position=1), Role(id=HIGH, name="high", position=2)
SLEEPY = Person(id=BOB, name="Bob")


@pytest.mark.parametrize(
    ("own", "theirs", "allowed"),
    [
        (HIGH_ROLE, LOW_ROLE, True),
        (LOW_ROLE, HIGH_ROLE, False),
        (LOW_ROLE, LOW_ROLE, True),
        (None, None, True),
        (None, LOW_ROLE, False),
        (LOW_ROLE, evolve(LOW_ROLE, id=RoleId(10)), False),
        (evolve(LOW_ROLE, id=RoleId(10)), LOW_ROLE, True),
    ],
)
def test_whoever_stands_at_or_above_may_rename(own: Role | None, theirs: Role | None, allowed: bool) -> None:
    assert may_rename(facts(), BOB, own, theirs) is allowed
    assert may_rename(facts(), ALICE, own, theirs)
    assert may_rename(facts(is_guild_owner=True), BOB, own, theirs)


RIDE = Ride(target=BOB, home=VOICE, afk=AFK, at=0.0)


def test_ride_goes_there_and_back_so_often() -> None:
    journey = Journey(RIDE, 2)
    steps = [journey.step(VOICE) for _ in range(5)]
    assert steps == [Carry(AFK), Carry(VOICE), Carry(AFK), Carry(VOICE), Over(End.WOKEN)]


@pytest.mark.parametrize("seat", [None, ELSEWHERE])
@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_whoever_leaves_the_two_channels_is_left_alone(seat: ChannelId | None, after: int) -> None:
    journey = Journey(RIDE, 3)
    for _ in range(after):
        journey.step(VOICE)
    assert journey.step(seat) == Over(End.LEFT)


@given(st.integers(1, 5), st.lists(st.sampled_from([VOICE, AFK]), min_size=12, max_size=12))
def test_however_old_the_seat_is_every_way_out_has_its_way_home(count: int, seats: list[ChannelId]) -> None:
    journey = Journey(RIDE, count)
    carried: list[ChannelId] = []
    for seat in seats:
        step = journey.step(seat)
        if isinstance(step, Over):
            break
        carried.append(step.to)
    assert carried == [AFK, VOICE] * count


def test_cute_talk_is_the_same_every_time_and_leaves_tags_alone() -> None:
    said = uwuify("Really lovely nails <@123> https://example.org/real :roll:")
    assert said == uwuify("Really lovely nails <@123> https://example.org/real :roll:")
    assert "<@123> https://example.org/real :roll:" in said
    assert said.split()[0].endswith("Weawwy")
    assert "nyaiws" in said


@given(st.text(min_size=1, max_size=300))
def test_any_text_can_be_said_and_grows_bounded(text: str) -> None:
    said = uwuify(text)
    assert len(said) <= 3 * len(text) + 20


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


async def test_rename_says_old_and_new_and_reset_the_plain_name(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_room() as room:
        named = room.ask(Rename(BOB, "Bo_b"), role_ids=frozenset({LOW}))
        await trio.sleep(1)
        reset = room.ask(Rename(BOB, None), role_ids=frozenset({LOW}))
        await trio.sleep(1)
        assert reply_of(named).said[0].content == r"Bob \*the\* Great → Bo\_b"
        assert reply_of(reset).said[0].content.startswith(r"Bob \*the\* Great → bob (")
        assert room.rest.log == [f"member {BOB} nick Bo_b", f"member {BOB} nick None"]
        assert (named.work.stage, reset.work.stage) == (Stage.DONE, Stage.DONE)


async def test_rename_of_somebody_above_asks_nothing_of_discord(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_room() as room:
        denied = room.ask(Rename(ALICE, "x"), user_id=BOB)
        stranger = room.ask(Rename(UserId(77), "x"))
        await trio.sleep(1)
        assert "higher role" in reply_of(denied).refused[0].content
        assert "cannot find" in reply_of(stranger).refused[0].content
        assert room.rest.log == []
        assert denied.work.stage is Stage.FAILED


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (Forbidden("no", status=403, code=50013), "my own role must be above"),
        (BadRequest("no", status=400, code=50035), "did not take that name"),
    ],
)
async def test_refused_rename_says_why(
    autojump_clock: trio.testing.MockClock, error: RestError, part: str
) -> None:
    async with open_room() as room:
        room.rest.errors = [error]
        asked = room.ask(Rename(ALICE, "x"))
        await trio.sleep(1)
        assert part in reply_of(asked).refused[0].content
        assert asked.work.stage is Stage.FAILED


async def test_waking_pings_carries_and_brings_back(autojump_clock: trio.testing.MockClock) -> None:
    async with open_room() as room:
        asked = room.wake(3)
        await trio.sleep(0.5)
        assert room.seat() == AFK
        await trio.sleep(PAUSE_S * 6)
        assert room.rest.moves == [AFK, VOICE] * 3
        assert room.seat() == VOICE
        (called,) = room.rest.messages.values()
        assert called.content == f"Hey <@{BOB}>, wake up!"
        assert called.mentions.users == (BOB,)
        assert "3 times" in reply_of(asked).said[0].content
        assert await room.outside.store.load_all("members") == []
        assert HOME not in room.population.depths


@pytest.mark.parametrize(
    ("seats", "afk", "part"),
    [
        ((None, VOICE), AFK, "Join a voice channel"),
        ((VOICE, ELSEWHERE), AFK, "not in your voice channel"),
        ((VOICE, None), AFK, "not in your voice channel"),
        ((VOICE, VOICE), None, "no AFK channel"),
        ((AFK, AFK), AFK, "in the AFK channel already"),
    ],
)
async def test_nobody_is_woken_who_cannot_be(
    autojump_clock: trio.testing.MockClock,
    seats: tuple[ChannelId | None, ChannelId | None],
    afk: ChannelId | None,
    part: str,
) -> None:
    async with open_room(afk=afk) as room:
        own, theirs = seats
        room.sit(BOB, theirs)
        asked = room.ask(WakeUp(SLEEPY, 2), voice_channel_id=own)
        await trio.sleep(1)
        assert part in reply_of(asked).refused[0].content
        assert (room.rest.moves, asked.work.stage) == ([], Stage.FAILED)


async def test_nobody_is_woken_twice_at_once_or_without_a_disk(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_room() as room:
        room.outside.store.fail_with = DiskFull("no space")
        lost = room.wake()
        await trio.sleep(1)
        assert "my disk" in reply_of(lost).refused[0].content
        room.outside.store.fail_with = None
        room.wake()
        second = room.wake()
        await trio.sleep(1)
        assert "being woken already" in reply_of(second).refused[0].content


@pytest.mark.parametrize(
    ("at", "error", "part"),
    [
        (0, Forbidden("no", status=403, code=50013), "Move Members"),
        (2, Unavailable("down", status=503), "did not answer"),
        (1, Unavailable("down", status=503), "did not answer"),
        (2, BadRequest("not in voice", status=400, code=40032), "left before"),
    ],
)
async def test_back_home_though_a_move_fails_in_the_middle(
    autojump_clock: trio.testing.MockClock, at: int, error: RestError, part: str
) -> None:
    async with open_room() as room:
        room.rest.refusals = {at: error, at + 1: Unavailable("down", status=503)}
        asked = room.wake()
        await trio.sleep(20)
        assert room.seat() == VOICE
        assert room.rest.moves[-1] == VOICE
        assert part in reply_of(asked).refused[0].content
        assert await room.outside.store.load_all("members") == []


async def test_home_that_is_closed_is_told(autojump_clock: trio.testing.MockClock) -> None:
    async with open_room() as room:
        closed = Forbidden("no", status=403, code=50013)
        room.rest.refusals = {1: closed, 2: closed}
        asked = room.wake()
        await trio.sleep(10)
        assert "could not bring" in reply_of(asked).refused[0].content
        assert room.seat() == AFK


async def test_whoever_walks_away_is_not_dragged_back(autojump_clock: trio.testing.MockClock) -> None:
    async with open_room() as room:
        asked = room.wake(5)
        await trio.sleep(0.5)
        room.sit(BOB, ELSEWHERE)
        await trio.sleep(10)
        assert room.rest.moves == [AFK]
        assert "left before" in reply_of(asked).refused[0].content


async def test_kill_in_the_middle_is_mended_at_the_next_start(autojump_clock: trio.testing.MockClock) -> None:
    async with open_room() as before:
        before.wake()
        await trio.sleep(0.5)
        assert before.seat() == AFK
    async with open_room(before, wake=True) as room:
        await trio.sleep(1)
        assert room.seat() == VOICE
        assert await room.outside.store.load_all("members") == []
        assert HOME not in room.population.depths


async def test_long_after_a_kill_the_afk_channel_is_their_own_choice(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_room() as before:
        before.wake()
        await trio.sleep(0.5)
    await trio.sleep(BACK_S)
    async with open_room(before, wake=True) as room:
        await trio.sleep(1)
        assert room.seat() == AFK
        assert await room.outside.store.load_all("members") == []


async def test_stop_in_the_middle_brings_home_first(autojump_clock: trio.testing.MockClock) -> None:
    async with open_room() as room:
        room.wake(5)
        await trio.sleep(0.5)
        await room.population.close()
        assert room.seat() == VOICE
        assert await room.outside.store.load_all("members") == []


async def test_crash_in_the_middle_brings_home_too(autojump_clock: trio.testing.MockClock) -> None:
    async with open_room() as room:
        room.wake(5)
        await trio.sleep(0.5)
        room.ask("poison")
        await trio.sleep(2)
        assert room.seat() == VOICE
        assert room.rest.moves == [AFK, VOICE]


async def test_uwu_answers_and_uwu_me_speaks_and_leaves_no_call(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_room() as room:
        plain = room.ask(Uwu("hello @everyone"))
        await trio.sleep(1)
        assert "hewwo" in reply_of(plain).said[0].content
        call = await room.rest.create_message(CHANNEL, reply_of(plain).said[0])
        written = room.ask(Uwu("hello", as_caller=True), message_id=call.id)
        slashed = room.ask(Uwu("hello", as_caller=True))
        await trio.sleep(1)
        posted = list(room.rest.messages.values())
        assert [message.content.split(":")[0] for message in posted] == [f"<@{ALICE}>"] * 2
        assert all(message.mentions.users == () for message in posted)
        assert call.id not in room.rest.messages
        assert (reply_of(written).withdrawn, reply_of(slashed).withdrawn) == (0, 1)
        assert (written.work.stage, slashed.work.stage) == (Stage.DONE, Stage.DONE)


async def test_uwu_me_where_the_bot_may_not_write_says_so(autojump_clock: trio.testing.MockClock) -> None:
    async with open_room() as room:
        room.rest.errors = [Forbidden("no", status=403, code=50013)]
        asked = room.ask(Uwu("hello", as_caller=True))
        await trio.sleep(1)
        assert "may not write" in reply_of(asked).refused[0].content
        assert asked.work.stage is Stage.FAILED
