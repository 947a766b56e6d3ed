"""The probe: a short-lived child process that looks into media.

PyAV costs 50 MB and may crash on hostile files, so it is imported here and never in the bot. `main` reads one
job per line from stdin and answers with one report per line on stdout; it ends with stdin. It writes
nothing else, gives way to the voice node (niced) and is killed by the parent when it takes too long.

What FFmpeg may open is fenced three times: protocols (no file, pipe, concat or data for URLs; nothing but
file for files), demuxers (those of audio and of the containers it comes in; playlists only for URLs), and the
guard as the only way out. The guard speaks TLS itself (`media.guarded_urls`), so neither ``https`` nor
``httpproxy`` is among the protocols: a playlist that names ``httpproxy://10.0.0.1:80/x`` would make FFmpeg
dial that address past the guard. It would also go around the proxy for hosts in the environment's
``no_proxy``: the environment is cleaned first.
"""

import os
import signal
import sys
from pathlib import Path

import av
import av.error
import av.logging
from av.audio.stream import AudioStream
from av.container import InputContainer

from media.errors import MediaFailure
from media.peek import PEEK_BYTES, Verdict, judge_bytes, judge_status, judge_url
from media.probe_values import JOB_DECODER, ProbeJob, ProbeReport, to_line

DEMUXERS = (
    "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,eac3,flac,flv,iff,matroska,webm,mov,mp3,mpc,mpc8,mpeg,mpegts,"
    "oga,ogg,oma,rm,shn,tak,tta,voc,w64,wav,wv,xwma"
)
URL_PROTOCOLS = "http,tcp,crypto"
MEMORY_BYTES = 1 << 30  # of address space; a usual file takes 134 MB
_NICENESS = 10
_RW_TIMEOUT_US = 6_000_000
_PROBE_BYTES = 2_000_000
_HTTP_STATUS = {
    av.error.HTTPBadRequestError: 400,
    av.error.HTTPUnauthorizedError: 401,
    av.error.HTTPForbiddenError: 403,
    av.error.HTTPNotFoundError: 404,
}


def main() -> int:
    """Answer jobs until stdin ends."""
    prepare_process()
    for line in iter(sys.stdin.buffer.readline, b""):
        sys.stdout.buffer.write(to_line(probe(JOB_DECODER.decode(line))))
        sys.stdout.buffer.flush()
    return 0


def prepare_process() -> None:
    """Give way, take little, and let no setting of the environment lead around the guard."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when a child ends
    av.logging.set_level(av.logging.PANIC)
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - not on every platform

        os.nice(_NICENESS)
        if sys.platform == "linux":  # others refuse it
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def probe(job: ProbeJob) -> ProbeReport:
    """Open, find the audio, decode a little of it."""
    # The prefix keeps a path with a colon from being read as a protocol.
    location = f"file:{job.location}" if job.is_file else job.location
    try:
        with av.open(location, container_options=_options(job), metadata_errors="replace") as container:
            return _report(job, container)
    except av.error.FFmpegError as error:
        verdict = _judge(job, error)
    except (OSError, ValueError) as error:
        verdict = Verdict(failure=MediaFailure.CORRUPT, detail=type(error).__name__)
    except MemoryError:
        verdict = Verdict(failure=MediaFailure.CORRUPT, detail="needs too much memory")
    return ProbeReport(failure=verdict.failure, status=verdict.status, detail=verdict.detail)


def _options(job: ProbeJob) -> dict[str, str]:
    options = {"probesize": str(_PROBE_BYTES), "format_whitelist": DEMUXERS}
    if job.is_file:
        return options | {"protocol_whitelist": "file"}
    if job.headers:
        options["headers"] = "".join(f"{name}: {value}\r\n" for name, value in job.headers)
    return options | {
        "format_whitelist": DEMUXERS + ",hls",
        "protocol_whitelist": URL_PROTOCOLS,
        "http_proxy": job.proxy or "http://127.0.0.1:9",  # no guard, no way out
        "rw_timeout": str(_RW_TIMEOUT_US),
        "user_agent": "Roadie",
    }


def _report(job: ProbeJob, container: InputContainer) -> ProbeReport:
    if not container.streams.audio:
        return ProbeReport(failure=MediaFailure.NOT_AUDIO, detail=container.format.name)
    stream = container.streams.audio[0]
    duration = container.duration / av.time_base if container.duration else None
    decoded_s = _decode(container, stream, job.decode_s)
    if not decoded_s:
        return ProbeReport(failure=MediaFailure.CORRUPT, detail="no sound in it")
    tags = {name.lower(): text.strip() for name, text in (container.metadata | stream.metadata).items()}
    return ProbeReport(
        duration_s=duration if duration and duration > 0 else None,
        endless=not job.is_file and (container.size <= 0 or container.format.name == "hls"),
        title=tags.get("title") or tags.get("icy-name") or None,
        artist=tags.get("artist") or tags.get("album_artist") or None,
        codec=stream.codec_context.name,
        container=container.format.name,
        decoded_s=decoded_s,
    )


def _decode(container: InputContainer, stream: AudioStream, wanted_s: float) -> float:
    """Decode until there is enough; the seconds that were had, 0 if there is no sound in it."""
    decoded_s = 0.0
    for frame in container.decode(stream):
        decoded_s += frame.samples / (frame.sample_rate or 48_000)
        if decoded_s >= wanted_s:
            break
    return decoded_s


def _judge(job: ProbeJob, error: av.error.FFmpegError) -> Verdict:
    for kind, status in _HTTP_STATUS.items():
        if isinstance(error, kind):
            return judge_status(status) or Verdict(failure=MediaFailure.NETWORK)
    if isinstance(error, (av.error.TimeoutError, av.error.ExitError)):
        return Verdict(failure=MediaFailure.TIMEOUT)
    if not job.is_file:
        return judge_url(job.location, job.proxy or "")
    if isinstance(error, av.error.FileNotFoundError):
        return Verdict(failure=MediaFailure.NOT_FOUND)
    with Path(job.location).open("rb") as file:
        return judge_bytes(file.read(PEEK_BYTES))
