"""Killed in every state, stopped in every state: after the next start nothing is stale."""

from collections.abc import Callable

import pytest
import trio
from trio.testing import MockClock

from actors.core.work import Work, WorkKind
from actors.status.declaration import listen
from gateway_client.events import (
    Event,
    GuildCreated,
    MessageDeleted,
    MessagesDeletedInBulk,
    MessageUpdated,
    Resumed,
)
from gateway_client.ids import MessageId
from gateway_client.objects import Guild, MessagePatch
from tests.core.fakes import CHANNEL, EPOCH, GUILD, ME
from tests.status.fakes import HOME, Chat, Life, open_life
from tests.store.fakes import MemoryStore


def nothing(work: Work) -> None:
    """It goes on waiting."""


STATES: dict[str, tuple[Callable[[Work], None], tuple[str, ...]]] = {
    "waiting": (nothing, ()),
    "resolving": (lambda work: work.start(WorkKind.RESOLVING), ("🚫",)),
    "downloading": (lambda work: work.start(WorkKind.DOWNLOADING), ("🚫",)),
    "working": (Work.start, ("🚫",)),
    "done": (Work.done, ("✅",)),
    "failed": (Work.fail, ("❌",)),
    "skipped": (Work.skip, ()),
}


async def begin(life: Life) -> tuple[Work, Work]:
    """Somebody's command that waits visibly behind another."""
    first, work = life.claim(1), life.claim(2)
    await trio.sleep(1)
    assert life.shown(2) == ("⏳",)
    return first, work


@pytest.mark.parametrize("round_trip_s", [0.0, 0.2, 5.0])
@pytest.mark.parametrize("after_s", [0.0, 0.05, 0.15, 1.0, 8.0, 60.0])
@pytest.mark.parametrize("state", STATES)
async def test_killed_in_every_state_nothing_stale_is_left(
    autojump_clock: MockClock, state: str, after_s: float, round_trip_s: float
) -> None:
    change, end = STATES[state]
    chat = Chat()
    async with open_life(chat) as life:
        _, work = await begin(life)
        chat.round_trip_s = round_trip_s
        change(work)
        await trio.sleep(after_s)
        store = life.outside.store
    await start_again(chat, store)
    assert chat.shown(MessageId(2)) in {end, (), ("🚫",)} if after_s < 20 else {end}
    assert chat.shown(MessageId(1)) == ()


async def start_again(chat: Chat, store: MemoryStore) -> None:
    """The next life, until everything is quiet; there is nothing left to mend for the one after."""
    async with open_life(chat, store) as life:
        hear(life, GuildCreated(guild=Guild(id=GUILD, owner_id=ME)))
        await trio.sleep(60)
        assert life.population.depths == {}
        requests = len(chat.requests)
    async with open_life(chat, store) as life:
        hear(life, GuildCreated(guild=Guild(id=GUILD, owner_id=ME)))
        await trio.sleep(60)
        assert len(chat.requests) == requests


def hear(life: Life, event: Event) -> None:
    for delivery in listen(event):
        life.population.deliver(delivery)


@pytest.mark.parametrize("clears", ["on", "off"])
@pytest.mark.parametrize("state", STATES)
async def test_stopped_in_every_state_nothing_is_left_waiting(
    autojump_clock: MockClock, state: str, clears: str
) -> None:
    chat = Chat(round_trip_s=0.05)
    async with open_life(chat) as life:
        life.set(remove_ack_after_reply=clears)
        _, work = await begin(life)
        STATES[state][0](work)
        await trio.sleep(0.5)
        with trio.fail_after(2.5):
            await life.population.close()
        ended = state in {"done", "failed"} and clears == "off"
        assert life.shown(2) == (STATES[state][1] if ended else ())
        store = life.outside.store
    requests = len(chat.requests)
    await start_again(chat, store)
    assert len(chat.requests) == requests


async def test_works_that_end_with_the_bot_show_how(autojump_clock: MockClock) -> None:
    async with open_life() as life:
        _, work = await begin(life)
        life.outside.later(0.1, lambda: fail(work))
        await life.population.close()
        assert life.shown(2) == ("❌",)


async def fail(work: Work) -> None:
    work.fail()


async def test_what_a_stop_has_no_time_for_is_done_by_the_next_start(autojump_clock: MockClock) -> None:
    chat = Chat()
    async with open_life(chat) as life:
        for message in range(1, 31):
            life.claim(message)
        await trio.sleep(2)
        chat.limit_s = 0.25
        with trio.fail_after(2.5):
            await life.population.close()
        store = life.outside.store
    assert any(chat.shown(MessageId(message)) for message in range(1, 31))
    await start_again(chat, store)
    assert not any(chat.shown(MessageId(message)) for message in range(1, 31))


async def test_own_emojis_are_cleared_after_a_kill_also_where_they_fell_back(
    autojump_clock: MockClock,
) -> None:
    chat = Chat()
    chat.unknown.add("<:busy:1>")
    async with open_life(chat) as life:
        life.set(status_emojis="working=<:busy:1> waiting=<:wait:2>")
        first = life.claim(1)
        first.start()
        await begin_second(life)
        store = life.outside.store
    await start_again(chat, store)
    assert (chat.shown(MessageId(1)), chat.shown(MessageId(2))) == (("🚫",), ())


async def begin_second(life: Life) -> None:
    life.claim(2)
    await trio.sleep(2)
    assert (life.shown(1), life.shown(2)) == (("🤔",), ("<:wait:2>",))


def test_only_what_concerns_shown_messages_is_heard() -> None:
    one = MessageId(1)
    deleted = MessageDeleted(message_id=one, channel_id=CHANNEL, guild_id=GUILD)
    several = MessagesDeletedInBulk(message_ids=(one,), channel_id=CHANNEL, guild_id=GUILD)
    edited = MessagePatch(id=one, channel_id=CHANNEL, guild_id=GUILD, edited_timestamp=EPOCH)
    for event in (deleted, several, MessageUpdated(message=edited)):
        (delivery,) = listen(event)
        assert (delivery.address, delivery.wake) == (HOME, False)
    embedded = MessagePatch(id=one, channel_id=CHANNEL, guild_id=GUILD)
    private = MessageDeleted(message_id=one, channel_id=CHANNEL)
    for event in (MessageUpdated(message=embedded), private, Resumed()):
        assert list(listen(event)) == []
