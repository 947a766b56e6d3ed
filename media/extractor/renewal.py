"""Keeps yt-dlp new while the bot runs: fetch, check, prove, swap.

The index is asked once a day, at an hour that differs from bot to bot and from day to day, and when yt-dlp
stops understanding a site, then at most every `HURRY_S`. A new version is used from the next question on;
what runs finishes with the old one. A version that fails its proof by its own fault is never tried again;
one whose proof failed for reasons of the network or of a site is tried again at the next check.

Failures are logged and end nothing: the version in use goes on.
"""

import logging
import random
import secrets
import shutil
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

import trio
from attrs import define, field

from media.extractor.failures import ExtractionFailed
from media.extractor.fetch import Fetched, FetchFailed, fetch_newest
from media.extractor.proof import INNOCENT
from media.extractor.slots import INCOMING, Slots

log = logging.getLogger("roadie.media.extractor")

DAY_S: Final = 24 * 3600.0
HURRY_S: Final = 6 * 3600.0

Prove = Callable[[Path], Awaitable[None]]
"""Goes through a proof with the yt-dlp of a folder; raises `ExtractionFailed`."""


class Outcome(StrEnum):
    """How a renewal ended."""

    RENEWED = "renewed"
    UP_TO_DATE = "up_to_date"
    NOT_FETCHED = "not_fetched"
    NOT_PROVEN = "not_proven"
    NOT_WRITTEN = "not_written"


@define(eq=False)
class Renewal:
    """The service that renews.

    Attributes:
        slots: where versions are kept.
        prove: see `Prove`.
        on_swap: called when another version is to be used from now on.
        index: see ``media.extractor.fetch``.
        at: the wall time.
        last: how the last renewal ended, and its few words.
    """

    slots: Slots
    prove: Prove
    on_swap: Callable[[], None]
    index: str
    at: Callable[[], datetime]
    dice: random.Random
    last: tuple[Outcome, str] | None = None
    _hurry: trio.Event = field(factory=trio.Event)

    async def run(self) -> None:
        """Renew at its times, for as long as the bot runs."""
        while True:
            with trio.move_on_after(next_check_s(self.slots.state.checked_at, self.at(), self.dice)):
                await self._hurry.wait()
            self._hurry = trio.Event()
            await self.renew()

    def hurry(self) -> None:
        """yt-dlp does not understand a site any more: look for a newer one soon."""
        checked_at = self.slots.state.checked_at
        if checked_at is None or self.at() - checked_at >= timedelta(seconds=HURRY_S):
            self._hurry.set()

    async def renew(self) -> Outcome:
        """Look for a newer version now and use it if it is proven."""
        self.slots.checked(self.at())
        incoming = self.slots.folder / f"{INCOMING}{secrets.token_hex(4)}"
        try:
            outcome, detail = await self._try(incoming)
        finally:
            if incoming.exists():
                with trio.CancelScope(shield=True):
                    await trio.to_thread.run_sync(remove, incoming)
        self.last = outcome, detail
        level = logging.INFO if outcome in {Outcome.RENEWED, Outcome.UP_TO_DATE} else logging.WARNING
        log.log(level, "renewal of yt-dlp: %s (%s)", outcome, detail)
        return outcome

    async def _try(self, incoming: Path) -> tuple[Outcome, str]:
        try:
            fetched = await fetch_newest(incoming, self.index)
        except FetchFailed as failed:
            return Outcome.NOT_FETCHED, str(failed)
        if not self.slots.is_wanted(fetched.name):
            return Outcome.UP_TO_DATE, fetched.name
        try:
            await self.prove(fetched.folder)
        except ExtractionFailed as failed:
            if failed.kind not in INNOCENT:
                self.slots.reject(fetched.name)
            return Outcome.NOT_PROVEN, f"{fetched.name}: {failed}"
        return self._swap(fetched)

    def _swap(self, fetched: Fetched) -> tuple[Outcome, str]:
        try:
            self.slots.install(fetched.folder, fetched.name)
        except OSError as error:
            return Outcome.NOT_WRITTEN, f"{fetched.name}: {error.strerror}"
        self.on_swap()
        return Outcome.RENEWED, fetched.name


def next_check_s(checked_at: datetime | None, now: datetime, dice: random.Random) -> float:
    """How long to wait for the daily check: a random hour of the day after the last one.

    A bot that never checked waits for up to a day, so that many bots that start at once do not ask at once.
    """
    if checked_at is None:
        return dice.uniform(0.02, 1.0) * DAY_S
    passed_s = max(0.0, (now - checked_at).total_seconds())
    return max(60.0, dice.uniform(0.5, 1.5) * DAY_S - passed_s)


def remove(folder: Path) -> None:
    """Delete what a renewal left."""
    shutil.rmtree(folder, ignore_errors=True)
