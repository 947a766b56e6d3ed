"""Everything that the program declares, for tests that walk the declarations: nothing of it is run."""

from typing import cast

from actors.core.declare import Slice
from actors.core.health import Health
from actors.core.registry import Registry
from actors.core.setting import declare
from actors.library.outside import Fetcher
from actors.player.outside import Resolver, Voice
from actors.playlists.outside import ReadFile
from actors.store.port import StorePort
from cli.slices import SETTINGS, all_slices
from media.library import Library


def declared_slices() -> tuple[Slice, ...]:
    """Every slice, with nothing outside: its actors cannot be built."""
    return all_slices(
        settings=declare(tuple(SETTINGS), {}),
        resolver=cast("Resolver", None),
        voice=cast("Voice", None),
        health=cast("Health", None),
        insecure=False,
        max_duration_s=3600.0,
        store=cast("StorePort", None),
        library=cast("Library", None),
        fetcher=cast("Fetcher", None),
        read_file=cast("ReadFile", None),
    )


def declared_registry() -> Registry:
    """The table that routing, schema and help read."""
    return Registry(declared_slices())
