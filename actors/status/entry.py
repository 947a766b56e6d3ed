"""One message's progress: a machine that only goes forward.

Pure; time is an argument, in monotonic seconds. ::

    NONE ──▶ WAITING ──▶ ACTIVE(kind) ──▶ DONE | FAILED | CANCELLED ──▶ over
      └─────────┴────────────┴──────────────▶ STOPPED ────────────────────┘

WAITING is never entered from ACTIVE, nothing is entered from an end; an end that is told again changes
nothing. STOPPED means that the message was edited or is gone: everything that was shown goes. The phase
changes at once, the *picture* is what a reader shall see of it: nothing before ``SHOW_AFTER_S``, unless it
has ended by then; a new kind of work only when it has lasted for ``DEBOUNCE_S``, and the generic kind never
replaces a specific one.

An entry is over when its last picture is shown: the end's, or after its hold an empty one. What was cancelled
before it started is cleared at once, afterwards it says so for its hold and is cleared too.
"""

from enum import Enum

from attrs import define, field, frozen

from actors.core.claim import Place
from actors.core.reactions import Emote, Rank, Wish
from actors.core.work import Stage, WorkKind
from actors.status.style import OF_KIND, Sign, Style

SHOW_AFTER_S = 0.5
DEBOUNCE_S = 0.7


class Phase(Enum):
    """How far a message is."""

    NONE = "none"
    WAITING = "waiting"
    ACTIVE = "active"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    STOPPED = "stopped"


OPEN = frozenset({Phase.NONE, Phase.WAITING, Phase.ACTIVE})
HOLD_S = {Phase.DONE: 1.5, Phase.FAILED: 2.5, Phase.CANCELLED: 1.5}
_ENDS = {
    Stage.DONE: Phase.DONE,
    Stage.MERGED: Phase.DONE,
    Stage.FAILED: Phase.FAILED,
    Stage.DROPPED: Phase.FAILED,
    Stage.SKIPPED: Phase.CANCELLED,
}
_SIGN_OF = {Phase.DONE: Sign.DONE, Phase.FAILED: Sign.FAILED, Phase.CANCELLED: Sign.CANCELLED}


@frozen(kw_only=True)
class Pending:
    """A kind of work that is shown if it is still the newest when it is ``due``."""

    kind: WorkKind
    due: float


@define(eq=False, kw_only=True)
class Entry:
    """The machine.

    Attributes:
        place: its message.
        style: how it looks, as it was when it was claimed.
        claimed_at: when its event was read.
        held_until: when the end has been shown for long enough; ``None`` while it is not shown yet.
        over: nothing is left to be shown or removed.
        kind_shown: the kind of work was wished for: from now on changes of it are debounced.
    """

    place: Place
    style: Style
    claimed_at: float
    phase: Phase = Phase.NONE
    kind: WorkKind = WorkKind.OTHER
    since: float = field(init=False)
    started: bool = False
    over: bool = False
    held_until: float | None = None
    cleared: bool = False
    pending: Pending | None = None
    kind_shown: bool = False

    def __attrs_post_init__(self) -> None:
        self.since = self.claimed_at

    @property
    def is_open(self) -> bool:
        """Whether its work goes on."""
        return self.phase in OPEN

    @property
    def lasts(self) -> bool:
        """Whether what the end shows stays for good."""
        return self.phase in {Phase.DONE, Phase.FAILED} and not self.style.clears

    def wait(self, now: float) -> None:
        """Others of its lane are before it."""
        if self.phase is Phase.NONE:
            self._enter(Phase.WAITING, now)

    def hear(self, stage: Stage, kind: WorkKind, now: float) -> None:
        """Its work says where it stands."""
        if stage in _ENDS:
            self._end(_ENDS[stage], now)
        elif stage is Stage.STARTED:
            self._start(kind, now)

    def stop(self, now: float) -> None:
        """The message is not what was asked any more: leave nothing under it."""
        if self.phase is not Phase.STOPPED and not self.over:
            self._enter(Phase.STOPPED, now)

    def interrupt(self, now: float) -> None:
        """The program stops: nobody is there to end it, or to clear it later."""
        if self.is_open:
            self._enter(Phase.CANCELLED, now)
        self.cleared = self.cleared or not self.lasts

    def settled(self, now: float) -> None:
        """Its picture is shown."""
        if self.is_open or self.over:
            return
        if self._ends_here:
            self.over = True
        elif self.held_until is None:
            self.held_until = now + HOLD_S[self.phase]

    def tick(self, now: float) -> None:
        """Time has passed."""
        if self.pending is not None and now >= self.pending.due:
            self.kind, self.pending, self.since = self.pending.kind, None, now
        if self.held_until is not None and now >= self.held_until:
            self.held_until, self.cleared, self.since = None, True, now

    def deadline(self, now: float) -> float | None:
        """When ``tick`` or a new picture is due."""
        if not self.is_open:
            return self.held_until
        show_at = self.claimed_at + SHOW_AFTER_S
        clocks = [self.pending.due] if self.pending else []
        if self.style.full and self.phase is not Phase.NONE and now < show_at:
            clocks.append(show_at)
        return min(clocks, default=None)

    def picture(self, now: float) -> Wish:
        """What a reader shall see now."""
        emote = self._sign(now)
        rank = self._rank(cleared=emote is None)
        return Wish(emotes=() if emote is None else (self.style.emote(emote),), rank=rank, since=self.since)

    def last_word(self) -> Emote | None:
        """What shall be left if the program dies now."""
        if self.style.clears or self.phase in {Phase.STOPPED, Phase.CANCELLED}:
            return None
        if not self.style.full:
            return self.style.emote(Sign.SEEN)
        if self.phase is Phase.ACTIVE:
            return self.style.emote(Sign.CANCELLED)
        sign = _SIGN_OF.get(self.phase)
        return None if sign is None else self.style.emote(sign)

    @property
    def _ends_here(self) -> bool:
        """Whether nothing follows the picture of this end."""
        if self.phase is Phase.STOPPED or self.cleared or not self.style.full:
            return True
        return self.lasts or (self.phase is Phase.CANCELLED and not self.started)

    def _start(self, kind: WorkKind, now: float) -> None:
        if self.phase in {Phase.NONE, Phase.WAITING}:
            self.started, self.kind = True, kind
            self._enter(Phase.ACTIVE, now)
        elif self.phase is not Phase.ACTIVE or kind is WorkKind.OTHER:
            return
        elif not self.kind_shown:
            self.kind = kind
        elif kind is self.kind:
            self.pending = None
        elif self.pending is None or self.pending.kind is not kind:
            self.pending = Pending(kind=kind, due=now + DEBOUNCE_S)

    def _end(self, phase: Phase, now: float) -> None:
        if self.is_open:
            self._enter(phase, now)

    def _enter(self, phase: Phase, now: float) -> None:
        self.phase, self.since, self.pending, self.held_until = phase, now, None, None

    def _sign(self, now: float) -> Sign | None:
        if self.phase is Phase.STOPPED:
            return None
        if not self.style.full:
            return Sign.SEEN if self.is_open or not self.style.clears else None
        if self.is_open:
            return self._open_sign(now)
        if self.cleared or (self.phase is Phase.CANCELLED and not self.started):
            return None
        return _SIGN_OF[self.phase]

    def _open_sign(self, now: float) -> Sign | None:
        if self.phase is Phase.NONE or now < self.claimed_at + SHOW_AFTER_S:
            return None
        if self.phase is Phase.WAITING:
            return Sign.WAITING
        return OF_KIND[self.kind]

    def _rank(self, *, cleared: bool) -> Rank:
        if self.cleared or (cleared and not self.style.full):
            return Rank.TIDY
        match self.phase:
            case Phase.ACTIVE:
                return Rank.LEAVE_WAITING
            case Phase.NONE | Phase.WAITING:
                return Rank.ENTER_WAITING
            case Phase.DONE | Phase.FAILED | Phase.CANCELLED | Phase.STOPPED:
                return Rank.END
