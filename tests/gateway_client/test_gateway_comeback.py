"""The way back on its own: which session, at which address, after which wait."""

from collections.abc import Callable
from random import Random

import pytest

from gateway_client.comeback import INVALID_WAIT_S, RESUME_DIALS, RESUMES_TRIED, Comeback

GENERAL, OWN = "wss://general", "wss://own"


def standing() -> Comeback:
    comeback = Comeback(random=Random(1))
    comeback.begun("abc", OWN)
    return comeback


def test_without_a_session_the_general_address_serves() -> None:
    assert Comeback(random=Random(1)).url(GENERAL) == GENERAL


def test_own_address_serves_until_it_failed_too_often_and_again_after_a_greeting() -> None:
    comeback = standing()
    seen = [comeback.url(GENERAL)]
    for _ in range(RESUME_DIALS):
        comeback.dial_failed()
        seen.append(comeback.url(GENERAL))
    assert seen == [OWN] * RESUME_DIALS + [GENERAL]
    comeback.greeted()
    assert comeback.url(GENERAL) == OWN


@pytest.mark.parametrize("end", [Comeback.resumed, Comeback.forget])
def test_resumes_are_counted_until_one_succeeds_or_the_session_is_over(
    end: Callable[[Comeback], None],
) -> None:
    comeback = standing()
    for _ in range(RESUMES_TRIED):
        assert not comeback.is_hopeless
        comeback.resuming()
    assert comeback.is_hopeless
    end(comeback)
    assert not comeback.is_hopeless


def test_new_session_starts_its_own_count() -> None:
    comeback = standing()
    for _ in range(RESUMES_TRIED):
        comeback.resuming()
    comeback.begun("def", OWN)
    assert (comeback.session_id, comeback.is_hopeless) == ("def", False)


def test_healthy_connection_is_followed_at_once_and_starts_the_waits_anew() -> None:
    comeback = Comeback(random=Random(1))
    for _ in range(10):
        comeback.delay_s()
    assert comeback.delay_s(healthy=True) == 0.0
    assert comeback.delay_s() <= 1.0


def test_invalid_session_costs_at_least_what_discord_asks_for() -> None:
    assert all(Comeback(random=Random(seed)).invalid_delay_s() >= INVALID_WAIT_S[0] for seed in range(50))


def test_session_id_is_no_text_to_be_printed() -> None:
    assert "abc" not in repr(standing())
