"""The parent's side of the probe: starts it, asks it, kills it.

At most `WORKERS` children run at once; each answers one job at a time and stays warm for `IDLE_S` seconds, so
that several queries in a row pay the start (about 200 ms) once. A job that takes longer than `JOB_S` or
whose asker is cancelled kills its child; the next job gets a fresh one. A child that dies over a job may
have been killed for reasons of the machine (memory), so the job is done once more by a fresh one; if that
dies too, it is ``CORRUPT``: a decoder that crashes on a file twice has judged it.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import trio
from attrs import Factory, define, field

from media.child_process import end_process, start_process
from media.errors import MediaFailure
from media.probe_values import REPORT_DECODER, ProbeJob, ProbeReport, to_line

WORKERS = 4  # so that two slow servers hold nobody else up; 28 MB each while they run
IDLE_S = 5.0
JOB_S = 10.0
_LINE_LIMIT = 64 * 1024


@define(eq=False)
class _Request:
    """A job on its way, and what its asker waits for."""

    job: ProbeJob
    scope: trio.CancelScope = Factory(trio.CancelScope)
    done: trio.Event = Factory(trio.Event)
    report: ProbeReport | None = None
    error: OSError | None = None


@define(eq=False)
class Prober:
    """Looks into media by way of child processes.

    Attributes:
        argv: how to start `media.probe.main`.
    """

    argv: Sequence[str]
    nursery: trio.Nursery
    _workers: int = 0
    _send: "trio.MemorySendChannel[_Request]" = field(init=False)
    _receive: "trio.MemoryReceiveChannel[_Request]" = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._send, self._receive = trio.open_memory_channel[_Request](0)

    async def probe(self, job: ProbeJob) -> ProbeReport:
        """Look into a file or URL; failures are in the report.

        Raises:
            OSError: the child process cannot be started.
        """
        report = await self._probe_once(job) or await self._probe_once(job)
        return report or ProbeReport(failure=MediaFailure.CORRUPT, detail="the probe died twice")

    async def _probe_once(self, job: ProbeJob) -> ProbeReport | None:
        """Let one child do a job; None if it died of it."""
        request = _Request(job)
        try:
            try:
                self._send.send_nowait(request)
            except trio.WouldBlock:
                if self._workers < WORKERS:
                    self._workers += 1
                    self.nursery.start_soon(self._work)
                await self._send.send(request)
            await request.done.wait()
        finally:
            request.scope.cancel()
        if request.error is not None:
            raise request.error
        return request.report

    async def _work(self) -> None:
        """Run one child until it is idle for long, fails, or is killed."""
        try:
            while (request := await self._next()) is not None:
                try:
                    child = await start_process(self.argv)
                except OSError as error:
                    request.error = error
                    request.done.set()
                    return
                await self._serve(child, request)
        finally:
            self._workers -= 1

    async def _serve(self, child: trio.Process, first: _Request) -> None:
        """Give a child jobs until it is idle or of no use any more."""
        request: _Request | None = first
        try:
            while request is not None and await self._answer(child, request):
                request = await self._next()
        finally:
            await end_process(child)

    async def _next(self) -> _Request | None:
        with trio.move_on_after(IDLE_S):
            return await self._receive.receive()
        return None

    async def _answer(self, child: trio.Process, request: _Request) -> bool:
        """Do one job; False if the child is of no use any more."""
        alive = False
        try:
            with request.scope, trio.move_on_after(JOB_S) as limit:
                request.report = await _ask(child, request.job)
                alive = request.report is not None
            if limit.cancelled_caught:
                request.report = ProbeReport(failure=MediaFailure.TIMEOUT, detail="the probe's time is up")
        finally:
            request.done.set()
        return alive


@asynccontextmanager
async def open_prober(argv: Sequence[str]) -> AsyncGenerator[Prober]:
    """Probe with children that run ``argv`` while the body runs; none is started before it is needed."""
    async with trio.open_nursery() as nursery:
        try:
            yield Prober(argv, nursery)
        finally:
            nursery.cancel_scope.cancel()


async def _ask(child: trio.Process, job: ProbeJob) -> ProbeReport | None:
    """One line there, one line back; None if the child died."""
    assert child.stdin is not None
    assert child.stdout is not None
    line = bytearray()
    try:
        await child.stdin.send_all(to_line(job))
        while not line.endswith(b"\n") and len(line) < _LINE_LIMIT:
            data = await child.stdout.receive_some(_LINE_LIMIT)
            if not data:
                return None
            line += data
    except trio.BrokenResourceError:
        return None
    return REPORT_DECODER.decode(bytes(line))
