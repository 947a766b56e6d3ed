"""Bringing files and names to the disk, so that a power failure does not take what was promised.

Blocking: called in worker threads.
"""

import os
from io import FileIO
from pathlib import Path
from typing import BinaryIO


def sync_file(file: BinaryIO | FileIO) -> None:
    """Make the content durable.

    Raises:
        OSError: the disk does not take it.
    """
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable; Windows neither can nor needs it.

    Raises:
        OSError: the disk does not take it.
    """
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
