"""What the extractor's processes may touch, judged event by event, and the runtime under its limits."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from media.extractor.fence import make_hook
from media.extractor.runtime import find_runtime
from tests.media.conftest import ROOT

GUARD = ("127.0.0.1", 4000)


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        ("socket.connect", (None, ("127.0.0.1", 4001))),
        ("socket.connect", (None, ("93.184.215.14", 4000))),
        ("socket.connect", (None, ("::1", 4000, 0, 0))),
        ("socket.connect", (None, "/run/some.sock")),
        ("socket.sendto", (None, ("127.0.0.1", 53))),
        ("socket.getaddrinfo", ("example.com", 80, 0, 0, 0)),
        ("socket.getaddrinfo", ("localhost", 80, 0, 0, 0)),
        ("socket.gethostbyname", ("example.com",)),
        ("socket.getnameinfo", (("8.8.8.8", 53),)),
        ("subprocess.Popen", ("/bin/sh", ["sh"], None, None)),
        ("subprocess.Popen", ("deno", ["deno"], None, None)),
        ("os.posix_spawn", ("/bin/sh", ["sh"], None)),
        ("os.system", (b"true",)),
        ("os.exec", ("/opt/deno", ["deno"], None)),
    ],
)
def test_everything_else_is_refused(event: str, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(PermissionError):
        make_hook({4000}, "/opt/deno")(event, arguments)


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        ("socket.connect", (None, GUARD)),
        ("socket.getaddrinfo", ("127.0.0.1", 4000, 0, 0, 0)),
        ("subprocess.Popen", ("/opt/deno", ["/opt/deno", "run"], None, None)),
        ("open", ("/etc/hosts", "r", 0)),
    ],
)
def test_guard_and_runtime_are_let_through(event: str, arguments: tuple[Any, ...]) -> None:
    make_hook({4000}, "/opt/deno")(event, arguments)


def test_without_a_runtime_nothing_is_started() -> None:
    with pytest.raises(PermissionError):
        make_hook({4000}, None)("subprocess.Popen", (None, ["deno"], None, None))


RUN = """
import os, subprocess, sys
sys.path.insert(0, sys.argv[1])
os.environ["https_proxy"] = "http://127.0.0.1:9"
from media.extractor.fence import prepare_process, put_up_fence
prepare_process()
put_up_fence({4000}, sys.argv[2])
assert "https_proxy" not in os.environ
solve = b"let a = []; for (let i = 0; i < 100000; i++) a.push({i}); console.log(a.length)"
argv = [sys.argv[2], "run", "--no-remote", "--no-prompt", "-"]
sys.stdout.buffer.write(subprocess.run(argv, input=solve, capture_output=True, check=True).stdout)
"""


def test_runtime_runs_within_the_limits_of_the_process() -> None:
    runtime = find_runtime()
    if runtime is None:
        pytest.skip("there is no JavaScript runtime here")
    argv = [sys.executable, "-c", RUN, str(ROOT), str(runtime)]
    result = subprocess.run(argv, capture_output=True, check=True, timeout=20)
    assert result.stdout == b"100000\n"


def test_runtime_is_found_beside_the_packages_or_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def places() -> list[Path]:
        return [tmp_path / "missing", tmp_path / "deno"]

    def nothing(name: str) -> None:
        return None

    monkeypatch.setattr("media.extractor.runtime._places", places)
    monkeypatch.setattr("shutil.which", nothing)
    program = tmp_path / "deno"
    program.touch(0o644)
    assert find_runtime() is None
    program.chmod(0o755)
    assert find_runtime() == program
