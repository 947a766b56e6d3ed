"""A real voice node behind a real client, for tests: tells it, waits for facts, notes all of them."""

import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal, TypeVar

import trio
from attrs import define, field, frozen

from gateway_client.ids import GuildId
from tests.patience import PATIENCE_S
from voice.client import VoiceClient
from voice.protocol import Desired, Fact, Playing, Server, Source

ARGV = [sys.executable, "-m", "voice.node"]
_F = TypeVar("_F", bound=Fact)


@frozen
class Noted:
    """A fact and when it came, in seconds of Trio's clock."""

    at: float
    fact: Fact


@define
class Bot:
    """What the player would be: it tells and it hears."""

    argv: list[str]
    idle_s: float
    nodes: Literal["auto"] | int = "auto"
    client: VoiceClient = field(init=False)
    noted: list[Noted] = field(factory=list[Noted])
    _news: trio.Event = field(factory=trio.Event)

    def __attrs_post_init__(self) -> None:
        self.client = VoiceClient(argv=self.argv, on_fact=self.hear, idle_s=self.idle_s, nodes=self.nodes)

    @property
    def pid(self) -> int | None:
        """The process of the first node, if there is one."""
        return next(iter(self.client.pids), None)

    def hear(self, fact: Fact) -> None:
        self.noted.append(Noted(trio.current_time(), fact))
        news, self._news = self._news, trio.Event()
        news.set()

    def facts(self, kind: type[_F]) -> list[_F]:
        return [noted.fact for noted in self.noted if isinstance(noted.fact, kind)]

    async def wait_for(self, fits: Callable[[Fact], bool]) -> Noted:
        """The first fact that fits, also if it came before."""
        with trio.fail_after(PATIENCE_S):
            while True:
                for noted in self.noted:
                    if fits(noted.fact):
                        return noted
                await self.next_fact()

    async def next_fact(self) -> None:
        await self._news.wait()

    async def wait_for_kind(self, kind: type[_F], call: int = 1) -> _F:
        noted = await self.wait_for(
            lambda fact: isinstance(fact, kind) and getattr(fact, "call", call) == call
        )
        assert isinstance(noted.fact, kind)
        return noted.fact


def a_file(path: Path | str, track_id: int = 1, offset_ms: int = 0, generation: int = 0) -> Playing:
    return Playing(
        track_id=track_id,
        generation=generation,
        source=Source(location=str(path), is_file=True),
        offset_ms=offset_ms,
    )


def wanted(server: Server, track: Playing | None = None, **others: object) -> Desired:
    """A desired state of the call of ``server``, first attempt."""
    fields = {"call": GuildId(server.guild_id), "attempt": 1, "server": server, "track": track} | others
    return Desired(**fields)  # pyright: ignore[reportArgumentType] - a test writes what it means


@asynccontextmanager
async def open_bot(
    argv: list[str] | None = None, idle_s: float = 60.0, nodes: Literal["auto"] | int = "auto"
) -> AsyncGenerator[Bot]:
    """A running client; its node is gone afterwards."""
    async with trio.open_nursery() as nursery:
        bot = Bot(argv or ARGV, idle_s, nodes)
        await nursery.start(bot.client.run)
        yield bot
        await bot.client.close()
        nursery.cancel_scope.cancel()
