"""All shards of the bot in one process, feeding one synchronous `on_event`: the door of this room.

`run` asks where to connect, starts a shard for each part of the guilds and the one gate through which all
of them identify, and ends when the gateway is closed, by a fatal close code (raised as its
`GatewayClosed`), or by cancellation; in each case every open connection is closed with 1000 first. Lost
connections, refused resumes and outages are states of the shards and end nothing.

The tell-methods are synchronous and may be called at any time, also before `run`; what cannot be sent yet
is kept as the outbox says. The token is held in a `Token`, which has no readable form.

Imports `shard` and the cores. The discovery callable comes from the REST room.
"""

import logging
from collections.abc import Awaitable, Callable
from random import Random
from typing import Literal, cast

import trio
from attrs import define, field, frozen

from gateway_client.address import to_address
from gateway_client.backoff import Backoff
from gateway_client.commands import (
    ConnectionProperties,
    Identify,
    Presence,
    Token,
    UpdatePresence,
    UpdateVoiceState,
)
from gateway_client.connection import Dialer, tcp_dialer
from gateway_client.errors import DiscoveryUnavailable
from gateway_client.events import Received
from gateway_client.identify_gate import IdentifyGate
from gateway_client.ids import ChannelId, GuildId
from gateway_client.inflate import Compression, open_inflater
from gateway_client.intents import Intents
from gateway_client.objects import GatewayBot
from gateway_client.outbox import Telling
from gateway_client.session import Session
from gateway_client.shard import Shard

_log = logging.getLogger(__name__)

FRESH_S = 600.0
"""How long the answer of `/gateway/bot` is good for starting sessions."""

RETRY_S = 30.0
"""Between two questions for it because of failed dials, whatever the number of shards."""

DiscoveryCall = Callable[[], Awaitable[GatewayBot]]
"""Asks `GET /gateway/bot`; `DiscoveryUnavailable` if asking later may help, all else ends `run`."""


@frozen(kw_only=True)
class ShardStatus:
    """One shard, for diagnostics. `phase` is a name of `session.Phase`; `latency_s` of the last heartbeat."""

    shard_id: int
    phase: str
    latency_s: float | None
    has_session: bool


@frozen(kw_only=True)
class GatewayStatus:
    """The whole, for diagnostics. The session starts are None before Discord was asked."""

    shards: tuple[ShardStatus, ...] = ()
    session_starts_left: int | None = None
    session_starts_total: int | None = None


def shard_of(guild_id: GuildId, shard_count: int) -> int:
    """The shard that gets a guild's events. Source: Gateway, "Sharding"."""
    return (guild_id >> 22) % shard_count


def _as_token(token: str | Token) -> Token:
    return token if isinstance(token, Token) else Token(token)


@define(kw_only=True, eq=False, repr=False)
class Gateway:
    """The bot's connection to Discord.

    Args:
        token: the bot's token.
        discovery: asks `GET /gateway/bot`.
        on_event: takes every event of every shard, in order of arrival; must not block and must not raise.
        intents: what to subscribe to; may be changed between two runs (after `DisallowedIntents`).
        shards: their number, or "auto" for the one that Discord recommends.
        presence: how the bot is seen at first.
        compression: of what Discord sends.
        dial: opens the stream of a connection; the default verifies TLS.
        random: for jitter.
    """

    token: Token = field(converter=_as_token)
    discovery: DiscoveryCall
    on_event: Callable[[Received], None]
    intents: Intents
    shards: int | Literal["auto"] = "auto"
    presence: Presence = field(factory=Presence)
    properties: ConnectionProperties = field(factory=ConnectionProperties)
    compression: Compression = "zstd-stream"
    dial: Dialer = field(factory=tcp_dialer)
    random: Random = field(factory=Random)
    _running: list[Shard] = field(factory=list[Shard], init=False)
    _early: list[Telling] = field(factory=list[Telling], init=False)
    _gate: IdentifyGate = field(factory=IdentifyGate, init=False)
    _gate_changed: trio.Event = field(factory=trio.Event, init=False)
    _discovered_at: float | None = field(default=None, init=False)
    _closing: trio.Event = field(factory=trio.Event, init=False)
    _discovering: trio.CancelScope | None = field(default=None, init=False)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Be connected until closed. Started at once; `Ready` events tell when sessions stand.

        Raises:
            GatewayClosed: Discord refuses; its text is one sentence saying what to do.
        """
        task_status.started()
        if self._closing.is_set():
            return
        bot: GatewayBot | None = None
        with trio.CancelScope() as self._discovering:
            bot = await self._discover()
        self._discovering = None
        if bot is None or self._closing.is_set():
            return
        self._start_shards(bot)
        try:
            await self._run_until_stopped()
        except BaseExceptionGroup as group:
            raise _only_error(group) from group
        for shard in self._running:
            if shard.session.error is not None:
                raise shard.session.error

    def close(self) -> None:
        """Close every connection with 1000, so that the bot is seen to go offline; then `run` returns."""
        self._closing.set()
        self._stop_shards()
        if self._discovering is not None:
            self._discovering.cancel()

    def update_presence(self, presence: Presence) -> None:
        """Be seen differently, on all shards; the latest wins."""
        self.presence = presence
        for shard in self._running:
            shard.tell(UpdatePresence(presence=presence))

    def update_voice_state(
        self,
        guild_id: GuildId,
        channel_id: ChannelId | None,
        *,
        self_mute: bool = False,
        self_deaf: bool = True,
    ) -> None:
        """Join, move to or (None) leave a voice channel; the latest wins and outlives a lost connection."""
        self._tell(
            UpdateVoiceState(
                guild_id=guild_id, channel_id=channel_id, self_mute=self_mute, self_deaf=self_deaf
            )
        )

    @property
    def status(self) -> GatewayStatus:
        """How it stands."""
        asked = self._discovered_at is not None
        return GatewayStatus(
            shards=tuple(_status_of(shard.session) for shard in self._running),
            session_starts_left=self._gate.remaining if asked else None,
            session_starts_total=self._gate.total if asked else None,
        )

    def _tell(self, telling: UpdateVoiceState) -> None:
        if self._running:
            self._running[shard_of(telling.guild_id, len(self._running))].tell(telling)
        else:
            self._early.append(telling)

    async def _discover(self) -> GatewayBot:
        backoff = Backoff()
        while True:
            try:
                return await self._ask()
            except DiscoveryUnavailable as error:
                delay_s = backoff.next_delay(self.random.random)
                _log.warning("cannot ask where the gateway is: %s; again in %.1f s", error, delay_s)
                await trio.sleep(delay_s)

    async def _ask(self) -> GatewayBot:
        bot = await self.discovery()
        now = trio.current_time()
        self._discovered_at = now
        self._gate.update(bot.session_start_limit, now)
        for shard in self._running:
            shard.session.gateway_url = bot.url
        return bot

    def _start_shards(self, bot: GatewayBot) -> None:
        count = max(1, bot.shards) if self.shards == "auto" else self.shards
        _log.info("gateway: %d shard(s), %d session starts left", count, self._gate.remaining)
        for shard in self._running:  # of a run before this one
            self._early += shard.session.outbox.drain()
        self._running = [self._new_shard(shard_id, count, bot.url) for shard_id in range(count)]
        early, self._early = self._early, []
        for telling in early:
            if not isinstance(telling, UpdatePresence):
                self._tell(telling)

    def _new_shard(self, shard_id: int, count: int, url: str) -> Shard:
        identify = Identify(
            token=self.token,
            intents=self.intents,
            shard_id=shard_id,
            shard_count=count,
            presence=self.presence,
            properties=self.properties,
        )
        session = Session(
            identify=identify,
            gateway_url=url,
            address=lambda url: to_address(url, self.compression),
            new_inflater=lambda: open_inflater(self.compression),
            random=self.random,
        )
        return Shard(
            session=session,
            on_event=self.on_event,
            ask_to_identify=lambda: self._ask_to_identify(shard_id),
            withdraw=lambda: self._gate.withdraw(shard_id),
            rediscover=lambda: self._refresh(RETRY_S),
            dial=self.dial,
        )

    def _stop_shards(self) -> None:
        for shard in self._running:
            shard.stop()

    async def _run_until_stopped(self) -> None:
        """Turn cancellation into stopping: the closing handshake needs tasks that live."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._stop_when_cancelled)
            with trio.CancelScope(shield=True):
                await self._run_shards()
            nursery.cancel_scope.cancel()

    async def _stop_when_cancelled(self) -> None:
        try:
            await trio.sleep_forever()
        finally:
            self._stop_shards()

    async def _run_shards(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._run_gate)
            async with trio.open_nursery() as shards:
                for shard in self._running:
                    shards.start_soon(self._run_shard, shard)
            nursery.cancel_scope.cancel()

    async def _run_shard(self, shard: Shard) -> None:
        await shard.run()
        if shard.session.error is not None:
            self._stop_shards()

    def _ask_to_identify(self, shard_id: int) -> None:
        self._gate.ask(shard_id)
        self._gate_changed.set()

    async def _run_gate(self) -> None:
        while True:
            self._gate_changed = trio.Event()
            with trio.move_on_at(self._gate.next_deadline()):
                await self._gate_changed.wait()
            if self._gate.is_wanted:
                await self._refresh(FRESH_S)
            now = trio.current_time()
            for shard_id in self._gate.take(now):
                self._running[shard_id].permitted()
            if self._gate.is_wanted and self._gate.remaining <= 0:
                _log.error(
                    "no session start is left today; waiting %.0f s for the reset", self._gate.reset_at - now
                )

    async def _refresh(self, fresh_s: float) -> None:
        """Ask again, if the last answer is older than that; without a new one the old one serves."""
        if self._discovered_at is not None and trio.current_time() - self._discovered_at < fresh_s:
            return
        try:
            await self._ask()
        except DiscoveryUnavailable as error:
            _log.warning("cannot ask where the gateway is: %s; the old answer serves", error)


def _only_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The group's only member, however deep; else the group itself."""
    if len(group.exceptions) != 1:
        return group
    inner = group.exceptions[0]
    if not isinstance(inner, BaseExceptionGroup):
        return inner
    return _only_error(cast("BaseExceptionGroup[BaseException]", inner))


def _status_of(session: Session) -> ShardStatus:
    return ShardStatus(
        shard_id=session.identify.shard_id,
        phase=session.phase.name.lower(),
        latency_s=session.heart.latency_s,
        has_session=session.has_session,
    )
