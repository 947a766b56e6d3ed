import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
COMMON = """
import os, pathlib, pytest, time

HERE = pathlib.Path(__file__).parent

@pytest.fixture(scope="session")
def for_the_session():
    # None goes on before all have begun, so that each has something to do.
    (HERE / f"run-{os.getpid()}").touch()
    while len(list(HERE.glob("run-*"))) < int(os.environ["RUNS"]):
        time.sleep(0.01)
    yield
    note("session ends")

@pytest.fixture(scope="module")
def for_the_file(request):
    yield
    note(f"{request.node.nodeid} ends")

def note(line):
    with open(HERE / "log", "a") as log:
        log.write(f"{os.getpid()} {line}\\n")
"""
TWO_TESTS = """
from room.conftest import note

def test_one(for_the_session, for_the_file, request):
    note(request.node.nodeid)

def test_two(for_the_file, request):
    note(request.node.nodeid)
"""
ROOM = "room"
FILES = [f"{ROOM}/test_{letter}.py" for letter in "abcdefgh"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "taken").mkdir()
    (tmp_path / ROOM).mkdir()
    (tmp_path / ROOM / "__init__.py").touch()
    (tmp_path / ROOM / "conftest.py").write_text(COMMON)
    for file in FILES:
        (tmp_path / file).write_text(TWO_TESTS)
    return tmp_path


def codes_of(folder: Path, runs: int) -> list[int]:
    """Let so many runs share the files; their exit codes."""
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"]
    sharing = ["-p", "tests.sharing", f"--share={folder / 'taken'}"]
    own = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT), "RUNS": str(runs)}
    processes = [
        subprocess.Popen([*argv, *sharing, *FILES], cwd=folder, env=os.environ | own, stdout=subprocess.PIPE)
        for _ in range(runs)
    ]
    told = [process.communicate()[0] for process in processes]
    assert all(b"passed" in one for one in told), told
    return [process.returncode for process in processes]


def log_of(folder: Path) -> dict[str, list[str]]:
    """What each run noted."""
    found: dict[str, list[str]] = {}
    for line in (folder / ROOM / "log").read_text().splitlines():
        run, _, noted = line.partition(" ")
        found.setdefault(run, []).append(noted)
    return found


def test_every_test_runs_in_one_of_the_runs_and_fixtures_end_where_they_should(folder: Path) -> None:
    assert codes_of(folder, 2) == [0, 0]
    logs = log_of(folder)
    assert len(logs) == 2, "each run had something to do"
    files: list[str] = []
    for noted in logs.values():
        own = [line.removesuffix(" ends") for line in noted if line.endswith("py ends")]
        expected = [[f"{file}::test_one", f"{file}::test_two", f"{file} ends"] for file in own]
        assert noted == [*(line for lines in expected for line in lines), "session ends"]
        files += own
    assert sorted(files) == FILES, "no file twice"


@pytest.mark.parametrize(
    "content", ["def test_red(): assert 1 == 2", "syntax error", "import warnings; warnings.warn('old')"]
)
def test_what_fails_or_cannot_be_read_makes_its_run_red_and_the_rest_still_runs(
    folder: Path, content: str
) -> None:
    (folder / FILES[2]).write_text(content)
    assert codes_of(folder, 1) == [1]
    (noted,) = log_of(folder).values()
    assert sum(line.endswith("py ends") for line in noted) == len(FILES) - 1
