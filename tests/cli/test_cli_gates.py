import sys
from pathlib import Path

import pytest

from cli.gates import EVEN_SCENARIOS, ODD_SCENARIOS, OTHER_TESTS, PROCESSES, TESTS, main, passes

PASS = [sys.executable, "-ISc", "pass"]
FAIL = [sys.executable, "-ISc", "print('found something'); raise SystemExit(1)"]

NAMES = {
    "FORMAT": "format",
    "LINT": "lint",
    "ODD_SCENARIOS": "scenarios, odd",
    "EVEN_SCENARIOS": "scenarios, even",
    "PROCESS_TESTS": "tests of voice and processes",
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
    odd, even = (set(argv[len(TESTS) :]) for argv in (ODD_SCENARIOS, EVEN_SCENARIOS))
    assert odd | even == {
        f"tests/scenarios/{file.name}" for file in (root / "tests/scenarios").glob("test_*.py")
    }
    assert not odd & even
    ignored = {argument.partition("=")[2] for argument in OTHER_TESTS if argument.startswith("--ignore=")}
    assert ignored == {"tests/scenarios", *PROCESSES}


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
