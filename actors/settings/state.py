"""Deciding on a change of a setting: pure, the declarations are an argument.

A role or channel may be given by its name; what is stored is its id, because names change. Where a
declaration spells its values, that is stored: the whole name of a time zone that was given by its city.
"""

from collections.abc import Mapping

from attrs import frozen

from actors.core.lookup import Lookup
from actors.core.setting import InvalidSetting, Setting, SettingKind, Settings
from actors.core.setting_kinds import UNSET
from actors.core.texts import Text, text
from gateway_client.ids import GuildId
from gateway_client.kinds import ChannelType

RESET = "default"
TEXT_CHANNELS = frozenset({ChannelType.GUILD_TEXT, ChannelType.GUILD_VOICE, ChannelType.GUILD_ANNOUNCEMENT})


@frozen
class Accepted:
    """The guild's own words as they shall be stored."""

    setting: Setting
    words: Mapping[str, str]


def decide_change(
    settings: Settings, guild_id: GuildId, name: str, words: str, lookup: Lookup
) -> Accepted | Text:
    """What shall be stored, or why not."""
    setting = settings.find(name)
    if setting is None:
        return text("settings_view.unknown", name=name[:50])
    own = settings.own_words(guild_id)
    if words.strip().lower() == RESET:
        own.pop(setting.name, None)
        return Accepted(setting, own)
    plain = _found(setting, words.strip(), lookup)
    try:
        value = setting.parse(plain)
    except InvalidSetting as wrong:
        return wrong.reason
    if setting.spell is not None:
        plain = setting.spell(value)
    return Accepted(setting, own | {setting.name: plain})


def _found(setting: Setting, words: str, lookup: Lookup) -> str:
    """Words for the store: the id of a role or channel that exists, everything else as it is."""
    if words.lower() == UNSET:
        return UNSET
    match setting.kind:
        case SettingKind.ROLE:
            role = lookup.role(words)
            return str(role.id) if role else "?"
        case SettingKind.CHANNEL:
            channel = lookup.channel(words)
            return str(channel.id) if channel and channel.type in TEXT_CHANNELS else "?"
        case _:
            return words
