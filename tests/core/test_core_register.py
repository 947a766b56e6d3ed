from collections.abc import Sequence

from attrs import define, field

from actors.core.register import register_commands
from actors.rest.payloads import Command
from actors.rest.registration import RegisteredCommand
from actors.store.errors import DiskFull
from gateway_client.ids import ApplicationId, CommandId
from tests.core.fakes import APPLICATION
from tests.store.fakes import MemoryStore

PLAY = Command(name="play", description="Play something")
SKIP = Command(name="skip", description="Skip")


@define(eq=False)
class Portal:
    """Discord's list of commands: an overwrite keeps the ids and gives every command a new version."""

    commands: dict[str, RegisteredCommand] = field(factory=dict[str, RegisteredCommand])
    overwrites: int = 0

    async def get_commands(self, application_id: ApplicationId) -> tuple[RegisteredCommand, ...]:
        return tuple(reversed(self.commands.values()))

    async def overwrite_commands(
        self, application_id: ApplicationId, commands: Sequence[Command]
    ) -> tuple[RegisteredCommand, ...]:
        self.overwrites += 1
        self.commands = {
            command.name: RegisteredCommand(
                id=CommandId(len(command.name)), name=command.name, version=str(self.overwrites)
            )
            for command in commands
        }
        return tuple(self.commands.values())


async def test_commands_are_sent_only_when_something_changed() -> None:
    portal, store = Portal(), MemoryStore()
    assert await register_commands(portal, store, APPLICATION, [PLAY])
    assert not await register_commands(portal, store, APPLICATION, [PLAY])
    assert await register_commands(portal, store, APPLICATION, [PLAY, SKIP])
    assert portal.overwrites == 2


async def test_what_somebody_else_changed_is_put_right() -> None:
    portal, store = Portal(), MemoryStore()
    await register_commands(portal, store, APPLICATION, [PLAY])
    portal.commands = {}
    assert await register_commands(portal, store, APPLICATION, [PLAY])


async def test_a_full_disk_only_costs_another_overwrite() -> None:
    portal, store = Portal(), MemoryStore()
    store.fail_with = DiskFull("no space")
    assert await register_commands(portal, store, APPLICATION, [PLAY])
    assert await register_commands(portal, store, APPLICATION, [PLAY])
