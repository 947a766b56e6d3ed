import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.bootstrap import ROOT, ready_python
from cli.environment import Environment, State, Wanted
from cli.install import (
    NotForThisPlatform,
    SetupError,
    create_argv,
    exclusive,
    explain,
    install_argv,
    make_ready,
    run,
    try_lock,
)
from cli.old_python import find_python, is_new_enough


def ignore(*_: object) -> None:
    """Find nothing."""


class Checkout(Environment):
    """A checkout with two small locks, and an installer that makes files instead of fetching packages."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(root)
        (root / "requirements").mkdir()
        (root / "requirements" / "runtime.txt").write_text("trio==1\n")
        (root / "requirements" / "dev.txt").write_text("trio==1\npytest==1\n")
        self.steps: list[str] = []
        self.breaks_at = ""
        self.js_fails: SetupError | None = None
        monkeypatch.setattr("cli.install.run", self.run)
        monkeypatch.setattr("shutil.which", ignore)

    @property
    def packages(self) -> Path:
        return self.folder / "lib" / "python3.11" / "site-packages"

    def run(self, argv: list[str], *_: object) -> None:
        step = "create" if "venv" in argv else "install"
        self.steps.append(step)
        if argv[-1].endswith("js.txt") and self.js_fails is not None:
            raise self.js_fails
        if step == self.breaks_at:
            raise SetupError("broken on purpose")
        if step == "create":
            self.python.parent.mkdir(parents=True)
            self.python.symlink_to(sys.executable)
            (self.packages / "pip").mkdir(parents=True)
            return
        wanted = Path(argv[-1]).read_text()
        for line in wanted.split():
            (self.packages / f"{line.partition('==')[0]}-1.dist-info").mkdir(exist_ok=True)

    def make(self, wanted: Wanted) -> list[str]:
        self.steps.clear()
        make_ready(self, wanted)
        return self.steps


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    return Checkout(tmp_path, monkeypatch)


def test_fresh_checkout_is_made_once_and_then_ready(checkout: Checkout) -> None:
    assert checkout.check("runtime") is State.BROKEN
    assert checkout.make("runtime") == ["create", "install"]
    assert checkout.check("runtime") is State.READY
    assert checkout.make("runtime") == []


def test_going_to_dev_and_back_installs_only_once(checkout: Checkout) -> None:
    checkout.make("runtime")
    assert checkout.check("dev") is State.STALE
    assert checkout.make("dev") == ["install"]
    assert checkout.make("runtime") == []
    assert checkout.make("dev") == []


def test_javascript_runtime_comes_with_the_first_start_and_survives_dev(checkout: Checkout) -> None:
    checkout.requirements("js").write_text("deno==1\n")
    assert checkout.make("dev") == ["create", "install"]
    assert checkout.check("runtime") is State.STALE
    assert checkout.make("runtime") == ["install"]
    assert (checkout.packages / "deno-1.dist-info").is_dir()
    assert checkout.check("dev") is State.READY
    checkout.requirements("dev").write_text("trio==1\npytest==2\n")
    assert checkout.make("dev") == ["install"]
    assert checkout.make("runtime") == []


def test_platform_without_a_javascript_runtime_is_told_once_and_starts(
    checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    checkout.requirements("js").write_text("deno==1\n")
    checkout.js_fails = NotForThisPlatform("none")
    assert checkout.make("runtime") == ["create", "install", "install"]
    assert "YouTube" in capsys.readouterr().err
    assert checkout.check("runtime") is State.READY
    checkout.requirements("js").write_text("deno==2\n")
    assert checkout.check("runtime") is State.STALE


def test_javascript_runtime_that_could_not_be_downloaded_is_tried_again(checkout: Checkout) -> None:
    checkout.requirements("js").write_text("deno==1\n")
    checkout.js_fails = SetupError("check the network")
    assert checkout.make("runtime") == ["create", "install", "install"]
    assert checkout.check("runtime") is State.STALE
    checkout.js_fails = None
    assert checkout.make("runtime") == ["install"]
    assert checkout.check("runtime") is State.READY


def test_changed_lock_is_installed_over_what_is_there(checkout: Checkout) -> None:
    checkout.make("dev")
    checkout.requirements("runtime").write_text("trio==1\nattrs==1\n")
    assert checkout.check("runtime") is State.STALE
    assert checkout.make("runtime") == ["install"]
    assert checkout.check("runtime") is State.READY


@pytest.mark.parametrize("step", ["create", "install"])
def test_half_finished_setup_is_done_again_from_the_start(checkout: Checkout, step: str) -> None:
    checkout.breaks_at = step
    with pytest.raises(SetupError):
        checkout.make("runtime")
    checkout.breaks_at = ""
    assert checkout.check("runtime") is State.BROKEN
    assert checkout.make("runtime") == ["create", "install"]


def test_half_finished_upgrade_is_done_again_from_the_start(checkout: Checkout) -> None:
    checkout.make("runtime")
    checkout.breaks_at = "install"
    with pytest.raises(SetupError):
        checkout.make("dev")
    assert checkout.check("runtime") is State.BROKEN


def test_vanished_package_interpreter_or_stamp_is_noticed(checkout: Checkout) -> None:
    checkout.make("runtime")
    (checkout.packages / "trio-1.dist-info").rmdir()
    assert checkout.check("runtime") is State.BROKEN
    checkout.make("runtime")
    checkout.python.unlink()
    assert checkout.check("runtime") is State.BROKEN
    checkout.make("runtime")
    for nonsense in ("", "{", "[]", "\x00"):
        checkout.stamp.write_text(nonsense)
        assert checkout.check("runtime") is State.BROKEN


def test_replaced_interpreter_of_the_same_minor_version_still_serves(
    checkout: Checkout, tmp_path: Path
) -> None:
    checkout.make("runtime")
    checkout.python.unlink()
    other = tmp_path / "python-copy"
    other.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    other.chmod(0o755)
    checkout.python.symlink_to(other)
    assert checkout.check("runtime") is State.READY
    other.write_text("#!/bin/sh\necho 3.99\n")
    assert checkout.check("runtime") is State.BROKEN


def test_folder_that_uv_made_is_made_anew_when_uv_is_gone(checkout: Checkout) -> None:
    checkout.make("runtime")
    (checkout.packages / "pip").rmdir()
    assert checkout.make("dev") == ["create", "install"]


def test_link_in_place_of_the_folder_is_replaced_and_its_target_kept(
    checkout: Checkout, tmp_path: Path
) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    checkout.folder.symlink_to(precious)
    checkout.make("runtime")
    assert (precious / "file").exists()
    assert checkout.check("runtime") is State.READY


def test_uv_is_used_where_it_is(checkout: Checkout) -> None:
    create, fill = create_argv(checkout, "/usr/bin/uv"), install_argv(checkout, "dev", "/usr/bin/uv")
    assert create[:2] == ["/usr/bin/uv", "venv"]
    assert fill[:3] == ["/usr/bin/uv", "pip", "install"]
    assert "--require-hashes" in fill
    assert "--require-hashes" in install_argv(checkout, "dev", None)


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_python_without_venv_gets_one_sentence(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    def find_spec(name: str) -> object:
        return None if name == missing else name

    monkeypatch.setattr("importlib.util.find_spec", find_spec)
    with pytest.raises(
        SetupError, match=r"install its venv package .*apt install python3\.\d+-venv"
    ) as raised:
        checkout.make("runtime")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("printed", "words"),
    [
        ("NewConnectionError: Failed to establish a new connection: [Errno -3]", "check the network"),
        ("error: dns error: failed to lookup address", "check the network"),
        ("ERROR: No matching distribution found for av==18.1.0", "no ready-made form"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "has the details"),
    ],
)
def test_failed_step_is_explained_in_one_sentence(tmp_path: Path, printed: str, words: str) -> None:
    log = tmp_path / "log"
    log.write_text(f"Collecting\n{printed}\nmore\n")
    assert words in explain(log)
    assert "\n" not in explain(log)


def test_failed_setup_ends_with_the_sentence(checkout: Checkout, capsys: pytest.CaptureFixture[str]) -> None:
    checkout.breaks_at = "install"
    with pytest.raises(SystemExit, match="broken on purpose"):
        ready_python(checkout.root, "runtime")
    assert capsys.readouterr().err.startswith("Setting up")


def test_second_start_waits_for_the_first(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with exclusive(path):
        other = os.open(path, os.O_RDWR)
        assert not try_lock(other)
    assert try_lock(other)
    os.close(other)


def test_an_installer_that_outlives_its_start_keeps_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with exclusive(path) as lock:
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=(lock,))
    other = os.open(path, os.O_RDWR)
    assert not try_lock(other)
    child.communicate(b"\n")
    assert try_lock(other)
    os.close(other)


HELPER = "import sys, time; line = open(sys.argv[1], 'w'); line.write('x'); line.flush(); time.sleep(30)"
INSTALLER = f"import subprocess, sys; subprocess.run([sys.executable, '-ISc', {HELPER!r}, sys.argv[1]])"


def test_stopped_setup_leaves_no_helper_of_the_installer_behind(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "line")
    line = os.open(tmp_path / "line", os.O_RDONLY | os.O_NONBLOCK)

    def stop_when_the_helper_runs(*_: object) -> None:
        if select.select([line], [], [], 0)[0] and os.read(line, 1):
            raise KeyboardInterrupt
        signal.setitimer(signal.ITIMER_REAL, 0.005)

    argv = [sys.executable, "-ISc", INSTALLER, str(tmp_path / "line")]
    before = signal.signal(signal.SIGALRM, stop_when_the_helper_runs)
    signal.setitimer(signal.ITIMER_REAL, 0.005)
    with (tmp_path / "log").open("wb") as log, exclusive(tmp_path / "lock") as lock:
        with pytest.raises(KeyboardInterrupt):
            run(argv, log, lock, Environment(tmp_path))
        signal.signal(signal.SIGALRM, before)
    assert select.select([line], [], [], 5)[0], "the helper still holds its end of the line"
    assert os.read(line, 1) == b""
    os.close(line)


def test_dev_set_contains_the_runtime_set_with_the_same_pins() -> None:
    runtime, dev = (set(pins(ROOT / "requirements" / f"{name}.txt")) for name in ("runtime", "dev"))
    assert len(runtime) > 15
    assert runtime - dev == set()


def pins(lock: Path) -> list[str]:
    """Names and versions; for whom a line counts may differ, since dev asks for more."""
    return [
        line.rstrip(" \\").split(" ;")[0]
        for line in lock.read_text().splitlines()
        if line and not line.startswith((" ", "#"))
    ]


def test_nothing_of_the_setup_names_a_server() -> None:
    for name in ("roadie", "test", "build", "cli/bootstrap.py", "cli/environment.py", "cli/install.py"):
        assert "://" not in (ROOT / name).read_text()
    for name in ("runtime", "dev", "js"):
        assert "://" not in (ROOT / "requirements" / f"{name}.txt").read_text()


def test_a_python_on_the_path_is_believed_only_after_it_ran(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder, program in ((old, "exit 1"), (new, f'exec "{sys.executable}" "$@"')):
        folder.mkdir()
        python = folder / "python3.11"
        python.write_text(f"#!/bin/sh\n{program}\n")
        python.chmod(0o755)
    path = os.pathsep.join(["", str(tmp_path / "missing"), str(old), str(new)])
    assert find_python(path) == str(new / "python3.11")
    assert find_python(str(old)) is None
    assert not is_new_enough(str(tmp_path))


def test_roadie_starts_in_the_environment_that_is_there(tmp_path: Path) -> None:
    if Environment(ROOT).check("runtime") is not State.READY:
        pytest.skip("the environment was not made by ./roadie or ./test")
    result = subprocess.run(
        [sys.executable, ROOT / "roadie", "--version"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.startswith("roadie ")
    assert result.stderr == ""
