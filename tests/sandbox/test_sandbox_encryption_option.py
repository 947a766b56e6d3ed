import pytest

from sandbox.app import SandboxOptions, full_options, open_sandbox
from sandbox.voice import VoiceServer
from sandbox.voice.dave_desk import DaveMode


@pytest.mark.parametrize("mode", list(DaveMode))
async def test_the_option_reaches_the_calls(mode: DaveMode) -> None:
    async with open_sandbox(full_options(SandboxOptions(), encryption=mode.value)) as sandbox:
        assert isinstance(sandbox.voice, VoiceServer)
        assert sandbox.voice.dave is mode


async def test_calls_are_encrypted_where_nobody_asks() -> None:
    async with open_sandbox(full_options(SandboxOptions())) as sandbox:
        assert isinstance(sandbox.voice, VoiceServer)
        assert sandbox.voice.dave is DaveMode.OFFER
