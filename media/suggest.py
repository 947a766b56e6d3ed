"""Autocompletion: what may be meant, while somebody types.

What is in memory or on disk comes at once: library names, then what the player knows (`Suggestions`: history,
playlists). Behind it stand the words that the web suggests, if they come in time; Discord wants an answer
within 2 s, so `WEB_S` is all they get.

Rules: the latest keystroke wins, an older question of the same person gives up on the web and answers with
the rest. Answers are remembered for a while, least recently used go first. Links and single letters are not
asked about. A suggester that fails is left alone for `PAUSE_S`.

Failure mode: without the web the list is shorter; nothing is ever raised.
"""

import logging
from collections import OrderedDict
from collections.abc import Sequence
from urllib.parse import quote

import msgspec
import trio
from attrs import define, field

from gateway_client.ids import GuildId, UserId
from media.direct import looks_like_url
from media.errors import MediaError
from media.fetch import open_fetch
from media.guard import Guard
from media.library import Library
from media.suggestions import LABEL, MOST, Origin, Suggestion, Suggestions, Typed

SUGGEST_URL = "https://suggestqueries-clients6.youtube.com/complete/search"
WEB_S = 1.4
PAUSE_S = 30.0
REMEMBERED = 512  # answers
REMEMBERED_S = 1800.0
FROM_LIBRARY = 8
_ANSWER_BYTES = 64 << 10
_SHORTEST = 2  # characters
_log = logging.getLogger(__name__)


@define(eq=False, kw_only=True)
class Suggester:
    """Answers autocompletions.

    Attributes:
        web_url: who suggests, without the query; empty for nobody.
        known: who knows more, from memory; the player adds itself.
    """

    library: Library
    guard: Guard
    web_url: str = SUGGEST_URL
    known: list[Suggestions] = field(factory=list[Suggestions])
    _asking: dict[tuple[GuildId, UserId], trio.CancelScope] = field(
        factory=dict[tuple[GuildId, UserId], trio.CancelScope], init=False
    )
    _answers: OrderedDict[str, tuple[float, tuple[str, ...]]] = field(
        factory=OrderedDict[str, tuple[float, tuple[str, ...]]], init=False
    )
    _quiet_until: float = field(default=0.0, init=False)

    async def complete(self, typed: Typed) -> tuple[Suggestion, ...]:
        """What may be meant, best first, at most `MOST`, none twice."""
        found = [*self._of_library(typed)]
        for source in self.known:
            found += source.suggest(typed)
        found += [
            Suggestion(label=words, value=words, origin=Origin.WEB) for words in await self._of_web(typed)
        ]
        unique: dict[str, Suggestion] = {}
        for item in found:
            if 0 < len(item.value) <= LABEL and 0 < len(item.label) <= LABEL:
                unique.setdefault(item.value.casefold(), item)
        return tuple(unique.values())[:MOST]

    def _of_library(self, typed: Typed) -> list[Suggestion]:
        wanted = typed.text.strip().casefold()
        names = [name for name in self.library.names(typed.guild_id) if wanted in name.casefold()]
        names.sort(key=lambda name: not name.casefold().startswith(wanted))
        return [Suggestion(label=name, value=name, origin=Origin.LIBRARY) for name in names[:FROM_LIBRARY]]

    async def _of_web(self, typed: Typed) -> tuple[str, ...]:
        who = (typed.guild_id, typed.user_id)
        before = self._asking.pop(who, None)
        if before is not None:
            before.cancel()
        words = " ".join(typed.text.split())[:LABEL].casefold()
        if not self.web_url or len(words) < _SHORTEST or looks_like_url(words):
            return ()
        known = self._answers.get(words)
        if known is not None and trio.current_time() < known[0]:
            self._answers.move_to_end(words)
            return known[1]
        if trio.current_time() < self._quiet_until:
            return ()
        with trio.move_on_after(WEB_S) as scope:
            self._asking[who] = scope
            try:
                return await self._ask(words)
            finally:
                if self._asking.get(who) is scope:
                    del self._asking[who]
        return ()

    async def _ask(self, words: str) -> tuple[str, ...]:
        url = f"{self.web_url}?client=firefox&ds=yt&ie=utf8&oe=utf8&q={quote(words)}"
        text = bytearray()
        try:
            async with open_fetch(self.guard, url, max_bytes=_ANSWER_BYTES, max_s=WEB_S) as fetch:
                while data := await fetch.receive():
                    text += data
            found = parse_suggestions(bytes(text))
        except (MediaError, msgspec.MsgspecError) as error:
            _log.info("nobody suggests anything: %s", error)
            self._quiet_until = trio.current_time() + PAUSE_S
            return ()
        self._answers[words] = (trio.current_time() + REMEMBERED_S, found)
        while len(self._answers) > REMEMBERED:
            self._answers.popitem(last=False)
        return found


def parse_suggestions(data: bytes) -> tuple[str, ...]:
    """The suggested words of an OpenSearch answer: ``["typed", ["first", "second"], …]``.

    Raises:
        msgspec.MsgspecError: it is none.
    """
    rows = msgspec.json.decode(data, type=list[msgspec.Raw])
    if len(rows) < 2:
        raise msgspec.ValidationError("no list of suggestions")
    words: Sequence[str] = msgspec.json.decode(rows[1], type=list[str])
    return tuple(line for word in words if (line := " ".join(word.split())[:LABEL]))
