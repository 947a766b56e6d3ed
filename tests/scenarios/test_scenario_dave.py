"""A whole bot where encryption is demanded: what people decrypt is what is in the file, bit by bit."""

from pathlib import Path

from sandbox.model.default import GUILD_ID, LOUNGE_ID, OWNER_ID
from sandbox.voice import VoiceServer
from sandbox.voice.dave_desk import DaveMode
from tests.patience import until
from tests.scenarios.audio import write_tone
from tests.scenarios.shows import fill_library, play_all
from tests.scenarios.sound_check import FRAME_SAMPLES, steps
from tests.scenarios.stage import open_stage
from tests.voice.sounds import packets_of_file


async def test_passthrough_is_bit_identical_for_those_who_decrypt(tmp_path: Path) -> None:
    song = write_tone(tmp_path / "song.ogg", seconds=2.0)
    packets = packets_of_file(song)
    async with open_stage(tmp_path / "data", bot=False) as stage:
        voice = stage.sandbox.voice
        assert isinstance(voice, VoiceServer)
        voice.set_dave(DaveMode.DEMAND)
        fill_library(stage, song, ["alpha"])
        await stage.start_bot()
        await play_all(stage, ["alpha"])
        await until(lambda: len(stage.capture.payloads()) == len(packets))
        assert stage.capture.payloads() == packets
        assert stage.capture.counts == {}
        assert stage.capture.sealed == 0
        assert steps(stage.capture) == {(1, FRAME_SAMPLES)}, "one stream"
        bot = stage.sandbox.world.application.bot.id
        group, ear = voice.group(GUILD_ID, LOUNGE_ID), voice.ear(GUILD_ID, OWNER_ID)
        assert group is not None
        assert ear is not None
        assert set(group.leaves) == {bot, OWNER_ID}
        assert (len(ear.missed), group.reported) == (0, 0)
        assert len(ear.decoded) >= len(packets)
