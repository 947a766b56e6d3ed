"""Values and ports of autocompletion: what may be meant by what somebody has typed so far.

The player gives what it knows (history, playlists) as `Suggestions`; the library and the web are this room's
own. `media.suggest` puts them together.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from attrs import frozen

from gateway_client.ids import GuildId, UserId

LABEL = 100  # characters of a choice's name and value, which Discord allows
MOST = 25


class Origin(StrEnum):
    """Where a suggestion comes from."""

    LIBRARY = "library"
    HISTORY = "history"
    PLAYLIST = "playlist"
    WEB = "web"


@frozen(kw_only=True)
class Suggestion:
    """One line of the list.

    Attributes:
        label: what people see; at most `LABEL` characters, no markdown is read there.
        value: the query that it stands for; at most `LABEL` characters.
        origin: where it comes from.
    """

    label: str
    value: str
    origin: Origin


@frozen(kw_only=True)
class Typed:
    """What somebody has typed; a later one of the same person in the same guild replaces it."""

    guild_id: GuildId
    user_id: UserId
    text: str


class Suggestions(Protocol):
    """Somebody who knows what may be meant, from memory alone."""

    def suggest(self, typed: Typed) -> Sequence[Suggestion]:
        """What fits, best first."""
        ...
