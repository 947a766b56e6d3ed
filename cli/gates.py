"""The gates behind ``./test``: format, lint, types and tests, each named with its verdict.

May import only the standard library. Without arguments every gate runs, also after one has failed, so that
one run names everything that is wrong. With arguments only the tests run and pytest gets the arguments.

The type checker and the tests take longest and leave a core each on a small machine: the checker runs beside
the tests at low priority, because tests measure time and types do not; its findings are printed after theirs.
"""

import os
import subprocess
import sys
import tempfile
import time
from typing import IO, Final

PYTHON: Final = sys.executable
FORMAT: Final = [PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."]
LINT: Final = [PYTHON, "-m", "ruff", "check", "--quiet", "."]
TYPES: Final = [PYTHON, "-m", "basedpyright"]
TESTS: Final = [PYTHON, "-m", "pytest"]

FORMAT_HINT: Final = "these files are not formatted; to format: .venv/bin/ruff format"


def main(arguments: list[str]) -> int:
    """Run the gates; 0 if all are open."""
    if arguments:
        return subprocess.run([*TESTS, *arguments], check=False).returncode  # noqa: S603 - argv is ours
    started = time.monotonic()
    verdicts = run_all()
    for name, passed in verdicts.items():
        say(f"{'ok    ' if passed else 'FAILED'} {name}")
    say(f"{time.monotonic() - started:.0f} s")
    return 0 if all(verdicts.values()) else 1


def run_all() -> dict[str, bool]:
    """Run every gate, the slow two side by side. Gives each gate's name and whether it let us through."""
    verdicts: dict[str, bool] = {}
    with tempfile.TemporaryFile() as findings, start_types(findings) as types:
        try:
            verdicts["format"] = passes(FORMAT)
            if not verdicts["format"]:
                say(FORMAT_HINT)
            verdicts["lint"] = passes(LINT)
            verdicts["tests"] = passes(TESTS)
            verdicts["types"] = types.wait() == 0
        finally:
            types.kill()
        if not verdicts["types"]:
            findings.seek(0)
            say(findings.read().decode(errors="replace"))
    return verdicts


def start_types(findings: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start the type checker in the background, its findings in a file."""
    polite = [] if sys.platform == "win32" else ["nice", "-n", "15"]
    return subprocess.Popen([*polite, *TYPES], stdout=findings, stderr=subprocess.STDOUT)  # noqa: S603 - argv is ours


def passes(argv: list[str]) -> bool:
    """Run one gate in the foreground; what it prints is seen as it comes."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    return subprocess.run(argv, check=False, env=environment).returncode == 0  # noqa: S603 - argv is ours


def say(line: str) -> None:
    """Print a line now, in order with what the gates print."""
    print(line, flush=True)  # noqa: T201 - the gates' only output


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
