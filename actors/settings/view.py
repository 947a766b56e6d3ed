"""What the ``settings`` command shows."""

from actors.core.pages import PageReady
from actors.core.setting import Setting, SettingKind, Settings
from actors.core.texts import Say
from actors.rest.payloads import MAX_CONTENT, Embed, EmbedField, Message, cut
from gateway_client.ids import GuildId

PER_PAGE = 8


def view_page(settings: Settings, guild_id: GuildId, query: str, page: int, say: Say) -> PageReady:
    """A page of all settings, each with its value and what it does; ``page`` is clamped."""
    declared = settings.declared
    total = max(1, -(-len(declared) // PER_PAGE))
    page = min(max(page, 1), total)
    fields = tuple(
        EmbedField(
            name=setting.name,
            value=f"{_value(settings, guild_id, setting)} · {say(setting.text_key)}",
        )
        for setting in declared[(page - 1) * PER_PAGE : page * PER_PAGE]
    )
    embed = Embed(title=say("settings_view.title"), description=say("settings_view.how"), fields=fields)
    return PageReady(query=query, page=page, total=total, payload=Message(embeds=(embed,)))


def view_one(settings: Settings, guild_id: GuildId, setting: Setting, say: Say) -> Message:
    """One setting."""
    value = _value(settings, guild_id, setting)
    meaning = say(setting.text_key)
    sentence = say("settings_view.one", name=setting.name, value=value, meaning=meaning)
    return Message(content=_with_remarks(sentence, settings.words(guild_id, setting), setting, say))


def view_changed(settings: Settings, guild_id: GuildId, setting: Setting, say: Say) -> Message:
    """A setting was changed."""
    value = _value(settings, guild_id, setting)
    sentence = say("settings_view.changed", name=setting.name, value=value)
    return Message(content=_with_remarks(sentence, settings.words(guild_id, setting), setting, say))


def _with_remarks(sentence: str, words: str, setting: Setting, say: Say) -> str:
    """The sentence, and a line for each part of the words that is not used."""
    remarks = setting.remarks(words) if setting.remarks is not None else ()
    return cut("\n".join([sentence, *(f"⚠️ {remark.render(say)}" for remark in remarks)]), MAX_CONTENT)


def _value(settings: Settings, guild_id: GuildId, setting: Setting) -> str:
    thing = settings.optional(guild_id, setting, int)
    if thing is not None and setting.kind is SettingKind.ROLE:
        return f"<@&{thing}>"
    if thing is not None and setting.kind is SettingKind.CHANNEL:
        return f"<#{thing}>"
    words = settings.words(guild_id, setting).replace("`", "'")
    return f"`{cut(words, 200)}`"
