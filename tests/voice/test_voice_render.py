"""Rendering: a change of sound fades over, codecs are warmed up, what comes out stands where it belongs."""

from itertools import pairwise
from pathlib import Path

import av.logging
import pytest

from tests.voice.listening import FRAME, Player, as_opus, left_of, listen, roughness, tone
from tests.voice.sounds import aligned_correlation, loudness, packets_of_file, sound_of_packets
from voice.effects import NEUTRAL, Sound
from voice.render import FALL_SLOTS, GLIDE_DB, Renderer
from voice.slots import Job, OpusPacket, Pcm

av.logging.set_level(None)
SILENCE = b"\xf8\xff\xfe"
LEAD = 1
"""Silent frames that what is encoded begins with."""
NATURAL = roughness(listen(Player().put(tone(20)).play())[5 * FRAME :])


def test_what_is_encoded_stands_sample_for_sample_where_the_source_has_it() -> None:
    slots = tone(40)
    heard = listen(Player().put(slots).play())
    source = left_of(slots)
    early = [abs(a - b) for a, b in zip(heard[LEAD * FRAME :], source, strict=False)]
    assert len(heard) == (40 + LEAD) * FRAME
    assert max(early) < 0.03, "also right at the beginning"


@pytest.mark.parametrize("opus", [False, True])
@pytest.mark.parametrize("gain", [0.0, 0.2, 3.0])
def test_a_change_of_volume_does_not_click(gain: float, *, opus: bool) -> None:
    player = Player().put(as_opus(tone(80)) if opus else tone(80))
    player.play(20)
    player.timeline.set_sound(Sound(gain=gain))
    player.play(15)
    player.timeline.set_sound(NEUTRAL)
    player.play(15)
    heard = listen(player.sent)
    # A jump of a hundredth of the amplitude would be 60 times as rough as the tone.
    assert roughness(heard[10 * FRAME :]) < 6 * NATURAL
    if opus:
        assert player.sent[-3:] == [packet.data for packet in as_opus(tone(80))[47:50]], "as they are again"


def test_gains_are_linear_and_what_is_too_loud_does_not_clip() -> None:
    plain = power(Sound())
    for gain in (0.0, 0.25, 1.5):
        assert abs(power(Sound(gain=gain)) / plain - gain) < 0.03
    loud = listen(Player(sound=Sound(gain=5.0)).put(tone(30)).play())[10 * FRAME :]
    assert 0.85 < max(loud) < 1.0


def levels_on_the_way(start_db: float, *goals_db: float) -> list[float]:
    """The gain of each slot, of which each has a goal."""
    renderer, levels = Renderer(), list[float]()
    for number, goal_db in enumerate(goals_db):
        job = Job(
            epoch=0,
            start=number,
            fresh=not number,
            frames=tuple(tone(1)),
            sound=Sound(leveling_db=start_db),
            goal_db=goal_db,
        )
        levels += [output.level_db or 0.0 for output in renderer.render(job)]
    return levels


def test_a_gain_rises_so_slowly_that_nobody_notices() -> None:
    levels = levels_on_the_way(-6.0, *[6.0] * 100)
    assert max(after - before for before, after in pairwise(levels)) <= GLIDE_DB + 1e-9
    assert levels[-1] == pytest.approx(-6.0 + len(levels) * GLIDE_DB, abs=0.1)


def test_a_gain_that_is_much_too_high_has_fallen_when_the_louder_part_begins() -> None:
    levels = levels_on_the_way(12.0, *[0.0] * 10, *[-2.0] * 450)
    falls = [before - after for before, after in pairwise(levels)]
    assert max(falls) <= 14.0 / FALL_SLOTS + 1e-9
    assert levels[FALL_SLOTS + 20] == pytest.approx(-2.0)
    assert min(levels) == pytest.approx(-2.0), "and no further"


def test_a_gain_that_is_a_little_too_high_falls_as_slowly_as_another_rises() -> None:
    levels = levels_on_the_way(1.0, *[0.0] * 100)
    assert max(before - after for before, after in pairwise(levels)) <= GLIDE_DB + 1e-9
    assert levels[-1] == pytest.approx(0.0)


def power(sound: Sound) -> float:
    heard = listen(Player(sound=sound).put(tone(30)).play())[10 * FRAME :]
    return (sum(value * value for value in heard) / len(heard)) ** 0.5


def test_opus_is_decoded_and_encoded_at_another_gain(sounds: dict[str, Path]) -> None:
    packets = packets_of_file(sounds["ogg"])[:100]
    halved = Player(sound=Sound(gain=0.5)).put([OpusPacket(packet) for packet in packets]).play()
    half, plain = sound_of_packets(halved), sound_of_packets(packets)
    assert aligned_correlation(half, plain) > 0.99
    assert abs(loudness(half) / loudness(plain) - 0.5) < 0.02


def test_a_damaged_packet_is_silence_of_its_length() -> None:
    steady = tone(1)[0]
    slots: list[Pcm | OpusPacket] = [steady, OpusPacket(b""), OpusPacket(b"\xff" * 3), steady]
    assert len(Player(sound=Sound(gain=0.5)).put(slots).play()) == 4 + LEAD


@pytest.mark.parametrize("opus", [False, True])
def test_a_playback_that_is_cut_off_fades_out_within_a_tenth_of_a_second(*, opus: bool) -> None:
    player = Player().put(as_opus(tone(60)) if opus else tone(60))
    player.play(20)
    player.timeline.fade_out()
    rest = player.play()
    heard = listen([*player.sent, *[SILENCE] * 3])
    assert len(rest) <= 4
    assert player.timeline.over
    assert roughness(heard[10 * FRAME :]) < 3 * NATURAL
    assert max(abs(value) for value in heard[-2 * FRAME :]) < 0.001


def test_a_start_in_the_middle_fades_in_and_packets_pass_soon_after() -> None:
    packets = as_opus(tone(60))[10:]
    sent = Player(from_silence=True).put(packets).play()
    assert sent[LEAD + 2 :] == [packet.data for packet in packets[2:]]
    heard = listen([SILENCE, *sent])
    assert max(abs(value) for value in heard[: 2 * FRAME]) < 0.01
    assert roughness(heard) < 20 * NATURAL
    assert len(sent) == 50 + LEAD


@pytest.mark.parametrize("missing", [0, 1, 400, 900, 959])
def test_tracks_join_without_a_gap_within_a_frame(missing: int) -> None:
    slots = tone(50)
    slots[-1] = Pcm(slots[-1].data[: (FRAME - missing) * 8])
    first = Player().put(slots)
    second = Player().put(tone(30, first=50 * FRAME - missing))
    first.play(45)
    first.join(second)
    sent = [*first.sent, *first.play(), *second.play()]
    assert first.timeline.over
    assert second.timeline.over
    heard = listen(sent)[LEAD * FRAME :]
    source = left_of(tone(81))[: 80 * FRAME - missing]
    assert roughness(heard[10 * FRAME : len(source) - FRAME]) < 1.1 * NATURAL
    around = range(45 * FRAME, 55 * FRAME)
    assert max(abs(heard[at] - source[at]) for at in around) < 0.03, "not a sample too much or too few"
    assert len(sent) == LEAD + 80


def test_a_track_whose_predecessor_was_cut_off_begins_with_itself() -> None:
    first, second = Player().put(tone(50)), Player().put(tone(30, 300.0))
    first.play(45)
    first.join(second)
    second.timeline.forget_lead()
    assert second.play() == Player().put(tone(30, 300.0)).play()


def test_without_a_next_track_the_last_frame_is_filled_up() -> None:
    slots = tone(30)
    slots[-1] = Pcm(slots[-1].data[: 100 * 8])
    player = Player().put(slots)
    assert len(player.play()) == 30 + LEAD
    assert player.timeline.over
