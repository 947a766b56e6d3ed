"""Which yt-dlp is used: the newest one that is proven, an older good one, or the bundled one.

A slot is a folder with one yt-dlp and its solver, named after both versions. Slots never change once they are
there; the file ``state.json`` says which one is used, and replacing it atomically is the swap. Whoever still
runs an older slot finishes with it: folders that nobody needs any more are deleted at the next start.

States of a slot: new (proven once, on trial) → good (worked `TRUSTED_AFTER` times in use) | bad (never
again). A slot on trial that fails `STRIKES` times in a row by its own fault is rolled back; one that cannot
even be imported is bad at once, good or not. What is older than the bundled yt-dlp is not used.

Failure modes: an unreadable state, or a slot that has vanished, is as if there were none; what cannot be
written is logged, and the bundled yt-dlp goes on.
"""

import logging
import re
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from attrs import define, evolve, frozen

from media.durable import sync_file
from media.extractor.failures import FailureKind

log = logging.getLogger("roadie.media.extractor")

STRIKES: Final = 3
TRUSTED_AFTER: Final = 3
OWN_FAULTS: Final = frozenset({FailureKind.CRASHED, FailureKind.OUTDATED})
INCOMING: Final = "incoming-"
_KEPT_BAD: Final = 20
_NAME: Final = re.compile(r"[0-9][0-9A-Za-z.]*\+[0-9A-Za-z.]*")


@frozen(kw_only=True)
class SlotState:
    """What ``state.json`` says.

    Attributes:
        current: the slot in use; None for the bundled yt-dlp.
        good: the last one that proved itself in use; None for the bundled one.
        bad: never again, oldest first.
        checked_at: when the index was asked last.
    """

    current: str | None = None
    good: str | None = None
    bad: tuple[str, ...] = ()
    checked_at: datetime | None = None


@define(eq=False)
class Slots:
    """The folder of slots.

    Attributes:
        folder: everything of the extractor lies here.
        bundled: gives the version beside this program; asked only where there is another one.
    """

    folder: Path
    bundled: Callable[[], str]
    state: SlotState = SlotState()
    _strikes: int = 0
    _successes: int = 0

    def load(self) -> None:
        """Read the state, and delete what no state needs; for the one program that uses the folder."""
        self.read()
        self._delete_unneeded()

    def read(self) -> None:
        """Read the state, for whoever only wants to know."""
        try:
            self.state = msgspec.json.decode((self.folder / "state.json").read_bytes(), type=SlotState)
        except FileNotFoundError:
            self.state = SlotState()
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("the state of the extractor's slots is unreadable and begins anew: %s", error)
            self.state = SlotState()

    @property
    def path(self) -> Path | None:
        """The folder to import yt-dlp from; None for the bundled one."""
        current = self.state.current
        if current is None or not is_newer(current, self.bundled()):
            return None
        place = self.place(current)
        return place if (place / "yt_dlp").is_dir() else None

    def place(self, name: str) -> Path:
        """The folder of a slot."""
        assert _NAME.fullmatch(name)
        return self.folder / "slots" / name

    def is_wanted(self, name: str) -> bool:
        """Whether a version that the index has should be tried."""
        used = self.state.current if self.path is not None else None
        return (
            _NAME.fullmatch(name) is not None
            and name not in self.state.bad
            and is_newer(name, used or self.bundled())
        )

    def install(self, prepared: Path, name: str) -> None:
        """Make a proven folder the current slot.

        Raises:
            OSError: it cannot be written; nothing has changed.
        """
        place = self.place(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists():
            shutil.rmtree(place)  # a leftover: it is not in use, or it would not be wanted
        prepared.rename(place)
        self._write(evolve(self.state, current=name))
        self._strikes = self._successes = 0

    def reject(self, name: str) -> None:
        """Never try this one again."""
        self._keep(evolve(self.state, bad=(*self.state.bad, name)[-_KEPT_BAD:]))

    def checked(self, at: datetime) -> None:
        """Remember when the index was asked."""
        self._keep(evolve(self.state, checked_at=at))

    def worked(self, used: Path | None) -> None:
        """A question was answered."""
        if used is None or used != self.path:
            return
        self._strikes = 0
        self._successes += 1
        if self._successes >= TRUSTED_AFTER and self.state.good != self.state.current:
            self._keep(evolve(self.state, good=self.state.current))
            log.info("yt-dlp %s has proved itself", self.state.current)

    def failed(self, used: Path | None, kind: FailureKind) -> bool:
        """A question failed; True if that led to a roll-back."""
        if used is None or used != self.path or kind not in OWN_FAULTS:
            return False
        self._strikes += 1
        on_trial = self.state.good != self.state.current
        if not on_trial or self._strikes < STRIKES:
            return False
        self._roll_back(f"failed {STRIKES} times ({kind})")
        return True

    def broke(self, used: Path | None) -> bool:
        """A child could not be started with it; True if there is another one to try."""
        if used is None or used != self.path:
            return used != self.path
        self._roll_back("cannot be imported")
        return True

    def _roll_back(self, why: str) -> None:
        current, good = self.state.current, self.state.good
        assert current is not None
        back = good if good != current else None
        log.warning("yt-dlp %s %s: back to %s", current, why, back or f"the bundled {self.bundled()}")
        bad = (*self.state.bad, current)[-_KEPT_BAD:]
        self._keep(evolve(self.state, current=back, good=back, bad=bad))
        self._strikes = self._successes = 0

    def _keep(self, state: SlotState) -> None:
        """Change the state, in memory at least."""
        try:
            self._write(state)
        except OSError as error:
            log.warning("the state of the extractor's slots cannot be written: %s", error)
            self.state = state

    def _write(self, state: SlotState) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / "state.json.new"
        with unfinished.open("wb") as file:
            file.write(msgspec.json.encode(state))
            sync_file(file)
        unfinished.replace(self.folder / "state.json")
        self.state = state

    def _delete_unneeded(self) -> None:
        needed = {self.state.current, self.state.good}
        old = [one for one in list_folder(self.folder / "slots") if one.name not in needed]
        for one in [*old, *(one for one in list_folder(self.folder) if one.name.startswith(INCOMING))]:
            shutil.rmtree(one, ignore_errors=True)


def list_folder(folder: Path) -> list[Path]:
    """What is in a folder; nothing if there is none."""
    return list(folder.iterdir()) if folder.is_dir() else []


def is_newer(name: str, than: str) -> bool:
    """Whether one version, or slot's name, comes after another: yt-dlp first, its solver second."""
    return version_key(name) > version_key(than)


def version_key(name: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The numbers of ``yt-dlp[+solver]`` for comparing."""
    main, _, solver = name.partition("+")
    return numbers(main), numbers(solver)


def numbers(version: str) -> tuple[int, ...]:
    """All numbers of a version, in order."""
    return tuple(int(digits) for digits in re.findall(r"\d+", version))
