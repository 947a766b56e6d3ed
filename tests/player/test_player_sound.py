"""Seek, filter, speed and loop: what people may write, what the node is told, what outlives a restart."""

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from actors.core.arguments import Arguments, Usage
from actors.core.declare import SettingChanged
from actors.core.schema import to_registration
from actors.core.setting import InvalidSetting
from actors.core.work import Stage
from actors.player.asks import Seek, SetFilter, SetLoop, SetNormalize, SetSpeed, ShowPlaying, Skip
from actors.player.crossfade import CROSSFADE
from actors.player.deck import Now
from actors.player.normalize import MAX_GAIN_DB, REMEMBERED, TARGET_LUFS, Loudnesses, restored
from actors.player.saved import Entry, Saved
from actors.player.sound_commands import SOUND_COMMANDS
from actors.player.tuning import Jump, Loop, Tuning, parse_jump
from gateway_client.ids import UserId
from media.tracks import Resolved
from tests.player.fakes import CATALOGUE, TestGuild, open_guild, open_playing
from tests.player.media_fakes import track
from tests.player.places import BOB, GUILD, OTHER_VOICE
from tests.player.slow_store import SlowStore
from tests.player.test_player_declared import FACTS
from voice.protocol import Filter, Leveling, Loudness, Measured

Clock = trio.testing.MockClock
BY_NAME = {command.name: command for command in SOUND_COMMANDS}


@pytest.mark.parametrize(
    ("words", "jump"),
    [
        ("1:23", Jump(83)),
        ("1:02:03", Jump(3723)),
        ("90", Jump(90)),
        ("90s", Jump(90)),
        ("1m 30s", Jump(90)),
        ("1m30", Jump(90)),
        ("2 minutes", Jump(120)),
        ("1h 2m", Jump(3720)),
        ("0", Jump(0)),
        ("+10s", Jump(10, relative=True)),
        ("-10", Jump(-10, relative=True)),
        ("- 1:00", Jump(-60, relative=True)),
    ],
)
def test_positions_are_read_as_people_write_them(words: str, jump: Jump) -> None:
    assert parse_jump(words) == jump
    assert BY_NAME["seek"].message(Arguments({"position": words}), FACTS) == Seek(jump)


@pytest.mark.parametrize(
    "words", ["", "soon", "1:2:3:4", "1:99", "--5", "5 apples", "1e3", ":30", "+", "9" * 30]
)
def test_what_is_no_position_is_refused(words: str) -> None:
    with pytest.raises(Usage):
        BY_NAME["seek"].message(Arguments({"position": words}), FACTS)


@given(st.text(max_size=12))
def test_no_words_break_the_reading_of_positions(words: str) -> None:
    jump = parse_jump(words)
    assert jump is None or abs(jump.seconds) < 10**8


@pytest.mark.parametrize(
    ("words", "speed"),
    [("1.5", 1.5), ("1,25x", 1.25), ("2", 2.0), ("9", 2.0), ("0.1", 0.5), ("0", 0.5), (".75", 0.75)],
)
def test_speeds_are_clamped(words: str, speed: float) -> None:
    assert BY_NAME["speed"].message(Arguments({"factor": words}), FACTS) == SetSpeed(speed)


@pytest.mark.parametrize(
    ("name", "option", "words"),
    [
        ("speed", "factor", "fast"),
        ("speed", "factor", "-1"),
        ("filter", "name", "loud"),
        ("loop", "mode", "x"),
    ],
)
def test_what_cannot_be_set_is_refused(name: str, option: str, words: str) -> None:
    with pytest.raises(Usage):
        BY_NAME[name].message(Arguments({option: words}), FACTS)


def test_filters_and_loops_go_by_their_names() -> None:
    for name in Filter:
        assert BY_NAME["filter"].message(Arguments({"name": name.value}), FACTS) == SetFilter(name)
    assert BY_NAME["filter"].message(Arguments({"name": "OFF"}), FACTS) == SetFilter(None)
    assert BY_NAME["loop"].message(Arguments({"mode": "Queue"}), FACTS) == SetLoop(Loop.QUEUE)
    assert len(to_registration(SOUND_COMMANDS, CATALOGUE.speaker())) == len(SOUND_COMMANDS)


async def test_a_seek_begins_the_same_track_elsewhere_at_once(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        await trio.sleep(30)
        guild.ask(Seek(Jump(100)))
        await trio.sleep(0.1)
        assert playing_at(guild) == 100_000
        await trio.sleep(9.5)
        guild.ask(Seek(Jump(10, relative=True)))
        await trio.sleep(0.1)
        assert 119_000 <= playing_at(guild) <= 120_000
        guild.ask(Seek(Jump(-500, relative=True)))
        await trio.sleep(0.2)
        assert playing_at(guild) == 0
        assert guild.rest.lines == ["Going on at 1:40.", "Going on at 1:59.", "Going on at 0:00."]
        assert guild.node.heard == ["sea"] * 4
        assert guild.resolver.opened == ["sea"], "it is open already"
        await trio.sleep(185)
        assert guild.resolver.held == []


def playing_at(guild: TestGuild) -> int:
    assert guild.node.desired is not None
    assert guild.node.desired.track is not None
    return guild.node.desired.track.offset_ms


async def test_a_seek_to_where_nothing_is_is_refused(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.ask(Seek(Jump(180)))
        guild.ask(Seek(Jump(60)), BOB)
        guild.sit(BOB, OTHER_VOICE)
        elsewhere = guild.ask(Seek(Jump(60)), BOB)
        await trio.sleep(0.1)
        assert "The track is only 3:00 long." in guild.rest.lines
        assert playing_at(guild) == 60_000
        assert elsewhere.stage is Stage.FAILED
    async with open_guild() as guild:
        guild.ask(Seek(Jump(5)))
        await trio.sleep(0.1)
        assert guild.rest.lines == ["Nothing is playing. `play` starts something."]
        guild.resolver.shelf["radio"] = Resolved(tracks=(track("radio", None, live=True),))
        guild.play("radio")
        await trio.sleep(1)
        guild.ask(Seek(Jump(5)))
        await trio.sleep(0.1)
        assert guild.rest.lines[-1].startswith("This is a live stream")


async def test_filter_and_speed_reach_the_node_and_are_shown(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        guild.ask(SetFilter(Filter.NIGHTCORE))
        guild.ask(SetSpeed(1.5))
        await trio.sleep(0.1)
        guild.ask(ShowPlaying())
        await trio.sleep(0.1)
        assert guild.node.desired is not None
        assert (guild.node.desired.filter, guild.node.desired.speed) == (Filter.NIGHTCORE, 1.5)
        assert set(guild.rest.lines[:2]) == {"Filter set to nightcore.", "Speed set to 1.5."}
        assert guild.rest.lines[2].splitlines()[2] == "🎛️ filter nightcore · ⏩ speed 1.5"


async def test_filter_speed_and_loop_outlive_a_kill(autojump_clock: Clock) -> None:
    store = SlowStore()
    async with open_guild(store=store) as guild:
        guild.play("sea")
        await trio.sleep(1)
        for command in (SetFilter(Filter.KARAOKE), SetSpeed(0.75), SetLoop(Loop.TRACK)):
            guild.ask(command)
        await trio.sleep(1)
    async with open_guild(store=store) as guild:
        guild.wake()
        await trio.sleep(2)
        desired = guild.node.desired
        assert desired is not None
        assert (desired.filter, desired.speed) == (Filter.KARAOKE, 0.75)
        await trio.sleep(185)
        assert guild.node.heard == ["sea", "sea"]
        guild.ask(SetFilter(None))
        await trio.sleep(0.2)
        assert guild.rest.lines[-1] == "Filter off."
        assert guild.node.desired is not None
        assert guild.node.desired.filter is None


@pytest.mark.parametrize("pace", [0.5, 1.0, 2.0])
def test_the_position_runs_as_fast_as_the_track(pace: float) -> None:
    entry = Entry(id=1, track=track("sea"), requester=UserId(1))
    now = Now(entry=entry, generation=1, position_ms=5000, moving_since=10.0, pace=pace)
    assert now.position_at(10.5) == 5000 + 500 * pace


async def test_a_looping_track_begins_again_and_a_skip_leaves_it(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.node.lengths_s |= {"a": 20, "b": 20}
        guild.resolver.shelf["two"] = Resolved(tracks=(track("a", 20), track("b", 20)))
        guild.play("two")
        await trio.sleep(1)
        guild.ask(SetLoop(Loop.TRACK))
        await trio.sleep(65)
        assert guild.node.heard == ["a", "a", "a", "a"]
        assert sum(line.startswith("Now playing") for line in guild.rest.lines) == 1
        guild.ask(Skip())
        await trio.sleep(1)
        assert guild.node.heard[-1] == "b"
        guild.ask(SetLoop(Loop.OFF))
        await trio.sleep(25)
        assert guild.node.title is None
        assert guild.resolver.held == []
        assert "Looping this track." in guild.rest.lines
        assert "Loop off." in guild.rest.lines


async def test_a_looping_queue_goes_round(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.node.lengths_s |= {"a": 20, "b": 20}
        guild.resolver.shelf["two"] = Resolved(tracks=(track("a", 20), track("b", 20)))
        guild.play("two")
        await trio.sleep(1)
        guild.ask(SetLoop(Loop.QUEUE))
        await trio.sleep(84)
        assert guild.node.heard == ["a", "b", "a", "b", "a"]
        guild.ask(Skip())
        await trio.sleep(1)
        assert guild.node.title == "b"


async def test_one_track_in_a_looping_queue_repeats(autojump_clock: Clock) -> None:
    async with open_guild() as guild:
        guild.node.lengths_s["a"] = 20
        guild.resolver.shelf["a"] = Resolved(tracks=(track("a", 20),))
        guild.ask(SetLoop(Loop.QUEUE))
        guild.play("a")
        await trio.sleep(50)
        assert guild.node.heard == ["a", "a", "a"]


async def test_normalization_toggles_and_follows_the_settings(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        for mode in (None, None, True):
            guild.ask(SetNormalize(mode))
            await trio.sleep(0.2)
        assert guild.rest.lines == [
            "Normalization on: every track at -14 LUFS.",
            "Normalization off.",
            "Normalization on: every track at -14 LUFS.",
        ]
        assert guild.node.desired is not None
        assert guild.node.desired.leveling == Leveling(target_lufs=-14.0, max_gain_db=12.0)
        guild.settings.put(GUILD, {"target_lufs": "-18 LUFS", "max_gain_db": "6"})
        guild.hear(SettingChanged(guild_id=GUILD, name="target_lufs"))
        await trio.sleep(0.1)
        assert guild.node.desired.leveling == Leveling(target_lufs=-18.0, max_gain_db=6.0)
        guild.ask(ShowPlaying())
        await trio.sleep(0.1)
        assert "📏 normalized" in guild.rest.lines[-1]


async def test_a_measured_loudness_is_remembered_for_the_track(autojump_clock: Clock) -> None:
    store, measured = SlowStore(), Measured(lufs=-9.5, peak_db=-0.1)
    async with open_guild(store=store) as guild:
        guild.play("sea")
        await trio.sleep(1)
        playing = guild.node.desired and guild.node.desired.track
        assert playing is not None
        assert playing.loudness is None
        fact = Loudness(call=GUILD, attempt=0, track_id=playing.track_id, generation=0, measured=measured)
        guild.node.say(fact)
        await trio.sleep(1)
        guild.play("sea")
        await trio.sleep(1)
        guild.ask(Skip())
        await trio.sleep(1)
        assert guild.node.desired is not None
        assert guild.node.desired.track is not None
        assert guild.node.desired.track.loudness == measured
    async with open_guild(store=store) as guild:
        guild.wake()
        await trio.sleep(2)
        assert guild.node.desired is not None
        assert guild.node.desired.track is not None
        assert guild.node.desired.track.loudness == measured


def test_what_is_known_of_loudness_is_bounded_and_live_has_none() -> None:
    known, measured = Loudnesses(), Measured(lufs=-9.5, peak_db=0.0)
    for number in range(REMEMBERED + 5):
        assert known.learn(track(str(number)), measured)
    assert not known.learn(track("9"), measured)
    assert not known.learn(track("radio", None, live=True), measured)
    assert len(known.saved()) == REMEMBERED
    assert known.find(track("0")) is None
    assert restored(known.saved()).find(track("100")) == measured


@pytest.mark.parametrize("words", ["", "loud", "-99", "0", "nan"])
def test_what_is_no_loudness_is_refused(words: str) -> None:
    with pytest.raises(InvalidSetting):
        TARGET_LUFS.parse(words)


@pytest.mark.parametrize("words", ["", "-1", "31", "much"])
def test_what_is_no_gain_is_refused(words: str) -> None:
    with pytest.raises(InvalidSetting):
        MAX_GAIN_DB.parse(words)


def test_what_was_kept_without_a_tuning_is_plain() -> None:
    old = Saved()
    assert old.tuning == Tuning()


async def test_the_crossfade_is_a_setting_and_acts_at_once(autojump_clock: Clock) -> None:
    async with open_playing("sea") as guild:
        assert guild.node.desired is not None
        assert guild.node.desired.crossfade_s == 0.0
        guild.settings.put(GUILD, {"crossfade": "4.5 s"})
        guild.hear(SettingChanged(guild_id=GUILD, name="crossfade"))
        await trio.sleep(0.1)
        assert guild.node.desired.crossfade_s == 4.5


@pytest.mark.parametrize("words", ["", "-1", "12.5", "nan", "slowly"])
def test_what_is_no_crossfade_is_refused(words: str) -> None:
    with pytest.raises(InvalidSetting):
        CROSSFADE.parse(words)
    assert CROSSFADE.parse("off") == 0.0
