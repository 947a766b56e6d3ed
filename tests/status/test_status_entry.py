"""The machine of one message: every phase and every event, on a clock that is an argument."""

import pytest

from actors.core.claim import Place
from actors.core.work import Stage, WorkKind
from actors.status.entry import DEBOUNCE_S, HOLD_S, SHOW_AFTER_S, Entry, Phase
from actors.status.style import Emojis, Sign, Style
from gateway_client.ids import MessageId
from tests.core.fakes import ALICE, CHANNEL, GUILD

PLACE = Place(guild_id=GUILD, channel_id=CHANNEL, message_id=MessageId(1), author_id=ALICE)
LATE = 100.0


def entry(*, full: bool = True, clears: bool = False, emojis: dict[Sign, str] | None = None) -> Entry:
    style = Style(full=full, clears=clears, emojis=Emojis(own=emojis or {}))
    return Entry(place=PLACE, style=style, claimed_at=0.0)


def shown(one: Entry, now: float) -> str:
    return "".join(emote.text for emote in one.picture(now).emotes)


def in_phase(phase: Phase, *, clears: bool = False) -> Entry:
    """An entry that went the usual way into a phase; active ones resolve."""
    one = entry(clears=clears)
    if phase is Phase.WAITING:
        one.wait(0.0)
    elif phase is Phase.STOPPED:
        one.stop(0.0)
    elif phase is not Phase.NONE:
        one.hear(Stage.STARTED, WorkKind.RESOLVING, 0.0)
    ends = {Phase.DONE: Stage.DONE, Phase.FAILED: Stage.FAILED, Phase.CANCELLED: Stage.SKIPPED}
    if phase in ends:
        one.hear(ends[phase], WorkKind.RESOLVING, 0.0)
    assert one.phase is phase
    return one


OPENS = (Phase.NONE, Phase.WAITING, Phase.ACTIVE)
ENDS = (Phase.DONE, Phase.FAILED, Phase.CANCELLED, Phase.STOPPED)
AFTER: dict[Stage, dict[Phase, Phase]] = {
    Stage.QUEUED: {},
    Stage.STARTED: dict.fromkeys(OPENS, Phase.ACTIVE),
    Stage.DONE: dict.fromkeys(OPENS, Phase.DONE),
    Stage.MERGED: dict.fromkeys(OPENS, Phase.DONE),
    Stage.FAILED: dict.fromkeys(OPENS, Phase.FAILED),
    Stage.DROPPED: dict.fromkeys(OPENS, Phase.FAILED),
    Stage.SKIPPED: dict.fromkeys(OPENS, Phase.CANCELLED),
}


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("phase", Phase)
def test_every_phase_hears_every_stage(phase: Phase, stage: Stage) -> None:
    one = in_phase(phase)
    one.hear(stage, WorkKind.RESOLVING, 1.0)
    assert one.phase is AFTER[stage].get(phase, phase)


@pytest.mark.parametrize("phase", Phase)
def test_only_what_has_not_begun_can_wait(phase: Phase) -> None:
    one = in_phase(phase)
    one.wait(1.0)
    assert one.phase is (Phase.WAITING if phase is Phase.NONE else phase)


@pytest.mark.parametrize("phase", Phase)
def test_an_edited_message_shows_nothing_any_more(phase: Phase) -> None:
    one = in_phase(phase)
    one.stop(1.0)
    assert shown(one, LATE) == ""
    one.settled(LATE)
    assert one.over


@pytest.mark.parametrize(
    ("phase", "early", "late"),
    [
        (Phase.NONE, "", ""),
        (Phase.WAITING, "", "⏳"),
        (Phase.ACTIVE, "", "🔎"),
        (Phase.DONE, "✅", "✅"),
        (Phase.FAILED, "❌", "❌"),
        (Phase.CANCELLED, "🚫", "🚫"),
        (Phase.STOPPED, "", ""),
    ],
)
def test_nothing_but_an_end_is_shown_in_the_first_half_second(phase: Phase, early: str, late: str) -> None:
    one = in_phase(phase)
    assert shown(one, SHOW_AFTER_S - 0.01) == early
    assert shown(one, SHOW_AFTER_S) == late


@pytest.mark.parametrize("phase", [Phase.WAITING, Phase.ACTIVE])
def test_somebody_looks_again_when_the_half_second_is_over(phase: Phase) -> None:
    one = in_phase(phase)
    assert one.deadline(0.1) == SHOW_AFTER_S
    assert one.deadline(SHOW_AFTER_S) is None


def test_the_newest_kind_is_shown_when_it_has_lasted() -> None:
    one = in_phase(Phase.ACTIVE)
    one.kind_shown = True
    one.hear(Stage.STARTED, WorkKind.DOWNLOADING, 10.0)
    one.hear(Stage.STARTED, WorkKind.STARTING, 10.3)
    assert one.deadline(10.3) == 10.3 + DEBOUNCE_S
    one.tick(10.3 + DEBOUNCE_S - 0.01)
    assert shown(one, 11.0) == "🔎"
    one.tick(10.3 + DEBOUNCE_S)
    assert shown(one, 11.0) == "🎵"
    assert one.deadline(11.0) is None


def test_a_kind_that_comes_back_in_time_changes_nothing() -> None:
    one = in_phase(Phase.ACTIVE)
    one.kind_shown = True
    one.hear(Stage.STARTED, WorkKind.DOWNLOADING, 10.0)
    one.hear(Stage.STARTED, WorkKind.DOWNLOADING, 10.5)
    assert one.deadline(10.5) == 10.0 + DEBOUNCE_S
    one.hear(Stage.STARTED, WorkKind.RESOLVING, 10.6)
    one.tick(LATE)
    assert shown(one, LATE) == "🔎"


def test_a_specific_kind_beats_the_generic_one() -> None:
    one = in_phase(Phase.ACTIVE)
    one.hear(Stage.STARTED, WorkKind.OTHER, 10.0)
    assert one.pending is None
    assert shown(one, LATE) == "🔎"
    generic = entry()
    generic.hear(Stage.STARTED, WorkKind.OTHER, 0.0)
    generic.hear(Stage.STARTED, WorkKind.RESOLVING, 0.1)
    assert shown(generic, SHOW_AFTER_S) == "🔎"


@pytest.mark.parametrize("phase", [Phase.DONE, Phase.FAILED])
def test_an_end_stays_and_is_over_as_soon_as_it_is_seen(phase: Phase) -> None:
    one = in_phase(phase)
    assert not one.over
    one.settled(LATE)
    assert one.over


@pytest.mark.parametrize("phase", [Phase.DONE, Phase.FAILED, Phase.CANCELLED])
def test_an_end_is_held_from_when_it_was_seen_and_then_cleared(phase: Phase) -> None:
    one = in_phase(phase, clears=True)
    one.settled(50.0)
    one.settled(50.5)
    assert one.deadline(50.5) == 50.0 + HOLD_S[phase]
    one.tick(50.0 + HOLD_S[phase] - 0.01)
    assert shown(one, LATE)
    one.tick(50.0 + HOLD_S[phase])
    assert shown(one, LATE) == ""
    assert not one.over
    one.settled(60.0)
    assert one.over


def test_what_was_cancelled_before_it_started_is_cleared_at_once() -> None:
    one = in_phase(Phase.WAITING)
    one.hear(Stage.SKIPPED, WorkKind.OTHER, 10.0)
    assert shown(one, 10.0) == ""
    one.settled(10.0)
    assert one.over


@pytest.mark.parametrize("clears", [False, True])
@pytest.mark.parametrize("end", [Stage.DONE, Stage.FAILED, Stage.SKIPPED])
def test_off_keeps_one_acknowledgement_until_the_work_has_ended(end: Stage, *, clears: bool) -> None:
    one = entry(full=False, clears=clears)
    assert shown(one, 0.0) == "👀"
    one.wait(0.0)
    one.hear(Stage.STARTED, WorkKind.DOWNLOADING, 5.0)
    one.settled(6.0)
    assert shown(one, LATE) == "👀"
    assert not one.over
    one.hear(end, WorkKind.DOWNLOADING, LATE)
    assert shown(one, LATE) == ("" if clears else "👀")
    one.settled(LATE)
    assert one.over


@pytest.mark.parametrize(
    ("phase", "word"),
    [
        (Phase.NONE, None),
        (Phase.WAITING, None),
        (Phase.ACTIVE, "🚫"),
        (Phase.DONE, "✅"),
        (Phase.FAILED, "❌"),
        (Phase.CANCELLED, None),
        (Phase.STOPPED, None),
    ],
)
def test_what_a_crash_leaves_behind_is_honest(phase: Phase, word: str | None) -> None:
    left = in_phase(phase).last_word()
    assert (left and left.text) == word
    assert in_phase(phase, clears=True).last_word() is None


def test_own_emojis_fall_back_on_the_usual_ones() -> None:
    one = entry(emojis={Sign.DONE: "<:ok:1>"})
    one.hear(Stage.DONE, WorkKind.OTHER, 0.0)
    (emote,) = one.picture(0.0).emotes
    assert (emote.text, emote.fallback) == ("<:ok:1>", "✅")
