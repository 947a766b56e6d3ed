"""The file that ``./roadie`` and the child processes of a checkout start: puts the checkout on the path.

Python puts this file's own folder first on the path when it is started as a file; the checkout belongs there
instead, so that it works from any working folder and no folder of the caller's can shadow a room of ours.
"""

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parents[1])

from cli.early_exit import leave_on_signals  # noqa: E402 - the path has to be right first

if __name__ == "__main__":
    leave_on_signals()
    from cli.main import main

    sys.exit(main(sys.argv[1:]))
