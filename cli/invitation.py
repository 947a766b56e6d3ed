"""What the bot asks of a server when it is invited: each permission and what it is for.

May import ``gateway_client`` values. The README's table and address, and what ``roadie doctor`` says to a bot
that is in no server, are made from this. Nothing here is demanded: what was not given is told where it is
missed.

Source: Topics, OAuth2, "Bot Authorization Flow"; Topics, Permissions, "Bitwise Permission Flags".
"""

from typing import Final
from urllib.parse import urlencode

from attrs import frozen

from gateway_client.permissions import Permissions


@frozen
class Need:
    """Some permissions, and what they are for."""

    purpose: str
    permissions: tuple[Permissions, ...]


NEEDS: Final = (
    Need(
        "answers",
        (
            Permissions.VIEW_CHANNEL,
            Permissions.SEND_MESSAGES,
            Permissions.SEND_MESSAGES_IN_THREADS,
            Permissions.EMBED_LINKS,
            Permissions.ATTACH_FILES,
        ),
    ),
    Need(
        "replies, and reactions that show progress",
        (Permissions.READ_MESSAGE_HISTORY, Permissions.ADD_REACTIONS, Permissions.USE_EXTERNAL_EMOJIS),
    ),
    Need("tidying up after `!` commands", (Permissions.MANAGE_MESSAGES,)),
    Need("music", (Permissions.CONNECT, Permissions.SPEAK, Permissions.USE_VAD)),
    Need("music on a stage", (Permissions.REQUEST_TO_SPEAK, Permissions.MUTE_MEMBERS)),
    Need(
        "waking people up, opting out of a gathering, renaming",
        (Permissions.MOVE_MEMBERS, Permissions.MANAGE_NICKNAMES),
    ),
    Need("showing what plays under the channel's name", (Permissions.SET_VOICE_CHANNEL_STATUS,)),
    Need("gatherings that are events too, where `gather_events` is on", (Permissions.CREATE_EVENTS,)),
)

CLIENT_NAMES: Final = {
    Permissions.VIEW_CHANNEL: "View Channels",
    Permissions.USE_VAD: "Use Voice Activity",
    Permissions.SEND_MESSAGES_IN_THREADS: "Send Messages in Threads",
    Permissions.REQUEST_TO_SPEAK: "Request to Speak",
}
"""What Discord's settings call those whose name is not that of the documentation."""


def asked_permissions() -> Permissions:
    """Everything the invitation asks for."""
    asked = Permissions(0)
    for need in NEEDS:
        for permission in need.permissions:
            asked |= permission
    return asked


def invite_url(application_id: int | str) -> str:
    """The address at which somebody who manages a server lets the bot in."""
    query = {
        "client_id": application_id,
        "scope": "bot applications.commands",
        "permissions": int(asked_permissions()),
    }
    return f"https://discord.com/oauth2/authorize?{urlencode(query)}"


def client_name(permission: Permissions) -> str:
    """One permission as Discord's settings call it."""
    return CLIENT_NAMES.get(permission, str(permission.name).replace("_", " ").title())


def needs_table() -> str:
    """The README's table of permissions, in Markdown."""
    rows = [f"| {', '.join(map(client_name, need.permissions))} | {need.purpose} |" for need in NEEDS]
    return "\n".join(("| permission | for |", "| --- | --- |", *rows))
