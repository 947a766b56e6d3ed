"""The pager's machine and view on their own, and the form in which it is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.core.address import Address
from actors.core.pages import PageReady
from actors.core.strangers import RefuseOther
from actors.core.viewing import Posted, Viewing
from actors.pager.actor import FORM
from actors.pager.state import IDLE_S, AskPage, Close, PagerState, Show, restore_pager
from actors.pager.view import view_page
from actors.rest.payloads import Button, Message
from gateway_client.ids import ChannelId, GuildId, MessageId, UserId
from tests.core.fakes import ALICE, BOB, GUILD
from tests.core.listed import SOURCE

HOME = Address("pager", 55)


def state(*, total: int = 10, wanted: int = 1, vanishes: bool = True) -> PagerState:
    return PagerState(
        viewing=Viewing(source=SOURCE, query="queue", owner=ALICE, guild_id=GUILD),
        vanishes=vanishes,
        wanted=wanted,
        total=total,
        expires_at=IDLE_S,
    )


def ready(page: int, total: int = 10) -> PageReady:
    return PageReady(query="queue", page=page, total=total, payload=Message(content=f"page {page}"))


def test_turns_while_a_page_is_being_rendered_only_move_the_wanted_number() -> None:
    pager = state()
    assert pager.opened() == [AskPage(1)]
    assert [pager.turn(1, ALICE, 0.0) for _ in range(5)] == [[]] * 5
    assert pager.ready(ready(1)) == [AskPage(6)]
    assert pager.ready(ready(6)) == [Show(ready(6).payload, 6, 10)]


def test_page_is_clamped_at_both_ends() -> None:
    pager = state(wanted=10)
    pager.turn(1, ALICE, 0.0)
    assert pager.wanted == 10
    for _ in range(20):
        pager.turn(-1, ALICE, 0.0)
    assert pager.wanted == 1


def test_list_that_shrank_is_shown_where_it_ends() -> None:
    pager = state(wanted=9)
    pager.opened()
    assert pager.ready(ready(2, total=2)) == [Show(ready(2).payload, 2, 2)]
    assert pager.wanted == 2


def test_stranger_is_refused_once_in_five_seconds_and_does_not_keep_it_alive() -> None:
    pager = state()
    assert pager.turn(1, BOB, 0.0) == [RefuseOther()]
    assert pager.turn(1, BOB, 4.0) == []
    assert pager.turn(1, UserId(3), 4.0) == [RefuseOther()]
    assert pager.turn(1, BOB, 5.0) == [RefuseOther()]
    assert pager.tick(IDLE_S) == [Close(vanishes=True)]


def test_turning_puts_off_the_end() -> None:
    pager = state()
    pager.turn(1, ALICE, 100.0)
    assert pager.tick(IDLE_S + 1) == []
    assert pager.tick(100.0 + IDLE_S) == [Close(vanishes=True)]
    assert pager.turn(1, ALICE, 300.0) == []
    assert pager.tick(1e9) == []


def test_restored_list_that_keeps_its_page_waits_for_it_before_it_closes() -> None:
    pager = restore_pager(state(vanishes=False).to_saved())
    pager.opened()
    assert pager.tick(IDLE_S + 500) == []
    assert pager.ready(ready(1)) == [Show(ready(1).payload, 1, 10)]
    assert pager.tick(IDLE_S + 600) == [Close(vanishes=False)]


@given(st.lists(st.one_of(st.sampled_from([-1, 1]), st.integers(0, 12).map(lambda n: ("ready", n)))))
def test_whatever_happens_the_last_page_shown_is_the_one_wanted(
    story: list[int | tuple[str, int]],
) -> None:
    pager = state(total=0)
    asked = [effect for effect in pager.opened() if isinstance(effect, AskPage)]
    shown: list[int] = []

    def answer(total: int) -> None:
        want = asked.pop(0).page
        page = min(max(want, 1), max(total, 1))
        for effect in pager.ready(ready(page, total)):
            shown.extend([effect.page] if isinstance(effect, Show) else [])
            asked.extend([effect] if isinstance(effect, AskPage) else [])

    for step in story:
        if isinstance(step, int):
            asked.extend(e for e in pager.turn(step, ALICE, 0.0) if isinstance(e, AskPage))
        elif asked:
            answer(step[1])
        assert len(asked) <= 1
    while asked:
        answer(7)
    assert shown[-1] == pager.wanted


def test_one_page_has_no_buttons_and_ends_are_disabled() -> None:
    page = Message(content="x")
    assert view_page(HOME, page, 1, 1).components == ()
    (row,) = view_page(HOME, page, 1, 3).components
    buttons = [item for item in row.items if isinstance(item, Button)]
    assert [(button.label, button.disabled) for button in buttons] == [
        ("◀", True),
        ("1/3", True),
        ("▶", False),
    ]
    assert buttons[2].custom_id == "pager:1:55:next"


@pytest.mark.parametrize("place", [None, Posted(channel_id=ChannelId(1), message_id=MessageId(2))])
def test_saved_form_round_trips(place: Posted | None) -> None:
    pager = state(wanted=3)
    pager.place = place
    saved = pager.to_saved()
    assert FORM.decode(FORM.encode(saved), FORM.schema) == saved
    assert restore_pager(saved).to_saved() == saved


def test_list_that_was_kept_in_the_first_form_is_still_read() -> None:
    saved = FORM.decode(
        b'{"source_kind":"list","source_key":1,"query":"queue","owner":1,"guild_id":9,"page":3,"total":10,'
        b'"vanishes":true,"expires_at":120.0,"command":"rep list","channel_id":5,"message_id":777}',
        schema=1,
    )
    viewing = Viewing(source=SOURCE, query="queue", owner=UserId(1), guild_id=GuildId(9))
    assert (saved.viewing, saved.page, saved.command) == (viewing, 3, "rep list")
    assert saved.place == Posted(channel_id=ChannelId(5), message_id=MessageId(777))


def test_list_of_the_first_form_that_was_nowhere_yet_is_nowhere_still() -> None:
    saved = FORM.decode(
        b'{"source_kind":"list","source_key":1,"query":"queue","owner":1,"guild_id":9,"page":1,"total":0,'
        b'"vanishes":false,"expires_at":120.0,"command":"","channel_id":null,"message_id":null}',
        schema=1,
    )
    assert saved.place is None
