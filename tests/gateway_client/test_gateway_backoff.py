"""Back-off: longer each time, random, bounded on both sides."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_client.backoff import Backoff


@given(seed=st.integers(), attempts=st.integers(1, 40))
def test_delays_stay_between_their_bounds(seed: int, attempts: int) -> None:
    backoff, random = Backoff(first_s=0.5, limit_s=30, factor=2), Random(seed)
    for attempt in range(attempts):
        ceiling_s = min(30.0, 0.5 * 2**attempt)
        assert 0.1 * ceiling_s <= backoff.next_delay(random.random) <= ceiling_s


def test_even_the_unluckiest_draw_waits() -> None:
    assert Backoff().next_delay(lambda: 0.0) > 0


def test_two_clients_do_not_come_back_together() -> None:
    one, other = Backoff(), Backoff()
    assert one.next_delay(Random(1).random) != other.next_delay(Random(2).random)


def test_success_starts_over() -> None:
    backoff = Backoff()
    for _ in range(20):
        backoff.next_delay(lambda: 0.999)
    backoff.reset()
    assert backoff.next_delay(lambda: 0.999) <= 1.0


@pytest.mark.parametrize("wrong", [{"first_s": 0}, {"limit_s": -1}, {"factor": 0.5}])
def test_senseless_figures_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Backoff(**wrong)
