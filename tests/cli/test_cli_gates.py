import sys
from pathlib import Path

import pytest

from cli.gates import main, passes

PASS = [sys.executable, "-ISc", "pass"]
FAIL = [sys.executable, "-ISc", "print('found something'); raise SystemExit(1)"]


@pytest.fixture
def gates(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("FORMAT", "LINT", "TYPES", "TESTS"):
        monkeypatch.setattr(f"cli.gates.{name}", PASS)
    return monkeypatch


def test_all_open_gates_are_0(gates: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[:4] == ["ok     format", "ok     lint", "ok     tests", "ok     types"]


@pytest.mark.parametrize("name", ["format", "lint", "types", "tests"])
def test_one_closed_gate_is_named_and_the_others_still_run(
    gates: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    gates.setattr(f"cli.gates.{name.upper()}", FAIL)
    assert main([]) == 1
    out = capfd.readouterr().out
    assert "found something" in out
    assert [line for line in out.splitlines() if line.startswith("FAILED")] == [f"FAILED {name}"]
    assert out.count("ok     ") == 3


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
