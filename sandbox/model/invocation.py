"""What a client sends when a person uses a command: the ``data`` of an interaction.

A command's registered options say how each value travels. Options come as Python values: text, numbers,
truth values; ids (of a user, role or channel) as int. References stay references: ``resolved`` holds ids
here, which ``sandbox.wire`` fills with objects when the interaction is sent, so that the model holds no
wire form of people.

Sources: Receiving and Responding to Interactions, "Interaction Data"; Application Commands, "Application
Command Option Type".
"""

from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import TYPE_CHECKING, TypeAlias

from gateway_client.ids import ChannelId, RoleId, UserId
from sandbox.json_values import JsonObject
from sandbox.model.entities import Channel, Command, Message, Upload

if TYPE_CHECKING:
    from sandbox.world import World

OptionValue: TypeAlias = str | int | float | bool


class CannotDoThat(Exception):
    """A real client would not have let the person do this; the sentence says why."""


class OptionType(IntEnum):
    """Source: Application Commands, section "Application Command Option Type"."""

    SUB_COMMAND = 1
    SUB_COMMAND_GROUP = 2
    STRING = 3
    INTEGER = 4
    BOOLEAN = 5
    USER = 6
    CHANNEL = 7
    ROLE = 8
    MENTIONABLE = 9
    NUMBER = 10
    ATTACHMENT = 11


_REFERENCES = frozenset({OptionType.USER, OptionType.CHANNEL, OptionType.ROLE, OptionType.MENTIONABLE})


def build_command(
    world: "World",
    channel: Channel,
    name: str,
    options: Mapping[str, OptionValue],
    files: Mapping[str, Upload],
) -> JsonObject:
    """Return the data of a slash command.

    Raises:
        CannotDoThat: an option is unknown, missing or of the wrong kind.
    """
    command, path, schema = _locate(world, channel, name)
    _check_names(schema, options, files)
    resolved: dict[str, list[str]] = {}
    values: list[JsonObject] = []
    for option in schema:
        given = _value_of(world, channel, option, options, files)
        if given is None:
            if option.get("required"):
                raise CannotDoThat(f"the option {option['name']} is required")
            continue
        resolve(world, option["type"], given, resolved)
        values.append({"name": option["name"], "type": option["type"], "value": given})
    data = _command_data(command, channel)
    nested = _nest(path, values)
    if nested:
        data["options"] = nested
    if resolved:
        data["resolved"] = resolved
    return data


def build_autocomplete(
    world: "World", channel: Channel, name: str, focused: str, options: Mapping[str, OptionValue]
) -> JsonObject:
    """Return the data while a person types in the option ``focused``."""
    command, path, schema = _locate(world, channel, name)
    typed: list[JsonObject] = []
    for option in schema:
        if option["name"] == focused and not option.get("autocomplete"):
            raise CannotDoThat(f"the option {focused} has no autocomplete")
        if option["name"] in options or option["name"] == focused:
            entry: JsonObject = {
                "name": option["name"],
                "type": option["type"],
                "value": options.get(option["name"], ""),
            }
            typed.append({**entry, "focused": True} if option["name"] == focused else entry)
    if not any(entry.get("focused") for entry in typed):
        raise CannotDoThat(f"the option {focused} does not exist")
    return {**_command_data(command, channel), "options": _nest(path, typed)}


def build_user_menu(world: "World", channel: Channel, name: str, target_id: UserId) -> JsonObject:
    """Return the data of a user's context menu command."""
    command = world.commands.find(name, 2, channel.guild_id)
    world.directory.user(target_id)
    resolved = {"users": [str(target_id)]}
    return {**_command_data(command, channel), "target_id": str(target_id), "resolved": resolved}


def build_message_menu(world: "World", channel: Channel, name: str, message: Message) -> JsonObject:
    """Return the data of a message's context menu command."""
    command = world.commands.find(name, 3, channel.guild_id)
    resolved = {"messages": [str(message.id)]}
    return {**_command_data(command, channel), "target_id": str(message.id), "resolved": resolved}


def _locate(
    world: "World", channel: Channel, name: str
) -> tuple[Command, list[JsonObject], list[JsonObject]]:
    """Find the command, the subcommands on the way, and the options of the innermost."""
    first, *rest = name.split()
    command = world.commands.find(first, 1, channel.guild_id)
    path: list[JsonObject] = []
    schema: list[JsonObject] = command.body.get("options") or []
    for word in rest:
        inner = next((option for option in schema if option["name"] == word and option["type"] <= 2), None)
        if inner is None:
            raise CannotDoThat(f"{first} has no subcommand {word}")
        path.append(inner)
        schema = inner.get("options") or []
    if any(option["type"] <= 2 for option in schema):
        raise CannotDoThat(f"{name} needs a subcommand")
    return command, path, schema


def _nest(path: list[JsonObject], values: list[JsonObject]) -> list[JsonObject]:
    for level in reversed(path):
        values = [{"name": level["name"], "type": level["type"], "options": values}]
    return values


def _command_data(command: Command, channel: Channel) -> JsonObject:
    data: JsonObject = {"id": str(command.id), "name": command.name, "type": command.type}
    return {**data, "guild_id": str(command.guild_id)} if command.guild_id else data


def _check_names(
    schema: list[JsonObject], options: Mapping[str, OptionValue], files: Mapping[str, Upload]
) -> None:
    strange = (set(options) | set(files)) - {option["name"] for option in schema}
    if strange:
        raise CannotDoThat(f"unknown options: {', '.join(sorted(strange))}")


def _value_of(
    world: "World",
    channel: Channel,
    option: JsonObject,
    options: Mapping[str, OptionValue],
    files: Mapping[str, Upload],
) -> OptionValue | None:
    name, kind = option["name"], OptionType(option["type"])
    if kind is OptionType.ATTACHMENT:
        upload = files.get(name)
        return str(world.board.keep_upload(channel.id, upload, ephemeral=True).id) if upload else None
    if name not in options:
        return None
    value = options[name]
    if kind in _REFERENCES:
        return str(value)
    if not _fits(kind, value):
        raise CannotDoThat(f"the option {name} is of another kind")
    _check_bounds(option, value)
    return value


def _fits(kind: OptionType, value: OptionValue) -> bool:
    match kind:
        case OptionType.STRING:
            return isinstance(value, str)
        case OptionType.INTEGER:
            return isinstance(value, int) and not isinstance(value, bool)
        case OptionType.BOOLEAN:
            return isinstance(value, bool)
        case OptionType.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            return False


def _check_bounds(option: JsonObject, value: OptionValue) -> None:
    offered = option.get("choices")
    if offered and value not in [choice["value"] for choice in offered]:
        raise CannotDoThat(f"the option {option['name']} does not offer {value}")
    if isinstance(value, str):
        low, high = option.get("min_length", 0), option.get("max_length", 6000)
        if not low <= len(value) <= high:
            raise CannotDoThat(f"the option {option['name']} must have {low} to {high} characters")
    elif "min_value" in option and value < option["min_value"]:
        raise CannotDoThat(f"the option {option['name']} must be at least {option['min_value']}")
    elif "max_value" in option and value > option["max_value"]:
        raise CannotDoThat(f"the option {option['name']} must be at most {option['max_value']}")


def resolve(world: "World", kind: int, value: OptionValue, resolved: dict[str, list[str]]) -> None:
    """Note which tables of ``resolved`` name what an option or a choice refers to."""
    for table in _tables(world, kind, str(value)):
        entries = resolved.setdefault(table, [])
        if str(value) not in entries:
            entries.append(str(value))


def _tables(world: "World", kind: int, digits: str) -> Iterator[str]:
    match kind:
        case OptionType.USER:
            world.directory.user(UserId(int(digits)))
            yield "users"
        case OptionType.CHANNEL:
            world.directory.channel(ChannelId(int(digits)))
            yield "channels"
        case OptionType.ROLE:
            yield "roles"
        case OptionType.MENTIONABLE:
            is_role = any(RoleId(int(digits)) in guild.roles for guild in world.directory.guilds.values())
            yield "roles" if is_role else "users"
        case OptionType.ATTACHMENT:
            yield "attachments"
        case _:
            return
