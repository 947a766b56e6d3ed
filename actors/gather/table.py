"""Text in columns, whatever names people have.

Pure. A table is monospaced text in a code block: every line has the same number of columns, and nothing in it
ends the block, breaks a line or turns the direction of reading. So names lose controls, direction marks and
backticks; emoji become ``:name:``, because their width differs from font to font; marks above letters are
kept, but not piled up; wide characters count two columns; letters that are written from right to left are
isolated, so that they do not reorder the columns beside them.

Source: Unicode Standard Annex 11 "East Asian Width", Annex 9 "Bidirectional Algorithm" (isolates), Annex 51
"Emoji".
"""

import unicodedata
from collections.abc import Iterator, Sequence

NAME_COLUMNS = 21
ELLIPSIS = "…"

_READ = 200
_CHARS = 40
"""A name in a script with many marks may take more characters than columns; so many are enough."""
_MARKS_PER_LETTER = 2
_FIRST_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_EMOJI_PLANE = range(0x1F000, 0x1FB00)
_AS_EMOJI = "\ufe0f"
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)
_SHAPES = frozenset({"So", "Sk"})
_REPLACED = {"`": "'", "\u02cb": "'", "\uff40": "'"}


def plain_name(name: str) -> str:
    """A name that cannot break a table, of at most ``NAME_COLUMNS`` columns, unpadded."""
    words = "".join(_plain(unicodedata.normalize("NFC", name[:_READ]))).split()
    return cut_columns(" ".join(words) or "?", NAME_COLUMNS)[:_CHARS]


def columns(line: str) -> int:
    """How many columns a text takes."""
    return sum(map(_columns, line))


def cut_columns(line: str, limit: int) -> str:
    """The text within so many columns; what was cut ends with an ellipsis."""
    if columns(line) <= limit:
        return line
    kept: list[str] = []
    left = limit - 1
    for char in line:
        left -= _columns(char)
        if left < 0:
            break
        kept.append(char)
    return "".join(kept).rstrip() + ELLIPSIS


def pad(line: str, width: int) -> str:
    """The text in exactly so many columns, isolated if it is written from right to left."""
    filled = " " * max(0, width - columns(line))
    if any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in line):
        line = f"{_FIRST_ISOLATE}{line}{_END_ISOLATE}"
    return line + filled


def draw_table(head: tuple[str, str], rows: Sequence[tuple[str, str]]) -> str:
    """Two columns with a frame: names of ``NAME_COLUMNS``, and what the second ones need."""
    width = max(columns(second) for _, second in (head, *rows))
    rule = f"+{'-' * (NAME_COLUMNS + 2)}+{'-' * (width + 2)}+"
    body = [_line(name, second, width) for name, second in rows]
    return "\n".join([rule, _line(*head, width), rule, *body, *([rule] if body else [])])


def _line(name: str, second: str, width: int) -> str:
    return f"| {pad(name, NAME_COLUMNS)} | {pad(second, width)} |"


def _columns(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def _plain(name: str) -> Iterator[str]:
    marks = 0
    flag = ""
    for char, following in zip(name, name[1:] + " ", strict=False):
        if flag and ord(char) not in _FLAG_LETTERS:
            yield _flag(flag)
            flag = ""
        category = unicodedata.category(char)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if ord(char) in _FLAG_LETTERS:
            flag += chr(ord(char) - _FLAG_LETTERS.start + ord("a"))
            if len(flag) == 2:
                yield _flag(flag)
                flag = ""
        elif _is_kept(char, category, marks):
            yield _REPLACED.get(char) or _shown(char, following)
        elif category.startswith("Z") or char in "\t\n\r\x0b\x0c\x85":
            yield " "
        elif category in {"Cn", "Co", "Cs"}:
            yield "?"
    if flag:
        yield _flag(flag)


def _is_kept(char: str, category: str, marks: int) -> bool:
    if marks:
        is_selector = 0xFE00 <= ord(char) <= 0xFE0F or ord(char) == 0x20E3
        return marks <= _MARKS_PER_LETTER and not is_selector
    return category[0] in "LNPS" and ord(char) not in _SKIN_TONES


def _shown(char: str, following: str) -> str:
    """A kept character; an emoji, or a symbol that is asked to look like one, by its name."""
    symbol = unicodedata.category(char) in _SHAPES
    wide = unicodedata.east_asian_width(char) == "W"
    if symbol and (wide or following == _AS_EMOJI or ord(char) in _EMOJI_PLANE):
        return f":{unicodedata.name(char, 'emoji').lower().replace(' ', '_').replace('-', '_')}:"
    return char


def _flag(letters: str) -> str:
    return f":flag_{letters}:"
