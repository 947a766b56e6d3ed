"""Several runs of pytest share their files: each takes the next one that no other run has taken.

Loaded with ``-p tests.sharing --share FOLDER``. All runs get the same files as arguments, in the same
order, and the same empty folder, in which an entry says that a file is taken. So runs are done at nearly
the same time without anybody knowing how long a file takes. A file is collected by the run that takes it
and by no other; what lives for a session lives in each run as long as the run.

All tests of a file are run: ``-k`` and ``-m`` would be asked about files, and choose none.

A run that dies does so with the file it has taken; nobody else runs that, and its exit code says so.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

OPTION: Final = "--share"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(OPTION, required=True, metavar="FOLDER", help="where files are taken")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Sharing(Path(str(config.getoption(OPTION)))))


class Sharing:
    """One of the runs."""

    def __init__(self, taken: Path) -> None:
        self._taken = taken
        self._files: Sequence[pytest.Item | pytest.Collector] = ()
        self._next: pytest.Item | pytest.Collector | None = None

    def pytest_collection(self, session: pytest.Session) -> bool:
        """Find all files, and when one is taken, its tests.

        The files are found once: what a ``conftest`` offers belongs to the folder that was found then.
        """
        if self._next is None:
            self._files = session.perform_collect(genitems=False)
        else:
            session.items = list(session.genitems(self._next))
            hook = session.config.hook
            hook.pytest_collection_modifyitems(session=session, config=session.config, items=session.items)
        return True

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Take files and run them until none is left."""
        collected = 0
        for file in self._files:
            if self._is_taken_by_us(file):
                self._next = file
                session.config.hook.pytest_collection(session=session)
                collected += len(session.items)
                run_collected(session)
        session.testscollected = collected
        return True

    def _is_taken_by_us(self, file: pytest.Item | pytest.Collector) -> bool:
        try:
            (self._taken / file.nodeid.replace("/", ".")).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True


def run_collected(session: pytest.Session) -> None:
    """Run the tests of one file.

    Behind its last test comes no other that is known yet. The session stands for it: pytest then ends what
    belongs to the file and keeps what belongs to the session.
    """
    for item, following in pairwise([*session.items, session]):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
