"""A guild with a gather on a virtual clock: real mailboxes, a Discord in memory that can refuse, a store.

Events go the way they go in the bot: into the cache first, then through ``listen``; what people ask carries
what was true in that instant. ``open_rig`` may be given the store of a former life: closing a rig is a kill,
nobody says goodbye.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import trio
from attrs import define, evolve, field

from actors.core.address import Address
from actors.core.cell import Context
from actors.core.envelope import Envelope
from actors.core.mailbox import Offer
from actors.core.music import player_of
from actors.core.pages import PageReady
from actors.core.population import Population
from actors.core.ports import Clock, Ports
from actors.core.registry import Registry
from actors.core.reply import Reply
from actors.core.setting import Settings, declare
from actors.core.shared_settings import SHARED
from actors.core.texts import Say, load_catalogue
from actors.core.work import Work
from actors.gather.actor import GatherActor
from actors.gather.declaration import GATHER, SETTINGS, listen
from actors.gather.gather import Gather
from actors.gather.inputs import Who
from actors.gather.messages import Press, Start, Verb
from actors.pager.declaration import PAGER
from actors.rest.errors import RestError
from actors.rest.payloads import UNSET, Message, Scheduled, ScheduledEvent, Unset
from cli.slices import SCHEMAS
from gateway_client.cache import Cache
from gateway_client.events import Event, GuildCreated, MessageDeleted, Ready, Received, VoiceStateUpdated
from gateway_client.ids import ApplicationId, ChannelId, EventId, GuildId, MessageId, RoleId, UserId
from gateway_client.objects import (
    Application,
    Channel,
    ChannelType,
    Guild,
    Member,
    Permissions,
    Role,
    User,
    VoiceState,
)
from gateway_client.objects import Message as SentMessage
from tests.core.fakes import EPOCH, FakeReply, FakeRest, Outside, facts
from tests.gather.people import ADA, BEN, CLEO, DAN, ELSEWHERE, LOUNGE, TEXT
from tests.store.fakes import MemoryStore

GUILD = GuildId(100)
ME = UserId(9000)
HOME = Address("gather", GUILD)
DJS = RoleId(400)
CATALOGUE = load_catalogue(["actors.core", "actors.gather", "actors.pager"])
MAY = (
    Permissions.VIEW_CHANNEL | Permissions.SEND_MESSAGES | Permissions.EMBED_LINKS | Permissions.MOVE_MEMBERS
)


@define(eq=False)
class Discord(FakeRest):
    """Messages, pings and moves in memory, with the time of each; refuses by kind of request."""

    world: "Rig | None" = None
    refusing: dict[str, RestError] = field(factory=dict[str, RestError])
    posted: list[tuple[float, Message]] = field(factory=list[tuple[float, Message]])
    edits: list[tuple[float, MessageId, Message]] = field(factory=list[tuple[float, MessageId, Message]])
    deleted: list[tuple[float, MessageId]] = field(factory=list[tuple[float, MessageId]])
    moved: list[UserId] = field(factory=list[UserId])
    events: dict[EventId, ScheduledEvent] = field(factory=dict[EventId, ScheduledEvent])
    in_flight: set[MessageId] = field(factory=set[MessageId])

    async def create_message(
        self, channel_id: ChannelId, message: Message, *, nonce: str | None = None
    ) -> SentMessage:
        self._refuse("create")
        sent = await super().create_message(channel_id, message, nonce=nonce)
        self.posted.append((trio.current_time(), message))
        return sent

    async def edit_message(
        self, channel_id: ChannelId, message_id: MessageId, message: Message
    ) -> SentMessage:
        self._refuse("edit")
        assert message_id not in self.in_flight, "two redraws in flight"
        self.in_flight.add(message_id)
        try:
            sent = await super().edit_message(channel_id, message_id, message)
        finally:
            self.in_flight.discard(message_id)
        self.edits.append((trio.current_time(), message_id, message))
        return sent

    async def delete_message(self, channel_id: ChannelId, message_id: MessageId) -> None:
        self._refuse("delete")
        await super().delete_message(channel_id, message_id)
        self.deleted.append((trio.current_time(), message_id))

    async def modify_member(
        self,
        guild_id: GuildId,
        user_id: UserId,
        *,
        nick: str | Unset | None = UNSET,
        channel_id: ChannelId | Unset | None = UNSET,
    ) -> None:
        assert channel_id is None
        await self._enter("move")
        self._refuse("move")
        self.moved.append(user_id)
        assert self.world is not None
        self.world.leave(user_id)

    async def modify_own_voice_state(
        self,
        guild_id: GuildId,
        channel_id: ChannelId,
        *,
        suppress: bool | Unset = UNSET,
        request_to_speak_at: datetime | Unset | None = UNSET,
    ) -> None:
        raise AssertionError("a gather asks for no floor")

    async def create_scheduled_event(self, guild_id: GuildId, event: ScheduledEvent) -> Scheduled:
        await self._enter("event")
        self._refuse("event")
        self._next += 1
        self.events[EventId(self._next)] = event
        return Scheduled(id=EventId(self._next))

    async def delete_scheduled_event(self, guild_id: GuildId, event_id: EventId) -> None:
        await self._enter("no event")
        del self.events[event_id]

    @property
    def boards_with_buttons(self) -> int:
        return sum(bool(message.components) for message in self.messages.values())

    def _refuse(self, kind: str) -> None:
        if kind in self.refusing:
            raise self.refusing[kind]


@define(eq=False)
class AnswerOf(FakeReply):
    """A reply whose answer is a message of the channel."""

    rest: Discord | None = None
    lost: bool = False
    delay_s: float = 0.0
    """How long after the message stands in the channel Discord says which one it is."""
    _known: trio.Event = field(factory=trio.Event)

    def say(self, message: Message, *, transient: bool = False, sent: object = None) -> None:
        self.said.append(message)
        if not callable(sent) or self.rest is None or self.lost:
            return
        posted = self.rest._post(TEXT, message)
        if not self.delay_s:
            sent(posted)
            return

        async def know() -> None:
            await trio.sleep(self.delay_s)
            sent(posted)
            self._known.set()

        assert self.rest.world is not None
        self.rest.world.outside.spawn(know)

    async def settled(self) -> None:
        if self.delay_s:
            await self._known.wait()


@define(eq=False)
class Rig:
    """The guild as people use it."""

    outside: Outside
    population: Population
    rest: Discord
    settings: Settings
    cache: Cache = field(factory=Cache)
    wall_jump_s: float = 0.0
    wall_start: datetime = EPOCH
    may: Permissions = MAY
    told: Callable[[PageReady], None] | None = None
    player: list[object] = field(factory=list[object])
    """What the guild's player was told."""
    offered: list[Offer] = field(factory=list[Offer])
    actors: list[GatherActor] = field(factory=list[GatherActor])
    _number: int = 0
    _sequence: int = 0

    def at(self) -> datetime:
        return self.wall_start + timedelta(seconds=trio.current_time() + self.wall_jump_s)

    def hear(self, event: Event) -> None:
        self._sequence += 1
        self.cache.apply(Received(event=event, shard_id=0, sequence=self._sequence))
        for delivery in listen(event):
            self.population.deliver(delivery)

    def join(self, who: Who | UserId, channel_id: ChannelId | None = LOUNGE) -> None:
        user_id = who.id if isinstance(who, Who) else who
        state = VoiceState(guild_id=GUILD, channel_id=channel_id, user_id=user_id, member=member(user_id))
        self.hear(VoiceStateUpdated(state=state))

    def leave(self, who: Who | UserId) -> None:
        self.join(who, None)

    def ask(
        self,
        message: object,
        who: Who = ADA,
        *,
        lost: bool = False,
        click: bool = False,
        delay_s: float = 0.0,
        pressed: MessageId | None = None,
        reply: Reply | None = None,
    ) -> AnswerOf:
        """Run a command; the answer, which message it is being known after ``delay_s``."""
        self._number += 1
        answer = AnswerOf(rest=self.rest, lost=lost, delay_s=delay_s)
        asked = Envelope(
            number=self._number,
            command="test",
            message=message,
            facts=evolve(
                facts(who.id, voice_channel_id=self.cache.voice_channel_of(GUILD, who.id)),
                at=self.at(),
                now=trio.current_time(),
                user_name=who.name,
                bot_permissions=self.may,
                message_id=pressed,
            ),
            reply=reply or answer,
            work=Work(),
            is_click=click,
        )
        self.offered.append(self.population.offer(HOME, asked))
        return answer

    async def start(self, words: str | None = None, who: Who = ADA) -> AnswerOf:
        """Start a gather and wait until its message is there."""
        reply = self.ask(Start(words), who)
        await trio.sleep(0.2)
        return reply

    def press(
        self, verb: Verb, who: Who = ADA, gather: int | None = None, on: MessageId | None = None
    ) -> AnswerOf:
        return self.ask(Press(verb, gather or self.gather_id), who, click=True, pressed=on)

    def delete(self, message_id: MessageId) -> None:
        """A moderator deletes a message."""
        del self.rest.messages[message_id]
        self.hear(MessageDeleted(message_id=message_id, channel_id=TEXT, guild_id=GUILD))

    @property
    def gather_id(self) -> int:
        """The number in the buttons of the newest gather."""
        for message in reversed(self.rest.messages.values()):
            for row in message.components:
                return int(str(row.items[0].custom_id).rsplit(":", 1)[1])
        raise AssertionError("no message has buttons")

    @property
    def boards(self) -> list[tuple[MessageId, Message]]:
        """The gather's messages that are there."""
        return [(message_id, one) for message_id, one in self.rest.messages.items() if one.embeds]

    @property
    def board(self) -> str:
        """What the gather's newest message says."""
        _, message = self.boards[-1]
        return message.embeds[0].description or ""

    @property
    def pings(self) -> list[tuple[float, tuple[UserId, ...]]]:
        """Every ping that was sent, with its time."""
        return [(at, message.mentions.users) for at, message in self.rest.posted if message.mentions.users]

    @property
    def state(self) -> Gather:
        """The gather that runs now."""
        performer = self.actors[-1]._performer
        assert performer is not None
        return performer.gather

    @property
    def is_over(self) -> bool:
        """Whether nobody lives at the gather's address any more."""
        return HOME not in self.population.depths


def member(user_id: UserId, roles: tuple[RoleId, ...] = ()) -> Member:
    """Somebody of the guild."""
    known = {who.id: who.name for who in (ADA, BEN, CLEO, DAN)}
    name = known.get(user_id, f"user {user_id}")
    user = User(id=user_id, username=name.lower(), global_name=name, bot=user_id == ME)
    return Member(user=user, roles=roles)


def guild_object(*seated: Who, limit: int = 0, members: tuple[Member, ...] = ()) -> Guild:
    """The guild with people in its lounge."""
    return Guild(
        id=GUILD,
        name="Home",
        owner_id=ADA.id,
        roles=(Role(id=RoleId(GUILD), name="@everyone"), Role(id=DJS, name="DJ")),
        channels=(
            Channel(id=TEXT, type=ChannelType.GUILD_TEXT, name="general"),
            Channel(id=LOUNGE, type=ChannelType.GUILD_VOICE, name="Lounge", user_limit=limit),
            Channel(id=ELSEWHERE, type=ChannelType.GUILD_VOICE, name="Studio"),
        ),
        members=(*(member(who.id) for who in seated), *members),
        voice_states=tuple(VoiceState(user_id=who.id, channel_id=LOUNGE) for who in seated),
    )


@asynccontextmanager
async def open_rig(
    *seated: Who,
    store: MemoryStore | None = None,
    rest: Discord | None = None,
    limit: int = 0,
    members: tuple[Member, ...] = (),
    words: dict[str, str] | None = None,
    in_sight: bool = True,
    wall_jump_s: float = 0.0,
) -> AsyncGenerator[Rig]:
    """A guild with these people in its lounge."""
    async with trio.open_nursery() as nursery:
        outside = Outside(nursery, store=store or MemoryStore(schemas=SCHEMAS))
        discord = rest or Discord()
        actors: list[GatherActor] = []

        def build(context: Context) -> GatherActor:
            actors.append(GatherActor(context))
            return actors[-1]

        registry = Registry((evolve(GATHER, factory=build), PAGER))
        population = Population(registry=registry, nursery=nursery, say=CATALOGUE.speaker())
        settings = declare((*SHARED, *SETTINGS), words or {})
        rig = Rig(outside=outside, population=population, rest=discord, settings=settings, actors=actors)
        rig.wall_jump_s = wall_jump_s
        discord.world = rig
        population.equip(ports_of(rig))
        application = Application(id=ApplicationId(ME))
        me = User(id=ME, username="roadie", bot=True)
        guild = guild_object(*seated, limit=limit, members=members)
        rig.hear(
            Ready(user=me, session_id="s", resume_gateway_url="", application=application, guilds=(guild,))
        )
        if in_sight:
            rig.hear(GuildCreated(guild=guild))
            if store is not None:
                population.wake(HOME)
        yield rig
        nursery.cancel_scope.cancel()


def ports_of(rig: Rig) -> Ports:
    def tell(address: Address, message: object) -> None:
        if isinstance(message, PageReady) and rig.told is not None:
            rig.told(message)
        elif address == player_of(GUILD):
            rig.player.append(message)
        else:
            rig.population.tell(address, message)

    plain = rig.outside.ports(tell=tell)
    return evolve(
        plain,
        rest=rig.rest,
        cache=rig.cache,
        settings=rig.settings,
        clock=Clock(now=trio.current_time, at=rig.at, random=plain.clock.random),
        say_in=_say_in,
        me=ME,
    )


def _say_in(guild_id: GuildId) -> Say:
    return CATALOGUE.speaker()
