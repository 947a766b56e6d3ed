"""The sound engine as people use it: every command by slash and by prefix, heard in the channel."""

from array import array
from itertools import pairwise
from pathlib import Path

import trio

from sandbox.model.default import MUSIC_ID
from sandbox.voice.opus import SILENCE
from sandbox.voice.values import Frame
from tests.scenarios.chirp import RISE_HZ_PER_S
from tests.scenarios.shows import fill_library, heard_s, play_all, sound
from tests.scenarios.stage import Stage, open_stage
from tests.voice.sounds import packets_of_file
from voice.codecs import decode, new_opus_decoder, to_packet

SONG = ("alpha",)
RATE_HZ = 48_000


def say(stage: Stage, words: str) -> None:
    """Give a command with the prefix."""
    stage.ada.send_message(MUSIC_ID, words)


def pcm_of(frames: list[Frame]) -> "array[float]":
    decoder = new_opus_decoder()
    samples = array("f")
    for frame in frames:
        for part in decode(decoder, to_packet(frame.opus)):
            samples.frombytes(bytes(part.planes[0])[: part.samples * 8])
    return samples[::2]


def pitch_hz(samples: "array[float]") -> float:
    rises = sum(before < 0 <= after for before, after in pairwise(samples))
    return rises / (len(samples) / RATE_HZ)


async def test_seek_lands_where_it_says_by_slash_and_prefix(tmp_path: Path, song: Path) -> None:
    async with open_stage(tmp_path / "data") as stage:
        fill_library(stage, song, SONG)
        await play_all(stage, SONG)
        told_at = trio.current_time()
        assert await stage.ask("seek", position="0:20") == "Going on at 0:20."
        await trio.sleep(0.7)
        since_s = trio.current_time() - told_at
        assert 20.0 < heard_s(stage) < 20.1 + since_s
        say(stage, "!seek +10s")
        await stage.reads("Going on at 0:3")
        await trio.sleep(0.7)
        assert 30.5 < heard_s(stage) < 33.0
        assert await stage.ask("seek", position="9:00") == "The track is only 0:40 long."
        frames = list(stage.capture.frames)
        assert {(b.sequence - a.sequence) & 0xFFFF for a, b in pairwise(frames)} == {1}, "one stream"
        gaps = [b.arrived_s - a.arrived_s for a, b in pairwise(frames)]
        assert max(gaps) < 0.1


async def test_speed_changes_the_tempo_and_filters_the_sound(tmp_path: Path, song: Path) -> None:
    async with open_stage(tmp_path / "data") as stage:
        fill_library(stage, song, SONG)
        await play_all(stage, SONG)
        assert await stage.ask("speed", factor="2") == "Speed set to 2."
        await trio.sleep(0.3)
        began = trio.current_time()
        await trio.sleep(1.6)
        samples = pcm_of(sound(stage, began))
        half = len(samples) // 2
        seconds = half / RATE_HZ
        rise = (pitch_hz(samples[half:]) - pitch_hz(samples[:half])) / seconds
        assert 1.7 < rise / RISE_HZ_PER_S < 2.3, "the song goes by twice as fast"
        assert await stage.ask("normalize", mode=True) == "Normalization on: every track at -14 LUFS."
        say(stage, "!loudnorm off")
        await stage.reads("Normalization off.")
        say(stage, "!speed 1")
        await stage.reads("Speed set to 1.")
        say(stage, "!filter 8d")
        await stage.reads("Filter set to 8d.")
        assert await stage.ask("filter", name="nightcore") == "Filter set to nightcore."
        assert await stage.ask("loop", mode="queue") == "Looping the queue."
        say(stage, "!loop track")
        await stage.reads("Looping this track.")
        shown = await stage.ask("playing")
        assert "🎛️ filter nightcore" in shown
        assert "🔂 looping this track" in shown
        assert "⏩" not in shown
        say(stage, "!filter off")
        await stage.reads("Filter off.")
        await trio.sleep(0.4)
        opus = packets_since(stage, 10)
        assert all(packet in source_packets(song) for packet in opus), "passed through again"


def packets_since(stage: Stage, count: int) -> list[bytes]:
    return [frame.opus for frame in list(stage.capture.frames)[-count:] if frame.opus != SILENCE]


def source_packets(song: Path) -> set[bytes]:
    return set(packets_of_file(song))


async def test_a_looping_track_comes_again_without_a_gap(tmp_path: Path, song: Path) -> None:
    async with open_stage(tmp_path / "data") as stage:
        fill_library(stage, song, SONG)
        await play_all(stage, SONG)
        say(stage, "!loop track")
        await stage.reads("Looping this track.")
        say(stage, "!seek 39")
        await stage.reads("Going on at 0:39.")
        await trio.sleep(2.5)
        assert 0.5 < heard_s(stage) < 3.0
        frames = list(stage.capture.frames)
        assert SILENCE not in [frame.opus for frame in frames], "no gap"
        assert sum("Now playing" in line for line in stage.read()) == 1
