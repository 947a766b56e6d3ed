"""Settings: each declared once, kept per guild, validated on every path, changed live.

A value is stored in the words in which a person would type it, so that a declaration may change its type
without a migration: words that no longer fit count as unset and are logged. Order of precedence: the guild's
own value, the ``[guild]`` table of the configuration (or its environment name), the declaration's default.

Reading is synchronous, because the prefix is needed in the step in which a message is read; the store is
behind the ``settings`` slice, which commits a change before it becomes visible here.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import TypeVar

from attrs import define, field, frozen

from actors.core.texts import Text
from gateway_client.ids import GuildId

log = logging.getLogger(__name__)

T = TypeVar("T")


class InvalidSetting(Exception):
    """Words that are no value of a setting; ``reason`` is for the person who typed them."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.key)
        self.reason = reason


class SettingKind(Enum):
    """What a setting takes: how its value is shown, and what else completion offers."""

    WORDS = "words"
    FLAG = "flag"
    NUMBER = "number"
    CHOICE = "choice"
    ROLE = "role"
    CHANNEL = "channel"


@frozen(kw_only=True)
class Setting:
    """A declaration; ``setting_kinds`` makes the usual ones.

    Attributes:
        name: in the command, the store and the ``[guild]`` table of the configuration.
        default: in words, valid for ``parse``.
        parse: words → value; raises ``InvalidSetting``.
        spell: value → the words that are kept and shown, where they are not those that were typed.
        choices: what completion offers at once.
        search: what completion offers for what was typed, where there is more than ``choices``.
        remarks: what is to be said of words that can be used, but not all of them.
        kind: how the value is shown; roles and channels may also be given by name.
    """

    name: str
    default: str
    parse: Callable[[str], object]
    spell: Callable[[object], str] | None = None
    choices: tuple[str, ...] = ()
    search: Callable[[str], Iterable[str]] | None = None
    remarks: Callable[[str], Iterable[Text]] | None = None
    kind: SettingKind = SettingKind.WORDS

    @property
    def text_key(self) -> str:
        """Where its description lives."""
        return f"settings.{self.name}"

    @property
    def environment(self) -> str:
        """The name of its default in the environment."""
        return f"ROADIE_GUILD_{self.name.upper()}"


@define(eq=False)
class Settings:
    """The values of all guilds, in memory."""

    _declared: dict[str, Setting]
    _defaults: Mapping[str, str]
    on_change: Callable[[GuildId, Setting], None] | None = None
    _words: dict[GuildId, dict[str, str]] = field(factory=dict[GuildId, dict[str, str]])

    @property
    def declared(self) -> tuple[Setting, ...]:
        """Every declaration, by name."""
        return tuple(self._declared[name] for name in sorted(self._declared))

    def find(self, name: str) -> Setting | None:
        """A declaration by its name, ignoring case."""
        return self._declared.get(name.strip().lower())

    def words(self, guild_id: GuildId, setting: Setting) -> str:
        """The value in words."""
        return self._words.get(guild_id, {}).get(setting.name) or self._fallback(setting)

    def default_words(self, setting: Setting) -> str:
        """What the configuration says in words, or the declaration."""
        return self._fallback(setting)

    def own_words(self, guild_id: GuildId) -> dict[str, str]:
        """What a guild has set itself, by name."""
        return dict(self._words.get(guild_id, {}))

    def put(self, guild_id: GuildId, words: Mapping[str, str], *, changed: Setting | None = None) -> None:
        """Replace what a guild has set itself, after it was committed; ``changed`` is announced."""
        self._words[guild_id] = dict(words)
        if changed is not None and self.on_change is not None:
            self.on_change(guild_id, changed)

    def value(self, guild_id: GuildId, setting: Setting, expected: type[T]) -> T:
        """The value of a setting, which must be of the expected type."""
        for words in (self.words(guild_id, setting), self._fallback(setting), setting.default):
            try:
                parsed = setting.parse(words)
            except InvalidSetting:
                log.warning("a stored setting is no longer valid", extra={"setting": setting.name})
                continue
            if isinstance(parsed, expected):
                return parsed
        raise TypeError(f"the setting {setting.name} has no {expected.__name__} to give")

    def optional(self, guild_id: GuildId, setting: Setting, expected: type[T]) -> T | None:
        """As ``value``, for a setting that may be unset."""
        parsed = self.value(guild_id, setting, object)
        return parsed if isinstance(parsed, expected) else None

    def _fallback(self, setting: Setting) -> str:
        return self._defaults.get(setting.name, setting.default)


def declare(settings: tuple[Setting, ...], defaults: Mapping[str, str]) -> Settings:
    """The settings of all slices with the configuration's defaults.

    Raises:
        ValueError: two slices declare the same name.
        InvalidSetting: a default of the configuration does not fit.
    """
    declared = {setting.name: setting for setting in settings}
    if len(declared) != len(settings):
        raise ValueError("a setting is declared twice")
    for setting in settings:
        setting.parse(defaults.get(setting.name, setting.default))
    return Settings(declared, dict(defaults))
