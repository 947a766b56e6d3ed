"""Gathers how the bot is doing from all its parts: the answer to ``actors.core.health.Health``.

May import everything. Gathering reads what the parts offer for diagnosis; it changes nothing, and what it
cannot find out stays ``None``.
"""

import heapq
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import trio
from attrs import define, field

from actors.core.address import Address
from actors.core.health import (
    Brief,
    CacheHealth,
    Diagnosis,
    ExtractorHealth,
    MailboxHealth,
    ProcessHealth,
    RestHealth,
    ShardHealth,
    StoreHealth,
    VoiceHealth,
)
from actors.rest.invalid_guard import STOP_AT
from actors.rest.outbox import Outbox
from actors.store.store import DATABASE_NAME
from cli.health_measures import LagMeter, TimedStore, TroubleCounter
from cli.health_processes import look_at_processes
from cli.version import VERSION
from gateway_client.cache import Cache
from gateway_client.gateway import Gateway, ShardStatus
from gateway_client.ids import GuildId, UserId
from media.cache import Cache as KeptTracks
from media.cache import CacheFigures
from media.extractor.runtime import find_runtime
from media.extractor.service import OpenExtractor
from voice.client import VoiceClient

FULLEST: Final = 5
MB: Final = 1_000_000
CACHE_MB: Final = 1 << 20
"""As ``media.cache_mb`` counts them."""


@define(eq=False, kw_only=True)
class Collector:
    """Asks every part.

    Attributes:
        depths: how many items wait, by address.
        title_of: what a guild plays.
        owners: who runs the bot.
        sites: the extractor, if there is one.
        kept: tracks that play without the web.
        restarts: of voice nodes; counted by whoever hears their facts.
    """

    data: Path
    cache: Cache
    rest: Outbox
    gateway: Gateway
    voice: VoiceClient
    sites: OpenExtractor | None
    kept: KeptTracks
    store: TimedStore
    troubles: TroubleCounter
    owners: frozenset[UserId]
    depths: Callable[[], Mapping[Address, int]] = dict[Address, int]
    title_of: Callable[[GuildId], str | None] = lambda _: None
    lag: LagMeter = field(factory=LagMeter)
    restarts: int = 0
    _since: float = field(factory=trio.current_time)

    def brief(self, guild_id: GuildId, asker: UserId) -> Brief:
        """See ``Health``."""
        return Brief(
            version=VERSION,
            uptime_s=trio.current_time() - self._since,
            shards=tuple(_shard(status) for status in self.gateway.status.shards),
            calls=self._calls(),
            playing=self.title_of(guild_id),
            extractor=None if self.sites is None else self.sites.version,
            guilds=len(self.cache.guild_ids) if asker in self.owners else None,
        )

    async def diagnose(self, guild_id: GuildId, asker: UserId) -> Diagnosis:
        """See ``Health``."""
        processes, size_mb, runtime = await trio.to_thread.run_sync(self._look_at_machine)
        depths = self.depths()
        gateway = self.gateway.status
        starts = gateway.session_starts_left, gateway.session_starts_total
        return Diagnosis(
            brief=self.brief(guild_id, asker),
            lag=self.lag.times.spread(),
            actors=len(depths),
            mailboxes=_fullest(depths),
            session_starts=None if starts[0] is None or starts[1] is None else (starts[0], starts[1]),
            rest=self._rest(),
            voice=VoiceHealth(nodes=len(self.voice.pids), calls=self._calls(), restarts=self.restarts),
            extractor=None if self.sites is None else _extractor(self.sites, runtime=runtime),
            store=StoreHealth(size_mb=size_mb, commits=self.store.commits.spread()),
            cache=_cache(await self.kept.figures()),
            processes=processes,
            troubles=self.troubles.troubles(),
        )

    def _calls(self) -> int:
        me = self.cache.me
        if me is None:
            return 0
        return sum(self.cache.voice_channel_of(one, me.id) is not None for one in self.cache.guild_ids)

    def _rest(self) -> RestHealth:
        found = self.rest.diagnostics()
        closed = [lane.closed_s for lane in found.lanes if lane.closed_s > 0]
        return RestHealth(
            waiting=sum(found.waiting.values()),
            in_flight=found.in_flight,
            buckets=len({lane.bucket for lane in found.lanes}),
            closed=len(closed),
            closed_s=max(*closed, found.global_closed_s, 0.0),
            invalid=found.invalid,
            invalid_most=STOP_AT,
        )

    def _look_at_machine(self) -> tuple[tuple[ProcessHealth, ...], float, bool]:
        return look_at_processes(), _size_mb(self.data), find_runtime() is not None


def _shard(status: ShardStatus) -> ShardHealth:
    latency_ms = None if status.latency_s is None else status.latency_s * 1000
    return ShardHealth(shard_id=status.shard_id, phase=status.phase, latency_ms=latency_ms)


def _fullest(depths: Mapping[Address, int]) -> tuple[MailboxHealth, ...]:
    waiting = [(depth, address) for address, depth in depths.items() if depth]
    fullest = heapq.nlargest(FULLEST, waiting, key=lambda one: one[0])
    return tuple(MailboxHealth(address=address, depth=depth) for depth, address in fullest)


def _cache(kept: CacheFigures) -> CacheHealth:
    return CacheHealth(
        tracks=kept.tracks,
        size_mb=kept.bytes / CACHE_MB,
        most_mb=kept.max_bytes / CACHE_MB,
        found=kept.found,
        asked=kept.found + kept.missed,
    )


def _extractor(sites: OpenExtractor, *, runtime: bool) -> ExtractorHealth:
    state, bundled = sites.slots.state, sites.slots.path is None
    return ExtractorHealth(
        version=sites.version,
        bundled=bundled,
        proven=bundled or state.good == state.current,
        refused=len(state.bad),
        checked_at=state.checked_at,
        renewal=None if sites.renewal.last is None else sites.renewal.last[0].value,
        runtime=runtime,
    )


def _size_mb(data: Path) -> float:
    """The database with the files beside it."""
    files = (data / f"{DATABASE_NAME}{end}" for end in ("", "-wal"))
    return sum(file.stat().st_size for file in files if file.exists()) / MB
