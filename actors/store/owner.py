"""The one thread that owns the connection, and the group commit.

Trio puts calls into a queue; the thread takes everything that is queued, runs it in one transaction, commits,
and hands all results back in one step. A call that finds the thread idle is therefore written at once, and
while a commit syncs, the next batch gathers: batches grow only under load.

A batch fails in one of two ways. A statement that is refused (a constraint) fails alone, SQLite undoes just
that one. When the transaction itself is lost (disk full, I/O error, failing commit), the calls of the batch
are run again one by one, each in its own transaction, so that one call that cannot be written takes no
other with it; whoever fails then is told so.

The journal is a second way in: the latest value per key waits in memory and goes out as one call of the
thread's own, ``journal_interval_s`` after the first of them. If it cannot be written it is kept and tried
again.

States: serving → closing (no new calls; what is queued is still done, then the journal) → ended.
"""

import contextlib
import enum
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

import trio
from attrs import Factory, define, field

from actors.store.database import load_journal, open_database, set_synced, write_journal
from actors.store.errors import StoreClosed, StoreError
from actors.store.migrate import Sql
from actors.store.translate import to_store_error

Result = TypeVar("Result")

_BATCH_LIMIT = 1000  # calls per transaction, so that the first of a flood is not answered after its last
_log = logging.getLogger(__name__)


@define(eq=False)
class Call(Generic[Result]):
    """Work for the thread, and who waits for it. ``synced``: it shall outlive the power, not only us."""

    work: Callable[[sqlite3.Connection], Result]
    synced: bool = True
    done: trio.Event = Factory(trio.Event)
    results: list[Result] = Factory(list[Result])
    error: Exception | None = None

    def run(self, connection: sqlite3.Connection) -> None:
        """Do the work; what goes wrong is carried to the waiter."""
        self.results, self.error = [], None
        try:
            self.results.append(self.work(connection))
        except Exception as error:  # noqa: BLE001 - nothing is swallowed: the waiter gets it
            self.error = error


class _Signal(enum.Enum):
    STOP = enum.auto()
    WAKE = enum.auto()


_Job = Call[Any]
_Item = _Job | _Signal


@define(eq=False)
class Owner:
    """The handle that Trio holds; `serve` is what the thread runs."""

    path: Path
    sql: Sql
    journal_interval_s: float
    _token: trio.lowlevel.TrioToken = Factory(trio.lowlevel.current_trio_token)
    _queue: queue.SimpleQueue[_Item] = Factory(queue.SimpleQueue[_Item])
    _notes: dict[tuple[str, int], bytes] = Factory(dict[tuple[str, int], bytes])
    _notes_lock: threading.Lock = Factory(threading.Lock)
    _notes_due: float | None = None
    _notes_failing: bool = False
    _syncs: bool = True
    _closed: bool = False
    _ended: trio.Event = Factory(trio.Event)
    _thread: threading.Thread = field(init=False)

    async def start(self) -> None:
        """Start the thread and wait until the database is open.

        Raises:
            StoreError: it cannot be opened.
        """
        opened: Call[None] = Call(lambda connection: None)
        self._thread = threading.Thread(target=self._serve, args=(opened,), name="store", daemon=True)
        self._thread.start()
        # Opening takes milliseconds and cannot be interrupted: leaving earlier would leak the thread.
        with trio.CancelScope(shield=True):
            await opened.done.wait()
        if opened.error is not None:
            self._closed = True
            raise opened.error

    async def call(self, work: Callable[[sqlite3.Connection], Result], *, synced: bool = True) -> Result:
        """Run work in the thread; returns after its commit, which nobody waits to sync if nobody needs it.

        Raises:
            StoreError: it was not done.
        """
        if self._closed:
            raise StoreClosed("The store is closed.")
        call = Call(work, synced)
        self._queue.put(call)
        await call.done.wait()
        if call.error is not None:
            raise call.error
        if not call.results:
            raise StoreClosed("The store has stopped working. Restart Roadie; what was told is on the disk.")
        return call.results[0]

    def note(self, kind: str, key: int, data: bytes) -> None:
        """Keep the latest value of a journal for the next flush.

        Raises:
            StoreClosed: there will be no flush any more.
        """
        if self._closed:
            raise StoreClosed("The store is closed.")
        with self._notes_lock:
            first = not self._notes
            self._notes[kind, key] = data
        if first:
            self._queue.put(_Signal.WAKE)

    def forget_note(self, kind: str, key: int) -> None:
        """Drop a value that was not written yet."""
        with self._notes_lock:
            self._notes.pop((kind, key), None)

    def latest_note(self, connection: sqlite3.Connection, kind: str, key: int) -> bytes | None:
        """The latest value of a journal; called in the thread, which knows no half-written ones."""
        with self._notes_lock:
            waiting = self._notes.get((kind, key))
        return load_journal(connection, kind, key) if waiting is None else waiting

    async def close(self) -> None:
        """Do what is queued, write the journal, close the database. Calling it twice is fine."""
        if not self._closed:
            self._closed = True
            self._queue.put(_Signal.STOP)
        await self._ended.wait()

    # From here on everything runs in the thread.

    def _serve(self, opened: Call[None]) -> None:
        try:
            connection = open_database(self.path, self.sql)
        except StoreError as error:
            opened.error = error
            self._hand_back([opened])
            return
        self._hand_back([opened])
        try:
            with contextlib.closing(connection):
                while self._turn(connection):
                    pass
                self._flush_notes(connection)
        finally:
            self._closed = True
            self._refuse_rest()
            self._tell_trio(self._ended.set)

    def _turn(self, connection: sqlite3.Connection) -> bool:
        """Take one batch and do it; False when it was the last."""
        batch, going_on = self._take()
        committed = False
        try:
            self._run_batch(connection, batch)
            committed = True
        finally:
            if not committed:  # the thread dies of this; nobody may take his work for done
                for call in batch:
                    call.results, call.error = [], None
            self._hand_back(batch)
        with self._notes_lock:
            if self._notes and self._notes_due is None:
                self._notes_due = time.monotonic() + self.journal_interval_s
        if self._notes_due is not None and time.monotonic() >= self._notes_due:
            self._flush_notes(connection)
        return going_on

    def _take(self) -> tuple[list[_Job], bool]:
        """Wait for work or for the journal's time; then take all that is queued."""
        wait_s = None if self._notes_due is None else max(0.0, self._notes_due - time.monotonic())
        batch: list[_Job] = []
        try:
            item = self._queue.get(timeout=wait_s)
            while item is not _Signal.STOP:
                if isinstance(item, Call):
                    batch.append(item)
                if len(batch) >= _BATCH_LIMIT:
                    return batch, True
                item = self._queue.get_nowait()
        except queue.Empty:
            return batch, True
        return batch, False

    def _run_batch(self, connection: sqlite3.Connection, batch: Sequence[_Job]) -> None:
        try:
            self._run_together(connection, batch)
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if len(batch) == 1:
                batch[0].error = error
            else:
                for call in batch:
                    self._run_batch(connection, [call])
        for call in batch:
            if isinstance(call.error, sqlite3.Error):
                call.error = to_store_error(call.error, self.path)

    def _run_together(self, connection: sqlite3.Connection, batch: Sequence[_Job]) -> None:
        """Run calls in one transaction.

        Raises:
            sqlite3.Error: the transaction is lost, nothing of it was done.
        """
        if not batch:
            return
        syncs = any(call.synced for call in batch)
        if syncs is not self._syncs:
            set_synced(connection, synced=syncs)
            self._syncs = syncs
        connection.execute("BEGIN")
        for call in batch:
            call.run(connection)
            if isinstance(call.error, sqlite3.Error) and not connection.in_transaction:
                raise call.error
        connection.execute("COMMIT")

    def _flush_notes(self, connection: sqlite3.Connection) -> None:
        with self._notes_lock:
            notes, self._notes = self._notes, {}
        self._notes_due = None
        if not notes:
            return
        call = Call(lambda connection: write_journal(connection, notes, datetime.now(UTC)))
        self._run_batch(connection, [call])
        if call.error is not None:
            with self._notes_lock:
                self._notes = notes | self._notes
            self._notes_due = time.monotonic() + self.journal_interval_s
        if (call.error is not None) != self._notes_failing:
            self._notes_failing = call.error is not None
            _log.warning("journal %s", f"not written: {call.error}" if call.error else "written again")

    def _refuse_rest(self) -> None:
        """Answer whoever came between the last turn and the end."""
        rest: list[_Job] = []
        with contextlib.suppress(queue.Empty):
            while True:
                item = self._queue.get_nowait()
                if isinstance(item, Call):
                    item.error = StoreClosed("The store is closed.")
                    rest.append(item)
        self._hand_back(rest)

    def _hand_back(self, batch: Sequence[_Job]) -> None:
        if batch:
            self._tell_trio(lambda: [call.done.set() for call in batch])

    def _tell_trio(self, tell: Callable[[], object]) -> None:
        # After the end of the Trio run nobody waits for an answer any more.
        with contextlib.suppress(trio.RunFinishedError):
            self._token.run_sync_soon(tell)
