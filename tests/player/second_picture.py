"""A simple picture of the world beside the player's machine: what the effects must add up to.

Which calls exist, which playbacks are over, which playables are held, which requests are open. What it
asserts is true of every single effect; what must be true at every time is asserted by the test.
"""

from datetime import UTC, datetime
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from actors.core.envelope import Facts
from actors.player.asks import Command
from actors.player.effects import (
    DropVoice,
    Effect,
    FindRelated,
    GiveUpResolving,
    JoinVoice,
    Journal,
    LeaveVoice,
    OfferTracks,
    Open,
    OpenQueue,
    ReadOn,
    Refuse,
    Release,
    Resolve,
    Say,
    SayPlaying,
    TellVoice,
)
from actors.player.messages import Asked, Input, Room
from actors.player.results import QueuingShown
from actors.player.state import PlayerState
from gateway_client.ids import ChannelId, MessageId, UserId
from media.tracks import Playable
from tests.player.places import ALICE, GUILD, TEXT
from voice.protocol import Desired, Playing, TrackKey


class SecondPicture(RuleBasedStateMachine):
    """What a bystander would know."""

    state: PlayerState

    def __init__(self) -> None:
        super().__init__()
        self.at = 1000.0
        self.requests = 0
        self.open_requests: set[int] = set()
        self.searching: set[int] = set()
        self.untaken: set[int] = set()
        self.looking = 0
        self.opening: list[TrackKey] = []
        self.held: list[Playable] = []
        self.asked_for: ChannelId | None = None
        self.desired: Desired | None = None
        self.over: set[TrackKey] = set()
        self.attempt = 0
        self.positions: dict[TrackKey, int] = {}
        self.opened = 0

    def ask(self, command: Command, sits_in: ChannelId | None, *, may: bool, full: bool) -> None:
        self.requests += 1
        self.open_requests.add(self.requests)
        facts = Facts(
            at=datetime(2026, 1, 1, tzinfo=UTC),
            now=self.at,
            guild_id=GUILD,
            channel_id=TEXT,
            user_id=UserId(ALICE),
            user_name="a",
            voice_channel_id=sits_in,
        )
        room = None if sits_in is None else Room(channel_id=sits_in, can_connect=may, is_full=full)
        request = self.requests
        self.step(Asked(request=request, command=command, facts=facts, room=room))
        if request in self.searching:
            self.step(QueuingShown(request=request, channel_id=TEXT, message_id=MessageId(request)))

    def sounding(self) -> Playing | None:
        """What a node that was told this would play."""
        if self.desired is None:
            return None
        candidates = (self.desired.track, self.desired.next)
        return next((one for one in candidates if one and one.key not in self.over), None)

    def key_words(self) -> dict[str, Any]:
        playing = self.sounding()
        assert playing is not None
        return {
            "call": GUILD,
            "attempt": self.attempt,
            "track_id": playing.track_id,
            "generation": playing.generation,
        }

    def step(self, message: Input) -> None:
        self.note(self.state.apply(message, self.at))

    def note(self, effects: list[Effect]) -> None:  # noqa: C901 - one flat table of effects
        for effect in effects:
            match effect:
                case TellVoice(desired):
                    self.told(desired)
                case DropVoice():
                    self.desired = None
                case JoinVoice(channel_id):
                    self.asked_for = channel_id
                case LeaveVoice():
                    self.asked_for = None
                case Resolve(request):
                    self.searching.add(request)
                case GiveUpResolving(request):
                    self.searching.discard(request)
                    self.untaken.discard(request)
                case ReadOn(request):
                    assert request in self.searching
                    self.untaken.remove(request)
                case FindRelated():
                    self.looking += 1
                case Open(key):
                    assert key not in self.opening
                    self.opening.append(key)
                case Release(playable):
                    self.held.remove(playable)
                case _:
                    self.note_words(effect)

    def note_words(self, effect: Effect) -> None:
        match effect:
            case Say(request=request, ends=ends) if ends is not None:
                self.open_requests.remove(request)
            case OfferTracks(request=request):
                self.open_requests.remove(request)
            case Refuse(request) | SayPlaying(request) | OpenQueue(request):
                self.open_requests.remove(request)
            case Journal(position_ms=position_ms):
                assert position_ms >= 0
            case _:
                pass

    def told(self, desired: Desired) -> None:
        assert desired.attempt >= self.attempt
        before = self.desired
        if before is not None and before.track is not None and desired.track is not None:
            if before.track.key == desired.track.key:
                assert before.track == desired.track
            else:
                self.over.add(before.track.key)
        if desired.track is not None:
            assert desired.track.key not in self.over, "a playback that was over is asked for again"
        self.attempt = desired.attempt
        self.desired = desired
