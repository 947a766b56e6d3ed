"""What people ask of reminders and who may: set, list, remove, snooze, say where they live."""

from datetime import timedelta

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from actors.core.arguments import Arguments, Usage
from actors.core.arrows import Turn
from actors.core.custom_id import parse_custom_id
from actors.core.prefix import find_call
from actors.core.registry import Registry
from actors.core.words import parse_arguments
from actors.core.work import Stage
from actors.core.zones import find_zone
from actors.reminders.book import Book
from actors.reminders.commands import REMINDERS, REMOVE
from actors.reminders.messages import Remind, Remove, SetZone, ShowWaiting, Snooze
from actors.reminders.state import cut_list, may_pass, pause_s
from actors.rest.errors import Forbidden, MalformedAnswer, NotFound, PayloadError, RateLimitedOut, Unavailable
from actors.rest.payloads import Button, Message
from gateway_client.cache import Cache
from gateway_client.ids import GuildId, MessageId, UserId
from gateway_client.objects import Message as Written
from gateway_client.objects import User
from tests.core.fakes import ALICE, BOB, CHANNEL, GUILD, envelope, facts, reply_of
from tests.reminders.fakes import TEXTS, House, open_house

Clock = trio.testing.MockClock
CLEO = UserId(1003)
ELSEWHERE = GuildId(101)


def buttons(message: Message) -> list[Button]:
    return [item for row in message.components for item in row.items if isinstance(item, Button)]


async def shown(house: House, who: UserId = ALICE, **changed: object) -> str:
    """The list as somebody reads it."""
    asked = await house.ask(ShowWaiting(), who, click=False, private=False, **changed)
    await trio.sleep(0.1)
    assert asked.work.stage is Stage.DONE
    message = reply_of(asked).said[0]
    return message.content + "\n".join(embed.description or "" for embed in message.embeds)


async def test_words_that_cannot_be_waited_for_are_explained(autojump_clock: Clock) -> None:
    async with open_house() as house:
        for words, part in (
            ("bl*ah", "cannot read “bl\\*ah”"),
            ("0s", "not in the future"),
            ("1-1-2020", "not in the future"),
            ("900y", "too far"),
        ):
            asked = await house.remind(words)
            assert part in reply_of(asked).refused[0].content
            assert asked.work.stage is Stage.FAILED


async def test_note_behind_the_time_counts_where_there_is_no_other(autojump_clock: Clock) -> None:
    async with open_house() as house:
        await house.remind("10m buy milk")
        await trio.sleep(601)
        assert house.discord.fired[0].message.content.endswith("buy milk")
        both = await house.remind("10m buy milk", "a note")
        assert "cannot read" in reply_of(both).refused[0].content


async def test_list_has_what_fires_for_me_and_what_i_set_soonest_first_in_this_guild(
    autojump_clock: Clock,
) -> None:
    async with open_house() as house:
        assert "No reminders" in await shown(house)
        await house.remind("3h", "mine late")
        await house.ask(Remind(targets=(BOB,), when="2h", note="for bob"))
        await house.ask(Remind(targets=(ALICE, CLEO), when="1h", note="from bob"), BOB)
        await house.remind("10m", "bob's own", BOB)
        await house.remind("10m", "elsewhere", guild_id=ELSEWHERE)
        lines = (await shown(house)).splitlines()
        assert [line.split("R> ")[1].split(" · ")[0] for line in lines] == [
            "from bob",
            "for bob",
            "mine late",
        ]
        assert f"from <@{BOB}>" in lines[0]
        assert f"for <@{BOB}>" in lines[1]
        assert "elsewhere" in await shown(house, guild_id=ELSEWHERE)
        assert [line[:6] for line in (await shown(house, BOB)).splitlines()] == ["**#4**", "**#3**", "**#2**"]


async def test_list_of_many_has_pages(autojump_clock: Clock) -> None:
    async with open_house() as house:
        for number in range(1, 13):
            await house.remind(f"{number}h", f"note {number}")
        asked = await house.ask(ShowWaiting())
        await trio.sleep(0.1)
        (page,) = reply_of(asked).said
        assert page.embeds[0].title == "12 reminders"
        assert [button.label for button in buttons(page)] == ["◀", "1/2", "▶"]
        again = parse_custom_id(buttons(page)[2].custom_id or "")
        assert again is not None
        assert again.argument == "test"  # the command that an expired list points to


async def test_slash_list_is_for_the_eyes_of_its_caller_and_turned_by_its_own_answer(
    autojump_clock: Clock,
) -> None:
    (declared,) = [command for command in REMINDERS.commands if command.name == "notify list"]
    assert declared.ephemeral
    async with open_house() as house:
        for number in range(1, 13):
            await house.remind(f"{number}h", f"note {number}")
        asked = await house.ask(ShowWaiting(), private=True)
        await trio.sleep(0.1)
        assert await house.outside.store.load_all("pager") == []
        (pager,) = [one for one in house.population.depths if one.kind == "pager"]
        house.population.offer(pager, envelope(Turn(1), click=True))
        await trio.sleep(0.1)
        assert "note 12" in (reply_of(asked).said[-1].embeds[0].description or "")


async def test_owner_and_scheduler_remove_and_nobody_else(autojump_clock: Clock) -> None:
    async with open_house() as house:
        await house.ask(Remind(targets=(BOB,), when="1h"))
        await house.ask(Remind(targets=(BOB,), when="1h"))
        stranger = await house.ask(Remove(1), CLEO)
        assert "neither for you nor from you" in reply_of(stranger).refused[0].content
        foreign = await house.ask(Remove(1), ALICE, click=False, guild_id=ELSEWHERE)
        assert "no reminder **#1**" in reply_of(foreign).refused[0].content
        assert "removed" in reply_of(await house.ask(Remove(1), ALICE)).said[0].content
        assert "removed" in reply_of(await house.ask(Remove(2), BOB)).said[0].content
        assert "no reminder **#2**" in reply_of(await house.ask(Remove(2), BOB)).refused[0].content
        await trio.sleep(4000)
        assert house.discord.fired == []
        assert not house.is_home


async def test_one_of_several_only_leaves(autojump_clock: Clock) -> None:
    async with open_house() as house:
        await house.ask(Remind(targets=(BOB, CLEO), when="1h"))
        assert "not hear" in reply_of(await house.ask(Remove(1), BOB)).said[0].content
        assert "No reminders" in await shown(house, BOB)
        await trio.sleep(3601)
        assert house.discord.fired[0].message.mentions.users == (CLEO,)


async def test_fired_reminder_is_not_removed_any_more(autojump_clock: Clock) -> None:
    async with open_house() as house:
        await house.remind("10m")
        await trio.sleep(700)
        assert "no reminder **#1**" in reply_of(await house.ask(Remove(1))).refused[0].content


async def test_snooze_after_a_restart_comes_again_for_whoever_pressed(autojump_clock: Clock) -> None:
    async with open_house() as before:
        await before.remind("10m", "tea")
        await trio.sleep(601)
        fired = before.discord.fired[0]
    ids = [parse_custom_id(button.custom_id or "") for button in buttons(fired.message)]
    assert [one and (one.verb, one.argument) for one in ids] == [
        ("snooze", "1.600"),
        ("snooze", "1.3600"),
        ("snooze", "1.86400"),
    ]
    async with open_house(before) as house:
        pressed = await house.ask(Snooze(1, 3600), ALICE, click=True, message_id=fired.id)
        assert "again" in reply_of(pressed).said[0].content
        now = house.discord.messages[fired.id]
        assert now.components == ()
        assert "Snoozed until" in (now.embeds[0].description or "")
        await trio.sleep(3590)
        assert len(house.discord.fired) == 1
        await trio.sleep(20)
        assert [one.message.content for one in house.discord.fired] == [f"⏰ ||<@{ALICE}>|| tea"] * 2
        assert house.discord.fired[1].message.reply_to == 777


async def test_second_press_moves_the_snoozed_one(autojump_clock: Clock) -> None:
    async with open_house() as house:
        await house.remind("10m", "tea")
        await trio.sleep(601)
        await house.ask(Snooze(1, 86400), ALICE, click=True)
        await house.ask(Snooze(1, 600), ALICE, click=True)
        await trio.sleep(80000)
        assert len(house.discord.fired) == 2
        await trio.sleep(10000)
        assert len(house.discord.fired) == 2


async def test_each_of_several_snoozes_alone_and_the_buttons_stay(autojump_clock: Clock) -> None:
    async with open_house() as house:
        await house.ask(Remind(targets=(BOB, CLEO), when="10m", note="tea"))
        await trio.sleep(601)
        fired = house.discord.fired[0]
        by_scheduler = await house.ask(Snooze(1, 600), ALICE, click=True, message_id=fired.id)
        assert "Only the people who were reminded" in reply_of(by_scheduler).refused[0].content
        await house.ask(Snooze(1, 600), BOB, click=True, message_id=fired.id)
        assert len(buttons(house.discord.messages[fired.id])) == 3
        await trio.sleep(601)
        assert house.discord.fired[1].message.mentions.users == (BOB,)
        assert len(house.discord.fired) == 2


@pytest.mark.parametrize(
    ("press", "guild"), [(Snooze(99, 600), GUILD), (Snooze(1, 601), GUILD), (Snooze(1, 600), ELSEWHERE)]
)
async def test_made_up_buttons_expire(autojump_clock: Clock, press: Snooze, guild: GuildId) -> None:
    async with open_house() as house:
        await house.remind("10m")
        await trio.sleep(601)
        pressed = await house.ask(press, ALICE, click=True, guild_id=guild)
        assert "expired" in reply_of(pressed).expired[0].content
        await trio.sleep(1000)
        assert len(house.discord.fired) == 1


async def test_buttons_of_long_ago_expire_when_the_next_one_fires(autojump_clock: Clock) -> None:
    async with open_house() as house:
        await house.remind("10m")
        await house.remind("32d")
        await trio.sleep(32 * 86400 + 1)
        pressed = await house.ask(Snooze(1, 600), ALICE, click=True)
        assert "expired" in reply_of(pressed).expired[0].content


async def test_clock_time_can_be_said_to_be_of_another_zone(autojump_clock: Clock) -> None:
    async with open_house() as house:
        asked = await house.remind("tomorrow 9:00", "tea")
        said = reply_of(asked).said[0]
        assert "`22-11-2026_09:00` in UTC" in said.content
        (button,) = buttons(said)
        custom_id = parse_custom_id(button.custom_id or "")
        assert custom_id is not None
        component = next(one for one in REMINDERS.components if one.verb == custom_id.verb)
        assert component.modal is not None
        form = component.modal(custom_id, facts(), TEXTS.speaker())
        assert form.custom_id == button.custom_id
        stranger = await house.ask(component.message(custom_id, ("Europe/Prague",), facts(BOB)), BOB)
        assert "Somebody else" in reply_of(stranger).refused[0].content
        wrong = await house.ask(component.message(custom_id, ("Mars",), facts()), ALICE)
        assert "no time zone" in reply_of(wrong).refused[0].content
        house.discord.messages[MessageId(777)] = said
        set_zone = component.message(custom_id, ("new york",), facts())
        moved = await house.ask(set_zone, ALICE, click=False, message_id=777)
        assert "America/New_York" in reply_of(moved).said[0].content
        assert "America/New_York" in house.discord.messages[MessageId(777)].content
        await trio.sleep(26 * 3600 - 1)
        assert house.discord.fired == []
        await trio.sleep(1)
        assert len(house.discord.fired) == 1
        later = await house.remind("14:30")
        assert "America/New_York" in reply_of(later).said[0].content


async def test_what_is_past_here_and_ahead_elsewhere_asks_where_one_lives(autojump_clock: Clock) -> None:
    async with open_house() as house:
        an_hour_ago = (house.now - timedelta(hours=1)).strftime("%d-%m-%Y_%H:%M")
        refused = reply_of(await house.remind(an_hour_ago)).refused[0]
        assert "in UTC it is `" in refused.content
        (button,) = buttons(refused)
        custom_id = parse_custom_id(button.custom_id or "")
        assert custom_id is not None
        (zone,) = [one for one in REMINDERS.components if one.verb == "zone"]
        set_zone = zone.message(custom_id, ("new york",), facts())
        said = reply_of(await house.ask(set_zone, click=True)).said[0]
        assert "Your time zone is **America/New_York**" in said.content
        assert "is set" in reply_of(await house.remind(an_hour_ago)).said[0].content
        by_bob = reply_of(await house.remind(an_hour_ago, None, BOB)).refused[0]
        assert "in UTC it is" in by_bob.content
        long_ago = reply_of(await house.remind("1-1-2020 9:00")).refused[0]
        assert buttons(long_ago) == []


async def test_length_is_the_same_everywhere_so_nobody_is_asked_where(autojump_clock: Clock) -> None:
    async with open_house() as house:
        for words in ("10m", "tomorrow", "in 2 hours", "24-12-2026_15:30+01:00"):
            assert reply_of(await house.remind(words)).said[0].components == ()


async def test_zone_that_would_put_it_into_the_past_moves_nothing(autojump_clock: Clock) -> None:
    async with open_house() as house:
        await house.remind("today 13:00")
        said = await house.ask(SetZone(1, "tokyo"))
        assert "reminder" not in reply_of(said).said[0].content
        reminder = await Book(house.store).get(1)
        assert reminder is not None
        assert reminder.due.hour == 13


async def test_confirmation_is_what_a_slash_reminder_points_to(autojump_clock: Clock) -> None:
    async with open_house() as house:
        await house.remind("10m")
        reminder = await Book(house.store).get(1)
        assert reminder is not None
        assert reminder.message == 777


# The two forms of the commands.


def written(content: str) -> Written:
    people = (User(id=BOB, username="bob"), User(id=CLEO, username="cleo"))
    return Written(
        id=MessageId(1),
        channel_id=CHANNEL,
        guild_id=GUILD,
        author=User(id=ALICE, username="alice"),
        content=content,
        mentions=people,
    )


def called(line: str) -> object:
    call = find_call(Registry((REMINDERS,)), line)
    assert call is not None
    return call.command.message(parse_arguments(call, written(line), Cache()), facts())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("notify me 10m", Remind(when="10m")),
        ("remind me in 2 hours buy  milk", Remind(when="in 2 hours", note="buy  milk")),
        ("notify me friday 18:00 9 people", Remind(when="friday 18:00", note="9 people")),
        ("remind 10m tea", Remind(when="10m", note="tea")),
        ("notify me whenever it suits", Remind(when="whenever", note="it suits")),
        (f"notify you <@{BOB}> 1h 30m tea", Remind(targets=(BOB,), when="1h 30m", note="tea")),
        (f"remind you <@{BOB}> <@{CLEO}> tomorrow", Remind(targets=(BOB, CLEO), when="tomorrow")),
        (f"notify you <@{BOB}> <@{BOB}> week x", Remind(targets=(BOB,), when="week", note="x")),
        ("NOTIFY LIST", ShowWaiting()),
        ("remind list", ShowWaiting()),
        ("notify remove 12", Remove(12)),
        ("remind remove 12", Remove(12)),
    ],
)
def test_prefix_form_reads_users_then_when_then_note(line: str, message: object) -> None:
    assert called(line) == message


@pytest.mark.parametrize(
    "line", ["notify me", "notify you", "notify you 10m", "notify remove", "notify remove x"]
)
def test_what_is_missing_is_a_usage_error(line: str) -> None:
    with pytest.raises(Usage):
        called(line)


def test_slash_form_reads_the_same() -> None:
    with pytest.raises(Usage):
        REMOVE.message(Arguments({}), facts())
    assert REMOVE.message(Arguments({"id": 3}), facts()) == Remove(3)


@given(st.text(max_size=40))
def test_made_up_custom_id_reaches_no_reminder_by_accident(argument: str) -> None:
    custom_id = parse_custom_id(f"reminders:1:0:snooze:{argument}")
    assert custom_id is not None
    component = next(one for one in REMINDERS.components if one.verb == "snooze")
    message = component.message(custom_id, (), facts())
    assert isinstance(message, Snooze)
    assert 0 <= message.reminder_id < 1 << 63


def test_failures_are_told_apart() -> None:
    passing = (Unavailable("x"), RateLimitedOut("x", retry_after_s=1), MalformedAnswer("x"))
    assert all(may_pass(error) for error in passing)
    assert not any(may_pass(error) for error in (NotFound("x"), Forbidden("x"), PayloadError("x")))
    assert [pause_s(tries, Unavailable("x")) for tries in (0, 1, 2, 6, 99)] == [1, 2, 4, 60, 60]
    assert pause_s(0, RateLimitedOut("x", retry_after_s=400)) == 400


def test_zone_is_found_by_name_or_city() -> None:
    assert str(find_zone("europe/prague")) == "Europe/Prague"
    assert str(find_zone(" new york ")) == "America/New_York"
    assert find_zone("") is None
    assert find_zone("../etc/passwd") is None


@given(st.integers(-5, 50), st.integers(0, 300))
def test_list_page_is_always_one_that_exists(wanted: int, count: int) -> None:
    page, total = cut_list(wanted, count)
    assert 1 <= page <= max(total, 1)
    assert (total - 1) * 10 < count <= total * 10 or count == total == 0
