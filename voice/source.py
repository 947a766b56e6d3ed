"""Opening a source, and what its failures are called.

A shell over PyAV, used only in the node, only on worker threads (everything here may block).

Rules:

- A file may only be read with the ``file`` protocol, a URL only with ``http`` and through the guard
  (``http_proxy``); nothing a playlist names can reach the disk. Only demuxers of containers for sound are
  allowed, HLS only for URLs.
- The guard speaks TLS, so ``https`` is no protocol here and its locations come as ``http``. FFmpeg would need
  ``httpproxy`` for it, and a playlist that names ``httpproxy://10.0.0.1:80/x`` itself would make FFmpeg dial
  that address past the guard. ``crypto`` is for encrypted segments of HLS.
- A broken connection is taken up again where the server can go on from an offset. Not otherwise
  (``reconnect_streamed``): FFmpeg would play the beginning again and again.
- What was kept while it was read (``voice.keeping``) is read from there.
- A URL without a guard is refused: nothing is asked directly, whatever was forgotten elsewhere.
- The proxy variables of the environment are no business of ours: ``forget_environment`` removes them, since
  ``no_proxy`` would lead around the guard.

Failure mode: everything foreign becomes :class:`SourceFailed`; its words never contain the location. Tags
that are no UTF-8 are read with marks of replacement.

Source: FFmpeg, "Protocols" (http, crypto) and "Formats"; decisions measured with FFmpeg 8.
"""

import errno
import os
from enum import Enum, auto
from pathlib import Path
from typing import Final

import av
import av.error
from attrs import evolve
from av.audio.stream import AudioStream
from av.container import InputContainer

from voice.protocol import Reason, Source

OPEN_TIMEOUT_S: Final = 15.0
READ_TIMEOUT_S: Final = 25.0
"""Longest silence of a source, reconnecting included, before it has failed."""
_SOCKET_TIMEOUT_US: Final = "10000000"
_URL_PROTOCOLS: Final = "http,tcp,crypto"
_FILE_FORMATS: Final = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,eac3,flac,flv,loas,matroska,mov,mp3,mpc,mpc8,mpeg,mpegts,"
    "ogg,oma,tak,tta,voc,w64,wav,wv,xwma"
)
_PROXY_VARIABLES: Final = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


class Ending(Enum):
    """What says where a source ends."""

    TOLD = auto()
    """It has a size, or consists of pieces that are listed to the last."""
    GROWING = auto()
    """It consists of pieces of which more are listed as time goes by."""
    UNTOLD = auto()
    """It ends where its connection does."""
    NEVER = auto()
    """It is a radio that says so; its connection ends."""


class SourceFailed(Exception):
    """A source could not be opened, or broke off."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def forget_environment() -> None:
    """Remove the proxy variables, in both spellings, from this process."""
    for name in _PROXY_VARIABLES:
        os.environ.pop(name, None)
        os.environ.pop(name.upper(), None)


_REASONS: Final[tuple[tuple[type[av.error.FFmpegError], Reason], ...]] = (
    (av.error.HTTPNotFoundError, Reason.NOT_FOUND),
    (av.error.HTTPForbiddenError, Reason.FORBIDDEN),
    (av.error.HTTPUnauthorizedError, Reason.FORBIDDEN),
    (av.error.FileNotFoundError, Reason.NOT_FOUND),
    (av.error.IsADirectoryError, Reason.NOT_FOUND),
    (av.error.NotADirectoryError, Reason.NOT_FOUND),
    (av.error.PermissionError, Reason.FORBIDDEN),
    (av.error.TimeoutError, Reason.TIMEOUT),
    (av.error.ExitError, Reason.TIMEOUT),
    (av.error.ProtocolNotFoundError, Reason.UNSUPPORTED),
    (av.error.DecoderNotFoundError, Reason.UNSUPPORTED),
    (av.error.PatchWelcomeError, Reason.UNSUPPORTED),
    (av.error.InvalidDataError, Reason.NOT_AUDIO),
    (av.error.DemuxerNotFoundError, Reason.NOT_AUDIO),
    (av.error.EOFError, Reason.NOT_AUDIO),
    # A format that is known but not among the allowed ones is refused as an invalid argument.
    (av.error.ArgumentError, Reason.NOT_AUDIO),
)


def failure_of(error: av.error.FFmpegError) -> SourceFailed:
    """What ``error``, raised while opening, means to whoever asked for the track."""
    detail = error.strerror or type(error).__name__
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            return SourceFailed(reason, detail)
    if error.errno == errno.ENAMETOOLONG:
        return SourceFailed(Reason.NOT_FOUND, detail)
    return SourceFailed(Reason.NETWORK, detail)


def open_options(source: Source) -> dict[str, str]:
    """The options that FFmpeg opens ``source`` with."""
    if source.is_file:
        return {"protocol_whitelist": "file", "format_whitelist": _FILE_FORMATS}
    options = {
        "http_proxy": source.proxy or "",
        "protocol_whitelist": _URL_PROTOCOLS,
        "format_whitelist": f"{_FILE_FORMATS},hls",
        "reconnect": "1",
        "reconnect_on_network_error": "1",
        "reconnect_delay_max": "2",
        "reconnect_delay_total_max": "8",
        "rw_timeout": _SOCKET_TIMEOUT_US,
    }
    if source.headers:
        options["headers"] = "".join(f"{name}: {value}\r\n" for name, value in source.headers)
    return options


def _check_location(source: Source) -> None:
    if source.is_file:
        return
    if source.location.partition("://")[0].lower() != "http":
        raise SourceFailed(Reason.UNSUPPORTED, "only http addresses can be played")
    if not (source.proxy or "").startswith("http://"):
        # FFmpeg takes any other value for "no proxy" and would ask the address itself.
        raise SourceFailed(Reason.FORBIDDEN, "there is no guard for it")
    if any("\n" in part or "\r" in part for header in source.headers for part in header):
        raise SourceFailed(Reason.UNSUPPORTED, "a header with a line break")


def open_source(source: Source) -> tuple[InputContainer, AudioStream]:
    """Open ``source`` and find its sound.

    Raises:
        SourceFailed: see there.
    """
    _check_location(source)
    if source.keep is not None and Path(source.keep.whole).exists():
        # It was read once, whole: a loop and a seek back need nobody.
        source = evolve(source, location=source.keep.whole, is_file=True)
    # The prefix keeps a file name with a colon from being read as a protocol.
    location = f"file:{source.location}" if source.is_file else source.location
    try:
        container = av.open(
            location,
            options=open_options(source),
            timeout=(OPEN_TIMEOUT_S, READ_TIMEOUT_S),
            metadata_errors="replace",
        )
    except av.error.FFmpegError as error:
        raise failure_of(error) from error
    stream = container.streams.best("audio")
    if not isinstance(stream, AudioStream):
        container.close()
        raise SourceFailed(Reason.NOT_AUDIO, "there is no audio stream in it")
    return container, stream


def ending_of(container: InputContainer) -> Ending:
    """What says where ``container`` ends."""
    if container.format.name == "hls":
        return Ending.GROWING if container.duration is None else Ending.TOLD
    if container.size > 0:
        return Ending.TOLD
    # FFmpeg shows the names and titles of a radio (ICY) among the tags.
    return Ending.NEVER if any(name.startswith("icy-") for name in container.metadata) else Ending.UNTOLD
