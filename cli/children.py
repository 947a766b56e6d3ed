"""How the program starts itself again: the command lines of its child processes.

May import nothing of ours.

In a checkout the program is the file ``cli/__main__.py``; in the one file that ``./build`` makes it is that
file. Both take the child's name as first argument, so a child never depends on the working folder, on the
environment or on what lies on the PATH.
"""

import sys
from pathlib import Path
from typing import Final, Literal

ChildName = Literal["voice-node", "sandbox", "probe"]

CHECKOUT: Final = Path(__file__).resolve().parents[1]


def one_file() -> Path | None:
    """The single file that this program runs from, or None in a checkout.

    Its first lines (``cli.one_file``) leave the path in the main module.
    """
    path: object = getattr(sys.modules["__main__"], "ROADIE_ONE_FILE", None)
    return Path(path) if isinstance(path, str) else None


def child_argv(name: ChildName) -> list[str]:
    """The command line that starts a child of this program; nothing secret is in it."""
    return [sys.executable, str(one_file() or CHECKOUT / "cli" / "__main__.py"), name]


def program_folder() -> Path:
    """The folder beside which ``.env`` is looked for: the one file's, or the checkout."""
    file = one_file()
    return file.parent if file else CHECKOUT
