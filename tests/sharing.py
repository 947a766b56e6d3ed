"""Several runs of pytest share their files: each takes the next one that no other run has taken.

Loaded with ``-p tests.sharing --share FOLDER``. All runs get the same files as arguments, in the same
order, and the same empty folder, in which an entry says that a file is taken. So runs are done at nearly
the same time without anybody knowing how long a file takes. A file is collected by the run that takes it
and by no other; what lives for a session lives in each run as long as the run.

A run that dies does so with the file it has taken; nobody else runs that, and its exit code says so.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

OPTION = "--share"
_FILES = pytest.StashKey[Sequence[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(OPTION, required=True, metavar="FOLDER", help="where files are taken")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Put the files aside: pytest finds nothing to collect before one is taken."""
    session.config.stash[_FILES] = tuple(session.config.args)
    session.config.args = []


def pytest_runtestloop(session: pytest.Session) -> bool:
    """Take files and run them until none is left."""
    folder = Path(str(session.config.getoption(OPTION)))
    collected = 0
    for file in session.config.stash[_FILES]:
        if is_taken_by_us(folder, file):
            session.config.args = [file]
            session.config.hook.pytest_collection(session=session)
            collected += session.testscollected
            run_collected(session)
    session.testscollected = collected
    return True


def is_taken_by_us(folder: Path, file: str) -> bool:
    """Take a file, unless another run was first."""
    try:
        (folder / file.replace("/", ".")).touch(exist_ok=False)
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
