"""A kill while the answer to a ``play`` is on its way: what is read after the start is true."""

from collections.abc import Callable

import pytest
import trio
import trio.testing
from attrs import define, evolve

from actors.core.ack import Ack, AckOutcome
from actors.core.address import Address
from actors.core.answers import CommandReply, MessageReply
from actors.core.lane import Lane
from actors.core.listing import PICKER
from actors.core.music import QueueMusic, Words
from actors.core.reply import Reply
from actors.core.texts import Text, text
from actors.core.work import Work
from actors.picker.state import LIFE_S
from actors.player.saved import FORM, PendingAnswer, Saved
from actors.rest.payloads import Message
from gateway_client.ids import ApplicationId, ChannelId, MessageId
from gateway_client.objects import Message as SentMessage
from gateway_client.objects import MessageReference, User
from media.errors import MediaError
from tests.player.channel_fakes import ChannelReply, FakeRest
from tests.player.fakes import HOME, TestGuild, open_guild
from tests.player.media_fakes import error
from tests.player.places import ALICE, ME, TEXT
from tests.player.slow_store import SlowStore
from tests.player.test_player_unsure import unsure_link

Clock = trio.testing.MockClock

WAY_S = 0.06
STEP_S = 0.02
TOKEN, ORIGINAL, CALL = "token of a call", MessageId(4000), MessageId(3000)
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
        before = self.messages.get(message_id, message)
        sent = await super().edit_message(channel_id, message_id, evolve(message, reply_to=before.reply_to))
        await trio.sleep(WAY_S)
        return sent

    async def edit_answer(self, application_id: ApplicationId, token: str, message: Message) -> SentMessage:
        assert token == TOKEN
        self.messages.setdefault(ORIGINAL, Message(content="is thinking…"))
        return await self.edit_message(TEXT, ORIGINAL, message)

    async def get_messages(
        self, channel_id: ChannelId, after: MessageId, *, limit: int = 100
    ) -> tuple[SentMessage, ...]:
        assert (channel_id, after) == (TEXT, CALL)
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
    def answer(self) -> str | None:
        """What the answer to the ``play`` reads."""
        return next((m.content for m in self.messages.values() if "Now playing" not in m.content), None)


async def kept(store: SlowStore) -> Saved:
    row = await store.load(HOME.kind, HOME.key)
    return Saved() if row is None else FORM.decode(row.data, row.schema)


def in_channel(guild: TestGuild, work: Work) -> Reply:
    return ChannelReply(guild.rest, Lane(guild.spawn))


def by_slash(guild: TestGuild, work: Work) -> Reply:
    ack = Ack()
    ack.settle(AckOutcome.ACKNOWLEDGED)
    return CommandReply(
        rest=guild.rest,
        lane=Lane(guild.spawn),
        ack=ack,
        application_id=ApplicationId(9001),
        token=TOKEN,
        channel_id=TEXT,
        ephemeral=False,
        work=work,
    )


def by_prefix(guild: TestGuild, work: Work) -> Reply:
    return MessageReply(
        rest=guild.rest,
        lane=Lane(guild.spawn),
        later=lambda seconds, step: None,
        channel_id=TEXT,
        call_id=CALL,
        work=work,
        tidy_after_s=0.0,
        can_delete_call=False,
    )


Way = Callable[[TestGuild, Work], Reply]


def play(guild: TestGuild, way: Way, above: Text | None = None, words: str = "sea") -> None:
    work = Work()
    guild.hand_over(
        QueueMusic(
            wishes=(Words(words),),
            facts=guild.facts(ALICE),
            reply=way(guild, work),
            work=work,
            above=above,
        )
    )


async def killed_after(
    seconds: float, search_s: float, failure: MediaError | None, way: Way
) -> tuple[FarRest, Saved]:
    """What is in the channel and in the store of a bot that was killed so long after a ``play``."""
    store, rest = SlowStore(delay_s=0.01), FarRest()
    async with open_guild(store=store, rest=rest) as guild:
        guild.resolver.delays_s["sea"] = search_s
        if failure is not None:
            guild.resolver.shelf["sea"] = failure
        play(guild, way)
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
        rest, known = await killed_after(step * STEP_S, search_s, failure, in_channel)
        if not known.pending and rest.answer == "Queuing…":
            ends.add("unknown")  # its number was not back yet, and it is the answer to nothing
            assert step * STEP_S <= 2 * WAY_S + 2 * STEP_S
        elif rest.answer is not None:
            ends.add(is_true(rest.answer, known, failure))
    told = "Track added" if failure is None else "I could not queue that"
    slow = {INTERRUPTED} if search_s > 2 * WAY_S else set[str]()
    assert ends == {"unknown", told} | slow


@pytest.mark.parametrize("search_s", SEARCHES.values(), ids=SEARCHES)
@pytest.mark.parametrize("way", [by_slash, by_prefix])
async def test_answer_whose_number_was_not_known_is_found(
    autojump_clock: Clock, search_s: float, way: Way
) -> None:
    ends: set[str] = set()
    for step in range(int((0.6 + search_s) / STEP_S)):
        rest, known = await killed_after(step * STEP_S, search_s, None, way)
        if rest.answer not in (None, "is thinking…"):
            ends.add(is_true(rest.answer or "", known, None))
    assert "Track added" in ends
    assert ends <= {"Track added", INTERRUPTED}


def is_true(told: str, known: Saved, failure: MediaError | None) -> str:
    """What the answer says, which has to be so."""
    queued = known.now is not None or bool(known.queue)
    assert told.startswith("Track added: **sea**") is queued, told
    assert told == INTERRUPTED or queued is (failure is None), told
    return told.partition(":")[0]


async def test_message_that_cannot_be_found_is_left_alone(autojump_clock: Clock) -> None:
    store, rest = SlowStore(), FarRest()
    await rest.create_message(TEXT, Message(content="The answer to something else.", reply_to=MessageId(1)))
    async with open_guild(store=store, rest=rest) as guild:
        guild.resolver.delays_s["sea"] = 2.0
        play(guild, by_prefix)
        await trio.sleep(0.05)
    assert [answer.call_id for answer in (await kept(store)).pending] == [CALL]
    async with open_guild(store=store, rest=rest) as guild:
        guild.wake()
        await trio.sleep(3)
    assert rest.lines == ["The answer to something else."]
    assert (await kept(store)).pending == ()


@pytest.mark.parametrize("way", [in_channel, by_prefix])
async def test_what_stands_above_the_answer_stays_there(autojump_clock: Clock, way: Way) -> None:
    for seconds, below in ((1.0, INTERRUPTED), (2.05, "Track added: **sea**")):
        store, rest = SlowStore(), FarRest()
        async with open_guild(store=store, rest=rest) as guild:
            guild.resolver.delays_s["sea"] = 2.0
            play(guild, way, text("player.paused"))
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


async def wake_all(guild: TestGuild, store: SlowStore, *, pickers_first: bool) -> None:
    """Start what is kept, as a start of the bot does, in one order or the other."""
    pickers = [Address(PICKER, row.key) for row in await store.load_all(PICKER)]
    everybody = [*pickers, HOME] if pickers_first else [HOME, *pickers]
    for address in everybody:
        guild.population.wake(address)


@pytest.mark.parametrize("pickers_first", [True, False])
@pytest.mark.parametrize("search_s", SEARCHES.values(), ids=SEARCHES)
@pytest.mark.parametrize("way", [by_slash, by_prefix])
async def test_picker_that_takes_the_place_of_queuing_is_there_after_a_kill_at_any_moment(
    autojump_clock: Clock, search_s: float, way: Way, pickers_first: bool
) -> None:
    ends: set[str] = set()
    for step in range(int((0.5 + search_s) / STEP_S)):
        store, rest = SlowStore(delay_s=0.01), FarRest()
        async with open_guild(store=store, rest=rest) as guild:
            unsure_link(guild)
            guild.resolver.delays_s["link"] = search_s
            play(guild, way, words="link")
            await trio.sleep(step * STEP_S)
        had_buttons = has_buttons(rest)
        async with open_guild(store=store, rest=rest) as guild:
            await wake_all(guild, store, pickers_first=pickers_first)
            await trio.sleep(3)
            if has_buttons(rest):
                guild.press("2")
                await trio.sleep(3)
                ends.add("chosen")
                assert (rest.answer or "").startswith("Track added: **Sea**")
                assert await store.load_all(PICKER) == []
            else:
                assert not had_buttons
                assert rest.answer in (None, "is thinking…", INTERRUPTED)
                ends.add(rest.answer or "nothing")
        assert (await kept(store)).pending == ()
    assert "chosen" in ends
    assert (INTERRUPTED in ends) is (way is by_slash or search_s > 2 * WAY_S)


def has_buttons(rest: FarRest) -> bool:
    return any(message.components for message in rest.messages.values())


async def test_picker_that_came_too_late_says_so(autojump_clock: Clock) -> None:
    store, rest = SlowStore(), FarRest()
    async with open_guild(store=store, rest=rest) as guild:
        unsure_link(guild)
        play(guild, by_slash, words="link")
        while not await store.load_all(PICKER):  # noqa: ASYNC110 - a kill at that very moment is wanted
            await trio.sleep(0.001)
        await trio.sleep(0.01)
        assert rest.answer in ("is thinking…", "Queuing…")
    await trio.sleep(LIFE_S)
    async with open_guild(store=store, rest=rest) as guild:
        guild.started -= LIFE_S
        await wake_all(guild, store, pickers_first=True)
        await trio.sleep(3)
    assert "in time" in (rest.answer or "")
    assert await store.load_all(PICKER) == []
