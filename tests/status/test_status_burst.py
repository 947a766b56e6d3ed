"""Fifty commands at once: who waits is waiting, what is shown follows, and costs no more than it must."""

import pytest
import trio
import trio.testing
from attrs import define, field
from trio.testing import MockClock

from actors.core.work import Stage, Work, WorkKind
from actors.status.entry import Phase
from actors.status.state import StatusState
from gateway_client.ids import MessageId
from tests.status.fakes import HOME, Chat, Life, open_life

BURST = range(1, 51)
NAP_S = 0.4


@define(eq=False)
class Watch:
    """Looks at the intended state at every change of any work."""

    life: Life
    works: dict[int, Work] = field(factory=dict[int, Work])
    looked: int = 0

    def look(self, state: StatusState) -> None:
        for one, work in self.works.items():
            entry = state.entry(MessageId(one))
            if entry is not None and work.is_open:
                assert (entry.phase is Phase.ACTIVE) == (work.stage is Stage.STARTED)
                assert (entry.phase is Phase.WAITING) == (work.stage is Stage.QUEUED and one != BURST[0])
                self.looked += 1


async def toil(
    works: dict[int, Work], began: dict[int, float], after_each: Watch, state: StatusState
) -> None:
    """One after the other, as an actor does."""
    for one, work in works.items():
        began[one] = trio.current_time()
        work.start(WorkKind.RESOLVING)
        after_each.look(state)
        await trio.sleep(NAP_S)
        work.done()
        after_each.look(state)


@pytest.mark.parametrize("limit_s", [0.0, 0.25])
async def test_a_burst_is_shown_as_it_is(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch, limit_s: float
) -> None:
    states: list[StatusState] = []
    build = StatusState.__init__

    def remember(state: StatusState) -> None:
        build(state)
        states.append(state)

    monkeypatch.setattr(StatusState, "__init__", remember)
    async with open_life(Chat(limit_s=limit_s, round_trip_s=0.15)) as life:
        watch, began = Watch(life), dict[int, float]()
        watch.works.update({one: life.claim(one) for one in BURST})
        await trio.lowlevel.checkpoint()
        await trio.testing.wait_all_tasks_blocked()
        await toil(watch.works, began, watch, states[-1])
        await trio.sleep(600)
        assert watch.looked > 1000
        check_shown(life, began, limited=limit_s > 0)


def check_shown(life: Life, began: dict[int, float], *, limited: bool) -> None:
    states = 0
    for one in BURST:
        added = [r for r in life.chat.requests if r.reaction.message_id == one and r.reaction.present]
        emojis = [request.reaction.emoji for request in added]
        states += len(emojis)
        assert emojis[-1] == "✅"
        assert life.shown(one) == ("✅",)
        waited = [r for r in life.chat.requests if r.reaction.message_id == one and r.reaction.emoji == "⏳"]
        if not limited and one > 4:
            assert waited, f"{one} was not seen waiting"
        if waited and not limited:
            assert began[one] <= waited[1].at <= began[one] + 0.5
        elif waited:
            assert began[one] <= waited[1].at
    assert len(life.chat.requests) <= 2 * states
    assert HOME not in life.population.depths
