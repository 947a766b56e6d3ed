"""The settings that the core itself lives by: prefix, DJ role, tidying, language and time zone."""

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from actors.core.setting import InvalidSetting, Setting
from actors.core.texts import DEFAULT_LANGUAGE, text

PREFIX_LIMIT = 8
TIDY_LIMIT_S = 3600
_ROLE = re.compile(r"(?:<@&)?(\d{15,20})>?")


def _prefix(words: str) -> str:
    if not words.strip() or len(words) > PREFIX_LIMIT or any(char.isspace() for char in words):
        raise InvalidSetting(text("core.bad_prefix", limit=PREFIX_LIMIT))
    return words


def _timezone(words: str) -> ZoneInfo:
    try:
        return ZoneInfo(words.strip())
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidSetting(text("core.bad_timezone")) from error


def _role(words: str) -> int | str:
    if words.strip().lower() in {"", "none", "off"}:
        return ""
    found = _ROLE.fullmatch(words.strip())
    if not found:
        raise InvalidSetting(text("core.bad_role"))
    return int(found.group(1))


def _seconds(words: str) -> int:
    try:
        seconds = int(words.strip().removesuffix("s"))
    except ValueError as error:
        raise InvalidSetting(text("core.bad_seconds", limit=TIDY_LIMIT_S)) from error
    if not 0 <= seconds <= TIDY_LIMIT_S:
        raise InvalidSetting(text("core.bad_seconds", limit=TIDY_LIMIT_S))
    return seconds


def _language(words: str) -> str:
    if words.strip().lower() != DEFAULT_LANGUAGE:
        raise InvalidSetting(text("core.bad_language"))
    return words.strip().lower()


PREFIX = Setting(name="prefix", default="!", parse=_prefix, choices=("!", "?", ".", "-"))
TIMEZONE = Setting(
    name="timezone",
    default="UTC",
    parse=_timezone,
    choices=(
        "UTC",
        "Europe/Prague",
        "Europe/London",
        "America/New_York",
        "America/Los_Angeles",
        "Asia/Tokyo",
    ),
)
DJ_ROLE = Setting(name="dj_role", default="none", parse=_role, choices=("none",))
TIDY_AFTER = Setting(name="tidy_after", default="30", parse=_seconds, choices=("0", "30", "60"))
LANGUAGE = Setting(name="language", default=DEFAULT_LANGUAGE, parse=_language, choices=(DEFAULT_LANGUAGE,))

SHARED = (PREFIX, TIMEZONE, DJ_ROLE, TIDY_AFTER, LANGUAGE)
