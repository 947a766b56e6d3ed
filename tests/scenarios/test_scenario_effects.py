"""The sound engine as people use it: every command by slash and by prefix, heard in the channel."""

from array import array
from itertools import pairwise
from pathlib import Path

import trio

from sandbox.model.default import MUSIC_ID
from sandbox.voice.opus import SILENCE
from sandbox.voice.values import Frame
from tests.patience import until
from tests.scenarios.chirp import RISE_HZ_PER_S
from tests.scenarios.course import read_song
from tests.scenarios.shows import fill_library, heard_s, play_all, sound
from tests.scenarios.stage import Stage, open_stage
from tests.voice.sounds import packets_of_file
from voice.codecs import decode, new_opus_decoder, to_packet

SONG = ("alpha",)
RATE_HZ = 48_000
ACTS, LISTENED = 40, 80
"""Frames in which a command has acted even on a busy machine, and those that are listened to then."""


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
        await until(lambda: heard_s(stage) > 20.0)
        assert heard_s(stage) < 20.1 + trio.current_time() - told_at
        say(stage, "!seek +10s")
        await stage.reads("Going on at 0:3")
        await until(lambda: heard_s(stage) > 30.0)
        assert heard_s(stage) < 30.1 + trio.current_time() - told_at
        assert await stage.ask("seek", position="9:00") == "The track is only 0:40 long."
        frames = list(stage.capture.frames)
        assert {(b.sequence - a.sequence) & 0xFFFF for a, b in pairwise(frames)} == {1}, "one stream"


async def test_speed_changes_the_tempo_and_filters_the_sound(tmp_path: Path, song: Path) -> None:
    async with open_stage(tmp_path / "data") as stage:
        fill_library(stage, song, SONG)
        await play_all(stage, SONG)
        assert await stage.ask("speed", factor="2") == "Speed set to 2."
        began = trio.current_time()
        await until(lambda: len(sound(stage, began)) > ACTS + LISTENED)
        samples = pcm_of(sound(stage, began)[ACTS:])
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
        source = set(packets_of_file(song))
        await until(lambda: source.issuperset(packets_since(stage, 10)))  # passed through again


def packets_since(stage: Stage, count: int) -> list[bytes]:
    return [frame.opus for frame in list(stage.capture.frames)[-count:] if frame.opus != SILENCE]


async def test_a_looping_track_comes_again_without_a_gap(tmp_path: Path, song: Path) -> None:
    async with open_stage(tmp_path / "data") as stage:
        fill_library(stage, song, SONG)
        await play_all(stage, SONG)
        say(stage, "!loop track")
        await stage.reads("Looping this track.")
        say(stage, "!seek 39")
        await stage.reads("Going on at 0:39.")
        await until(lambda: 0.5 < heard_s(stage) < 10.0)
        frames = list(stage.capture.frames)
        chirp = read_song(song)
        _, again = chirp.leaps(frames)
        assert again.count == 1 - len(chirp.numbers), (
            "behind the last packet, which both share, comes the first"
        )
        assert {(b.sequence - a.sequence) & 0xFFFF for a, b in pairwise(frames)} == {1}, "one stream"
        assert sum("Now playing" in line for line in stage.read()) == 1
