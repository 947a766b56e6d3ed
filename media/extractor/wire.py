"""What the bot and the extractor's child say to each other: one JSON line each way.

The bot opens with `Start` and goes on with `Ask` and `Cancel`. The child opens with `Ready`; then every line
bears the job it is about, and `Ended` is a job's last, whether it was finished, killed or crashed. What a
job says before that: `Found` for one video; `Head`, any number of `Line`, `Done` for a list; `Trouble` when
yt-dlp gave up.

Bounds: a line, and all lines of a job together. Whoever passes them is killed by the broker and says so with
``Ended.overflow``.
"""

from typing import Literal

import msgspec

from media.extractor.values import Entry, Extracted

LINE_LIMIT = 1 << 20  # bytes
JOB_LIMIT = 4 << 20  # bytes of one job's lines


class Start(msgspec.Struct, tag="start", frozen=True, kw_only=True):
    """How to be an extractor.

    Attributes:
        slot: the folder that yt-dlp is imported from; None for the one beside this program.
        cache: the folder where yt-dlp keeps what it may need again.
        runtime: the JavaScript runtime's file; None if there is none.
        cookies: a cookies file in Netscape's form, read anew for each job and never written.
        forks: every job gets a process of its own; otherwise the child does one after the other itself.
    """

    cache: str
    forks: bool = True
    slot: str | None = None
    runtime: str | None = None
    cookies: str | None = None


class Ask(msgspec.Struct, tag="ask", frozen=True, kw_only=True):
    """One job.

    Attributes:
        want: ``look`` for one video, ``list`` for whatever it is.
        limit: entries at most.
        proxy: the guard's URL with the job's credential; the only way out.
        clients: YouTube's player clients to be, in yt-dlp's names; empty for its own choice.
        patience_s: for one answer of a server.
    """

    job: int
    want: Literal["look", "list"]
    url: str
    proxy: str
    limit: int = 1000
    clients: tuple[str, ...] = ()
    patience_s: float = 10.0


class Cancel(msgspec.Struct, tag="cancel", frozen=True, kw_only=True):
    """Kill a job; unknown ones are fine."""

    job: int


class Ready(msgspec.Struct, tag="ready", frozen=True, kw_only=True):
    """The child can take jobs, or says why not.

    Attributes:
        version: of yt-dlp; empty if it cannot be imported.
        solver: of yt-dlp-ejs; empty if there is none.
        error: why it cannot be imported.
    """

    version: str = ""
    solver: str = ""
    error: str = ""


class Found(msgspec.Struct, tag="found", frozen=True, kw_only=True):
    """The link is one video."""

    job: int
    video: Extracted


class Head(msgspec.Struct, tag="head", frozen=True, kw_only=True):
    """The link is a list, of which the lines follow."""

    job: int
    title: str | None = None
    count: int | None = None


class Line(msgspec.Struct, tag="line", frozen=True, kw_only=True):
    """One entry of a list."""

    job: int
    entry: Entry


class Done(msgspec.Struct, tag="done", frozen=True, kw_only=True):
    """The list has no more entries."""

    job: int


class Trouble(msgspec.Struct, tag="trouble", frozen=True, kw_only=True):
    """yt-dlp gave up; ``media.extractor.verdicts`` says what it means.

    Attributes:
        message: yt-dlp's words, without addresses.
        errors: the classes of the error and of its causes, such as ``GeoRestrictedError``.
        status: HTTP status of the answer that was the reason.
        expected: yt-dlp knows this case; otherwise it takes it for a fault of its own.
        warnings: what it warned of on the way.
        is_list: there is nothing wrong, but it is a list and one video was wanted.
    """

    job: int
    message: str = ""
    errors: tuple[str, ...] = ()
    status: int | None = None
    expected: bool = True
    warnings: tuple[str, ...] = ()
    is_list: bool = False


class Ended(msgspec.Struct, tag="ended", frozen=True, kw_only=True):
    """The job's process is gone.

    Attributes:
        overflow: it was killed because it said too much.
    """

    job: int
    overflow: bool = False


FromBot = Start | Ask | Cancel
Said = Found | Head | Line | Done | Trouble
FromChild = Ready | Said | Ended

FROM_BOT = msgspec.json.Decoder(FromBot)
FROM_CHILD = msgspec.json.Decoder(FromChild)


def to_line(value: FromBot | FromChild) -> bytes:
    """One JSON line."""
    return msgspec.json.encode(value) + b"\n"
