"""What parent and probe say to each other: one JSON line each way.

The parent asks with a `ProbeJob`; the child answers with a `ProbeReport`, in which ``failure`` says why there
is nothing to play, if so.
"""

import attrs
import msgspec

from media.errors import MediaFailure


@attrs.frozen(kw_only=True)
class ProbeJob:
    """Look into one file or URL.

    Attributes:
        location: a path when ``is_file``, else a guarded URL (`media.guarded_urls`).
        is_file: how to read it.
        proxy: the guard's URL with the job's credential; URLs are refused without one.
        headers: to ask the URL with.
        decode_s: how much sound to decode at least, seconds; 0 for the first frame only.
    """

    location: str = attrs.field(repr=False)
    is_file: bool
    proxy: str | None = attrs.field(default=None, repr=False)
    headers: tuple[tuple[str, str], ...] = attrs.field(default=(), repr=False)
    decode_s: float = 0.0


@attrs.frozen(kw_only=True)
class ProbeReport:
    """What was found.

    Attributes:
        failure: why it cannot be played; None if it can, and then the rest holds.
        status: HTTP status that came with a failure.
        detail: a few words for the log.
        duration_s: None when unknown or without end.
        endless: nothing says that it ends (no length, or a live playlist).
        title: from the tags.
        artist: from the tags.
        codec: FFmpeg's name, such as ``opus``.
        container: FFmpeg's name, such as ``ogg``.
        decoded_s: seconds of sound that were decoded.
    """

    failure: MediaFailure | None = None
    status: int | None = None
    detail: str = ""
    duration_s: float | None = None
    endless: bool = False
    title: str | None = None
    artist: str | None = None
    codec: str = ""
    container: str = ""
    decoded_s: float = 0.0


JOB_DECODER = msgspec.json.Decoder(ProbeJob)
REPORT_DECODER = msgspec.json.Decoder(ProbeReport)


def to_line(value: ProbeJob | ProbeReport) -> bytes:
    """One JSON line."""
    return msgspec.json.encode(value) + b"\n"
