"""Which events a session asked for, and which it may ask for. Pure.

Source: Gateway, sections "List of Intents" and "Privileged Intents".
"""

from enum import IntFlag

from sandbox.gateway.close_codes import GatewayClose
from sandbox.model.entities import ApplicationFlags


class Intents(IntFlag):
    """Groups of events."""

    NONE = 0
    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_MODERATION = 1 << 2
    GUILD_EXPRESSIONS = 1 << 3
    GUILD_INTEGRATIONS = 1 << 4
    GUILD_WEBHOOKS = 1 << 5
    GUILD_INVITES = 1 << 6
    GUILD_VOICE_STATES = 1 << 7
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    DIRECT_MESSAGE_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15
    GUILD_SCHEDULED_EVENTS = 1 << 16
    AUTO_MODERATION_CONFIGURATION = 1 << 20
    AUTO_MODERATION_EXECUTION = 1 << 21
    GUILD_MESSAGE_POLLS = 1 << 24
    DIRECT_MESSAGE_POLLS = 1 << 25


_KNOWN = sum(Intents)
_PRIVILEGED = (
    (Intents.GUILD_PRESENCES, ApplicationFlags.GATEWAY_PRESENCE_LIMITED),
    (Intents.GUILD_MEMBERS, ApplicationFlags.GATEWAY_GUILD_MEMBERS_LIMITED),
    (Intents.MESSAGE_CONTENT, ApplicationFlags.GATEWAY_MESSAGE_CONTENT_LIMITED),
)


def refuse_intents(asked: int, flags: ApplicationFlags) -> GatewayClose | None:
    """Return why ``asked`` is not possible for an application with ``flags``, or None."""
    if asked < 0 or asked & ~_KNOWN:
        return GatewayClose.INVALID_INTENTS
    if any(asked & intent and not flags & flag for intent, flag in _PRIVILEGED):
        return GatewayClose.DISALLOWED_INTENTS
    return None
