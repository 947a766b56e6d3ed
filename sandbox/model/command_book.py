"""The application's registered commands, global and per guild. Bodies arrive validated and complete.

Rules: one command per (scope, type, name); creating one that exists replaces it and keeps its id; at most 200
creations per scope a day. Sources: Application Commands, sections "Create Global Application Command" and
"Bulk Overwrite Global Application Commands".
"""

from attrs import define, evolve, field

from gateway_client.ids import CommandId, GuildId
from sandbox.json_values import JsonObject
from sandbox.model import events
from sandbox.model.directory import Kind, Unknown
from sandbox.model.entities import Application, Command
from sandbox.model.ledger import Ledger

DAILY_CREATES = 200
_DAY_S = 86_400.0


class TooManyCreates(Exception):
    """200 commands were created in this scope within a day (30034)."""


@define
class CommandBook:
    """Commands by scope (None is global)."""

    _ledger: Ledger
    _application: Application
    _scopes: dict[GuildId | None, dict[CommandId, Command]] = field(
        factory=dict[GuildId | None, dict[CommandId, Command]]
    )
    _created_at: dict[GuildId | None, list[float]] = field(factory=dict[GuildId | None, list[float]])

    def all(self, guild_id: GuildId | None = None) -> list[Command]:
        """Return the commands of a scope, in order of creation."""
        return list(self._scopes.get(guild_id, {}).values())

    def usable_in(self, guild_id: GuildId | None) -> list[Command]:
        """Return what a person sees there: the guild's own first, then global ones of other names."""
        own = self.all(guild_id) if guild_id else []
        taken = {(command.type, command.name) for command in own}
        return own + [c for c in self.all() if (c.type, c.name) not in taken]

    def find(self, name: str, command_type: int, guild_id: GuildId | None) -> Command:
        """Return the command that a person means, or raise ``Unknown``."""
        for command in self.usable_in(guild_id):
            if command.name == name and command.type == command_type:
                return command
        raise Unknown(Kind.COMMAND)

    def get(self, command_id: CommandId, guild_id: GuildId | None = None) -> Command:
        """Return a command of a scope, or raise ``Unknown``."""
        command = self._scopes.get(guild_id, {}).get(command_id)
        if command is None:
            raise Unknown(Kind.COMMAND)
        return command

    def put(self, body: JsonObject, guild_id: GuildId | None = None) -> tuple[Command, bool]:
        """Create a command, or replace the one of that name; tells whether it is new."""
        command, created = self._build(body, guild_id)
        self._scopes.setdefault(guild_id, {})[command.id] = command
        self._ledger.publish(events.CommandsChanged(guild_id=guild_id))
        return command, created

    def overwrite(self, bodies: list[JsonObject], guild_id: GuildId | None = None) -> list[Command]:
        """Make exactly these the scope's commands; those that keep their name keep their id."""
        commands = [self._build(body, guild_id)[0] for body in bodies]
        self._scopes[guild_id] = {command.id: command for command in commands}
        self._ledger.publish(events.CommandsChanged(guild_id=guild_id))
        return commands

    def edit(self, command: Command, body: JsonObject) -> Command:
        """Replace a command's body."""
        changed = evolve(command, name=body["name"], body=self._with_ids(body, command.id, command.guild_id))
        self._scopes[command.guild_id][command.id] = changed
        self._ledger.publish(events.CommandsChanged(guild_id=command.guild_id))
        return changed

    def remove(self, command: Command) -> None:
        """Delete a command."""
        del self._scopes[command.guild_id][command.id]
        self._ledger.publish(events.CommandsChanged(guild_id=command.guild_id))

    def restore(self, command: Command) -> None:
        """Put a command back that was saved: no event."""
        self._scopes.setdefault(command.guild_id, {})[command.id] = command

    def _build(self, body: JsonObject, guild_id: GuildId | None) -> tuple[Command, bool]:
        same = [c for c in self.all(guild_id) if c.name == body["name"] and c.type == body["type"]]
        if not same:
            self._count_create(guild_id)
        command_id = same[0].id if same else CommandId(self._ledger.ids.next())
        command = Command(
            id=command_id,
            guild_id=guild_id,
            type=body["type"],
            name=body["name"],
            body=self._with_ids(body, command_id, guild_id),
        )
        return command, not same

    def _count_create(self, guild_id: GuildId | None) -> None:
        now = self._ledger.clock.now()
        recent = [at for at in self._created_at.get(guild_id, []) if now - at < _DAY_S]
        if len(recent) >= DAILY_CREATES:
            raise TooManyCreates
        self._created_at[guild_id] = [*recent, now]

    def _with_ids(self, body: JsonObject, command_id: CommandId, guild_id: GuildId | None) -> JsonObject:
        placed: JsonObject = {"guild_id": str(guild_id)} if guild_id else {}
        version = str(self._ledger.ids.next())
        application_id = str(self._application.id)
        return {**body, "id": str(command_id), "application_id": application_id, "version": version, **placed}
