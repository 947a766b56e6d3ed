"""Two tracks sound together where one gives way to the other, and everything that may happen meanwhile.

The tracks are tones, so that each can be told from the other in what is heard.
"""

from pathlib import Path

import av.logging
import pytest
import trio

from tests.voice.calls import SILENCE, Driven, a_track, open_call, power_of, write_tone
from tests.voice.listening import FRAME, roughness
from tests.voice.sounds import packets_of_file
from tests.voice.web import endless, guard_of, open_web
from voice.protocol import Playing, Position, Source, TrackEnded, TrackFailed, TrackStarted

av.logging.set_level(None)
OLD_HZ, NEW_HZ, OTHER_HZ = 200.0, 350.0, 800.0
LEVEL = 0.3
FADE = 50
AUDIBLE = 5
"""Frames of a tenth of a second."""
SMOOTH = 0.002
"""Six times the roughness of the tones together; a jump of a tenth of one would be ten times as rough."""


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("tones")
    names = {"old": OLD_HZ, "new": NEW_HZ, "other": OTHER_HZ}
    return {
        f"{name}.{kind}": write_tone(folder / f"{name}.{kind}", 2.0, hertz, level=LEVEL)
        for name, hertz in names.items()
        for kind in ("ogg", "wav")
    }


def two(tones: dict[str, Path], kinds: str = "oo") -> dict[str, object]:
    """What is wanted of two tracks and a second of crossfade; ``kinds`` says which are Opus."""
    suffix = {"o": "ogg", "w": "wav"}
    first, second = (suffix[kind] for kind in kinds)
    return {
        "track": a_track(tones[f"old.{first}"], 1),
        "next": a_track(tones[f"new.{second}"], 2),
        "crossfade_s": 1.0,
    }


def loud(call: Driven, hertz: float, first: int, frames: int = 4) -> float:
    """How loud a tone is in what was sent, from a frame on."""
    return power_of(call.heard[first * FRAME : (first + frames) * FRAME], hertz)


async def into_the_fade(call: Driven, frames: int = 20) -> int:
    """Play until both sound; how many frames were sent."""
    for _ in range(200):
        await call.play(1)
        if call.call._deck._ending is not None:
            await call.play(frames)
            return len(call.ears.packets)
    raise AssertionError("they never met")


@pytest.mark.parametrize("kinds", ["oo", "ww", "ow", "wo"])
async def test_two_tracks_fade_into_each_other_at_equal_power(tones: dict[str, Path], kinds: str) -> None:
    async with open_call(**two(tones, kinds)) as call:
        await call.play_until(TrackEnded, 2)
        heard = call.heard
        begin = next(at for at in range(20, 200) if loud(call, NEW_HZ, at, 2) > 0.02 * LEVEL) - 1
        middle = begin + FADE // 2
        assert abs(loud(call, OLD_HZ, middle - 2) - 0.707 * LEVEL) < 0.06 * LEVEL
        assert abs(loud(call, NEW_HZ, middle - 2) - 0.707 * LEVEL) < 0.06 * LEVEL
        assert loud(call, OLD_HZ, begin + FADE + 3) < 0.03 * LEVEL
        assert abs(loud(call, NEW_HZ, begin + FADE + 4) - LEVEL) < 0.12 * LEVEL
        assert roughness(heard[5 * FRAME : -8 * FRAME]) < SMOOTH
        music = [packet for packet in call.ears.packets if packet != SILENCE]
        assert abs(len(music) - (200 - FADE)) <= 3
        assert SILENCE not in call.ears.packets[: len(music) - 2], "one stream without a gap"
        if kinds == "oo":
            old, new = (packets_of_file(tones[f"{name}.ogg"]) for name in ("old", "new"))
            cut = len(old) - FADE
            assert music[:cut] == old[:cut], "untouched up to the fade"
            assert music[cut + FADE + 2 :] == new[FADE + 2 :], "and two frames behind it"


async def test_an_end_is_told_when_nothing_of_it_is_heard_any_more(tones: dict[str, Path]) -> None:
    async with open_call(**two(tones)) as call:
        await into_the_fade(call)
        await call.want(volume_pct=100, crossfade_s=1.5)
        told = call.told(Position)[-1]
        assert told.track_id == 1
        assert abs(told.position_ms - (2000 - 1000 + 20 * 20)) <= 60, "it goes on within the other"
        assert not call.told(TrackEnded)
        await call.play_until(TrackStarted, 2)
        kinds = [
            (type(fact), fact.track_id) for fact in call.facts if isinstance(fact, TrackStarted | TrackEnded)
        ]
        assert kinds == [(TrackStarted, 1), (TrackEnded, 1), (TrackStarted, 2)]
        assert abs(call.told(Position)[-1].position_ms - 1000) <= 40


async def test_a_skip_goes_on_with_the_incoming_track(tones: dict[str, Path]) -> None:
    async with open_call(**two(tones)) as call:
        at = await into_the_fade(call)
        await call.want(track=call.desired.next, next=None)
        await call.play(20)
        assert loud(call, OLD_HZ, at + AUDIBLE) < 0.03 * LEVEL
        assert abs(loud(call, NEW_HZ, at + AUDIBLE + 2) - LEVEL) < 0.15 * LEVEL
        assert roughness(call.heard[5 * FRAME :]) < SMOOTH
        assert not call.told(TrackEnded), "it was skipped"
        assert [fact.track_id for fact in call.told(TrackStarted)] == [1, 2]
        assert abs(call.told(Position)[-1].position_ms - 21 * 20) <= 40, "from where it was"
        new = packets_of_file(tones["new.ogg"])
        assert new[35:39] == call.ears.packets[-5:-1] or new[36:39] == call.ears.packets[-5:-2]


async def test_a_pause_holds_both_and_goes_on_with_both(tones: dict[str, Path]) -> None:
    async with open_call(**two(tones)) as call:
        at = await into_the_fade(call)
        await call.want(paused=True)
        await call.play(12)
        assert call.ears.packets[-5:] == [SILENCE] * 5
        sent = len(call.ears.packets)
        assert sent - 5 - at <= AUDIBLE
        await call.play(5)
        assert len(call.ears.packets) == sent
        await call.want(paused=False)
        await call.play(15)
        both = [loud(call, hertz, sent + 3) for hertz in (OLD_HZ, NEW_HZ)]
        assert min(both) > 0.4 * LEVEL
        assert roughness(call.heard[5 * FRAME :]) < SMOOTH
        await call.play_until(TrackStarted, 2)
        assert abs(call.told(Position)[-1].position_ms - 1000) <= 60


async def test_a_volume_holds_for_both(tones: dict[str, Path]) -> None:
    async with open_call(**two(tones)) as call:
        at = await into_the_fade(call)
        await call.want(volume_pct=50)
        await call.play(10)
        before, after = (
            sum(loud(call, hertz, first) ** 2 for hertz in (OLD_HZ, NEW_HZ))
            for first in (at - 4, at + AUDIBLE)
        )
        assert abs((after / before) ** 0.5 - 0.5) < 0.06, "half of both"
        assert roughness(call.heard[5 * FRAME :]) < SMOOTH


async def test_a_faster_pace_takes_the_fade_along(tones: dict[str, Path]) -> None:
    async with open_call(**two(tones)) as call:
        await into_the_fade(call)
        await call.want(speed=2.0)
        await call.play_until(TrackEnded, 1, limit=25)
        await call.play_until(TrackEnded, 2, limit=60)


async def test_a_seek_leaves_the_fade_and_the_other_begins_anew_in_its_turn(tones: dict[str, Path]) -> None:
    async with open_call(**two(tones)) as call:
        at = await into_the_fade(call)
        await call.want(track=a_track(tones["old.ogg"], 1, generation=1, offset_ms=200))
        await call.play(15)
        assert loud(call, NEW_HZ, at + AUDIBLE) < 0.03 * LEVEL
        assert abs(loud(call, OLD_HZ, at + AUDIBLE + 2) - LEVEL) < 0.15 * LEVEL
        assert roughness(call.heard[5 * FRAME :]) < 2 * SMOOTH
        assert not call.told(TrackEnded)
        await call.play_until(TrackStarted, 2)
        assert abs(call.told(Position)[-1].position_ms - 1000) <= 40, "it began anew"


async def test_another_next_track_brings_the_outgoing_one_back(tones: dict[str, Path]) -> None:
    async with open_call(**two(tones)) as call:
        at = await into_the_fade(call)
        await call.want(next=a_track(tones["other.ogg"], 3))
        await call.play(12)
        assert loud(call, NEW_HZ, at + AUDIBLE) < 0.03 * LEVEL
        assert loud(call, OLD_HZ, at + AUDIBLE + 3) > 0.8 * LEVEL, "it was not over"
        await call.play_until(TrackStarted, 3)
        assert [fact.track_id for fact in call.told(TrackStarted)] == [1, 3]
        assert [fact.track_id for fact in call.told(TrackEnded)] == [1]


async def test_a_stop_fades_both_out(tones: dict[str, Path]) -> None:
    async with open_call(**two(tones)) as call:
        at = await into_the_fade(call)
        await call.want(track=None, next=None)
        await call.play(12)
        assert call.ears.packets[-5:] == [SILENCE] * 5
        assert len(call.ears.packets) - 5 - at <= AUDIBLE
        assert roughness(call.heard[5 * FRAME :]) < SMOOTH
        assert not call.told(TrackEnded)


@pytest.mark.parametrize("change", [{"volume_pct": 99}, {"paused": True}, {"crossfade_s": 0.0}])
async def test_what_was_decided_is_taken_back_before_it_is_heard(
    tones: dict[str, Path], change: dict[str, object]
) -> None:
    async with open_call(**two(tones)) as call:
        while call.call._deck._current is not None and call.call._deck._current.following is None:
            await call.play(1)
        await call.want(**change)
        await call.play(8)
        await call.want(paused=False, volume_pct=100, crossfade_s=1.0)
        await call.play_until(TrackEnded, 2)
        assert roughness(call.heard[5 * FRAME : -8 * FRAME]) < SMOOTH
        assert [fact.track_id for fact in call.told(TrackEnded)] == [1, 2]


@pytest.mark.parametrize(("old_s", "new_s"), [(0.5, 2.0), (2.0, 0.5), (0.3, 0.3)])
async def test_a_short_track_shortens_the_fade(tmp_path: Path, old_s: float, new_s: float) -> None:
    old = write_tone(tmp_path / "old.ogg", old_s, OLD_HZ, level=LEVEL)
    new = write_tone(tmp_path / "new.ogg", new_s, NEW_HZ, level=LEVEL)
    wanted: dict[str, Playing] = {"track": a_track(old, 1), "next": a_track(new, 2)}
    async with open_call(**wanted, crossfade_s=12.0) as call:
        await call.play_until(TrackEnded, 2, limit=300)
        assert [fact.track_id for fact in call.told(TrackEnded)] == [1, 2]
        assert roughness(call.heard[5 * FRAME : -8 * FRAME]) < SMOOTH
        frames = (old_s + new_s) * 50
        assert len(call.ears.packets) < frames, "they overlapped"
        assert len(call.ears.packets) > frames / 2


async def test_a_radio_and_a_file_that_cannot_be_played_meet_nobody(
    tones: dict[str, Path], tmp_path: Path, sounds: dict[str, Path]
) -> None:
    async with open_web() as site:
        site.pages["/radio"] = endless(await trio.Path(sounds["mp3"]).read_bytes(), pause_s=0.001)
        url = site.url("/radio")
        radio = a_track(tmp_path, source=Source(location=url, is_file=False, proxy=guard_of(url)))
        async with open_call(track=radio, next=a_track(tones["new.ogg"], 2), crossfade_s=12.0) as call:
            await call.play(200)
            assert SILENCE not in call.ears.packets
            assert [fact.track_id for fact in call.told(TrackStarted)] == [1]
            await call.want(track=call.desired.next, next=None)
            await call.play_until(TrackStarted, 2)
    broken = tmp_path / "broken.ogg"
    await trio.Path(broken).write_bytes(b"OggS" + bytes(400))
    async with open_call(track=a_track(tones["old.ogg"]), next=a_track(broken, 2), crossfade_s=1.0) as call:
        await call.play_until(TrackEnded, 1)
        assert [fact.track_id for fact in call.told(TrackFailed)] == [2]
        music = [packet for packet in call.ears.packets if packet != SILENCE]
        assert music == packets_of_file(tones["old.ogg"]), "to its end, untouched"


async def test_a_next_track_that_comes_late_shortens_the_fade(tones: dict[str, Path]) -> None:
    async with open_call(track=a_track(tones["old.ogg"]), crossfade_s=1.5) as call:
        await call.play(60)
        await call.want(next=a_track(tones["new.ogg"], 2))
        await call.play_until(TrackEnded, 2)
        music = [packet for packet in call.ears.packets if packet != SILENCE]
        assert abs(len(music) - (200 - 36)) <= 8, "what was left of the first one"
        assert roughness(call.heard[5 * FRAME : -8 * FRAME]) < SMOOTH
