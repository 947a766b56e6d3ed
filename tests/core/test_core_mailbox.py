import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from actors.core.envelope import Envelope, Fact
from actors.core.mailbox import ACTOR_BUDGET, CLICKS_PER_PERSON, COMMANDS_PER_PERSON, Mailbox, Offer
from gateway_client.ids import UserId
from tests.core.fakes import ALICE, BOB, envelope


async def take_all(mailbox: Mailbox) -> list[object]:
    taken: list[object] = []
    while len(mailbox):
        item = await mailbox.take()
        assert item is not None
        taken.append(item.message)
    return taken


async def test_items_leave_in_arrival_order() -> None:
    mailbox = Mailbox()
    mailbox.offer(envelope("a"))
    mailbox.tell(Fact(message="b"))
    mailbox.offer(envelope("c", BOB))
    assert await take_all(mailbox) == ["a", "b", "c"]


async def test_one_persons_burst_leaves_room_for_others() -> None:
    mailbox = Mailbox()
    offers = [mailbox.offer(envelope(n)) for n in range(COMMANDS_PER_PERSON + 1)]
    assert offers.count(Offer.TAKEN) == COMMANDS_PER_PERSON
    assert offers[-1] is Offer.PERSON_FULL
    assert mailbox.offer(envelope("b", BOB)) is Offer.TAKEN


async def test_clicks_have_their_own_budget() -> None:
    mailbox = Mailbox()
    for n in range(CLICKS_PER_PERSON):
        assert mailbox.offer(envelope(n, click=True)) is Offer.TAKEN
    assert mailbox.offer(envelope("x", click=True)) is Offer.PERSON_FULL
    assert mailbox.offer(envelope("command")) is Offer.TAKEN


async def test_budget_is_given_back_when_an_item_is_taken() -> None:
    mailbox = Mailbox()
    for n in range(COMMANDS_PER_PERSON):
        mailbox.offer(envelope(n))
    await mailbox.take()
    assert mailbox.offer(envelope("again")) is Offer.TAKEN


async def test_the_whole_actor_has_a_budget_that_facts_do_not_use() -> None:
    mailbox = Mailbox()
    for n in range(ACTOR_BUDGET):
        mailbox.tell(Fact(message=n))
        assert mailbox.offer(envelope(n, UserId(n))) is Offer.TAKEN
    assert mailbox.offer(envelope("x", ALICE)) is Offer.ACTOR_FULL
    mailbox.tell(Fact(message="still"))
    assert len(mailbox) == 2 * ACTOR_BUDGET + 1


async def test_facts_with_a_key_coalesce_until_a_command_lies_between() -> None:
    mailbox = Mailbox()
    mailbox.tell(Fact(message=1, key="position"))
    mailbox.tell(Fact(message="other"))
    mailbox.tell(Fact(message=2, key="position"))
    mailbox.offer(envelope("skip"))
    mailbox.tell(Fact(message=3, key="position"))
    mailbox.tell(Fact(message=4, key="position"))
    assert await take_all(mailbox) == ["other", 2, "skip", 4]


async def test_taker_waits_for_the_first_item(autojump_clock: trio.testing.MockClock) -> None:
    mailbox = Mailbox()
    async with trio.open_nursery() as nursery:

        async def later() -> None:
            await trio.sleep(3)
            mailbox.tell(Fact(message="late"))

        nursery.start_soon(later)
        item = await mailbox.take()
    assert isinstance(item, Fact)
    assert trio.current_time() == pytest.approx(3)


async def test_a_closed_mailbox_refuses_and_hands_out_what_waits() -> None:
    mailbox = Mailbox()
    waiting = envelope("w")
    mailbox.offer(waiting)
    mailbox.close()
    assert mailbox.offer(envelope("late")) is Offer.CLOSED
    assert await mailbox.take() is None
    assert mailbox.drain() == [waiting]
    assert len(mailbox) == 0


async def test_a_nudge_wakes_the_taker_once() -> None:
    mailbox = Mailbox()
    mailbox.nudge()
    assert await mailbox.take() is None
    with trio.move_on_after(0) as scope:
        await mailbox.take()
    assert scope.cancelled_caught


@given(st.lists(st.one_of(st.integers(0, 5), st.sampled_from(["k1", "k2", "plain"])), max_size=60))
def test_commands_are_never_lost_or_reordered_and_keyed_facts_keep_the_newest(story: list[int | str]) -> None:
    mailbox = Mailbox()
    commands: list[object] = []
    for step, what in enumerate(story):
        if isinstance(what, int):
            if mailbox.offer(envelope(step, UserId(what))) is Offer.TAKEN:
                commands.append(step)
        else:
            mailbox.tell(Fact(message=(what, step), key=what if what != "plain" else None))
    items = list(mailbox._items)
    assert [item.message for item in items if isinstance(item, Envelope)] == commands
    since: set[str] = set()
    for item in reversed(items):
        if isinstance(item, Envelope):
            since = set()
        elif item.key is not None:
            assert item.key not in since
            since.add(item.key)
