"""What the playlists' mailbox takes. Commands come in envelopes; the rest are facts."""

from enum import Enum

from attrs import field, frozen

from actors.core.envelope import Envelope
from actors.core.music import MusicTold
from actors.core.pages import NotPicked, PageWanted, Picked
from media.errors import MediaError


class Scope(Enum):
    """Whose a playlist is."""

    SERVER = "server"
    MINE = "mine"


class Form(Enum):
    """As what a playlist leaves."""

    JSON = "json"
    M3U = "m3u"


@frozen(kw_only=True)
class AttachedFile:
    """A file that came with a command; ``size`` in bytes."""

    url: str = field(repr=False)
    filename: str
    size: int


@frozen(kw_only=True)
class Save:
    """Keep what plays and what is queued; ``replace`` takes the place of a playlist of this name."""

    name: str
    scope: Scope = Scope.SERVER
    replace: bool = False


@frozen(kw_only=True)
class Import:
    """Keep what a file lists; without a name, it keeps the file's."""

    file: AttachedFile
    name: str | None = None
    scope: Scope = Scope.SERVER


@frozen(kw_only=True)
class Load:
    """Queue a playlist."""

    name: str
    scope: Scope | None = None


@frozen(kw_only=True)
class Show:
    """Show what is in a playlist."""

    name: str
    scope: Scope | None = None


@frozen(kw_only=True)
class Delete:
    """Forget a playlist."""

    name: str
    scope: Scope | None = None


@frozen(kw_only=True)
class Export:
    """Give a playlist as a file."""

    name: str
    scope: Scope | None = None
    form: Form = Form.JSON


@frozen
class ShowAll:
    """Show which playlists there are; ``None`` for the server's and one's own."""

    scope: Scope | None = None


@frozen(kw_only=True)
class FileRead:
    """What a child task has read of an attachment."""

    envelope: Envelope
    wanted: Import
    content: bytes | MediaError = field(repr=False)


Named = Load | Show | Delete | Export
"""What is done with one playlist of several; ``None`` as the scope stands for both."""
Command = Save | Import | Named | ShowAll
Fact = PageWanted | Picked | NotPicked | MusicTold | FileRead
