"""The nights in which clocks change, in three zones: what a time means that is left out, or comes twice."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from attrs import frozen

from actors.core.when import parse_when, print_when


@frozen(kw_only=True)
class Night:
    """A change in ``zone`` at the moment ``at``: clocks go by ``jump_m`` minutes."""

    zone: str
    at: datetime
    jump_m: int

    def before(self, **ahead: float) -> datetime:
        return self.at - timedelta(**ahead)


SPRING = (
    Night(zone="Europe/Prague", at=datetime(2027, 3, 28, 1, 0, tzinfo=UTC), jump_m=60),
    Night(zone="America/New_York", at=datetime(2027, 3, 14, 7, 0, tzinfo=UTC), jump_m=60),
    Night(zone="Australia/Lord_Howe", at=datetime(2026, 10, 3, 15, 30, tzinfo=UTC), jump_m=30),
)
AUTUMN = (
    Night(zone="Europe/Prague", at=datetime(2026, 10, 25, 1, 0, tzinfo=UTC), jump_m=-60),
    Night(zone="America/New_York", at=datetime(2026, 11, 1, 6, 0, tzinfo=UTC), jump_m=-60),
    Night(zone="Australia/Lord_Howe", at=datetime(2027, 4, 3, 15, 0, tzinfo=UTC), jump_m=-30),
)


def name(night: Night) -> str:
    return night.zone


@pytest.mark.parametrize("night", SPRING, ids=name)
def test_time_that_is_left_out_is_as_far_behind_the_gap(night: Night) -> None:
    zone = ZoneInfo(night.zone)
    wall = night.before(hours=1).astimezone(zone).replace(tzinfo=None) + timedelta(hours=1, minutes=10)
    meant = night.at + timedelta(minutes=10)
    assert parse_when(f"{wall:%H:%M}", at=night.before(hours=2), zone=zone) == meant
    assert parse_when(f"{wall:%d-%m-%Y_%H:%M}", at=night.before(days=9), zone=zone) == meant
    shown = meant.astimezone(zone).replace(tzinfo=None)
    assert shown == wall + timedelta(minutes=night.jump_m)


@pytest.mark.parametrize("night", SPRING, ids=name)
def test_once_the_clock_is_past_it_a_time_left_out_is_tomorrows(night: Night) -> None:
    zone = ZoneInfo(night.zone)
    wall = night.before(hours=1).astimezone(zone).replace(tzinfo=None) + timedelta(hours=1, minutes=10)
    after = night.at + timedelta(minutes=1)
    tomorrow = parse_when(f"{wall:%H:%M}", at=after, zone=zone).astimezone(zone)
    assert tomorrow.replace(tzinfo=None) == wall + timedelta(days=1)


@pytest.mark.parametrize("night", AUTUMN, ids=name)
def test_time_that_comes_twice_is_the_first_that_is_still_ahead(night: Night) -> None:
    zone = ZoneInfo(night.zone)
    first = night.before(minutes=10)
    second = first - timedelta(minutes=night.jump_m)
    wall = f"{first.astimezone(zone):%H:%M}"
    assert f"{second.astimezone(zone):%H:%M}" == wall
    assert parse_when(wall, at=night.before(hours=2), zone=zone) == first
    assert parse_when(wall, at=first - timedelta(seconds=1), zone=zone) == first
    assert parse_when(wall, at=first, zone=zone) == second
    assert parse_when(wall, at=night.at, zone=zone) == second
    day_later = parse_when(wall, at=second, zone=zone).astimezone(zone)
    assert f"{day_later:%H:%M}" == wall
    assert day_later.date() == second.astimezone(zone).date() + timedelta(days=1)


@pytest.mark.parametrize("night", AUTUMN, ids=name)
def test_both_moments_of_a_doubled_time_are_printed_apart(night: Night) -> None:
    zone, at = ZoneInfo(night.zone), night.before(days=100)
    first = night.before(minutes=10)
    second = first - timedelta(minutes=night.jump_m)
    printed = [print_when(moment, zone) for moment in (first, second)]
    assert printed[0] != printed[1]
    assert [parse_when(words, at=at, zone=zone) for words in printed] == [first, second]


@pytest.mark.parametrize("night", SPRING + AUTUMN, ids=name)
def test_length_does_not_care_and_a_day_word_does(night: Night) -> None:
    zone, evening = ZoneInfo(night.zone), night.before(hours=8)
    assert parse_when("24h", at=evening, zone=zone) == evening + timedelta(hours=24)
    assert parse_when("tomorrow", at=evening, zone=zone) == evening + timedelta(hours=24)
    assert parse_when("7d", at=evening, zone=zone) == evening + timedelta(days=7)
    same_time = f"{evening.astimezone(zone):%H:%M}"
    by_clock = parse_when(f"tomorrow {same_time}", at=evening, zone=zone)
    assert by_clock == evening + timedelta(hours=24) - timedelta(minutes=night.jump_m)
    assert f"{by_clock.astimezone(zone):%H:%M}" == same_time


@pytest.mark.parametrize("night", SPRING + AUTUMN, ids=name)
def test_morning_after_the_night_is_nine_by_the_new_clock(night: Night) -> None:
    zone = ZoneInfo(night.zone)
    day = night.at.astimezone(zone)
    for words in (f"{day:%d-%m-%Y}", f"{day:%A}"):
        nine = parse_when(words, at=night.before(days=2), zone=zone).astimezone(zone)
        assert (nine.date(), f"{nine:%H:%M}") == (day.date(), "09:00")
        assert nine.utcoffset() == (night.at + timedelta(hours=1)).astimezone(zone).utcoffset()
