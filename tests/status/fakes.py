"""A Discord of reactions in memory, and lives of the program over it, for tests on a virtual clock."""

from collections import defaultdict, deque
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager

import trio
from attrs import define, field, frozen

from actors.core.address import Address
from actors.core.cell import Context
from actors.core.claim import Claim, Place
from actors.core.declare import Slice
from actors.core.envelope import Envelope
from actors.core.population import Population
from actors.core.reaction_writer import ReactionWriter
from actors.core.reactive import Reactive
from actors.core.registry import Registry
from actors.core.setting import Settings, declare
from actors.core.shared_settings import SHARED
from actors.core.texts import load_catalogue
from actors.core.work import Work
from actors.keywords.setting import KEYWORDS
from actors.rest.errors import BadRequest, Forbidden, NotFound, RateLimitedOut, RestError, Unavailable
from actors.rest.payloads import Reaction, emoji_key
from actors.status.declaration import STATUS
from actors.status.style import SETTINGS
from actors.store.rows import Params
from cli.slices import SCHEMAS
from gateway_client.ids import ChannelId, MessageId, UserId
from tests.core.fakes import ALICE, CHANNEL, GUILD, Outside
from tests.store.fakes import MemoryStore

HOME = Address("status", GUILD)
QUEUE = Address("player", GUILD)
CATALOGUE = load_catalogue(["actors.core", "actors.status"])

ERRORS: dict[str, Callable[[], RestError]] = {
    "gone": lambda: NotFound("Unknown Message", status=404, code=10008),
    "no channel": lambda: NotFound("Unknown Channel", status=404, code=10003),
    "no permission": lambda: Forbidden("Missing Permissions", status=403, code=50013),
    "no access": lambda: Forbidden("Missing Access", status=403, code=50001),
    "blocked": lambda: Forbidden("Reaction blocked", status=403, code=90001),
    "crowded": lambda: BadRequest("Maximum number of reactions reached", status=400, code=30010),
    "unknown emoji": lambda: BadRequest("Unknown Emoji", status=400, code=10014),
    "5xx": lambda: Unavailable("Discord failed to answer", status=502),
    "lost": lambda: Unavailable("the connection broke"),
    "never sent": lambda: Unavailable("Discord cannot be reached"),
    "no room": lambda: RateLimitedOut("no room", retry_after_s=1.0),
}


def error(name: str) -> RestError:
    """The error that a fault leads to."""
    return ERRORS[name]()


@frozen(kw_only=True)
class Request:
    """One request as Discord saw it."""

    at: float
    reaction: Reaction


@define(eq=False)
class Chat:
    """Discord's reactions: limited per channel, slow, faulty as told; refuses what it refuses.

    ``seen`` is what a reader saw under each message, one tuple per change, oldest first.
    """

    limit_s: float = 0.0
    round_trip_s: float = 0.0
    faults: deque[str | None] = field(factory=deque[str | None])
    requests: list[Request] = field(factory=list[Request])
    ours: dict[MessageId, dict[str, str]] = field(
        factory=lambda: defaultdict[MessageId, dict[str, str]](dict)
    )
    seen: dict[MessageId, list[tuple[str, ...]]] = field(
        factory=lambda: defaultdict[MessageId, list[tuple[str, ...]]](list)
    )
    deleted: set[MessageId] = field(factory=set[MessageId])
    forbidden: str | None = None
    unknown: set[str] = field(factory=set[str])
    crowd: int = 0
    """So many reactions of other people are under every message; 20 in all are allowed."""
    at_once: dict[MessageId, int] = field(factory=lambda: defaultdict[MessageId, int](int))
    most_at_once: int = 0
    _open_at: dict[ChannelId, float] = field(factory=lambda: defaultdict[ChannelId, float](float))

    async def react(self, channel_id: ChannelId, choose: Callable[[], Reaction | None]) -> None:
        """As the outbox: wait for a turn, take what is chosen then, again after a 429."""
        await trio.lowlevel.checkpoint()
        while True:
            while (wait_s := self._open_at[channel_id] - trio.current_time()) > 0:  # noqa: ASYNC110 - another may take it
                await trio.sleep(wait_s)
            chosen = choose()
            if chosen is None:
                return
            self._open_at[channel_id] = trio.current_time() + self.limit_s
            fault = self.faults.popleft() if self.faults else None
            if fault == "429":
                await trio.sleep(self.round_trip_s)
                self._open_at[channel_id] = trio.current_time() + 0.3
                continue
            await self._perform(chosen, fault)
            return

    def shown(self, message_id: MessageId) -> tuple[str, ...]:
        """What a reader sees of us now."""
        return tuple(self.ours[message_id].values())

    def delete(self, message_id: MessageId) -> None:
        """Somebody deletes a message."""
        self.deleted.add(message_id)
        self.ours.pop(message_id, None)

    async def _perform(self, reaction: Reaction, fault: str | None) -> None:
        message_id = reaction.message_id
        self.at_once[message_id] += 1
        self.most_at_once = max(self.most_at_once, self.at_once[message_id])
        try:
            await trio.sleep(self.round_trip_s / 2)
            self._take(reaction, fault)
            await trio.sleep(self.round_trip_s / 2)
        finally:
            self.at_once[message_id] -= 1

    def _take(self, reaction: Reaction, fault: str | None) -> None:
        self.requests.append(Request(at=trio.current_time(), reaction=reaction))
        if fault is not None and fault != "lost":
            raise error(fault)
        message_id, key = reaction.message_id, emoji_key(reaction.emoji)
        ours = self.ours[message_id]
        if message_id in self.deleted:
            raise error("gone")
        if reaction.present:
            self._add(ours, key, reaction.emoji)
        elif key not in ours:
            raise error("unknown emoji")
        else:
            del ours[key]
        self.seen[message_id].append(tuple(ours.values()))
        if fault == "lost":
            raise error("lost")

    def _add(self, ours: dict[str, str], key: str, emoji: str) -> None:
        if self.forbidden is not None:
            raise error(self.forbidden)
        if emoji in self.unknown:
            raise error("unknown emoji")
        if key not in ours and len(ours) + self.crowd >= 20:
            raise error("crowded")
        ours[key] = emoji


@define(eq=False)
class Nobody(Reactive):
    """An actor of the slice that takes no part."""

    context: Context

    async def handle(self, envelope: Envelope) -> None:
        raise TypeError(envelope)

    async def observe(self, fact: object) -> None:
        raise TypeError(fact)


@define(eq=False)
class Life:
    """One life of the program: the status actors of a guild over a chat and a store that may outlive it."""

    outside: Outside
    chat: Chat
    writer: ReactionWriter
    population: Population

    def claim(
        self,
        message: int,
        *,
        lane: Address | None = QUEUE,
        author: UserId = ALICE,
        channel: ChannelId = CHANNEL,
        work: Work | None = None,
    ) -> Work:
        """Somebody's command, in the step in which its event is read."""
        work = work or Work()
        place = Place(guild_id=GUILD, channel_id=channel, message_id=MessageId(message), author_id=author)
        self.population.claim(Claim(guild_id=GUILD, work=work, lane=lane, place=place))
        return work

    def claim_slash(self, work: Work) -> None:
        """Somebody's slash command, for the same actor."""
        self.population.claim(Claim(guild_id=GUILD, work=work, lane=QUEUE))

    def set(self, **words: str) -> None:
        """Change the guild's settings."""
        own = self.outside.settings.own_words(GUILD)
        self.outside.settings.put(GUILD, own | words)

    def shown(self, message: int) -> tuple[str, ...]:
        return self.chat.shown(MessageId(message))

    def seen(self, message: int) -> list[tuple[str, ...]]:
        return self.chat.seen[MessageId(message)]


@asynccontextmanager
async def open_life(
    chat: Chat | None = None,
    store: MemoryStore | None = None,
    others: Callable[[Settings], tuple[Slice, ...]] = lambda settings: (),
) -> AsyncGenerator[Life]:
    """A life that ends like ``kill -9``: whatever was under way never comes back."""
    chat = chat or Chat()
    declared = declare((*SHARED, *SETTINGS, KEYWORDS), {})
    async with trio.open_nursery() as nursery:
        outside = Outside(nursery, store=store or MemoryStore(SCHEMAS), settings=declared)
        writer = ReactionWriter(rest=chat, spawn=outside.spawn, later=outside.later, now=trio.current_time)
        outside.reactions = writer
        slices = (STATUS, *others(declared))
        population = Population(registry=Registry(slices), nursery=nursery, say=CATALOGUE.speaker())
        population.equip(outside.ports(population.tell))
        yield Life(outside, chat, writer, population)
        nursery.cancel_scope.cancel()


@define(eq=False)
class SlowStore(MemoryStore):
    """A disk that takes ``write_s`` for a write, in which other things happen."""

    write_s: float = field(default=0.0, kw_only=True)

    async def execute_all(self, steps: Sequence[tuple[str, Params]]) -> int:
        await trio.sleep(self.write_s)
        return await super().execute_all(steps)


@contextmanager
def fresh_store(write_s: float) -> Generator[MemoryStore]:
    """A store that outlives lives."""
    store = SlowStore(SCHEMAS, write_s=write_s)
    yield store
    store.close()
