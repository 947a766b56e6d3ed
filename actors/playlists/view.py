"""What playlists show. Nobody is pinged; names and titles are escaped."""

from collections.abc import Sequence
from math import ceil

from actors.core.texts import Say, Text
from actors.playlists.entries import Entry, plain
from actors.playlists.messages import Scope
from actors.playlists.state import Head
from actors.rest.payloads import Embed, EmbedFooter, Message, cut, escape

LISTS_PAGE = 10
ENTRIES_PAGE = 15
COLOR = 0x9B59B6
TITLE_LIMIT = 150
_ARTIST_LIMIT = 60
_MARKS = {Scope.SERVER: "🏠", Scope.MINE: "👤"}


def shown(words: str, limit: int = TITLE_LIMIT) -> str:
    """Somebody's words in a sentence."""
    return cut(escape(plain(words)), limit)


def view_sentence(sentence: Text, say: Say) -> Message:
    """One sentence."""
    return Message(content=sentence.render(say))


def view_label(head: Head, say: Say) -> str:
    """A playlist in a picker."""
    return f"{_MARKS[head.scope]} {shown(head.name)} · {say('playlists.tracks', count=head.count)}"


def view_lists(heads: Sequence[Head], wanted: int, say: Say) -> tuple[Message, int, int]:
    """A page of the playlists, its clamped number and how many there are (0 for none)."""
    if not heads:
        return Message(content=say("playlists.none")), 1, 0
    total = ceil(len(heads) / LISTS_PAGE)
    page = min(max(wanted, 1), total)
    rows = [_head_row(head, say) for head in heads[(page - 1) * LISTS_PAGE : page * LISTS_PAGE]]
    embed = Embed(
        title=say("playlists.title"),
        description="\n".join(rows),
        footer=EmbedFooter(text=say("playlists.count", count=len(heads))),
        color=COLOR,
    )
    return Message(embeds=(embed,)), page, total


def clamp(wanted: int, count: int) -> tuple[int, int]:
    """A page of this many entries, clamped, and how many pages there are."""
    total = ceil(count / ENTRIES_PAGE)
    return min(max(wanted, 1), max(total, 1)), total


def view_entries(head: Head, entries: Sequence[Entry], page: int, say: Say) -> Message:
    """A page of what a playlist holds."""
    first = (page - 1) * ENTRIES_PAGE + 1
    rows = [f"`{number}.` {_entry_row(entry)}" for number, entry in enumerate(entries, first)]
    embed = Embed(
        title=cut(f"{_MARKS[head.scope]} {plain(head.name)}", 256),
        description="\n".join(rows),
        footer=EmbedFooter(text=say("playlists.tracks", count=head.count)),
        color=COLOR,
    )
    return Message(embeds=(embed,))


def clock(seconds: float) -> str:
    """Seconds as ``3:07`` or ``1:02:03``."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _head_row(head: Head, say: Say) -> str:
    tracks = say("playlists.tracks", count=head.count)
    if head.scope is Scope.MINE:
        return say("playlists.row_mine", name=shown(head.name), tracks=tracks)
    return say("playlists.row_server", name=shown(head.name), tracks=tracks, user=head.creator)


def _entry_row(entry: Entry) -> str:
    by = f"{shown(entry.artist, _ARTIST_LIMIT)} – " if entry.artist else ""
    length = "" if entry.duration_s is None else f" ({clock(entry.duration_s)})"
    return f"{by}{shown(entry.title, 100)}{length}"
