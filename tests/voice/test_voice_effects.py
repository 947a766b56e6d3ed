"""Filters and speed: each chain can be built, does what its name says, and comes and goes without a click."""

import av.logging
import pytest

from tests.voice.listening import FRAME, Player, as_opus, crossings_hz, listen, roughness, tone
from voice.effects import NEUTRAL, Sound, filters_of
from voice.protocol import FASTEST, SLOWEST, Filter

av.logging.set_level(None)
NATURAL = roughness(listen(Player().put(tone(20)).play())[5 * FRAME :])
PLAIN = [Filter.BASSBOOST, Filter.EIGHT_D, Filter.KARAOKE, Filter.TREMOLO, Filter.ROCK, Filter.VOICE]


def heard_through(sound: Sound, hertz: float, frames: int = 50) -> list[float]:
    return list(listen(Player(sound=sound).put(tone(frames, hertz)).play())[10 * FRAME :])


def power(samples: list[float]) -> float:
    return (sum(value * value for value in samples) / len(samples)) ** 0.5


def test_a_neutral_sound_needs_no_filter_and_leaves_packets_alone() -> None:
    assert filters_of(NEUTRAL) == ()
    packets = as_opus(tone(30))
    assert Player().put(packets).play() == [packet.data for packet in packets]


@pytest.mark.parametrize("name", list(Filter))
def test_every_filter_comes_and_goes_without_a_click(name: Filter) -> None:
    player = Player().put(as_opus(tone(120)))
    player.play(15)
    player.timeline.set_sound(Sound(filter=name))
    player.play(20)
    through = listen(player.sent)[25 * FRAME : 33 * FRAME]
    player.timeline.set_sound(NEUTRAL)
    player.play(10)
    assert roughness(listen(player.sent)[10 * FRAME :]) < 10 * NATURAL
    sources = {packet.data for packet in as_opus(tone(120))}
    untouched = [packet in sources for packet in player.sent]
    assert untouched[:15] == [True] * 15
    assert untouched[-5:] == [True] * 5, "passed through again within five frames"
    assert not any(untouched[19:34])
    assert max(through) < 1.0


def test_filters_do_what_their_names_say() -> None:
    assert power(heard_through(Sound(filter=Filter.BASSBOOST), 80)) > 1.4 * power(heard_through(NEUTRAL, 80))
    high = power(heard_through(Sound(filter=Filter.TREBLE), 9000)), power(heard_through(NEUTRAL, 9000))
    assert high[0] > 1.4 * high[1]
    voice = power(heard_through(Sound(filter=Filter.KARAOKE), 1000)), power(heard_through(NEUTRAL, 1000))
    assert voice[0] < 0.1 * voice[1], "what both channels share is taken out"
    trembling = heard_through(Sound(filter=Filter.TREMOLO), 1000)
    levels = [power(trembling[at : at + 960]) for at in range(0, len(trembling) - 960, 960)]
    assert min(levels) < 0.5 * max(levels)


@pytest.mark.parametrize(
    ("sound", "pitch_hz"),
    [
        (Sound(speed=SLOWEST), 440),
        (Sound(speed=1.25), 440),
        (Sound(speed=FASTEST), 440),
        (Sound(filter=Filter.NIGHTCORE), 550),
        (Sound(filter=Filter.VAPORWAVE), 352),
        (Sound(filter=Filter.NIGHTCORE, speed=1.5), 550),
    ],
)
def test_speed_changes_the_tempo_and_only_tapes_change_the_pitch(sound: Sound, pitch_hz: float) -> None:
    player = Player(sound=sound).put(tone(100, 440))
    heard = listen(player.play())
    assert abs(crossings_hz(heard[5 * FRAME : -5 * FRAME]) - pitch_hz) < 4
    assert abs(len(player.sent) - 100 / sound.pace) <= 5
    assert player.timeline.over


@pytest.mark.parametrize("pace", [0.5, 1.5, 2.0])
def test_the_position_is_the_one_in_the_source(pace: float) -> None:
    player = Player().put(tone(300))
    player.play(21)
    before = player.timeline.position
    player.timeline.set_sound(Sound(speed=pace))
    player.play(2 + 50)
    assert abs(player.timeline.position - before - 2 - 50 * pace) <= 1
    player.timeline.set_sound(NEUTRAL)
    at = player.timeline.position
    player.play(20)
    assert abs(player.timeline.position - at - 20) <= 3 * pace


@pytest.mark.parametrize("sound", [Sound(speed=1.5), Sound(speed=0.5), Sound(filter=Filter.NIGHTCORE)])
def test_a_change_of_speed_goes_on_where_it_was_without_a_click(sound: Sound) -> None:
    player = Player().put(tone(150))
    player.play(20)
    player.timeline.set_sound(sound)
    player.play(20)
    player.timeline.set_sound(NEUTRAL)
    player.play(20)
    assert roughness(listen(player.sent)[10 * FRAME :]) < 6 * NATURAL


def test_what_a_filter_changes_is_heard_within_a_tenth_of_a_second() -> None:
    player = Player().put(tone(100))
    player.play(20)
    player.timeline.set_sound(Sound(gain=0.0))
    player.play(5)
    assert max(abs(value) for value in listen(player.sent)[24 * FRAME :]) < 0.02


def test_changes_on_every_frame_lose_nothing() -> None:
    player = Player().put(as_opus(tone(60)))
    sounds = [Sound(filter=name) for name in PLAIN]
    player.play(5)
    for number in range(20):
        player.timeline.set_sound(sounds[number % len(sounds)])
        player.play(1)
    player.timeline.set_sound(NEUTRAL)
    player.play()
    assert player.timeline.over
    assert len(player.sent) == 60
