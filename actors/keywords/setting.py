"""The rules as a setting: of the configuration for all servers, or a server's own instead."""

import logging
from functools import lru_cache

from actors.core.setting import Setting
from actors.core.texts import Text
from actors.keywords.rules import NONE, Rules, parse_rules

log = logging.getLogger(__name__)


def _parse(words: str) -> Rules:
    _log_wrong(words)
    return parse_rules(words)


@lru_cache(maxsize=512)
def _log_wrong(words: str) -> None:
    """Tell whoever runs the bot of rules that are left out, once."""
    for wrong in parse_rules(words).wrong:
        log.warning("a keyword rule is left out", extra={"why": wrong.key, **wrong.arguments})


def _remarks(words: str) -> tuple[Text, ...]:
    return parse_rules(words).wrong


KEYWORDS = Setting(name="keywords", default=NONE, parse=_parse, choices=(NONE,), remarks=_remarks)
