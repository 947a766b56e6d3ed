"""Reading threads and the node, with real threads: nothing is lost, nobody waits for nothing."""

import threading
import time
from collections.abc import Iterable

import pytest

from voice.intake import PACKETS_AHEAD, REFILL_AT, SOUNDS_AHEAD, Intake
from voice.precedence import FLOOR
from voice.slots import OpusPacket, Pcm, RawFrame


def packets(count: int) -> list[RawFrame]:
    return [OpusPacket(number.to_bytes(4, "big")) for number in range(count)]


def read(intake: Intake, frames: Iterable[RawFrame]) -> threading.Thread:
    def fill() -> None:
        with intake.turn():
            for frame in frames:
                if not intake.put([frame]):
                    return

    thread = threading.Thread(target=fill, daemon=True)
    thread.start()
    return thread


def wait_until_filled(intake: Intake, count: int) -> None:
    give_up_at = time.monotonic() + 2
    while intake.waiting < count:
        assert time.monotonic() < give_up_at
        time.sleep(0.0005)


def test_everything_arrives_once_and_in_order() -> None:
    intake, frames = Intake(), packets(3 * PACKETS_AHEAD)
    thread = read(intake, frames)
    taken: list[RawFrame] = []
    give_up_at = time.monotonic() + 5
    while len(taken) < len(frames) and time.monotonic() < give_up_at:
        taken += intake.drain(7)
    thread.join(2)
    assert taken == frames
    assert not thread.is_alive()


@pytest.mark.parametrize(("frame", "room"), [(OpusPacket(b"x"), PACKETS_AHEAD), (Pcm(b"x"), SOUNDS_AHEAD)])
def test_the_reader_waits_with_a_full_room_and_goes_on_when_it_empties(frame: RawFrame, room: int) -> None:
    intake = Intake()
    read(intake, [frame] * 1000)
    wait_until_filled(intake, room)
    assert len(intake.drain(room - int(room * REFILL_AT) - 1)) == room - int(room * REFILL_AT) - 1
    time.sleep(0.01)
    assert intake.waiting == int(room * REFILL_AT) + 1
    intake.drain(1)
    wait_until_filled(intake, room)
    intake.close()


def test_a_reader_waits_while_a_tick_is_served() -> None:
    intake = Intake()
    FLOOR.taken = True
    try:
        thread = read(intake, packets(10))
        time.sleep(0.02)
        assert intake.waiting == 0
    finally:
        FLOOR.taken = False
    thread.join(2)
    assert intake.waiting == 10


def test_a_closed_intake_lets_its_reader_go() -> None:
    intake = Intake()
    thread = read(intake, packets(10_000))
    wait_until_filled(intake, PACKETS_AHEAD)
    intake.close()
    thread.join(2)
    assert not thread.is_alive()


def test_readers_of_files_take_turns_and_a_waiting_one_holds_nobody_up() -> None:
    first, second = Intake(takes_turns=True), Intake(takes_turns=True)
    threads = [read(first, packets(1000)), read(second, packets(1000))]
    wait_until_filled(first, PACKETS_AHEAD)
    wait_until_filled(second, PACKETS_AHEAD)
    first.close()
    second.close()
    for thread in threads:
        thread.join(2)
        assert not thread.is_alive()


def test_a_hanging_network_holds_up_no_file() -> None:
    released = threading.Event()

    def hanging() -> Iterable[RawFrame]:
        released.wait(5)
        yield OpusPacket(b"late")

    network, file = Intake(), Intake(takes_turns=True)
    thread = read(network, hanging())
    read(file, packets(1000))
    wait_until_filled(file, PACKETS_AHEAD)
    file.close()
    released.set()
    thread.join(2)
    assert network.drain(5) == [OpusPacket(b"late")]
