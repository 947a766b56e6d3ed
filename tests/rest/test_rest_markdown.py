"""Text of users and tracks is shown as it is, and no longer than it may be."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.rest.markdown import ELLIPSIS, cut, escape


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…"),
        ("a b c", 3, "a…"),
        ("", 1, ""),
        ("xy", 1, "…"),
        (r"aa\*b", 4, "aa…"),
    ],
)
def test_a_long_text_is_cut_with_an_ellipsis(text: str, limit: int, expected: str) -> None:
    assert cut(text, limit) == expected


def test_nothing_can_be_cut_to_nothing() -> None:
    with pytest.raises(ValueError, match="0"):
        cut("x", 0)


@given(text=st.text(), limit=st.integers(1, 30))
@settings(max_examples=200, deadline=None)
def test_a_cut_text_fits_and_begins_like_the_whole(text: str, limit: int) -> None:
    shown = cut(text, limit)
    assert len(shown) <= limit
    assert text.startswith(shown.removesuffix(ELLIPSIS) if shown != text else text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**bold** _it_ ~~no~~", r"\*\*bold\*\* \_it\_ \~\~no\~\~"),
        ("`code` ||spoiler||", r"\`code\` \|\|spoiler\|\|"),
        ("[click](https://evil.example)", r"\[click\](https://evil.example)"),
        (
            "# title\n-# small\n> quote\n- item\n1. one",
            "\\# title\n\\-# small\n\\> quote\n\\- item\n1\\. one",
        ),
        ("5 - 3 > 1 #1", "5 - 3 > 1 #1"),
        ("<@1> <@&2> <#3> <:a:4> <t:5:R>", r"\<@1> \<@&2> \<#3> \<:a:4> \<t:5:R>"),
        ("a < b", "a < b"),
        ("@everyone @here me@heretic", "@\u200beveryone @\u200bhere me@heretic"),
        (r"back\slash", r"back\\slash"),
        ("https://e.org/a_b_c and _x_", r"https://e.org/a_b_c and \_x\_"),
        ("<https://e.org/a_b>", r"\<https://e.org/a_b>"),
    ],
)
def test_markdown_and_mentions_show_as_they_were_written(text: str, expected: str) -> None:
    assert escape(text) == expected


@given(text=st.text(alphabet="ab*_~`|[]()<>@#&:/1 .\\-\n", max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_formatting_character_outside_an_address_stays_bare(text: str) -> None:
    without_addresses = re.sub(r"https?://[^\s<>]+", "", text)
    if without_addresses != text:
        return
    bare = re.sub(r"\\[^a-z0-9\s]", "·", escape(text))
    assert not re.search(r"[*_~`|\[\]]|<[@#:]", bare)
