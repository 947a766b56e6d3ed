"""Normalization of what comes from the web: opened once, heard while it plays, right from the start."""

import wave
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import av.logging
import pytest
import trio

from tests.voice.calls import SILENCE, Driven, a_track, level_of, open_call, write_tone
from tests.voice.listening import FRAME
from tests.voice.sounds import write_sound
from tests.voice.web import a_file, guard_of, open_web
from voice.codecs import TIME_BASE, decode, new_opus_decoder, to_packet
from voice.loudness import Meter, measure
from voice.protocol import Leveling, Loudness, Measured, Playing, Source, TrackEnded

av.logging.set_level(None)
TARGET = Leveling(target_lufs=-18.0)
STEEPEST_DB = 1.0
"""Per second, of a correction that nobody asked for, unless the track is about to be much too loud."""


def lufs_of(packets: list[bytes], first: int = 0, last: int | None = None) -> float:
    decoder, meter = new_opus_decoder(), Meter()
    frames = [frame for packet in packets for frame in decode(decoder, to_packet(packet))]
    for number, frame in enumerate(frames[first:last]):
        frame.pts, frame.time_base = number * FRAME, TIME_BASE
        meter.feed(frame)
    assert meter.measured is not None
    return meter.measured.lufs


def source_lufs(path: Path) -> float:
    measured = measure(Source(location=str(path), is_file=True))
    assert measured is not None
    return measured.lufs


@asynccontextmanager
async def open_web_call(
    path: Path, offset_ms: int = 0, **desired: object
) -> AsyncGenerator[tuple[Driven, list[str]]]:
    """A call that plays a file from the web; and what was asked of the server."""
    async with open_web() as site:
        site.pages["/song"] = a_file(await trio.Path(path).read_bytes())
        url = site.url("/song")
        source = Source(location=url, is_file=False, proxy=guard_of(url))
        playing = a_track(path, source=source, offset_ms=offset_ms)
        async with open_call(track=playing, **desired) as call:
            asked = [request.target for request in site.asked]
            yield call, asked
            asked[:] = [request.target for request in site.asked]


@pytest.mark.parametrize("kind", ["ogg", "mp3", "m4a"])
async def test_a_track_from_the_web_is_right_from_its_first_second_and_opened_once(
    sounds: dict[str, Path], kind: str
) -> None:
    async with open_web_call(sounds[kind]) as (call, plain):
        await call.play_until(TrackEnded, 1)
    async with open_web_call(sounds[kind], leveling=TARGET) as (call, asked):
        await call.play_until(TrackEnded, 1)
        packets = [packet for packet in call.ears.packets if packet != SILENCE]
        assert abs(lufs_of(packets) - TARGET.target_lufs) < 1.0
        assert abs(lufs_of(packets, 1, 51) - lufs_of(packets)) < 3.0, "music is not the same all over"
        (told,) = call.told(Loudness)
        assert abs(told.measured.lufs - source_lufs(sounds[kind])) < 0.3, "what was measured is the source"
    assert len(asked) == len(plain), "nothing was fetched only to be measured"


async def test_a_tag_is_believed_at_once(tmp_path: Path) -> None:
    tags = {"REPLAYGAIN_TRACK_GAIN": "-8.00 dB", "REPLAYGAIN_TRACK_PEAK": "0.9"}
    path = write_sound(tmp_path / "tagged.flac", "flac", 44_100, seconds=2.0, tags=tags)
    async with open_web_call(path, leveling=TARGET) as (call, _):
        await call.play_until(TrackEnded, 1)
        told = [fact.measured for fact in call.told(Loudness)]
        assert told == [Measured(lufs=-10.0, peak_db=told[0].peak_db)]
        packets = [packet for packet in call.ears.packets if packet != SILENCE]
        assert abs(lufs_of(packets) - (source_lufs(path) - 8.0)) < 0.5


@pytest.fixture(scope="module")
def quiet_then_loud(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A track that gives no idea of itself in its first seconds."""
    return write_uneven(tmp_path_factory.mktemp("uneven"), 20.0, -14.0, 40.0)


def write_uneven(folder: Path, quiet_s: float, quiet_db: float, loud_s: float) -> Path:
    """Something quiet, then something loud."""
    quiet = write_sound(folder / "quiet.wav", "pcm_s16le", 48_000, seconds=quiet_s, louder_db=quiet_db)
    loud = write_sound(folder / "loud.wav", "pcm_s16le", 48_000, seconds=loud_s)
    path = folder / "both.wav"
    with wave.open(str(path), "wb") as both:
        both.setparams((2, 2, 48_000, 0, "NONE", ""))
        for part in (quiet, loud):
            with wave.open(str(part), "rb") as file:
                both.writeframes(file.readframes(file.getnframes()))
    return path


async def test_a_beginning_unlike_the_rest_is_corrected_slowly(quiet_then_loud: Path) -> None:
    levels: list[float] = []
    async with open_web_call(quiet_then_loud, leveling=TARGET) as (call, _):
        while not call.told(TrackEnded):
            await call.play(25)
            playback = call.call._deck._current
            if playback is not None and playback._timeline.level_db is not None:
                levels.append(playback._timeline.level_db)
        packets = [packet for packet in call.ears.packets if packet != SILENCE]
    steps = [abs(after - before) for before, after in pairwise(levels)]
    assert max(steps) <= STEEPEST_DB / 2 + 0.2, "in half a second, and what was rendered ahead"
    assert levels[0] > levels[-1] + 4.0, "it was made louder than it should have been"
    assert abs(lufs_of(packets) - TARGET.target_lufs) < 1.0, "over the whole track"


async def test_the_loud_part_behind_a_quiet_intro_is_right_from_its_beginning(tmp_path: Path) -> None:
    path = write_uneven(tmp_path, 14.0, -20.0, 10.0)
    async with open_web_call(path, leveling=TARGET) as (call, _):
        await call.play_until(TrackEnded, 1)
    packets = [packet for packet in call.ears.packets if packet != SILENCE]
    assert abs(lufs_of(packets, 14 * 50) - TARGET.target_lufs) < 1.0


async def test_normalization_switched_on_in_mid_song_acts_within_a_tenth_of_a_second(
    sounds: dict[str, Path],
) -> None:
    for kind in ("ogg", "mp3"):
        async with open_web_call(sounds[kind]) as (call, _):
            await call.play(70)
            at = len(call.ears.packets)
            await call.want(leveling=Leveling(target_lufs=-35.0))
            await call.play(20)
            heard = call.heard
            before, after = heard[(at - 10) * FRAME : at * FRAME], heard[(at + 5) * FRAME : (at + 15) * FRAME]
            assert level_of(after) < 0.3 * level_of(before), kind


async def test_each_change_may_ask_for_another_look(quiet_then_loud: Path) -> None:
    async with open_web_call(quiet_then_loud, leveling=TARGET) as (call, _):
        for volume_pct in (90, 80, 70, 60):
            await call.play(10)
            await call.want(volume_pct=volume_pct)
            await call.settle()
        assert len(await call.play(10)) == 10


async def test_a_seek_needs_no_second_look(sounds: dict[str, Path]) -> None:
    async with open_web_call(sounds["mp3"], leveling=TARGET) as (call, _):
        await call.play(20)
        known = call.call._deck._current
        assert known is not None
        level_db = known._timeline.level_db
        playing = call.desired.track
        assert isinstance(playing, Playing)
        await call.want(track=a_track(Path(), source=playing.source, generation=1, offset_ms=1500))
        current = call.call._deck._current
        assert current is not None
        gain_db = current._leveler.gain_db
        assert gain_db is not None
        assert level_db is not None
        assert abs(gain_db - level_db) < 0.3


async def test_only_a_whole_track_that_somebody_wanted_levelled_is_told(sounds: dict[str, Path]) -> None:
    async with open_call(track=a_track(sounds["mp3"]), leveling=TARGET) as call:
        await call.play_until(TrackEnded, 1)
        told = call.told(Loudness)[-1]
        assert abs(told.measured.lufs - source_lufs(sounds["mp3"])) < 0.3
    async with open_call(track=a_track(sounds["mp3"])) as call:
        await call.play_until(TrackEnded, 1)
        assert not call.told(Loudness), "measuring costs, and nobody wanted to know"
    async with open_web_call(sounds["mp3"], offset_ms=1000, leveling=TARGET) as (call, _):
        await call.play_until(TrackEnded, 1)
        assert not call.told(Loudness), "the beginning was not heard"


async def test_a_file_that_is_too_long_for_a_glance_is_measured_whole_meanwhile(
    quiet_then_loud: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voice.loudness.GLANCE_S", 0.0)
    async with open_call(track=a_track(quiet_then_loud), leveling=TARGET) as call:
        for _ in range(400):
            await call.play(1)
            await trio.sleep(0.005)
            if call.told(Loudness):
                break
        (told,) = call.told(Loudness)
        assert abs(told.measured.lufs - source_lufs(quiet_then_loud)) < 0.1


@pytest.mark.parametrize("suffix", ["ogg", "wav"])
@pytest.mark.parametrize("from_web", [True, False])
async def test_something_steady_is_right_in_its_first_seconds(
    tmp_path: Path, suffix: str, *, from_web: bool
) -> None:
    steady = write_tone(tmp_path / f"steady.{suffix}", 4.0, 1000.0, level=0.05)
    if from_web:
        async with open_web_call(steady, leveling=TARGET) as (call, _):
            await call.play_until(TrackEnded, 1)
    else:
        async with open_call(track=a_track(steady), leveling=TARGET) as call:
            await call.play_until(TrackEnded, 1)
    packets = [packet for packet in call.ears.packets if packet != SILENCE]
    assert abs(lufs_of(packets, 0, 150) - TARGET.target_lufs) < 1.0
    assert abs(lufs_of(packets) - TARGET.target_lufs) < 1.0
