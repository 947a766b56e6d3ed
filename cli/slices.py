"""Which slices this program has: the one list that configuration, texts, storage and the supervisor read.

May import every slice's declaration.
"""

from collections.abc import Callable, Sequence
from functools import partial

from attrs import evolve

from actors.core.declare import Slice
from actors.core.health import Health
from actors.core.setting import InvalidSetting, Setting, Settings
from actors.core.shared_settings import SHARED
from actors.core.texts import Catalogue, load_catalogue
from actors.gather.declaration import GATHER
from actors.gather.declaration import SETTINGS as GATHER_SETTINGS
from actors.health.commands import health_slice
from actors.help.declaration import help_slice
from actors.keywords.declaration import keywords_slice
from actors.keywords.setting import KEYWORDS
from actors.library.declaration import library_slice
from actors.library.outside import Fetcher
from actors.members.declaration import MEMBERS
from actors.pager.declaration import PAGER
from actors.picker.declaration import PICKER
from actors.player.declaration import SETTINGS as SOUND_SETTINGS
from actors.player.declaration import player_slice
from actors.player.outside import Resolver, Suggester, Voice
from actors.playlists.declaration import playlists_slice
from actors.playlists.outside import ReadFile
from actors.playlists.query import with_playlists
from actors.reminders.commands import REMINDERS
from actors.reputation.commands import REPUTATION
from actors.settings.commands import settings_slice
from actors.status.declaration import STATUS
from actors.status.style import SETTINGS as STATUS_SETTINGS
from actors.store.port import StorePort
from actors.store.rows import SliceSchema
from media.library import Library

SETTINGS: Sequence[Setting] = (*SHARED, *SOUND_SETTINGS, *GATHER_SETTINGS, *STATUS_SETTINGS, KEYWORDS)
SCHEMAS: Sequence[SliceSchema] = (
    SliceSchema(name="reputation", package="actors.reputation"),
    SliceSchema(name="reminders", package="actors.reminders"),
    SliceSchema(name="gather", package="actors.gather"),
    SliceSchema(name="status", package="actors.status"),
    SliceSchema(name="playlists", package="actors.playlists"),
    SliceSchema(name="player", package="actors.player"),
)
PACKAGES = (
    "actors.core",
    "actors.gather",
    "actors.health",
    "actors.help",
    "actors.keywords",
    "actors.library",
    "actors.members",
    "actors.pager",
    "actors.picker",
    "actors.player",
    "actors.playlists",
    "actors.reminders",
    "actors.reputation",
    "actors.settings",
    "actors.status",
)


def all_slices(
    *,
    settings: Settings,
    resolver: Resolver,
    voice: Voice,
    health: Health,
    insecure: bool,
    max_duration_s: float,
    store: StorePort,
    library: Library,
    fetcher: Fetcher,
    read_file: ReadFile,
    suggester: Suggester | None = None,
) -> tuple[Slice, ...]:
    """Every slice, with what it needs from outside."""
    player = player_slice(
        resolver=resolver,
        voice=voice,
        suggester=suggester,
        insecure=insecure,
        max_duration_s=max_duration_s,
    )
    player = evolve(player, complete=with_playlists(player.complete, store))
    community = (REMINDERS, REPUTATION, MEMBERS, GATHER, keywords_slice(settings))
    playlists = playlists_slice(store=store, shelf=library, read_file=read_file)
    music = (player, library_slice(shelf=library, fetcher=fetcher), playlists)
    parts = (*music, PAGER, PICKER, *community, STATUS, health_slice(health), settings_slice(settings))
    return (*parts, help_slice(parts))


def catalogue() -> Catalogue:
    """Every sentence of every slice."""
    return load_catalogue(PACKAGES)


def guild_rules() -> dict[str, Callable[[str], str | None]]:
    """For each setting of a server: what is wrong with words of the configuration, or None."""
    return {setting.name: partial(_complaint, setting) for setting in SETTINGS}


def _complaint(setting: Setting, words: str) -> str | None:
    try:
        setting.parse(words)
    except InvalidSetting as wrong:
        return wrong.reason.render(catalogue().speaker())
    return None
