"""Interactions that read "thinking…" when the bot is killed: after the start each reads something true."""

import pytest
import trio
import trio.testing
from attrs import define, field

from actors.core.ack import Ack, AckOutcome
from actors.core.answers import CommandReply, foretell
from actors.core.courtesy import LONGEST_S, QUIET_S
from actors.core.lane import Lane
from actors.core.unanswered import FORM, KIND, PATIENCE_S, TIDY_S, TOKEN_LIFE_S, Note
from actors.core.way_back import keep_way_back
from actors.core.work import Work
from actors.rest.errors import RestError
from actors.rest.payloads import Callback, File, Message
from actors.store.database import load_all
from actors.store.errors import StoreError
from gateway_client.ids import InteractionId
from tests.core.desk import Desk, open_desk
from tests.core.fakes import APPLICATION, CATALOGUE, CHANNEL, FakeAckLine, FakeRest, Outside
from tests.store.fakes import MemoryStore

Clock = trio.testing.MockClock

WAY_S = 0.1
STEP_S = 0.02
RESTARTED = CATALOGUE.speaker()("core.restarted")


async def start_again(rest: FakeRest, store: MemoryStore) -> None:
    """A later life, which takes what it finds."""
    async with trio.open_nursery() as nursery:
        outside = Outside(nursery, rest=rest, store=store)
        book = outside.book()
        await book.load()
        await trio.sleep(PATIENCE_S)
        await book.complete()
        await trio.sleep(TIDY_S + 0.1)
        nursery.cancel_scope.cancel()


def shown(rest: FakeRest, token: str) -> str | None:
    """What the place of an answer reads; ``None`` where it was never there or is gone."""
    if token not in rest.acknowledged or token in rest.removed:
        return None
    return rest.answers[token].content if token in rest.answers else "thinking…"


async def rows(store: MemoryStore) -> list[Note]:
    return [FORM.decode(row.data, row.schema) for row in await store.load_all(KIND)]


@pytest.mark.parametrize(
    ("name", "what", "answer"),
    [
        ("do", "it", "did it"),
        ("hush", "it", "did it"),
        ("nowhere", None, "I no longer know this command"),
    ],
    ids=["public", "private", "refused"],
)
async def test_what_is_read_after_a_kill_at_any_moment_is_true(
    autojump_clock: Clock, name: str, what: str | None, answer: str
) -> None:
    ends: set[str | None] = set()
    for step in range(int(0.7 / STEP_S)):
        rest, store = FakeRest(delay_s=WAY_S), MemoryStore()
        async with open_desk(WAY_S, rest, store) as desk:
            desk.nap_s.append(0.3)
            token = desk.command(name, what)
            await trio.sleep(step * STEP_S)
        killed_with = shown(rest, token)
        await start_again(rest, store)
        assert await rows(store) == []
        assert killed_with in (None, "thinking…", shown(rest, token))
        ends.add(shown(rest, token))
    begins = [end for end in ends if end and end.startswith(answer)]
    assert len(begins) == 1
    assert ends == {None, begins[0]} | ({RESTARTED} if answer.startswith("did") else set())


async def test_public_refusal_stays_private(autojump_clock: Clock) -> None:
    for seconds in (0.05, 0.15, 0.25, 0.5):
        rest, store = FakeRest(delay_s=WAY_S), MemoryStore()
        async with open_desk(WAY_S, rest, store) as desk:
            token = desk.command("do", "refuse")
            await trio.sleep(seconds)
        await start_again(rest, store)
        assert shown(rest, token) is None
        private = [message for message in rest.messages.values() if message.content == "no"]
        assert all(message.ephemeral for message in private)
        assert bool(private) is (seconds > 0.1 and seconds != 0.25), "between the two requests it is lost"


@define(eq=False)
class WatchfulLine(FakeAckLine):
    """Notes what is written when an acknowledgement leaves."""

    store: MemoryStore = field(factory=MemoryStore)
    written: list[int] = field(factory=list[int])

    async def respond(self, interaction_id: InteractionId, token: str, callback: Callback) -> None:
        self.written.append(len(load_all(self.store._connection, KIND)))
        await super().respond(interaction_id, token, callback)


@pytest.mark.parametrize("count", [1, 20])
async def test_rows_go_behind_the_acknowledgements(autojump_clock: Clock, count: int) -> None:
    for _ in range(20):
        rest, store = FakeRest(delay_s=WAY_S), MemoryStore()
        async with open_desk(WAY_S, rest, store) as desk:
            line = desk.intake.ack_line = WatchfulLine(rest, WAY_S, store=store)
            for _ in range(count):
                desk.command("do", "it")
                await trio.sleep(QUIET_S / 4)
            assert line.written[0] == 0
            assert max(line.written) <= 1, "the first of a burst cannot know of the others"
            await trio.sleep(LONGEST_S)
            assert len(await rows(store)) == count


async def test_row_of_an_answered_interaction_goes_with_others_or_after_a_while(
    autojump_clock: Clock,
) -> None:
    rest, store = FakeRest(delay_s=WAY_S), MemoryStore()
    async with open_desk(WAY_S, rest, store) as desk:
        desk.command("do", "it")
        await trio.sleep(1.0)
        (note,) = await rows(store)
        assert note.answer is not None
        await trio.sleep(TIDY_S)
        assert await rows(store) == []

        desk.command("do", "it")
        await trio.sleep(1.0)
        desk.command("do", "more")
        await trio.sleep(0.02)
        assert len(await rows(store)) == 1


async def test_clicks_have_no_rows(autojump_clock: Clock) -> None:
    rest, store = FakeRest(delay_s=WAY_S), MemoryStore()
    async with open_desk(WAY_S, rest, store) as desk:
        desk.press("work:1:100:press:7")
        desk.typing("a")
        desk.command("form")
        await trio.sleep(0.05)
        assert await rows(store) == []


async def test_answer_is_known_before_it_is_said(autojump_clock: Clock) -> None:
    rest, store = FakeRest(), MemoryStore()
    async with open_desk(WAY_S, rest, store) as desk:
        token, reply = await acknowledged(desk)
        foretell(reply, Message(content="Skipped."))
        await trio.sleep(0.1)
    await start_again(rest, store)
    assert shown(rest, token) == "Skipped."


async def test_answer_with_a_file_is_asked_for_again(autojump_clock: Clock) -> None:
    rest, store = FakeRest(), MemoryStore()
    async with open_desk(WAY_S, rest, store) as desk:
        token, reply = await acknowledged(desk)
        foretell(reply, Message(content="here", files=(File(name="a", content=b"a"),)))
        await trio.sleep(0.1)
    await start_again(rest, store)
    assert shown(rest, token) == RESTARTED


async def test_slice_that_keeps_the_end_is_left_alone_from_its_first_word_on(autojump_clock: Clock) -> None:
    rest, store = FakeRest(), MemoryStore()
    async with open_desk(WAY_S, rest, store) as desk:
        _, reply = await acknowledged(desk)
        way = keep_way_back(reply)
        assert way is not None
        assert way.token == reply.token
        await trio.sleep(TIDY_S)
        assert len(await rows(store)) == 1, "it may never come to that word"
        rest.delay_s = 10.0
        reply.say(Message(content="Queuing…"))
        await trio.sleep(TIDY_S + 0.1)
        assert await rows(store) == []


async def acknowledged(desk: Desk) -> tuple[str, CommandReply]:
    """An interaction that reads "thinking…", and the way to answer it."""
    token = "t7"
    desk.outside.rest.acknowledged.add(token)
    entry = desk.intake.unanswered.begin(InteractionId(7), token, None, ephemeral=False)
    await trio.sleep(0.1)
    ack = Ack()
    ack.settle(AckOutcome.ACKNOWLEDGED)
    reply = CommandReply(
        rest=desk.outside.rest,
        lane=Lane(desk.outside.spawn),
        ack=ack,
        application_id=APPLICATION,
        token=token,
        channel_id=CHANNEL,
        ephemeral=False,
        work=Work(),
        entry=entry,
    )
    return token, reply


async def test_token_that_is_worth_nothing_any_more_is_not_used(autojump_clock: Clock) -> None:
    rest, store = FakeRest(), MemoryStore()
    async with open_desk(WAY_S, rest, store) as desk:
        await acknowledged(desk)
    async with trio.open_nursery() as nursery:
        outside = Outside(nursery, rest=rest, store=store)
        book = outside.book()
        await trio.sleep(TOKEN_LIFE_S)
        await book.load()
        await book.complete()
        await trio.sleep(TIDY_S + 0.1)
        nursery.cancel_scope.cancel()
    assert rest.log == []
    assert await rows(store) == []


async def test_what_could_not_be_reached_is_left_to_the_next_start(autojump_clock: Clock) -> None:
    rest, store = FakeRest(), MemoryStore()
    async with open_desk(WAY_S, rest, store) as desk:
        token, _ = await acknowledged(desk)
    rest.errors.append(RestError("out of reach", status=500))
    await start_again(rest, store)
    assert shown(rest, token) == "thinking…"
    await start_again(rest, store)
    assert shown(rest, token) == RESTARTED


async def test_rows_that_cannot_be_read_or_written_stop_nothing(autojump_clock: Clock) -> None:
    rest, store = FakeRest(), MemoryStore()
    await store.save(KIND, 5, 1, b"?")
    async with open_desk(WAY_S, rest, store) as desk:
        token, _ = await acknowledged(desk)
    await start_again(rest, store)
    assert shown(rest, token) == RESTARTED
    assert await rows(store) == []
    store.fail_with = StoreError("disk full")
    async with open_desk(WAY_S, rest, store) as desk:
        assert await desk.told("do") == "did nothing"
