"""The picker's machine and view on their own, and the form in which it is kept."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.core.address import Address
from actors.core.arrows import Turn
from actors.core.pages import Choice
from actors.core.strangers import RefuseOther
from actors.core.viewing import Posted, Viewing
from actors.picker.actor import FORM
from actors.picker.messages import Cancel, Pick
from actors.picker.state import (
    LIFE_S,
    Give,
    GiveUp,
    PickerState,
    Show,
    restore_picker,
)
from actors.picker.view import view_picker
from actors.rest.payloads import Button, Message
from gateway_client.ids import ChannelId, GuildId, MessageId, UserId
from tests.core.fakes import ALICE, BOB, CATALOGUE, GUILD
from tests.core.listed import SOURCE

HOME = Address("picker", 55)
SAY = CATALOGUE.speaker()


def choices(count: int) -> tuple[Choice, ...]:
    return tuple(Choice(label=f"song {n}", value=f"id{n}") for n in range(count))


def state(count: int = 12) -> PickerState:
    return PickerState(
        viewing=Viewing(source=SOURCE, query="search", owner=ALICE, guild_id=GUILD),
        title="Which one?",
        choices=choices(count),
        expires_at=LIFE_S,
    )


def labels(message: Message) -> list[list[str]]:
    return [
        [item.label or "" for item in row.items if isinstance(item, Button)] for row in message.components
    ]


def test_five_choices_have_numbers_and_cancel_only() -> None:
    message = view_picker(HOME, state(5), SAY)
    assert labels(message) == [["1", "2", "3", "4", "5"], ["Cancel"]]
    assert "**5.** song 4" in (message.embeds[0].description or "")


def test_more_choices_come_in_pages_of_five() -> None:
    picker = state(12)
    assert labels(view_picker(HOME, picker, SAY))[1] == ["Cancel", "◀", "1/3", "▶"]
    picker.turn(1, ALICE, 0.0)
    picker.turn(1, ALICE, 0.0)
    message = view_picker(HOME, picker, SAY)
    assert labels(message) == [["1", "2"], ["Cancel", "◀", "3/3", "▶"]]
    assert message.embeds[0].description == "**1.** song 10\n**2.** song 11", "as the buttons are called"
    last = message.components[0].items[-1]
    assert isinstance(last, Button)
    assert last.custom_id == "picker:1:55:pick:11"


def test_arrows_stop_at_both_ends() -> None:
    picker = state(12)
    assert picker.turn(-1, ALICE, 0.0) == []
    assert [picker.turn(1, ALICE, 0.0) for _ in range(3)] == [[Show()], [Show()], []]


def test_number_means_what_was_seen_though_the_page_has_turned() -> None:
    picker = state(12)
    picker.turn(1, ALICE, 0.0)
    assert picker.pick(2, ALICE, 0.0) == [Give(choices(12)[2])]


ENDS: dict[str, Callable[[PickerState], object]] = {
    "picked": lambda picker: picker.pick(0, ALICE, 0.0),
    "cancelled": lambda picker: picker.cancel(ALICE, 0.0),
    "expired": lambda picker: picker.tick(LIFE_S),
}


@pytest.mark.parametrize("end", ENDS)
def test_what_has_ended_does_nothing_more(end: str) -> None:
    picker = state()
    assert ENDS[end](picker)
    assert picker.closed
    assert picker.pick(1, ALICE, 0.0) == picker.cancel(ALICE, 0.0) == picker.tick(LIFE_S) == []
    assert picker.turn(1, ALICE, 0.0) == []


def test_time_is_over_after_two_minutes_whatever_was_turned() -> None:
    picker = state()
    picker.turn(1, ALICE, 119.0)
    assert picker.tick(119.9) == []
    assert picker.tick(120.0) == [GiveUp(expired=True)]


@pytest.mark.parametrize("press", [Pick(0), Turn(1), Cancel()])
def test_stranger_changes_nothing_and_is_told_at_most_once_in_five_seconds(
    press: Pick | Turn | Cancel,
) -> None:
    picker = state()

    def by(who: UserId, at: float) -> list[object]:
        match press:
            case Pick(index):
                return list(picker.pick(index, who, at))
            case Turn(by):
                return list(picker.turn(by, who, at))
            case Cancel():
                return list(picker.cancel(who, at))

    assert [by(BOB, at) for at in (0.0, 4.9, 5.0)] == [[RefuseOther()], [], [RefuseOther()]]
    assert (picker.page, picker.closed) == (0, False)


@given(st.integers(1, 40), st.lists(st.one_of(st.integers(-3, 50), st.sampled_from(["<", ">"])), max_size=8))
def test_whatever_is_pressed_at_most_one_choice_is_given_and_it_is_a_real_one(
    count: int, story: list[int | str]
) -> None:
    picker = state(count)
    given: list[Choice] = []
    for step in story:
        effects = (
            picker.pick(step, ALICE, 0.0)
            if isinstance(step, int)
            else picker.turn(1 if step == ">" else -1, ALICE, 0.0)
        )
        given += [effect.choice for effect in effects if isinstance(effect, Give)]
        assert 1 <= len(picker.shown) <= 5
    assert len(given) <= 1
    assert set(given) <= set(picker.choices)


def test_saved_form_round_trips() -> None:
    picker = state()
    picker.turn(1, ALICE, 0.0)
    place = Posted(channel_id=ChannelId(1), message_id=MessageId(2))
    saved = picker.to_saved(place)
    assert FORM.decode(FORM.encode(saved), FORM.schema) == saved
    assert restore_picker(saved).to_saved(place) == saved


def test_picker_that_was_kept_in_the_first_form_is_still_read() -> None:
    saved = FORM.decode(
        b'{"source_kind":"list","source_key":1,"query":"search","owner":1,"guild_id":9,"title":"Which one?",'
        b'"choices":[{"label":"song 0","value":"id0"}],"page":0,"expires_at":120.0,"channel_id":5,'
        b'"message_id":777}',
        schema=1,
    )
    assert saved.viewing == Viewing(source=SOURCE, query="search", owner=UserId(1), guild_id=GuildId(9))
    assert saved.place == Posted(channel_id=ChannelId(5), message_id=MessageId(777))
    assert saved.choices == choices(1)
