"""How the program starts itself again: the command lines of its child processes.

May import ``cli.one_file_start`` for a name.

In a checkout the program is the file ``cli/__main__.py``; in the one file that ``./build`` makes it is that
file. Both take the child's name as first argument, so a child never depends on the working folder, on the
environment or on what lies on the PATH.
"""

import os
import sys
from pathlib import Path
from typing import Final, Literal

from cli.one_file_start import ONE_FILE_VARIABLE

ChildName = Literal["voice-node", "sandbox", "probe", "extractor"]

CHECKOUT: Final = Path(__file__).resolve().parents[1]


def one_file() -> Path | None:
    """The single file that this program runs from, or None in a checkout.

    Its start (``cli.one_file_start``) leaves the path in the environment; a checkout that is started from
    such a program's environment is still a checkout.
    """
    path = os.environ.get(ONE_FILE_VARIABLE)
    return Path(path) if path and not (CHECKOUT / "pyproject.toml").exists() else None


def child_argv(name: ChildName) -> list[str]:
    """The command line that starts a child of this program; nothing secret is in it."""
    return [sys.executable, str(one_file() or CHECKOUT / "cli" / "__main__.py"), name]


def program_folder() -> Path:
    """The folder beside which ``.env`` is looked for: the one file's, or the checkout."""
    file = one_file()
    return file.parent if file else CHECKOUT
