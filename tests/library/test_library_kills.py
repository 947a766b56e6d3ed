"""Answers of the library that a kill catches: before their message is known, and before the channel knows."""

from collections.abc import Callable

import pytest
import trio
import trio.testing
from attrs import define, evolve

from actors.core.ack import Ack, AckOutcome
from actors.core.address import Address
from actors.core.answers import CommandReply, MessageReply
from actors.core.lane import Lane
from actors.core.reply import OnSent, Reply
from actors.core.work import Work
from actors.library.messages import Download
from actors.rest.payloads import Message
from cli.slices import SCHEMAS
from gateway_client.ids import ApplicationId, ChannelId, MessageId
from gateway_client.objects import Message as SentMessage
from gateway_client.objects import MessageReference, User
from media.errors import MediaError, MediaFailure
from tests.core.fakes import APPLICATION, CHANNEL, GUILD, ME, FakeReply, FakeRest
from tests.library.rig import House, open_house
from tests.library.test_library import FakeFetcher, library, shelf
from tests.store.fakes import MemoryStore

Clock = trio.testing.MockClock

WAY_S = 0.06
STEP_S = 0.02


async def never(reply: FakeReply) -> None:
    await trio.sleep_forever()


@pytest.mark.parametrize("fails", [None, MediaError(kind=MediaFailure.NOT_AUDIO)])
async def test_outcome_that_a_kill_has_kept_back_is_told_after_the_start(
    autojump_clock: Clock, monkeypatch: pytest.MonkeyPatch, fails: MediaError | None
) -> None:
    def say(
        reply: FakeReply, message: Message, *, transient: bool = False, sent: OnSent | None = None
    ) -> None:
        if not reply.said:
            real(reply, message, transient=transient, sent=sent)

    real, files, store = FakeReply.say, shelf(), MemoryStore(SCHEMAS)
    with monkeypatch.context() as slow:
        slow.setattr(FakeReply, "say", say)
        slow.setattr(FakeReply, "settled", never)
        fetcher = FakeFetcher(files, seconds=2, error=fails)
        async with open_house(library(files, fetcher), store=store) as house:
            await house.ask(Download(url="https://x.test/a.mp3"), wait_s=5)
    for told in ("Not saved: " if fails else "Saved as **a.mp3**.", None):
        async with open_house(library(files), store=store) as house:
            house.outside.rest.messages[MessageId(777)] = Message(content="⬇️ Downloading…")
            house.population.wake(Address("library", GUILD))
            await trio.sleep(1)
            assert len(house.outside.rest.log) == (0 if told is None else 1)
            assert house.outside.rest.messages[MessageId(777)].content.startswith(told or "⬇️")


async def test_answer_whose_outcome_was_told_is_left_alone(
    autojump_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeReply, "settled", never)  # the player says more below it
    files, store = shelf(), MemoryStore(SCHEMAS)
    bad = MediaError(kind=MediaFailure.NOT_AUDIO)
    for fetcher in (FakeFetcher(files, seconds=2), FakeFetcher(files, seconds=2, error=bad)):
        async with open_house(library(files, fetcher), store=store) as house:
            await house.ask(Download(url="https://x.test/a.mp3"), wait_s=5)
        assert await store.load_all("library") == []


@define(eq=False)
class FarRest(FakeRest):
    """Discord at a distance: what was asked for is done before the answer to it is back."""

    delay_s: float = WAY_S

    async def create_message(
        self, channel_id: ChannelId, message: Message, *, nonce: str | None = None
    ) -> SentMessage:
        sent = await super().create_message(channel_id, message)
        await trio.sleep(WAY_S)
        return sent

    async def edit_message(
        self, channel_id: ChannelId, message_id: MessageId, message: Message
    ) -> SentMessage:
        before = self.messages.get(message_id, message)
        sent = await super().edit_message(channel_id, message_id, evolve(message, reply_to=before.reply_to))
        await trio.sleep(WAY_S)
        return sent

    async def edit_answer(self, application_id: ApplicationId, token: str, message: Message) -> SentMessage:
        sent = await super().edit_answer(application_id, token, message)
        await trio.sleep(WAY_S)
        return sent

    async def get_messages(
        self, channel_id: ChannelId, after: MessageId, *, limit: int = 100
    ) -> tuple[SentMessage, ...]:
        return tuple(
            SentMessage(
                id=number,
                channel_id=channel_id,
                author=User(id=ME, bot=True),
                message_reference=MessageReference(message_id=one.reply_to),
            )
            for number, one in self.messages.items()
        )

    @property
    def answer(self) -> str:
        return "\n".join(self.contents())


def by_slash(house: House) -> Reply:
    ack = Ack()
    ack.settle(AckOutcome.ACKNOWLEDGED)
    house.outside.rest.acknowledged.add("t4000")
    return CommandReply(
        rest=house.outside.rest,
        lane=Lane(house.outside.spawn),
        ack=ack,
        application_id=APPLICATION,
        token="t4000",
        channel_id=CHANNEL,
        ephemeral=False,
        work=Work(),
    )


def by_prefix(house: House) -> Reply:
    return MessageReply(
        rest=house.outside.rest,
        lane=Lane(house.outside.spawn),
        later=house.outside.later,
        channel_id=CHANNEL,
        call_id=MessageId(3000),
        work=Work(),
        tidy_after_s=0.0,
        can_delete_call=False,
    )


@pytest.mark.parametrize("fails", [None, MediaError(kind=MediaFailure.NOT_AUDIO)], ids=["saved", "not saved"])
@pytest.mark.parametrize("stall_s", [0.01, 0.4], ids=["before its message is known", "after that"])
@pytest.mark.parametrize("way", [by_slash, by_prefix])
async def test_what_is_read_after_a_kill_at_any_moment_is_true(
    autojump_clock: Clock, way: Callable[[House], Reply], stall_s: float, fails: MediaError | None
) -> None:
    ends: set[str] = set()
    for step in range(int((0.4 + stall_s) / STEP_S)):
        rest, store, files = FarRest(), MemoryStore(SCHEMAS), shelf()
        before = len(files.names(GUILD))
        fetcher = FakeFetcher(files, stall_s=stall_s, error=fails)
        async with open_house(library(files, fetcher), store=store, rest=rest) as house:
            wish = Download(url="https://x.test/a.mp3")
            await house.ask(wish, room=None, wait_s=step * STEP_S, reply=way(house))
        for _ in range(2):  # the second life finds nothing to tell any more
            async with open_house(library(files), store=store, rest=rest) as house:
                rest.log.clear()
                house.population.wake(Address("library", GUILD))
                await trio.sleep(3)
        assert rest.log == []
        assert await store.load_all("library") == []
        assert not rest.answer.startswith("Saved") or len(files.names(GUILD)) > before
        ends.add(rest.answer.partition("*")[0].partition(".")[0])
    told = "Saved as " if fails is None else "Not saved: "
    slow = {"I was stopped in the middle of this"} if stall_s > WAY_S else set[str]()
    assert {end if not end.startswith(told) else told for end in ends} == {"", told} | slow


async def test_found_answers_are_kept_until_they_were_told(autojump_clock: Clock) -> None:
    rest, store, files = FarRest(), MemoryStore(SCHEMAS), shelf()
    async with open_house(library(files, FakeFetcher(files, seconds=9)), store=store, rest=rest) as house:
        await house.ask(Download(url="https://x.test/a.mp3"), wait_s=1.0, reply=by_slash(house))
        assert rest.answer == "⬇️ Downloading…"
    for wait_s in (0.01, 1.0):
        async with open_house(library(files), store=store, rest=rest) as house:
            house.population.wake(Address("library", GUILD))
            await trio.sleep(wait_s)
    assert rest.answer.startswith("I was stopped in the middle of this.")
