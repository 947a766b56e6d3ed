"""The gates behind ``./test``: format, lint, types and tests, each named with its verdict.

May import only the standard library. Without arguments every gate runs, also after one has failed, so that
one run names everything that is wrong. With arguments only the tests run and pytest gets the arguments.

The slow gates run side by side; what those behind the first one find is printed afterwards. Tests that live
in real time mostly wait: whole bots, voice, the sandbox, media and child processes. Several runs share
their files, each takes the next one when it is done (``tests/sharing``). The type checker and all other
tests, which compute, run at low priority.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final

PYTHON: Final = sys.executable
FORMAT: Final = [PYTHON, "-m", "ruff", "format", "--check", "--quiet", "."]
LINT: Final = [PYTHON, "-m", "ruff", "check", "--quiet", "."]
TYPES: Final = [PYTHON, "-m", "basedpyright"]
TESTS: Final = [PYTHON, "-m", "pytest"]
WAITING: Final = (
    "tests/scenarios",
    "tests/voice",
    "tests/media",
    "tests/sandbox",
    "tests/rest",
    "tests/cli",
)
"""Tests that must not wait for others to compute; files that take long come first."""
WAITING_FILES: Final = [file.as_posix() for room in WAITING for file in sorted(Path(room).glob("test_*.py"))]
SHARED: Final = ["-p", "tests.sharing", "-o", "console_output_style=classic"]
WAITING_TESTS: Final = [*TESTS, *SHARED, *WAITING_FILES]
WAITING_RUNS: Final = 4
OTHER_TESTS: Final = [*TESTS, *(f"--ignore={folder}" for folder in WAITING)]

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
    """Run every gate. Gives each gate's name and whether it let us through."""
    verdicts: dict[str, bool] = {}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        Path(folder, "taken").mkdir()
        # Runs with one folder for the files of all tests clean up behind each other, and fail over it.
        waiting, *alike = (
            [*WAITING_TESTS, f"--share={folder}/taken", f"--basetemp={folder}/{number}"]
            for number in range(WAITING_RUNS)
        )
        more = [stack.enter_context(behind(argv, polite=False)) for argv in alike]
        others = stack.enter_context(behind([*OTHER_TESTS, f"--basetemp={folder}/others"]))
        types = stack.enter_context(behind(TYPES))
        verdicts["format"] = passes(FORMAT)
        if not verdicts["format"]:
            say(FORMAT_HINT)
        verdicts["lint"] = passes(LINT)
        verdicts["tests that wait"] = all([passes(waiting), *(run.passed(always_tell=True) for run in more)])
        verdicts["other tests"] = others.passed(always_tell=True)
        verdicts["types"] = types.passed()
    return verdicts


class Behind:
    """A gate that runs behind the others and is asked for its verdict later."""

    def __init__(self, process: "subprocess.Popen[bytes]", output: IO[bytes]) -> None:
        self._process = process
        self._output = output

    def passed(self, *, always_tell: bool = False) -> bool:
        """Wait for its end; print what it printed if it let nobody through, or always."""
        passed = self._process.wait() == 0
        if always_tell or not passed:
            self._output.seek(0)
            say(self._output.read().decode(errors="replace").rstrip())
        return passed


@contextmanager
def behind(argv: list[str], *, polite: bool = True) -> Generator[Behind]:
    """Run a gate behind the others, its output in a file; it does not outlive the block."""
    prefix = ["nice", "-n", "15"] if polite and sys.platform != "win32" else []
    with (
        tempfile.TemporaryFile() as output,
        subprocess.Popen(  # noqa: S603 - argv is ours
            [*prefix, *argv], stdout=output, stderr=subprocess.STDOUT, env=environment()
        ) as process,
    ):
        try:
            yield Behind(process, output)
        finally:
            process.kill()


def passes(argv: list[str]) -> bool:
    """Run one gate in the foreground; what it prints is seen as it comes."""
    return subprocess.run(argv, check=False, env=environment()).returncode == 0  # noqa: S603 - argv is ours


def environment() -> dict[str, str]:
    """What the gates see: output as it comes, and compiled modules kept, since the tests start many bots."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONUNBUFFERED": "1"}


def say(line: str) -> None:
    """Print a line now, in order with what the gates print."""
    print(line, flush=True)  # noqa: T201 - the gates' only output


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
