"""A reminder and the end of the process around its firing: people see it once."""

import pytest
import trio
import trio.testing

from actors.reminders.book import Book
from actors.reminders.messages import Snooze
from actors.rest.errors import Forbidden, MalformedAnswer, RestError
from actors.store.errors import DiskFull
from tests.core.fakes import reply_of
from tests.reminders.fakes import embed_of, open_house

Clock = trio.testing.MockClock


async def test_killed_before_it_fires_and_it_fires_after_the_start_marked_as_late(
    autojump_clock: Clock,
) -> None:
    async with open_house() as before:
        await before.remind("10m", "tea")
    await trio.sleep(3600)
    async with open_house(before) as house:
        await trio.sleep(0.5)
        assert len(house.discord.fired) == 1
        assert "This comes late" in embed_of(house)
        await trio.sleep(1000)
        assert len(house.discord.fired) == 1


async def test_killed_between_the_firing_and_its_bookkeeping_people_see_it_once(
    autojump_clock: Clock,
) -> None:
    async with open_house() as before:
        await before.remind("10m", "tea")
        before.discord.delay_s = 1.0
        await trio.sleep(600.5)
        before.store.fail_with = DiskFull("full")
        await trio.sleep(2)
        assert len(before.discord.fired) == 1
    before.store.fail_with = None
    async with open_house(before) as house:
        await trio.sleep(5)
        assert house.discord.requests == 2
        assert len(house.discord.fired) == 1
        assert not house.is_home


async def test_killed_after_the_firing_and_started_when_the_nonce_is_forgotten_people_see_it_once(
    autojump_clock: Clock,
) -> None:
    async with open_house() as before:
        await before.remind("10m", "tea")
        await before.remind("10m", "milk")
        before.discord.delay_s = 1.0
        await trio.sleep(600.5)
        before.store.fail_with = DiskFull("full")
        await trio.sleep(2)
        milk = before.discord.sent.pop()  # one of the two never arrived
    before.store.fail_with = None
    await trio.sleep(86400)
    async with open_house(before) as house:
        await trio.sleep(5)
        notes = [one.message.content.rsplit(" ", 1)[1] for one in house.discord.fired]
        assert sorted(notes) == ["milk", "tea"]
        assert notes[1] in milk.message.content
        assert not house.is_home
        pressed = await house.ask(Snooze(1, 600), click=True)
        assert "remind you again" in reply_of(pressed).said[0].content


@pytest.mark.parametrize("error", [Forbidden("no", status=403, code=50001), MalformedAnswer("what is this")])
async def test_channel_that_cannot_be_read_is_written_to_all_the_same(
    autojump_clock: Clock, error: RestError
) -> None:
    async with open_house() as before:
        await before.remind("10m", "tea")
    await trio.sleep(86400)
    async with open_house(before) as house:
        with house.discord.closed_to_readers(error):
            await trio.sleep(5)
        assert len(house.discord.fired) == 1


async def test_what_was_sent_and_cannot_be_noted_is_noted_later_and_not_sent_again(
    autojump_clock: Clock,
) -> None:
    async with open_house() as house:
        await house.remind("10m")
        house.discord.delay_s = 1.0
        await trio.sleep(600.5)
        house.store.fail_with = DiskFull("full")
        await trio.sleep(3600)
        assert house.discord.requests == 1
        house.store.fail_with = None
        await trio.sleep(10)
        reminder = await Book(house.store).get(1)
        assert reminder is not None
        assert reminder.try_at is None
        assert reminder.sent == house.discord.fired[0].id


async def test_ordered_stop_lets_a_delivery_arrive(autojump_clock: Clock) -> None:
    async with open_house() as before:
        await before.remind("10m")
        before.discord.delay_s = 1.0
        await trio.sleep(600.5)
        await before.population.close()
        assert len(before.discord.fired) == 1
    await trio.sleep(3600)
    async with open_house(before) as house:
        await trio.sleep(10)
        assert len(house.discord.fired) == 1


async def test_lost_answer_does_not_write_it_twice(autojump_clock: Clock) -> None:
    async with open_house() as house:
        await house.remind("10m")
        house.discord.losing = 3
        await trio.sleep(700)
        assert house.discord.requests == 4
        assert len(house.discord.fired) == 1
        assert not house.is_home
