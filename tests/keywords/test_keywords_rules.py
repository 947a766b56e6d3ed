"""Rules as people write them: what is used, what is named as wrong, and what a message gets."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.core.texts import load_catalogue
from actors.keywords.rules import LONGEST_PATTERN, MOST_RULES, parse_rules
from actors.keywords.setting import KEYWORDS

SAY = load_catalogue(["actors.core", "actors.keywords"]).speaker()
CZECH = load_catalogue(["actors.core", "actors.keywords"]).speaker("cs")


def emojis(words: str, content: str) -> tuple[str, ...]:
    return parse_rules(words).emojis_for(content)


def complaints(words: str) -> list[str]:
    return [wrong.render(SAY) for wrong in parse_rules(words).wrong]


@pytest.mark.parametrize(
    "words",
    [
        r"\bgg\b => 🎉; good bot → ❤️",
        "\\bgg\\b => 🎉\ngood bot => ❤️\n",
        r"\bgg\b => 🎉, good bot => ❤️",
        r"\bgg\b=>🎉,good bot=>❤️",
        "  ;; \\bgg\\b   =>   🎉 ;\n\n good bot => ❤️ ;",
    ],
)
def test_rules_are_written_in_several_ways(words: str) -> None:
    assert emojis(words, "gg, good bot") == ("🎉", "❤️")
    assert emojis(words, "eggs") == ()
    assert complaints(words) == []


def test_each_emoji_comes_once_in_the_order_of_the_rules() -> None:
    words = "b => 🅱️; a => 🍎; apple => 🍎; c{2,3}, yes => <a:dance:123>; d => <:dance:123>"
    assert emojis(words, "d cc, yes apple b") == ("🅱️", "🍎", "<a:dance:123>")
    assert emojis(words, "d apple") == ("🍎", "<:dance:123>")


@pytest.mark.parametrize("words", ["none", "", " off ", "None"])
def test_no_rules_are_rules_too(words: str) -> None:
    assert parse_rules(words).used == ()
    assert complaints(words) == []


@pytest.mark.parametrize(
    ("wrong", "because"),
    [
        ("(a => 🎉", "missing )"),
        (r"(a)\1 => 🎉", "invalid escape sequence"),
        ("(?=a) => 🎉", "invalid perl operator"),
        ("(?:a{1000}){1000} => 🎉", "invalid repetition"),
        ("a => smile", "`smile` is no emoji"),
        ("a =>", "write it like"),
        ("=> 🎉", "nothing before the arrow"),
        ("just words", "write it like"),
        ("x" * (LONGEST_PATTERN + 1) + " => 🎉", "at most 200"),
    ],
)
def test_a_bad_rule_is_named_with_its_place_and_the_others_work(wrong: str, because: str) -> None:
    words = f"one => 1️⃣\n{wrong}\nthree => 3️⃣"
    (complaint,) = complaints(words)
    assert complaint.startswith("Rule 2 ")
    assert because in complaint
    assert emojis(words, "one a three") == ("1️⃣", "3️⃣")
    assert "Pravidlo 2 " in parse_rules(words).wrong[0].render(CZECH)


def test_there_is_an_end_to_rules_and_to_reactions() -> None:
    words = "\n".join(f"a => <:e{number}:{number}>" for number in range(1, MOST_RULES + 2))
    assert len(complaints(words)) == 1
    assert len(emojis(words, "a")) == 20


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)*$", "(.*a){20}$", "a*a*a*a*a*a*a*b", "([a-z]+)*!"])
def test_matching_is_linear_whatever_the_pattern(pattern: str) -> None:
    rules = parse_rules(f"{pattern} => 🎉")
    (rule,) = rules.used
    started = time.process_time()
    for _ in range(10):
        rule.pattern.search("a" * 4000 + "?")
    assert time.process_time() - started < 1.0


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80), st.text(max_size=80))
def test_anything_can_be_written_and_read(words: str, content: str) -> None:
    rules = parse_rules(words)
    rules.emojis_for(content)
    for wrong in rules.wrong:
        assert wrong.render(SAY).startswith("Rule ")


def test_the_setting_says_what_it_leaves_out(caplog: pytest.LogCaptureFixture) -> None:
    words = "ok => 🎉; (nope => 🎉"
    assert KEYWORDS.remarks is not None
    assert [remark.key for remark in KEYWORDS.remarks(words)] == ["keywords.bad_pattern"]
    for _ in range(2):
        KEYWORDS.parse(words)
    assert [record.message for record in caplog.records] == ["a keyword rule is left out"]
