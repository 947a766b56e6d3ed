"""What is measured all the time for ``diagnose``: the loop's lag, the store's commits, troubles in the log.

May import ``actors.core`` values, ``actors.store`` and ``cli.log_lines``. Cheap by design: the lag costs four
wake-ups a second, a commit two readings of the clock, a log line nothing unless it is a warning.
"""

import logging
import re
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final, TypeVar

import trio
from attrs import define, evolve, field

from actors.core.health import Spread, Trouble
from actors.store.port import StorePort
from actors.store.rows import Params, Quarantined, Snapshot, Statement
from cli.log_lines import one_line, redact

LAG_INTERVAL_S: Final = 0.25
KEPT: Final = 1_200
"""Measurements: five minutes of lag, and as many commits."""
KINDS: Final = 50
KIND_LENGTH: Final = 100

_DIGITS: Final = re.compile(r"\d+")

Row = TypeVar("Row")


@define(eq=False)
class Times:
    """The last measurements of one thing."""

    _seconds: deque[float] = field(factory=lambda: deque[float](maxlen=KEPT))

    def add(self, seconds: float) -> None:
        """Note one."""
        self._seconds.append(seconds)

    def spread(self) -> Spread | None:
        """How they are spread; ``None`` before the first."""
        ordered = sorted(self._seconds)
        if not ordered:
            return None
        last = len(ordered) - 1
        return Spread(
            count=len(ordered),
            p50_ms=ordered[last // 2] * 1000,
            p99_ms=ordered[round(last * 0.99)] * 1000,
            max_ms=ordered[last] * 1000,
        )


@define(eq=False)
class LagMeter:
    """How much later than asked the event loop wakes a task up."""

    times: Times = field(factory=Times)

    async def run(self) -> None:
        """Measure for as long as the bot runs."""
        while True:
            due = trio.current_time() + LAG_INTERVAL_S
            await trio.sleep_until(due)
            self.times.add(max(0.0, trio.current_time() - due))


@define(eq=False)
class TimedStore:
    """The store as actors have it, which notes how long they wait for what they write."""

    _store: StorePort
    _now: Callable[[], float] = time.perf_counter
    commits: Times = field(factory=Times)

    async def save(self, kind: str, key: int, schema: int, data: bytes) -> None:
        """See ``StorePort``."""
        begun = self._now()
        await self._store.save(kind, key, schema, data)
        self.commits.add(self._now() - begun)

    async def execute(self, name: str, params: Params) -> int:
        """See ``StorePort``."""
        begun = self._now()
        changed = await self._store.execute(name, params)
        self.commits.add(self._now() - begun)
        return changed

    async def execute_all(self, steps: Sequence[tuple[str, Params]]) -> int:
        """See ``StorePort``."""
        begun = self._now()
        changed = await self._store.execute_all(steps)
        self.commits.add(self._now() - begun)
        return changed

    async def load(self, kind: str, key: int) -> Snapshot | None:
        """See ``StorePort``."""
        return await self._store.load(kind, key)

    async def load_all(self, kind: str) -> list[Snapshot]:
        """See ``StorePort``."""
        return await self._store.load_all(kind)

    async def delete(self, kind: str, key: int) -> None:
        """See ``StorePort``."""
        await self._store.delete(kind, key)

    async def quarantine(self, kind: str, key: int, reason: str) -> None:
        """See ``StorePort``."""
        await self._store.quarantine(kind, key, reason)

    async def load_quarantined(self) -> list[Quarantined]:
        """See ``StorePort``."""
        return await self._store.load_quarantined()

    async def run(self, statement: Statement[Row]) -> list[Row]:
        """See ``StorePort``."""
        return await self._store.run(statement)

    def journal(self, kind: str, key: int, data: bytes) -> None:
        """See ``StorePort``."""
        self._store.journal(kind, key, data)

    async def load_journal(self, kind: str, key: int) -> bytes | None:
        """See ``StorePort``."""
        return await self._store.load_journal(kind, key)


class TroubleCounter(logging.Handler):
    """Counts warnings and errors by kind: the logger, the sentence without its numbers, the crash's class.

    Sentences are redacted like lines of the log. Only the ``KINDS`` latest kinds are kept.
    """

    def __init__(self, secrets: Callable[[], tuple[str, ...]]) -> None:
        super().__init__(logging.WARNING)
        self._secrets = secrets
        self._troubles: OrderedDict[str, Trouble] = OrderedDict()

    def emit(self, record: logging.LogRecord) -> None:
        """Count a record."""
        kind = self._kind_of(record)
        known = self._troubles.pop(kind, None)
        at = datetime.fromtimestamp(record.created, UTC)
        self._troubles[kind] = (
            Trouble(kind=kind, is_error=record.levelno >= logging.ERROR, count=1, last_at=at)
            if known is None
            else evolve(known, count=known.count + 1, last_at=at)
        )
        while len(self._troubles) > KINDS:
            self._troubles.popitem(last=False)

    def troubles(self) -> tuple[Trouble, ...]:
        """Every kind, the latest first."""
        self.acquire()
        try:
            return tuple(reversed(self._troubles.values()))
        finally:
            self.release()

    def _kind_of(self, record: logging.LogRecord) -> str:
        sentence = redact(one_line(record.getMessage()), self._secrets())
        crash = _crash_of(record)
        words = f"{record.name}: {sentence}" + (f" ({crash})" if crash else "")
        return _DIGITS.sub("#", words)[:KIND_LENGTH]


def _crash_of(record: logging.LogRecord) -> str:
    """The class of what was raised; another handler may have made text of it already."""
    if record.exc_info and record.exc_info[0] is not None:
        return record.exc_info[0].__name__
    if record.exc_text:
        last = record.exc_text.rstrip().rpartition("\n")[2].lstrip("| +-")
        return last.partition(":")[0].rpartition(".")[2][:40]
    return ""


@contextmanager
def watch_troubles(secrets: Callable[[], tuple[str, ...]]) -> Generator[TroubleCounter]:
    """Count what is logged while the body runs; ``secrets`` are texts that must not appear."""
    counter = TroubleCounter(secrets)
    root = logging.getLogger()
    root.addHandler(counter)
    try:
        yield counter
    finally:
        root.removeHandler(counter)
