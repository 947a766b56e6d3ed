r"""The rules of a server: a regular expression and the emoji that answers it.

Pure. Rules are written ``\bgg\b => 🎉``, one per line or separated by ``;`` or ``,`` behind the emoji. What
cannot be used is left out and named with its number, and the others work. Each emoji is given once per
message, in the order of the rules.
"""

import re
from functools import lru_cache

from attrs import field, frozen

from actors.core.texts import Text, text
from actors.keywords.patterns import BadPattern, Pattern, compile_pattern
from actors.rest.payloads import cut, emoji_key, looks_like_emoji

MOST_RULES = 100
LONGEST_PATTERN = 200
MOST_REACTIONS = 20
"""Different ones under a message. Source: Discord, JSON error 30010."""
NONE = "none"

_ARROW = re.compile(r"\s*(?:=>|→|➡️?)\s*")
_BETWEEN = " \t\r\n,;"
_SHOWN = 60


@frozen(kw_only=True)
class Rule:
    """Whoever writes something that matches gets the emoji."""

    pattern: Pattern = field(eq=False, repr=False)
    words: str
    emoji: str


@frozen(kw_only=True)
class Rules:
    """What is used, and what was wrong with the rest."""

    used: tuple[Rule, ...] = ()
    wrong: tuple[Text, ...] = ()

    @property
    def is_none(self) -> bool:
        """Whether nothing was asked for, not even wrongly."""
        return not (self.used or self.wrong)

    def then(self, others: "Rules") -> "Rules":
        """These, and others behind them."""
        return Rules(used=self.used + others.used, wrong=self.wrong + others.wrong)

    def emojis_for(self, content: str) -> tuple[str, ...]:
        """The emojis that a message gets, in order."""
        found: dict[str, str] = {}
        for rule in self.used:
            key = emoji_key(rule.emoji)
            if key not in found and rule.pattern.search(content) is not None:
                found[key] = rule.emoji
        return tuple(found.values())[:MOST_REACTIONS]


@lru_cache(maxsize=512)
def parse_rules(words: str) -> Rules:
    """Read what somebody wrote; compiled once for as long as it is in use."""
    if words.strip().lower() in {"", NONE, "off"}:
        return Rules()
    used: list[Rule] = []
    wrong: list[Text] = []
    for number, (pattern, emoji) in enumerate(_split(words), 1):
        rule = _rule(number, pattern, emoji)
        if isinstance(rule, Text):
            wrong.append(rule)
        elif len(used) < MOST_RULES:
            used.append(rule)
        else:
            wrong.append(text("keywords.too_many", number=number, limit=MOST_RULES))
    return Rules(used=tuple(used), wrong=tuple(wrong))


def _rule(number: int, pattern: str, emoji: str | None) -> Rule | Text:
    """One rule, or what is wrong with it."""
    shown = _shown(pattern)
    if not emoji:
        return text("keywords.no_arrow", number=number, rule=shown)
    if not pattern:
        return text("keywords.no_pattern", number=number)
    if len(pattern) > LONGEST_PATTERN:
        return text("keywords.too_long", number=number, rule=shown, limit=LONGEST_PATTERN)
    if not looks_like_emoji(emoji):
        return text("keywords.no_emoji", number=number, rule=shown, emoji=_shown(emoji))
    try:
        return Rule(pattern=compile_pattern(pattern), words=pattern, emoji=emoji)
    except BadPattern as bad:
        return text("keywords.bad_pattern", number=number, rule=shown, reason=_shown(str(bad)))


def _split(words: str) -> list[tuple[str, str | None]]:
    """Patterns and their emojis; an emoji of None where a line has no arrow."""
    found: list[tuple[str, str | None]] = []
    for line in words.splitlines():
        rest = line.strip(_BETWEEN)
        while rest:
            arrow = _ARROW.search(rest)
            if arrow is None:
                found.append((rest, None))
                break
            emoji = re.split(r"[\s,;]", rest[arrow.end() :], maxsplit=1)
            found.append((rest[: arrow.start()], emoji[0]))
            rest = emoji[1].strip(_BETWEEN) if len(emoji) > 1 else ""
    return found


def _shown(words: str) -> str:
    return cut(words.replace("`", "'"), _SHOWN)
