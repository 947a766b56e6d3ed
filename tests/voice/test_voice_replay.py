import pytest

from gateway_client.ids import GuildId
from voice.close_codes import Verdict
from voice.protocol import (
    CallFact,
    Closed,
    Connected,
    Desired,
    Heard,
    Playing,
    Position,
    Reason,
    Source,
    TrackEnded,
    TrackFailed,
    TrackStarted,
)
from voice.replay import MAX_LOSSES, PROGRESS_MS, CallMemory, is_late

CALL = GuildId(1)
SOURCE = Source(location="/x", is_file=True)
FIRST, SECOND = Playing(track_id=1, source=SOURCE, offset_ms=300), Playing(track_id=2, source=SOURCE)


def desired(track: Playing | None = FIRST, following: Playing | None = SECOND, attempt: int = 1) -> Desired:
    return Desired(call=CALL, attempt=attempt, server=None, track=track, next=following, volume_pct=70)


def position(ms: int, track: Playing = FIRST) -> Position:
    return Position(
        call=CALL,
        attempt=1,
        track_id=track.track_id,
        generation=track.generation,
        position_ms=ms,
        paused=False,
    )


def ended(track: Playing = FIRST) -> TrackEnded:
    return TrackEnded(call=CALL, attempt=1, track_id=track.track_id, generation=track.generation)


def failed(track: Playing = FIRST) -> TrackFailed:
    return TrackFailed(
        call=CALL,
        attempt=1,
        track_id=track.track_id,
        generation=track.generation,
        reason=Reason.NETWORK,
        detail="",
        position_ms=0,
    )


def offsets(memory: CallMemory) -> list[tuple[int, int] | None]:
    replayed = memory.to_replay()
    return [track and (track.track_id, track.offset_ms) for track in (replayed.track, replayed.next)]


def test_nothing_heard_replays_what_was_told() -> None:
    assert CallMemory(desired()).to_replay() == desired()


def test_the_last_position_is_where_it_goes_on() -> None:
    memory = CallMemory(desired())
    memory.note(position(320))
    memory.note(position(1340))
    assert offsets(memory) == [(1, 1340), (2, 0)]
    assert memory.to_replay().volume_pct == 70


@pytest.mark.parametrize("fact", [ended(), failed()])
def test_what_ended_is_not_played_again_and_the_next_moves_up(fact: CallFact) -> None:
    memory = CallMemory(desired())
    memory.note(fact)
    memory.note(position(500, SECOND))
    assert offsets(memory) == [(2, 500), None]
    memory.note(ended(SECOND))
    assert offsets(memory) == [None, None]


def test_a_seek_is_another_playback() -> None:
    memory = CallMemory(desired())
    memory.note(position(9000))
    memory.note(ended())
    again = Playing(track_id=1, generation=1, source=SOURCE, offset_ms=50)
    memory.tell(desired(again))
    assert offsets(memory) == [(1, 50), (2, 0)]


def test_what_is_no_longer_desired_is_forgotten() -> None:
    memory = CallMemory(desired())
    memory.note(ended())
    memory.tell(desired(SECOND, None))
    memory.tell(desired())
    assert offsets(memory) == [(1, 300), (2, 0)]


def test_a_playback_that_kills_every_node_is_given_up() -> None:
    memory = CallMemory(desired())
    losses = [memory.lose_node() for _ in range(MAX_LOSSES)]
    assert losses[:-1] == [None] * (MAX_LOSSES - 1)
    given_up = losses[-1]
    assert given_up is not None
    assert (given_up.track_id, given_up.reason, given_up.position_ms) == (1, Reason.CORRUPT, 300)
    assert offsets(memory) == [(2, 0), None]


def test_a_playback_that_gets_on_is_never_given_up() -> None:
    memory = CallMemory(desired())
    for round_ in range(1, 4 * MAX_LOSSES):
        memory.note(position(300 + round_ * PROGRESS_MS))
        assert memory.lose_node() is None


def test_silence_loses_nothing() -> None:
    assert CallMemory(desired(None, None)).lose_node() is None


@pytest.mark.parametrize(
    ("fact", "late"),
    [
        (Connected(call=CALL, attempt=1), True),
        (Connected(call=CALL, attempt=2), False),
        (Closed(call=CALL, attempt=1, code=4014, verdict=Verdict.AWAIT), True),
        (ended(), False),
        (position(5), False),
        (TrackStarted(call=CALL, attempt=1, track_id=1, generation=0), False),
    ],
)
def test_only_news_of_older_connections_are_late(fact: CallFact, late: bool) -> None:
    assert is_late(fact, desired(attempt=2)) is late
    assert is_late(fact, None), "the call was dropped"


def test_that_a_dropped_call_has_fallen_silent_is_news() -> None:
    assert not is_late(Heard(call=CALL, revision=3), None)
