"""Where one track follows another: no click, no gap, and packets untouched but for a few around the joint."""

from pathlib import Path

import av.logging
import pytest

from tests.voice.calls import SILENCE, a_track, open_call, power_of, write_tone
from tests.voice.listening import FRAME, Player, as_opus, listen, roughness, tone
from tests.voice.sounds import packets_of_file
from voice.effects import Sound
from voice.joints import meet
from voice.protocol import TrackEnded
from voice.slots import OpusPacket, samples_of

av.logging.set_level(None)
HERTZ = 100.0
LEVEL = 0.5
NATURAL = roughness(listen(Player().put(tone(20)).play())[5 * FRAME :])


def peaks(samples: list[float], first: int, last: int, step: int = FRAME // 2) -> list[float]:
    return [max(abs(value) for value in samples[at : at + step]) for at in range(first, last, step)]


def test_files_of_opus_joined_packet_by_packet_would_be_far_too_loud() -> None:
    packets = [*as_opus(tone(50)), *as_opus(tone(30, first=50 * FRAME))]
    heard = list(listen([packet.data for packet in packets]))
    assert max(peaks(heard, 50 * FRAME, 55 * FRAME)) > 2 * LEVEL, "the decoder's state is another one's"


def test_files_of_opus_join_without_a_click_and_untouched_around_it() -> None:
    old, new = as_opus(tone(50)), as_opus(tone(30, first=50 * FRAME))
    sent = Player().put(old).meet(Player().put(new))
    heard = list(listen(sent))
    assert sent[:49] == [packet.data for packet in old[:49]]
    assert sent[52:] == [packet.data for packet in new[3:]]
    assert roughness(listen(sent)[10 * FRAME : -4 * FRAME]) < 2 * NATURAL
    assert max(peaks(heard, 45 * FRAME, 60 * FRAME)) < 1.25 * LEVEL
    assert min(peaks(heard, 45 * FRAME, 60 * FRAME)) > 0.5 * LEVEL, "nor a gap"


@pytest.mark.parametrize("missing", [0, 100, 500, 700, 959])
def test_what_the_last_packet_was_filled_up_with_is_not_heard(missing: int) -> None:
    old, new = as_opus(tone(50)), as_opus(tone(30, first=50 * FRAME))
    old[-1] = OpusPacket(old[-1].data, padding=missing)
    assert samples_of(old[-1]) == FRAME - missing
    sent = Player().put(old).meet(Player().put(new))
    heard = listen(sent)
    assert roughness(heard[10 * FRAME : -4 * FRAME]) < 8 * NATURAL
    assert len(sent) == 79


@pytest.mark.parametrize("missing", [0, 100, 959])
def test_opus_is_followed_by_something_encoded_on_the_very_next_sample(missing: int) -> None:
    # What is decoded of Opus lags behind what was encoded by 312 samples.
    old = as_opus(tone(50))
    old[-1] = OpusPacket(old[-1].data, padding=missing)
    sent = Player().put(old).meet(Player().put(tone(30, first=50 * FRAME - 312 - missing)))
    heard, source = listen(sent), listen([packet.data for packet in as_opus(tone(80))])
    around = range(47 * FRAME, 53 * FRAME)
    assert max(abs(heard[at] - source[at]) for at in around) < 0.1 * LEVEL
    assert sent[:49] == [packet.data for packet in old[:49]]


def test_something_encoded_gives_way_to_opus_that_passes_soon_after() -> None:
    new = as_opus(tone(30, first=50 * FRAME))
    sent = Player().put(tone(50)).meet(Player().put(new))
    heard = list(listen(sent))
    assert sent[-27:] == [packet.data for packet in new[3:]]
    assert roughness(listen(sent)[10 * FRAME : -4 * FRAME]) < 3 * NATURAL
    assert max(peaks(heard, 45 * FRAME, 60 * FRAME)) < 1.25 * LEVEL


def test_a_playback_that_is_still_read_or_far_from_its_end_meets_nobody() -> None:
    old, new = Player(), Player().put(as_opus(tone(30)))
    old.timeline.push(as_opus(tone(100)))
    old.play(95)
    assert meet(old.timeline, new.timeline, 0) is None, "who knows what follows"
    old.timeline.finish()
    assert meet(old.timeline, new.timeline, 0) is not None
    far = Player().put(as_opus(tone(100)))
    far.play(10)
    assert meet(far.timeline, Player().put(as_opus(tone(30))).timeline, 0) is None


def test_a_level_of_its_own_is_kept_by_the_outgoing_one() -> None:
    quiet, loud = Sound(leveling_db=-12.0), Sound(leveling_db=0.0)
    old, new = Player(sound=quiet).put(tone(100, 200.0)), Player(sound=loud).put(tone(100, 350.0))
    sent = old.meet(new, 50)
    heard = listen(sent)
    begin = 51 * FRAME
    assert abs(power_of(heard[begin - 4 * FRAME : begin], 200.0) - 0.25 * LEVEL) < 0.02
    middle = heard[begin + 23 * FRAME : begin + 27 * FRAME]
    assert abs(power_of(middle, 200.0) - 0.25 * 0.707 * LEVEL) < 0.02
    assert abs(power_of(middle, 350.0) - 0.707 * LEVEL) < 0.04
    assert roughness(heard[5 * FRAME : -4 * FRAME]) < 12 * NATURAL


def test_rendering_may_begin_at_any_slot_of_a_joint() -> None:
    old, new = Player().put(tone(100, 200.0)), Player().put(tone(150, 350.0))
    meeting = None
    while meeting is None:
        old.play(1)
        new.work()
        meeting = meet(old.timeline, new.timeline, 50)
    old.play()
    for number in range(40):
        new.timeline.set_sound(Sound(gain=1.0 - 0.001 * (number % 2)))
        new.play(1)
    new.play()
    assert roughness(listen([*old.sent, *new.sent])[5 * FRAME : -4 * FRAME]) < 8 * NATURAL


async def test_files_join_as_they_were_cut(tmp_path: Path) -> None:
    # The second one goes on with the tone where the first one ends, at no whole frame.
    cut = round(1.503 * 48_000)
    old = write_tone(tmp_path / "old.ogg", 1.503, HERTZ)
    new = write_tone(tmp_path / "new.ogg", 1.5, HERTZ, first=cut)
    async with open_call(track=a_track(old, 1), next=a_track(new, 2)) as call:
        await call.play_until(TrackEnded, 2)
        frames = [packet for packet in call.ears.packets if packet != SILENCE]
        source = packets_of_file(new)
        heard = call.heard
        assert frames[-60:] == source[-60:]
        assert roughness(heard[5 * FRAME : -8 * FRAME]) < 4 * NATURAL
        assert min(peaks(list(heard), 60 * FRAME, 90 * FRAME)) > 0.4 * 0.3
        assert max(peaks(list(heard), 60 * FRAME, 90 * FRAME)) < 1.3 * 0.3
