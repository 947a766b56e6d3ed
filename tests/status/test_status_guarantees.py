"""What status reactions promise, each as a story on a virtual clock against a Discord that refuses."""

import pytest
import trio
from trio.testing import MockClock

from actors.core.work import Work, WorkKind
from actors.status.messages import MessageEdited, MessagesGone
from actors.store.errors import DiskFull
from gateway_client.ids import ChannelId, MessageId, UserId
from tests.core.fakes import BOB, CHANNEL
from tests.status.fakes import HOME, Chat, fresh_store, open_life

PASSING = ["429", "lost", "5xx", "never sent", "no room"]
OTHER_CHANNEL = ChannelId(201)


def nothing() -> None:
    """The work goes on as it is."""


@pytest.mark.parametrize("fault", [None, *PASSING])
async def test_new_is_added_before_old_is_removed_and_one_stays(
    autojump_clock: MockClock, fault: str | None
) -> None:
    async with open_life(Chat(round_trip_s=0.1)) as life:
        first, work = life.claim(1), life.claim(2)
        await trio.sleep(1)
        life.chat.faults.extend([fault] * 4)
        first.done()
        work.start(WorkKind.RESOLVING)
        await trio.sleep(30)
        life.chat.faults.extend([fault] * 4)
        work.done()
        await trio.sleep(60)
        told = [seen for n, seen in enumerate(life.seen(2)) if n == 0 or seen != life.seen(2)[n - 1]]
        assert told == [("⏳",), ("⏳", "🔎"), ("🔎",), ("🔎", "✅"), ("✅",)]
        assert life.chat.most_at_once == 1
        assert len(life.writer) == 0
        assert life.population.depths == {}


async def test_at_twenty_reactions_old_is_removed_first(autojump_clock: MockClock) -> None:
    async with open_life(Chat(crowd=19)) as life:
        work = life.claim(1)
        work.start()
        await trio.sleep(2)
        work.fail()
        await trio.sleep(30)
        assert life.seen(1) == [("🤔",), (), ("❌",)]


async def test_a_crowded_message_is_left_alone(autojump_clock: MockClock) -> None:
    async with open_life(Chat(crowd=20)) as life:
        work = life.claim(1)
        work.start()
        await trio.sleep(2)
        work.done()
        await trio.sleep(30)
        assert life.shown(1) == ()
        assert len(life.chat.requests) == 1
        assert life.population.depths == {}


async def test_who_waits_is_seen_waiting_and_leaves_at_its_own_start(autojump_clock: MockClock) -> None:
    async with open_life() as life:
        works = [life.claim(message) for message in range(1, 4)]
        works[0].start(WorkKind.RESOLVING)
        await trio.sleep(1)
        assert [life.shown(message) for message in range(1, 4)] == [("🔎",), ("⏳",), ("⏳",)]
        works[0].done()
        await trio.sleep(10)
        assert [life.shown(message) for message in range(1, 4)] == [("✅",), ("⏳",), ("⏳",)]
        works[2].start(WorkKind.DOWNLOADING)
        await trio.sleep(1)
        assert [life.shown(message) for message in range(1, 4)] == [("✅",), ("⏳",), ("⬇️",)]


async def test_what_acts_at_once_waits_for_nobody(autojump_clock: MockClock) -> None:
    async with open_life() as life:
        life.claim(1).start()
        life.claim(2, lane=None)
        await trio.sleep(2)
        assert life.shown(2) == ()


async def test_slash_commands_are_waited_for_too(autojump_clock: MockClock) -> None:
    async with open_life() as life:
        slash = Work()
        life.claim_slash(slash)
        life.claim(1)
        await trio.sleep(2)
        assert life.shown(1) == ("⏳",)
        slash.done()
        life.claim(2, lane=None).done()
        await trio.sleep(2)
        assert life.shown(1) == ("⏳",)


async def test_quick_work_shows_only_its_end(autojump_clock: MockClock) -> None:
    async with open_life() as life:
        work = life.claim(1)
        work.start(WorkKind.RESOLVING)
        await trio.sleep(0.4)
        work.done()
        await trio.sleep(5)
        assert life.seen(1) == [("✅",)]


async def test_work_that_ended_before_anybody_looked_is_shown(autojump_clock: MockClock) -> None:
    async with open_life() as life:
        ended = Work()
        ended.fail()
        life.claim(1, work=ended)
        await trio.sleep(1)
        assert life.shown(1) == ("❌",)


async def test_n_changes_cost_what_the_last_state_needs(autojump_clock: MockClock) -> None:
    async with open_life(Chat(round_trip_s=5.0)) as life:
        work = life.claim(1)
        work.start(WorkKind.RESOLVING)
        await trio.sleep(1)
        for kind in [WorkKind.DOWNLOADING, WorkKind.STARTING] * 10:
            work.start(kind)
            await trio.sleep(0.1)
        work.done()
        await trio.sleep(60)
        assert life.shown(1) == ("✅",)
        assert len(life.chat.requests) == 3


async def test_what_is_overtaken_while_the_book_is_written_is_never_sent(autojump_clock: MockClock) -> None:
    with fresh_store(write_s=0.2) as store:
        async with open_life(store=store) as life:
            work, other = life.claim(1), life.claim(2)
            work.start(WorkKind.RESOLVING)
            await trio.sleep(0.6)
            work.done()
            other.start(WorkKind.RESOLVING)
            await trio.sleep(30)
            assert life.seen(1) == [("✅",)]
            assert life.seen(2) == [("🔎",)]


async def test_an_end_goes_before_leaving_before_waiting(autojump_clock: MockClock) -> None:
    async with open_life(Chat(limit_s=0.25)) as life:
        works = [life.claim(message) for message in range(1, 21)]
        await trio.sleep(0.6)
        works[18].start(WorkKind.RESOLVING)
        works[19].fail()
        await trio.sleep(60)
        order = [(int(request.reaction.message_id), request.reaction.emoji) for request in life.chat.requests]
        assert order.index((20, "❌")) < order.index((19, "🔎")) < order.index((10, "⏳"))
        assert (19, "⏳") not in order


@pytest.mark.parametrize("what", ["edited", "deleted"])
async def test_a_message_that_is_not_what_was_asked_keeps_nothing(
    autojump_clock: MockClock, what: str
) -> None:
    async with open_life(Chat(round_trip_s=0.1)) as life:
        work = life.claim(1)
        work.start()
        await trio.sleep(2)
        if what == "edited":
            life.population.tell_living(HOME, MessageEdited(message_id=MessageId(1)))
        else:
            life.chat.delete(MessageId(1))
            gone = MessagesGone(channel_id=CHANNEL, message_ids=(MessageId(1),))
            life.population.tell_living(HOME, gone)
        await trio.sleep(1)
        assert life.shown(1) == ()
        requests = len(life.chat.requests)
        work.done()
        await trio.sleep(5)
        assert life.shown(1) == ()
        assert len(life.chat.requests) == requests
        assert life.population.depths == {}


async def test_a_message_deleted_unseen_is_forgotten_at_the_first_refusal(autojump_clock: MockClock) -> None:
    async with open_life() as life:
        work = life.claim(1)
        life.chat.delete(MessageId(1))
        work.start()
        await trio.sleep(5)
        work.done()
        await trio.sleep(5)
        assert len(life.chat.requests) == 1
        assert life.population.depths == {}


@pytest.mark.parametrize("refusal", ["no permission", "no access"])
async def test_a_forbidden_channel_is_left_alone_said_once_and_tried_again(
    autojump_clock: MockClock, refusal: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_life() as life:
        life.chat.forbidden = refusal
        for message in range(1, 6):
            life.claim(message, lane=None).done()
        long_work = life.claim(9, lane=None)
        life.claim(10, lane=None, channel=OTHER_CHANNEL)
        await trio.sleep(5)
        told = [record for record in caplog.records if "no reactions in this channel" in record.message]
        assert len(told) == 1
        assert len(life.chat.requests) <= 6
        life.chat.forbidden = None
        await trio.sleep(600)
        long_work.done()
        await trio.sleep(5)
        assert life.shown(9) == ("✅",)
        assert len(life.writer) == 1


async def test_an_author_who_blocked_us_is_left_alone(autojump_clock: MockClock) -> None:
    async with open_life() as life:
        life.chat.forbidden = "blocked"
        life.claim(1, lane=None, author=BOB).done()
        await trio.sleep(2)
        life.chat.forbidden = None
        life.claim(2, lane=None, author=BOB).done()
        life.claim(3, lane=None).done()
        await trio.sleep(2)
        assert (life.shown(1), life.shown(2), life.shown(3)) == ((), (), ("✅",))
        assert life.population.depths == {}


async def test_an_unknown_emoji_is_asked_for_once_in_ten_minutes(autojump_clock: MockClock) -> None:
    async with open_life() as life:
        life.set(status_emojis="done=<:gone:1>")
        life.chat.unknown.add("<:gone:1>")
        for message in (1, 2, 3):
            life.claim(message).done()
            await trio.sleep(5)
            assert life.shown(message) == ("✅",)
        assert [r.reaction.emoji for r in life.chat.requests] == ["<:gone:1>", "✅", "✅", "✅"]
        life.chat.unknown.clear()
        await trio.sleep(600)
        life.claim(4).done()
        await trio.sleep(5)
        assert life.shown(4) == ("<:gone:1>",)


async def test_an_unknown_emoji_gives_way_to_the_usual_one(autojump_clock: MockClock) -> None:
    async with open_life() as life:
        life.set(status_emojis="done=<:gone:1> working=<a:busy:2>")
        life.chat.unknown.update({"<:gone:1>", "<a:busy:2>"})
        work = life.claim(1)
        work.start()
        await trio.sleep(2)
        assert life.shown(1) == ("🤔",)
        work.done()
        await trio.sleep(2)
        assert life.shown(1) == ("✅",)


async def test_own_emojis_are_used(autojump_clock: MockClock) -> None:
    async with open_life() as life:
        life.set(status_emojis="done=<:yes:1>, failed=💥")
        life.claim(1).done()
        life.claim(2).fail()
        await trio.sleep(2)
        assert (life.shown(1), life.shown(2)) == (("<:yes:1>",), ("💥",))


@pytest.mark.parametrize("clears", ["on", "off"])
async def test_what_a_person_removed_is_not_put_back(autojump_clock: MockClock, clears: str) -> None:
    async with open_life(Chat(round_trip_s=0.1)) as life:
        life.set(remove_ack_after_reply=clears)
        first, work = life.claim(1), life.claim(2)
        steps = [("⏳", nothing), ("🔎", lambda: work.start(WorkKind.RESOLVING)), ("✅", work.done)]
        for emoji, step in steps:
            step()
            await trio.sleep(1)
            assert life.shown(2) == (emoji,)
            life.chat.ours[MessageId(2)].clear()
            await trio.sleep(30)
            assert life.shown(2) == ()
        first.done()
        await trio.sleep(30)
        of_two = [request.reaction for request in life.chat.requests if request.reaction.message_id == 2]
        assert [reaction.emoji for reaction in of_two if reaction.present] == ["⏳", "🔎", "✅"]
        assert life.population.depths == {}


async def test_off_shows_one_acknowledgement_at_once(autojump_clock: MockClock) -> None:
    async with open_life() as life:
        life.set(status_reactions="off")
        works = [life.claim(message) for message in range(1, 4)]
        await trio.sleep(0.1)
        assert all(life.shown(message) == ("👀",) for message in range(1, 4))
        works[0].start()
        works[0].done()
        works[1].skip()
        works[2].fail()
        await trio.sleep(10)
        assert all(life.seen(message) == [("👀",)] for message in range(1, 4))
        assert life.population.depths == {}


async def test_off_clears_only_what_has_really_ended(autojump_clock: MockClock) -> None:
    async with open_life() as life:
        life.set(status_reactions="off", remove_ack_after_reply="on")
        first, queued = life.claim(1), life.claim(2)
        await trio.sleep(5)
        first.done()
        await trio.sleep(60)
        assert (life.shown(1), life.shown(2)) == ((), ("👀",))
        queued.start()
        queued.done()
        await trio.sleep(5)
        assert life.shown(2) == ()
        assert life.population.depths == {}


async def test_an_end_goes_away_after_its_hold_if_so_set(autojump_clock: MockClock) -> None:
    async with open_life(Chat(limit_s=0.25)) as life:
        life.set(remove_ack_after_reply="on")
        for message in range(1, 21):
            life.claim(message, lane=None, author=UserId(message)).done()
        await trio.sleep(60)
        for message in range(1, 21):
            times = [r.at for r in life.chat.requests if r.reaction.message_id == message]
            assert len(times) == 2
            assert times[1] - times[0] >= 1.5
            assert life.shown(message) == ()


async def test_merged_work_ends_with_the_other(autojump_clock: MockClock) -> None:
    async with open_life() as life:
        other, work = life.claim(1), life.claim(2)
        work.merge(other)
        await trio.sleep(2)
        assert life.shown(2) == ("⏳",)
        other.done()
        await trio.sleep(2)
        assert life.shown(2) == ("✅",)


async def test_without_a_book_only_ends_are_shown(autojump_clock: MockClock) -> None:
    async with open_life() as life:
        life.outside.store.fail_with = DiskFull("no space")
        first, work = life.claim(1), life.claim(2)
        await trio.sleep(2)
        assert life.chat.requests == []
        first.done()
        await trio.sleep(1)
        assert (life.shown(1), life.shown(2)) == (("✅",), ())
        life.outside.store.fail_with = None
        await trio.sleep(6)
        assert life.shown(2) == ("⏳",)
        work.done()
        await trio.sleep(2)
        assert life.shown(2) == ("✅",)
        assert life.population.depths == {}


async def test_entries_are_bounded_and_freed(autojump_clock: MockClock) -> None:
    async with open_life() as life:
        works = [life.claim(message) for message in range(1, 1101)]
        await trio.sleep(60)
        assert len(life.writer) == 1000
        for work in works:
            work.done()
        await trio.sleep(60)
        assert len(life.writer) == 0
        assert life.population.depths == {}
        assert await life.outside.store.execute("status.cross_out", {"message": 1}) == 0
