"""The two pipes of a child process: reading frames, writing frames, and keeping strangers off.

A shell; imports ``voice.framing``. Used by the node.

Rules:

- ``claim_pipes`` takes stdin and stdout for the protocol and points file descriptor 1 at stderr, so that a
  stray print, also of a C library, ends in the log and not between two frames.
- Reads block in a thread: that works on every platform and with every kind of pipe; the bot says little.
- What is told in one step of the event loop is written at once, so that the positions of many calls cost one
  write. Writes do not block where the platform can tell whether a pipe is full, otherwise a thread waits for
  them.
"""

import os
import stat
import sys
from collections.abc import AsyncIterator
from typing import Final

import trio
from attrs import define, field, frozen

from voice.framing import Deframer, encode
from voice.protocol import FromNode

READ_BYTES: Final = 65_536


@frozen
class Pipes:
    """File descriptors of the protocol."""

    reading: int
    writing: int


def claim_pipes() -> Pipes:
    """Take stdin and stdout for the protocol; everybody else's stdout is stderr from now on."""
    sys.stdout.flush()
    pipes = Pipes(os.dup(0), os.dup(1))
    os.dup2(2, 1)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a descriptor is wanted, not a path
        os.dup2(nothing.fileno(), 0)
    return pipes


async def read_frames(descriptor: int) -> AsyncIterator[bytes]:
    """Every frame until the other end closes.

    Raises:
        BrokenStream: what comes is no frame.
    """
    deframer = Deframer()
    while True:
        data = await trio.to_thread.run_sync(os.read, descriptor, READ_BYTES, abandon_on_cancel=True)
        if not data:
            return
        for frame in deframer.feed(data):
            yield frame


@define
class Outbox:
    """Facts on their way to the bot, in the order they were told."""

    _descriptor: int
    _waiting: list[FromNode] = field(factory=list[FromNode], init=False)
    _filled: trio.Event = field(factory=trio.Event, init=False)

    def tell(self, fact: FromNode) -> None:
        """Have ``fact`` written soon; never waits, and is cheap enough for the middle of a tick."""
        self._waiting.append(fact)
        self._filled.set()

    async def run(self) -> None:
        """Write until cancelled.

        Raises:
            OSError: the bot is gone.
        """
        write = (
            self._write_when_there_is_room if _can_be_polled(self._descriptor) else self._write_in_a_thread
        )
        while True:
            await self._filled.wait()
            self._filled = trio.Event()
            facts, self._waiting = self._waiting, []
            await write(b"".join(map(encode, facts)))

    async def _write_when_there_is_room(self, data: bytes) -> None:
        while data:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:
                await trio.lowlevel.wait_writable(self._descriptor)

    async def _write_in_a_thread(self, data: bytes) -> None:
        while data:
            written = await trio.to_thread.run_sync(os.write, self._descriptor, data, abandon_on_cancel=True)
            data = data[written:]


def _can_be_polled(descriptor: int) -> bool:
    """Make ``descriptor`` not block, if this platform and this kind of file can be waited for."""
    if sys.platform == "win32" or not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        return False
    os.set_blocking(descriptor, False)
    return True
