"""The table stays a table: every line as wide as the others, whatever people are called."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.gather.table import NAME_COLUMNS, columns, draw_table, plain_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada", "Ada"),
        ("```js", "'''js"),
        ("one\ntwo\r\nthree\tfour", "one two three four"),
        ("\u202eevil\u202c", "evil"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("a" * 100, "a" * 20 + "…"),
        ("🎉 party", ":party_popper: party"),
        ("👍🏽 ok", ":thumbs_up_sign: ok"),
        ("❤️", ":heavy_black_heart:"),
        ("🇨🇿🇸🇰!", ":flag_cz::flag_sk:!"),
        ("1️⃣", "1"),
        ("漢字" * 10, "漢字" * 5 + "…"),
        ("Žluťoučký kůň", "Žluťoučký kůň"),
        ("Z\u0301\u0302\u0303\u0304\u0305", "Ź\u0302\u0303"),
        ("   ", "?"),
        ("", "?"),
        ("\u200e\u200f", "?"),
        ("\ue000\ud83c", "??"),
        ("שלום", "שלום"),
        ("<@123> @everyone", "<@123> @everyone"),
    ],
)
def test_names_become_plain(name: str, shown: str) -> None:
    assert plain_name(name) == shown


def test_letters_from_right_to_left_are_isolated_and_take_no_more_columns() -> None:
    table = draw_table(("User", "Arrived"), [(plain_name("שלום"), "ON TIME")])
    row = table.splitlines()[3]
    assert "\u2068שלום\u2069" in row
    assert columns(row) == columns(table.splitlines()[0])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=110), max_size=6), st.text(max_size=8, alphabet="+0123456789:-OUT"))
def test_no_name_breaks_the_table(names: list[str], status: str) -> None:
    table = draw_table(("User", "Arrived"), [(plain_name(name), status) for name in names])
    lines = table.split("\n")
    assert len(lines) == len(names) + (4 if names else 3)
    assert {columns(line) for line in lines} == {columns(lines[0])}
    assert "`" not in table
    assert not [
        char
        for char in table
        if unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} - {char} and char != "\n"
    ]
    assert all(columns(plain_name(name)) <= NAME_COLUMNS for name in names)
    assert table.splitlines() == lines
