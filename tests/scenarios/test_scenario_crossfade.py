"""A crossfade as people switch it on: by the setting, heard in the channel, told in its order."""

from pathlib import Path

from sandbox.voice.opus import SILENCE
from tests.patience import until
from tests.scenarios.audio import write_tone
from tests.scenarios.shows import fill_library, play_all
from tests.scenarios.sound_check import EDGE, FRAME_S, FRAME_SAMPLES, heard_frames, steps
from tests.scenarios.stage import open_stage
from tests.voice.sounds import packets_of_file

SONG_S = 4.0
FADE_S = 2.0


async def test_two_songs_fade_into_each_other_once_the_setting_says_so(tmp_path: Path) -> None:
    first = write_tone(tmp_path / "first.ogg", seconds=SONG_S, seed=1)
    second = write_tone(tmp_path / "second.ogg", seconds=SONG_S, seed=2)
    async with open_stage(tmp_path / "data") as stage:
        for name, song in (("first", first), ("second", second)):
            fill_library(stage, song, (name,))
        assert "number from 0 to 12" in await stage.ask("settings", name="crossfade", value="13")
        assert "**crossfade** is now" in await stage.ask("settings", name="crossfade", value=f"{FADE_S:g}")
        await play_all(stage, ("first", "second"))
        await stage.reads("Now playing: **second")
        await until(lambda: stage.capture.payloads(silence=True)[-5:] == [SILENCE] * 5)
        frames = heard_frames(stage.capture)
        assert steps(stage.capture) == {(1, FRAME_SAMPLES)}, "one stream"
        assert SILENCE not in frames
        both = (2 * SONG_S - FADE_S) / FRAME_S
        assert abs(len(frames) - both) <= EDGE
        old, new, fade = packets_of_file(first), packets_of_file(second), round(FADE_S / FRAME_S)
        assert frames[: len(old) - fade - EDGE] == old[: -fade - EDGE], "untouched up to the fade"
        assert frames[-len(new) + fade + EDGE :] == new[fade + EDGE :], "and behind it"
