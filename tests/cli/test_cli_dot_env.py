import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.dot_env import parse_dot_env


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("KEY=value", "value"),
        ("  KEY = value  ", "value"),
        ("export KEY=value", "value"),
        ("KEY=", ""),
        ("KEY=a b", "a b"),
        ("KEY=a#b", "a#b"),
        ("KEY=a #b", "a"),
        ("KEY=#b", ""),
        ("KEY=a=b", "a=b"),
        ("KEY='a #b'", "a #b"),
        (r"KEY='a\n'", r"a\n"),
        ("KEY='a' # why", "a"),
        (r'KEY="a\n\"b\" \$x \\ \y"', 'a\n"b" $x \\ \\y'),
        ('KEY="a # b"', "a # b"),
        ("KEY=$HOME", "$HOME"),
        ("KEY=it's", "it's"),
        ("KEY=value\r", "value"),
    ],
)
def test_value_of_a_line(line: str, value: str) -> None:
    parsed = parse_dot_env(line)
    assert parsed.values == {"KEY": value}
    assert parsed.bad_lines == ()


@pytest.mark.parametrize("line", ["KEY", "=value", "1KEY=x", "KEY='a", 'KEY="a', "KEY='a'b", "a key=x", "?"])
def test_line_that_says_nothing_is_reported_by_its_number(line: str) -> None:
    parsed = parse_dot_env(f"# comment\n\nA=1\n{line}\nB=2\n")
    assert parsed.values == {"A": "1", "B": "2"}
    assert parsed.bad_lines == (4,)


def test_last_of_two_equal_keys_wins_and_a_byte_order_mark_is_ignored() -> None:
    assert parse_dot_env("\ufeffA=1\nA=2").values == {"A": "2"}


@settings(max_examples=100)
@given(st.text(st.characters(exclude_characters="'\n", exclude_categories=["Cs"])))
def test_single_quotes_keep_any_text(text: str) -> None:
    assert parse_dot_env(f"KEY='{text}'").values == {"KEY": text}


@settings(max_examples=100)
@given(st.text())
def test_any_file_is_read_without_a_crash(text: str) -> None:
    parsed = parse_dot_env(text)
    assert all(1 <= number <= text.count("\n") + 1 for number in parsed.bad_lines)
