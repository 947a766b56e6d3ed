"""Reminders fire once, at their time, whatever happens to the process, the disk and Discord meanwhile."""

import logging
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import trio
import trio.testing

from actors.core.declare import SettingChanged
from actors.core.work import Stage
from actors.reminders import actor
from actors.reminders.commands import REMINDERS
from actors.reminders.messages import Remind, SetZone, Wake
from actors.reminders.state import LONGEST_PAUSE_S
from actors.reminders.view import HOME
from actors.rest.errors import (
    Forbidden,
    NotFound,
    RateLimitedOut,
    Unavailable,
)
from actors.store.errors import DiskFull
from gateway_client.events import GuildDeleted, Resumed
from gateway_client.ids import ChannelId, GuildId, UserId
from tests.core.fakes import ALICE, BOB, CHANNEL, GUILD, reply_of
from tests.reminders.fakes import embed_of, open_house

Clock = trio.testing.MockClock


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


async def test_reminder_fires_at_its_time_as_a_reply_with_all_that_belongs_to_it(
    autojump_clock: Clock,
) -> None:
    async with open_house() as house:
        asked = await house.remind("10m", "tea *now* @everyone")
        at = trio.current_time()
        assert "Reminder **#1** is set" in reply_of(asked).said[0].content
        assert asked.work.stage is Stage.DONE
        await trio.sleep(590)
        assert house.discord.fired == []
        await trio.sleep(20)
        (fired,) = house.discord.fired
        assert 0 <= fired.at - at - 599.99 < 0.1
        message = fired.message
        assert message.content == f"⏰ ||<@{ALICE}>|| tea \\*now\\* @\u200beveryone"
        assert message.mentions.users == (ALICE,)
        assert not message.mentions.everyone
        assert message.reply_to == 777
        assert f"/channels/{GUILD}/{CHANNEL}/777" in embed_of(house)
        assert f"by <@{ALICE}>" in embed_of(house)
        assert "late" not in embed_of(house)
        assert not house.is_home


async def test_others_are_pinged_openly_each_once(autojump_clock: Clock) -> None:
    async with open_house() as house:
        asked = await house.ask(Remind(targets=(BOB, UserId(3)), when="1h"))
        assert f"for <@{BOB}> <@3> is set" in reply_of(asked).said[0].content
        assert reply_of(asked).said[0].mentions.users == ()
        await trio.sleep(3601)
        (fired,) = house.discord.fired
        assert fired.message.content == f"⏰ <@{BOB}> <@3> It is time."
        assert fired.message.mentions.users == (BOB, 3)


async def test_prefix_call_is_what_the_reminder_answers(autojump_clock: Clock) -> None:
    async with open_house() as house:
        await house.remind("1m", message_id=4242)
        await trio.sleep(61)
        assert house.discord.fired[0].message.reply_to == 4242


async def test_ten_thousand_wait_for_one_deadline(
    autojump_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = 0
    real = actor.RemindersActor.tick

    async def tick(self: actor.RemindersActor, now: float) -> None:
        nonlocal ticks
        ticks += 1
        await real(self, now)

    monkeypatch.setattr(actor.RemindersActor, "tick", tick)
    async with open_house() as house:
        params = {"guild": GUILD, "channel": CHANNEL, "scheduler": ALICE, "targets": f"[{ALICE}]", "note": ""}
        due = int(datetime(2026, 12, 21, tzinfo=UTC).timestamp() * 1e6)
        for number in range(10_000):
            row = params | {
                "message": None,
                "asked_at": 0,
                "due_at": due + number * 3_600_000_000,
                "origin": str(number),
            }
            await house.store.execute("reminders.import", row)
        house.population.tell(HOME, Wake())
        await trio.sleep(5 * 3600)
        assert ticks <= 6
        assert house.discord.requests == 0
        await trio.sleep(29 * 86400)
        assert house.discord.fired == []
        await trio.sleep(86400)
        assert len(house.discord.fired) == 17  # one an hour since midnight


async def test_a_crowd_at_one_moment_is_sent_all_and_only_once(autojump_clock: Clock) -> None:
    async with open_house() as house:
        house.discord.delay_s = 0.1
        due = house.now + timedelta(hours=1)
        for number in range(600):
            row = {
                "guild": GUILD,
                "channel": CHANNEL,
                "message": None,
                "scheduler": ALICE,
                "targets": f"[{ALICE}]",
            }
            times = {
                "asked_at": 0,
                "due_at": int(due.timestamp() * 1e6),
                "origin": f"x{number}",
                "note": str(number),
            }
            await house.store.execute("reminders.import", row | times)
        house.population.tell(HOME, Wake())
        await trio.sleep(3605)
        assert len(house.discord.fired) == 600
        assert house.discord.requests == 600
        assert not house.is_home


async def test_machine_that_slept_fires_when_the_connection_is_back(autojump_clock: Clock) -> None:
    async with open_house() as house:
        await house.remind("8h")
        await trio.sleep(60)
        house.slept = timedelta(hours=9)
        await trio.sleep(10)
        assert house.discord.fired == []
        (wake,) = REMINDERS.listen(Resumed())
        house.population.deliver(wake)
        await trio.sleep(1)
        assert len(house.discord.fired) == 1
        assert "This comes late" in embed_of(house)


async def test_clock_that_was_set_is_noticed_within_the_hour(autojump_clock: Clock) -> None:
    async with open_house() as house:
        await house.remind("8h")
        house.slept = timedelta(hours=9)
        await trio.sleep(3601)
        assert len(house.discord.fired) == 1


def test_other_events_wake_nobody() -> None:
    assert list(REMINDERS.listen(SettingChanged(guild_id=GUILD, name="prefix"))) == []
    assert list(REMINDERS.listen(GuildDeleted(guild_id=GUILD))) == []


async def test_failures_that_may_pass_are_tried_again_with_growing_pauses(autojump_clock: Clock) -> None:
    async with open_house() as house:
        await house.remind("10m")
        house.discord.refusing[CHANNEL] = Unavailable("no network")
        await trio.sleep(600 + 63)
        assert 4 <= house.discord.requests <= 7
        requests = house.discord.requests
        await trio.sleep(10 * LONGEST_PAUSE_S)
        assert 9 <= house.discord.requests - requests <= 10
        house.discord.refusing.clear()
        await trio.sleep(LONGEST_PAUSE_S + 1)
        assert len(house.discord.fired) == 1
        assert "This comes late" in embed_of(house)


async def test_rate_limit_says_itself_when_to_come_back(autojump_clock: Clock) -> None:
    async with open_house() as house:
        await house.remind("10m")
        house.discord.refusing[CHANNEL] = RateLimitedOut("slow", retry_after_s=400)
        await trio.sleep(700)
        assert house.discord.requests == 1
        house.discord.refusing.clear()
        await trio.sleep(305)
        assert len(house.discord.fired) == 1


@pytest.mark.parametrize(
    "error",
    [NotFound("gone", status=404, code=10003), Forbidden("no", status=403, code=50013)],
    ids=["channel gone", "not allowed"],
)
async def test_owner_is_told_in_private_what_can_never_be_delivered(
    autojump_clock: Clock, error: NotFound | Forbidden
) -> None:
    async with open_house() as house:
        await house.ask(Remind(targets=(BOB,), when="10m", note="tea"))
        house.discord.refusing[CHANNEL] = error
        await trio.sleep(601)
        (told,) = house.discord.sent
        assert told.channel_id == ChannelId(ALICE)
        assert "cannot write in" in told.message.content
        assert "tea" in told.message.content
        assert told.message.mentions.users == ()
        await trio.sleep(1000)
        assert house.discord.requests == 2
        assert not house.is_home


async def test_who_cannot_be_told_either_is_tried_again_or_given_up(autojump_clock: Clock) -> None:
    async with open_house() as house:
        house.discord.refusing[CHANNEL] = NotFound("gone", status=404, code=10003)
        house.discord.refusing[ChannelId(ALICE)] = Unavailable("no network")
        await house.remind("10m")
        await trio.sleep(700)
        assert house.is_home
        house.discord.refusing[ChannelId(ALICE)] = Forbidden("no", status=403, code=50007)
        await trio.sleep(100)
        assert house.discord.sent == []
        assert not house.is_home


async def test_nothing_is_told_before_it_is_on_the_disk(autojump_clock: Clock) -> None:
    async with open_house() as house:
        await trio.sleep(0.1)
        house.store.fail_with = DiskFull("full")
        asked = await house.remind("10m")
        assert "could not save" in reply_of(asked).refused[0].content
        assert reply_of(asked).said == []
        assert asked.work.stage is Stage.FAILED
        house.store.fail_with = None
        await trio.sleep(3600)
        assert house.discord.fired == []


async def test_three_zones_through_both_nights_of_a_year(autojump_clock: Clock) -> None:
    zones = {UserId(1): "Europe/Prague", UserId(2): "America/New_York", UserId(3): "Australia/Lord_Howe"}
    nights = [
        datetime(2027, 3, 14, tzinfo=UTC),
        datetime(2027, 3, 28, tzinfo=UTC),
        datetime(2027, 4, 4, tzinfo=UTC),
        datetime(2027, 10, 3, tzinfo=UTC),
        datetime(2027, 10, 31, tzinfo=UTC),
        datetime(2027, 11, 7, tzinfo=UTC),
    ]
    asked: list[tuple[str, datetime]] = []
    async with open_house() as house:
        for who, name in zones.items():
            await house.ask(SetZone(0, name.rsplit("/", 1)[1].lower().replace("_", " ")), who)
        for night in nights:
            await trio.sleep((night - timedelta(days=1) - house.now).total_seconds())
            for who, name in zones.items():
                zone = ZoneInfo(name)
                day = night.astimezone(zone).date() + timedelta(days=1)
                await house.remind(f"{day:%d-%m-%Y} 7:30", name, who)
                await house.remind("48h", "length", who)
                asked.append((name, house.now))
        await trio.sleep(10 * 86400)
        fired = [one for one in house.discord.fired if "length" not in one.message.content]
        lengths = [one for one in house.discord.fired if "length" in one.message.content]
        assert len(fired) == len(lengths) == len(asked) == 18
        start = house.now - timedelta(seconds=trio.current_time())
        for one in fired:
            name = next(name for name in zones.values() if name.replace("_", "\\_") in one.message.content)
            clock = (start + timedelta(seconds=one.at)).astimezone(ZoneInfo(name))
            assert (clock.hour, clock.minute, clock.second) == (7, 30, 0)
        offsets = {
            str((start + timedelta(seconds=one.at)).astimezone(ZoneInfo("Europe/Prague")).utcoffset())
            for one in fired
        }
        assert offsets == {"1:00:00", "2:00:00"}
        for one, (_, at) in zip(lengths, asked, strict=True):
            assert abs((start + timedelta(seconds=one.at) - at).total_seconds() - 48 * 3600) < 0.1


async def test_reminder_of_another_year_waits_its_years(autojump_clock: Clock) -> None:
    async with open_house() as house:
        await house.remind("29-02-2028 12:00", "leap", guild_id=GuildId(7))
        await trio.sleep((datetime(2028, 2, 29, 11, 59, 59, tzinfo=UTC) - house.now).total_seconds())
        assert house.discord.fired == []
        await trio.sleep(1.1)
        assert len(house.discord.fired) == 1
