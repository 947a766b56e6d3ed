"""The bot put together: from the configuration to the running tree.

May import everything. Order: the rooms (``rooms``: store, way out, media), who we are, voice, the gateway's
handle, and the actors inside. Leaving goes the other way round. What cannot be had at the start because the
network is away is asked for again with a growing pause; what is refused for good raises, and ``cli.run``
tells it.
"""

import logging
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import msgspec
import trio
from attrs import define, field, frozen

from actors.core.ingress import Ingress
from actors.core.intake import Intake
from actors.core.population import Population
from actors.core.ports import Clock, Ports
from actors.core.presence import PresenceBoard
from actors.core.reaction_writer import ReactionWriter
from actors.core.register import register_commands
from actors.core.registry import Registry
from actors.core.schema import to_registration
from actors.core.setting import Settings, declare
from actors.core.shared_settings import LANGUAGE
from actors.core.texts import DEFAULT_LANGUAGE, LANGUAGES, Catalogue, Say
from actors.core.unanswered import PATIENCE_S, Unanswered
from actors.playlists.reading import read_attachment
from actors.rest.ack_line import AckLine
from actors.rest.errors import RateLimitedOut, Unavailable
from actors.rest.outbox import Outbox
from actors.settings.actor import read_words
from cli.children import child_argv
from cli.config import Config
from cli.health import Collector
from cli.health_measures import TimedStore
from cli.rooms import Rooms, open_rooms
from cli.slices import SETTINGS, all_slices, catalogue
from gateway_client.backoff import Backoff
from gateway_client.cache import Cache
from gateway_client.commands import Token
from gateway_client.errors import DiscoveryUnavailable
from gateway_client.events import Received
from gateway_client.gateway import Gateway
from gateway_client.ids import GuildId, UserId
from gateway_client.intents import Intents, granted_intents
from gateway_client.objects import Application, GatewayBot, User
from media.guard import Outside
from supervisor import Router, Tree, keep_running, open_tree, serve, stored_addresses
from voice.client import VoiceClient
from voice.protocol import Fact as VoiceFact
from voice.protocol import NodeRestarted

log = logging.getLogger("roadie")

WANTED = (
    Intents.GUILDS
    | Intents.GUILD_VOICE_STATES
    | Intents.GUILD_MESSAGES
    | Intents.DIRECT_MESSAGES
    | Intents.MESSAGE_CONTENT
)
"""Guilds and voice states for everything; messages and their content for the prefix form; direct messages so
that somebody who writes one there gets a sentence instead of silence."""

NOT_GRANTED = (
    "The intent Message Content is not granted to this bot, so only slash commands work. To use prefix "
    "commands too, switch it on in the developer portal (your application, Bot, Privileged Gateway "
    "Intents) and restart."
)

T = TypeVar("T")


@frozen(kw_only=True)
class Myself:
    """Who the token belongs to."""

    application: Application
    user: User


async def run_bot(
    config: Config,
    token: Callable[[], str],
    stop: trio.Event,
    started: Callable[[], None],
    *,
    outside: Outside | None = None,
) -> None:
    """Run the bot until ``stop``.

    Args:
        config: everything decided.
        token: gives the bot's token.
        stop: set when the bot shall end in order.
        started: called once everything stands and an ordered stop is possible.
        outside: the guard's way to the world; tests bring a world of their own.

    Raises:
        StoreError: the data folder cannot be used.
        InvalidToken: Discord does not know the token.
        GatewayClosed: Discord closed for good.
    """
    async with open_rooms(config, token, outside or Outside()) as rooms, trio.open_nursery() as services:
        ack_line = AckLine(config.api_base, random=rooms.dice, guard=rooms.guard)
        services.start_soon(keep_running, "acknowledgements", ack_line.run)
        myself = await _ask_who_i_am(rooms.rest, rooms.dice)
        bot = _Bot(config=config, rooms=rooms, ack_line=ack_line, myself=myself)
        voice = VoiceClient(argv=child_argv("voice-node"), on_fact=bot.on_voice, nodes=config.voice.nodes)
        services.start_soon(keep_running, "voice", voice.run)
        gateway = bot.make_gateway(token)
        await bot.load_settings()
        tree = await open_tree(services)
        population = await bot.make_population(tree, gateway, voice)
        services.start_soon(keep_running, "measuring", bot.health.lag.run)
        started()
        await serve(gateway=gateway, voice=voice, tree=tree, population=population, stop=stop)
        services.cancel_scope.cancel()


@define(eq=False, kw_only=True)
class _Bot:
    """The parts that know each other; ``router`` is set before the first event can come."""

    config: Config
    rooms: Rooms
    ack_line: AckLine
    myself: Myself
    texts: Catalogue = field(factory=catalogue)
    cache: Cache = field(factory=Cache)
    settings: Settings = field(init=False)
    health: Collector = field(init=False)
    router: Router = field(init=False)

    def make_gateway(self, token: Callable[[], str]) -> Gateway:
        """The connection, with the intents that are granted."""
        intents, missing = granted_intents(WANTED, self.myself.application.flags)
        if missing:
            log.warning(NOT_GRANTED)
        return Gateway(
            token=Token(token()),
            discovery=partial(_discover, self.rooms.rest),
            on_event=self._on_event,
            intents=intents,
            shards=self.config.bot.shards,
            random=self.rooms.dice,
        )

    async def load_settings(self) -> None:
        """What the guilds have set, into memory."""
        self.settings = declare(tuple(SETTINGS), self.config.guild)
        for row in await self.rooms.store.load_all("settings"):
            guild_id = GuildId(row.key)
            try:
                self.settings.put(guild_id, read_words(guild_id, row.data))
            except msgspec.MsgspecError as error:
                log.error("the settings of a server are unreadable: %s", error)  # noqa: TRY400 - the reason is enough
                await self.rooms.store.quarantine("settings", row.key, str(error))

    async def make_population(self, tree: Tree, gateway: Gateway, voice: VoiceClient) -> Population:
        """Make the tree ready for events."""
        media = self.rooms.media
        self.health = self._make_health(gateway, voice)
        slices = all_slices(
            settings=self.settings,
            resolver=media.resolver,
            voice=voice,
            health=self.health,
            insecure=self.config.api_is_local,
            max_duration_s=self.config.limits.max_duration,
            store=self.rooms.store,
            library=media.library,
            fetcher=media.fetcher,
            read_file=partial(read_attachment, media.guard),
            suggester=media.suggester,
        )
        registry = Registry(slices)
        population = Population(registry=registry, nursery=tree.actors, say=self.texts.speaker())
        ports = self._make_ports(gateway, tree, population)
        population.equip(ports)
        unanswered = self._make_unanswered(ports, tree, population)
        await unanswered.load()
        self.health.depths = lambda: population.depths
        self.router = Router(
            cache=self.cache,
            registry=registry,
            population=population,
            intake=self._make_intake(registry, ports, tree, population, unanswered),
            on_ready=partial(self._on_ready, registry, tree, unanswered),
        )
        self.settings.on_change = self.router.on_setting
        self.router.restore_later(await stored_addresses(self.rooms.store, slices))
        return population

    def _make_ports(self, gateway: Gateway, tree: Tree, population: Population) -> Ports:
        say = self.texts.speaker()
        presence = PresenceBoard(
            send=gateway.update_presence, start=tree.start, idle_text=self.config.bot.status, say=say
        )
        gateway.presence = presence.current()
        self.health.title_of = presence.title
        return Ports(
            rest=self.rooms.rest,
            store=self.health.store,
            gateway=gateway,
            presence=presence,
            reactions=ReactionWriter(
                rest=self.rooms.rest, spawn=tree.start, later=tree.later, now=trio.current_time
            ),
            cache=self.cache,
            settings=self.settings,
            clock=Clock(now=trio.current_time, at=lambda: datetime.now(UTC), random=self.rooms.dice),
            tell=population.tell,
            spawn=tree.start,
            say_in=self._say_in,
            me=self.myself.user.id,
            application_id=self.myself.application.id,
        )

    def _make_health(self, gateway: Gateway, voice: VoiceClient) -> Collector:
        return Collector(
            data=self.config.data,
            cache=self.cache,
            rest=self.rooms.rest,
            gateway=gateway,
            voice=voice,
            sites=self.rooms.media.sites,
            kept=self.rooms.media.cache,
            store=TimedStore(self.rooms.store),
            troubles=self.rooms.troubles,
            owners=self._owners,
        )

    @property
    def _owners(self) -> frozenset[UserId]:
        owner = self.myself.application.owner
        return frozenset((owner.id,) if owner else ())

    def _make_unanswered(self, ports: Ports, tree: Tree, population: Population) -> Unanswered:
        return Unanswered(
            store=self.rooms.store,
            rest=self.rooms.rest,
            start=tree.start,
            later=tree.later,
            clock=ports.clock,
            courtesy=population.courtesy,
            application_id=ports.application_id,
            say_in=self._say_in,
            default_say=self.texts.speaker(),
        )

    def _make_intake(
        self,
        registry: Registry,
        ports: Ports,
        tree: Tree,
        population: Population,
        unanswered: Unanswered,
    ) -> Intake:
        return Intake(
            ingress=Ingress(
                registry=registry,
                settings=self.settings,
                me=self.myself.user.id,
                say_in=self._say_in,
                default_say=self.texts.speaker(),
                bot_owners=self._owners,
                cache=self.cache,
            ),
            ports=ports,
            ack_line=self.ack_line,
            start=tree.start,
            later=tree.later,
            offer=population.offer,
            claim=population.claim,
            courtesy=population.courtesy,
            unanswered=unanswered,
            default_say=self.texts.speaker(),
        )

    def _on_ready(self, registry: Registry, tree: Tree, unanswered: Unanswered) -> None:
        tree.start(partial(self._register, registry))
        tree.later(PATIENCE_S, unanswered.complete)

    async def _register(self, registry: Registry) -> None:
        others = {
            language: self.texts.speaker(language) for language in LANGUAGES if language != DEFAULT_LANGUAGE
        }
        commands = to_registration(registry.commands, self.texts.speaker(), others)
        sent = await register_commands(
            self.rooms.rest, self.rooms.store, self.myself.application.id, commands
        )
        log.info("slash commands: %s", "registered anew" if sent else "unchanged")

    def on_voice(self, fact: VoiceFact) -> None:
        """A fact of the voice node."""
        if isinstance(fact, NodeRestarted):
            self.health.restarts += 1
        self.router.on_voice(fact)

    def _on_event(self, received: Received) -> None:
        self.router.on_event(received)

    def _say_in(self, guild_id: GuildId) -> Say:
        return self.texts.speaker(self.settings.value(guild_id, LANGUAGE, str))


async def _ask_who_i_am(rest: Outbox, dice: random.Random) -> Myself:
    application = await _patiently(rest.get_application, dice)
    return Myself(application=application, user=await _patiently(rest.get_own_user, dice))


async def _patiently(ask: Callable[[], Awaitable[T]], dice: random.Random) -> T:
    """Ask until there is an answer; what is refused for good is raised."""
    backoff = Backoff()
    while True:
        try:
            return await ask()
        except (Unavailable, RateLimitedOut) as error:
            delay_s = backoff.next_delay(dice.random)
            log.warning("Discord cannot be asked (%s); again in %.1f s", error, delay_s)
            await trio.sleep(delay_s)


async def _discover(rest: Outbox) -> GatewayBot:
    try:
        return await rest.get_gateway_bot()
    except (Unavailable, RateLimitedOut) as error:
        raise DiscoveryUnavailable(str(error)) from error
