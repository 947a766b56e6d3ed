"""Gateway intents, and which of the wanted ones an application was granted.

Privileged intents have to be switched on in the developer portal; asking for one that is not granted closes
the connection with 4014. The application's flags tell beforehand, so we ask only for what is there and can
name the rest.

Source: Gateway, "List of Intents" and "Privileged Intents"; Application Resource, "Application Flags".
"""

from enum import IntFlag

from gateway_client.kinds import ApplicationFlags


class Intents(IntFlag):
    """Groups of events that a session subscribes to."""

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


PRIVILEGED = Intents.GUILD_MEMBERS | Intents.GUILD_PRESENCES | Intents.MESSAGE_CONTENT
"""The intents that the developer portal must grant."""

_GRANTED_BY = {
    Intents.GUILD_MEMBERS: ApplicationFlags.GATEWAY_GUILD_MEMBERS
    | ApplicationFlags.GATEWAY_GUILD_MEMBERS_LIMITED,
    Intents.GUILD_PRESENCES: ApplicationFlags.GATEWAY_PRESENCE | ApplicationFlags.GATEWAY_PRESENCE_LIMITED,
    Intents.MESSAGE_CONTENT: ApplicationFlags.GATEWAY_MESSAGE_CONTENT
    | ApplicationFlags.GATEWAY_MESSAGE_CONTENT_LIMITED,
}


def granted_intents(wanted: Intents, flags: int) -> tuple[Intents, Intents]:
    """Split the wanted intents by what the application may ask for.

    Args:
        wanted: everything the bot would like to hear.
        flags: `Application.flags` from `GET /applications/@me` or from READY.

    Returns:
        The intents to identify with, and the wanted ones that are missing in the portal.
    """
    missing = Intents(0)
    for intent, granting in _GRANTED_BY.items():
        if intent in wanted and not flags & granting:
            missing |= intent
    return wanted & ~missing, missing
