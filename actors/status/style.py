"""How progress looks in a guild: its settings, and the emojis they stand for.

A message keeps the style of the moment in which it was claimed. In the mode ``off`` nothing but one
acknowledgement is shown.
"""

import re
from collections.abc import Mapping
from enum import Enum

from attrs import frozen

from actors.core.reactions import Emote
from actors.core.setting import InvalidSetting, Setting, Settings
from actors.core.setting_kinds import choice, flag
from actors.core.texts import text
from actors.core.work import WorkKind
from actors.rest.payloads import looks_like_emoji
from gateway_client.ids import GuildId

_PAIR = re.compile(r"([A-Za-z]+)\s*[=:]\s*([^\s,;]+)")


class Sign(Enum):
    """What a reaction says; the value is its word in the setting."""

    WAITING = "waiting"
    RESOLVING = "resolving"
    DOWNLOADING = "downloading"
    STARTING = "starting"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SEEN = "seen"


DEFAULTS: Mapping[Sign, str] = {
    Sign.WAITING: "⏳",
    Sign.RESOLVING: "🔎",
    Sign.DOWNLOADING: "⬇️",
    Sign.STARTING: "🎵",
    Sign.WORKING: "🤔",
    Sign.DONE: "✅",
    Sign.FAILED: "❌",
    Sign.CANCELLED: "🚫",
    Sign.SEEN: "👀",
}

OF_KIND: Mapping[WorkKind, Sign] = {
    WorkKind.OTHER: Sign.WORKING,
    WorkKind.RESOLVING: Sign.RESOLVING,
    WorkKind.DOWNLOADING: Sign.DOWNLOADING,
    WorkKind.STARTING: Sign.STARTING,
}


@frozen(kw_only=True)
class Emojis:
    """What a guild has chosen instead of the defaults."""

    own: Mapping[Sign, str]

    def emote(self, sign: Sign) -> Emote:
        """The emoji of a sign; one that Discord does not know any more gives way to the default."""
        chosen = self.own.get(sign)
        default = DEFAULTS[sign]
        return Emote(text=default) if chosen is None else Emote(text=chosen, fallback=default)


@frozen(kw_only=True)
class Style:
    """How one message's progress looks.

    ``full``: every state; otherwise one acknowledgement. ``clears``: what is shown at the end goes away.
    """

    full: bool = True
    clears: bool = False
    emojis: Emojis = Emojis(own={})

    def emote(self, sign: Sign) -> Emote:
        """The emoji of a sign."""
        return self.emojis.emote(sign)


def _emojis(words: str) -> Emojis:
    """Read ``done=👌 failed=<:no:1>``; what is not named keeps its default."""
    own: dict[Sign, str] = {}
    taken = {str(name).lower(): str(chosen) for name, chosen in _PAIR.findall(words)}
    if _PAIR.sub("", words).strip(" ,;\n"):
        raise InvalidSetting(text("status.bad_emojis", names=_NAMES))
    for name, chosen in taken.items():
        if name not in _SIGNS:
            raise InvalidSetting(text("status.no_such_state", name=name, names=_NAMES))
        if not looks_like_emoji(chosen):
            raise InvalidSetting(text("status.no_emoji", name=name))
        own[_SIGNS[name]] = chosen
    return Emojis(own=own)


_SIGNS = {sign.value: sign for sign in Sign}
_NAMES = ", ".join(_SIGNS)

STATUS_REACTIONS = choice("status_reactions", default="full", choices=("full", "off"))
REMOVE_ACK = flag("remove_ack_after_reply", default=False)
STATUS_EMOJIS = Setting(
    name="status_emojis",
    default=" ".join(f"{sign.value}={emoji}" for sign, emoji in DEFAULTS.items()),
    parse=_emojis,
)
SETTINGS = (STATUS_REACTIONS, REMOVE_ACK, STATUS_EMOJIS)


def style_of(settings: Settings, guild_id: GuildId) -> Style:
    """The style of a guild now."""
    return Style(
        full=settings.value(guild_id, STATUS_REACTIONS, str) == "full",
        clears=settings.value(guild_id, REMOVE_ACK, bool),
        emojis=settings.value(guild_id, STATUS_EMOJIS, Emojis),
    )
