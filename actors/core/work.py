"""The life of what a person asked for.

Every command and click carries a ``Work`` from the moment its event is read. Handlers report on it; status
reactions, logs and metrics read it. States::

    QUEUED → STARTED(kind) → DONE | FAILED
       └──────────┴────────→ MERGED | SKIPPED | DROPPED

Rules: an ended work never changes again (a later report is ignored, which makes the cell's safety net
harmless); ``started`` may be repeated with another kind; every listener hears every change once, in order. A
handler that returns without ending its work has done it – unless it called ``detach`` because a child task
goes on; then the task ends it, and the cell ends what is left when the actor crashes or retires. A work that
was handed over is another actor's to end; that actor may take it over, and then its cell answers for it.
"""

from collections.abc import Callable
from enum import Enum

from attrs import define, field


class Stage(Enum):
    """Where a work stands."""

    QUEUED = "queued"
    STARTED = "started"
    MERGED = "merged"
    SKIPPED = "skipped"
    DROPPED = "dropped"
    FAILED = "failed"
    DONE = "done"


class WorkKind(Enum):
    """What an active work is doing; a status reaction shows it."""

    OTHER = "other"
    RESOLVING = "resolving"
    DOWNLOADING = "downloading"
    STARTING = "starting"


OPEN = frozenset({Stage.QUEUED, Stage.STARTED})

Listener = Callable[["Work"], None]


@define(eq=False)
class Work:
    """One request of one person, from arrival to its end.

    ``starts_itself``: being handled is not yet its own work, which it reports when it begins.
    """

    stage: Stage = Stage.QUEUED
    kind: WorkKind = WorkKind.OTHER
    starts_itself: bool = False
    detached: bool = False
    handed_over: bool = False
    _listeners: list[Listener] = field(factory=list[Listener], repr=False)

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.stage in OPEN

    def watch(self, listener: Listener) -> None:
        """Call ``listener`` at every later change, and at once if the work has already ended."""
        self._listeners.append(listener)
        if not self.is_open:
            listener(self)

    def detach(self) -> None:
        """Say that the work goes on after its handler has returned."""
        self.detached = True

    def hand_over(self) -> None:
        """Say that another actor ends it."""
        self.detached = self.handed_over = True

    def start(self, kind: WorkKind = WorkKind.OTHER) -> None:
        """Its own work runs now; repeated for another kind of work."""
        if self.is_open:
            self.kind = kind
            self._enter(Stage.STARTED)

    def done(self) -> None:
        """The effect is confirmed."""
        self._end(Stage.DONE)

    def fail(self) -> None:
        """It ended with a sentence that says why."""
        self._end(Stage.FAILED)

    def take_over(self) -> None:
        """Say that it was handed over to this actor, whose cell ends it if nobody else does."""
        self.detached, self.handed_over = True, False

    def merge(self, into: "Work") -> None:
        """It was folded into the work of another message and ends with it."""
        self.hand_over()
        into.watch(self._end_with)

    def skip(self) -> None:
        """It became pointless before it had an effect."""
        self._end(Stage.SKIPPED)

    def drop(self) -> None:
        """It was given up before it started: the mailbox was full or its queue was cleared."""
        self._end(Stage.DROPPED)

    def _end_with(self, other: "Work") -> None:
        if not other.is_open:
            self._end(Stage.MERGED if other.stage is Stage.DONE else other.stage)

    def _end(self, stage: Stage) -> None:
        if self.is_open:
            self._enter(stage)

    def _enter(self, stage: Stage) -> None:
        self.stage = stage
        for listener in tuple(self._listeners):
            listener(self)
