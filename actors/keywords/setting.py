"""The rules as a setting: of the configuration for all servers, and then a server's own.

A server adds to what the configuration has; with ``none`` it wants no rules at all, neither its own nor
those.
"""

import logging
from functools import lru_cache

from actors.core.setting import Setting, Settings
from actors.core.texts import Text
from actors.keywords.rules import NONE, Rules, parse_rules
from gateway_client.ids import GuildId

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


def rules_of(settings: Settings, guild_id: GuildId) -> Rules:
    """The rules that apply in a server."""
    own = settings.own_words(guild_id).get(KEYWORDS.name)
    return _joined(settings.default_words(KEYWORDS), own)


@lru_cache(maxsize=512)
def _joined(shared: str, own: str | None) -> Rules:
    if not own:
        return parse_rules(shared)
    rules = parse_rules(own)
    return rules if rules.is_none else parse_rules(shared).then(rules)
