"""What the library shows. Nobody is pinged; names are escaped.

Why something cannot be had is said in the words that the player has for the same failures: their keys are
the names of the reasons.
"""

from collections.abc import Sequence
from math import ceil

from actors.core.envelope import Facts
from actors.core.texts import Argument, Say, Text, text
from actors.rest.payloads import Embed, EmbedFooter, Message, cut, escape
from media.errors import MediaError, MediaFailure
from media.library_fetch import Progress

PAGE = 15
COLOR = 0x1ABC9C
NAME_LIMIT = 120
LABEL_LIMIT = 200
_SHOWN = 5
_MB = 1_000_000


def shown(name: str, limit: int = NAME_LIMIT) -> str:
    """A name in a sentence."""
    return cut(escape(" ".join(name.split())), limit)


def view_sentence(sentence: Text, say: Say) -> Message:
    """One sentence."""
    return Message(content=sentence.render(say))


def saved(facts: Facts, name: str) -> Text:
    """That a file is there, and what somebody who cannot hear it may do."""
    key = "library.saved_only" if facts.voice_channel_id is None else "library.saved"
    return text(key, name=shown(name))


def view_progress(progress: Progress | None, say: Say) -> Message:
    """How far a download is; ``None`` before the first byte."""
    if progress is None:
        return Message(content=say("library.downloading"))
    received = f"{progress.received / _MB:.1f}"
    if not progress.total:
        return Message(content=say("library.downloading_some", received=received))
    percent = min(100, progress.received * 100 // progress.total)
    total = f"{progress.total / _MB:.1f}"
    return Message(content=say("library.downloading_of", received=received, total=total, percent=percent))


def reason(error: MediaError) -> Text:
    """Why there is nothing to keep."""
    kind = error.kind.value
    if error.kind is MediaFailure.NOT_FOUND and error.host:
        kind = "not_found_there"
    host: Argument = shown(error.host, 80) if error.host else text("player.the_server")
    names = ", ".join(f"`{shown(name, 60)}`" for name in error.names[:_SHOWN])
    limit = _amount(error.kind, error.limit)
    return text(f"player.failure.{kind}", host=host, status=error.status or 0, limit=limit, names=names)


def view_files(names: Sequence[str], wanted: int, say: Say) -> tuple[Message, int, int]:
    """A page of the list, its clamped number and how many there are (0 for none)."""
    if not names:
        return Message(content=say("library.empty")), 1, 0
    total = ceil(len(names) / PAGE)
    page = min(max(wanted, 1), total)
    first = (page - 1) * PAGE
    rows = [f"`{first + at}.` {shown(name)}" for at, name in enumerate(names[first : first + PAGE], 1)]
    embed = Embed(
        title=say("library.title"),
        description="\n".join(rows),
        footer=EmbedFooter(text=say("library.files", count=len(names))),
        color=COLOR,
    )
    return Message(embeds=(embed,)), page, total


def _amount(kind: MediaFailure, amount: float | None) -> str:
    if amount is None:
        return "?"
    if kind is MediaFailure.TOO_LARGE:
        return f"{amount / _MB:.0f} MB"
    minutes, seconds = divmod(int(amount), 60)
    return f"{amount:.0f} %" if kind is MediaFailure.UNSURE else f"{minutes}:{seconds:02}"
