"""What the bot stands on, opened in order and closed in the opposite one: the store, the way out, media.

May import everything. The store comes first, because it holds the lock of the data folder. Nothing here knows
yet whose token it is; ``assemble`` asks and builds the rest upon it.
"""

import random
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from attrs import field, frozen

from actors.player.choices import StoredChoices
from actors.playlists.query import PlaylistSource
from actors.rest.invalid_guard import InvalidGuard
from actors.rest.outbox import Outbox, open_outbox
from actors.store.store import Store, open_store
from cli.children import child_argv
from cli.config import Config
from cli.health_measures import TroubleCounter, watch_troubles
from cli.media_index import StoredIndex
from cli.slices import SCHEMAS
from media.extractor.service import ExtractorConfig
from media.guard import Outside
from media.room import Media, MediaConfig, open_media
from media.services.spotify import Credentials


@frozen(kw_only=True)
class Rooms:
    """The open rooms, and what they share: one randomness, one count of answers that Discord counts too."""

    store: Store
    rest: Outbox
    media: Media
    troubles: TroubleCounter
    dice: random.Random = field(repr=False)
    guard: InvalidGuard = field(repr=False)


@asynccontextmanager
async def open_rooms(config: Config, token: Callable[[], str], outside: Outside) -> AsyncGenerator[Rooms]:
    """Open them while the body runs.

    Args:
        config: everything decided.
        token: gives the bot's token.
        outside: the guard's way to the world.

    Raises:
        StoreError: the data folder cannot be used.
    """
    dice, guard, playlists = random.Random(), InvalidGuard(), PlaylistSource()
    with watch_troubles(lambda: (token(),)) as troubles:
        async with (
            open_store(config.data, schemas=SCHEMAS) as store,
            open_outbox(api_base=config.api_base, token=token, random=dice, guard=guard) as rest,
            open_media(
                _media_config(config, store, outside), lambda _looker, _extractor: (playlists,)
            ) as media,
        ):
            playlists.equip(store, media.library)
            yield Rooms(store=store, rest=rest, media=media, troubles=troubles, dice=dice, guard=guard)


def _media_config(config: Config, store: Store, outside: Outside) -> MediaConfig:
    limit_s = config.limits.max_duration or None
    return MediaConfig(
        folder=config.data,
        probe_argv=child_argv("probe"),
        allow_hosts=config.media.allow_hosts,
        max_duration_s=lambda guild_id: limit_s,
        max_file_bytes=config.media.max_download_mb << 20,
        max_cache_bytes=config.media.cache_mb << 20,
        max_cached_s=config.media.cache_tracks_up_to,
        spotify=_spotify_credentials(config),
        index=StoredIndex(store),
        outside=outside,
        extractor=_extractor_config(config),
        choices=StoredChoices(store),
    )


def _spotify_credentials(config: Config) -> Credentials | None:
    given = config.spotify
    if not given.client_id or not given.client_secret:
        return None
    return Credentials(client_id=given.client_id, client_secret=given.client_secret)


def _extractor_config(config: Config) -> ExtractorConfig:
    cookies = config.media.cookies_file
    return ExtractorConfig(
        argv=child_argv("extractor"),
        folder=config.data / "extractor",
        cookies_file=Path(cookies).expanduser().absolute() if cookies else None,
        index=config.media.extractor_index,
        renews=config.media.renew_extractor,
    )
