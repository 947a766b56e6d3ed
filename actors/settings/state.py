"""Deciding on a change of a setting: pure, the declarations are an argument."""

from collections.abc import Mapping

from attrs import frozen

from actors.core.setting import InvalidSetting, Setting, Settings
from actors.core.texts import Text, text
from gateway_client.ids import GuildId

RESET = "default"


@frozen
class Accepted:
    """The guild's own words as they shall be stored."""

    setting: Setting
    words: Mapping[str, str]


def decide_change(settings: Settings, guild_id: GuildId, name: str, words: str) -> Accepted | Text:
    """What shall be stored, or why not."""
    setting = settings.find(name)
    if setting is None:
        return text("settings_view.unknown", name=name[:50])
    own = settings.own_words(guild_id)
    if words.strip().lower() == RESET:
        own.pop(setting.name, None)
        return Accepted(setting, own)
    try:
        setting.parse(words)
    except InvalidSetting as wrong:
        return wrong.reason
    return Accepted(setting, own | {setting.name: words.strip()})
