"""Keyword reactions beside status reactions: each holder gets what it wants, nobody loses anything."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
import trio
from attrs import evolve
from trio.testing import MockClock

from actors.keywords.declaration import keywords_slice
from gateway_client.events import Event, MessageCreated, MessageDeleted
from gateway_client.ids import MessageId
from gateway_client.objects import Message, MessageType, User
from tests.core.fakes import ALICE, CHANNEL, GUILD
from tests.status.fakes import HOME, Chat, Life, open_life
from tests.store.fakes import MemoryStore

PERSON = User(id=ALICE, username="alice")
RULES = "party => 🎉; done => ✅; wait => ⏳"


@asynccontextmanager
async def open_guild(
    chat: Chat | None = None, store: MemoryStore | None = None, rules: str = RULES
) -> AsyncGenerator[Life]:
    async with open_life(chat, store, lambda settings: (keywords_slice(settings),)) as life:
        life.set(keywords=rules)
        yield life


def hear(life: Life, event: Event) -> None:
    for part in life.population.registry.slices:
        for delivery in part.listen(event):
            life.population.deliver(delivery)


def write(life: Life, message: int, content: str, *, bot: bool = False) -> None:
    author = evolve(PERSON, bot=bot)
    written = Message(
        id=MessageId(message), channel_id=CHANNEL, guild_id=GUILD, author=author, content=content
    )
    hear(life, MessageCreated(message=written))


async def test_one_reaction_per_emoji_in_rule_order(autojump_clock: MockClock) -> None:
    async with open_guild(Chat(limit_s=0.25)) as life:
        write(life, 1, "wait, is the party done? party!")
        await trio.sleep(5)
        assert [r.reaction.emoji for r in life.chat.requests] == ["🎉", "✅", "⏳"]
        assert len(life.writer) == 0
        assert life.population.depths == {}


async def test_only_people_are_answered_and_only_where_there_are_rules(autojump_clock: MockClock) -> None:
    async with open_guild() as life:
        write(life, 1, "party", bot=True)
        part = keywords_slice(life.outside.settings)
        spoken = Message(id=MessageId(2), channel_id=CHANNEL, guild_id=GUILD, author=PERSON, content="party")
        assert len(list(part.listen(MessageCreated(message=spoken)))) == 1
        for other in (
            evolve(spoken, webhook_id=5),
            evolve(spoken, type=MessageType.REPLY + 50),
            evolve(spoken, guild_id=None),
            evolve(spoken, content=""),
        ):
            assert list(part.listen(MessageCreated(message=other))) == []
        life.set(keywords="none")
        assert list(part.listen(MessageCreated(message=spoken))) == []
        await trio.sleep(5)
        assert life.chat.requests == []


async def test_the_same_emoji_stays_when_progress_lets_go_of_it(autojump_clock: MockClock) -> None:
    async with open_guild(Chat(round_trip_s=0.1)) as life:
        life.set(remove_ack_after_reply="on", keywords=RULES)
        first = life.claim(1)
        work = life.claim(1001)
        write(life, 1001, "!play wait until the party is done")
        await trio.sleep(3)
        assert set(life.shown(1001)) == {"🎉", "✅", "⏳"}
        first.done()
        work.start()
        await trio.sleep(3)
        assert set(life.shown(1001)) == {"🎉", "✅", "⏳", "🤔"}
        work.done()
        await trio.sleep(10)
        assert set(life.shown(1001)) == {"🎉", "✅", "⏳"}
        assert len(life.writer) == 0


async def test_a_rule_that_comes_first_is_remembered(autojump_clock: MockClock) -> None:
    async with open_guild() as life:
        life.set(remove_ack_after_reply="on", keywords=RULES)
        write(life, 1, "!skip when done")
        await trio.sleep(0.2)
        work = life.claim(1)
        work.done()
        await trio.sleep(10)
        assert life.shown(1) == ("✅",)


async def test_the_same_emoji_stays_after_a_kill(autojump_clock: MockClock) -> None:
    chat, store = Chat(), MemoryStore()
    async with open_guild(chat) as first_life:
        store = first_life.outside.store
        first_life.claim(1)
        first_life.claim(2)
        write(first_life, 2, "please wait")
        await trio.sleep(1)
        assert first_life.shown(2) == ("⏳",)
    async with open_guild(chat, store) as life:
        life.population.wake(HOME)
        await trio.sleep(5)
        assert life.shown(2) == ("⏳",)
        assert life.shown(1) == ()


async def test_progress_goes_before_keywords_where_there_is_a_limit(autojump_clock: MockClock) -> None:
    async with open_guild(Chat(limit_s=0.25)) as life:
        for message in range(1, 4):
            write(life, message, "wait, is the party done?")
        await trio.sleep(0.3)
        life.claim(9).fail()
        await trio.sleep(0.5)
        assert life.shown(9) == ("❌",)
        await trio.sleep(5)
        assert all(len(life.shown(message)) == 3 for message in range(1, 4))


@pytest.mark.parametrize("fault", ["5xx", "lost", "429", "no room", "never sent"])
async def test_what_passes_is_tried_again(autojump_clock: MockClock, fault: str) -> None:
    async with open_guild() as life:
        life.chat.faults.extend([fault, fault])
        write(life, 1, "party")
        await trio.sleep(60)
        assert life.shown(1) == ("🎉",)


async def test_what_does_not_pass_is_given_up(autojump_clock: MockClock) -> None:
    async with open_guild(rules="a => <:gone:1>; a => 🎉") as life:
        life.chat.unknown.add("<:gone:1>")
        write(life, 1, "a")
        life.chat.deleted.add(MessageId(2))
        write(life, 2, "a")
        hear(life, MessageDeleted(message_id=MessageId(2), channel_id=CHANNEL, guild_id=GUILD))
        await trio.sleep(60)
        assert life.shown(1) == ("🎉",)
        assert len(life.writer) == 0
    async with open_guild(Chat(crowd=20)) as life:
        write(life, 3, "party done")
        await trio.sleep(60)
        assert len(life.chat.requests) == 1
        assert len(life.writer) == 0
