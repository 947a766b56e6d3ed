"""Replies on their lanes, live messages and acknowledgements, against the tiny Discord of the fakes."""

import pytest
import trio
import trio.testing
from attrs import evolve

from actors.core.ack import Ack, AckOutcome, run_ack
from actors.core.answers import CommandReply, ComponentReply, MessageReply
from actors.core.lane import Lane, Step
from actors.core.live_message import LiveMessage
from actors.core.work import Work
from actors.rest.errors import Forbidden, NotFound, RateLimitedOut, Unavailable
from actors.rest.payloads import DeferredReply, Message
from gateway_client.ids import InteractionId, MessageId
from tests.core.fakes import APPLICATION, CHANNEL, FakeAckLine, FakeRest, Outside


def said(content: str) -> Message:
    return Message(content=content)


async def acknowledged(rest: FakeRest, *, unknown: bool = False, token: str = "t1") -> Ack:
    ack = Ack()
    line = FakeAckLine(rest, unknown=unknown)
    await run_ack(ack, line, InteractionId(1), token, DeferredReply())
    return ack


def command_reply(outside: Outside, ack: Ack, *, ephemeral: bool = False) -> CommandReply:
    return CommandReply(
        rest=outside.rest,
        lane=Lane(outside.spawn),
        ack=ack,
        application_id=APPLICATION,
        token="t1",
        channel_id=CHANNEL,
        ephemeral=ephemeral,
        work=Work(),
    )


async def test_answers_keep_their_order_and_wait_for_the_acknowledgement(
    autojump_clock: trio.testing.MockClock, nursery: trio.Nursery
) -> None:
    outside = Outside(nursery)
    outside.rest.delay_s = 0.1
    ack = Ack()
    reply = command_reply(outside, ack)
    reply.say(said("Queuing…"))
    reply.say(said("Track added"))
    await trio.sleep(1)
    assert outside.rest.log == []
    await run_ack(ack, FakeAckLine(outside.rest), InteractionId(1), "t1", DeferredReply())
    await reply.settled()
    assert outside.rest.log == ["answer Queuing…", "answer Track added"]


async def test_answer_that_crashes_is_replaced_by_what_the_owner_of_the_lane_says(
    nursery: trio.Nursery,
) -> None:
    crashes: list[Exception] = []

    async def spawned(task: Step) -> None:
        try:
            await task()
        except ZeroDivisionError as crash:
            crashes.append(crash)

    async def break_down() -> None:
        raise ZeroDivisionError

    outside = Outside(nursery)
    lane = Lane(lambda task: nursery.start_soon(spawned, task))
    reply = evolve(command_reply(outside, await acknowledged(outside.rest)), lane=lane)
    lane.on_defect = lambda: reply.say(said("sorry"))
    lane.put(break_down)
    lane.put(break_down)
    await reply.settled()
    assert len(crashes) == 2
    assert outside.rest.log == ["answer sorry"]


async def test_unknown_interaction_is_answered_in_the_channel(nursery: trio.Nursery) -> None:
    outside = Outside(nursery)
    reply = command_reply(outside, await acknowledged(outside.rest, unknown=True), ephemeral=True)
    reply.say(said("one"))
    reply.say(said("two"))
    await reply.settled()
    assert outside.rest.contents() == ["two"]
    assert not next(iter(outside.rest.messages.values())).ephemeral


async def test_public_refusal_is_private_and_removes_the_placeholder(nursery: trio.Nursery) -> None:
    outside = Outside(nursery)
    reply = command_reply(outside, await acknowledged(outside.rest))
    reply.refuse(said("no"))
    await reply.settled()
    assert outside.rest.log == ["delete answer", "follow no"], "a follow-up would fill the placeholder"
    assert next(iter(outside.rest.messages.values())).ephemeral


async def test_refusal_is_told_though_somebody_else_removed_the_placeholder(nursery: trio.Nursery) -> None:
    outside = Outside(nursery)
    reply = command_reply(outside, await acknowledged(outside.rest))
    outside.rest.errors.append(NotFound("unknown message", status=404, code=10008))
    reply.refuse(said("no"))
    await reply.settled()
    assert outside.rest.log == ["delete answer", "follow no"]


async def test_ephemeral_refusal_fills_the_placeholder(nursery: trio.Nursery) -> None:
    outside = Outside(nursery)
    reply = command_reply(outside, await acknowledged(outside.rest), ephemeral=True)
    reply.refuse(said("no"))
    await reply.settled()
    assert outside.rest.log == ["answer no"]


async def test_deleted_answer_is_posted_again_in_the_channel(nursery: trio.Nursery) -> None:
    outside = Outside(nursery)
    reply = command_reply(outside, await acknowledged(outside.rest))
    outside.rest.errors.append(NotFound("unknown message", status=404, code=10008))
    reply.say(said("here"))
    await reply.settled()
    assert outside.rest.log == ["answer here", "create here"]


async def test_a_refused_send_does_not_swallow_the_next(nursery: trio.Nursery) -> None:
    outside = Outside(nursery)
    reply = command_reply(outside, await acknowledged(outside.rest))
    outside.rest.errors.append(Forbidden("missing permissions", status=403, code=50013))
    reply.say(said("a"))
    reply.say(said("b"))
    await reply.settled()
    assert outside.rest.answers["t1"].content == "b"


async def test_click_is_answered_privately_and_expiry_strips_the_buttons(nursery: trio.Nursery) -> None:
    outside = Outside(nursery)
    reply = ComponentReply(
        rest=outside.rest,
        lane=Lane(outside.spawn),
        ack=await acknowledged(outside.rest),
        application_id=APPLICATION,
        token="t1",
        channel_id=CHANNEL,
        work=Work(),
    )
    reply.expire(said("expired"))
    await reply.settled()
    assert [m.ephemeral for m in outside.rest.messages.values()] == [True]
    assert outside.rest.stripped == ["t1"]


def message_reply(outside: Outside, work: Work, *, may_delete: bool = True) -> MessageReply:
    return MessageReply(
        rest=outside.rest,
        lane=Lane(outside.spawn),
        later=outside.later,
        channel_id=CHANNEL,
        call_id=MessageId(42),
        work=work,
        tidy_after_s=30,
        can_delete_call=may_delete,
    )


async def test_transient_answer_and_call_are_tidied_after_the_end_of_the_work(
    autojump_clock: trio.testing.MockClock, nursery: trio.Nursery
) -> None:
    outside, work = Outside(nursery), Work()
    outside.rest.messages[MessageId(42)] = said("!skip")
    message_reply(outside, work).say(said("Skipped"), transient=True)
    await trio.sleep(100)
    assert outside.rest.contents() == ["!skip", "Skipped"]
    work.done()
    await trio.sleep(29)
    assert outside.rest.contents() == ["!skip", "Skipped"]
    await trio.sleep(2)
    assert outside.rest.contents() == []


async def test_lasting_answer_stays_and_a_foreign_call_is_left_without_permission(
    autojump_clock: trio.testing.MockClock, nursery: trio.Nursery
) -> None:
    outside, work = Outside(nursery), Work()
    outside.rest.messages[MessageId(42)] = said("!queue")
    reply = message_reply(outside, work, may_delete=False)
    reply.say(said("list"))
    work.done()
    await trio.sleep(100)
    assert outside.rest.contents() == ["!queue", "list"]


async def test_already_acknowledged_counts_and_warns(
    caplog: pytest.LogCaptureFixture, nursery: trio.Nursery
) -> None:
    rest = FakeRest(acknowledged={"t1"})
    ack = await acknowledged(rest)
    assert ack.outcome is AckOutcome.ACKNOWLEDGED
    assert "second instance" in caplog.text


class Wire:
    """A transport that takes its time and can be told to fail."""

    def __init__(self, seconds: float = 0.15) -> None:
        self.seconds = seconds
        self.sent: list[str] = []
        self.in_flight = 0
        self.errors: list[Exception] = []

    async def send(self, message: Message) -> None:
        self.in_flight += 1
        assert self.in_flight == 1
        try:
            await trio.sleep(self.seconds)
        finally:
            self.in_flight -= 1
        if self.errors:
            raise self.errors.pop(0)
        self.sent.append(message.content)


def live(outside: Outside, wire: Wire, gone: list[str] | None = None) -> LiveMessage:
    found = gone if gone is not None else []
    return LiveMessage(
        transport=wire, spawn=outside.spawn, distance_s=1.0, on_gone=lambda: found.append("gone")
    )


async def test_newest_state_replaces_the_waiting_one(
    autojump_clock: trio.testing.MockClock, nursery: trio.Nursery
) -> None:
    wire = Wire()
    mirror = live(Outside(nursery), wire)
    for number in range(100):
        mirror.show(said(str(number)))
        await trio.sleep(0.001)
    await mirror.settled()
    assert wire.sent == ["0", "99"]


async def test_unchanged_state_costs_nothing(
    autojump_clock: trio.testing.MockClock, nursery: trio.Nursery
) -> None:
    wire = Wire()
    mirror = live(Outside(nursery), wire)
    for content in ("a", "a", "b", "a"):
        mirror.show(said(content))
    await mirror.settled()
    mirror.show(said("a"))
    await mirror.settled()
    assert wire.sent == ["a"]


async def test_deleted_message_is_told_and_a_passing_failure_is_retried(
    autojump_clock: trio.testing.MockClock, nursery: trio.Nursery
) -> None:
    wire, gone = Wire(), list[str]()
    mirror = live(Outside(nursery), wire, gone)
    wire.errors = [Unavailable("network"), RateLimitedOut("busy", retry_after_s=5.0)]
    mirror.show(said("a"))
    await mirror.settled()
    assert wire.sent == ["a"]
    wire.errors = [NotFound("gone", status=404, code=10008)]
    mirror.show(said("b"))
    await mirror.settled()
    assert gone == ["gone"]


async def test_a_newer_state_wins_over_the_retry_of_an_older_one(
    autojump_clock: trio.testing.MockClock, nursery: trio.Nursery
) -> None:
    wire = Wire()
    mirror = live(Outside(nursery), wire)
    wire.errors = [Unavailable("network")]
    mirror.show(said("old"))
    await trio.sleep(0.5)
    mirror.show(said("new"))
    await mirror.settled()
    assert wire.sent == ["new"]


async def test_a_state_that_comes_back_while_another_is_on_its_way_is_shown_again(
    autojump_clock: trio.testing.MockClock, nursery: trio.Nursery
) -> None:
    wire = Wire()
    mirror = live(Outside(nursery), wire)
    mirror.show(said("a"))
    await mirror.settled()
    mirror.show(said("b"))
    await trio.sleep(0.05)
    mirror.show(said("a"))
    await mirror.settled()
    assert wire.sent == ["a", "b", "a"]
