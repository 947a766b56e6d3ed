"""The handle of one voice node in the bot's process; ``voice.client`` holds as many as are needed.

A shell: imports trio and the cores ``framing``, ``protocol`` and ``replay``; never PyAV. ``tell`` and
``drop`` are synchronous and never fail: they change what is desired. ``run`` keeps a node alive while
something is desired and tells all of it to each new one. Facts come back through one synchronous callback, in
the order the node saw them; late ones (``voice.replay.is_late``) are left out.

States: *asleep* (no calls) ──tell──▶ *starting* ──Ready──▶ *serving* ──no calls for 60 s──▶ *asleep*;
*starting* and *serving* ──lost──▶ *waiting* (back-off) ──▶ *starting*.

Failure modes: a node that exits, breaks the protocol, or gives no sign of life for :data:`SILENT_S` is killed
and replaced; :class:`NodeRestarted` tells so at once, with the calls that it served. Then ``on_lost`` is
called, which may take calls elsewhere; the replacement is told of those that are left. Its stderr goes to the
log, line by line.
"""

import logging
import os
import random
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import trio
from attrs import define, field

from gateway_client.backoff import Backoff
from gateway_client.ids import GuildId
from voice.framing import BrokenStream, Deframer, MalformedMessage, decode_from_node, encode
from voice.protocol import (
    PROTOCOL_VERSION,
    Beat,
    CallFact,
    Desired,
    Drop,
    Fact,
    Hello,
    NodeRestarted,
    Ready,
)
from voice.replay import CallMemory, is_late

SILENT_S: Final = 5.0
"""Five missed beats."""
START_S: Final = 15.0
"""Longest wait for a new node's first message."""
IDLE_S: Final = 60.0
GOODBYE_S: Final = 1.2
FAILED_STARTS: Final = 2
STEADY_S: Final = 5.0
"""A node that lived this long was no failure to start."""
SECRET_VARIABLES: Final = frozenset({"DISCORD_TOKEN"})
MAX_LOG_LINE: Final = 2000

_log: Final = logging.getLogger(__name__)
_node_log: Final = logging.getLogger("voice.node")


class _NodeLost(Exception):
    """The node cannot be used any more; the words say why."""


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in SECRET_VARIABLES}


@define(kw_only=True)
class NodeHandle:
    """Keeps a voice node alive while there are calls.

    Args:
        argv: command line that starts a node; nothing is added to it.
        on_fact: called synchronously for each fact; must not raise and must not block.
        on_lost: called synchronously when a node was lost; may ``take_out`` calls.
        idle_s: how long a node is kept after the last call.
    """

    argv: Sequence[str]
    on_fact: Callable[[Fact], None]
    on_lost: Callable[[], None] = lambda: None
    idle_s: float = IDLE_S
    _warm: bool = field(default=False, init=False)
    _calls: dict[GuildId, CallMemory] = field(factory=dict[GuildId, CallMemory], init=False)
    _outbox: list[bytes] | None = field(default=None, init=False)
    _changed: trio.Event = field(factory=trio.Event, init=False)
    _closing: bool = field(default=False, init=False)
    _running: bool = field(default=False, init=False)
    _ended: trio.Event = field(factory=trio.Event, init=False)
    _restarts: int = field(default=0, init=False)
    _failed_starts: int = field(default=0, init=False)
    _served: bool = field(default=False, init=False)
    _seen_at: float = field(default=0.0, init=False)
    _pid: int | None = field(default=None, init=False)

    @property
    def pid(self) -> int | None:
        """The process of the node, for diagnostics; ``None`` while there is none."""
        return self._pid

    @property
    def calls(self) -> int:
        """How many calls are placed here."""
        return len(self._calls)

    @property
    def awake(self) -> bool:
        """Whether a process is there or about to be."""
        return bool(self._calls) or self._warm or self._pid is not None

    @property
    def startable(self) -> bool:
        """Whether the last nodes could be started."""
        return self._failed_starts < FAILED_STARTS

    def warm(self) -> None:
        """Start a process now; without a call it goes after ``idle_s``."""
        self._warm = True
        self._notify()

    def tell(self, desired: Desired) -> None:
        """Make ``desired`` the whole state of its call, from now on and for every later node."""
        memory = self._calls.get(desired.call)
        if memory is None:
            self._calls[desired.call] = CallMemory(desired)
        else:
            memory.tell(desired)
        self._post(encode(desired))

    def drop(self, call: GuildId) -> None:
        """Leave ``call`` and forget it; unknown calls are no error."""
        if self._calls.pop(call, None) is not None:
            self._post(encode(Drop(call=call)))

    @property
    def placed(self) -> tuple[GuildId, ...]:
        """The calls that are placed here."""
        return tuple(self._calls)

    def take_out(self, call: GuildId) -> CallMemory:
        """A call that is to be placed elsewhere, with how far it has got.

        Raises:
            KeyError: it is not placed here.
        """
        memory = self._calls[call]
        self.drop(call)
        return memory

    def adopt(self, memory: CallMemory) -> None:
        """A call that was placed elsewhere, with how far it has got."""
        self._calls[memory.desired.call] = memory
        self._post(encode(memory.to_replay()))

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until cancelled or closed. Started at once; the process comes with the first call."""
        self._running, self._ended = True, trio.Event()
        task_status.started()
        backoff = Backoff(first_s=0.2, limit_s=10.0)
        try:
            while not self._closing:
                if not self._calls and not self._warm:
                    await self._wait_for_change()
                    continue
                self._warm = False
                started_at = trio.current_time()
                lost = await self._run_node()
                if lost is None:
                    continue
                if trio.current_time() - started_at >= STEADY_S:
                    backoff.reset()
                self._note_loss(lost)
                with trio.move_on_after(backoff.next_delay(random.random)):
                    await self._wait_until_closing()
        finally:
            self._ended.set()

    async def close(self) -> None:
        """Let the node say goodbye (five silence frames) and end; ``run`` returns. At most 1.5 s."""
        self._closing = True
        self._calls.clear()
        self._notify()
        if self._running:
            await self._ended.wait()

    def _post(self, frame: bytes) -> None:
        if self._outbox is not None:
            self._outbox.append(frame)
        self._notify()

    def _notify(self) -> None:
        changed, self._changed = self._changed, trio.Event()
        changed.set()

    async def _wait_for_change(self) -> None:
        await self._changed.wait()

    async def _wait_until_closing(self) -> None:
        while not self._closing:
            await self._wait_for_change()

    def _note_loss(self, why: str) -> None:
        _log.warning("the voice node was lost: %s", why)
        self._failed_starts += 1
        if self._served:
            self._served = False
            self._restarts += 1
            self.on_fact(NodeRestarted(why=why, restarts=self._restarts, calls=self.placed))
        for memory in list(self._calls.values()):
            given_up = memory.lose_node()
            if given_up is not None:
                self.on_fact(given_up)
        self.on_lost()

    async def _run_node(self) -> str | None:
        """One node from start to end; the result says why it was lost, ``None`` if it ended as wanted."""
        try:
            process = await self._start_process()
        except OSError as error:
            return f"it cannot be started: {error.strerror}"
        lost: str | None = None
        self._pid = process.pid
        self._outbox = [encode(Hello(version=PROTOCOL_VERSION))]
        self._outbox += [encode(memory.to_replay()) for memory in self._calls.values()]
        self._seen_at = trio.current_time() + START_S - SILENT_S
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._forward_log, process)
                nursery.start_soon(self._write, process)
                nursery.start_soon(self._watch)
                nursery.start_soon(self._read, process)
                await self._wait_until_idle()
                nursery.cancel_scope.cancel()
        except* _NodeLost as group:
            lost = str(group.exceptions[0])
        finally:
            self._outbox = self._pid = None
            await self._end_process(process, kill=lost is not None)
        return lost

    async def _start_process(self) -> trio.Process:
        return await trio.lowlevel.open_process(
            list(self.argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
        )

    async def _wait_until_idle(self) -> None:
        while not self._closing:
            if self._calls:
                await self._wait_for_change()
                continue
            with trio.move_on_after(self.idle_s) as scope:
                await self._wait_for_change()
            if scope.cancelled_caught:
                return

    async def _end_process(self, process: trio.Process, *, kill: bool) -> None:
        with trio.CancelScope(shield=True):
            if not kill and process.stdin is not None:
                await process.stdin.aclose()
                with trio.move_on_after(GOODBYE_S):
                    await process.wait()
            if process.returncode is None:
                process.kill()
                await process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    await stream.aclose()

    async def _write(self, process: trio.Process) -> None:
        assert process.stdin is not None
        while self._outbox is not None:
            data = b"".join(self._outbox)
            self._outbox.clear()
            try:
                await process.stdin.send_all(data)
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                # The reader sees the end of the node as well, and tells why.
                return
            while not self._outbox:
                await self._wait_for_change()

    async def _watch(self) -> None:
        while True:
            if trio.current_time() - self._seen_at >= SILENT_S:
                raise _NodeLost(f"no sign of life for {SILENT_S:.0f} s")
            await trio.sleep(SILENT_S / 10)

    async def _read(self, process: trio.Process) -> None:
        assert process.stdout is not None
        deframer = Deframer()
        async for data in process.stdout:
            try:
                for frame in deframer.feed(bytes(data)):
                    self._take(frame)
            except (BrokenStream, MalformedMessage) as error:
                raise _NodeLost(f"it broke the protocol: {error}") from error
        with trio.move_on_after(1):
            await process.wait()
        raise _NodeLost(f"it ended by itself with code {process.returncode}")

    def _take(self, frame: bytes) -> None:
        message = decode_from_node(frame)
        self._seen_at = trio.current_time()
        match message:
            case Beat():
                pass
            case Ready(version=version, pid=pid):
                if version != PROTOCOL_VERSION:
                    raise _NodeLost(f"it speaks version {version}, not {PROTOCOL_VERSION}")
                _log.info("a voice node is ready, process %d", pid)
                self._failed_starts = 0
                self._served = True
            case fact:
                self._pass_on(fact)

    def _pass_on(self, fact: CallFact) -> None:
        memory = self._calls.get(fact.call)
        if is_late(fact, None if memory is None else memory.desired):
            return
        if memory is not None:
            memory.note(fact)
        self.on_fact(fact)

    @staticmethod
    async def _forward_log(process: trio.Process) -> None:
        assert process.stderr is not None
        waiting = b""
        with suppress(trio.BrokenResourceError):
            async for data in process.stderr:
                *lines, waiting = (waiting + data).split(b"\n")
                waiting = waiting[-MAX_LOG_LINE:]
                for line in lines:
                    _node_log.info("%s", line[:MAX_LOG_LINE].decode("utf-8", "replace"))
