"""What a call tells the bot of its playbacks.

Imports the values of ``voice.protocol``. Every fact names the call, and the attempt of its connection and the
playback if it is about these; it is handed over synchronously.
"""

from collections.abc import Callable
from typing import TypeAlias

from attrs import define

from gateway_client.ids import GuildId
from voice.playback import Playback
from voice.protocol import (
    FromNode,
    Heard,
    Loudness,
    Measured,
    Playing,
    Position,
    TrackEnded,
    TrackFailed,
    TrackStarted,
)

Emit: TypeAlias = Callable[[FromNode], None]


@define(kw_only=True)
class Tell:
    """Tells it."""

    call: GuildId
    emit: Emit

    def start(self, playback: Playback, attempt: int) -> None:
        """Its first frame was sent."""
        track_id, generation = playback.playing.key
        self.emit(TrackStarted(call=self.call, attempt=attempt, track_id=track_id, generation=generation))

    def end(self, playback: Playback, attempt: int) -> None:
        """Its last frame was sent, or it can give none."""
        track_id, generation = playback.playing.key
        failure = playback.failure
        if failure is None:
            self.emit(TrackEnded(call=self.call, attempt=attempt, track_id=track_id, generation=generation))
            return
        self.emit(
            TrackFailed(
                call=self.call,
                attempt=attempt,
                track_id=track_id,
                generation=generation,
                reason=failure.reason,
                detail=failure.detail,
                position_ms=playback.position_ms,
            )
        )

    def position(self, playback: Playback, attempt: int, *, paused: bool) -> None:
        """How far it is."""
        track_id, generation = playback.playing.key
        self.emit(
            Position(
                call=self.call,
                attempt=attempt,
                track_id=track_id,
                generation=generation,
                position_ms=playback.position_ms,
                paused=paused,
            )
        )

    def heard(self, revision: int) -> None:
        """What is wanted is what is sent."""
        self.emit(Heard(call=self.call, revision=revision))

    def loudness(self, playing: Playing, attempt: int, measured: Measured) -> None:
        """How loud its whole track is."""
        track_id, generation = playing.key
        self.emit(
            Loudness(
                call=self.call,
                attempt=attempt,
                track_id=track_id,
                generation=generation,
                measured=measured,
            )
        )
