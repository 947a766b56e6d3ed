"""The extractor put together: `open_extractor` gives it, and keeps its yt-dlp new while the body runs.

Nothing is started before the first question. Outcomes of questions flow to the slots, which may roll back,
and to the renewal, which may hurry.
"""

import logging
import os
import random
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

import msgspec
import trio
from attrs import field, frozen

from media.errors import MediaFailure
from media.extractor.failures import ExtractionFailed, FailureKind
from media.extractor.handle import Limits, YtDlpExtractor
from media.extractor.pool import Pool
from media.extractor.proof import Proof, prove
from media.extractor.renewal import Renewal
from media.extractor.runtime import find_runtime
from media.extractor.slots import Slots
from media.extractor.values import Sound
from media.extractor.wire import Start
from media.guard import Guard
from media.guarded_urls import to_guarded
from media.probe_values import ProbeJob
from media.prober import Prober

log = logging.getLogger("roadie.media.extractor")

_PROOF_BYTES = 16 << 20  # received while decoding a second of sound


@cache
def bundled_version() -> str:
    """The version of the yt-dlp beside this program; "0" if there is none."""
    from importlib import metadata  # noqa: PLC0415 - 7 ms that most starts do without

    try:
        return metadata.version("yt-dlp")
    except metadata.PackageNotFoundError:
        return "0"


@frozen(kw_only=True)
class ExtractorConfig:
    """What the extractor needs to know.

    Attributes:
        argv: how to start `media.extractor.broker.main`.
        folder: where slots and yt-dlp's cache lie.
        cookies_file: ``media.cookies_file``; None for none.
        index: ``media.extractor_index``; empty for what the installer is configured for.
        renews: ``media.renew_extractor``.
        runtime: gives the JavaScript runtime's file, None if there is none.
        limits: of time.
        proof: what a new version must do.
        forks: whether a job may get a forked process.
    """

    argv: Sequence[str]
    folder: Path
    cookies_file: Path | None = None
    index: str = ""
    renews: bool = True
    runtime: Callable[[], Path | None] = find_runtime
    limits: Limits = field(factory=Limits)
    proof: Proof = field(factory=Proof)
    forks: bool = hasattr(os, "fork")


@frozen(kw_only=True)
class OpenExtractor:
    """The running extractor.

    Attributes:
        extractor: for questions.
        slots: which yt-dlp is in use, for ``diagnose``.
        renewal: for renewing at once, and how the last time went.
    """

    extractor: YtDlpExtractor
    slots: Slots
    renewal: Renewal

    @property
    def version(self) -> str:
        """The yt-dlp that the next question goes to: a slot's name, or the bundled version."""
        path = self.slots.path
        return bundled_version() if path is None else path.name


@asynccontextmanager
async def open_extractor(
    config: ExtractorConfig, guard: Guard, prober: Prober
) -> AsyncGenerator[OpenExtractor]:
    """Answer questions while the body runs."""
    slots = Slots(config.folder, bundled_version)
    slots.load()
    if config.cookies_file is not None and not os.access(config.cookies_file, os.R_OK):
        log.warning("media.cookies_file names a file that cannot be read: sites are asked without cookies")
    async with trio.open_nursery() as nursery:
        pool = Pool(config.argv, partial(_present, config, slots), nursery)
        renewal = Renewal(
            slots=slots,
            prove=partial(_prove, config, slots, guard, prober),
            on_swap=pool.refresh,
            index=config.index,
            at=lambda: datetime.now(UTC),
            dice=random.Random(),
        )

        feedback = _Feedback(slots, pool, renewal)
        pool.on_broken = feedback.on_broken
        if config.renews:
            nursery.start_soon(renewal.run)
        extractor = YtDlpExtractor(pool, guard, feedback.on_outcome, config.limits)
        yield OpenExtractor(extractor=extractor, slots=slots, renewal=renewal)
        nursery.cancel_scope.cancel()


@frozen
class _Feedback:
    """What questions teach about the version that answered them."""

    slots: Slots
    pool: Pool
    renewal: Renewal

    def on_outcome(self, start: Start, kind: FailureKind | None) -> None:
        """A question ended."""
        used = None if start.slot is None else Path(start.slot)
        if kind is None:
            self.slots.worked(used)
        elif self.slots.failed(used, kind):
            self.pool.refresh()
        if kind is FailureKind.OUTDATED:
            self.renewal.hurry()

    def on_broken(self, start: Start) -> None:
        """A child could not be started."""
        self.slots.broke(None if start.slot is None else Path(start.slot))
        self.pool.refresh()


def _present(config: ExtractorConfig, slots: Slots) -> Start:
    """How a child is started now."""
    runtime = config.runtime()
    path = slots.path
    return Start(
        cache=str(config.folder / "cache"),
        slot=None if path is None else str(path),
        runtime=None if runtime is None else str(runtime),
        cookies=None if config.cookies_file is None else str(config.cookies_file),
        forks=config.forks,
    )


async def _prove(config: ExtractorConfig, slots: Slots, guard: Guard, prober: Prober, folder: Path) -> None:
    """Go through the proof with the yt-dlp of a folder, in a child of its own.

    Raises:
        ExtractionFailed: it failed.
    """
    start = msgspec.structs.replace(_present(config, slots), slot=str(folder))
    async with trio.open_nursery() as nursery:
        pool = Pool(config.argv, lambda: start, nursery)
        extractor = YtDlpExtractor(pool, guard, lambda start, kind: None, config.limits)
        failure: ExtractionFailed | None = None
        try:
            await prove(extractor, partial(_decode, guard, prober), config.proof)
        except ExtractionFailed as failed:
            failure = failed
        nursery.cancel_scope.cancel()
    if failure is not None:
        raise failure


async def _decode(guard: Guard, prober: Prober, sound: Sound, wanted_s: float) -> float:
    """Seconds of sound that can be decoded.

    Raises:
        ExtractionFailed: none.
    """
    with guard.job(max_bytes=_PROOF_BYTES) as job:
        asked = ProbeJob(
            location=to_guarded(sound.url),
            is_file=False,
            proxy=job.proxy_url,
            headers=sound.headers,
            decode_s=wanted_s,
        )
        try:
            report = await prober.probe(asked)
        except OSError as error:
            raise ExtractionFailed(FailureKind.NETWORK, "the probe cannot be started") from error
    match report.failure:
        case None:
            return report.decoded_s
        case MediaFailure.FORBIDDEN:
            raise ExtractionFailed(FailureKind.MEDIA_REFUSED, "the sound of the proof")
        case MediaFailure.NETWORK | MediaFailure.TIMEOUT | MediaFailure.HTTP_STATUS:
            raise ExtractionFailed(FailureKind.NETWORK, "the sound of the proof")
        case _:
            raise ExtractionFailed(FailureKind.NO_SOUND, report.detail)
