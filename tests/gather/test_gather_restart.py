"""What outlives a kill in any phase, a clock that is set, and a snapshot of the first release."""

from pathlib import Path

import trio
import trio.testing

from actors.core.ack import Ack, AckOutcome
from actors.core.answers import CommandReply
from actors.core.arguments import Person
from actors.core.lane import Lane
from actors.core.work import Work
from actors.gather.messages import Expect, ShowStats, Start, Verb
from actors.gather.rules import POST_PATIENCE_S
from actors.gather.saved import FORM, restore, to_saved
from actors.rest.errors import Forbidden
from actors.rest.payloads import Message
from cli.slices import SCHEMAS
from gateway_client.events import GuildCreated
from gateway_client.ids import ApplicationId, MessageId
from gateway_client.objects import Message as SentMessage
from tests.gather.people import ADA, BEN, CLEO, DAN, TEXT, gather, press
from tests.gather.rig import GUILD, HOME, Discord, Rig, guild_object, open_rig
from tests.store.fakes import MemoryStore

Clock = trio.testing.MockClock

WAY_S = 0.06
FIXTURE = Path(__file__).with_name("saved_1.json")


def new_store() -> MemoryStore:
    return MemoryStore(schemas=SCHEMAS)


async def test_a_countdown_goes_on_with_the_same_message_lists_and_clock(autojump_clock: Clock) -> None:
    store, rest = new_store(), Discord()
    async with open_rig(ADA, BEN, store=store, rest=rest) as rig:
        await rig.start("10m")
        rig.ask(Expect((Person(id=DAN.id, name="Dan"),)))
        rig.press(Verb.LEAVE, BEN)
        await trio.sleep(100)
    async with open_rig(ADA, CLEO, store=store, rest=rest) as rig:
        await trio.sleep(1)
        ((first, _),) = rig.boards
        assert "Time remaining: **8:20**" in rig.board
        assert f"1. <@{ADA.id}>\n2. <@{CLEO.id}>\n3. <@{DAN.id}>" in rig.board
        await trio.sleep(500)
        ((second, _),) = rig.boards
        assert first == second
        assert "Attendance: **0/3**" in rig.board
        assert len(rig.pings) == 1


async def test_a_check_in_goes_on_and_who_came_meanwhile_is_there(autojump_clock: Clock) -> None:
    store, rest = new_store(), Discord()
    async with open_rig(ADA, BEN, store=store, rest=rest) as rig:
        await rig.start()
        rig.ask(Expect((Person(id=CLEO.id, name="Cleo"), Person(id=DAN.id, name="Dan"))))
        rig.press(Verb.HERE, ADA)
        rig.press(Verb.MUTE, ADA)
        rig.press(Verb.OUT, DAN)
        await trio.sleep(70)
    await trio.sleep(30)
    async with open_rig(BEN, CLEO, DAN, store=store, rest=rest) as rig:
        await trio.sleep(2)
        assert len(rig.boards) == 1
        for row in (
            "| Ada                   | ON TIME |",
            "| Cleo                  | +01:40  |",
            "| Dan                   | +01:40  |",
            "| Ben                   | --:--   |",
            "Pings: 🔕 off",
        ):
            assert row in rig.board
        rig.press(Verb.HERE, BEN, rig.gather_id)
        await trio.sleep(5)
        assert "Complete" in rig.board
        assert rig.is_over


async def test_an_end_that_was_decided_is_shown_and_counted_after_the_kill(autojump_clock: Clock) -> None:
    store, rest = new_store(), Discord()
    async with open_rig(ADA, store=store, rest=rest) as rig:
        await rig.start()
        await trio.sleep(2)
        rest.delay_s = 5
        rig.press(Verb.HERE, ADA)
        await trio.sleep(0.5)  # committed, the edit is on its way
    rest.delay_s = 0
    rest.in_flight.clear()
    assert rest.boards_with_buttons == 1
    async with open_rig(ADA, store=store, rest=rest) as rig:
        await trio.sleep(3)
        assert "Complete" in rig.board
        assert rest.boards_with_buttons == 0
        assert rig.is_over
        reply = rig.ask(ShowStats())
        await trio.sleep(0.2)
        assert "✅ 1 · 🕐 0" in (reply.said[-1].embeds[0].description or "")
        assert await store.load("gather", GUILD) is None


async def test_a_ghost_that_the_kill_left_behind_is_deleted(autojump_clock: Clock) -> None:
    store, rest = new_store(), Discord()
    async with open_rig(ADA, BEN, store=store, rest=rest) as rig:
        await rig.start()
        await trio.sleep(60)
        assert len(rig.rest.messages) == 3
    async with open_rig(ADA, BEN, store=store, rest=rest) as rig:
        await trio.sleep(1)
        assert len(rig.rest.messages) == 2


async def test_a_kill_before_the_message_is_there_posts_it(autojump_clock: Clock) -> None:
    store, rest = new_store(), Discord()
    async with open_rig(ADA, store=store, rest=rest) as rig:
        rig.ask(Start("5m"), lost=True)
        await trio.sleep(1)
    async with open_rig(ADA, store=store, rest=rest) as rig:
        await trio.sleep(POST_PATIENCE_S + 2)
        assert "Time remaining: **4:4" in rig.board
        assert len(rig.pings) == 1


async def test_press_on_a_message_that_was_seen_before_the_kill_makes_it_the_gathers(
    autojump_clock: Clock,
) -> None:
    store, rest = new_store(), Discord()
    async with open_rig(ADA, BEN, store=store, rest=rest) as rig:
        rig.ask(Start("5m"), delay_s=60)
        await trio.sleep(1)
        ((seen, _),) = rig.boards
    async with open_rig(ADA, BEN, store=store, rest=rest) as rig:
        await trio.sleep(1)
        rig.press(Verb.LEAVE, BEN, on=seen)
        await trio.sleep(POST_PATIENCE_S * 2 + 5)
        assert [message_id for message_id, _ in rig.boards] == [seen], "there is no second one"
        assert "Time remaining: **4:3" in rig.board
        assert len(rig.pings) == 1
        assert BEN.id not in {who.id for who in rig.state.guests.attendees()}


class FarDiscord(Discord):
    """Does what was asked for before the answer to it is back."""

    async def edit_answer(self, application_id: ApplicationId, token: str, message: Message) -> SentMessage:
        sent = await super().edit_answer(application_id, token, message)
        await trio.sleep(WAY_S)
        return sent


async def test_answer_that_nobody_knew_yet_is_found_after_a_kill(autojump_clock: Clock) -> None:
    """From the command to where its message is known, in steps."""
    ends: set[str] = set()
    for step in range(12):
        store, rest = new_store(), FarDiscord(delay_s=WAY_S)
        rest.acknowledged.add("t4000")
        async with open_rig(ADA, BEN, store=store, rest=rest) as rig:
            rig.ask(Start("5m"), reply=by_slash(rig))
            await trio.sleep(step * 0.02)
        kept = [FORM.decode(row.data, row.schema) for row in await store.load_all("gather")]
        async with open_rig(ADA, BEN, store=store, rest=rest) as rig:
            await trio.sleep(POST_PATIENCE_S * 2 + 5)
            assert [message_id for message_id, _ in rig.boards] == [4000] * len(kept)
            if kept:
                assert "Time remaining: **4:3" in rig.board
                assert len(rig.pings) == 1 or kept[0].way is None, (
                    "a ping that was on its way is not repeated"
                )
        ends.add("nothing" if not kept else "known" if kept[0].way is None else "found")
    assert ends == {"nothing", "found", "known"}


def by_slash(rig: Rig) -> CommandReply:
    ack = Ack()
    ack.settle(AckOutcome.ACKNOWLEDGED)
    return CommandReply(
        rest=rig.rest,
        lane=Lane(rig.outside.spawn),
        ack=ack,
        application_id=ApplicationId(9001),
        token="t4000",
        channel_id=TEXT,
        ephemeral=False,
        work=Work(),
    )


async def test_late_press_on_a_message_that_was_replaced_takes_it_away_and_counts(
    autojump_clock: Clock,
) -> None:
    store, rest = new_store(), Discord()
    async with open_rig(ADA, BEN, store=store, rest=rest) as rig:
        rig.ask(Start("5m"), delay_s=60)
        await trio.sleep(1)
        ((seen, _),) = rig.boards
    async with open_rig(ADA, BEN, store=store, rest=rest) as rig:
        await trio.sleep(POST_PATIENCE_S + 2)
        assert len(rig.boards) == 2
        rig.press(Verb.LEAVE, BEN, on=seen)
        await trio.sleep(15)
        ((shown, _),) = rig.boards
        assert shown != seen
        assert "Time remaining: **4:3" in rig.board
        assert BEN.id not in {who.id for who in rig.state.guests.attendees()}


async def test_message_on_its_way_when_the_bot_stops_is_known_afterwards(autojump_clock: Clock) -> None:
    store, rest = new_store(), Discord()
    async with open_rig(ADA, BEN, store=store, rest=rest) as rig:
        rig.ask(Start("5m"), delay_s=1)
        await trio.sleep(0.5)
        ((seen, _),) = rig.boards
        await rig.population.close()
        assert rig.pings == []
    async with open_rig(ADA, BEN, store=store, rest=rest) as rig:
        await trio.sleep(POST_PATIENCE_S * 2 + 5)
        assert [message_id for message_id, _ in rig.boards] == [seen]
        assert "Time remaining: **4:3" in rig.board, "it is the one that is kept up to date"
        assert len(rig.pings) == 1, "nobody was told before"


async def test_a_press_that_is_faster_than_discords_answer_tells_the_message(autojump_clock: Clock) -> None:
    async with open_rig(ADA, BEN) as rig:
        rig.ask(Start("5m"), delay_s=3)
        await trio.sleep(1)
        ((seen, _),) = rig.boards
        rig.press(Verb.LEAVE, BEN, on=seen)
        await trio.sleep(1)
        assert [message_id for _, message_id, _ in rig.rest.edits] == [seen]
        await trio.sleep(POST_PATIENCE_S * 2 + 5)
        assert [message_id for message_id, _ in rig.boards] == [seen]
        assert len(rig.pings) == 1


async def test_answer_that_comes_while_the_message_is_being_posted_is_kept_up_to_date(
    autojump_clock: Clock,
) -> None:
    async with open_rig(ADA, BEN) as rig:
        rig.ask(Start("5m"), delay_s=POST_PATIENCE_S + 1)
        await trio.sleep(POST_PATIENCE_S - 1)
        ((first, _),) = rig.boards
        rig.rest.delay_s = 3
        await trio.sleep(5)
        rig.rest.delay_s = 0
        await trio.sleep(16)
        assert [message_id for message_id, _ in rig.boards] == [first]
        assert "Time remaining: **4:3" in rig.board


async def test_it_waits_until_its_guild_is_in_sight(autojump_clock: Clock) -> None:
    store, rest = new_store(), Discord()
    async with open_rig(ADA, BEN, store=store, rest=rest) as rig:
        await rig.start()
        await trio.sleep(5)
    async with open_rig(ADA, store=store, rest=rest, in_sight=False) as rig:
        rig.population.wake(HOME)
        await trio.sleep(5)
        rig.hear(GuildCreated(guild=guild_object(ADA, CLEO)))
        await trio.sleep(2)
        assert "Attendance: **0/2**" in rig.board


async def test_a_wall_clock_that_is_set_moves_nothing(autojump_clock: Clock) -> None:
    store, rest = new_store(), Discord()
    async with open_rig(ADA, BEN, store=store, rest=rest) as rig:
        await rig.start("10m")
        await trio.sleep(60)
        rig.wall_jump_s = 86_400
        await trio.sleep(40)
        assert "Time remaining: **8:2" in rig.board
    async with open_rig(ADA, BEN, store=store, rest=rest) as rig:
        rig.wall_jump_s = 86_400  # set before anything was loaded
        await trio.sleep(6)
        assert "Time remaining: **8:16**" in rig.board


async def test_a_wall_clock_that_was_set_back_while_the_bot_was_away_makes_nothing_longer(
    autojump_clock: Clock,
) -> None:
    store, rest = new_store(), Discord()
    async with open_rig(ADA, BEN, store=store, rest=rest) as rig:
        await rig.start("10m")
        await trio.sleep(60)
    async with open_rig(ADA, BEN, store=store, rest=rest, wall_jump_s=-86_400) as rig:
        await trio.sleep(1)
        assert "Time remaining: **9:5" in rig.board or "Time remaining: **10:00**" in rig.board
        await trio.sleep(602)
        assert "Grace period" in rig.board
        rig.press(Verb.HERE, ADA)
        await trio.sleep(100)
    pings = len(rig.pings)
    async with open_rig(ADA, BEN, store=store, rest=rest, wall_jump_s=-172_800) as rig:
        await trio.sleep(92)  # grace begins anew
        assert [people for _, people in rig.pings[pings:]] == [(BEN.id,)] * 2


async def test_who_opted_out_as_the_bot_was_killed_is_taken_out_of_the_channel_afterwards(
    autojump_clock: Clock,
) -> None:
    store, rest = new_store(), Discord()
    async with open_rig(ADA, BEN, store=store, rest=rest) as rig:
        await rig.start()
        await trio.sleep(2)
        rest.delay_s = 5
        rig.press(Verb.OUT, BEN)
        await trio.sleep(0.5)
    rest.delay_s = 0
    rest.in_flight.clear()
    assert rest.moved == []
    async with open_rig(ADA, BEN, store=store, rest=rest) as rig:
        await trio.sleep(2)
        assert rest.moved == [BEN.id]
        assert "| Ben                   | OUT     |" in rig.board


async def test_a_crash_of_the_actor_loses_nothing_and_nobodys_click_but_the_poison(
    autojump_clock: Clock,
) -> None:
    async with open_rig(ADA, BEN) as rig:
        await rig.start()
        rig.press(Verb.HERE, ADA)
        await trio.sleep(0.1)
        poison = rig.ask(object(), BEN)
        rig.press(Verb.HERE, BEN)
        await trio.sleep(5)
        assert poison.said
        assert "Complete" in rig.board
        assert len(rig.boards) == 1


async def test_an_unreadable_snapshot_is_told_and_a_new_gather_can_begin(autojump_clock: Clock) -> None:
    store = new_store()
    await store.save("gather", GUILD, 99, b"{}")
    async with open_rig(ADA, store=store) as rig:
        await trio.sleep(0.1)
        reply = rig.ask(Expect((Person(id=BEN.id, name="Ben"),)))
        await trio.sleep(0.1)
        assert "I could not read" in reply.refused[0].content
        await rig.start()
        assert "Attendance" in rig.board


async def test_a_restart_where_the_channel_is_closed_ends_it(autojump_clock: Clock) -> None:
    store, rest = new_store(), Discord()
    async with open_rig(ADA, BEN, store=store, rest=rest) as rig:
        await rig.start()
        await trio.sleep(5)
    rest.refusing["edit"] = Forbidden("missing access", status=403, code=50001)
    async with open_rig(ADA, BEN, store=store, rest=rest) as rig:
        await trio.sleep(10)
        assert rig.is_over
        assert await store.load("gather", GUILD) is None


def test_a_snapshot_of_schema_1_is_read() -> None:
    saved = FORM.decode(FIXTURE.read_bytes(), 1)
    one = restore(saved, 1_795_000_000.0)
    assert [(row.who.name, row.status.value, row.late_s) for row in one.roster.rows()] == [
        ("Ada", "here", 0),
        ("Cleo", "out", None),
        ("Ben", "missing", None),
    ]
    assert one.began == 40.0
    assert one.muted
    assert one.paper.message_id == MessageId(5)
    assert FORM.encode(to_saved(one, 1_795_000_000.0)) == FORM.encode(saved)


def test_everything_is_kept() -> None:
    one = gather(ADA, BEN, countdown_s=100, limit=9)
    press(one, DAN, Verb.JOIN, 1)
    press(one, BEN, Verb.LEAVE, 2)
    again = restore(to_saved(one, 1000.0), 900.0)
    assert again.guests.attendees() == one.guests.attendees()
    assert again.ends_at == one.ends_at + 100
    one.tick(100)
    press(one, DAN, Verb.OUT, 101)
    press(one, ADA, Verb.HERE, 102)
    again = restore(to_saved(one, 0.0), 0.0)
    assert again.roster.rows() == one.roster.rows()
    assert again.next_ping == one.next_ping
