"""What comes twice from one address is known again: files, files that had broken off, radios."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice.recognition import COMPARED, FRAYED, Recognition
from voice.slots import OpusPacket


def slots(*names: object) -> list[OpusPacket]:
    return [OpusPacket(str(name).encode()) for name in names]


def new_ones(recognition: Recognition, reading: Iterable[OpusPacket]) -> list[OpusPacket]:
    return [slot for slot in reading if recognition.is_new(slot)]


def after(*readings: Iterable[OpusPacket]) -> Recognition:
    """What is known after these, at the beginning of another one."""
    recognition = Recognition()
    for reading in readings:
        new_ones(recognition, reading)
        recognition.begin_again()
    return recognition


@settings(max_examples=60)
@given(st.integers(1, 300), st.lists(st.integers(0, 400), max_size=4))
def test_however_often_a_file_breaks_off_each_slot_is_new_once(length: int, ends: list[int]) -> None:
    file = slots(*range(length))
    recognition, heard = Recognition(), list[OpusPacket]()
    for end in [*ends, length]:
        heard += new_ones(recognition, file[:end])
        recognition.begin_again()
    assert heard == file
    assert new_ones(recognition, file) == []
    assert recognition.is_complete


def test_a_first_reading_is_never_complete() -> None:
    recognition = Recognition()
    assert not recognition.is_complete
    new_ones(recognition, slots(*range(50)))
    assert not recognition.is_complete
    recognition.begin_again()
    assert not recognition.is_complete, "nothing has come yet"


@pytest.mark.parametrize(
    ("end", "complete"),
    [(199 - FRAYED, False), (200 - FRAYED, True), (200, True), (201, False)],
)
def test_it_is_complete_if_it_ends_where_it_had_ended(end: int, complete: bool) -> None:
    file = slots(*range(300))
    recognition = after(file[:200])
    new_ones(recognition, file[:end])
    assert recognition.is_complete is complete


def test_what_frays_at_a_break_is_no_other_sound() -> None:
    file = slots(*range(200))
    recognition = after([*file[:100], *slots("half a packet")])
    assert new_ones(recognition, file) == file[101:]


def test_a_radio_is_new_from_its_first_other_slot_on_and_stays_it() -> None:
    recognition = after(slots(*range(200)))
    live = slots("greeting", *range(1, 200))
    assert new_ones(recognition, live) == live
    assert not recognition.is_complete
    recognition.begin_again()
    assert new_ones(recognition, live) == live, "whatever comes of it"


def test_the_greeting_of_a_radio_is_not_heard_again() -> None:
    greeting = slots(*(f"greeting {n}" for n in range(100)))
    recognition = after([*greeting, *slots(*range(100))])
    assert new_ones(recognition, [*greeting, *slots(*range(100, 300))]) == slots(*range(100, 300))
    assert not recognition.is_complete


def test_no_more_is_remembered_than_needed_but_all_is_counted() -> None:
    length = COMPARED + 2000
    recognition = after(slots(*range(length)))
    other_end = [*slots(*range(COMPARED)), *slots(*("other",) * 2100)]
    assert len(new_ones(recognition, other_end)) == 100
