"""What a sandbox keeps from one run to the next, in one file: messages, commands, nicknames.

The people, channels and roles are the same in every run (``model.default``); what refers to anything else
is left out when it is read back. Ephemeral messages and interactions end with the run, as their tokens do.
The file is JSON, written whole and then put in place; one that cannot be read is an error that names it,
never overwritten.
"""

from pathlib import Path

import msgspec
import trio
from attrs import field, frozen

from gateway_client.ids import UserId
from sandbox.model.entities import Command, Message
from sandbox.world import World

SCHEMA = 1
_DELAY_S = 1.0
"""A change is on disk this long after it was made."""


class UnreadableSave(Exception):
    """The file is not one of ours, or of a newer program."""


@frozen(kw_only=True)
class Saved:
    """The content of the file."""

    schema: int = SCHEMA
    last_id: int
    messages: list[Message] = field(factory=list[Message])
    commands: list[Command] = field(factory=list[Command])
    nicknames: dict[str, str] = field(factory=dict[str, str])
    """Of the home guild, by user id."""


_decoder = msgspec.json.Decoder(Saved)


def to_bytes(world: World) -> bytes:
    """Return the file's content."""
    messages: list[Message] = []
    world.board.each(messages.append)
    home = world.directory.guilds[world.home]
    saved = Saved(
        last_id=world.ledger.ids.next(),
        messages=[message for message in messages if message.visible_to is None],
        commands=[*world.commands.all(), *world.commands.all(world.home)],
        nicknames={str(member.user.id): member.nick for member in home.members.values() if member.nick},
    )
    return msgspec.json.encode(saved)


def restore(world: World, content: bytes) -> None:
    """Put back what a file holds, without events: before anybody listens.

    Raises:
        UnreadableSave: the content is not a file of this or an older program.
    """
    try:
        saved = _decoder.decode(content)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise UnreadableSave(str(error)) from error
    if saved.schema > SCHEMA:
        raise UnreadableSave(f"it was written by a newer sandbox (schema {saved.schema})")
    world.ledger.ids.skip_past(saved.last_id)
    home = world.directory.guilds[world.home]
    places = set(home.channels) | {channel.id for channel in world.directory.direct.values()}
    for message in saved.messages:
        author = world.directory.users.get(message.author.id)
        if author is not None and message.channel_id in places:
            message.author = author
            world.board.restore(message)
    for command in saved.commands:
        world.commands.restore(command)
    for digits, nick in saved.nicknames.items():
        member = home.members.get(UserId(int(digits)))
        if member is not None:
            member.nick = nick


def read_file(world: World, path: Path) -> None:
    """Restore from a file, if it is there.

    Raises:
        UnreadableSave: as ``restore``, naming the file.
    """
    if path.exists():
        try:
            restore(world, path.read_bytes())
        except UnreadableSave as error:
            raise UnreadableSave(f"{path} cannot be read: {error}") from error


async def run_saving(world: World, path: Path) -> None:
    """Write the file whenever something changed, and once more when cancelled."""
    changed = trio.Event()

    def wake(_: object) -> None:
        changed.set()

    unsubscribe = world.subscribe(wake)
    try:
        while True:
            await changed.wait()
            await trio.sleep(_DELAY_S)
            changed = trio.Event()
            await trio.to_thread.run_sync(_write, path, to_bytes(world))
    finally:
        unsubscribe()
        _write(path, to_bytes(world))


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(content)
    fresh.replace(path)
