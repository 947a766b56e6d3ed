"""Whatever happens in whatever order: in the end every message shows what became of it, once, or nothing.

Works move, messages are edited and deleted, requests are limited, lost and refused, permissions come and go,
the program is killed and started again – all at random, on a virtual clock.
"""

from collections.abc import Callable

import trio
from attrs import define, field
from hypothesis import example, given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from actors.core.work import Work, WorkKind
from actors.status.messages import MessageEdited, MessagesGone
from gateway_client.ids import MessageId, UserId
from tests.core.fakes import CHANNEL
from tests.status.fakes import HOME, QUEUE, Chat, Life, fresh_store, open_life
from tests.store.fakes import MemoryStore

MESSAGES = range(1, 5)
ICONS = {"🔎", "⬇️", "🎵", "🤔"}
ENDS = {"✅", "❌", "🚫"}
ENDING: dict[str, Callable[[Work], None]] = {"✅": Work.done, "❌": Work.fail, "": Work.skip}

ONE = st.sampled_from(MESSAGES)
STEPS = st.one_of(
    st.tuples(st.just("claim"), ONE, st.booleans()),
    st.tuples(st.just("start"), ONE, st.sampled_from(WorkKind)),
    st.tuples(st.just("end"), ONE, st.sampled_from(["✅", "❌", ""])),
    st.tuples(st.just("fault"), st.sampled_from(["429", "lost", "5xx", "never sent", "no room"])),
    st.tuples(st.just("sleep"), st.sampled_from([0.01, 0.1, 0.3, 0.6, 2.0, 30.0])),
    st.tuples(st.sampled_from(["edit", "delete", "kill", "forbid", "allow"]), ONE),
)

CROSSING: list[tuple[object, ...]] = [
    *[("claim", 1, False), ("start", 1, WorkKind.OTHER), ("sleep", 0.3), ("claim", 2, False)],
    *[("start", 2, WorkKind.OTHER), ("sleep", 0.3), ("sleep", 0.2), ("end", 1, "✅"), ("sleep", 30.0)],
]
"""While the book is written for one message, the icon of another comes true after its work has ended."""


@define(eq=False)
class Story:
    """What was done, and so what must be read in the end."""

    chat: Chat
    store: MemoryStore
    works: dict[int, Work] = field(factory=dict[int, Work])
    ends: dict[int, str] = field(factory=dict[int, str])
    edited: set[int] = field(factory=set[int])
    killed: set[int] = field(factory=set[int])
    """Messages whose end nobody had seen yet when the program was killed."""
    was_closed: bool = False
    forgiven: set[int] = field(factory=set[int])
    """Messages of times in which the channel was closed to us: they may show nothing."""

    async def play(self, steps: list[tuple[object, ...]]) -> None:
        """Life after life, until the story is over and all is quiet."""
        while True:
            async with open_life(self.chat, self.store) as life:
                life.population.wake(HOME)
                while steps:
                    step = steps.pop(0)
                    if step[0] == "kill":
                        break
                    await self._do(life, step)
                else:
                    await self._end(life)
                    return
            self.killed |= {
                one for one, work in self.works.items() if work.is_open or not self._is_shown(one)
            }
            self.forgiven |= self.killed
            self.works.clear()

    def _is_shown(self, one: int) -> bool:
        return self.chat.shown(MessageId(one)) == (self.ends[one],)

    async def _do(self, life: Life, step: tuple[object, ...]) -> None:
        match step:
            case ("claim", int(one), bool(ordered)) if one not in self.works and one not in self.killed:
                if self.was_closed:
                    self.forgiven.add(one)
                self.works[one] = life.claim(one, lane=QUEUE if ordered else None, author=UserId(one))
            case ("start", int(one), WorkKind() as kind) if one in self.works:
                self.works[one].start(kind)
            case ("end", int(one), str(end)) if one in self.works and self.works[one].is_open:
                self.ends[one] = end
                ENDING[end](self.works[one])
            case ("fault", str(fault)):
                self.chat.faults.append(fault)
            case ("sleep", float(seconds)):
                await trio.sleep(seconds)
            case ("edit", int(one)):
                self._edit(life, one)
            case ("delete", int(one)):
                self.chat.delete(MessageId(one))
                gone = MessagesGone(channel_id=CHANNEL, message_ids=(MessageId(one),))
                life.population.tell_living(HOME, gone)
            case ("forbid" | "allow" as what, int()):
                self.chat.forbidden = "no permission" if what == "forbid" else None
                self.was_closed = True
                self.forgiven |= set(self.works)
            case _:
                pass

    def _edit(self, life: Life, one: int) -> None:
        if one in self.works and self.works[one].is_open:
            self.edited.add(one)
            life.population.tell_living(HOME, MessageEdited(message_id=MessageId(one)))

    async def _end(self, life: Life) -> None:
        self.chat.forbidden = None
        for one, work in self.works.items():
            if work.is_open:
                self.ends[one] = "✅"
                work.done()
        await trio.sleep(3600)
        assert life.population.depths == {}
        assert len(life.writer) == 0


def check_end(story: Story, one: int) -> None:
    shown = story.chat.shown(MessageId(one))
    assert len(shown) <= 1, shown
    end = story.ends.get(one, "")
    is_bare = MessageId(one) in story.chat.deleted or one in story.edited or not end
    expected: set[tuple[str, ...]] = {() if is_bare else (end,)}
    if one in story.killed:
        expected |= {(), ("🚫",)}
    if one in story.forgiven:
        expected |= {()}
    assert shown in expected, (one, shown, expected)


def rank(emoji: str) -> int:
    """How far a message is that shows this; one that shows nothing any more is at its end."""
    return 0 if emoji == "⏳" else 1 if emoji in ICONS else 2


def check_way(story: Story, one: int) -> None:
    """What a reader saw only ever went forward, and nothing came once everything had gone."""
    added = [
        request.reaction.emoji
        for request in story.chat.requests
        if request.reaction.present and request.reaction.message_id == one
    ]
    ranks = [rank(emoji) for emoji in added]
    assert ranks == sorted(ranks), added
    assert len({emoji for emoji in added if emoji in ENDS}) <= (2 if one in story.killed else 1), added
    seen = story.chat.seen[MessageId(one)]
    furthest = [max((rank(emoji) for emoji in emojis), default=2) for emojis in seen]
    assert furthest == sorted(furthest), seen


@settings(max_examples=60, deadline=None)
@example([("claim", 1, True), ("claim", 2, True), ("sleep", 0.6), ("kill", 1)], 0.25, 0.15, 0.0)
@example(CROSSING, 0.0, 0.15, 0.2)
@given(
    st.lists(STEPS, max_size=40),
    st.sampled_from([0.0, 0.25]),
    st.sampled_from([0.0, 0.15]),
    st.sampled_from([0.0, 0.01, 0.2]),
)
def test_in_the_end_every_message_shows_what_became_of_it(
    steps: list[tuple[object, ...]], limit_s: float, round_trip_s: float, write_s: float
) -> None:
    with fresh_store(write_s) as store:
        story = Story(Chat(limit_s=limit_s, round_trip_s=round_trip_s), store)
        trio.run(story.play, list(steps), clock=MockClock(autojump_threshold=0))
    for one in MESSAGES:
        check_end(story, one)
        check_way(story, one)
    assert story.chat.most_at_once <= 1
