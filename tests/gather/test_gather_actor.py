"""The gather in its guild, on a virtual clock: one live message, pings, order, statistics."""

from datetime import datetime
from itertools import pairwise

import pytest
import trio
import trio.lowlevel
import trio.testing

from actors.core.arguments import Person
from actors.core.mailbox import Offer
from actors.gather.inputs import Who
from actors.gather.messages import Expect, Extend, Forget, ShowStats, Verb
from actors.gather.rules import REDRAW_EVERY_S
from gateway_client.ids import UserId
from gateway_client.objects import Role
from tests.gather.people import ADA, BEN, CLEO, DAN, ELSEWHERE, LOUNGE
from tests.gather.rig import DJS, GUILD, ME, Discord, Rig, member, open_rig

Clock = trio.testing.MockClock


def person(who: Who, *, is_bot: bool = False) -> Person:
    return Person(id=who.id, name=who.name, is_bot=is_bot)


async def test_a_gather_is_one_message_and_one_ping_at_the_start(autojump_clock: Clock) -> None:
    async with open_rig(ADA, BEN) as rig:
        reply = await rig.start()
        assert len(reply.said) == 1
        assert rig.pings == [(pytest.approx(0.1, abs=0.1), (ADA.id, BEN.id))]
        rig.press(Verb.HERE, ADA)
        rig.press(Verb.HERE, BEN)
        await trio.sleep(5)
        assert len(rig.boards) == 1
        assert "Complete" in rig.board
        assert rig.boards[0][1].components == ()
        assert len(rig.pings) == 1
        assert rig.is_over


async def test_nobody_in_voice_gathers_and_one_gather_is_enough(autojump_clock: Clock) -> None:
    async with open_rig(ADA) as rig:
        assert "Join a voice channel first" in (await rig.start(who=BEN)).refused[0].content
        for words, part in (
            ("soon", "cannot read"),
            ("3h", "2h at most"),
            ("0s", "not ahead"),
            ("2h 1s", "2h at most"),
        ):
            assert part in (await rig.start(words)).refused[0].content
        await rig.start("2h")
        again = await rig.start()
        assert f"<#{LOUNGE}>: https://discord.com/channels/{GUILD}/" in again.refused[0].content


@pytest.mark.parametrize(
    ("words", "countdown"), [("90s", "1:30"), ("1h 30m", "1:30:00"), ("13:10", "10:00"), ("14:30", "1:30:00")]
)
async def test_times_are_lengths_or_clock_times_of_the_guild(
    autojump_clock: Clock, words: str, countdown: str
) -> None:
    async with open_rig(ADA, words={"timezone": "Europe/Prague"}) as rig:  # it is 13:00 there
        await rig.start("10m" if words == "13:10" else words)
        await trio.lowlevel.checkpoint()
        assert f"**{countdown}**" in rig.board


@pytest.mark.parametrize(
    ("night", "words", "countdown"),
    [
        ("2026-03-29T00:50:00+00:00", "03:10", "20:00"),  # 02:00 becomes 03:00 in between
        ("2026-03-29T00:50:00+00:00", "02:30", "40:00"),  # left out: as far behind the gap, 03:30
        ("2026-10-25T00:30:00+00:00", "02:45", "15:00"),  # comes twice: the first one
        ("2026-10-25T00:50:00+00:00", "02:45", "55:00"),  # the first is past: the second one
        ("2026-10-25T00:50:00+00:00", "03:15", "1:25:00"),
        ("2026-12-31T22:30:00+00:00", "00:15", "45:00"),  # tomorrow
    ],
)
async def test_clock_times_are_right_in_the_nights_that_change_clocks(
    autojump_clock: Clock, night: str, words: str, countdown: str
) -> None:
    async with open_rig(ADA, words={"timezone": "Europe/Prague"}) as rig:
        rig.wall_start = datetime.fromisoformat(night)
        await rig.start(words)
        assert f"**{countdown}**" in rig.board


async def test_a_two_hour_countdown_and_a_check_in_are_redrawn_at_a_steady_pace(
    autojump_clock: Clock,
) -> None:
    async with open_rig(ADA, BEN) as rig:
        await rig.start("2h")
        await trio.sleep(7200)
        assert "Grace period" in rig.board
        rig.press(Verb.HERE, ADA)
        await trio.sleep(1810)
        assert "Time is up" in rig.board
        assert rig.is_over
        times = [at for at, _, _ in rig.rest.edits]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert max(gaps) <= 5
        assert min(gaps) >= 1.199
        assert len(times) <= 1.1 * (7200 + 1810) / REDRAW_EVERY_S


async def test_ghost_pings_live_for_seven_tenths_of_a_second(autojump_clock: Clock) -> None:
    async with open_rig(ADA, BEN, CLEO) as rig:
        await rig.start()
        rig.press(Verb.HERE, ADA)
        await trio.sleep(125)
        ghosts = [(at, people) for at, people in rig.pings if at > 1]
        assert [people for _, people in ghosts] == [(BEN.id, CLEO.id)] * 3
        assert [round(at) for at, _ in ghosts] == [60, 90, 120]
        assert [round(at - ping, 2) for (at, _), (ping, _) in zip(rig.rest.deleted, ghosts, strict=True)] == [
            0.7
        ] * 3
        rig.press(Verb.MUTE, ADA)
        await trio.sleep(60)
        assert len(rig.pings) == 4


async def test_two_hundred_people_are_pinged_in_portions(autojump_clock: Clock) -> None:
    crowd = tuple(Who(UserId(50_000 + n), f"user {50_000 + n}") for n in range(200))
    async with open_rig(ADA, *crowd) as rig:
        await rig.start()
        assert sorted(len(people) for _, people in rig.pings) == [41, 80, 80]
        for who in crowd:
            rig.press(Verb.HERE, who)
        await trio.sleep(3)
        assert "Attendance: **200/201**" in rig.board


async def test_a_thousand_clicks_in_a_second_keep_the_budgets_and_count_for_everybody(
    autojump_clock: Clock,
) -> None:
    async with open_rig(ADA, BEN, CLEO, DAN) as rig:
        rig.rest.delay_s = 0.15
        await rig.start()
        await trio.sleep(1)
        edits, gather = len(rig.rest.edits), rig.gather_id
        replies = [rig.press(Verb.HERE, BEN, gather) for _ in range(900)]
        rig.press(Verb.HERE, CLEO, gather)
        rig.press(Verb.OUT, DAN, gather)
        assert rig.offered.count(Offer.PERSON_FULL) == 900 - 128
        await trio.sleep(3)
        assert "| Ben                   | ON TIME |" in rig.board
        assert "| Cleo                  | ON TIME |" in rig.board
        assert "| Dan                   | OUT     |" in rig.board
        assert sum(len(reply.refused) for reply in replies) == 1
        assert len(rig.rest.edits) - edits <= 3
        assert rig.rest.moved == [DAN.id]


async def test_two_hundred_people_press_five_times_in_a_second_and_all_of_them_count(
    autojump_clock: Clock,
) -> None:
    crowd = tuple(Who(UserId(50_000 + n), f"user {50_000 + n}") for n in range(200))
    async with open_rig(ADA, *crowd) as rig:
        rig.rest.delay_s = 0.15
        await rig.start()
        await trio.sleep(1)
        edits, gather = len(rig.rest.edits), rig.gather_id
        for _ in range(5):
            for who in crowd:
                rig.press(Verb.OUT if who.id % 4 == 0 else Verb.HERE, who, gather)
            await trio.sleep(0.2)
        assert set(rig.offered) == {Offer.TAKEN}
        await trio.sleep(5)
        assert "Attendance: **150/151**" in rig.board
        assert sorted(rig.rest.moved) == [who.id for who in crowd if who.id % 4 == 0]
        assert len(rig.rest.edits) - edits <= 6
        assert len(rig.actors) == 1


async def test_coming_checks_in_at_the_moment_of_the_voice_state(autojump_clock: Clock) -> None:
    async with open_rig(ADA, BEN) as rig:
        await rig.start()
        rig.ask(Expect((person(CLEO), person(DAN))))
        await trio.sleep(58.5)
        rig.rest.delay_s = 4.0  # redraws crawl
        rig.join(CLEO)
        rig.join(DAN, ELSEWHERE)
        await trio.sleep(30)
        rig.join(DAN)
        rig.leave(DAN)
        await trio.sleep(20)
        assert "| Cleo                  | ON TIME |" in rig.board
        assert "| Dan                   | +01:28  |" in rig.board


async def test_the_order_in_which_discord_sent_it_decides(autojump_clock: Clock) -> None:
    async with open_rig(ADA, BEN, CLEO) as rig:
        await rig.start()
        rig.press(Verb.OUT, BEN)
        rig.leave(BEN)
        rig.join(BEN)  # reconsidered in the same instant: arrived, and not thrown out
        rig.leave(CLEO)
        rig.join(CLEO)
        rig.press(Verb.OUT, CLEO)  # too late: arrived before
        await trio.sleep(3)
        assert "| Ben                   | ON TIME |" in rig.board
        assert "| Cleo                  | ON TIME |" in rig.board
        assert rig.rest.moved == []


async def test_opting_out_disconnects_and_nobody_who_went_elsewhere(autojump_clock: Clock) -> None:
    async with open_rig(ADA, BEN, CLEO) as rig:
        rig.rest.delay_s = 0.5
        await rig.start()
        await trio.sleep(2)
        rig.press(Verb.OUT, BEN)
        rig.press(Verb.OUT, CLEO)
        rig.join(CLEO, ELSEWHERE)
        await trio.sleep(3)
        assert rig.rest.moved == [BEN.id]
        assert rig.cache.voice_channel_of(GUILD, CLEO.id) == ELSEWHERE
        assert "Attendance: **0/1**" in rig.board


async def test_roles_stand_for_the_people_that_have_them(autojump_clock: Clock) -> None:
    dj = member(CLEO.id, (DJS,))
    robot = member(ME, (DJS,))
    async with open_rig(ADA, members=(dj, robot)) as rig:
        await rig.start("10m")
        reply = rig.ask(Expect((Role(id=DJS, name="DJ"),)), BEN)
        await trio.sleep(2)
        assert reply.said[0].content == f"Waiting for <@{CLEO.id}>."
        assert f"2. <@{CLEO.id}>" in rig.board
        none = rig.ask(Expect((Role(id=DJS, name="x"), person(DAN, is_bot=True))), BEN)
        bots = rig.ask(Expect((person(DAN, is_bot=True),)), BEN)
        away = rig.ask(Forget((Role(id=DJS, name="DJ"),)), BEN)
        unknown = rig.ask(Expect((Role(id=type(DJS)(5), name="Ghosts"),)), BEN)
        await trio.sleep(2)
        assert none.said
        assert "Bots are not waited for" in bots.refused[0].content
        assert "No longer waiting" in away.said[0].content
        assert "I know nobody with <@&5>" in unknown.refused[0].content
        assert f"<@{CLEO.id}>" not in rig.board


async def test_commands_need_a_gather_and_old_buttons_expire(autojump_clock: Clock) -> None:
    async with open_rig(ADA, BEN) as rig:
        for message in (Expect((person(BEN),)), Forget((person(BEN),)), Extend("5m")):
            reply = rig.ask(message, BEN)
            await trio.sleep(0.1)
            assert "There is no gather now" in reply.refused[0].content
        await rig.start()
        old = rig.gather_id
        rig.press(Verb.CANCEL)
        await trio.sleep(5)
        pressed = rig.press(Verb.HERE, BEN, old)
        await trio.sleep(0.1)
        assert pressed.expired[0].content == "This gather is over."
        await rig.start()
        pressed = rig.press(Verb.CANCEL, ADA, old)
        await trio.sleep(0.1)
        assert pressed.expired
        assert rig.gather_id != old


async def test_extending_is_answered_for_all_to_read(autojump_clock: Clock) -> None:
    async with open_rig(ADA) as rig:
        await rig.start("10m")
        good, bad = rig.ask(Extend("5m"), BEN), rig.ask(Extend("later"), BEN)
        nothing = rig.ask(Extend("0m"), BEN)
        await trio.sleep(2)
        assert good.said[0].content == "The countdown is 5m longer, 15m in all."
        assert "cannot read that length" in bad.refused[0].content
        assert "would not be longer" in nothing.refused[0].content
        assert "Extended by **5:00**" in rig.board
        forever = rig.ask(Extend("50000d"), BEN)
        await trio.sleep(2)
        assert "That makes 2h in all" in forever.said[0].content


async def stats(rig: Rig, who: Who | None = None) -> str:
    reply = rig.ask(ShowStats(None if who is None else person(who)))
    await trio.sleep(0.2)
    return reply.said[-1].embeds[0].description or ""


async def test_statistics_count_everybody_over_time(autojump_clock: Clock) -> None:
    async with open_rig(ADA, BEN) as rig:
        assert "Nobody has been gathered" in await stats(rig)
        for _ in range(2):
            await rig.start()
            rig.ask(Expect((person(CLEO), person(DAN))))
            rig.press(Verb.HERE, ADA)
            rig.press(Verb.OUT, DAN)
            await trio.sleep(99.8)
            rig.press(Verb.HERE, BEN)
            rig.press(Verb.CANCEL)
            await trio.sleep(5)
            assert rig.is_over
        await rig.start()
        rig.press(Verb.CANCEL)  # at once: Ada and Ben missed nothing
        await trio.sleep(3)
        everybody = (await stats(rig)).splitlines()
        assert everybody[0] == f"1. <@{ADA.id}> · 100 % on time"
        assert everybody[1].strip() == "✅ 2 · 🕐 0 · 👋 0 · ❌ 0"
        assert everybody[2] == f"2. <@{BEN.id}> · 0 % on time"
        assert "✅ 0 · 🕐 0 · 👋 0 · ❌ 2" in "\n".join(everybody)
        ben = await stats(rig, BEN)
        assert f"<@{BEN.id}> · ✅ 0 · 🕐 2 · 👋 0 · ❌ 0" in ben
        assert "1:40 late on average" in ben
        assert ben.count("🕐 1:40 late") == 2
        nobody = await stats(rig, Who(UserId(5), "x"))
        assert "has not been gathered here yet" in nobody


async def test_an_unknown_message_is_a_defect() -> None:
    async with open_rig(ADA) as rig:
        rig.rest = Discord()
        rig.ask("nonsense")
        await trio.sleep(0.01)
        assert rig.offered == [Offer.TAKEN]
