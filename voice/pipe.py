"""The two pipes of a child process: reading frames, writing frames, and keeping strangers off.

A shell; imports ``voice.framing``. Used by the node.

Rules:

- ``claim_pipes`` takes stdin and stdout for the protocol and points file descriptor 1 at stderr, so that a
  stray print, also of a C library, ends in the log and not between two frames.
- Reads and writes block in threads: that works on every platform and with every kind of pipe, and the pipes
  are quiet (a frame of some hundred bytes now and then).
"""

import os
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
    _waiting: list[bytes] = field(factory=list[bytes], init=False)
    _filled: trio.Event = field(factory=trio.Event, init=False)

    def tell(self, fact: FromNode) -> None:
        """Have ``fact`` written soon; never waits."""
        self._waiting.append(encode(fact))
        self._filled.set()

    async def run(self) -> None:
        """Write until cancelled.

        Raises:
            OSError: the bot is gone.
        """
        while True:
            await self._filled.wait()
            self._filled = trio.Event()
            data, self._waiting = b"".join(self._waiting), []
            await trio.to_thread.run_sync(self._write, data, abandon_on_cancel=True)

    def _write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._descriptor, data) :]
