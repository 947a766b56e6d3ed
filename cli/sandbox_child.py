"""The sandbox as a child process: start it, learn its addresses, collect its log, and end it with the bot.

May import trio and ``cli.child_log``. The child's command line is an argument.

Protocol: the child writes one line of JSON to its standard output as soon as it listens (``Addresses``);
whatever it writes there later is ignored. Its standard error is its log. It ends when its standard input
ends, which the system sees to even if this process is killed. Failure modes: it dies or says nothing
understandable before it is ready -> ``SandboxFailed``; it dies later -> ``on_death`` is called once with a
sentence, and the owner decides (the bot says so and ends: a sandbox's state dies with it).
"""

import logging
import subprocess
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

import msgspec
import trio
from attrs import frozen

from cli.child_log import relay_lines

log = logging.getLogger("sandbox")

END_WITH_INPUT: Final = "--exit-on-eof"
START_S: Final = 15.0
GOODBYE_S: Final = 2.0
LONGEST_READY_LINE: Final = 65_536  # bytes


class SandboxFailed(Exception):
    """The sandbox did not come up; the message is a sentence for the person who started us."""


@frozen(kw_only=True)
class Addresses:
    """Where the sandbox is: the page for people, the API base and the token for the bot."""

    page: str
    api: str
    token: str


class Ready(msgspec.Struct):
    """The line that the sandbox writes when it listens."""

    url: str
    api_base: str
    token: str


@asynccontextmanager
async def open_sandbox_child(
    argv: Sequence[str], *, on_death: Callable[[str], None]
) -> AsyncGenerator[Addresses]:
    """Run the sandbox for as long as the block lasts. Errors of the block leave it in a group.

    Args:
        argv: its command line; "end with your input" is added.
        on_death: called at most once, if it ends while the block still runs; it should end the block.

    Raises:
        SandboxFailed: it ended, or kept silent for ``START_S`` seconds, before it was ready.
    """
    process = await open_process(argv)
    try:
        addresses = await wait_until_ready(process)
    except BaseException:
        with trio.CancelScope(shield=True):
            await end(process)
            with trio.move_on_after(GOODBYE_S):
                await relay_lines(pipe(process.stderr), log)  # its last words, up to the end of the pipe
        raise
    ending = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(relay_lines, pipe(process.stderr), log)
        nursery.start_soon(watch, process, ending, on_death)
        try:
            yield addresses
        finally:
            ending.set()
            with trio.CancelScope(shield=True):
                await end(process)
            nursery.cancel_scope.deadline = trio.current_time() + GOODBYE_S  # for its last words


async def open_process(argv: Sequence[str]) -> trio.Process:
    """Start the child with pipes to all three of its standard streams. Raises SandboxFailed."""
    try:
        return await trio.lowlevel.open_process(
            [*argv, END_WITH_INPUT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the bot, which says goodbye while the sandbox still lives
        )
    except OSError as error:
        raise SandboxFailed(f"The local Discord could not be started: {error.strerror}.") from error


def pipe(end_of_pipe: trio.abc.ReceiveStream | None) -> trio.abc.ReceiveStream:
    """An output stream of the child, which is there because a pipe was asked for."""
    assert end_of_pipe is not None
    return end_of_pipe


async def wait_until_ready(process: trio.Process) -> Addresses:
    """Read the line that says where the sandbox is. Raises SandboxFailed."""
    with trio.move_on_after(START_S) as waiting:
        line = await read_line(pipe(process.stdout))
        try:
            ready = msgspec.json.decode(line, type=Ready)
            return Addresses(page=ready.url, api=ready.api_base, token=ready.token)
        except msgspec.MsgspecError:
            if line:
                raise SandboxFailed("The local Discord said something that is no address.") from None
        raise SandboxFailed(
            f"The local Discord ended before it was ready (exit code {await process.wait()})."
        )
    assert waiting.cancelled_caught
    raise SandboxFailed(f"The local Discord was not ready after {START_S:.0f} seconds.")


async def read_line(stream: trio.abc.ReceiveStream) -> bytes:
    """Everything up to the first line end, or up to the end of the stream or the longest line."""
    read = b""
    async for chunk in stream:
        read += chunk
        if b"\n" in read or len(read) > LONGEST_READY_LINE:
            break
    return read.partition(b"\n")[0]


async def watch(process: trio.Process, ending: trio.Event, on_death: Callable[[str], None]) -> None:
    """Keep the child's output flowing, and say so if it ends by itself."""
    async for _ in pipe(process.stdout):
        continue  # nothing is said there after the first line
    code = await process.wait()
    if not ending.is_set():
        on_death(f"The local Discord ended unexpectedly (exit code {code}).")


async def end(process: trio.Process) -> None:
    """Close the child's input, which asks it to end; insist, then force. Takes at most two patiences."""
    if process.stdin is not None:
        await process.stdin.aclose()
    for insist in (process.terminate, process.kill):
        with trio.move_on_after(GOODBYE_S):
            await process.wait()
        if process.returncode is not None:
            return
        insist()
    await process.wait()
