"""When something shall happen: every form people type, what is no moment, and the way back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.core.when import (
    HORIZON,
    Problem,
    WhenError,
    count_leading,
    parse_duration,
    parse_when,
    print_when,
    split_when,
)
from actors.core.when_length import print_duration

PRAGUE = ZoneInfo("Europe/Prague")
AT = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
"""A Saturday, 15:00 in Prague."""


def local(words: str, zone: ZoneInfo = PRAGUE, at: datetime = AT) -> str:
    """What the clock in ``zone`` shows at the moment that is meant."""
    return f"{parse_when(words, at=at, zone=zone).astimezone(zone):%a %d.%m.%Y %H:%M:%S}"


def problem(words: str, at: datetime = AT) -> Problem:
    with pytest.raises(WhenError) as caught:
        parse_when(words, at=at, zone=PRAGUE)
    return caught.value.problem


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("10s", 10),
        ("90s", 90),
        ("10m", 600),
        ("1h 30m", 5400),
        ("1h30m", 5400),
        ("1H 30M", 5400),
        ("1.5h", 5400),
        ("1,5h", 5400),
        ("1h, 30m", 5400),
        ("1 hour and 30 minutes", 5400),
        ("7d", 7 * 86400),
        ("2w", 14 * 86400),
        ("1mo 15s", 30 * 86400 + 15),
        ("1 month", 30 * 86400),
        ("1y", 365 * 86400),
        ("in 2 hours", 7200),
        ("in an hour", 3600),
        ("in half an hour", 1800),
        ("in a week", 7 * 86400),
        ("next week", 7 * 86400),
        ("tomorrow", 86400),
        ("week", 7 * 86400),
        ("in two hours", 7200),
        ("five minutes", 300),
        ("za tři dny", 3 * 86400),
        ("za 2 hodiny", 7200),
        ("za hodinu", 3600),
        ("za půl hodiny", 1800),
        ("zítra", 86400),
        ("týden", 7 * 86400),
        ("3 dny 4 minuty", 3 * 86400 + 240),
    ],
)
def test_length_is_time_that_passes(words: str, seconds: int) -> None:
    assert parse_when(words, at=AT, zone=PRAGUE) == AT + timedelta(seconds=seconds)
    assert parse_duration(words) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("15:30", "Sat 21.11.2026 15:30:00"),
        ("14:30", "Sun 22.11.2026 14:30:00"),
        ("15:00", "Sun 22.11.2026 15:00:00"),
        ("15:00:01", "Sat 21.11.2026 15:00:01"),
        ("at 18", "Sat 21.11.2026 18:00:00"),
        ("6pm", "Sat 21.11.2026 18:00:00"),
        ("6:15 pm", "Sat 21.11.2026 18:15:00"),
        ("12am", "Sun 22.11.2026 00:00:00"),
        ("12pm", "Sun 22.11.2026 12:00:00"),
        ("noon", "Sun 22.11.2026 12:00:00"),
        ("today 18:00", "Sat 21.11.2026 18:00:00"),
        ("tomorrow 9:00", "Sun 22.11.2026 09:00:00"),
        ("tomorrow at 9", "Sun 22.11.2026 09:00:00"),
        ("tomorrow morning", "Sun 22.11.2026 09:00:00"),
        ("friday", "Fri 27.11.2026 09:00:00"),
        ("friday 18:00", "Fri 27.11.2026 18:00:00"),
        ("on Friday at 18:00", "Fri 27.11.2026 18:00:00"),
        ("saturday 18:00", "Sat 21.11.2026 18:00:00"),
        ("saturday 14:00", "Sat 28.11.2026 14:00:00"),
        ("next saturday 18:00", "Sat 28.11.2026 18:00:00"),
        ("next friday", "Fri 27.11.2026 09:00:00"),
        ("24-12-2026", "Thu 24.12.2026 09:00:00"),
        ("1-1-2027", "Fri 01.01.2027 09:00:00"),
        ("24-12-2026_15:30", "Thu 24.12.2026 15:30:00"),
        ("24-12-2026 15:30", "Thu 24.12.2026 15:30:00"),
        ("24.12.2026 at 15:30", "Thu 24.12.2026 15:30:00"),
        ("2026-12-24T15:30", "Thu 24.12.2026 15:30:00"),
        ("2026-12-24T15:30Z", "Thu 24.12.2026 16:30:00"),
        ("2026-12-24T15:30-05:00", "Thu 24.12.2026 21:30:00"),
        ("<t:1798122600:F>", "Thu 24.12.2026 15:30:00"),
        ("<t:1798122600>", "Thu 24.12.2026 15:30:00"),
        ("zítra v 9:00", "Sun 22.11.2026 09:00:00"),
        ("v pátek 18:00", "Fri 27.11.2026 18:00:00"),
        ("pozítří večer", "Mon 23.11.2026 19:00:00"),
        ("tonight", "Sat 21.11.2026 19:00:00"),
        ("tonight at 8", "Sat 21.11.2026 20:00:00"),
        ("tonight 23:30", "Sat 21.11.2026 23:30:00"),
        ("this evening", "Sat 21.11.2026 19:00:00"),
        ("o půlnoci", "Sun 22.11.2026 00:00:00"),
        ("24.12.", "Thu 24.12.2026 09:00:00"),
        ("24-12 15:30", "Thu 24.12.2026 15:30:00"),
        ("1.2. v 8", "Mon 01.02.2027 08:00:00"),
        ("29-2", "Tue 29.02.2028 09:00:00"),
        ("29-02-2028", "Tue 29.02.2028 09:00:00"),
    ],
)
def test_clock_times_days_and_dates_are_those_of_the_zone(words: str, shown: str) -> None:
    assert local(words) == shown


def test_same_words_mean_another_moment_elsewhere() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    assert local("tomorrow 9:00", tokyo) == "Sun 22.11.2026 09:00:00"
    assert local("today 23:30", tokyo) == "Sat 21.11.2026 23:30:00"
    assert local("friday", tokyo, datetime(2026, 11, 26, 22, 0, tzinfo=UTC)) == "Fri 27.11.2026 09:00:00"


NO_MOMENTS = (
    *("", " ", "soon", "5", "in", "at", "on", "next", "at 25", "24:00", "12:60", "13pm", "31-2-2027", "1e5s"),
    *("10m 5", "5 apples", "24-12-2026_", "_15:30", "29-02-2027", "24-12-26", "10m tomorrow", "-5m"),
    *("tomorrow 9", "24-12-2026 noonish", "next 24-12-2026", "1-2.2027", "monday tuesday", "<t:x>", "half"),
    *("a", "today next", "24.12", "30-2", "31-13", "this friday 9", "tonight tonight", "two", "this"),
)


@pytest.mark.parametrize("words", NO_MOMENTS)
def test_other_words_are_unreadable(words: str) -> None:
    assert problem(words) is Problem.UNREADABLE


@pytest.mark.parametrize("words", ["0s", "0m 0s", "24-12-2020", "today 9:00", "<t:1>", "21-11-2026_15:00"])
def test_now_and_the_past_are_refused(words: str) -> None:
    assert problem(words) is Problem.NOT_AHEAD


@pytest.mark.parametrize(
    "words",
    ["200y", "999999999y", "999999999y 999999999y", "1-1-9999", "31-12-9999_23:59", "<t:999999999999>"],
)
def test_what_is_a_slip_of_the_finger_is_refused(words: str) -> None:
    assert problem(words) is Problem.TOO_FAR


def test_length_alone_knows_the_same_limits() -> None:
    for words, expected in (
        ("0s", Problem.NOT_AHEAD),
        ("200y", Problem.TOO_FAR),
        ("9:00", Problem.UNREADABLE),
    ):
        with pytest.raises(WhenError) as caught:
            parse_duration(words)
        assert caught.value.problem is expected


@pytest.mark.parametrize(
    ("line", "words", "rest"),
    [
        ("10m buy milk", "10m", "buy milk"),
        ("10m 5 apples", "10m", "5 apples"),
        ("1h 30m  two\nlines", "1h 30m", "two\nlines"),
        ("in 2 hours", "in 2 hours", ""),
        ("tomorrow 9:00 9 people come", "tomorrow 9:00", "9 people come"),
        ("tomorrow is better", "tomorrow", "is better"),
        ("24-12-2026 15:30 tree", "24-12-2026 15:30", "tree"),
        ("14:30 10m walk", "14:30", "10m walk"),
        ("week 3 report", "week", "3 report"),
        ('"friday 18:00" beer', '"friday 18:00"', "beer"),
        ("`10m` tea", "`10m`", "tea"),
    ],
)
def test_longest_leading_run_says_when(line: str, words: str, rest: str) -> None:
    split = split_when(line, at=AT, zone=PRAGUE)
    assert (split.words, split.rest) == (words, rest)
    assert split.moment == parse_when(words, at=AT, zone=PRAGUE)
    assert count_leading(line.split()) == len(words.split())


def test_longest_run_that_is_past_is_not_read_shorter() -> None:
    with pytest.raises(WhenError) as caught:
        split_when("24-12-2020 15:30 tree", at=AT, zone=PRAGUE)
    assert caught.value.problem is Problem.NOT_AHEAD
    assert count_leading(["24-12-2020", "15:30", "tree"]) == 2


def test_line_without_a_moment_has_no_run() -> None:
    assert count_leading(["buy", "milk", "in", "5", "minutes"]) == 0
    assert count_leading([]) == 0
    with pytest.raises(WhenError):
        split_when("buy milk", at=AT, zone=PRAGUE)


def test_printing_is_short_where_it_can_be() -> None:
    assert print_when(parse_when("24-12-2026", at=AT, zone=PRAGUE), PRAGUE) == "24-12-2026_09:00"
    assert print_when(AT + timedelta(seconds=61.25), PRAGUE) == "21-11-2026_15:01:01.25"
    assert print_duration(timedelta(hours=1, minutes=30)) == "1h 30m"
    assert print_duration(timedelta(days=30, seconds=15)) == "4w 2d 15s"


ZONES = (
    "UTC",
    "Europe/Prague",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/St_Johns",
)


@settings(max_examples=150)
@given(st.timedeltas(timedelta(microseconds=1), HORIZON - timedelta(days=2)), st.sampled_from(ZONES))
def test_what_is_printed_parses_back_to_the_same_moment(ahead: timedelta, name: str) -> None:
    zone, moment = ZoneInfo(name), AT + ahead
    assert parse_when(print_when(moment, zone), at=AT, zone=zone) == moment


@settings(max_examples=60)
@given(
    st.integers(-5400, 5400), st.sampled_from(("Europe/Prague", "America/New_York", "Australia/Lord_Howe"))
)
def test_moments_of_a_doubled_hour_parse_back_too(offset_s: int, name: str) -> None:
    ends = {
        "Europe/Prague": (2027, 10, 31, 1),
        "America/New_York": (2027, 11, 7, 6),
        "Australia/Lord_Howe": (2027, 4, 3, 15),
    }
    zone = ZoneInfo(name)
    moment = datetime(*ends[name], tzinfo=UTC) + timedelta(seconds=offset_s)
    assert parse_when(print_when(moment, zone), at=AT, zone=zone) == moment


@settings(max_examples=100)
@given(st.integers(1, int(HORIZON.total_seconds())))
def test_printed_length_parses_back(seconds: int) -> None:
    assert parse_duration(print_duration(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


PIECES = (
    "in",
    "at",
    "on",
    "next",
    "a",
    "half",
    "5",
    "10m",
    "h",
    "9:00",
    "friday",
    "tomorrow",
    "24-12-2026",
    "_",
    "mo",
)


@settings(max_examples=120)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join)))
def test_whatever_is_typed_means_a_moment_ahead_or_nothing(words: str) -> None:
    try:
        moment = parse_when(words, at=AT, zone=PRAGUE)
    except WhenError:
        return
    assert AT < moment <= AT + HORIZON
    assert moment.utcoffset() == timedelta()
    assert parse_when(print_when(moment, PRAGUE), at=AT, zone=PRAGUE) == moment
