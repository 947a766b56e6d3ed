import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice.pacer import CROWD, FRAME_S, GRID_S, MAX_CATCH_UP, Pacer, Speech, Turn, choose_phase
from voice.rtp import SILENCE_FRAME


def started(now: float = 10.0) -> Pacer:
    pacer = Pacer()
    pacer.start(now)
    return pacer


def deadline_of(pacer: Pacer) -> float:
    assert pacer.tick is not None
    return pacer.tick * GRID_S


def test_a_stopped_pacer_is_never_due() -> None:
    pacer = Pacer()
    assert pacer.tick is None
    assert pacer.due(99.0) == 0


@pytest.mark.parametrize(
    ("now", "phase", "deadline"),
    [(10.0, 0, 10.0), (10.0012, 0, 10.02), (10.0012, 1, 10.005), (10.0012, 3, 10.015), (10.018, 2, 10.03)],
)
def test_the_first_deadline_is_the_next_point_of_its_phase(now: float, phase: int, deadline: float) -> None:
    pacer = Pacer()
    pacer.start(now, phase)
    assert deadline_of(pacer) == pytest.approx(deadline)


def test_calls_of_one_phase_are_due_at_the_very_same_time() -> None:
    first, second = started(10.0), started(12.3401)
    for _ in range(118):
        assert first.due((first.tick or 0) * GRID_S) == 1
    assert first.tick == second.tick


@pytest.mark.parametrize(
    ("crowds", "phase"),
    [((0, 0, 0, 0), 0), ((CROWD, 0, 0, 0), 2), ((CROWD, 3, CROWD, 0), 1), ((90, 80, 85, 81), 1)],
)
def test_a_phase_is_filled_before_the_next_one_is_begun(crowds: tuple[int, ...], phase: int) -> None:
    assert choose_phase(crowds) == phase


def test_starting_again_changes_nothing_while_running() -> None:
    pacer = started(10.0)
    pacer.due(10.0)
    pacer.start(10.013)
    assert deadline_of(pacer) == pytest.approx(10.02)


def test_lateness_does_not_add_up_over_an_hour() -> None:
    pacer = started(0.0)
    sent = sum(pacer.due(frame * FRAME_S + 0.004) for frame in range(180_000))
    assert sent == 180_000
    assert deadline_of(pacer) == pytest.approx(3600.0, abs=1e-6)


@pytest.mark.parametrize(
    ("late_s", "frames", "next_s"),
    [
        (0.0, 1, 0.02),
        (0.019, 1, 0.02),
        (0.021, 2, 0.04),
        (0.099, 5, 0.1),
        (0.101, 1, 0.12),
        (30.0, 1, 30.02),
    ],
)
def test_who_is_late_catches_up_within_bounds(late_s: float, frames: int, next_s: float) -> None:
    pacer = started(0.0)
    assert pacer.due(late_s) == frames
    assert deadline_of(pacer) == pytest.approx(next_s)


def test_too_early_sends_nothing() -> None:
    pacer = started(0.0)
    pacer.due(0.0)
    assert pacer.due(0.0199) == 0


@settings(max_examples=50)
@given(st.lists(st.floats(0, 0.5), max_size=40))
def test_never_more_frames_than_time(steps: list[float]) -> None:
    pacer = started(0.0)
    now, sent = 0.0, 0
    for step in steps:
        now += step
        due = pacer.due(now)
        assert due <= MAX_CATCH_UP
        sent += due
    assert sent <= now / FRAME_S + 1.000001


def test_speech_begins_with_the_first_frame_and_ends_with_five_of_silence() -> None:
    speech = Speech()
    assert speech.quiet
    assert speech.take(None) == (None, None)
    assert speech.take(b"a") == (b"a", Turn.BEGINS)
    assert speech.take(b"b") == (b"b", None)
    for _ in range(4):
        assert speech.take(None) == (SILENCE_FRAME, None)
        assert not speech.quiet
    assert speech.take(None) == (SILENCE_FRAME, Turn.ENDS)
    assert speech.quiet
    assert speech.take(None) == (None, None)


def test_a_short_stall_is_bridged_without_ending_the_speech() -> None:
    speech = Speech()
    speech.take(b"a")
    assert speech.take(None) == (SILENCE_FRAME, None)
    assert speech.take(b"b") == (b"b", None)
    silences = [speech.take(None) for _ in range(6)]
    assert [frame for frame, _ in silences] == [SILENCE_FRAME] * 5 + [None]
