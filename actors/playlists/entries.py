"""What a playlist holds: values only."""

from attrs import field, frozen

TITLE_LIMIT = 300  # characters
LINK_LIMIT = 2000
ENTRY_LIMIT = 500


@frozen(kw_only=True)
class Entry:
    """One track, as it is kept.

    Attributes:
        title: not escaped, never empty.
        link: where it is on the web; ``None`` for a file of the library.
        duration_s: seconds, ``None`` where unknown or without an end.
        library: the name of a file of the library.
        guild: whose library; ``None`` for the one where it is played.
        data: the track as the player gave it; ``None`` for what came from a file.
    """

    title: str
    artist: str | None = None
    link: str | None = None
    duration_s: float | None = None
    library: str | None = None
    guild: int | None = None
    data: str | None = field(default=None, repr=False)


def plain(words: str, limit: int = TITLE_LIMIT) -> str:
    """One line without control characters, cut."""
    line = " ".join("".join(char if char.isprintable() else " " for char in words).split())
    return line[:limit].rstrip()
