"""Names and cute talk: the rules on their own, then the actor on a virtual clock."""

import pytest
import trio
import trio.testing
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from actors.core.work import Stage
from actors.members.messages import Rename, Uwu
from actors.members.state import may_rename
from actors.members.uwu import uwuify
from actors.rest.errors import BadRequest, Forbidden, RestError
from gateway_client.ids import RoleId, UserId
from gateway_client.objects import Role
from tests.core.fakes import (
    ALICE,
    BOB,
    CHANNEL,
    ME,
    facts,
    reply_of,
)
from tests.members.room import HIGH_ROLE, LOW, LOW_ROLE, open_room


@pytest.mark.parametrize(
    ("own", "theirs", "allowed"),
    [
        (HIGH_ROLE, LOW_ROLE, True),
        (LOW_ROLE, HIGH_ROLE, False),
        (LOW_ROLE, LOW_ROLE, True),
        (None, None, True),
        (None, LOW_ROLE, False),
        (LOW_ROLE, evolve(LOW_ROLE, id=RoleId(10)), False),
        (evolve(LOW_ROLE, id=RoleId(10)), LOW_ROLE, True),
    ],
)
def test_whoever_stands_at_or_above_may_rename(own: Role | None, theirs: Role | None, allowed: bool) -> None:
    assert may_rename(facts(), BOB, own, theirs) is allowed
    assert may_rename(facts(), ALICE, own, theirs)
    assert may_rename(facts(is_guild_owner=True), BOB, own, theirs)


def test_cute_talk_is_the_same_every_time_and_leaves_tags_alone() -> None:
    said = uwuify("Really lovely nails <@123> https://example.org/real :roll:")
    assert said == uwuify("Really lovely nails <@123> https://example.org/real :roll:")
    assert "<@123> https://example.org/real :roll:" in said
    assert said.split()[0].endswith("Weawwy")
    assert "nyaiws" in said


@given(st.text(min_size=1, max_size=300))
def test_any_text_can_be_said_and_grows_bounded(text: str) -> None:
    said = uwuify(text)
    assert len(said) <= 3 * len(text) + 20


async def test_rename_says_old_and_new_and_reset_the_plain_name(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_room() as room:
        named = room.ask(Rename(BOB, "Bo_b"), role_ids=frozenset({LOW}))
        await trio.sleep(1)
        reset = room.ask(Rename(BOB, None), role_ids=frozenset({LOW}))
        await trio.sleep(1)
        assert reply_of(named).said[0].content == r"Bob \*the\* Great → Bo\_b"
        assert reply_of(reset).said[0].content.startswith(r"Bob \*the\* Great → bob (")
        assert room.rest.log == [f"member {BOB} nick Bo_b", f"member {BOB} nick None"]
        assert (named.work.stage, reset.work.stage) == (Stage.DONE, Stage.DONE)


async def test_rename_of_somebody_above_asks_nothing_of_discord(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_room() as room:
        denied = room.ask(Rename(ALICE, "x"), user_id=BOB)
        stranger = room.ask(Rename(UserId(77), "x"))
        itself = room.ask(Rename(ME, "x"))
        await trio.sleep(1)
        assert "higher role" in reply_of(denied).refused[0].content
        assert "rename myself" in reply_of(itself).refused[0].content
        assert "cannot find" in reply_of(stranger).refused[0].content
        assert room.rest.log == []
        assert denied.work.stage is Stage.FAILED


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (Forbidden("no", status=403, code=50013), "my own role must be above"),
        (BadRequest("no", status=400, code=50035), "did not take that name"),
    ],
)
async def test_refused_rename_says_why(
    autojump_clock: trio.testing.MockClock, error: RestError, part: str
) -> None:
    async with open_room() as room:
        room.rest.errors = [error]
        asked = room.ask(Rename(ALICE, "x"))
        await trio.sleep(1)
        assert part in reply_of(asked).refused[0].content
        assert asked.work.stage is Stage.FAILED


async def test_uwu_answers_and_uwu_me_speaks_and_leaves_no_call(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_room() as room:
        plain = room.ask(Uwu("hello @everyone"))
        await trio.sleep(1)
        assert "hewwo" in reply_of(plain).said[0].content
        call = await room.rest.create_message(CHANNEL, reply_of(plain).said[0])
        written = room.ask(Uwu("hello", as_caller=True), message_id=call.id)
        slashed = room.ask(Uwu("hello", as_caller=True))
        await trio.sleep(1)
        posted = list(room.rest.messages.values())
        assert [message.content.split(":")[0] for message in posted] == [f"<@{ALICE}>"] * 2
        assert all(message.mentions.users == () for message in posted)
        assert call.id not in room.rest.messages
        assert (reply_of(written).withdrawn, reply_of(slashed).withdrawn) == (0, 1)
        assert (written.work.stage, slashed.work.stage) == (Stage.DONE, Stage.DONE)


async def test_uwu_me_where_the_bot_may_not_write_says_so(autojump_clock: trio.testing.MockClock) -> None:
    async with open_room() as room:
        room.rest.errors = [Forbidden("no", status=403, code=50013)]
        asked = room.ask(Uwu("hello", as_caller=True))
        await trio.sleep(1)
        assert "may not write" in reply_of(asked).refused[0].content
        assert asked.work.stage is Stage.FAILED
