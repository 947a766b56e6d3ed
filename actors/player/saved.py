"""What of a player outlives a restart, and the journal's line about the position.

Schema 1. A snapshot is committed at every change that a person is told of; the position moves all the time
and is journaled. A line of the journal counts only if it is about the track of the snapshot and was written
after it, which ``revision`` tells: every commit has the next one.
"""

import msgspec
from attrs import field, frozen

from actors.core.snapshot import SnapshotForm
from actors.player.normalize import KnownLoudness
from actors.player.panel import NO_PANEL, SavedPanel
from actors.player.tuning import PLAIN, Tuning
from gateway_client.ids import ChannelId, MessageId, UserId
from media.tracks import Track


@frozen(kw_only=True)
class Entry:
    """A track in the queue: who asked for it, and a number that no other entry of this guild ever had.

    ``request`` is the number of the request in this process, 0 for entries of a former life. ``auto`` was
    chosen by autoplay, ``quiet`` is not announced.
    """

    id: int
    track: Track
    requester: UserId
    request: int = 0
    auto: bool = False
    quiet: bool = False


@frozen(kw_only=True)
class SavedNow:
    """The track that played, and how far it was in milliseconds."""

    entry: Entry
    position_ms: int
    announced: bool


@frozen(kw_only=True)
class PendingAnswer:
    """A message that says "Queuing…" – or "Playlist added" of a list of which ``added`` tracks were read.

    ``above`` stays above whatever is said there. ``outcome`` is how it has ended, if that is known and may
    not have been told; ``doubtful`` is the number of a song that may be the wrong one. A message whose number
    was not known yet is found by the ``token`` of its interaction or as the reply to ``call_id``. ``picker``
    is the key of one that shall take its place: once that is kept, this is no longer ours.
    """

    channel_id: ChannelId
    message_id: MessageId | None
    title: str | None = None
    added: int = 0
    above: str | None = None
    outcome: str | None = None
    doubtful: int | None = None
    token: str | None = field(default=None, repr=False)
    call_id: MessageId | None = None
    picker: int | None = None


@frozen(kw_only=True)
class Saved:
    """The snapshot.

    ``channel_id`` is the voice channel to come back to, ``None`` if the bot was in none; ``volume_pct`` is
    ``None`` as long as nobody has set it. ``autoplay``, ``stay`` and ``silent`` are what the commands of
    these names set; ``unsure`` are the songs for which somebody may still choose a video.
    """

    revision: int = 0
    next_id: int = 1
    now: SavedNow | None = None
    queue: tuple[Entry, ...] = ()
    history: tuple[Entry, ...] = ()
    unsure: tuple[Entry, ...] = ()
    paused: bool = False
    volume_pct: int | None = None
    tuning: Tuning = PLAIN
    autoplay: bool = False
    stay: bool = False
    silent: bool = False
    loudness: tuple[KnownLoudness, ...] = ()
    channel_id: ChannelId | None = None
    text_channel_id: ChannelId | None = None
    pending: tuple[PendingAnswer, ...] = ()
    panel: SavedPanel = NO_PANEL
    status_channel_id: ChannelId | None = None


@frozen(kw_only=True)
class Line:
    """One line of the journal."""

    revision: int
    entry_id: int
    position_ms: int


FORM = SnapshotForm(type=Saved, schema=1)


def encode_line(line: Line) -> bytes:
    """Line → JSON."""
    return msgspec.json.encode(line)


def newest_position_ms(saved: Saved, line: bytes | None) -> int:
    """How far the saved track really was; an unreadable line is worth nothing."""
    if saved.now is None:
        return 0
    if line is None:
        return saved.now.position_ms
    try:
        noted = msgspec.json.decode(line, type=Line)
    except msgspec.MsgspecError:
        return saved.now.position_ms
    newer = noted.entry_id == saved.now.entry.id and noted.revision >= saved.revision
    return noted.position_ms if newer else saved.now.position_ms
