"""Packets made ahead: each leaves at its deadline, and none that should be another one by then."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest
import trio
from attrs import define, evolve, field
from trio.testing import MockClock

from gateway_client.ids import GuildId
from tests.voice.calls import a_track
from tests.voice.sounds import packets_of_file
from voice.booking import TOGETHER, Booking, choose_turn
from voice.call import Call
from voice.connection import Connection
from voice.departures import DEPARTURES
from voice.metronome import EARLY_S, Metronome
from voice.pacer import CROWD, FRAME_S, MAX_CATCH_UP, PHASES
from voice.playback import Workshop
from voice.protocol import Desired, FromNode, Heard, Position


@define
class Sent:
    """A packet that left: its number, the key it was sealed with, and its frame."""

    number: int
    key: str
    frame: bytes


@define
class Line:
    """Instead of a connection: numbers and seals, and keeps what really left."""

    can_send: bool = True
    key: str = "first"
    next_number: int = 0
    sent: list[Sent] = field(factory=list[Sent])
    made_ahead: int = 0
    dropped: int = 0
    _made: dict[bytes, Sent] = field(factory=dict[bytes, Sent])

    def announce(self) -> bool:
        return True

    def speak(self, speaking: bool) -> None:
        assert not speaking

    def hush(self) -> None:
        return

    def send(self, frame: bytes) -> None:
        DEPARTURES.post(self, self._seal(frame))

    def seal(self, frames: Sequence[bytes]) -> "tuple[Line, list[bytes]]":
        self.made_ahead += len(frames)
        return self, [self._seal(frame) for frame in frames]

    def take_back(self, packets: int) -> None:
        self.next_number -= packets

    def send_now(self, packet: bytes, /) -> None:
        self.sent.append(self._made[packet])

    def _seal(self, frame: bytes) -> bytes:
        packet = b"%d %s %d" % (self.next_number, self.key.encode(), len(self._made))
        self._made[packet] = Sent(self.next_number, self.key, frame)
        self.next_number += 1
        return packet

    @property
    def frames(self) -> list[bytes]:
        return [sent.frame for sent in self.sent]


@define
class Stand:
    """A call under a metronome whose time is ours."""

    call: Call
    metronome: Metronome
    line: Line
    facts: list[FromNode]
    desired: Desired
    clock: MockClock

    async def pass_frames(self, frames: int) -> None:
        """So much time."""
        until = trio.current_time() + frames * FRAME_S - 0.0001
        while self.metronome.deadline <= until:
            self.clock.jump(max(0.0, self.metronome.deadline - trio.current_time()))
            await self._let_read()
            self.metronome.serve(trio.current_time())
        self.clock.jump(max(0.0, until - trio.current_time()))

    async def want(self, **changes: object) -> None:
        self.desired = evolve(self.desired, **changes)
        self.call.want(self.desired)
        await self._let_read()

    async def _let_read(self) -> None:
        for playback in list(self.call._deck._playbacks.values()):
            while not playback._read_out and playback._intake.waiting + playback._timeline.waiting < 100:
                await trio.to_thread.run_sync(lambda: None)
                playback.pump()
        await trio.testing.wait_all_tasks_blocked()
        while self.call.workshop.rendering.borrowed_tokens:
            await trio.to_thread.run_sync(lambda: None)
            await trio.testing.wait_all_tasks_blocked()

    @property
    def booking(self) -> Booking:
        booked = self.call._booked
        assert booked is not None, "nothing is made ahead"
        return booked.booking

    def position_ms(self) -> int:
        self.call.report()
        return [fact for fact in self.facts if isinstance(fact, Position)][-1].position_ms


@asynccontextmanager
async def open_stand(path: Path) -> AsyncGenerator[Stand]:
    facts: list[FromNode] = []
    async with trio.open_nursery() as nursery:
        metronome, line = Metronome(), Line()
        call = Call(
            call=GuildId(1), emit=facts.append, workshop=Workshop(nursery=nursery), metronome=metronome
        )
        call._connection = cast("Connection", line)
        clock = cast("MockClock", trio.lowlevel.current_clock())
        desired = Desired(call=GuildId(1), attempt=0, server=None)
        stand = Stand(call, metronome, line, facts, desired, clock)
        await stand.want(track=a_track(path))
        await stand.pass_frames(20)
        yield stand
        await stand.want(track=None, next=None)
        nursery.cancel_scope.cancel()


def numbers_are_whole(line: Line) -> bool:
    return [sent.number for sent in line.sent] == list(range(len(line.sent)))


async def test_every_packet_leaves_once_in_order_and_is_counted(
    sounds: dict[str, Path], mock_clock: MockClock
) -> None:
    whole = packets_of_file(sounds["ogg"])
    async with open_stand(sounds["ogg"]) as stand:
        for _ in range(40):
            await stand.pass_frames(1)
            assert stand.position_ms() == len(stand.line.sent) * 20, "also in the middle of a booking"
        assert stand.line.made_ahead > 40
        assert stand.line.frames == whole[: len(stand.line.sent)]
        assert numbers_are_whole(stand.line)


@pytest.mark.parametrize("into", range(TOGETHER + 1))
async def test_whatever_changes_takes_back_what_was_made_ahead(
    into: int, sounds: dict[str, Path], mock_clock: MockClock
) -> None:
    async with open_stand(sounds["ogg"]) as stand:
        await stand.pass_frames(into)
        at = len(stand.line.sent)
        # As the connection tells it before a key is another one.
        stand.call._take_back()
        stand.line.key = "second"
        await stand.pass_frames(12)
        assert {sent.key for sent in stand.line.sent[:at]} == {"first"}
        assert {sent.key for sent in stand.line.sent[at:]} == {"second"}
        assert len(stand.line.sent) - at in {11, 12, 13}, "no deadline is left out"
        assert numbers_are_whole(stand.line)
        assert stand.line.frames == packets_of_file(sounds["ogg"])[: len(stand.line.sent)]


@pytest.mark.parametrize("into", range(TOGETHER + 1))
async def test_a_pause_takes_back_and_loses_nothing(
    into: int, sounds: dict[str, Path], mock_clock: MockClock
) -> None:
    async with open_stand(sounds["ogg"]) as stand:
        await stand.pass_frames(into)
        before = stand.position_ms()
        await stand.want(paused=True)
        await stand.pass_frames(20)
        stood = stand.position_ms()
        assert before <= stood <= before + 60, "it fades out within a few frames"
        await stand.want(paused=False)
        await stand.pass_frames(40)
        assert stand.position_ms() > stood + 500
        assert numbers_are_whole(stand.line)


@pytest.mark.parametrize("into", range(TOGETHER + 1))
async def test_until_a_wish_is_heard_nothing_is_made_ahead(
    into: int, sounds: dict[str, Path], mock_clock: MockClock
) -> None:
    async with open_stand(sounds["ogg"]) as stand:
        for revision, volume_pct in ((1, 50), (2, 100)):
            await stand.pass_frames(into)
            at, made = len(stand.line.sent), stand.line.made_ahead
            await stand.want(volume_pct=volume_pct, revision=revision)
            while stand.facts[-1] != Heard(call=GuildId(1), revision=revision):
                assert stand.line.made_ahead == made
                await stand.pass_frames(1)
            assert len(stand.line.sent) - at in {4, 5}, "two that were ready, the fade, the first whole one"
        await stand.pass_frames(TOGETHER + 1)
        assert stand.line.made_ahead > made, "now nobody waits for anything"
        assert numbers_are_whole(stand.line)


async def test_without_a_way_nothing_is_taken(sounds: dict[str, Path], mock_clock: MockClock) -> None:
    async with open_stand(sounds["ogg"]) as stand:
        await stand.pass_frames(2)
        stand.call._take_back()
        stand.line.can_send = False
        at, position = len(stand.line.sent), stand.position_ms()
        await stand.pass_frames(20)
        assert len(stand.line.sent) == at
        stand.line.can_send = True
        stand.call._wake()
        assert stand.position_ms() == position
        await stand.pass_frames(10)
        assert stand.line.frames == packets_of_file(sounds["ogg"])[: len(stand.line.sent)]
        assert numbers_are_whole(stand.line)


@pytest.mark.parametrize("late_s", [0.03, 0.09, 0.3, 2.0])
async def test_who_comes_late_sends_no_burst_that_nobody_would_hear(
    late_s: float, sounds: dict[str, Path], mock_clock: MockClock
) -> None:
    async with open_stand(sounds["ogg"]) as stand:
        await stand.pass_frames(1)
        at = len(stand.line.sent)
        mock_clock.jump(late_s)
        stand.metronome.serve(trio.current_time())
        assert len(stand.line.sent) - at <= MAX_CATCH_UP + 1
        await stand.pass_frames(20)
        assert len(stand.line.sent) - at >= 20
        assert numbers_are_whole(stand.line)
        assert stand.line.frames == packets_of_file(sounds["ogg"])[: len(stand.line.sent)]


@pytest.mark.parametrize("late_frames", range(1, MAX_CATCH_UP))
async def test_what_was_missed_leaves_before_what_is_made_ahead(
    late_frames: int, sounds: dict[str, Path], mock_clock: MockClock
) -> None:
    async with open_stand(sounds["ogg"]) as stand:
        # Nothing is booked, and the deadline behind those that were missed is as good as here.
        stand.call._take_back()
        at = stand.metronome.deadline + late_frames * FRAME_S - EARLY_S / 2
        stand.clock.jump(at - trio.current_time())
        await stand._let_read()
        before = len(stand.line.sent)
        stand.metronome.serve(trio.current_time())
        assert len(stand.line.sent) - before == late_frames + 1
        assert numbers_are_whole(stand.line)


@pytest.mark.parametrize("late_frames", range(1, MAX_CATCH_UP + 1))
async def test_who_comes_late_where_a_booking_ends_sends_each_frame_once(
    late_frames: int, sounds: dict[str, Path], mock_clock: MockClock
) -> None:
    whole = packets_of_file(sounds["ogg"])
    async with open_stand(sounds["ogg"]) as stand:
        for _ in range(TOGETHER + 2):
            at = max(stand.metronome.deadline, trio.current_time()) + late_frames * FRAME_S
            stand.clock.jump(at - trio.current_time())
            await stand._let_read()
            stand.metronome.serve(trio.current_time())
            await stand.pass_frames(1)
        assert stand.line.frames == whole[: len(stand.line.sent)]
        assert numbers_are_whole(stand.line)


def test_a_crowd_makes_its_packets_in_one_turn_and_the_next_one_in_another() -> None:
    turns = {(phase, crowd): choose_turn(phase, crowd) for phase in range(PHASES) for crowd in range(150)}
    assert set(turns.values()) == set(range(TOGETHER))
    for phase in range(PHASES):
        assert {turns[phase, crowd] for crowd in range(CROWD)} == {turns[phase, 0]}
        assert len({turns[phase, crowd] for crowd in range(0, 150, CROWD)}) == 4
    assert len({turns[phase, 0] for phase in range(PHASES)}) == PHASES


async def test_bookings_end_together(sounds: dict[str, Path], mock_clock: MockClock) -> None:
    async with open_stand(sounds["ogg"]) as stand:
        ends: set[int] = set()
        for _ in range(30):
            booking = stand.booking
            ends.add((booking.tick // PHASES + len(booking.packets)) % TOGETHER)
            await stand.pass_frames(1)
        assert ends == {0}
