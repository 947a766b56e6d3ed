"""One child process, seen from the bot: its start, its jobs, its end.

States: starting → ready → gone. A child that does not become ready in time, or ends before, was broken from
the start (`ChildBroken`); whoever waits is told. Jobs are conversations: what the child says about a job
goes into a channel of its own, which closes when the job has ended or the child is gone.

A child that does not confirm the end of a cancelled job within `GRACE_S` hangs itself and is killed. It is
told to go when nobody asked it anything for `IDLE_S`, or when it is outdated and its last job is done.
"""

import logging
import math
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
import trio
from attrs import Factory, define, field

from media.child_process import end_process, start_process
from media.extractor.wire import (
    FROM_CHILD,
    LINE_LIMIT,
    Ask,
    Cancel,
    Done,
    Ended,
    Found,
    FromBot,
    FromChild,
    Head,
    Line,
    Ready,
    Said,
    Start,
    Trouble,
    to_line,
)

log = logging.getLogger("roadie.media.extractor")

IDLE_S: Final = 300.0
READY_S: Final = 20.0
GRACE_S: Final = 1.0
_CHUNK: Final = 64 * 1024


class ChildBroken(Exception):
    """The child did not become ready."""


@define(eq=False)
class Conversation:
    """A job on the bot's side.

    Attributes:
        said: what the child says; ends with the job.
        overflow: the job was killed because it said too much.
    """

    job: int
    said: "trio.MemoryReceiveChannel[Said]"
    _into: "trio.MemorySendChannel[Said]"
    ended: trio.Event = Factory(trio.Event)
    overflow: bool = False

    def take(self, said: Said) -> None:
        """A line about this job."""
        self._into.send_nowait(said)

    def end(self) -> None:
        """Nothing more will be said."""
        self.ended.set()
        self._into.close()


@define(eq=False)
class Child:
    """The handle of one process.

    Attributes:
        start: what it was started with.
        ready: what it said when it was ready.
    """

    argv: Sequence[str]
    start: Start
    on_change: Callable[[], None]
    ready: Ready | None = None
    settled: trio.Event = Factory(trio.Event)
    gone: bool = False
    outdated: bool = False
    jobs: dict[int, Conversation] = Factory(dict[int, Conversation])
    _ending: list[Conversation] = Factory(list[Conversation])
    _numbers: int = 0
    _asked_at: float = field(factory=trio.current_time)
    _process: trio.Process | None = None
    _nursery: trio.Nursery | None = None
    _outbox: "trio.MemorySendChannel[bytes]" = field(init=False)
    _to_write: "trio.MemoryReceiveChannel[bytes]" = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._outbox, self._to_write = trio.open_memory_channel[bytes](math.inf)

    @property
    def takes_more(self) -> bool:
        """Whether another job may be given to it."""
        return not self.gone and not self.outdated and (self.start.forks or not self.jobs)

    async def until_ready(self) -> None:
        """Wait until it can take jobs, and is seen to listen if there is doubt.

        Raises:
            ChildBroken: it never will.
        """
        await self.settled.wait()
        if self.ready is None:
            raise ChildBroken
        for conversation in list(self._ending):
            await conversation.ended.wait()  # or it is killed, which ends them all

    def begin(self, ask: Callable[[int], Ask]) -> Conversation:
        """Give it a job, which must be ended with `end`."""
        self._numbers += 1
        into, said = trio.open_memory_channel[Said](math.inf)  # the child's limits bound it
        conversation = Conversation(self._numbers, said, into)
        if self.gone:
            conversation.end()
            return conversation
        self.jobs[conversation.job] = conversation
        self._tell(ask(conversation.job))
        return conversation

    def end(self, conversation: Conversation) -> None:
        """Let go of a job; if it still runs, it is killed at once."""
        if conversation.ended.is_set() or self.gone or self._nursery is None:
            return
        if self.start.forks:
            self._tell(Cancel(job=conversation.job))
            self._ending.append(conversation)
            self._nursery.start_soon(self._expect_end, conversation)
        else:
            self.kill()

    def kill(self) -> None:
        """End it now; it is restarted by whoever needs one."""
        self.gone = True
        if self._process is not None:
            self._process.kill()

    def retire(self) -> None:
        """Let it finish its jobs and go."""
        self.outdated = True
        if not self.jobs:
            self.kill()

    async def run(self) -> None:
        """Its life, from the start of the process to its end."""
        try:
            self._process = await start_process(self.argv)
            try:
                await self._live(self._process)
            finally:
                await end_process(self._process)
        except OSError as error:
            log.error("the extractor cannot be started: %s", error)  # noqa: TRY400 - the reason is enough
        finally:
            self.gone = True
            self.settled.set()
            for conversation in self.jobs.values():
                conversation.end()
            self.jobs.clear()
            self.on_change()

    async def _live(self, process: trio.Process) -> None:
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            self._tell(self.start)
            nursery.start_soon(self._write, process)
            nursery.start_soon(self._expect_ready)
            nursery.start_soon(self._expect_work)
            try:
                await self._read(process)
            finally:
                self.gone = True  # before anybody can ask for more of this nursery
            nursery.cancel_scope.cancel()

    def _tell(self, value: FromBot) -> None:
        self._asked_at = trio.current_time()
        self._outbox.send_nowait(to_line(value))

    async def _write(self, process: trio.Process) -> None:
        assert process.stdin is not None
        async for line in self._to_write:
            try:
                await process.stdin.send_all(line)
            except trio.BrokenResourceError:
                return  # it has died; reading notices

    async def _read(self, process: trio.Process) -> None:
        assert process.stdout is not None
        rest = b""
        while data := await process.stdout.receive_some(_CHUNK):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                if not self._hear(line):
                    return
            if len(rest) > LINE_LIMIT:
                log.warning("the extractor wrote a line without an end")
                return

    def _hear(self, line: bytes) -> bool:
        """Take one line; False if it is none of the protocol's."""
        try:
            said = FROM_CHILD.decode(line)
        except msgspec.MsgspecError as error:
            log.warning("the extractor wrote something else than a message: %s", error)
            return False
        self._sort(said)
        return True

    def _sort(self, said: FromChild) -> None:
        match said:
            case Ready():
                self.ready = said
                self._asked_at = trio.current_time()
                self.settled.set()
                log.info("the extractor is ready: yt-dlp %s, solver %s", said.version, said.solver or "none")
            case Ended(job=job, overflow=overflow):
                conversation = self.jobs.pop(job, None)
                if conversation is not None:
                    conversation.overflow = overflow
                    conversation.end()
                self._asked_at = trio.current_time()
                if self.outdated:
                    self.retire()
                self.on_change()
            case Found() | Head() | Line() | Done() | Trouble():
                conversation = self.jobs.get(said.job)
                if conversation is not None:
                    conversation.take(said)

    async def _expect_ready(self) -> None:
        with trio.move_on_after(READY_S):
            await self.settled.wait()
            return
        log.warning("the extractor did not become ready within %.0f s", READY_S)
        self.kill()

    async def _expect_end(self, conversation: Conversation) -> None:
        with trio.move_on_after(GRACE_S):
            await conversation.ended.wait()
            self._ending.remove(conversation)
            return
        log.warning("the extractor hangs and is killed")
        self.kill()

    async def _expect_work(self) -> None:
        """Let it go when nobody has asked it for long."""
        await self.settled.wait()
        while self.jobs or self._idle_s < IDLE_S:  # noqa: ASYNC110 - time is waited for
            await trio.sleep(IDLE_S - self._idle_s if self._idle_s < IDLE_S else READY_S)
        self.kill()

    @property
    def _idle_s(self) -> float:
        """How long nobody has asked it or been answered, seconds."""
        return trio.current_time() - self._asked_at
