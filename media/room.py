"""This room put together: `open_media` runs the guard and the prober and gives the resolver.

Nothing is started but a loopback listener; the probe's process comes with the first query and goes 5 s after
the last, the extractor's with the first question to a site and goes 5 minutes after the last.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path

from attrs import field, frozen

from gateway_client.ids import GuildId
from media.addresses import parse_policy
from media.cache import KEPT_S, Cache
from media.choices import Choices, IndexChoices
from media.direct import DirectSource
from media.extractor.contract import Extractor
from media.extractor.service import ExtractorConfig, OpenExtractor, open_extractor
from media.extractor.shared import open_shared
from media.guard import Guard, Outside, open_guard
from media.index import Index, MemoryIndex
from media.kept_links import KeptLinks
from media.library import Library
from media.library_fetch import LibraryFetcher
from media.library_source import LibrarySource
from media.look import Looker
from media.loudness import LoudnessMemory
from media.matched import MatchedSource
from media.matcher import SongMatcher
from media.prober import Prober, open_prober
from media.resolve import Resolver, Source
from media.search_source import SearchSource
from media.services.apple_music import AppleMusic
from media.services.deezer import Deezer
from media.services.songs import ServiceBases
from media.services.spotify import Credentials, Spotify
from media.services.web import ServiceWeb
from media.sites import SiteSource
from media.suggest import SUGGEST_URL, Suggester
from media.tracks import SourceKind, Track
from media.validators import Validators
from media.version import Version


def _no_limit(guild_id: GuildId) -> float | None:
    return None


@frozen(kw_only=True)
class MediaConfig:
    """What this room needs to know.

    Attributes:
        folder: where the library and the cache lie (``folder/library``, ``folder/cache``).
        probe_argv: how to start `media.probe.main` as a process.
        allow_hosts: ``media.allow_hosts``: hosts, host:port, addresses, networks exempt from the guard.
        max_duration_s: the limit of a guild in seconds, None for none.
        max_file_bytes: the largest attachment or library file.
        max_cache_bytes: of all cached tracks together; 0 for no cache.
        index: what is remembered between runs.
        outside: the guard's way to the world; tests bring their own.
        extractor: how sites are asked; None for no extractor.
        max_cached_s: longer tracks are not cached, seconds.
        spotify: ``spotify.client_id`` and ``spotify.client_secret``, None without them.
        bases: where music services are.
        suggest_url: who completes words; empty for nobody.
        choices: what people chose for songs; None to keep it in the index.
    """

    folder: Path
    probe_argv: Sequence[str]
    allow_hosts: Sequence[str] = ()
    max_duration_s: Callable[[GuildId], float | None] = _no_limit
    max_file_bytes: int = 512 << 20
    max_cache_bytes: int = 2 << 30
    index: Index = field(factory=MemoryIndex)
    outside: Outside = field(factory=Outside)
    extractor: ExtractorConfig | None = None
    max_cached_s: float = KEPT_S
    spotify: Credentials | None = None
    bases: ServiceBases = field(factory=ServiceBases)
    suggest_url: str = SUGGEST_URL
    choices: Choices | None = None


@frozen(kw_only=True)
class Media:
    """The open room.

    Attributes:
        resolver: query → tracks → playables.
        library: the guilds' files, for the library's own commands.
        guard: the door, for whoever else must go out through it.
        looker: looks into media, for further sources.
        suggester: autocompletion of words.
        fetcher: makes files of the library of links and attachments.
        cache: the tracks that play without the web.
        sites: the extractor, its versions and their renewal; None where the configuration has none.
    """

    resolver: Resolver
    library: Library
    guard: Guard
    looker: Looker
    suggester: Suggester
    fetcher: LibraryFetcher
    cache: Cache
    sites: OpenExtractor | None = None


@asynccontextmanager
async def open_media(
    config: MediaConfig,
    more_sources: Callable[[Looker, Extractor | None], Sequence[Source]] = lambda looker, extractor: (),
    ask: Extractor | None = None,
) -> AsyncGenerator[Media]:
    """Run this room while the body runs.

    Args:
        config: see there.
        more_sources: makes later sources, which are asked before those of this room.
        ask: an extractor in place of the configured one.

    Raises:
        ValueError: an entry of ``allow_hosts`` cannot be read.
    """
    policy = parse_policy(config.allow_hosts)
    async with (
        open_guard(policy, config.outside) as guard,
        open_prober(config.probe_argv) as prober,
        _open_sites(config, guard, prober) as sites,
        open_shared(ask or (None if sites is None else sites.extractor)) as extractor,
    ):
        looker = Looker(prober, guard, config.index, config.max_duration_s)
        library = Library(config.folder / "library", looker, config.max_file_bytes)
        library.clean_up()
        validators = Validators(config.index, guard)
        cache, links = _open_cache(config, guard, prober, validators)
        direct = DirectSource(looker, cache, config.max_file_bytes, validators)
        with closing(cache):
            yield Media(
                resolver=_make_resolver(
                    config, more_sources(looker, extractor), direct, library, extractor, links=links
                ),
                cache=cache,
                library=library,
                guard=guard,
                looker=looker,
                suggester=Suggester(library=library, guard=guard, web_url=config.suggest_url),
                fetcher=LibraryFetcher(library, extractor),
                sites=sites,
            )


def _open_cache(
    config: MediaConfig, guard: Guard, prober: Prober, validators: Validators
) -> tuple[Cache, KeptLinks]:
    """The cache, and the links whose tracks it holds; what may change is noted with its version."""
    cache = Cache(config.folder / "cache", config.max_cache_bytes, guard, prober.nursery, config.max_cached_s)
    cache.clean_up()
    links = KeptLinks(config.index, cache.files)

    async def note(track: Track, version: Version | None) -> None:
        if track.source is SourceKind.DIRECT and version is not None:
            await validators.note(track.key, version)
        elif track.source is not SourceKind.DIRECT:
            await links.note(track)

    cache.on_kept = note
    return cache, links


def _make_resolver(
    config: MediaConfig,
    more: Sequence[Source],
    direct: DirectSource,
    library: Library,
    extractor: Extractor | None,
    *,
    links: KeptLinks,
) -> Resolver:
    """The sources in their order: what is claimed by the first is never seen by the second."""
    loudness = LoudnessMemory(config.index)
    guard = direct.looker.guard
    if extractor is None:
        sources = (*more, direct, LibrarySource(library))
        return Resolver(sources=sources, jobs=guard, titles=direct.stations, loudness=loudness)
    sites = SiteSource(extractor, direct, links)
    matcher = SongMatcher(extractor, config.choices or IndexChoices(config.index), config.index)
    search = SearchSource(extractor, library)
    web = ServiceWeb(guard)
    services = {
        SourceKind.SPOTIFY: Spotify(web, config.bases, config.spotify),
        SourceKind.APPLE_MUSIC: AppleMusic(web, config.bases),
        SourceKind.DEEZER: Deezer(web, config.bases),
    }
    matched = MatchedSource(services, web, config.bases, matcher, sites)
    return Resolver(
        sources=(*more, matched, sites, direct, LibrarySource(library, only_exact=True), search),
        jobs=guard,
        titles=direct.stations,
        loudness=loudness,
        searcher=search,
        matcher=matcher,
        sites=sites,
    )


@asynccontextmanager
async def _open_sites(
    config: MediaConfig, guard: Guard, prober: Prober
) -> AsyncGenerator[OpenExtractor | None]:
    """The extractor, if there is to be one."""
    if config.extractor is None:
        yield None
        return
    async with open_extractor(config.extractor, guard, prober) as sites:
        yield sites
