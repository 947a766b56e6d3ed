"""The extractor's child process: keeps yt-dlp warm and forks a worker for every job.

The broker itself never runs a site module, so it is always there to listen: a cancelled job's worker is
killed with everything it started, in the middle of whatever it hangs in. A worker writes its lines into a
pipe of its own; the broker passes whole lines on, counts them, and says `Ended` when the worker is gone.

When the bot goes (stdin ends), all workers are killed and the broker ends. When the broker itself is killed,
the workers notice by a pipe that only it holds open, and kill themselves.

Where processes cannot fork, the child does one job after the other itself, and the bot kills it to cancel.
"""

import gc
import os
import selectors
import signal
import threading
import time
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from attrs import define, field

from media.extractor.fence import prepare_process, put_up_fence
from media.extractor.wire import (
    FROM_BOT,
    JOB_LIMIT,
    LINE_LIMIT,
    Ask,
    Cancel,
    Ended,
    FromBot,
    FromChild,
    Start,
    to_line,
)
from media.extractor.ytdlp_job import Ytdlp, open_ytdlp

_STDIN: Final = 0
_STDOUT: Final = 1
_STDERR: Final = 2
_CHUNK: Final = 64 * 1024
GIVES_WAY_S: Final = 2.0
"""A worker that hangs does not keep the others from being warmed up for."""


def main() -> int:
    """Answer jobs until stdin ends."""
    prepare_process()
    start = FROM_BOT.decode(read_line())
    if not isinstance(start, Start):
        return 2
    ports: set[int] = set()
    ytdlp = open_ytdlp(start)
    put_up_fence(ports, start.runtime)
    say(ytdlp.ready)
    if start.forks:
        Broker(ytdlp, ports).run()
    else:
        work_inline(ytdlp, ports)
    return 0


def read_line() -> bytes:
    """The bot's next line, and nothing behind it; empty if the bot has gone."""
    line = bytearray()
    while byte := os.read(_STDIN, 1):
        if byte == b"\n":
            break
        line += byte
    return bytes(line)


def say(value: FromChild, descriptor: int = _STDOUT) -> None:
    """Write one whole line."""
    write(descriptor, to_line(value))


def write(descriptor: int, data: bytes) -> None:
    """Write all of it, however long it takes."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def work_inline(ytdlp: Ytdlp, ports: set[int]) -> None:
    """Do jobs one by one in this process."""
    for line in iter(read_line, b""):
        asked = FROM_BOT.decode(line)
        if isinstance(asked, Ask):
            ports.add(urlsplit(asked.proxy).port or 0)
            ytdlp.run(asked, say)
            say(Ended(job=asked.job))


@define(eq=False)
class Worker:
    """A forked process at one job.

    Attributes:
        pipe: where its lines come from.
        rest: the beginning of a line that is not whole yet.
        said: bytes so far.
    """

    pid: int
    job: int
    pipe: int
    rest: bytes = b""
    said: int = 0


@define(eq=False)
class Broker:
    """Listens to the bot and to the workers."""

    ytdlp: Ytdlp
    ports: set[int]
    workers: dict[int, Worker] = field(factory=dict[int, Worker])
    listening: selectors.BaseSelector = field(factory=selectors.DefaultSelector)
    life: tuple[int, int] = field(factory=os.pipe)
    rest: bytes = b""
    gives_way_until: float = 0.0

    def run(self) -> None:
        """Work until the bot goes."""
        self.listening.register(_STDIN, selectors.EVENT_READ)
        warming = self.ytdlp.warm_up()
        share_all()
        try:
            while True:
                events = self.listening.select(self._pause_s if warming else None)
                if not events and warming and next(warming, self) is self:
                    warming = None
                    share_all()
                for key, _ in events:
                    if key.fd == _STDIN:
                        if not self._hear():
                            return
                    else:
                        self._pass_on(key.data)
        finally:
            for worker in self.workers.values():
                kill(worker.pid)

    @property
    def _pause_s(self) -> float:
        """How long warming up gives way to what is asked now: a first worker does the same for itself."""
        return max(0.0, self.gives_way_until - time.monotonic()) if self.workers else 0.0

    def _hear(self) -> bool:
        """Take what the bot says; False if it has gone."""
        data = os.read(_STDIN, _CHUNK)
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            self._obey(FROM_BOT.decode(line))
        return bool(data)

    def _obey(self, asked: FromBot) -> None:
        match asked:
            case Ask():
                self.ports.add(urlsplit(asked.proxy).port or 0)
                self._fork(asked)
            case Cancel(job=job):
                worker = self.workers.get(job)
                if worker is not None:
                    self._end(worker)
            case Start():
                raise AssertionError("there is one start, and it has been")

    def _fork(self, ask: Ask) -> None:
        theirs, ours = os.pipe()
        pid = os.fork()
        if pid == 0:
            self._be_worker(ask, ours)
        os.close(ours)
        with suppress(OSError):  # the worker was faster, or has ended already
            os.setpgid(pid, pid)
        worker = Worker(pid=pid, job=ask.job, pipe=theirs)
        self.workers[ask.job] = worker
        self.gives_way_until = time.monotonic() + GIVES_WAY_S
        self.listening.register(theirs, selectors.EVENT_READ, worker)

    def _be_worker(self, ask: Ask, pipe: int) -> None:
        """The life of a worker; never returns."""
        code = 1
        try:
            with suppress(OSError):  # the broker was faster
                os.setpgid(0, 0)
            os.close(self.life[1])
            with open(os.devnull) as nothing:  # noqa: PTH123 - a descriptor is wanted
                os.dup2(nothing.fileno(), _STDIN)
            os.dup2(_STDERR, _STDOUT)
            threading.Thread(target=die_with_broker, args=(self.life[0],), daemon=True).start()
            self.ytdlp.run(ask, lambda said: say(said, pipe))
            code = 0
        finally:
            os._exit(code)

    def _pass_on(self, worker: Worker) -> None:
        """Pass on whole lines of a worker; end it when it has gone or said too much."""
        if self.workers.get(worker.job) is not worker:
            return  # it was cancelled in the same breath
        data = os.read(worker.pipe, _CHUNK)
        worker.said += len(data)
        whole, newline, worker.rest = (worker.rest + data).rpartition(b"\n")
        if worker.said > JOB_LIMIT or len(worker.rest) > LINE_LIMIT:
            self._end(worker, overflow=True)
            return
        if newline:
            write(_STDOUT, whole + newline)
        if not data:
            self._end(worker)

    def _end(self, worker: Worker, *, overflow: bool = False) -> None:
        """Kill a worker, if it still lives, and say so."""
        kill(worker.pid)
        self.listening.unregister(worker.pipe)
        os.close(worker.pipe)
        del self.workers[worker.job]
        os.waitpid(worker.pid, 0)
        say(Ended(job=worker.job, overflow=overflow))


def share_all() -> None:
    """Keep the collector from touching what is here already, so that it stays shared with the workers."""
    gc.collect()
    gc.freeze()


def die_with_broker(life: int) -> None:
    """Wait in a thread of the worker for the broker's end, then end everything of this job."""
    os.read(life, 1)
    if os.getpgid(0) == os.getpid():  # never anybody else's group
        os.killpg(0, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def kill(pid: int) -> None:
    """Kill a worker and what it started."""
    with suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    with suppress(OSError):
        os.kill(pid, signal.SIGKILL)  # it may not have a group of its own yet
