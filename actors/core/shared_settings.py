"""The settings that the core itself lives by: prefix, DJ role, requests, tidying, language and time zone."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from actors.core.setting import InvalidSetting, Setting, SettingKind
from actors.core.setting_kinds import channel, role, whole_number
from actors.core.texts import DEFAULT_LANGUAGE, LANGUAGES, text
from actors.core.zones import find_zone, zone_names

PREFIX_LIMIT = 8
TIDY_LIMIT_S = 3600


def _prefix(words: str) -> str:
    if not words.strip() or len(words) > PREFIX_LIMIT or any(char.isspace() for char in words):
        raise InvalidSetting(text("core.bad_prefix", limit=PREFIX_LIMIT))
    if words.startswith("/"):  # Discord keeps what begins with it to itself
        raise InvalidSetting(text("core.bad_prefix", limit=PREFIX_LIMIT))
    return words


def _timezone(words: str) -> ZoneInfo:
    zone = find_zone(words)
    if zone is None:
        raise InvalidSetting(text("core.bad_timezone"))
    return zone


def _zones_like(typed: str) -> Iterable[str]:
    wanted = typed.strip().replace(" ", "_").lower()
    return (zone for zone in zone_names() if wanted in zone.lower()) if wanted else ()


def _language(words: str) -> str:
    lower = words.strip().lower()
    for code, names in LANGUAGES.items():
        if lower == code or lower in (name.lower() for name in names):
            return code
    raise InvalidSetting(text("core.bad_language", languages=", ".join(LANGUAGES)))


PREFIX = Setting(name="prefix", default="!", parse=_prefix, choices=("!", "?", ".", "-"))
TIMEZONE = Setting(
    name="timezone",
    default="UTC",
    parse=_timezone,
    spell=str,
    choices=(
        "UTC",
        "Europe/Prague",
        "Europe/London",
        "America/New_York",
        "America/Los_Angeles",
        "Asia/Tokyo",
    ),
    search=_zones_like,
)
DJ_ROLE = role("dj_role")
TIDY_AFTER = whole_number("tidy_after", default=30, least=0, most=TIDY_LIMIT_S, choices=(0, 30, 60), unit="s")
LANGUAGE = Setting(
    name="language",
    default=DEFAULT_LANGUAGE,
    parse=_language,
    choices=tuple(LANGUAGES),
    kind=SettingKind.CHOICE,
)
REQUEST_CHANNEL = channel("request_channel")

SHARED = (PREFIX, TIMEZONE, DJ_ROLE, TIDY_AFTER, LANGUAGE, REQUEST_CHANNEL)
