"""Reputation: the rules, the lists as pagers, both forms of the commands."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing
from attrs import define, evolve, field
from hypothesis import given
from hypothesis import strategies as st

from actors.core.address import Address
from actors.core.arguments import Usage
from actors.core.arrows import Turn
from actors.core.envelope import Envelope
from actors.core.population import Population
from actors.core.prefix import find_call
from actors.core.registry import Registry
from actors.core.reply import OnSent
from actors.core.texts import Say, load_catalogue
from actors.core.words import parse_arguments
from actors.core.work import Stage
from actors.pager.declaration import PAGER
from actors.reputation.commands import REPUTATION
from actors.reputation.messages import Give, ShowLeaderboard, ShowReceived, Undo
from actors.reputation.state import BOTTOM, RANKS_PAGE, TOP, cut_leaderboard, cut_list
from actors.reputation.view import signed
from actors.rest.payloads import Button, Message
from actors.store.errors import DiskFull
from cli.slices import SCHEMAS
from gateway_client.cache import Cache
from gateway_client.ids import GuildId, MessageId, UserId
from gateway_client.objects import Message as Written
from gateway_client.objects import User
from tests.core.fakes import ALICE, BOB, CHANNEL, GUILD, FakeReply, Outside, envelope, facts, reply_of
from tests.store.fakes import MemoryStore

Clock = trio.testing.MockClock
CLEO = UserId(1003)
TEXTS = load_catalogue(["actors.core", "actors.pager", "actors.reputation"])


def _in_english(guild_id: GuildId) -> Say:
    return TEXTS.speaker()


class Answer(FakeReply):
    """An answer that becomes a message of the tiny Discord, so that a pager can edit it."""

    def __init__(self, outside: Outside) -> None:
        super().__init__()
        self.outside = outside

    def say(self, message: Message, *, transient: bool = False, sent: OnSent | None = None) -> None:
        self.outside.rest.messages[MessageId(777)] = message
        super().say(message, transient=transient, sent=sent)


@define(eq=False)
class House:
    """One process of the bot."""

    outside: Outside
    population: Population
    asked: list[Envelope] = field(factory=list[Envelope])

    async def ask(self, message: object, who: UserId = ALICE, guild_id: GuildId = GUILD) -> Envelope:
        plain = envelope(message, who)
        now = evolve(plain.facts, at=self.outside.at(), guild_id=guild_id)
        asked = evolve(plain, facts=now, reply=Answer(self.outside), number=len(self.asked) + 1)
        self.asked.append(asked)
        self.population.offer(Address("reputation", guild_id), asked)
        await trio.sleep(0.1)
        return asked

    async def give(self, points: int, receiver: UserId, giver: UserId = ALICE, reason: str = "why") -> str:
        """Give, and read the answer."""
        asked = await self.ask(Give(receiver=receiver, points=points, reason=reason), giver)
        reply = reply_of(asked)
        return (reply.said or reply.refused)[0].content

    async def read(self, message: object, who: UserId = ALICE, guild_id: GuildId = GUILD) -> str:
        """Ask for a list, and read its first page."""
        return text_of(reply_of(await self.ask(message, who, guild_id)).said[0])

    @property
    def pager(self) -> Address:
        (address,) = [one for one in self.population.depths if one.kind == "pager"]
        return address

    async def turn(self, by: int, who: UserId = ALICE) -> Envelope:
        pressed = evolve(envelope(Turn(by), who, click=True), facts=evolve(facts(who), at=self.outside.at()))
        self.population.offer(self.pager, pressed)
        await trio.sleep(2)
        return pressed

    @property
    def page(self) -> Message:
        return self.outside.rest.messages[MessageId(777)]


def text_of(message: Message) -> str:
    parts = [message.content]
    for embed in message.embeds:
        parts += [embed.description or "", embed.footer.text if embed.footer else ""]
    return "\n".join(part for part in parts if part)


def labels(message: Message) -> list[str | None]:
    return [item.label for row in message.components for item in row.items if isinstance(item, Button)]


def custom_ids(message: Message) -> list[str | None]:
    return [item.custom_id for row in message.components for item in row.items if isinstance(item, Button)]


@asynccontextmanager
async def open_house(before: House | None = None) -> AsyncGenerator[House]:
    async with trio.open_nursery() as nursery:
        if before is None:
            outside = Outside(nursery, store=MemoryStore(SCHEMAS))
        else:
            outside = evolve(before.outside, nursery=nursery)
        population = Population(registry=Registry((REPUTATION, PAGER)), nursery=nursery, say=TEXTS.speaker())
        population.equip(evolve(outside.ports(population.tell), say_in=_in_english))
        yield House(outside, population)
        nursery.cancel_scope.cancel()


async def test_gift_is_told_with_the_new_total_and_pings_nobody(autojump_clock: Clock) -> None:
    async with open_house() as house:
        assert (
            await house.give(1, BOB, reason="*help*") == f"👍 **+1** for <@{BOB}>: \\*help\\*\nTotal: **+1**"
        )
        assert await house.give(1, BOB, CLEO) == f"👍 **+1** for <@{BOB}>: why\nTotal: **+2**"
        assert await house.give(-1, ALICE, CLEO) == f"👎 **−1** for <@{ALICE}>: why\nTotal: **−1**"
        assert all(reply_of(asked).said[0].mentions.users == () for asked in house.asked)
        assert all(asked.work.stage is Stage.DONE for asked in house.asked)


async def test_nobody_gives_to_themselves(autojump_clock: Clock) -> None:
    async with open_house() as house:
        assert "yourself" in await house.give(1, ALICE)
        assert house.asked[0].work.stage is Stage.FAILED
        assert "Nobody has any" in await house.read(ShowLeaderboard())


async def test_ten_minutes_lie_between_two_gifts_of_one_pair_over_plus_minus_and_undo(
    autojump_clock: Clock,
) -> None:
    async with open_house() as house:
        await house.give(1, BOB)
        assert "a moment ago" in await house.give(-1, BOB)
        assert "Total" in await house.give(1, CLEO)
        assert "Total" in await house.give(1, BOB, CLEO)
        await house.ask(Undo())
        await house.ask(Undo())
        await trio.sleep(598)
        assert "a moment ago" in await house.give(1, BOB)
        await trio.sleep(2)
        assert "Total: **+2**" in await house.give(1, BOB)


async def test_cooldown_says_when_it_ends(autojump_clock: Clock) -> None:
    async with open_house() as house:
        at = house.outside.at()
        await house.give(1, BOB)
        assert f"<t:{int(at.timestamp()) + 600}:R>" in await house.give(1, BOB)


async def test_giver_takes_back_the_newest_within_ten_minutes_and_nobody_else(autojump_clock: Clock) -> None:
    async with open_house() as house:
        await house.give(1, BOB)
        await house.give(-1, CLEO)
        assert "nothing to take back" in reply_of(await house.ask(Undo(), BOB)).refused[0].content
        assert (
            reply_of(await house.ask(Undo()))
            .said[0]
            .content.startswith(f"↩️ Taken back: **−1** for <@{CLEO}>")
        )
        assert "Total: **0**" in reply_of(await house.ask(Undo())).said[0].content
        assert "nothing to take back" in reply_of(await house.ask(Undo())).refused[0].content
        await house.give(1, BOB, CLEO)
        await trio.sleep(601)
        assert "nothing to take back" in reply_of(await house.ask(Undo(), CLEO)).refused[0].content


async def test_what_was_undone_is_kept_for_audit_and_counts_nowhere(autojump_clock: Clock) -> None:
    async with open_house() as house:
        await house.give(1, BOB, reason="kept")
        await house.ask(Undo())
        assert "no reputation" in await house.read(ShowReceived(BOB))
        assert "Nobody has any" in await house.read(ShowLeaderboard())
        assert await house.outside.store.execute("reputation.undo", {"id": 1, "at": 5}) == 0
        params = {
            "guild": GUILD,
            "giver": ALICE,
            "receiver": BOB,
            "points": 1,
            "reason": "",
            "at": 0,
            "origin": "a",
        }
        assert await house.outside.store.execute("reputation.import", params) == 1
        assert await house.outside.store.execute("reputation.import", params) == 0


async def test_servers_know_nothing_of_each_other(autojump_clock: Clock) -> None:
    async with open_house() as house:
        await house.give(1, BOB)
        assert "no reputation" in await house.read(ShowReceived(BOB), guild_id=GuildId(101))
        other = await house.ask(Give(receiver=BOB, points=1, reason="x"), ALICE, GuildId(101))
        assert "Total: **+1**" in reply_of(other).said[0].content
        await house.ask(Undo(), ALICE, GuildId(101))
        assert "**+1** from 1 entry" in await house.read(ShowReceived(BOB))


async def test_list_is_newest_first_five_a_page_and_turns_for_its_caller_only(autojump_clock: Clock) -> None:
    async with open_house() as house:
        for number in range(7):
            await house.give(-1 if number == 0 else 1, ALICE, UserId(2000 + number), f"reason {number}")
            await trio.sleep(1)
        first = await house.read(ShowReceived(None))
        assert "**+5** from 7 entries" in first
        assert [line.split()[2] for line in first.splitlines()[2:]] == ["6", "5", "4", "3", "2"]
        assert "by <@2006>" in first.splitlines()[2]
        assert labels(house.page) == ["◀", "1/2", "▶"]
        stranger = await house.turn(1, BOB)
        assert "belong to the person" in reply_of(stranger).refused[0].content
        assert labels(house.page) == ["◀", "1/2", "▶"]
        await house.turn(1)
        assert "**−1** reason 0" in text_of(house.page)
        assert "reason 2" not in text_of(house.page)


async def test_pager_turns_after_a_restart(autojump_clock: Clock) -> None:
    async with open_house() as before:
        for number in range(6):
            await before.give(1, BOB, UserId(2000 + number), f"reason {number}")
        await before.read(ShowReceived(BOB))
        await trio.sleep(1)
        pager = before.pager
    async with open_house(before) as house:
        house.population.wake(pager)
        await house.turn(1)
        assert "reason 0" in text_of(house.page)


async def test_idle_list_stays_without_its_buttons(autojump_clock: Clock) -> None:
    async with open_house() as house:
        for number in range(6):
            await house.give(1, BOB, UserId(2000 + number))
        await house.read(ShowReceived(BOB))
        await trio.sleep(125)
        assert labels(house.page) == []
        assert "from 6 entries" in text_of(house.page)


async def test_forgotten_list_says_which_command_shows_it_again(autojump_clock: Clock) -> None:
    async with open_house() as house:
        for number in range(6):
            await house.give(1, BOB, UserId(2000 + number))
        await house.read(ShowReceived(BOB))
        turn = custom_ids(house.page)[2]
        assert turn is not None
        assert turn.endswith(":next:test")  # the command of the envelope


async def test_leaderboard_shows_both_ends_then_ranks_from_six_on(autojump_clock: Clock) -> None:
    async with open_house() as house:
        for place in range(18):
            for number in range(18 - place):
                params = {"guild": GUILD, "giver": number, "receiver": 3000 + place, "reason": "", "at": 1}
                sign = {"points": 1 if place < 15 else -1, "origin": f"{place}-{number}"}
                await house.outside.store.execute("reputation.import", params | sign)
        lines = (await house.read(ShowLeaderboard())).splitlines()
        assert lines[0] == "🥇 <@3000> **+18** (18 entries)"
        assert [line.split()[0] for line in lines[1:6]] == ["🥈", "🥉", "`4.`", "`5.`", "⋮"]
        assert lines[6:] == [
            "`14.` <@3013> **+5** (5 entries)",
            "`15.` <@3014> **+4** (4 entries)",
            "`16.` <@3017> **−1** (1 entry)",
            "`17.` <@3016> **−2** (2 entries)",
            "`18.` <@3015> **−3** (3 entries)",
            "18 people",
        ]
        await house.turn(1)
        lines = text_of(house.page).splitlines()
        assert (lines[0].split()[:2], lines[9].split()[:2]) == (["`6.`", "<@3005>"], ["`15.`", "<@3014>"])
        await house.turn(1)
        assert [line.split()[0] for line in text_of(house.page).splitlines()[:-1]] == [
            "`16.`",
            "`17.`",
            "`18.`",
        ]
        assert labels(house.page) == ["◀", "3/3", "▶"]


async def test_ties_go_by_number_of_entries_then_id(autojump_clock: Clock) -> None:
    async with open_house() as house:
        for receiver, points in ((7, (1,)), (5, (1,)), (9, (1, 1, -1))):
            for number, one in enumerate(points):
                params = {"guild": GUILD, "giver": number, "receiver": receiver, "reason": "", "at": 1}
                extra = {"points": one, "origin": f"{receiver}-{number}"}
                await house.outside.store.execute("reputation.import", params | extra)
        lines = (await house.read(ShowLeaderboard())).splitlines()
        assert [line.split()[1] for line in lines[:3]] == ["<@9>", "<@5>", "<@7>"]


async def test_full_disk_changes_nothing_and_says_so(autojump_clock: Clock) -> None:
    async with open_house() as house:
        house.outside.store.fail_with = DiskFull("full")
        assert "could not save" in await house.give(1, BOB)
        house.outside.store.fail_with = None
        assert "Total: **+1**" in await house.give(1, BOB)


@given(st.integers(-3, 40), st.integers(0, 120))
def test_leaderboard_pages_show_everybody_behind_the_top_once(wanted: int, people: int) -> None:
    page = cut_leaderboard(wanted, people)
    assert 1 <= page.number <= max(page.total, 1)
    if people <= TOP + BOTTOM:
        assert (page.offset, page.total) == (0, min(people, 1))
        return
    rest = [cut_leaderboard(number, people) for number in range(2, page.total + 1)]
    ranks = [rank for one in rest for rank in range(one.offset, min(one.offset + one.limit, people))]
    assert ranks == list(range(TOP, people))
    assert all(one.limit == RANKS_PAGE for one in rest)


@given(st.integers(-3, 40), st.integers(0, 120))
def test_list_pages_are_clamped(wanted: int, entries: int) -> None:
    page = cut_list(wanted, entries)
    assert 1 <= page.number <= max(page.total, 1)
    assert page.offset == (page.number - 1) * page.limit
    assert page.offset < entries or entries == 0


def test_totals_carry_their_sign() -> None:
    assert [signed(number) for number in (3, 0, -3)] == ["+3", "0", "−3"]


# The two forms of the commands.


def called(line: str) -> object:
    message = Written(
        id=MessageId(1),
        channel_id=CHANNEL,
        guild_id=GUILD,
        author=User(id=ALICE, username="alice"),
        content=line,
        mentions=(User(id=BOB, username="bob"),),
    )
    call = find_call(Registry((REPUTATION,)), line)
    assert call is not None
    return call.command.message(parse_arguments(call, message, Cache()), facts())


@pytest.mark.parametrize("name", ["rep plus", "+rep", "plusrep", "add_rep", "+REP"])
def test_names_of_plus(name: str) -> None:
    assert called(f"{name} <@{BOB}> for the help") == Give(receiver=BOB, points=1, reason="for the help")


@pytest.mark.parametrize("name", ["rep minus", "-rep", "minusrep", "remove_rep"])
def test_names_of_minus(name: str) -> None:
    assert called(f"{name} <@{BOB}> x") == Give(receiver=BOB, points=-1, reason="x")


@pytest.mark.parametrize("name", ["rep list", "reps", "repinfo", "list_rep"])
def test_names_of_the_list(name: str) -> None:
    assert called(name) == ShowReceived(None)
    assert called(f"{name} <@{BOB}>") == ShowReceived(BOB)


@pytest.mark.parametrize("name", ["rep leaderboard", "leaderboard", "reptop", "toprep", "rep_leaderboard"])
def test_names_of_the_leaderboard(name: str) -> None:
    assert called(name) == ShowLeaderboard()


@pytest.mark.parametrize("line", ["+rep", f"+rep <@{BOB}>", "-rep for nobody", "rep undo now"])
def test_what_does_not_fit_is_a_usage_error(line: str) -> None:
    with pytest.raises(Usage):
        called(line)
    assert called("rep undo") == Undo()
