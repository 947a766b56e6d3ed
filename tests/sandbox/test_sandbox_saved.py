"""What a sandbox keeps from one run to the next."""

from pathlib import Path

import pytest
import trio

from sandbox.app import SandboxOptions, open_sandbox
from sandbox.model.default import BEN_ID, GUILD_ID, MUSIC_ID, OWNER_ID
from sandbox.model.entities import MessageFlags, Upload
from sandbox.model.messages import Draft, Origin
from sandbox.saved import UnreadableSave, restore, to_bytes
from tests.patience import PATIENCE_S
from tests.sandbox.rig import Rig


def test_messages_commands_and_nicknames_come_back() -> None:
    rig = Rig()
    message = rig.person(BEN_ID).send_message(MUSIC_ID, "kept", [Upload(filename="f", content=b"\x00\xff")])
    rig.person(OWNER_ID).react(message, "👍")
    rig.world.commands.put({"type": 1, "name": "play", "description": "d"})
    home = rig.world.directory.guild(GUILD_ID)
    rig.world.directory.rename(home, home.members[BEN_ID], "Benny")
    channel = rig.world.directory.channel(MUSIC_ID)
    private = Draft(content="private", flags=MessageFlags.EPHEMERAL)
    rig.world.board.post(channel, rig.world.application.bot, private, Origin(visible_to=BEN_ID))

    fresh = Rig()
    restore(fresh.world, to_bytes(rig.world))
    assert fresh.person(BEN_ID).visible_messages(MUSIC_ID) == [message]
    again = fresh.world.board.get(MUSIC_ID, message.id)
    assert again.author is fresh.world.directory.user(BEN_ID)
    assert again.reactions["👍"].users == [OWNER_ID]
    kept = fresh.world.board.attachment(message.attachments[0].id)
    assert kept is not None
    assert kept.content == b"\x00\xff"
    assert fresh.world.commands.all() == rig.world.commands.all()
    assert fresh.world.directory.member(GUILD_ID, BEN_ID).nick == "Benny"
    assert fresh.world.ledger.ids.next() > message.id


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"last_id": "x"}', b'{"schema": 2, "last_id": 1}', b"\xff"]
)
def test_a_file_that_is_none_of_ours_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableSave):
        restore(Rig().world, content)


async def test_the_file_is_written_at_the_end_and_read_at_the_start(tmp_path: Path) -> None:
    options = SandboxOptions(data=tmp_path / "new" / "world.json")
    with trio.fail_after(PATIENCE_S):
        async with open_sandbox(options) as sandbox:
            sandbox.people.of(BEN_ID).send_message(MUSIC_ID, "kept")
        async with open_sandbox(options) as sandbox:
            assert sandbox.world.board.history(MUSIC_ID)[0].content == "kept"
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["world.json"]
