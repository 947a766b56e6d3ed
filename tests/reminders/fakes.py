"""A Discord that knows nonces, channels and private messages, and a house in which the reminders live."""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta

import trio
from attrs import define, evolve, field, frozen

from actors.core.envelope import Envelope
from actors.core.population import Population
from actors.core.registry import Registry
from actors.core.texts import Say, load_catalogue
from actors.pager.declaration import PAGER
from actors.reminders.commands import REMINDERS
from actors.reminders.messages import Remind, Wake
from actors.reminders.state import SNOWFLAKES_BEGAN
from actors.reminders.view import HOME
from actors.rest.errors import RestError, Unavailable
from actors.rest.payloads import Button, Message
from cli.slices import SCHEMAS
from gateway_client.ids import ChannelId, GuildId, MessageId, UserId
from gateway_client.objects import Component, User
from gateway_client.objects import Message as SentMessage
from tests.core.fakes import ALICE, ME, FakeRest, Outside, envelope
from tests.store.fakes import MemoryStore

NONCE_S = 180.0
"""Discord compares nonces for "the past few minutes"."""

TEXTS = load_catalogue(["actors.core", "actors.pager", "actors.reminders"])


@frozen(kw_only=True)
class Sent:
    """A message that people see."""

    at: float
    channel_id: ChannelId
    message: Message
    nonce: str | None
    id: MessageId


@define(eq=False)
class Discord(FakeRest):
    """What people see, in its order.

    ``at`` is its clock; ``refusing`` refuses a channel, to readers as to writers; ``losing`` takes so many
    messages without saying so; ``requests`` counts.
    """

    sent: list[Sent] = field(factory=list[Sent])
    refusing: dict[ChannelId, RestError] = field(factory=dict[ChannelId, RestError])
    losing: int = 0
    requests: int = 0
    unreadable: RestError | None = None
    at: Callable[[], datetime] = lambda: datetime(2026, 1, 1, tzinfo=UTC)

    async def get_messages(
        self, channel_id: ChannelId, after: MessageId, *, limit: int = 100
    ) -> tuple[SentMessage, ...]:
        await trio.sleep(self.delay_s)
        if self.unreadable is not None:
            raise self.unreadable
        if channel_id in self.refusing:
            self.requests += 1
            raise self.refusing[channel_id]
        later = [one for one in self.sent if one.channel_id == channel_id and one.id > after]
        return tuple(_to_read(one) for one in reversed(later[:limit]))

    async def create_message(
        self, channel_id: ChannelId, message: Message, *, nonce: str | None = None
    ) -> SentMessage:
        self.requests += 1
        await trio.sleep(self.delay_s)
        if channel_id in self.refusing:
            raise self.refusing[channel_id]
        one = self._known(channel_id, nonce) or self._write(channel_id, message, nonce)
        if self.losing:
            self.losing -= 1
            raise Unavailable("the answer was lost")
        return SentMessage(id=one.id, channel_id=channel_id, author=User(id=ME, bot=True))

    @contextmanager
    def closed_to_readers(self, error: RestError) -> Generator[None]:
        """The bot may write, but not see what was written."""
        self.unreadable = error
        yield
        self.unreadable = None

    @property
    def fired(self) -> list[Sent]:
        """Reminders that fired."""
        return [one for one in self.sent if one.message.content.startswith("⏰") and one.nonce]

    def _known(self, channel_id: ChannelId, nonce: str | None) -> Sent | None:
        now = trio.current_time()
        recent = [one for one in self.sent if one.channel_id == channel_id and now - one.at < NONCE_S]
        return next((one for one in recent if nonce is not None and one.nonce == nonce), None)

    def _write(self, channel_id: ChannelId, message: Message, nonce: str | None) -> Sent:
        since = (self.at() - SNOWFLAKES_BEGAN) // timedelta(milliseconds=1)
        message_id = MessageId((since << 22) + len(self.sent))
        self.messages[message_id] = message
        one = Sent(at=trio.current_time(), channel_id=channel_id, message=message, nonce=nonce, id=message_id)
        self.sent.append(one)
        return one


def _to_read(one: Sent) -> SentMessage:
    rows = tuple(
        Component(
            type=1,
            components=tuple(
                Component(type=2, custom_id=item.custom_id) for item in row.items if isinstance(item, Button)
            ),
        )
        for row in one.message.components
    )
    author = User(id=ME, bot=True)
    return SentMessage(id=one.id, channel_id=one.channel_id, author=author, components=rows)


@define(eq=False)
class House:
    """One process of the bot. ``slept`` is how long its machine slept: monotonic time stood still then."""

    outside: Outside
    discord: Discord
    store: MemoryStore
    population: Population
    slept: timedelta = timedelta()

    @property
    def now(self) -> datetime:
        return self.outside.at() + self.slept

    @property
    def is_home(self) -> bool:
        """Whether the reminders' actor lives."""
        return HOME in self.population.depths

    async def ask(
        self,
        message: object,
        who: UserId = ALICE,
        *,
        click: bool = False,
        private: bool = False,
        **facts: object,
    ) -> Envelope:
        """Ask, and wait a moment for the answer."""
        asked = evolve(envelope(message, who, click=click), private=private)
        changed = evolve(asked.facts, **{"at": self.now, "now": trio.current_time(), **facts})
        asked = evolve(asked, facts=changed)
        self.population.offer(HOME, asked)
        await trio.sleep(0.01)
        return asked

    async def remind(
        self, when: str, note: str | None = None, who: UserId = ALICE, **facts: object
    ) -> Envelope:
        """Set a reminder for oneself."""
        return await self.ask(Remind(when=when, note=note), who, click=False, private=False, **facts)


def embed_of(house: House, index: int = -1) -> str:
    return house.discord.fired[index].message.embeds[0].description or ""


@asynccontextmanager
async def open_house(
    before: House | None = None, *, store: MemoryStore | None = None
) -> AsyncGenerator[House]:
    """A process that starts, and is killed at the end; with the store and the Discord of one before."""
    async with trio.open_nursery() as nursery:
        if before is None:
            discord, kept = Discord(), MemoryStore(SCHEMAS)
            outside = Outside(nursery, rest=discord, store=kept)
        else:
            discord, kept = before.discord, before.store
            outside = evolve(before.outside, nursery=nursery)
        population = Population(registry=Registry((REMINDERS, PAGER)), nursery=nursery, say=TEXTS.speaker())
        ports = outside.ports(population.tell)
        house = House(outside, discord, kept, population)
        clock = evolve(ports.clock, at=lambda: house.now)
        discord.at = clock.at
        population.equip(evolve(ports, say_in=_in_english, clock=clock))
        population.tell(HOME, Wake())
        yield house
        nursery.cancel_scope.cancel()


def _in_english(guild_id: GuildId) -> Say:
    return TEXTS.speaker()
