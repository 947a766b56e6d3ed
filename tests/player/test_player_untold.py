"""A kill while the answer to a ``play`` is on its way: what is read after the start is true."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing
from attrs import define

from actors.core.lane import Lane
from actors.core.music import QueueMusic, Words
from actors.core.texts import text
from actors.core.work import Work
from actors.player.saved import FORM, PendingAnswer, Saved
from actors.rest.payloads import Message
from gateway_client.ids import ChannelId, MessageId
from gateway_client.objects import Message as SentMessage
from media.errors import MediaError
from tests.player.channel_fakes import ChannelReply, FakeRest
from tests.player.fakes import HOME, TestGuild, open_guild
from tests.player.media_fakes import error
from tests.player.places import ALICE
from tests.player.slow_store import SlowStore

Clock = trio.testing.MockClock

WAY_S = 0.06
STEP_S = 0.02
SEARCHES = {"before its message is known": 0.01, "after that": 0.3}
INTERRUPTED = "I was restarted in the middle of this and did not do it. Please ask again."


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
        sent = await super().edit_message(channel_id, message_id, message)
        await trio.sleep(WAY_S)
        return sent

    @property
    def answer(self) -> str | None:
        """What the answer to the ``play`` reads."""
        return next((m.content for m in self.messages.values() if "Now playing" not in m.content), None)


async def kept(store: SlowStore) -> Saved:
    row = await store.load(HOME.kind, HOME.key)
    return Saved() if row is None else FORM.decode(row.data, row.schema)


@asynccontextmanager
async def life(store: SlowStore, rest: FarRest, search_s: float) -> AsyncGenerator[TestGuild]:
    async with open_guild(store=store, rest=rest) as guild:
        guild.resolver.delays_s["sea"] = search_s
        yield guild


async def killed_after(seconds: float, search_s: float, failure: MediaError | None) -> tuple[FarRest, Saved]:
    """What is in the channel and in the store of a bot that was killed so long after a ``play``."""
    store, rest = SlowStore(delay_s=0.01), FarRest()
    async with life(store, rest, search_s) as guild:
        if failure is not None:
            guild.resolver.shelf["sea"] = failure
        guild.play("sea")
        await trio.sleep(seconds)
    known = await kept(store)
    for _ in range(2):  # the second life finds nothing to tell any more
        async with open_guild(store=store, rest=rest) as guild:
            rest.lines.clear()
            guild.wake()
            await trio.sleep(3)
    assert not any(line.startswith("edit") for line in rest.lines)
    assert (await kept(store)).pending == ()
    return rest, known


@pytest.mark.parametrize("search_s", SEARCHES.values(), ids=SEARCHES)
@pytest.mark.parametrize("failure", [None, error()], ids=["found", "not found"])
async def test_what_is_read_after_a_kill_at_any_moment_is_true(
    autojump_clock: Clock, search_s: float, failure: MediaError | None
) -> None:
    ends: set[str] = set()
    for step in range(int((0.6 + search_s) / STEP_S)):
        rest, known = await killed_after(step * STEP_S, search_s, failure)
        if not known.pending and rest.answer == "Queuing…":
            ends.add("unknown")  # its number was not back yet
            assert step * STEP_S <= 2 * WAY_S + 2 * STEP_S
        elif rest.answer is not None:
            ends.add(rest.answer.partition(":")[0])
            queued = known.now is not None or bool(known.queue)
            assert rest.answer.startswith("Track added: **sea**") is queued, rest.answer
            assert rest.answer == INTERRUPTED or queued is (failure is None), rest.answer
    told = "Track added" if failure is None else "I could not queue that"
    slow = {INTERRUPTED} if search_s > 2 * WAY_S else set[str]()
    assert ends == {"unknown", told} | slow


async def test_what_stands_above_the_answer_stays_there(autojump_clock: Clock) -> None:
    for seconds, below in ((1.0, INTERRUPTED), (2.05, "Track added: **sea**")):
        store, rest = SlowStore(), FarRest()
        async with life(store, rest, 2.0) as guild:
            guild.hand_over(
                QueueMusic(
                    wishes=(Words("sea"),),
                    facts=guild.facts(ALICE),
                    reply=ChannelReply(rest, Lane(guild.spawn)),
                    work=Work(),
                    above=text("player.paused"),
                )
            )
            await trio.sleep(seconds)
            assert rest.answer == "Paused. `resume` goes on.\nQueuing…"
        async with open_guild(store=store, rest=rest) as guild:
            guild.wake()
            await trio.sleep(3)
        assert rest.answer is not None
        assert rest.answer.startswith(f"Paused. `resume` goes on.\n{below}")


def test_answers_that_an_older_program_has_kept_are_read() -> None:
    kept_then = b'{"pending":[{"channel_id":7,"message_id":8,"title":"Mine","added":3}]}'
    (answer,) = FORM.decode(kept_then, 1).pending
    assert answer == PendingAnswer(channel_id=ChannelId(7), message_id=MessageId(8), title="Mine", added=3)
