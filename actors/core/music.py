"""How any slice gets music from a guild's player without knowing it: values only.

To let something be queued, tell ``player_of(guild)`` a ``QueueMusic``. It is taken in the order in which it
was told, as if its caller had used ``play``: the same checks, the same order of words ("Queuing…" → "Track
added" or "Playlist added" → "Now playing"), each only when it is true. The player
says everything through ``reply`` and ends ``work`` with the truth, even if it crashes or the bot stops::

    envelope.work.hand_over()
    ports.tell(player_of(guild_id), queue_for(envelope, LibraryFile("sea.ogg")))

What a player has at the moment is asked for with ``MusicWanted``; ``MusicTold`` comes back. ``KeptTrack``
is a track of the player's in a form to be kept and handed back: ``data`` is the player's own business, the
other fields are for people.

May import: core's envelope, reply, work, address, texts.
"""

from enum import Enum

from attrs import field, frozen

from actors.core.address import Address, of_guild
from actors.core.envelope import Envelope, Facts
from actors.core.reply import OnSent, Reply
from actors.core.texts import Text
from actors.core.work import Work
from actors.rest.payloads import Message
from gateway_client.ids import GuildId

PLAYER = "player"


class Place(Enum):
    """Where found tracks go."""

    END = "end"
    TOP = "top"
    NOW = "now"


@frozen
class Words:
    """A link, words or a name as somebody typed them; words to search for are offered in a picker."""

    text: str


@frozen
class LibraryFile:
    """A file of the guild's library by its whole name."""

    name: str


@frozen(kw_only=True)
class UploadedFile:
    """A file that came with a message or a command; ``size`` in bytes."""

    url: str
    filename: str
    size: int
    content_type: str | None = None


@frozen(kw_only=True)
class KeptTrack:
    """A track that a player gave away.

    Attributes:
        data: the track itself, JSON that only the player reads.
        title: not escaped, never empty.
        url: a link for people; ``None`` for a file of the library.
        duration_s: seconds; ``None`` where unknown, or without an end.
    """

    data: bytes = field(repr=False)
    title: str
    artist: str | None = None
    url: str | None = None
    duration_s: float | None = None


@frozen(kw_only=True)
class KeptList:
    """Tracks that belong together: they are announced as one playlist of this title."""

    title: str
    tracks: tuple[KeptTrack, ...]


Wish = Words | LibraryFile | UploadedFile | KeptTrack | KeptList
"""What can be queued."""


@frozen(kw_only=True)
class QueueMusic:
    """Queue this on behalf of somebody.

    Attributes:
        wishes: one request, in their order.
        facts: the caller's, at arrival: rules about who sits where read these.
        above: a line that stays above everything said about the request ("Saved as …").
        quiet: no "Now playing" for these tracks: they are a sound, not music somebody asked for.
    """

    wishes: tuple[Wish, ...]
    facts: Facts
    reply: Reply = field(repr=False)
    work: Work = field(repr=False)
    place: Place = Place.END
    above: Text | None = None
    quiet: bool = False


@frozen(kw_only=True)
class MusicWanted:
    """Tell ``asker`` what there is; ``query`` is the asker's own word and comes back."""

    asker: Address
    query: str


@frozen(kw_only=True)
class MusicTold:
    """What a player has: the current track, what is queued, what was heard (newest first)."""

    query: str
    now: KeptTrack | None
    queue: tuple[KeptTrack, ...]
    history: tuple[KeptTrack, ...]


def player_of(guild_id: GuildId) -> Address:
    """The guild's player."""
    return of_guild(PLAYER, guild_id)


def queue_for(
    envelope: Envelope, *wishes: Wish, place: Place = Place.END, above: Text | None = None
) -> QueueMusic:
    """The request of an envelope's sender; hand the envelope's work over before it is told."""
    return QueueMusic(
        wishes=wishes,
        facts=envelope.facts,
        reply=envelope.reply,
        work=envelope.work,
        place=place,
        above=above,
    )


class Unheard:
    """A ``Reply`` to nobody, for what no person has asked for just now (a sound of the gather)."""

    def say(self, message: Message, *, transient: bool = False, sent: OnSent | None = None) -> None:
        """Nobody hears it."""

    def refuse(self, message: Message) -> None:
        """Nobody hears it."""

    def expire(self, message: Message) -> None:
        """Nobody hears it."""

    def withdraw(self) -> None:
        """There is nothing to take away."""

    async def settled(self) -> None:
        """Nothing was said."""
