"""What must hold all the time in a soak, as a person notices it; whatever does not is a :class:`Finding`.

- The position that people see is within a second of what sounds.
- The queue that people see is what was queued, less what was played.
- No frame in the clear; whoever listens decrypts every frame from the first that they understood.
- After each fault the song goes on where it was, with no longer a hole than that fault may cost.
"""

from collections import Counter
from typing import Final

import trio
from attrs import define, field, frozen

from sandbox.model.default import BOT_ID
from sandbox.voice.capture import Violation
from tests.bench.voice_soak_show import Listener, NotSeen, Show

LOOK_S: Final = 0.3
QUEUE_S: Final = 2.0
ANSWER_S: Final = 15.0
FRAME_S: Final = 0.02


@frozen(kw_only=True)
class Limits:
    """What is still right, in seconds.

    Args:
        wrong_s: between the position that people see and the truth.
        back_within_s: how far from where it was a song may go on.
        loss_s: what somebody who listens may not understand in a row.
        patience_s: until there is sound again.
        holes: whether holes are judged; on a machine with other work they are as long as it likes.
    """

    wrong_s: float = 1.0
    back_within_s: float = 1.0
    loss_s: float = 0.06
    patience_s: float = 12.0
    holes: bool = True


ON_A_BUSY_MACHINE: Final = Limits(wrong_s=3.0, back_within_s=3.0, loss_s=2.0, patience_s=25.0, holes=False)


@frozen
class Finding:
    """Something that should not have been: when in the run (seconds), and what."""

    at_s: float
    what: str


@define
class Notes:
    """What a run found and measured."""

    began_s: float
    limits: Limits = field(factory=Limits)
    findings: list[Finding] = field(factory=list[Finding])
    errors_s: list[float] = field(factory=list[float])
    looks: int = 0
    queues: int = 0
    unclear: int = 0
    """Looks at a moment whose truth cannot be heard."""
    longest_loss_s: float = 0.0
    listened: int = 0
    undecrypted: int = 0
    doing: str = "nothing yet"

    def blame(self, what: str) -> None:
        """Note that something is wrong."""
        self.findings.append(Finding(trio.current_time() - self.began_s, f"{what} (after: {self.doing})"))


async def watch_position(show: Show, notes: Notes) -> None:
    """Look at what plays, for ever, and compare it with what sounds."""
    while True:
        asked = trio.current_time()
        before_s = show.truth_s(asked)
        try:
            with trio.fail_after(ANSWER_S):
                seen = await show.progress()
        except (NotSeen, trio.TooSlowError) as error:
            notes.blame(f"no position to be seen: {error!r}")
            continue
        answered = trio.current_time()
        after_s = show.truth_s(answered)
        if before_s is None or after_s is None or after_s < before_s - notes.limits.wrong_s:
            notes.unclear += 1
        else:
            error_s = _error_s(seen.seconds, before_s, after_s, show.song_s)
            late_s = show.stalls.between(asked, answered)
            notes.looks += 1
            notes.errors_s.append(error_s)
            if error_s > notes.limits.wrong_s + late_s:
                truth = f"{before_s:.2f} to {after_s:.2f}"
                notes.blame(f"the position seen is {error_s:.2f} s wrong: {seen}, heard {truth}")
        await trio.sleep(LOOK_S)


def _error_s(shown_s: int, before_s: float, after_s: float, song_s: float) -> float:
    """How far what is shown (``shown_s`` up to the next whole second) is from anything heard meanwhile."""
    around = min((shown_s + turn for turn in (-song_s, 0.0, song_s)), key=lambda one: abs(one - before_s))
    return max(0.0, around - after_s, before_s - (around + 1))


async def watch_queue(show: Show, notes: Notes) -> None:
    """Look at the queue, for ever."""
    while True:
        try:
            with trio.fail_after(ANSWER_S):
                seen = await show.queue()
        except (NotSeen, trio.TooSlowError) as error:
            notes.blame(f"no queue to be seen: {error!r}")
            continue
        behind = show.names[show.names.index(seen.name) + 1 :]
        notes.queues += 1
        if seen.count != len(behind) or seen.rows != behind[: len(seen.rows)]:
            notes.blame(f"the queue is not what was queued: {seen}")
        await trio.sleep(QUEUE_S)


async def watch_listeners(show: Show) -> None:
    """Get to know everybody who listens, for ever."""
    while True:
        show.meet_listeners()
        await trio.sleep(0.02)


def judge_hole(notes: Notes, gap_s: float, stall_s: float, allowed_s: float) -> None:
    """Was there nothing to hear for longer than a fault may cost?"""
    if notes.limits.holes and gap_s - stall_s > allowed_s:
        notes.blame(f"a hole of {gap_s:.3f} s, of which {stall_s:.3f} s are the machine's")


def judge_sound(show: Show, notes: Notes) -> None:
    """At the end: was anything sent in the clear, twice, out of order, or not understood?"""
    capture = show.talk.server.capture
    for kind, count in Counter(seen.kind for seen in capture.violations).items():
        at = [round(seen.at_s - notes.began_s, 2) for seen in capture.violations if seen.kind is kind]
        if not _is_ours(show, kind):
            notes.blame(f"{kind.value}: {count} times, at {at[:20]}")
    for listener in show.listeners.values():
        loss_s, lost = _losses(listener)
        notes.listened += len(listener.ear.decoded)
        notes.undecrypted += lost
        notes.longest_loss_s = max(notes.longest_loss_s, loss_s)
        if loss_s >= notes.limits.loss_s:
            notes.blame(f"somebody who listened did not understand {loss_s:.2f} s")


def _is_ours(show: Show, kind: Violation) -> bool:
    """The system drops datagrams that nobody reads for long: then numbers are missing."""
    step = kind in {Violation.SEQUENCE_STEP, Violation.TIMESTAMP_STEP}
    return step and show.talk.voice.dropped > 0


def _losses(listener: Listener) -> tuple[float, int]:
    """The longest row of frames that somebody did not understand after the first that they did; how many."""
    since = listener.since_s
    if since is None:
        return 0.0, 0
    missed = [one.sequence for one in listener.ear.missed if one.sender == BOT_ID and one.at_s > since]
    longest = row = 0
    before: int | None = None
    for sequence in missed:
        row = row + 1 if before is not None and (sequence - before) & 0xFFFF == 1 else 1
        before, longest = sequence, max(longest, row)
    return longest * FRAME_S, len(missed)
