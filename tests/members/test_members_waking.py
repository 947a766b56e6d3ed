"""Naps: where a ride goes, and that everybody comes home whatever happens in its middle."""

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from actors.core.work import Stage
from actors.members.messages import WakeUp
from actors.members.ride import PAUSE_S
from actors.members.state import BACK_S, Carry, End, Journey, Over, Ride
from actors.rest.errors import BadRequest, Forbidden, RestError, Unavailable
from actors.store.errors import DiskFull
from gateway_client.ids import ChannelId
from tests.core.fakes import (
    BOB,
    VOICE,
    reply_of,
)
from tests.members.room import AFK, ELSEWHERE, HOME, SLEEPY, open_room

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
