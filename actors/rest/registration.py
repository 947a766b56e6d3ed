"""Commands as they are registered with Discord: frozen values within its limits, and their wire form.

A value that exists is valid. Imports ``checks``, ``errors``, ``options`` and ``ids``. Whether a registration
changed is decided by comparing wire forms.

Source: Discord, "Application Commands", sections "Application Command Object" and "Registering a Command".
"""

import enum
from collections.abc import Mapping

import attrs

from actors.rest.checks import check_count, check_range, check_text, check_unique
from actors.rest.errors import PayloadError
from actors.rest.options import (
    MAX_NAME,
    CommandOption,
    check_descriptions,
    check_name,
    check_options,
    longest,
    to_wire_option,
)
from gateway_client.ids import CommandId

MAX_COMMAND_CHARACTERS = 8000
MAX_PERMISSIONS = (1 << 54) - 1

_CHAT_INPUT_LIMIT = 100
_CONTEXT_MENU_LIMIT = 15  # per type, since March 2026


class CommandType(enum.IntEnum):
    """Where a command is found."""

    CHAT_INPUT = 1
    USER = 2
    MESSAGE = 3


class Context(enum.IntEnum):
    """Where a command may be used."""

    GUILD = 0
    BOT_DM = 1
    PRIVATE_CHANNEL = 2


class IntegrationType(enum.IntEnum):
    """How the application must be installed for a command to show."""

    GUILD_INSTALL = 0
    USER_INSTALL = 1


@attrs.frozen(kw_only=True)
class Command:
    """A command to register. A context menu (USER, MESSAGE) has neither description nor options."""

    name: str
    description: str = ""
    type: CommandType = CommandType.CHAT_INPUT
    options: tuple[CommandOption, ...] = ()
    default_member_permissions: int | None = None
    contexts: tuple[Context, ...] = (Context.GUILD,)
    integration_types: tuple[IntegrationType, ...] = (IntegrationType.GUILD_INSTALL,)
    description_localizations: Mapping[str, str] = attrs.field(factory=dict[str, str])

    def __attrs_post_init__(self) -> None:
        if self.type is CommandType.CHAT_INPUT:
            check_name("command", self.name)
            check_descriptions("command description", self.description, self.description_localizations)
            check_options(self.options)
        else:
            check_text("context menu name", self.name, most=MAX_NAME, least=1)
            if self.description or self.description_localizations or self.options:
                raise PayloadError("context menu: has neither description nor options")
        check_count("command contexts", self.contexts, most=3, least=1)
        check_unique("command contexts", self.contexts)
        check_count("command integration types", self.integration_types, most=2, least=1)
        check_unique("command integration types", self.integration_types)
        if self.default_member_permissions is not None:
            check_range("command permissions", self.default_member_permissions, least=0, most=MAX_PERMISSIONS)
        described = longest(self.description, self.description_localizations)
        characters = len(self.name) + described + sum(option.characters for option in self.options)
        check_range("command characters", characters, least=1, most=MAX_COMMAND_CHARACTERS)


@attrs.frozen(kw_only=True)
class RegisteredCommand:
    """A command as Discord keeps it; what a mention ``</name:id>`` needs."""

    id: CommandId
    name: str
    type: int = CommandType.CHAT_INPUT
    version: str = ""


def check_commands(commands: tuple[Command, ...]) -> None:
    """Demand that a bulk overwrite holds no more commands per type than Discord keeps, and no name twice.

    Raises:
        PayloadError: naming the type.

    """
    for kind in CommandType:
        names = [command.name for command in commands if command.type is kind]
        limit = _CHAT_INPUT_LIMIT if kind is CommandType.CHAT_INPUT else _CONTEXT_MENU_LIMIT
        check_count(f"{kind.name} commands", names, most=limit)
        check_unique(f"{kind.name} commands", names)


def to_wire_command(command: Command) -> dict[str, object]:
    """Give Discord's application command object."""
    wire: dict[str, object] = {
        "name": command.name,
        "type": int(command.type),
        "default_member_permissions": command.default_member_permissions,
        "contexts": [int(context) for context in command.contexts],
        "integration_types": [int(kind) for kind in command.integration_types],
    }
    if command.type is CommandType.CHAT_INPUT:
        wire["description"] = command.description
        if command.description_localizations:
            wire["description_localizations"] = dict(command.description_localizations)
        wire["options"] = [to_wire_option(option) for option in command.options]
    return wire
