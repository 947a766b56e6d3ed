"""Text of users and tracks made harmless: cut to a limit, escaped for Discord's markdown.

Pure functions, nothing imported from ours. Two rules: escape first and cut afterwards, so that an escape
cannot push a text over the limit; and escaping is about looks only, that nobody is pinged is the work of
``AllowedMentions``, which every message states.

Source: Discord, "Reference", section "Message Formatting"; markdown as Discord's clients render it.
"""

import re

ELLIPSIS = "…"

_ZERO_WIDTH = "\u200b"

# What opens or closes formatting anywhere in a line. Brackets and parentheses matter only together: breaking
# the brackets is enough against masked links.
_INLINE = re.compile(r"([\\*_~`|\[\]])")

# "# title", "-# small", "> quote", "- item", "1. item" matter only at the start of a line.
_LINE_START = re.compile(r"^(\s*)(#{1,3}(?=\s)|-#(?=\s)|>(?=\s|>>)|[-+](?=\s)|\d+(?=\.\s))", re.MULTILINE)

# <@1>, <@!1>, <@&1>, <#1>, </name:1>, <:name:1>, <a:name:1>, <t:1>, <id:home>, <https://…>
_TAG = re.compile(r"<(?=[@#/:]|a:|t:|id:|https?:)")

_ADDRESS = re.compile(r"<?https?://[^\s<>]+")

_PING = re.compile(r"@(?=everyone\b|here\b)")


def cut(text: str, limit: int) -> str:
    """Shorten to at most ``limit`` characters; what was cut ends with an ellipsis.

    A trailing single backslash (half of an escape) is not left dangling.

    Raises:
        ValueError: ``limit`` is below 1.

    """
    if limit < 1:
        raise ValueError(f"a text cannot be cut to {limit} characters")
    if len(text) <= limit:
        return text
    head = text[: limit - 1].rstrip()
    backslashes = len(head) - len(head.rstrip("\\"))
    if backslashes % 2:
        head = head[:-1]
    return head + ELLIPSIS


def escape(text: str) -> str:
    """Make every character of ``text`` show as itself: no formatting, no mention, no masked link.

    Bare addresses are left whole: Discord formats nothing inside them, and a backslash would break the link.
    """
    pieces: list[str] = []
    end = 0
    for address in _ADDRESS.finditer(text):
        tag = "\\" if address[0].startswith("<") else ""
        pieces += [_escape_words(text[end : address.start()]), tag, address[0]]
        end = address.end()
    pieces.append(_escape_words(text[end:]))
    return "".join(pieces)


def _escape_words(text: str) -> str:
    escaped = _INLINE.sub(r"\\\1", text)
    escaped = _LINE_START.sub(_escape_line_start, escaped)
    escaped = _TAG.sub(r"\\<", escaped)
    return _PING.sub(f"@{_ZERO_WIDTH}", escaped)


def _escape_line_start(match: re.Match[str]) -> str:
    space, mark = match.groups()
    if mark[0].isdigit():
        return f"{space}{mark}\\"  # "1. x" becomes "1\\. x": a backslash before a digit would show
    return f"{space}\\{mark}"
