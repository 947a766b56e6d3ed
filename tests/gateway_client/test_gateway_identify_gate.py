"""Who may identify when."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway_client.identify_gate import SPACING_S, IdentifyGate
from gateway_client.objects import SessionStartLimit


def gate(*, concurrency: int = 1, remaining: int = 1000, reset_ms: int = 60_000) -> IdentifyGate:
    made = IdentifyGate()
    limit = SessionStartLimit(
        total=1000, remaining=remaining, reset_after=reset_ms, max_concurrency=concurrency
    )
    made.update(limit, 0.0)
    return made


def test_one_bucket_takes_one_shard_per_five_seconds_in_order() -> None:
    made = gate()
    for shard_id in (2, 0, 1):
        made.ask(shard_id)
    assert made.take(0) == (0,)
    assert made.take(4.9) == ()
    assert made.next_deadline() == SPACING_S
    assert made.take(SPACING_S) == (1,)
    assert made.take(2 * SPACING_S) == (2,)
    assert made.next_deadline() == math.inf


def test_buckets_start_together_as_the_documentation_shows() -> None:
    made = gate(concurrency=16)
    for shard_id in range(32):
        made.ask(shard_id)
    assert made.take(0) == tuple(range(16))
    assert made.take(SPACING_S) == tuple(range(16, 32))


def test_without_starts_left_everybody_waits_for_the_reset() -> None:
    made = gate(remaining=1)
    made.ask(0)
    made.ask(1)
    assert made.take(0) == (0,)
    assert made.next_deadline() == 60
    assert made.take(59) == ()
    assert made.take(60) == (1,)
    assert made.remaining == 999


def test_shard_that_lost_its_connection_is_passed_over() -> None:
    made = gate()
    made.ask(0)
    made.ask(0)
    made.withdraw(0)
    made.withdraw(7)
    assert made.take(0) == ()
    assert made.remaining == 1000


@given(
    concurrency=st.integers(1, 4),
    asks=st.lists(st.tuples(st.integers(0, 9), st.floats(0, 4)), max_size=40),
)
@settings(max_examples=50)
def test_no_bucket_ever_identifies_twice_within_five_seconds(
    concurrency: int, asks: list[tuple[int, float]]
) -> None:
    made, now = gate(concurrency=concurrency), 0.0
    last: dict[int, float] = {}
    for shard_id, pause_s in asks:
        now += pause_s
        made.ask(shard_id)
        for granted in made.take(now):
            bucket = granted % concurrency
            assert now - last.get(bucket, -math.inf) >= 5
            last[bucket] = now
