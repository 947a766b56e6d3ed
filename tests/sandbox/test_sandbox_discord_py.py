"""A bot of somebody else's library, unchanged but for its addresses, lives in the sandbox."""

import json
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import trio
from attrs import define, field

from sandbox.app import Sandbox, open_sandbox
from sandbox.model.default import BEN_ID, MUSIC_ID, OWNER_ID
from sandbox.model.interaction import InteractionState
from tests.patience import PATIENCE_S

CLIENT = Path(__file__).parent / "discord_py_client.py"


@define
class Client:
    process: trio.Process
    said: list[dict[str, Any]] = field(factory=list[dict[str, Any]])
    more: trio.Event = field(factory=trio.Event)

    async def read(self) -> None:
        assert self.process.stdout is not None
        rest = b""
        async for chunk in self.process.stdout:
            *lines, rest = (rest + chunk).split(b"\n")
            self.said += [json.loads(line) for line in lines]
            self.more.set()
            self.more = trio.Event()

    async def heard(self, what: str, times: int = 1) -> dict[str, Any]:
        while True:
            found = [line for line in self.said if line["what"] == what]
            if len(found) >= times:
                return found[times - 1]
            await self.more.wait()


@asynccontextmanager
async def discord_py(sandbox: Sandbox) -> AsyncGenerator[Client]:
    argv = [sys.executable, str(CLIENT), sandbox.api_base, sandbox.gateway_url, sandbox.token]
    async with trio.open_nursery() as nursery:
        process: trio.Process = await nursery.start(
            partial(trio.run_process, argv, stdout=subprocess.PIPE, check=False)
        )
        client = Client(process)
        nursery.start_soon(client.read)
        yield client
        nursery.cancel_scope.cancel()


async def test_discord_py_logs_in_answers_a_command_and_a_button_and_resumes() -> None:
    with trio.fail_after(PATIENCE_S):
        async with open_sandbox() as sandbox, discord_py(sandbox) as client:
            people, world = sandbox.people, sandbox.world
            ready = await client.heard("ready")
            assert ready["guilds"] == ["Roadie's sandbox"]
            assert ready["channels"] == ["general", "music"]
            assert [command.name for command in world.commands.all()] == ["hello"]

            ada = people.of(OWNER_ID)
            interaction = ada.run_command(MUSIC_ID, "hello", {"name": "Ada", "loud": True})
            await people.answered(interaction)
            assert interaction.state is InteractionState.ANSWERED
            answer = world.interactions.original(interaction)
            assert answer.content == "HELLO ADA"
            await client.heard("answered")

            press = people.of(BEN_ID).press(answer, "press-me")
            await client.heard("pressed")
            assert press.state is InteractionState.ANSWERED
            assert answer.content == "pressed by Ben"
            assert answer.components == []
            assert people.of(BEN_ID).visible_messages(MUSIC_ID)[-1].content == "only you see this"
            assert people.of(OWNER_ID).visible_messages(MUSIC_ID)[-1] is answer

            sandbox.gateway.drop_all()
            question = ada.send_message(MUSIC_ID, "are you there?")
            await client.heard("resumed")
            heard = await client.heard("message")
            assert heard == {"what": "message", "content": "are you there?", "author": "Ada"}
            await people.until(lambda: world.board.history(MUSIC_ID)[-1].content == "you said are you there?")
            assert list(question.reactions) == ["👍"]
            assert sandbox.gateway.hub.start_limit.remaining(world.clock.now()) == 999
