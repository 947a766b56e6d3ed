"""The ladder of player clients: what helped is tried first for a while, what failed is forgotten."""

from media.extractor.failures import FailureKind
from media.extractor.ladder import HELPED_FOR_S, RUNGS, Ladder

A, B, C = ("a",), ("b",), ("c",)


def make_ladder() -> Ladder:
    return Ladder(rungs=((), A, B, C))


def test_every_rung_is_tried_once_beginning_with_ytdlps_own_choice() -> None:
    assert list(make_ladder().order(0.0)) == [(), A, B, C]
    assert RUNGS[0] == ()
    assert len(set(RUNGS)) == len(RUNGS)


def test_what_helped_comes_first_until_it_is_forgotten() -> None:
    ladder = make_ladder()
    ladder.gave(B, {FailureKind.BOT_CHECK}, 100.0)
    assert list(ladder.order(200.0)) == [B, (), A, C]
    assert list(ladder.order(100.0 + HELPED_FOR_S)) == [(), A, B, C]


def test_rung_that_fails_later_is_forgotten_at_once() -> None:
    ladder = make_ladder()
    ladder.gave(B, {FailureKind.BOT_CHECK, FailureKind.AGE}, 0.0)
    ladder.failed(B, FailureKind.PRIVATE)
    assert next(ladder.order(1.0)) == B
    ladder.failed(B, FailureKind.BOT_CHECK)
    assert next(ladder.order(1.0)) == ()


def test_refused_address_is_asked_for_another_way() -> None:
    ladder = make_ladder()
    ladder.gave((), (), 0.0)
    assert list(ladder.order(1.0, FailureKind.MEDIA_REFUSED)) == [A, B, C, ()]
    ladder.gave(A, {FailureKind.MEDIA_REFUSED}, 1.0)
    assert next(ladder.order(2.0)) == A
    assert list(ladder.order(2.0, FailureKind.MEDIA_REFUSED)) == [(), B, C, A]


def test_memory_is_per_kind_of_failure() -> None:
    ladder = make_ladder()
    ladder.gave(B, {FailureKind.BOT_CHECK}, 0.0)
    ladder.gave(C, {FailureKind.MEDIA_REFUSED}, 1.0)
    ladder.gave((), (), 2.0)
    assert list(ladder.order(3.0)) == [C, B, (), A]
    assert next(ladder.order(3.0, FailureKind.BOT_CHECK)) == B


def test_reason_that_no_client_changes_is_not_remembered() -> None:
    ladder = make_ladder()
    ladder.gave(C, {FailureKind.PRIVATE}, 0.0)
    assert next(ladder.order(1.0)) == ()
