"""Starting and ending a child process that speaks in lines over its stdin and stdout."""

import os
import subprocess
from collections.abc import Sequence

import trio


async def start_process(argv: Sequence[str]) -> trio.Process:
    """Start a child without any way of the environment around the guard.

    Raises:
        OSError: it cannot be started.
    """
    env = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return await trio.lowlevel.open_process(
        list(argv), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env
    )


async def end_process(process: trio.Process) -> None:
    """Kill a child and wait for its end; children of its own notice that their pipe has closed."""
    process.kill()
    with trio.CancelScope(shield=True):
        await process.wait()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        await trio.aclose_forcefully(pipe)
