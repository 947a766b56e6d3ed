"""What a gather does when Discord refuses, forgets or is away, and when the disk is full."""

import pytest
import trio
import trio.testing

from actors.core.arguments import Person
from actors.gather.messages import Expect, Extend, Forget, Start, Verb
from actors.rest.errors import BadRequest, Forbidden, Unavailable
from actors.store.errors import StoreError
from gateway_client.events import ChannelDeleted, GuildDeleted, MemberRemoved, MessagesDeletedInBulk
from gateway_client.objects import Channel, Permissions, User
from tests.gather.people import ADA, BEN, CLEO, DAN, LOUNGE, TEXT
from tests.gather.rig import GUILD, open_rig

Clock = trio.testing.MockClock


def forbidden() -> Forbidden:
    return Forbidden("missing permissions", status=403, code=50013)


async def test_what_the_bot_may_not_do_is_told_to_the_starter_in_one_sentence(autojump_clock: Clock) -> None:
    async with open_rig(ADA, BEN, CLEO, DAN) as rig:
        await rig.start()
        rig.rest.refusing["move"] = forbidden()
        rig.rest.refusing["delete"] = forbidden()
        rig.press(Verb.OUT, BEN)
        rig.press(Verb.OUT, CLEO)
        await trio.sleep(100)
        said = [message.content for _, message in rig.rest.posted if message.content.startswith("<@1001>:")]
        assert len(said) == 2
        assert "**Move Members**" in said[0]
        assert "could not delete my pings" in said[1]
        assert len(rig.pings) == 2  # the first one, and the ghost that stayed
        assert "OUT" in rig.board


async def test_a_person_who_is_gone_already_is_no_refusal(autojump_clock: Clock) -> None:
    async with open_rig(ADA, BEN) as rig:
        await rig.start()
        rig.rest.refusing["move"] = BadRequest("not connected", status=400, code=40032)
        rig.press(Verb.OUT, BEN)
        await trio.sleep(3)
        assert not [message for _, message in rig.rest.posted if message.content.startswith("<@1001>:")]


async def test_without_the_right_to_write_the_sentence_stands_in_the_message(autojump_clock: Clock) -> None:
    async with open_rig(ADA, BEN) as rig:
        rig.rest.refusing["create"] = forbidden()
        await rig.start()
        await trio.sleep(5)
        assert "nobody is pinged" in rig.board
        await trio.sleep(100)
        assert rig.rest.posted == []


async def test_a_deleted_message_comes_back_once(autojump_clock: Clock) -> None:
    async with open_rig(ADA, BEN) as rig:
        await rig.start()
        rig.press(Verb.HERE, ADA)
        await trio.sleep(2)
        first = rig.boards[0][0]
        rig.delete(first)
        await trio.sleep(2)
        ((second, _),) = rig.boards
        assert second != first
        assert "| Ada                   | ON TIME |" in rig.board
        rig.delete(second)
        await trio.sleep(10)
        assert rig.boards == []
        assert rig.is_over


async def test_a_deletion_nobody_told_of_is_noticed_by_the_next_redraw(autojump_clock: Clock) -> None:
    async with open_rig(ADA, BEN) as rig:
        await rig.start()
        rig.rest.messages.pop(rig.boards[0][0])
        await trio.sleep(12)
        assert len(rig.boards) == 1


async def test_where_it_may_not_be_posted_again_it_ends(autojump_clock: Clock) -> None:
    async with open_rig(ADA, BEN) as rig:
        await rig.start()
        rig.rest.refusing["create"] = forbidden()
        rig.delete(rig.boards[0][0])
        await trio.sleep(10)
        assert rig.is_over


async def test_an_answer_that_never_arrives_is_posted_as_a_message(autojump_clock: Clock) -> None:
    async with open_rig(ADA, BEN) as rig:
        rig.ask(Start(None), lost=True)
        await trio.sleep(9)
        assert rig.boards == []
        await trio.sleep(2)
        assert len(rig.boards) == 1
        assert len(rig.pings) == 1


async def test_an_end_before_the_answer_arrives_is_what_the_answer_becomes(autojump_clock: Clock) -> None:
    async with open_rig(ADA) as rig:
        rig.ask(Start(None))
        rig.ask(Forget((Person(id=ADA.id, name="Ada"),)))
        await trio.sleep(5)
        assert "Complete" in rig.board
        assert len(rig.boards) == 1
        assert rig.boards[0][1].components == ()
        assert rig.is_over


@pytest.mark.parametrize(
    "lacking", [Permissions.VIEW_CHANNEL, Permissions.SEND_MESSAGES, Permissions.EMBED_LINKS]
)
async def test_where_the_bot_may_not_write_nothing_begins(
    autojump_clock: Clock, lacking: Permissions
) -> None:
    async with open_rig(ADA) as rig:
        rig.may &= ~lacking
        reply = await rig.start()
        assert "I may not write in this channel" in reply.refused[0].content
        await trio.sleep(1)
        assert rig.is_over
        assert rig.rest.posted == []


async def test_a_purge_of_the_channel_is_a_deletion(autojump_clock: Clock) -> None:
    async with open_rig(ADA, BEN) as rig:
        await rig.start()
        gone = tuple(rig.rest.messages)
        rig.rest.messages.clear()
        rig.hear(MessagesDeletedInBulk(message_ids=gone, channel_id=TEXT, guild_id=GUILD))
        await trio.sleep(2)
        assert len(rig.boards) == 1


async def test_pings_into_a_network_that_is_away_hurt_nobody(autojump_clock: Clock) -> None:
    async with open_rig(ADA, BEN, limit=2) as rig:
        await rig.start()
        rig.ask(Expect((Person(id=CLEO.id, name="Cleo"),)))
        rig.press(Verb.HERE, CLEO)
        rig.rest.refusing |= {"create": Unavailable("away"), "delete": Unavailable("away")}
        rig.leave(BEN)  # a place is free: Cleo is called, in vain
        await trio.sleep(70)
        assert len(rig.actors) == 1
        rig.rest.refusing.clear()
        await trio.sleep(25)
        assert "WAITING" in rig.board
        assert len(rig.pings) == 2
        assert rig.pings[-1][1] == (ADA.id, BEN.id)


async def test_a_network_that_is_away_is_waited_for(autojump_clock: Clock) -> None:
    async with open_rig(ADA, BEN) as rig:
        await rig.start()
        rig.rest.refusing["edit"] = Unavailable("away")
        rig.press(Verb.HERE, ADA)
        await trio.sleep(20)
        assert "Attendance: **0/2**" in rig.board
        rig.rest.refusing.clear()
        await trio.sleep(6)
        assert "Attendance: **1/2**" in rig.board


async def test_a_gather_is_an_event_as_long_as_it_counts_down(autojump_clock: Clock) -> None:
    async with open_rig(ADA, words={"gather_events": "on"}) as rig:
        await rig.start("30s")
        assert rig.rest.events == {}
        rig.press(Verb.CANCEL)
        await trio.sleep(3)
        start = rig.at()
        await rig.start("30m")
        (event,) = rig.rest.events.values()
        assert event.channel_id == LOUNGE
        assert abs((event.starts_at - start).total_seconds() - 1800) < 0.01
        rig.ask(Extend("10m"))
        await trio.sleep(1)
        (event,) = rig.rest.events.values()
        assert abs((event.starts_at - start).total_seconds() - 2400) < 0.01
        rig.press(Verb.START_NOW)
        await trio.sleep(1)
        assert rig.rest.events == {}
        rig.press(Verb.CANCEL)
        await trio.sleep(3)
        await rig.start("30m")
        assert rig.rest.events
        rig.press(Verb.CANCEL)
        await trio.sleep(3)
        assert rig.rest.events == {}
        rig.rest.refusing["event"] = forbidden()
        await rig.start("30m")
        await trio.sleep(0.1)
        assert any("**Create Events**" in message.content for _, message in rig.rest.posted)


async def test_an_event_that_comes_into_being_after_the_end_is_taken_back(autojump_clock: Clock) -> None:
    async with open_rig(ADA, words={"gather_events": "on"}) as rig:
        rig.rest.delay_s = 20
        rig.ask(Start("30m"))
        await trio.sleep(0.1)  # the event is on its way
        rig.rest.delay_s = 0
        rig.press(Verb.CANCEL)
        await trio.sleep(5)
        assert rig.is_over
        await trio.sleep(20)
        assert rig.rest.log.count("event") == 1
        assert rig.rest.events == {}


async def test_a_lost_channel_or_guild_ends_it(autojump_clock: Clock) -> None:
    async with open_rig(ADA, BEN) as rig:
        await rig.start()
        rig.hear(MemberRemoved(guild_id=GUILD, user=User(id=BEN.id)))
        rig.hear(ChannelDeleted(channel=Channel(id=LOUNGE, guild_id=GUILD)))
        await trio.sleep(5)
        assert "Cancelled." in rig.board
        assert "Ben" not in rig.board
        assert rig.is_over
    async with open_rig(ADA, BEN) as rig:
        await rig.start()
        rig.hear(GuildDeleted(guild_id=GUILD))
        rig.rest.refusing["edit"] = forbidden()
        await trio.sleep(5)
        assert rig.is_over


async def test_a_full_disk_is_told_and_the_gather_goes_on(autojump_clock: Clock) -> None:
    async with open_rig(ADA, BEN) as rig:
        await rig.start()
        rig.outside.store.fail_with = StoreError("disk full")
        rig.press(Verb.HERE, ADA)
        await trio.sleep(10)
        assert "Attendance: **1/2**" in rig.board
        assert sum("cannot save" in message.content for _, message in rig.rest.posted) == 1
        rig.press(Verb.HERE, BEN)
        await trio.sleep(10)
        assert "Complete" in rig.board
        assert not rig.is_over
        rig.outside.store.fail_with = None
        await trio.sleep(10)
        assert rig.is_over
        assert await rig.outside.store.load("gather", GUILD) is None
