"""Where the JavaScript runtime is. yt-dlp is given the file, so it never looks for one itself."""

import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_PROGRAM: Final = "deno.exe" if sys.platform == "win32" else "deno"


def find_runtime() -> Path | None:
    """Deno: beside this Python, beside the packages (as in the one file), or on the PATH."""
    for place in _places():
        if place.is_file() and os.access(place, os.X_OK):
            return place
    found = shutil.which(_PROGRAM)
    return None if found is None else Path(found)


def _places() -> Iterator[Path]:
    yield Path(sysconfig.get_path("scripts")) / _PROGRAM
    yield Path(__file__).parents[2] / "bin" / _PROGRAM
