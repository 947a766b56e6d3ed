"""What the playlists' actors reach besides their cell's ports: the library, and files that people attach.

Protocols, so that tests bring their own; ``media.library`` and ``reading`` are the real ones.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from attrs import frozen

from gateway_client.ids import GuildId
from media.tracks import Track

ReadFile = Callable[[str, int], Awaitable[bytes]]
"""Reads what a link serves, at most so many bytes. Raises ``MediaError``."""


class Shelf(Protocol):
    """The files of all guilds; see ``media.library``."""

    def names(self, guild_id: GuildId) -> list[str]:
        """All names of a guild. Raises ``OSError``."""
        ...

    def find_key(self, guild_id: GuildId, key: str) -> Path | None:
        """Where a track lies whose name has changed since; blocks."""
        ...

    async def track(self, guild_id: GuildId, name: str) -> Track:
        """The track of a listed name. Raises ``MediaError``."""
        ...


@frozen(kw_only=True)
class Outside:
    """One value for the playlists of all guilds."""

    shelf: Shelf
    read_file: ReadFile
