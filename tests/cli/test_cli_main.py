import ast
import io
import logging
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from cli.children import CHECKOUT, child_argv, one_file, program_folder
from cli.config import Config
from cli.logs import log_to_parent
from cli.main import CHILDREN, main
from cli.start import start
from cli.version import VERSION

TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAw.GabcdE.abcdefghijklmnopqrstuvwxyz0123456789AB"


@pytest.fixture(autouse=True)
def own_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith(("ROADIE_", "DISCORD_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ROADIE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("cli.start.program_folder", lambda: tmp_path)


def test_version_is_the_projects(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert capsys.readouterr().out == f"roadie {project['version']}\n" == f"roadie {VERSION}\n"


@pytest.mark.parametrize("arguments", [["dance"], ["--loud"], ["doctor", "now"]])
def test_wrong_command_line_ends_with_2_and_the_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("usage: roadie")


def test_without_a_command_the_bot_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(config: Config) -> int:
        return 7 if config.token is None else 0

    monkeypatch.setattr("cli.start.find_run", lambda: run)
    assert main([]) == 7


@pytest.fixture
def child_world(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """A module in place of a child's, which notes how it was started; the process is as before afterwards."""
    seen: list[object] = []

    def life(*arguments: list[str]) -> int:
        seen.extend([arguments, signal.getsignal(signal.SIGINT)])
        logging.getLogger("voice.node").warning("alive", extra={"call": 1})
        return 5

    world = ModuleType("made_up_child")
    vars(world)["main"] = life
    monkeypatch.setitem(sys.modules, "made_up_child", world)
    monkeypatch.setattr("cli.main.CHILDREN", dict.fromkeys(CHILDREN, "made_up_child:main"))
    handler, (handlers, level) = (
        signal.getsignal(signal.SIGINT),
        (list(logging.root.handlers), logging.root.level),
    )
    yield seen
    signal.signal(signal.SIGINT, handler)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@pytest.mark.parametrize(("name", "arguments"), [("voice-node", ()), ("sandbox", (["--x"],))])
def test_child_ignores_ctrl_c_and_logs_for_its_parent(
    child_world: list[object], name: str, arguments: tuple[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = io.StringIO()
    monkeypatch.setattr("cli.logs.log_to_parent", partial(log_to_parent, stderr=said))
    assert main([name, "--x"]) == 5
    assert child_world == [arguments, signal.SIG_IGN]
    assert said.getvalue() == "WARNING voice.node alive call=1\n"


def test_children_start_from_the_checkout_or_from_the_one_file(monkeypatch: pytest.MonkeyPatch) -> None:
    assert one_file() is None
    assert child_argv("voice-node") == [sys.executable, str(CHECKOUT / "cli" / "__main__.py"), "voice-node"]
    assert program_folder() == CHECKOUT
    monkeypatch.setenv("ROADIE_ONE_FILE", "/opt/roadie/roadie")
    assert one_file() is None
    monkeypatch.setattr("cli.children.CHECKOUT", Path("/unpacked/site-packages"))
    assert child_argv("sandbox") == [sys.executable, "/opt/roadie/roadie", "sandbox"]
    assert program_folder() == Path("/opt/roadie")


def test_every_child_has_an_entry() -> None:
    assert set(CHILDREN) == {"voice-node", "sandbox", "probe", "extractor"}
    for entry in CHILDREN.values():
        module, _, function = entry.partition(":")
        path = CHECKOUT.joinpath(*module.split(".")).with_suffix(".py")
        names = {node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)}
        assert function in names


def test_start_hides_the_token_from_children_and_from_the_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    monkeypatch.setenv("ROADIE_LOGS_LEVL", "info")

    def run(config: Config) -> int:
        assert config.token is not None
        logging.getLogger("x").info("token %s", config.token())
        assert "DISCORD_TOKEN" not in os.environ
        assert os.environ["ROADIE_LOGS_LEVEL"] == "info"
        return 3

    assert start(run) == 3
    written = "".join(path.read_text() for path in (tmp_path / "data" / "logs").iterdir())
    assert "token •••" in written
    assert "did you mean level?" in written
    assert TOKEN not in written + capsys.readouterr().err
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_bad_configuration_ends_with_2_and_sentences(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ROADIE_LOGS_LEVEL", "loud")
    monkeypatch.setenv("ROADIE_BOT_SHARDS", "0")
    assert start(lambda _: 0) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" must be ")[0][-17:] for line in lines] == ["ROADIE_BOT_SHARDS", "ROADIE_LOGS_LEVEL"]


def test_data_folder_that_cannot_be_made_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").touch()
    monkeypatch.setenv("ROADIE_DATA", str(tmp_path / "data" / "below"))
    assert start(lambda _: 0) == 2
    assert "name another one in ROADIE_DATA" in capsys.readouterr().err


EARLY = """
import os, signal, sys
sys.path.insert(0, {root!r})
from cli.early_exit import hold_signals, leave_on_signals
hold_signals()
os.kill(os.getpid(), signal.{name})
print("waited", flush=True)
leave_on_signals()
print("unreachable", flush=True)
sys.exit(3)
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_stop_signal_during_the_start_waits_and_then_ends_with_0(name: str) -> None:
    program = EARLY.format(root=str(CHECKOUT), name=name)
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "waited\n")
