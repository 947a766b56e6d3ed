"""The first thing that runs: is this Python new enough, and if not, is there one on the PATH that is?

May import only the standard library, and must be readable by every Python 3 that somebody may still have:
no f-strings, annotations only as strings, no newer module. ``roadie``, ``test`` and ``build`` call
``require_python`` before they import anything else of ours.

Rules: a Python that is new enough goes on at once. Otherwise the first one on the PATH that says of itself
that it is new enough takes over. Otherwise one sentence and exit code 2.
"""

import os
import subprocess
import sys

NAMES = ("python3.11", "python3.12", "python3.13", "python3.14", "python3", "python")
CHECK = "import sys; sys.exit(sys.version_info < (3, 11))"
SENTENCE = (
    "Roadie needs Python 3.11 or newer, this is {found} and no newer one is on the PATH: "
    "install Python 3.11 or newer and start again.\n"
)


def require_python(arguments: "list[str]") -> None:
    """Return when this Python is new enough; otherwise hand over to one that is, or exit with 2.

    Args:
        arguments: the script and its arguments, as a newer Python shall get them.
    """
    if sys.version_info >= (3, 11):  # noqa: UP036 - older ones do come here
        return
    newer = find_python(os.environ.get("PATH", ""))
    if newer is None:
        found = ".".join(str(part) for part in sys.version_info[:3])
        sys.stderr.write(SENTENCE.replace("{found}", found))
        sys.exit(2)
    hand_over([newer, *arguments])


def find_python(path: str) -> "str | None":
    """Look through a PATH for a Python that says that it is 3.11 or newer.

    Returns:
        Its file, or None. Asking it is the only proof: a version manager's shim may refuse to run.
    """
    suffix = ".exe" if sys.platform == "win32" else ""
    for name in NAMES:
        for folder in path.split(os.pathsep):
            candidate = os.path.join(folder, name + suffix)  # noqa: PTH118 - read by Pythons without pathlib
            if folder and os.access(candidate, os.X_OK) and is_new_enough(candidate):
                return candidate
    return None


def is_new_enough(python: str) -> bool:
    """Run a Python and see whether it is 3.11 or newer; one that cannot run is not."""
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - as above
        try:
            return subprocess.call([python, "-c", CHECK], stdout=nowhere, stderr=nowhere) == 0  # noqa: S603 - from PATH
        except OSError:
            return False


def hand_over(argv: "list[str]") -> None:
    """Let another program take this one's place; where the system cannot do that, wait for it.

    On POSIX the process stays the same, so signals and the exit code need no care. On Windows both get
    Ctrl-C from the console; this one waits and passes the exit code on.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    if sys.platform != "win32":
        os.execv(argv[0], argv)  # noqa: S606 - no shell is wanted
    child = subprocess.Popen(argv)  # noqa: S603 - argv is ours
    while True:
        try:
            sys.exit(child.wait())
        except KeyboardInterrupt:  # the child got it too and is ending
            continue
