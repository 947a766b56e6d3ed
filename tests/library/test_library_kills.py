"""Answers of the library that a kill catches between the outcome and the channel."""

import pytest
import trio
import trio.testing

from actors.core.address import Address
from actors.core.reply import OnSent
from actors.library.messages import Download
from actors.rest.payloads import Message
from cli.slices import SCHEMAS
from gateway_client.ids import MessageId
from media.errors import MediaError, MediaFailure
from tests.core.fakes import GUILD, FakeReply
from tests.library.rig import open_house
from tests.library.test_library import FakeFetcher, library, shelf
from tests.store.fakes import MemoryStore

Clock = trio.testing.MockClock


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
