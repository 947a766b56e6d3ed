"""What the ``settings`` command shows."""

from actors.core.setting import Setting, Settings
from actors.core.texts import Say
from actors.rest.payloads import Embed, EmbedField, Message, cut
from gateway_client.ids import GuildId


def view_all(settings: Settings, guild_id: GuildId, say: Say) -> Message:
    """Every setting with its value and what it does."""
    fields = tuple(
        EmbedField(
            name=setting.name,
            value=f"{_value(settings, guild_id, setting)}\n{say(setting.text_key)}",
            inline=True,
        )
        for setting in settings.declared
    )
    embed = Embed(title=say("settings_view.title"), description=say("settings_view.how"), fields=fields)
    return Message(embeds=(embed,))


def view_one(settings: Settings, guild_id: GuildId, setting: Setting, say: Say) -> Message:
    """One setting."""
    value = _value(settings, guild_id, setting)
    meaning = say(setting.text_key)
    return Message(content=say("settings_view.one", name=setting.name, value=value, meaning=meaning))


def view_changed(settings: Settings, guild_id: GuildId, setting: Setting, say: Say) -> Message:
    """A setting was changed."""
    value = _value(settings, guild_id, setting)
    return Message(content=say("settings_view.changed", name=setting.name, value=value))


def _value(settings: Settings, guild_id: GuildId, setting: Setting) -> str:
    words = settings.words(guild_id, setting).replace("`", "'")
    return f"`{cut(words, 200)}`"
