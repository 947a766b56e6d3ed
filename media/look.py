"""Looking into media before it is queued: is it audio, how long, what is it called.

Joins the prober and the guard: a URL is looked into under a job of its own, bounded in bytes (the prober
bounds the time, once it has begun), and what the guard refused explains a failure better than FFmpeg does.
Files are looked into once; the index remembers what was found under the file's key.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from attrs import define, field

from gateway_client.ids import GuildId
from media.errors import MediaError, MediaFailure
from media.flights import Flights
from media.growing import Growing
from media.guard import Guard
from media.guarded_urls import to_guarded
from media.index import Index
from media.probe_values import REPORT_DECODER, ProbeJob, ProbeReport, to_line
from media.prober import Prober

LOOK_BYTES = (
    64 << 20
)  # received while looking; FFmpeg asks for about 2 MB, more when an index lies at the end
_Link = tuple[str, tuple[tuple[str, str], ...]]


@define(eq=False)
class Looker:
    """Looks into files and URLs.

    Attributes:
        max_duration_s: the limit of a guild in seconds, None for no limit.
    """

    prober: Prober
    guard: Guard
    index: Index
    max_duration_s: Callable[[GuildId], float | None] = lambda guild_id: None
    _flights: Flights[_Link, ProbeReport] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._flights = Flights(self.prober.nursery)

    async def look_at_file(self, path: Path, key: str | None) -> ProbeReport:
        """Look into a file of this machine, or remember what was seen under its key.

        Raises:
            MediaError: there is nothing to play.
        """
        kept = None if key is None else await self.index.get(f"look:{key}")
        if kept is not None:
            return REPORT_DECODER.decode(kept)
        report = await self.prober.probe(ProbeJob(location=str(path), is_file=True))
        if report.failure is not None:
            raise MediaError(kind=report.failure, detail=report.detail)
        if key is not None:
            await self.remember(key, report)
        return report

    async def remember(self, key: str, report: ProbeReport) -> None:
        """Keep what was found in a file."""
        await self.index.put(f"look:{key}", to_line(report))

    async def look_at_url(
        self, url: str, headers: tuple[tuple[str, str], ...] = (), growing: Growing | None = None
    ) -> ProbeReport:
        """Look into what a URL serves, asked with these headers; several who do so at once ask it once.

        Args:
            url: http or https.
            headers: to ask it with.
            growing: the file behind it, if that is on its way to this machine already.

        Raises:
            MediaError: there is nothing to play.
        """
        if growing is not None:
            return await self._ask(url, headers, growing)
        return await self._flights.share((url, headers), partial(self._ask, url, headers, None))

    async def _ask(
        self, url: str, headers: tuple[tuple[str, str], ...], growing: Growing | None
    ) -> ProbeReport:
        with self.guard.job(max_bytes=LOOK_BYTES) as job:
            if growing is not None:
                growing.serve(job)
            asked = ProbeJob(location=to_guarded(url), is_file=False, proxy=job.proxy_url, headers=headers)
            report = await self.prober.probe(asked)
            if report.failure is not None:
                raise _explain(url, report, job.denial)
        return report

    def check_length(self, guild_id: GuildId, duration_s: float | None) -> None:
        """Refuse what is longer than the guild allows; unknown lengths pass.

        Raises:
            MediaError: ``TOO_LONG``.
        """
        limit = self.max_duration_s(guild_id)
        if limit is not None and duration_s is not None and duration_s > limit:
            raise MediaError(kind=MediaFailure.TOO_LONG, limit=limit, actual=duration_s)


def _explain(url: str, report: ProbeReport, denial: MediaError | None) -> MediaError:
    """The best of what the guard and the probe know about a failure."""
    if denial is not None and denial.kind is MediaFailure.TOO_LARGE:
        # The limit is that of a look and says nothing about how large a track may be.
        return MediaError(kind=MediaFailure.NOT_AUDIO, host=denial.host, detail="none within the look")
    if denial is not None:
        return denial
    assert report.failure is not None
    host = urlsplit(url).hostname
    return MediaError(kind=report.failure, host=host, status=report.status, detail=report.detail)
