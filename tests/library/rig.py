"""A house for slices that hand music to the player: real pagers and pickers, a player that remembers.

The player is the test's own: it records what it is asked to queue, says so in the contract's words and tells
the queue that a test gave it.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import trio
from attrs import define, evolve, field

from actors.core.address import Address
from actors.core.cell import Context
from actors.core.declare import Slice
from actors.core.envelope import Envelope
from actors.core.music import KeptTrack, MusicTold, MusicWanted, QueueMusic
from actors.core.population import Population
from actors.core.reactive import Reactive
from actors.core.registry import Registry
from actors.core.reply import Reply
from actors.core.texts import Catalogue, Say
from actors.pager.declaration import PAGER
from actors.picker.declaration import PICKER
from actors.rest.payloads import Button, Message
from cli.slices import SCHEMAS, catalogue
from gateway_client.ids import ChannelId, GuildId, RoleId, UserId
from tests.core.fakes import ALICE, GUILD, VOICE, FakeReply, FakeRest, Outside, envelope
from tests.store.fakes import MemoryStore

TEXTS: Catalogue = catalogue()


def in_english(guild_id: GuildId) -> Say:
    return TEXTS.speaker()


@define(eq=False)
class Band:
    """What the player was asked for, and what it has."""

    wishes: list[QueueMusic] = field(factory=list[QueueMusic])
    now: KeptTrack | None = None
    queue: tuple[KeptTrack, ...] = ()
    silent: bool = False


@define(eq=False)
class Player(Reactive):
    """A player of the test's own."""

    context: Context
    band: Band

    async def handle(self, envelope: Envelope) -> None:
        raise TypeError("nobody gives this player a command")

    async def observe(self, fact: object) -> None:
        assert isinstance(fact, QueueMusic | MusicWanted)
        if isinstance(fact, QueueMusic):
            self.band.wishes.append(fact)
            above = "" if fact.above is None else fact.above.render(TEXTS.speaker()) + "\n"
            fact.reply.say(Message(content=f"{above}Track added"))
            fact.work.done()
        elif not self.band.silent:
            told = MusicTold(query=fact.query, now=self.band.now, queue=self.band.queue, history=())
            self.context.ports.tell(fact.asker, told)


@define(eq=False)
class House:
    """One process of the bot; ``kind`` is the slice under test."""

    kind: str
    outside: Outside
    population: Population
    band: Band
    asked: list[Envelope] = field(factory=list[Envelope])

    async def ask(
        self,
        message: object,
        who: UserId = ALICE,
        *,
        guild_id: GuildId = GUILD,
        room: ChannelId | None = VOICE,
        roles: Sequence[RoleId] = (),
        wait_s: float = 0.1,
        reply: Reply | None = None,
    ) -> Envelope:
        plain = envelope(message, who)
        now = evolve(
            plain.facts,
            at=self.outside.at(),
            guild_id=guild_id,
            voice_channel_id=room,
            role_ids=frozenset(roles),
        )
        asked = evolve(plain, facts=now, number=len(self.asked) + 1, reply=reply or plain.reply)
        self.asked.append(asked)
        self.population.offer(Address(self.kind, guild_id), asked)
        await trio.sleep(wait_s)
        return asked

    def only(self, kind: str) -> Address:
        (address,) = [one for one in self.population.depths if one.kind == kind]
        return address

    async def press(self, kind: str, message: object, who: UserId = ALICE) -> Envelope:
        """Press a button of the one picker or pager that is open."""
        plain = envelope(message, who, click=True)
        facts = evolve(plain.facts, at=self.outside.at(), voice_channel_id=VOICE)
        pressed = evolve(plain, facts=facts, number=1000 + len(self.asked))
        self.population.offer(self.only(kind), pressed)
        await trio.sleep(0.1)
        return pressed


def said(asked: Envelope) -> str:
    """The newest thing that somebody was told, privately or not."""
    assert isinstance(asked.reply, FakeReply)
    messages = asked.reply.said or asked.reply.refused or asked.reply.expired
    return text_of(messages[-1])


def refused(asked: Envelope) -> str:
    assert isinstance(asked.reply, FakeReply)
    (message,) = asked.reply.refused
    return text_of(message)


def all_said(asked: Envelope) -> list[str]:
    assert isinstance(asked.reply, FakeReply)
    return [text_of(message) for message in asked.reply.said]


def text_of(message: Message) -> str:
    parts = [message.content]
    for embed in message.embeds:
        parts += [embed.title or "", embed.description or "", embed.footer.text if embed.footer else ""]
    return "\n".join(part for part in parts if part)


def labels(message: Message) -> list[str | None]:
    return [item.label for row in message.components for item in row.items if isinstance(item, Button)]


@asynccontextmanager
async def open_house(
    tested: Slice,
    *,
    store: MemoryStore | None = None,
    band: Band | None = None,
    rest: FakeRest | None = None,
) -> AsyncGenerator[House]:
    """A process with this slice; with the store of one before, it comes after a restart."""
    band = band or Band()
    async with trio.open_nursery() as nursery:
        outside = Outside(nursery, store=store or MemoryStore(SCHEMAS), rest=rest or FakeRest())
        player = Slice(kind="player", package="tests", factory=lambda context: Player(context, band))
        registry = Registry((tested, player, PICKER, PAGER))
        population = Population(registry=registry, nursery=nursery, say=TEXTS.speaker())
        population.equip(evolve(outside.ports(population.tell), say_in=in_english))
        yield House(tested.kind, outside, population, band)
        nursery.cancel_scope.cancel()
