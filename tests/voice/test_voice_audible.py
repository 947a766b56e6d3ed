"""Every command is heard within a tenth of a second of sound: counted in frames, from the command on.

What the machine is busy with meanwhile makes no difference: between two frames everything is rendered.
"""

from pathlib import Path

import av.logging
import pytest

from tests.voice.calls import SILENCE, Driven, a_track, level_of, open_call, power_of, write_tone
from tests.voice.listening import FRAME, Floats, crossings_hz, listen, roughness
from tests.voice.sounds import packets_of_file
from voice.protocol import Filter, Leveling, Position

av.logging.set_level(None)
AUDIBLE = 5
"""Frames of a tenth of a second."""
HERTZ, OTHER_HZ, LEVEL = 200.0, 800.0, 0.3
SMOOTH = 0.004


@pytest.fixture(scope="module", params=["ogg", "wav"])
def song(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of a tone: passed through, or decoded and encoded."""
    folder = tmp_path_factory.mktemp("songs")
    return write_tone(folder / f"song.{request.param}", 3.0, HERTZ, level=LEVEL)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tone(tmp_path_factory.mktemp("songs") / "other.ogg", 3.0, OTHER_HZ, level=LEVEL)


async def tell(call: Driven, smooth: float = SMOOTH, **changes: object) -> tuple[Floats, Floats]:
    """What is heard right before a command and, from a tenth of a second after it on, for as long."""
    await call.play(30)
    at = len(call.ears.packets)
    await call.want(**changes)
    await call.play(20)
    heard = call.heard
    assert roughness(call.heard[5 * FRAME : (at + 18) * FRAME]) < smooth, "without a click"
    return heard[(at - 10) * FRAME : at * FRAME], heard[(at + AUDIBLE) * FRAME : (at + AUDIBLE + 10) * FRAME]


@pytest.mark.parametrize("volume_pct", [10, 60, 200])
async def test_a_volume(song: Path, volume_pct: int) -> None:
    async with open_call(track=a_track(song)) as call:
        before, after = await tell(call, volume_pct=volume_pct)
        assert SILENCE not in call.ears.packets, "no gap"
        assert abs(level_of(after) / level_of(before) - volume_pct / 100) < 0.1 * volume_pct / 100


async def test_a_filter(song: Path) -> None:
    async with open_call(track=a_track(song)) as call:
        _, after = await tell(call, filter=Filter.KARAOKE)
        assert level_of(after) < 0.3 * LEVEL, "both channels are alike"


async def test_a_tape_speed(song: Path) -> None:
    async with open_call(track=a_track(song)) as call:
        before, after = await tell(call, filter=Filter.NIGHTCORE)
        assert abs(crossings_hz(before) - HERTZ) < 8
        assert abs(crossings_hz(after) - 1.25 * HERTZ) < 10


async def test_a_speed(song: Path) -> None:
    async with open_call(track=a_track(song)) as call:
        await tell(call, speed=2.0)
        position_ms = call.told(Position)[-1].position_ms
        await call.want(volume_pct=99)
        moved_ms = call.told(Position)[-1].position_ms - position_ms
        assert abs(moved_ms - (2 * 18 + 2) * 20) <= 40, "two frames as before, then twice as fast"


async def test_normalization(song: Path) -> None:
    async with open_call(track=a_track(song)) as call:
        before, after = await tell(call, leveling=Leveling(target_lufs=-35.0))
        assert level_of(after) < 0.4 * level_of(before)


async def test_a_pause_and_going_on(song: Path) -> None:
    async with open_call(track=a_track(song)) as call:
        _, after = await tell(call, paused=True)
        assert max(map(abs, after), default=0.0) < 0.003
        stands_ms = call.told(Position)[-1].position_ms
        at = len(call.ears.packets)
        assert call.ears.packets[-5:] == [SILENCE] * 5
        await call.want(paused=False)
        await call.play(15)
        heard = call.heard
        assert abs(level_of(heard[(at + 3) * FRAME : (at + 12) * FRAME]) - LEVEL / 2**0.5) < 0.02
        assert roughness(heard[5 * FRAME :]) < SMOOTH
        await call.want(paused=True)
        goes_on_ms = call.told(Position)[-1].position_ms
        assert 0 <= 15 * 20 - (goes_on_ms - stands_ms) <= 40, "nothing is lost; it begins with a silent frame"


async def test_a_skip(song: Path, other: Path) -> None:
    async with open_call(track=a_track(song), next=a_track(other, 2)) as call:
        # A tone that begins is as rough as that by itself.
        begins = 1.1 * roughness(listen(packets_of_file(other)[:10]))
        _, after = await tell(call, begins, track=a_track(other, 2), next=None)
        assert power_of(after, HERTZ) < 0.05 * LEVEL
        assert power_of(after, OTHER_HZ) > 0.8 * LEVEL


async def test_a_seek(tmp_path: Path, song: Path) -> None:
    parts = write_tone(tmp_path / f"parts{song.suffix}", 3.0, HERTZ, then_hz=OTHER_HZ, level=LEVEL)
    async with open_call(track=a_track(parts)) as call:
        _, after = await tell(call, track=a_track(parts, generation=1, offset_ms=2000))
        assert power_of(after, HERTZ) < 0.05 * LEVEL
        assert power_of(after, OTHER_HZ) > 0.7 * LEVEL
        position = next(fact for fact in call.told(Position) if fact.generation == 1)
        assert abs(position.position_ms - 2000) <= 50
