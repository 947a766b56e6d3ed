"""Commands are claimed in the step in which their event is read, and every way out of one ends its work."""

import logging

import pytest
import trio
import trio.testing

from actors.core.address import Address
from actors.core.claim import Claim
from actors.core.work import Stage
from gateway_client.ids import UserId
from gateway_client.objects import User
from tests.core.desk import Desk, open_desk
from tests.core.fakes import GUILD
from tests.status.fakes import HOME, open_life

WORK = Address("work", GUILD)


def claims_of(desk: Desk) -> list[Claim]:
    claims: list[Claim] = []
    desk.intake.claim = claims.append
    return claims


async def test_claims_are_made_before_anything_can_happen(autojump_clock: trio.testing.MockClock) -> None:
    async with open_desk() as desk:
        claims = claims_of(desk)
        desk.write("!do it")
        assert [(claim.lane, claim.work.stage) for claim in claims] == [(WORK, Stage.QUEUED)]
        assert claims[0].place is not None
        desk.command("do", "it")
        assert (claims[1].lane, claims[1].place) == (WORK, None)
        desk.press("work:1:100:press:x")
        desk.write("!unknown")
        desk.write("just talk")
        desk.write("!do bot", author=User(id=UserId(5), bot=True))
        assert len(claims) == 2


@pytest.mark.parametrize(
    ("words", "stage"),
    [
        ("!do it", Stage.DONE),
        ("!do crash", Stage.FAILED),
        ("!do refuse", Stage.FAILED),
        ("!do wrong", Stage.FAILED),
        ("!own", Stage.FAILED),
    ],
)
async def test_every_way_out_ends_the_work(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture, words: str, stage: Stage
) -> None:
    caplog.set_level(logging.CRITICAL)
    async with open_desk() as desk:
        claims = claims_of(desk)
        desk.write(words)
        await trio.sleep(1)
        assert claims[0].work.stage is stage


@pytest.mark.parametrize(("what", "stage"), [("it", "done"), ("refuse", "failed"), ("wrong", "failed")])
async def test_the_log_says_how_a_slash_command_and_a_click_have_ended(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture, what: str, stage: str
) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_desk() as desk:
        desk.command("do", what)
        desk.press(f"work:1:100:press:{'it' if what == 'wrong' else what}")
        await trio.sleep(1)
    ended = [vars(record)["stage"] for record in caplog.records if record.message == "a command ended"]
    assert ended == [stage, "done" if what == "wrong" else stage]


async def test_what_finds_no_room_and_what_the_stop_finds_waiting_has_failed(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_desk() as desk:
        claims = claims_of(desk)
        desk.nap_s = [5.0]
        for _ in range(34):
            desk.write("!do it")
        await trio.sleep(1)
        assert [claim.work.stage for claim in claims[-2:]] == [Stage.DROPPED] * 2
        await desk.population.close()
        assert all(not claim.work.is_open for claim in claims)


async def test_a_claim_is_in_the_mailbox_at_once(autojump_clock: trio.testing.MockClock) -> None:
    async with open_life() as life:
        life.claim(1)
        assert life.population.depths == {HOME: 1}
