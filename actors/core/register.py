"""Registering commands with Discord: one bulk overwrite, and only if something changed.

Discord is asked what it has, because somebody else may have changed it; what we sent last is remembered as a
digest with the ids and versions that Discord gave it. If both agree nothing is sent: a bot that restarts
often would otherwise use up the daily limit on creating commands.

Source: Discord, "Application Commands", "Registering a Command"; 200 creations per day.
"""

import hashlib
import logging
from collections.abc import Sequence
from typing import Protocol

import msgspec

from actors.core.ports import Store
from actors.rest.payloads import Command, to_wire_command
from actors.rest.registration import RegisteredCommand
from actors.store.errors import StoreError
from gateway_client.ids import ApplicationId

log = logging.getLogger(__name__)

KIND = "registration"


class CommandsRest(Protocol):
    """The two requests that registering needs."""

    async def get_commands(self, application_id: ApplicationId) -> tuple[RegisteredCommand, ...]:
        """What Discord has."""
        ...

    async def overwrite_commands(
        self, application_id: ApplicationId, commands: Sequence[Command]
    ) -> tuple[RegisteredCommand, ...]:
        """Replace all of it."""
        ...


async def register_commands(
    rest: CommandsRest, store: Store, application_id: ApplicationId, commands: Sequence[Command]
) -> bool:
    """Make Discord know exactly these commands; whether something had to be sent.

    Raises:
        RestError: Discord did not take them.
    """
    before = await rest.get_commands(application_id)
    digest = _digest(commands, before)
    if await _remembered(store, application_id) == digest:
        return False
    after = await rest.overwrite_commands(application_id, commands)
    try:
        await store.save(KIND, application_id, 1, _digest(commands, after))
    except StoreError as error:
        log.warning("the registration is not remembered", extra={"error": str(error)})
    return True


async def _remembered(store: Store, application_id: ApplicationId) -> bytes | None:
    try:
        row = await store.load(KIND, application_id)
    except StoreError as error:
        log.warning("the last registration cannot be read", extra={"error": str(error)})
        return None
    return None if row is None else row.data


def _digest(commands: Sequence[Command], registered: Sequence[RegisteredCommand]) -> bytes:
    wire = [to_wire_command(command) for command in commands]
    known = sorted((command.name, command.id, command.version) for command in registered)
    return hashlib.sha256(msgspec.json.encode([wire, known])).hexdigest().encode()
