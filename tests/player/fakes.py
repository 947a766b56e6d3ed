"""A guild around one player: its text channel, Discord's side of joining, a life of the bot's process.

``TestGuild`` runs the real slice in the real population, with real prefix replies, so what a test sees is the
order in which words reached the channel. Time is the virtual clock's.
"""

import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial

import trio
from attrs import define, evolve, field

from actors.core.address import Address
from actors.core.cell import Actor, Context
from actors.core.custom_id import parse_custom_id
from actors.core.declare import Listen, SettingChanged, Slice
from actors.core.envelope import Envelope, Facts
from actors.core.lane import Lane
from actors.core.music import Place, QueueMusic
from actors.core.population import Population
from actors.core.ports import Clock, Ports
from actors.core.registry import Registry
from actors.core.setting import Settings, declare
from actors.core.shared_settings import DJ_ROLE
from actors.core.texts import Catalogue, load_catalogue
from actors.core.work import Work
from actors.pager.declaration import PAGER
from actors.picker.declaration import PICKER
from actors.player.actor import PlayerActor
from actors.player.asks import Command, Play
from actors.player.declaration import SETTINGS, player_slice
from actors.player.panel import PanelFact
from actors.player.player import Player
from actors.rest.payloads import ActionRow, Button
from gateway_client.cache import Cache
from gateway_client.events import Event, GuildCreated, Ready, Received, VoiceServerUpdated, VoiceStateUpdated
from gateway_client.ids import ApplicationId, ChannelId, GuildId, RoleId, UserId
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
from media.tracks import TextQuery
from tests.core.fakes import FakeReactions
from tests.player.channel_fakes import ChannelReply, FakePresence, FakeRest
from tests.player.media_fakes import FakeResolver
from tests.player.node_fakes import FakeNode
from tests.player.places import ALICE, BOB, DJ, GUILD, MAY, ME, OTHER_VOICE, STAGE, TEXT, THIRD_VOICE, VOICE
from tests.player.slow_store import SlowStore
from voice.protocol import Fact, NodeRestarted

HOME = Address("player", GUILD)
EPOCH = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

CATALOGUE: Catalogue = load_catalogue(["actors.core", "actors.pager", "actors.picker", "actors.player"])


@define(eq=False)
class FakeSeats:
    """Discord's side of joining: answers op 4 with a voice state and a voice server.

    A full channel answers nothing, nor does one in which the bot sits in this session; ``endpoints`` are
    given out in order, the last one for ever.
    """

    guild: "TestGuild"
    asked: list[ChannelId | None] = field(factory=list[ChannelId | None])
    answers: bool = True
    endpoints: list[str | None] = field(factory=lambda: ["voice.example:443"])
    session: int = 0
    _line: Lane = field(init=False)
    _servers: int = 0
    _told: tuple[ChannelId | None, int] = (None, 0)

    def __attrs_post_init__(self) -> None:
        self._line = Lane(self.guild.spawn)

    def update_voice_state(
        self,
        guild_id: GuildId,
        channel_id: ChannelId | None,
        *,
        self_mute: bool = False,
        self_deaf: bool = True,
    ) -> None:
        assert guild_id == GUILD
        assert self_deaf
        self.asked.append(channel_id)
        self._line.put(partial(self._answer, channel_id))

    async def _answer(self, channel_id: ChannelId | None) -> None:
        await trio.sleep(0.03)
        sits_in = self.guild.cache.voice_channel_of(GUILD, ME)
        before, after = (sits_in, self._told[1]), (channel_id, self.session)
        if before == after:
            return
        if self.answers or channel_id is None:
            self._told = after
            self.guild.sit(ME, channel_id)
        if self.answers and channel_id is not None:
            while self.give_server() is None:  # noqa: ASYNC110 - a voice server comes up in its own time
                await trio.sleep(1)

    def give_server(self) -> str | None:
        endpoint = self.endpoints.pop(0) if len(self.endpoints) > 1 else self.endpoints[0]
        self._servers += 1
        token = f"token {self._servers}"
        self.guild.hear(VoiceServerUpdated(guild_id=GUILD, token=token, endpoint=endpoint))
        return endpoint


@define(eq=False)
class TestGuild:
    """A guild with one bot, two people and two voice channels."""

    __test__ = False

    nursery: trio.Nursery
    store: SlowStore
    node: FakeNode
    resolver: FakeResolver
    rest: FakeRest
    cache: Cache
    settings: Settings
    started: float
    presence: FakePresence = field(factory=FakePresence)
    seats: FakeSeats = field(init=False)
    population: Population = field(init=False)
    actors: list[PlayerActor] = field(factory=list[PlayerActor])
    djs: set[UserId] = field(factory=set[UserId])
    _listen: Listen = field(init=False)
    told: list[object] = field(factory=list[object])
    """What was told to actors of no slice here."""
    heard: int = 0
    """How many messages of the channel the player was told of."""
    _numbers: int = 0

    def open(self, max_duration_s: float = 3600.0) -> None:
        """Begin the life of a process on this guild."""
        self.seats = FakeSeats(self)
        part = player_slice(resolver=self.resolver, voice=self.node, max_duration_s=max_duration_s)
        self._listen = part.listen
        self.population = Population(
            registry=Registry((self._noting(part), PAGER, PICKER)),
            nursery=self.nursery,
            say=CATALOGUE.speaker(),
        )
        self.population.equip(self.ports())
        self.node.on_fact = self.route

    def _noting(self, part: Slice) -> Slice:
        def build(context: Context) -> Actor:
            actor = part.factory(context)
            assert isinstance(actor, PlayerActor)
            self.actors.append(actor)
            return actor

        return evolve(part, factory=build)

    def route(self, fact: Fact) -> None:
        """As the supervisor routes the facts of the node."""
        if isinstance(fact, NodeRestarted):
            for call in fact.calls:
                self.population.tell_living(Address("player", call), fact)
        else:
            self.population.tell(Address("player", fact.call), fact)

    def hear(self, event: Event | SettingChanged) -> None:
        """As the supervisor hears an event: the cache first, then whom it concerns."""
        if not isinstance(event, SettingChanged):
            self.cache.apply(Received(event=event, shard_id=0, sequence=1))
        for delivery in self._listen(event):
            self.heard += isinstance(delivery.message, PanelFact)
            self.population.deliver(delivery)

    def sit(self, user_id: UserId, channel_id: ChannelId | None, *, suppress: bool | None = None) -> None:
        """Somebody joins, moves or leaves; on a stage they begin in the audience."""
        member = Member(user=User(id=user_id, username=f"user{user_id}", bot=user_id == ME))
        state = VoiceState(
            guild_id=GUILD,
            user_id=user_id,
            channel_id=channel_id,
            session_id=f"session {self.seats.session}" if user_id == ME else f"session of {user_id}",
            member=member,
            suppress=channel_id == STAGE if suppress is None else suppress,
        )
        self.hear(VoiceStateUpdated(state=state))

    def ask(self, command: Command, user_id: UserId = ALICE) -> Work:
        """Somebody gives a command with the prefix."""
        self._numbers += 1
        work = Work(starts_itself=isinstance(command, Play))
        reply = ChannelReply(self.rest, Lane(self.spawn))
        envelope = Envelope(
            number=self._numbers,
            command=type(command).__name__,
            message=command,
            facts=self.facts(user_id),
            reply=reply,
            work=work,
        )
        self.population.offer(HOME, envelope)
        return work

    def play(self, words: str, user_id: UserId = ALICE, place: Place = Place.END) -> Work:
        return self.ask(Play(queries=(TextQuery(text=words),), place=place), user_id)

    def press(self, label: str, user_id: UserId = ALICE) -> Work:
        """Somebody presses the newest button with this label."""
        return self.press_id(self.button(label), user_id)

    def press_id(self, wire: str, user_id: UserId = ALICE) -> Work:
        """Somebody presses a button by its ``custom_id``."""
        self._numbers += 1
        custom_id = parse_custom_id(wire)
        assert custom_id is not None
        component = self.population.registry.component(custom_id)
        assert component is not None
        facts = self.facts(user_id)
        envelope = Envelope(
            number=self._numbers,
            command=custom_id.verb,
            message=component.message(custom_id, (), facts),
            facts=facts,
            reply=ChannelReply(self.rest, Lane(self.spawn)),
            work=Work(),
            is_click=True,
            private=True,
        )
        self.population.offer(custom_id.address, envelope)
        return envelope.work

    def button(self, label: str) -> str:
        """The ``custom_id`` of the newest button with this label."""
        for message in reversed(self.rest.messages.values()):
            for row in message.components:
                assert isinstance(row, ActionRow)
                for item in row.items:
                    if isinstance(item, Button) and item.label == label and item.custom_id:
                        return item.custom_id
        raise AssertionError(f"nobody can press {label}")

    def hand_over(self, wish: QueueMusic) -> Work:
        """Another slice asks for music."""
        wish.work.hand_over()
        self.population.tell(HOME, wish)
        return wish.work

    def set(self, **words: str) -> None:
        """The guild changes settings."""
        self.settings.put(GUILD, self.settings.own_words(GUILD) | words)
        for name in words:
            self.hear(SettingChanged(guild_id=GUILD, name=name))

    def facts(self, user_id: UserId) -> Facts:
        return Facts(
            at=self.at(),
            now=trio.current_time(),
            guild_id=GUILD,
            channel_id=TEXT,
            user_id=user_id,
            user_name=f"user {user_id}",
            role_ids=frozenset({DJ}) if user_id in self.djs else frozenset(),
            voice_channel_id=self.cache.voice_channel_of(GUILD, user_id),
            bot_voice_channel_id=self.cache.voice_channel_of(GUILD, ME),
        )

    def at(self) -> datetime:
        return EPOCH + timedelta(seconds=trio.current_time() - self.started)

    def spawn(self, task: Callable[[], Awaitable[None]]) -> None:
        self.nursery.start_soon(task)

    def ports(self) -> Ports:
        return Ports(
            rest=self.rest,
            store=self.store,
            gateway=self.seats,
            presence=self.presence,
            reactions=FakeReactions(),
            cache=self.cache,
            settings=self.settings,
            clock=Clock(now=trio.current_time, at=self.at, random=random.Random(7)),
            tell=self.tell,
            spawn=self.spawn,
            say_in=lambda guild_id: CATALOGUE.speaker(),
            me=ME,
            application_id=ApplicationId(9001),
        )

    def tell(self, address: Address, message: object) -> None:
        """To the population of this life; addresses of other slices only remember."""
        if address.kind == "other":
            self.told.append(message)
        else:
            self.population.tell(address, message)

    @property
    def player(self) -> Player:
        """The machine of the actor that lives now."""
        return self.actors[-1]._state.player

    def wake(self) -> None:
        self.population.wake(HOME)


def guild_object(
    permissions: Permissions = MAY, *, user_limit: int = 0, seated: tuple[UserId, ...] = (ALICE, BOB)
) -> Guild:
    """The guild as GUILD_CREATE brings it: Alice and Bob sit in the voice channel."""
    states = [
        VoiceState(
            user_id=user_id,
            channel_id=VOICE,
            session_id="s",
            member=Member(user=User(id=user_id, username=f"user{user_id}")),
        )
        for user_id in seated
    ]
    return Guild(
        id=GUILD,
        name="Test",
        owner_id=UserId(1),
        roles=(Role(id=RoleId(GUILD), permissions=int(permissions)), Role(id=DJ, permissions=0)),
        channels=(
            Channel(id=TEXT, guild_id=GUILD),
            Channel(id=VOICE, guild_id=GUILD, type=ChannelType.GUILD_VOICE, user_limit=user_limit),
            Channel(id=OTHER_VOICE, guild_id=GUILD, type=ChannelType.GUILD_VOICE),
            Channel(id=THIRD_VOICE, guild_id=GUILD, type=ChannelType.GUILD_VOICE),
            Channel(id=STAGE, guild_id=GUILD, type=ChannelType.GUILD_STAGE_VOICE),
        ),
        members=(Member(user=User(id=ME, username="roadie", bot=True)),),
        voice_states=tuple(states),
    )


def ready() -> Ready:
    return Ready(
        user=User(id=ME, username="roadie", bot=True),
        session_id="main",
        resume_gateway_url="wss://gateway.example",
        application=Application(id=ApplicationId(9001)),
        guilds=(Guild(id=GUILD, unavailable=True),),
    )


@asynccontextmanager
async def open_guild(
    guild: Guild | None = None,
    *,
    store: SlowStore | None = None,
    rest: FakeRest | None = None,
    max_duration_s: float = 3600.0,
) -> AsyncGenerator[TestGuild]:
    """A guild with a bot that has just started."""
    async with trio.open_nursery() as nursery:
        made = TestGuild(
            nursery=nursery,
            store=store or SlowStore(),
            node=FakeNode(nursery),
            resolver=FakeResolver(),
            rest=rest or FakeRest(),
            cache=Cache(),
            settings=declare((*SETTINGS, DJ_ROLE), {}),
            started=trio.current_time(),
        )
        made.cache.apply(Received(event=ready(), shard_id=0, sequence=1))
        made.cache.apply(Received(event=GuildCreated(guild=guild or guild_object()), shard_id=0, sequence=2))
        made.open(max_duration_s)
        yield made
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def open_playing(*titles: str) -> AsyncGenerator[TestGuild]:
    """A guild in which the first of these plays and the others wait."""
    async with open_guild() as guild:
        for title in titles:
            guild.play(title)
        await trio.sleep(1)
        assert guild.node.title == titles[0]
        guild.rest.lines.clear()
        yield guild
