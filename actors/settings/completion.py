"""What a setting's value could become while it is typed: its choices, and what the guild has."""

from collections.abc import Iterable

from actors.core.declare import Completion
from actors.core.setting import Setting, SettingKind, Settings
from actors.rest.payloads import Choice
from actors.settings.state import RESET, TEXT_CHANNELS

LIMIT = 100  # characters; Discord, "Application Command Option Choice Structure"


def complete_value(settings: Settings, setting: Setting, completion: Completion) -> list[Choice]:
    """The current value first, then what else fits what was typed."""
    typed = completion.typed.strip().lower()
    own = settings.words(completion.facts.guild_id, setting)
    named = dict(_of_guild(setting, completion))
    words = dict.fromkeys((own, *setting.choices, RESET))
    offered = {named.get(word, word): word for word in words} | {name: word for word, name in named.items()}
    fitting = {shown: word for shown, word in offered.items() if typed in shown.lower()}
    for word in setting.search(typed) if setting.search else ():
        fitting.setdefault(word, word)
    return [Choice(shown[:LIMIT], word) for shown, word in fitting.items() if 0 < len(word) <= LIMIT]


def _of_guild(setting: Setting, completion: Completion) -> Iterable[tuple[str, str]]:
    """Roles or channels as id and name."""
    cache, guild_id = completion.cache, completion.facts.guild_id
    if setting.kind is SettingKind.ROLE:
        roles = sorted(cache.roles(guild_id), key=lambda role: -role.position)
        return [(str(role.id), f"@{role.name}") for role in roles if role.id != guild_id]
    if setting.kind is SettingKind.CHANNEL:
        channels = sorted(cache.channels(guild_id), key=lambda channel: channel.position)
        return [(str(one.id), f"#{one.name}") for one in channels if one.type in TEXT_CHANNELS]
    return ()
