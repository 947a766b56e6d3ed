import sys
from pathlib import Path

import pytest

from cli.gates import OTHER_TESTS, WAITING, WAITING_FILES, WAITING_RUNS, main, passes

PASS = [sys.executable, "-ISc", "pass"]
FAIL = [sys.executable, "-ISc", "print('found something'); raise SystemExit(1)"]

FAIL_AS_NUMBER = """
for run in range(n + 1):
    try:
        os.mkdir(f"{at}/{run}")
    except FileExistsError:
        continue
    sys.exit(run == n)
"""
"""Of the runs that share a folder, the one that comes as number ``n`` fails."""

NAMES = {
    "FORMAT": "format",
    "LINT": "lint",
    "WAITING_TESTS": "tests that wait",
    "OTHER_TESTS": "other tests",
    "TYPES": "types",
}


@pytest.fixture
def gates(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in NAMES:
        monkeypatch.setattr(f"cli.gates.{name}", PASS)
    return monkeypatch


def test_all_open_gates_are_0(gates: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    lines = capfd.readouterr().out.splitlines()
    named = [line for line in lines if line.startswith("ok ")]
    assert named == [f"ok     {name}" for name in NAMES.values()]


@pytest.mark.parametrize("gate", NAMES)
def test_one_closed_gate_is_named_and_the_others_still_run(
    gates: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], gate: str
) -> None:
    gates.setattr(f"cli.gates.{gate}", FAIL)
    assert main([]) == 1
    out = capfd.readouterr().out
    assert "found something" in out
    assert [line for line in out.splitlines() if line.startswith("FAILED")] == [f"FAILED {NAMES[gate]}"]
    assert out.count("ok     ") == len(NAMES) - 1


def test_every_test_of_the_project_belongs_to_one_gate() -> None:
    root = Path(__file__).resolve().parents[2]
    waiting = {
        file.relative_to(root).as_posix() for room in WAITING for file in (root / room).rglob("test_*.py")
    }
    assert sorted(WAITING_FILES) == sorted(waiting)
    ignored = {argument.partition("=")[2] for argument in OTHER_TESTS if argument.startswith("--ignore=")}
    assert ignored == set(WAITING)


@pytest.mark.parametrize("number", range(WAITING_RUNS))
def test_a_failure_in_any_of_the_runs_that_share_closes_their_gate(
    gates: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], number: int
) -> None:
    fails = f"import os, sys; at = sys.argv[1].partition('=')[2]; n = {number}\n" + FAIL_AS_NUMBER
    gates.setattr("cli.gates.WAITING_TESTS", [sys.executable, "-ISc", fails])
    assert main([]) == 1
    assert "FAILED tests that wait" in capfd.readouterr().out


def test_with_arguments_only_the_tests_run_and_get_them(
    gates: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    gates.setattr("cli.gates.TESTS", [sys.executable, "-ISc", "import sys; print(sys.argv[1:]); sys.exit(5)"])
    gates.setattr("cli.gates.LINT", ["/nonexistent"])
    assert main(["tests/voice", "-k", "x"]) == 5
    assert capfd.readouterr().out == "['tests/voice', '-k', 'x']\n"


def test_output_of_a_gate_is_seen_in_order(capfd: pytest.CaptureFixture[str]) -> None:
    assert not passes(FAIL)
    assert passes(PASS)
    assert capfd.readouterr().out == "found something\n"
