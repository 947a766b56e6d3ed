"""From a checkout to the running program: make the environment ready, then let its Python take over.

May import only the standard library and its neighbours that do the same; ``cli.install`` only when there is
something to install. A start that finds everything ready costs one hash, one folder listing and one exec.
"""

import os
import sys
from pathlib import Path
from typing import Final

from cli.early_exit import hold_signals
from cli.environment import Environment, State, Wanted
from cli.old_python import hand_over

ROOT: Final = Path(__file__).resolve().parents[1]


def start_roadie(arguments: list[str]) -> None:
    """Become the program ``roadie`` in the environment; the working folder stays the caller's."""
    python = ready_python(ROOT, "runtime")
    hold_signals()
    hand_over([python, str(ROOT / "cli" / "__main__.py"), *arguments])


def start_tool(module: str, arguments: list[str]) -> None:
    """Become one of the developer's tools, with the checkout as working folder."""
    python = ready_python(ROOT, "dev")
    os.chdir(ROOT)
    hand_over([python, "-m", module, *arguments])


def ready_python(root: Path, wanted: Wanted) -> str:
    """The environment's Python, after making it ready for this set if it is not.

    Exits with one sentence when that is impossible: 1 for a failure; told to stop, 0 as the program itself
    would, and 130 for the tools, which have then checked or built nothing.
    """
    environment = Environment(root)
    if environment.check(wanted) is not State.READY:
        from cli.install import SetupError, make_ready  # noqa: PLC0415 - only the rare start pays for it

        try:
            make_ready(environment, wanted)
        except SetupError as error:
            sys.exit(str(error))
        except KeyboardInterrupt:
            sys.stderr.write("Interrupted; the next start finishes the set-up.\n")
            sys.exit(0 if wanted == "runtime" else 130)
    return str(environment.python)
