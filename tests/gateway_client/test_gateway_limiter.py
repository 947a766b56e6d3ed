"""The send limiter, against every window of Discord's length."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_client.limiter import FRAMES, PERIOD_S, RESERVE, SendLimiter

steps = st.lists(st.tuples(st.floats(0, 40), st.integers(0, 130), st.booleans()), min_size=3, max_size=12)


@given(steps=steps)
@settings(max_examples=60)
def test_no_window_ever_holds_more_than_the_limit(steps: list[tuple[float, int, bool]]) -> None:
    limiter, now, sent = SendLimiter(), 0.0, list[float]()
    for pause_s, wanted, reserved in steps:
        now += pause_s
        for _ in range(wanted):
            if limiter.allows(now, reserved=reserved):
                limiter.count(now)
                sent.append(now)
    for i, first in enumerate(sent):
        window = [at for at in sent[i : i + FRAMES + 1] if at - first <= PERIOD_S]
        assert len(window) <= FRAMES


@given(steps=steps)
@settings(max_examples=60)
def test_a_frame_may_leave_exactly_from_free_at_on(steps: list[tuple[float, int, bool]]) -> None:
    limiter, now = SendLimiter(), 0.0
    for pause_s, wanted, _ in steps:
        now += pause_s
        for _ in range(wanted):
            if not limiter.allows(now):
                assert limiter.free_at() > now
                now = limiter.free_at()
                assert limiter.allows(now)
            limiter.count(now)


def test_commands_leave_the_reserve_to_heartbeats() -> None:
    limiter = SendLimiter()
    while limiter.allows(0):
        limiter.count(0)
    beats = 0
    while limiter.allows(0, reserved=True):
        limiter.count(0)
        beats += 1
    assert beats == RESERVE
