"""What the library's actors reach besides their cell's ports: the files, and whoever fetches them.

Protocols, so that tests bring their own; ``media.library`` and ``media.library_fetch`` are the real ones.
"""

from collections.abc import Callable
from typing import Protocol

from attrs import frozen

from gateway_client.ids import GuildId
from media.library_fetch import Progress
from media.tracks import AttachmentQuery

Hear = Callable[[Progress], None]


class Shelf(Protocol):
    """The files of all guilds; see ``media.library``."""

    def names(self, guild_id: GuildId) -> list[str]:
        """All names of a guild, sorted as people do. Raises ``OSError``."""
        ...

    def match(self, guild_id: GuildId, text: str) -> list[str]:
        """What a person may mean by a name; the exact one alone if it is there. Raises ``OSError``."""
        ...

    async def rename(self, guild_id: GuildId, name: str, to: str) -> str:
        """Give a listed file another name; the one that it got. Raises ``MediaError``, ``OSError``."""
        ...

    async def remove(self, guild_id: GuildId, name: str) -> None:
        """Delete a listed file. Raises ``MediaError``, ``OSError``."""
        ...


class Fetcher(Protocol):
    """Makes files of the library; see ``media.library_fetch``. Both raise ``MediaError``."""

    async def download(self, guild_id: GuildId, link: str, name: str | None, hear: Hear) -> str:
        """Fetch what a link leads to; the name in the library."""
        ...

    async def upload(self, guild_id: GuildId, file: AttachmentQuery, name: str | None, hear: Hear) -> str:
        """Fetch an attachment; the name in the library."""
        ...


@frozen(kw_only=True)
class Outside:
    """One value for the libraries of all guilds."""

    shelf: Shelf
    fetcher: Fetcher
