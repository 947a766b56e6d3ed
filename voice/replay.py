"""What the bot remembers of each call, so that a new node goes on where the old one was.

A core: imports ``voice.protocol`` values. The node may die at any moment; the state that the bot told it,
plus what the node said since, is enough to tell the next one.

Rules:

- A playback that ended or failed is not replayed; ``next`` moves up in its place.
- A playback goes on from the last position that was reported.
- A playback that was on when :data:`MAX_LOSSES` nodes in a row died, without having got on by
  :data:`PROGRESS_MS` in between, is given up: some files crash a codec each time.
"""

from typing import Final

from attrs import define, evolve, field

from voice.protocol import (
    CallFact,
    Closed,
    Connected,
    Desired,
    Heard,
    Loudness,
    Playing,
    Position,
    Reason,
    TrackEnded,
    TrackFailed,
    TrackKey,
    TrackStarted,
)

MAX_LOSSES: Final = 3
PROGRESS_MS: Final = 5000


@define
class _Heard:
    position_ms: int
    replayed_ms: int
    losses: int = 0


@define
class CallMemory:
    """One call: what is desired, and how far it has got."""

    desired: Desired
    _heard: dict[TrackKey, _Heard] = field(factory=dict[TrackKey, _Heard], init=False)
    _finished: set[TrackKey] = field(factory=set[TrackKey], init=False)

    def tell(self, desired: Desired) -> None:
        """Another state is desired; what is not in it is forgotten."""
        self.desired = desired
        keys = {playing.key for playing in (desired.track, desired.next) if playing is not None}
        self._finished &= keys
        self._heard = {key: heard for key, heard in self._heard.items() if key in keys}

    def note(self, fact: CallFact) -> None:
        """Learn from what the node said."""
        match fact:
            case Position(track_id=track_id, generation=generation, position_ms=position_ms):
                heard = self._heard.setdefault((track_id, generation), _Heard(position_ms, position_ms))
                heard.position_ms = position_ms
            case TrackEnded() | TrackFailed():
                self._finished.add((fact.track_id, fact.generation))
            case Connected() | Closed() | TrackStarted() | Heard() | Loudness():
                pass

    def lose_node(self) -> TrackFailed | None:
        """The node died: the result is a playback that is given up, if it comes to that."""
        current = self._current()
        if current is None:
            return None
        heard = self._heard.setdefault(current.key, _Heard(current.offset_ms, current.offset_ms))
        got_on = heard.position_ms - heard.replayed_ms >= PROGRESS_MS
        heard.losses = 1 if got_on else heard.losses + 1
        heard.replayed_ms = heard.position_ms
        if heard.losses < MAX_LOSSES:
            return None
        self._finished.add(current.key)
        return TrackFailed(
            call=self.desired.call,
            attempt=self.desired.attempt,
            track_id=current.track_id,
            generation=current.generation,
            reason=Reason.CORRUPT,
            detail="the voice node died over it again and again",
            position_ms=heard.position_ms,
        )

    def to_replay(self) -> Desired:
        """The desired state for a new node."""
        left = [self._from_where_it_was(playing) for playing in self._unfinished()]
        track, following = [*left, None, None][:2]
        return evolve(self.desired, track=track, next=following)

    def _unfinished(self) -> list[Playing]:
        both = (self.desired.track, self.desired.next)
        return [playing for playing in both if playing is not None and playing.key not in self._finished]

    def _current(self) -> Playing | None:
        return next(iter(self._unfinished()), None)

    def _from_where_it_was(self, playing: Playing) -> Playing:
        heard = self._heard.get(playing.key)
        return playing if heard is None else evolve(playing, offset_ms=heard.position_ms)


def is_late(fact: CallFact, desired: Desired | None) -> bool:
    """Whether ``fact`` speaks of a call that was dropped, or of an older attempt to connect.

    That a dropped call has fallen silent is heard afterwards.
    """
    if desired is None:
        return not isinstance(fact, Heard)
    return isinstance(fact, Connected | Closed) and fact.attempt < desired.attempt
