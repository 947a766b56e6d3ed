"""No answer waits for a reaction: progress and answers over the real way out, on a virtual clock."""

import random
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
import trio
from attrs import define, field
from trio.testing import MockClock

from actors.core.work import WorkKind
from actors.rest.outbox import Outbox, open_outbox
from actors.rest.payloads import Message, Reaction
from gateway_client.ids import ChannelId
from tests.core.fakes import CHANNEL
from tests.status.fakes import Chat, Life, open_life

BURST = range(1, 51)
ROUND_TRIP_S = 0.1
MESSAGE = {"id": "11", "channel_id": "1", "author": {"id": "3", "username": "Roadie"}, "content": "hello"}


@define(eq=False)
class Discord:
    """Takes its time and counts as Discord does; ``limit_s`` is between two reactions, 0 for no limit."""

    limit_s: float
    answers: dict[str, float] = field(factory=dict[str, float])
    """When each arrived, by its words."""
    reactions: list[float] = field(factory=list[float])
    refused: int = 0
    _resets_at: float = 0.0

    async def handle(self, request: httpx.Request) -> httpx.Response:
        await trio.sleep(ROUND_TRIP_S / 2)
        response = self._take(request, trio.current_time())
        await trio.sleep(ROUND_TRIP_S / 2)
        return response

    def _take(self, request: httpx.Request, now: float) -> httpx.Response:
        if "/reactions/" not in request.url.path:
            self.answers[request.content.decode()] = now
            return httpx.Response(200, json=MESSAGE)
        headers: dict[str, str] = {}
        if self.limit_s:
            if now < self._resets_at:
                self.refused += 1
                return httpx.Response(429, json={"retry_after": self._resets_at - now})
            self._resets_at = now + self.limit_s
            headers = {
                "x-ratelimit-bucket": "reactions",
                "x-ratelimit-limit": "1",
                "x-ratelimit-remaining": "0",
                "x-ratelimit-reset-after": str(self.limit_s),
            }
        self.reactions.append(now)
        return httpx.Response(204, headers=headers)


@define(eq=False)
class WayOut(Chat):
    """Reactions leave over the outbox."""

    outbox: Outbox | None = None

    async def react(self, channel_id: ChannelId, choose: Callable[[], Reaction | None]) -> None:
        assert self.outbox is not None
        await self.outbox.react(channel_id, choose)


@asynccontextmanager
async def open_bot(discord: Discord, mode: str) -> AsyncGenerator[tuple[Life, Outbox]]:
    """Status actors over an outbox that knows its routes."""
    async with (
        open_outbox(
            api_base="https://discord.test/api/v10",
            token=lambda: "T",
            random=random.Random(1),
            network=httpx.MockTransport(discord.handle),
        ) as outbox,
        open_life(WayOut(outbox=outbox)) as life,
    ):
        life.set(status_reactions=mode)
        await outbox.create_message(CHANNEL, Message(content="first"))
        life.claim(1000).done()
        await trio.sleep(3)
        discord.answers.clear()
        discord.reactions.clear()
        yield life, outbox


@define(eq=False)
class Speaker:
    """Says answers and notes when."""

    outbox: Outbox
    nursery: trio.Nursery
    said: list[float] = field(factory=list[float])

    def say(self) -> None:
        self.said.append(trio.current_time())
        words = Message(content=f"answer {len(self.said)}")
        self.nursery.start_soon(self.outbox.create_message, CHANNEL, words)


async def work_off(life: Life, speaker: Speaker, nap_s: float) -> None:
    """Fifty commands at once, worked off by one actor, one after the other."""
    works = [life.claim(one) for one in BURST]
    for work in works:
        work.start(WorkKind.RESOLVING)
        await trio.sleep(nap_s)
        speaker.say()
        work.done()


@pytest.mark.parametrize("limit_s", [0.0, 0.25])
@pytest.mark.parametrize("mode", ["off", "full"])
@pytest.mark.parametrize("nap_s", [0.005, 0.03, 0.1, 0.4])
async def test_every_answer_of_a_burst_arrives_as_if_there_were_no_reactions(
    autojump_clock: MockClock, limit_s: float, mode: str, nap_s: float
) -> None:
    discord = Discord(limit_s)
    async with open_bot(discord, mode) as (life, outbox), trio.open_nursery() as nursery:
        speaker = Speaker(outbox, nursery)
        await work_off(life, speaker, nap_s)
        await trio.sleep(60)
    arrived = sorted(discord.answers.values())
    assert arrived == [pytest.approx(at + ROUND_TRIP_S / 2) for at in speaker.said]
    assert len(discord.reactions) >= len(BURST)
    assert discord.refused <= 1


async def test_what_acts_at_once_is_answered_before_its_end_is_shown(autojump_clock: MockClock) -> None:
    discord = Discord(0.0)
    async with open_bot(discord, "full") as (life, outbox), trio.open_nursery() as nursery:
        speaker = Speaker(outbox, nursery)
        for one in BURST:
            work = life.claim(one, lane=None)
            await trio.sleep(0.003)
            speaker.say()
            work.done()
        await trio.sleep(10)
    assert max(discord.answers.values()) < min(discord.reactions)
    assert max(discord.answers.values()) == pytest.approx(speaker.said[-1] + ROUND_TRIP_S / 2)
    assert len(discord.reactions) == len(BURST)
