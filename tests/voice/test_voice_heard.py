"""What is wanted is told to be heard when it is: counted in frames, from the wish on, and judged by ear.

What the machine is busy with meanwhile makes no difference: between two frames everything is rendered. The
last test asks a real node, of which only the order counts.
"""

from pathlib import Path

import av.logging
import pytest
import trio
import trio.testing
from attrs import evolve

from gateway_client.ids import GuildId
from tests.patience import until
from tests.voice.calls import SILENCE, Driven, a_track, level_of, open_call, power_of, write_tone
from tests.voice.fakes import FakeVoiceServer, open_fake_server
from tests.voice.listening import FRAME, Floats, listen
from tests.voice.nodes import Bot, open_bot, wanted
from voice.protocol import Desired, Filter, Heard, Position

av.logging.set_level(None)
HERTZ, OTHER_HZ, LEVEL = 200.0, 800.0, 0.3
SOON = 5
"""Frames: until the next one, two that are ready, the fade, the first that is wholly so."""
HUSHED = 0.003


@pytest.fixture(scope="module", params=["ogg", "wav"])
def song(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of a tone: passed through, or decoded and encoded."""
    folder = tmp_path_factory.mktemp("songs")
    return write_tone(folder / f"song.{request.param}", 3.0, HERTZ, level=LEVEL)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tone(tmp_path_factory.mktemp("songs") / "other.ogg", 3.0, OTHER_HZ, level=LEVEL)


def revisions(call: Driven) -> list[int]:
    return [fact.revision for fact in call.told(Heard)]


async def until_heard(call: Driven, revision: int, within: int = SOON) -> int:
    """How many deadlines that takes."""
    for frames in range(within + 1):
        if revision in revisions(call):
            return frames
        await call.play(1)
    raise AssertionError("it was not told to be heard")


def last_frames(call: Driven, count: int = 1) -> Floats:
    """What was heard last."""
    return call.heard[-count * FRAME :]


def loudest(samples: Floats) -> float:
    return max(map(abs, samples), default=0.0)


@pytest.mark.parametrize("volume_pct", [10, 200])
async def test_a_volume_is_heard_when_the_first_whole_frame_of_it_was_sent(
    song: Path, volume_pct: int
) -> None:
    async with open_call(track=a_track(song)) as call:
        await call.play(30)
        before = level_of(last_frames(call, 5))
        await call.want(volume_pct=volume_pct, revision=7)
        assert revisions(call) == []
        await until_heard(call, 7)
        assert abs(level_of(last_frames(call)) / before - volume_pct / 100) < 0.1 * volume_pct / 100
        late = level_of(last_frames(call, 2)[:FRAME]) / before
        assert abs(late - volume_pct / 100) > 0.1 * volume_pct / 100, "not a frame too late"
        await call.play(30)
        assert revisions(call) == [7], "once"


async def test_a_filter_and_a_speed_are_heard_as_soon(song: Path) -> None:
    async with open_call(track=a_track(song)) as call:
        await call.play(30)
        await call.want(filter=Filter.KARAOKE, revision=1)
        await until_heard(call, 1)
        await call.play(20)
        await call.want(filter=None, speed=1.5, revision=2)
        await until_heard(call, 2)
        await call.play(20)
        await call.want(speed=1.0, revision=3)
        await until_heard(call, 3)


async def test_a_pause_is_heard_when_it_stands_still_and_going_on_when_it_sounds(song: Path) -> None:
    async with open_call(track=a_track(song)) as call:
        await call.play(30)
        await call.want(paused=True, revision=1)
        assert revisions(call) == []
        await until_heard(call, 1)
        assert call.ears.packets[-1] == SILENCE, "nothing sounds any more"
        assert loudest(last_frames(call, 2)) < HUSHED
        assert isinstance(call.facts[-2], Position), "where it stands is told before"
        await call.want(paused=False, revision=2)
        assert await until_heard(call, 2) > 1
        assert abs(level_of(last_frames(call)) - LEVEL / 2**0.5) < 0.03


async def test_an_end_is_heard_when_it_has_faded_out(song: Path) -> None:
    async with open_call(track=a_track(song)) as call:
        await call.play(30)
        await call.want(track=None, revision=1)
        await until_heard(call, 1)
        assert loudest(last_frames(call)[FRAME // 2 :]) < HUSHED
        assert call.ears.packets[-1] != SILENCE, "not a frame too late"
        await call.play(5)
        assert call.ears.packets[-5:] == [SILENCE] * 5


async def test_another_track_is_heard_when_it_alone_sounds(song: Path, other: Path) -> None:
    async with open_call(track=a_track(song), next=a_track(other, 2)) as call:
        await call.play(30)
        await call.want(track=a_track(other, 2), next=None, revision=1)
        await until_heard(call, 1)
        assert power_of(last_frames(call), OTHER_HZ) > 0.6 * LEVEL
        assert power_of(last_frames(call), HERTZ) < 0.05 * LEVEL


async def test_another_place_is_heard_when_it_has_risen_out_of_silence(tmp_path: Path, song: Path) -> None:
    parts = write_tone(tmp_path / f"parts{song.suffix}", 3.0, HERTZ, then_hz=OTHER_HZ, level=LEVEL)
    async with open_call(track=a_track(parts)) as call:
        await call.play(30)
        await call.want(track=a_track(parts, generation=1, offset_ms=2000), revision=1)
        await until_heard(call, 1, within=2 * SOON)
        # A decoder of Opus that begins in the middle comes to its level within five frames.
        assert power_of(last_frames(call), OTHER_HZ) > 0.45 * LEVEL
        assert power_of(last_frames(call), HERTZ) < 0.01 * LEVEL


async def test_a_silence_is_told_though_the_next_track_has_overtaken_it(song: Path, other: Path) -> None:
    async with open_call(track=a_track(song)) as call:
        await call.play(30)
        await call.want(track=None, revision=1)
        await call.want(track=a_track(other, 2), revision=2)
        await call.want(volume_pct=99, revision=3)
        await until_heard(call, 1)
        assert loudest(last_frames(call)[FRAME // 2 :]) < HUSHED
        await until_heard(call, 3)
        assert revisions(call) == [1, 3]


async def test_of_two_changes_only_the_later_one_is_told_and_of_none_that_nobody_numbers(song: Path) -> None:
    async with open_call(track=a_track(song)) as call:
        await call.play(30)
        await call.want(volume_pct=50, revision=1)
        await call.play(1)
        await call.want(volume_pct=20, revision=2)
        await until_heard(call, 2)
        await call.want(volume_pct=70, revision=0)
        await call.play(20)
        assert revisions(call) == [2]


async def test_what_changes_nothing_that_sounds_is_heard_at_once(song: Path, other: Path) -> None:
    async with open_call(track=a_track(song)) as call:
        await call.play(30)
        await call.want(next=a_track(other, 2), revision=1)
        assert revisions(call) == [1]
        await call.want(paused=True)
        await call.play(SOON)
        await call.want(volume_pct=30, revision=2)
        assert revisions(call) == [1, 2], "silence sounds alike"


async def test_where_nothing_can_be_sent_silence_is_heard_at_once_and_sound_once_it_can(song: Path) -> None:
    async with open_call(track=a_track(song)) as call:
        await call.play(30)
        call.ears.can_send = False
        await call.want(volume_pct=50, revision=1)
        await call.play(SOON)
        await call.want(paused=True, revision=2)
        await call.want(paused=False, revision=3)
        await call.play(SOON)
        assert revisions(call) == [2]
        call.ears.can_send = True
        await until_heard(call, 3)


async def heard_of(bot: Bot, server: FakeVoiceServer, guild: int, revision: int) -> list[bytes]:
    """The frames that were there when the bot was told."""
    fact = Heard(call=GuildId(guild), revision=revision)
    await bot.wait_for(lambda said: said == fact)
    # What was sent before lies in the socket; the loop may have read the pipe first.
    await trio.testing.wait_all_tasks_blocked()
    (session,) = server.of(guild)
    return [packet.frame for packet in session.packets]


async def turn_down(bot: Bot, server: FakeVoiceServer, guild: int, song: Path) -> None:
    state = await start(bot, server, guild, song)
    bot.client.tell(evolve(state, volume_pct=10, revision=5))
    sound = listen(await heard_of(bot, server, guild, 5))
    before = level_of(sound[10 * FRAME : 15 * FRAME])
    assert 0.08 < level_of(sound[-FRAME:]) / before < 0.12


async def pause(bot: Bot, server: FakeVoiceServer, guild: int, song: Path) -> None:
    state = await start(bot, server, guild, song)
    bot.client.tell(evolve(state, paused=True, revision=5))
    assert (await heard_of(bot, server, guild, 5))[-1] == SILENCE
    told = [noted.fact for noted in bot.noted if getattr(noted.fact, "call", 0) == guild]
    stands = told[told.index(Heard(call=GuildId(guild), revision=5)) - 1]
    assert isinstance(stands, Position)
    assert stands.paused, "where it stands is told before"


async def leave(bot: Bot, server: FakeVoiceServer, guild: int, song: Path) -> None:
    state = await start(bot, server, guild, song)
    bot.client.tell(evolve(state, track=None, revision=5))
    bot.client.drop(GuildId(guild))
    heard = await heard_of(bot, server, guild, 5)
    assert loudest(listen(heard)[-FRAME // 2 :]) < HUSHED
    await trio.sleep(0.05)
    (session,) = server.of(guild)
    assert {packet.frame for packet in session.packets[len(heard) :]} <= {SILENCE}


async def start(bot: Bot, server: FakeVoiceServer, guild: int, song: Path) -> Desired:
    state = wanted(server.server_of(guild), a_track(song), revision=4)
    bot.client.tell(state)
    await heard_of(bot, server, guild, 4)
    await until(lambda: len(server.of(guild)[0].frames) >= 25)
    return state


async def test_a_node_tells_the_bot_when_it_has_left_the_socket(song: Path) -> None:
    # A busy machine loses no connection to a heartbeat that comes late.
    async with (
        open_fake_server(heartbeat_ms=20_000) as server,
        open_bot() as bot,
        trio.open_nursery() as nursery,
    ):
        for guild, act in enumerate((turn_down, pause, leave), 1):
            nursery.start_soon(act, bot, server, guild, song)
