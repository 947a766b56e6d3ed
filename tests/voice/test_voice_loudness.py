"""Normalization: every track comes out as loud as wanted, from its first second, and nothing clips."""

from pathlib import Path

import av.logging
import pytest

from tests.voice.fakes import open_fake_server
from tests.voice.nodes import a_file, open_bot, wanted
from tests.voice.sounds import KINDS, write_sound
from voice.codecs import TIME_BASE, decode, new_opus_decoder, to_packet
from voice.loudness import Glance, Meter, glance, measure
from voice.protocol import Leveling, Loudness, Measured, Playing, Source, TrackEnded

av.logging.set_level(None)


def source_of(path: Path) -> Source:
    return Source(location=str(path), is_file=True)


def heard_lufs(packets: list[bytes], seconds: float = 1e9) -> float:
    """How loud a listener finds it, by EBU R128."""
    decoder, meter = new_opus_decoder(), Meter()
    frames = [frame for packet in packets for frame in decode(decoder, to_packet(packet))]
    for number, frame in enumerate(frames):
        if number * 0.02 < seconds:
            frame.pts, frame.time_base = number * 960, TIME_BASE
            meter.feed(frame)
    assert meter.measured is not None
    return meter.measured.lufs


def test_a_whole_look_finds_the_same_for_every_kind_of_file(sounds: dict[str, Path]) -> None:
    found = [measure(source_of(path)) for path in sounds.values()]
    lufs = [measured.lufs for measured in found if measured is not None]
    assert len(lufs) == len(KINDS)
    assert max(lufs) - min(lufs) < 0.5


def test_a_glance_at_a_short_file_is_exact_and_at_what_is_no_sound_nothing(
    sounds: dict[str, Path], tmp_path: Path
) -> None:
    seen, whole = glance(source_of(sounds["mp3"])), measure(source_of(sounds["mp3"]))
    assert seen is not None
    assert whole is not None
    assert abs(seen.measured.lufs - whole.lufs) < 0.3
    (tmp_path / "page.mp3").write_bytes(b"<html>" * 500)
    assert glance(source_of(tmp_path / "page.mp3")) is None
    assert glance(source_of(tmp_path / "none.mp3")) is None


@pytest.mark.parametrize(
    ("tags", "lufs"),
    [
        ({"REPLAYGAIN_TRACK_GAIN": "-6.50 dB", "REPLAYGAIN_TRACK_PEAK": "0.9"}, -11.5),
        ({"R128_TRACK_GAIN": "-512"}, -21.0),
        ({"REPLAYGAIN_TRACK_GAIN": "loud"}, None),
    ],
)
def test_tags_are_believed(tmp_path: Path, tags: dict[str, str], lufs: float | None) -> None:
    path = write_sound(tmp_path / "tagged.flac", "flac", 44_100, seconds=1.0, tags=tags)
    seen = glance(source_of(path))
    assert seen is not None
    measured = measure(source_of(path))
    assert measured is not None
    assert seen == Glance(measured=seen.measured, exact=True)
    assert abs(seen.measured.lufs - (measured.lufs if lufs is None else lufs)) < 0.01


def test_only_the_way_up_is_bounded() -> None:
    leveling = Leveling(target_lufs=-14.0, max_gain_db=12.0)
    assert leveling.gain_db(Measured(lufs=-40.0, peak_db=-20.0)) == 12.0
    assert leveling.gain_db(Measured(lufs=-2.0, peak_db=0.0)) == -12.0
    assert leveling.gain_db(Measured(lufs=20.0, peak_db=0.0)) == -34.0


async def test_loud_and_quiet_tracks_are_heard_alike_from_the_first_second(
    sounds: dict[str, Path], tmp_path: Path
) -> None:
    quiet = write_sound(tmp_path / "quiet.ogg", "libopus", 48_000, louder_db=-12.0)
    loud = write_sound(tmp_path / "loud.flac", "flac", 44_100, louder_db=3.0)
    files = {1: quiet, 2: loud, 3: sounds["mp3"], 4: sounds["ogg"]}
    known = Playing(track_id=1, source=source_of(sounds["webm"]), loudness=Measured(lufs=-4.0, peak_db=0.0))
    async with open_fake_server() as server, open_bot() as bot:
        bot.client.tell(wanted(server.server_of(5), known, leveling=Leveling()))
        for guild, path in files.items():
            target = Leveling(target_lufs=-18.0 if guild == 4 else -14.0)
            bot.client.tell(wanted(server.server_of(guild), a_file(path), leveling=target))
        for guild in (*files, 5):
            await bot.wait_for_kind(TrackEnded, guild)
    told = {int(fact.call): fact.measured.lufs for fact in bot.facts(Loudness)}
    assert set(told) == set(files)
    assert told[2] - told[1] > 10, "what was measured is the source"
    for guild in files:
        (heard,) = server.of(guild)
        target_lufs = -18.0 if guild == 4 else -14.0
        assert abs(heard_lufs(heard.frames) - target_lufs) < 1.0, guild
        assert abs(heard_lufs(heard.frames, 1.0) - target_lufs) < 3.0, "from the first second"
    (heard,) = server.of(5)
    source = measure(known.source)
    assert source is not None
    assert abs(heard_lufs(heard.frames) - (source.lufs - 10.0)) < 1.0, "what was measured before is believed"
