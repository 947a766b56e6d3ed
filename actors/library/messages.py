"""What the library's mailbox takes. Commands come in envelopes, the rest from ``core.pages``."""

from attrs import frozen

from actors.core.pages import NotPicked, PageWanted, Picked
from media.tracks import AttachmentQuery


@frozen
class ShowFiles:
    """Show everything."""


@frozen(kw_only=True)
class Download:
    """Keep what a link leads to, and queue it; ``name`` as wished."""

    url: str
    name: str | None = None


@frozen(kw_only=True)
class Upload:
    """Keep an attachment, and queue it; ``name`` as wished."""

    file: AttachmentQuery
    name: str | None = None


@frozen
class PlayFile:
    """Queue a file; without a name, let the person pick from all."""

    name: str | None = None


@frozen(kw_only=True)
class Rename:
    """Give a file another name."""

    track: str
    to: str


@frozen
class Remove:
    """Delete a file."""

    track: str


Wanted = Download | Upload
"""What has to be fetched."""
Named = PlayFile | Rename | Remove
"""What is done with one file of several."""
Command = ShowFiles | Wanted | Named
Fact = PageWanted | Picked | NotPicked
