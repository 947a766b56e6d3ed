"""Time zones as people name them: by the whole name or by a city alone. Pure, but reads tzdata once."""

from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones


@cache
def zone_names() -> tuple[str, ...]:
    """Every name in order. Asking for them reads a folder; they change with the installation only."""
    return tuple(sorted(available_timezones()))


@lru_cache(maxsize=256)
def find_zone(words: str) -> ZoneInfo | None:
    """A time zone by its name, ``Europe/Prague``, or by its city alone, ignoring case."""
    wanted = "_".join(words.split()).casefold()
    exact = [name for name in zone_names() if name.casefold() == wanted]
    cities = [name for name in zone_names() if "/" in name and name.rsplit("/", 1)[1].casefold() == wanted]
    found = exact or cities
    return ZoneInfo(found[0]) if found else None
