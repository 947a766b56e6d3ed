"""A voice node on the virtual clock that refuses illegal wishes."""

from collections.abc import Callable

import trio
from attrs import define, field

from gateway_client.ids import GuildId
from tests.player.places import GUILD
from voice.protocol import (
    MAX_VOLUME_PCT,
    Closed,
    Connected,
    Desired,
    Fact,
    Heard,
    NodeRestarted,
    Playing,
    Position,
    Reason,
    TrackEnded,
    TrackFailed,
    TrackKey,
    TrackStarted,
    Verdict,
)

CHANGES_S = 0.06
"""So long until a change is heard, or what was cut off has faded out, or a playback that began has risen."""


@define(eq=False)
class FakeNode:
    """The voice node: connects, plays for as long as its tracks last, says where it is once per second.

    Like the real one it says so at once when something of the sound changes, of a pause once more when it
    stands still, and of whatever it is told when that is heard.

    Tracks last as long as ``lengths_s`` says (180 s). It refuses a falling attempt and a key that has ended.
    """

    nursery: trio.Nursery
    lengths_s: dict[str, float] = field(factory=dict[str, float])
    broken: dict[str, Reason] = field(factory=dict[str, Reason])
    connects: bool = True
    desired: Desired | None = None
    told: list[Desired] = field(factory=list[Desired])
    dropped: int = 0
    warmed: int = 0
    heard: list[str] = field(factory=list[str])
    on_fact: Callable[[Fact], None] = lambda fact: None
    _ended: set[TrackKey] = field(factory=set[TrackKey])
    _playing: TrackKey | None = None
    _position_ms: int = 0
    _resume_ms: int = 0
    _scope: trio.CancelScope | None = None
    _attempt: int = -1
    _connected: int = -1
    _started: TrackKey | None = None
    _revision: int = 0
    is_mute: bool = False
    """Says nothing of what changes."""

    @property
    def position_ms(self) -> int:
        return self._position_ms

    @property
    def title(self) -> str | None:
        """What is heard just now."""
        desired = self.desired
        playing = self._current()
        if desired is None or desired.paused or playing is None or self._connected != desired.attempt:
            return None
        return _title(playing)

    def tell(self, desired: Desired) -> None:
        assert desired.call == GUILD
        assert desired.attempt >= self._attempt, "an attempt went back"
        assert 0 <= desired.volume_pct <= MAX_VOLUME_PCT
        assert desired.revision > self._revision, "a revision does not go on"
        self._attempt, self._revision = desired.attempt, desired.revision
        before, self.desired = self.desired, desired
        self.told.append(desired)
        if desired.server is None:
            self._connected = -1
        elif self._connected != desired.attempt and self.connects:
            self._connected = desired.attempt
            self.nursery.start_soon(self._connect, desired.attempt)
        self._follow()
        if before is not None and _wishes(before) != _wishes(desired):
            self._tell_change(stands=desired.paused and not before.paused)
        playing = self._current()
        if playing is None or playing.key == self._started:
            self.nursery.start_soon(self._let_hear, desired.revision, playing is None)

    async def _let_hear(self, revision: int, silence: bool) -> None:
        await trio.sleep(CHANGES_S)
        if (silence or revision == self._revision) and not self.is_mute:
            self.say(Heard(call=GUILD, revision=revision))

    def _tell_change(self, *, stands: bool) -> None:
        playing = self._current()
        if playing is None or self._started != playing.key or self.is_mute:
            return
        self._say_position(playing)
        if stands:
            self.nursery.start_soon(self._stand_still, playing)

    async def _stand_still(self, playing: Playing) -> None:
        await trio.sleep(CHANGES_S)
        if self.desired is not None and self.desired.paused and self._started == playing.key:
            self._say_position(playing)

    def _say_position(self, playing: Playing) -> None:
        assert self.desired is not None  # the callers have looked
        fact = Position(
            call=GUILD,
            attempt=self._attempt,
            track_id=playing.track_id,
            generation=playing.generation,
            position_ms=self._position_ms,
            paused=self.desired.paused,
        )
        self.say(fact)

    def warm(self) -> None:
        self.warmed += 1

    def drop(self, call: GuildId) -> None:
        assert call == GUILD
        self.desired, self._connected = None, -1
        self.dropped += 1
        self._follow()

    def say(self, fact: Fact) -> None:
        self.on_fact(fact)

    def close(self, code: int | None, verdict: Verdict) -> None:
        assert self.desired is not None
        self._connected = -1
        self.say(Closed(call=GUILD, attempt=self.desired.attempt, code=code, verdict=verdict))

    def restart(self) -> None:
        """The process died; the handle tells a new one everything, from the last position on."""
        self._resume_ms = self._position_ms
        self._playing = None
        self._follow()
        self.say(NodeRestarted(why="killed", restarts=1))

    async def _connect(self, attempt: int) -> None:
        await trio.sleep(0.05)
        if self.desired is not None and self.desired.attempt == attempt:
            self.say(Connected(call=GUILD, attempt=attempt))

    def _current(self) -> Playing | None:
        if self.desired is None:
            return None
        candidates = (self.desired.track, self.desired.next)
        return next((p for p in candidates if p is not None and p.key not in self._ended), None)

    def _follow(self) -> None:
        playing = self._current()
        if playing is None or playing.key != self._playing:
            if self._scope is not None:
                self._scope.cancel()
            self._playing = None if playing is None else playing.key
            if playing is not None:
                self._scope = trio.CancelScope()
                self.nursery.start_soon(self._play, playing, self._scope)

    async def _play(self, playing: Playing, scope: trio.CancelScope) -> None:
        with scope:
            await trio.sleep(0.02)
            title = _title(playing)
            self._position_ms = max(playing.offset_ms, self._resume_ms)
            self._resume_ms = 0
            if title in self.broken:
                self._fail(playing, self.broken[title])
                return
            self.heard.append(title)
            self._started = playing.key
            started = TrackStarted(
                call=GUILD, attempt=self._attempt, track_id=playing.track_id, generation=playing.generation
            )
            self.say(started)
            self.nursery.start_soon(self._let_hear, self._revision, False)
            await self._run(playing, self.lengths_s.get(title, 180.0))

    async def _run(self, playing: Playing, length_s: float) -> None:
        while self._position_ms < length_s * 1000:
            step_s = min(1.0, length_s - self._position_ms / 1000)
            await trio.sleep(max(step_s, 0.02))
            if self.desired is None or self.desired.paused or self._connected != self.desired.attempt:
                continue
            self._position_ms += int(step_s * 1000)
            self._say_position(playing)
        self._ended.add(playing.key)
        self._playing = None
        self.say(
            TrackEnded(
                call=GUILD, attempt=self._attempt, track_id=playing.track_id, generation=playing.generation
            )
        )
        self._follow()

    def lose(self, reason: Reason, position_ms: int) -> None:
        """What plays breaks off here."""
        playing = self._current()
        assert playing is not None
        if self._scope is not None:
            self._scope.cancel()
        self._fail(playing, reason, position_ms)

    def _fail(self, playing: Playing, reason: Reason, position_ms: int | None = None) -> None:
        self._ended.add(playing.key)
        self._playing = None
        self.say(
            TrackFailed(
                call=GUILD,
                attempt=self._attempt,
                track_id=playing.track_id,
                generation=playing.generation,
                reason=reason,
                detail="said so",
                position_ms=playing.offset_ms if position_ms is None else position_ms,
            )
        )
        self._follow()


def _wishes(desired: Desired) -> tuple[object, ...]:
    return (desired.paused, desired.volume_pct, desired.filter, desired.speed, desired.leveling)


def _title(playing: Playing) -> str:
    return playing.source.location.removeprefix("/library/")
