import ast
import os
import sys
import zipfile
from pathlib import Path

import pytest

from cli.bootstrap import ROOT
from cli.one_file import MAIN, ROOMS, copy_rooms, install, put_start_in_front
from cli.one_file_start import ONE_FILE, describe_this, private_folder, refusal, say, start, unpacked_program

OLDEST = (3, 4)  # the oldest grammar that ast can check


@pytest.mark.parametrize("name", ["roadie", "test", "build", "cli/old_python.py", "cli/one_file_start.py"])
def test_what_an_old_python_reads_first_is_in_its_grammar(name: str) -> None:
    tree = ast.parse((ROOT / name).read_text(encoding="utf-8"), name, feature_version=OLDEST)
    assert not [
        node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr | ast.NamedExpr | ast.Match)
    ]


@pytest.mark.parametrize("name", ["roadie", "test", "build"])
def test_scripts_can_be_started_and_ask_for_the_version_first(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert text.startswith("#!/usr/bin/env python3\n")
    assert os.access(ROOT / name, os.X_OK)
    assert text.index("require_python(") < text.index("cli.bootstrap")


def test_the_first_module_is_in_the_grammar_of_python_2_too() -> None:
    text = MAIN.format(version="3.11", described="Python 3.11 on linux")
    tree = ast.parse(text, feature_version=OLDEST)
    new = (ast.AnnAssign, ast.FunctionDef, ast.JoinedStr)
    assert not [node for node in ast.walk(tree) if isinstance(node, new)]


def test_the_right_python_is_let_through() -> None:
    assert refusal(describe_this(), describe_this()) is None
    assert describe_this()[1] == "{}.{}".format(*sys.version_info[:2])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({1: "3.14"}, "start it with python3.11"),
        ({0: "pypy"}, "start it with python3.11"),
        ({5: "t"}, "start it with python3.11,"),
        ({2: "darwin", 4: "darwin"}, "the file for this platform"),
        ({3: "aarch64", 4: "aarch64-linux-gnu"}, "the file for this platform"),
        ({4: "x86_64-linux-musl"}, "the file for this platform"),
    ],
)
def test_a_wrong_one_gets_a_sentence_that_names_the_right_one(change: dict[int, str], words: str) -> None:
    wanted = ("cpython", "3.11", "linux", "x86_64", "x86_64-linux-gnu", "")
    found = tuple(change.get(number, part) for number, part in enumerate(wanted))
    sentence = refusal(wanted, found)
    assert sentence is not None
    assert sentence.startswith(
        "This file of Roadie was built for Python 3.11 on linux x86_64-linux-gnu; this is "
    )
    assert words in sentence
    assert sentence.count("\n") == 1


def test_wrong_python_ends_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cli.one_file_start.BUILT_FOR", ("cpython", "3.10", *describe_this()[2:]))
    with pytest.raises(SystemExit) as ended:
        start()
    assert ended.value.code == 2
    assert "python3.10" in capsys.readouterr().err


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    return folder


def test_folder_to_unpack_into_is_the_users_alone(home: Path) -> None:
    folder = Path(private_folder())
    assert folder.is_relative_to(home)
    assert folder.stat().st_mode & 0o077 == 0


def test_folder_that_others_can_write_is_not_used(home: Path, tmp_path: Path) -> None:
    first = Path(private_folder())
    first.chmod(0o777)
    second = Path(private_folder())
    assert second.parent == tmp_path
    second.rmdir()
    second.symlink_to(home)
    with pytest.raises(OSError, match="only this user can write"):
        private_folder()


def ignore(*_: object) -> None:
    """Take what a signal handler is set with."""


def test_folder_that_cannot_be_made_is_a_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "cache").touch()
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(home / "cache"))
    monkeypatch.setattr("cli.one_file_start.BUILT_FOR", describe_this())
    monkeypatch.setattr("signal.signal", ignore)
    with pytest.raises(SystemExit) as ended:
        start()
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("Roadie cannot unpack itself: neither ")


def test_only_the_first_start_unpacks_and_every_start_hands_over(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []

    def unpack() -> None:
        steps.append("unpack")
        program = Path(unpacked_program(os.environ["SHIV_ROOT"]))
        program.parent.mkdir(parents=True)
        program.touch()

    def become(program: str) -> None:
        assert Path(program).is_relative_to(home)
        assert os.environ.pop("ROADIE_ONE_FILE") == ONE_FILE
        steps.append("become")

    monkeypatch.setenv("SHIV_ENTRY_POINT", "os:abort")
    monkeypatch.setattr("cli.one_file_start.BUILT_FOR", describe_this())
    monkeypatch.setattr("cli.one_file_start.unpack", unpack)
    monkeypatch.setattr("cli.one_file_start.become", become)
    monkeypatch.setattr("signal.signal", ignore)
    start()
    assert "SHIV_ENTRY_POINT" not in os.environ
    start()
    assert steps == ["unpack", "become", "become"]
    assert "SHIV_ROOT" not in os.environ


def test_final_file_is_a_shell_script_and_a_zip_with_our_start(tmp_path: Path) -> None:
    packed, finished = tmp_path / "packed", tmp_path / "finished"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("site-packages/cli/__init__.py", "x = 1\n")
        archive.writestr("__main__.py", "the packer's own")
        archive.writestr("environment.json", '{"build_id": "abc"}')
    put_start_in_front(packed, finished)
    assert finished.read_bytes().startswith(b"#!/bin/sh\n")
    assert os.access(finished, os.X_OK)
    with zipfile.ZipFile(finished) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            "site-packages/cli/__init__.py",
            "__main__.py",
            "environment.json",
            "_roadie_start.py",
        ]
        assert b"_roadie_start.start()" in archive.read("__main__.py")
        first_lines = archive.read("_roadie_start.py").decode()
    assert f"BUILT_FOR = {describe_this()!r}\n" in first_lines
    assert "BUILD_ID = 'abc'\n" in first_lines
    assert say(describe_this()) in finished.read_bytes()[:1000].decode(errors="replace")


def test_rooms_are_copied_with_their_data_and_without_compiled_files(tmp_path: Path) -> None:
    root, packages = tmp_path / "root", tmp_path / "packages"
    for room in ROOMS:
        (root / room / "__pycache__").mkdir(parents=True)
        (root / room / "__pycache__" / "x.pyc").touch()
        (root / room / "page.html").touch()
    (root / "supervisor.py").touch()
    (root / "tests").mkdir()
    packages.mkdir()
    copy_rooms(root, packages)
    names = {path.relative_to(packages).as_posix() for path in packages.rglob("*") if path.is_file()}
    assert names == {"supervisor.py", *(f"{room}/page.html" for room in ROOMS)}


def test_every_room_is_packed() -> None:
    rooms = {init.parent.name for init in ROOT.glob("*/__init__.py")} - {"tests"}
    assert rooms == set(ROOMS)


def test_of_the_packages_commands_only_the_javascript_runtime_is_packed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, ...]] = []

    def fake_run(step: str, module: str, *arguments: str) -> None:
        calls.append(arguments)
        programs = tmp_path / "packages" / "bin"
        programs.mkdir(parents=True, exist_ok=True)
        (programs / "httpx").touch()
        if any(argument.endswith("js.txt") for argument in arguments):
            (programs / "deno").touch()

    monkeypatch.setattr("cli.one_file.run", fake_run)
    packages = tmp_path / "packages"
    install(packages, with_js=False)
    assert not (packages / "bin").exists()
    install(packages, with_js=True)
    assert [entry.name for entry in (packages / "bin").iterdir()] == ["deno"]
    assert [sum(argument.endswith(".txt") for argument in call) for call in calls] == [1, 2]
