"""One program per data folder.

An operating-system lock on ``roadie.lock`` is held for as long as the store is open. The system lets go of it
when the process ends, however it ends, so a crash never leaves a folder locked. The file holds the process
id of its owner for the sentence that a second instance gets; it stays behind unlocked, which is harmless
(deleting it would race with the next starter).

Windows locks bytes so that others cannot even read them: the locked byte lies far behind the text.
"""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from actors.store.errors import DiskFull, FolderInUse, FolderNotWritable

LOCK_NAME = "roadie.lock"
_LOCKED_BYTE = 1 << 20  # beyond anything that is written into the file


@contextmanager
def hold_lock(folder: Path) -> Generator[None]:
    """Own the data folder while the body runs; makes the folder if need be.

    Raises:
        FolderInUse: another process owns it.
        FolderNotWritable: it cannot be made or written.
    """
    path = folder / LOCK_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise FolderNotWritable(
            f"The data folder {folder} cannot be written ({error.strerror}). "
            "Give this user the right to write there, or set ROADIE_DATA to another folder."
        ) from error
    try:
        _take(handle, folder, path)
        yield
    finally:
        os.close(handle)


def _take(handle: int, folder: Path, path: Path) -> None:
    if not _try_lock(handle):
        raise FolderInUse(
            f"Another Roadie (process {_owner(path)}) already uses the data folder {folder}. "
            "Stop it first, or set ROADIE_DATA to another folder."
        )
    try:
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
    except OSError as error:  # the lock itself holds; but where this does not fit, nothing does
        raise DiskFull(
            f"Nothing can be written into the data folder {folder} ({error.strerror}). "
            "Free some space on its disk, or set ROADIE_DATA to another folder.",
            retry=True,
        ) from error


def _owner(path: Path) -> str:
    """The process id that the owner wrote, or ``unknown`` in the instant before it does."""
    try:
        return path.read_text(encoding="ascii").strip() or "unknown"
    except (OSError, ValueError):
        return "unknown"


if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> bool:
        os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        os.lseek(handle, 0, os.SEEK_SET)
        return True

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
