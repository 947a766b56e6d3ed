"""``./build``: all of Roadie as one executable file, ``dist/roadie``.

May import the standard library and its neighbours; runs the environment's own pip and shiv.

The file is a shell line that finds the right Python, followed by a zip: a ``__main__`` that even Python 2 can
read, ``cli.one_file_start``, shiv's start code, the locked runtime packages and the rooms. It is for the
platform and the Python minor version that build it, because packages with native parts are in it. Times and
order of the entries are fixed, so the same sources and the same lock give the same file.

Steps: install the lock into an empty folder, copy the rooms beside it, let shiv pack both, put our own start
in front, prove that the result starts, and only then put it in its place.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Final

from cli.bootstrap import ROOT
from cli.one_file_start import describe_this, say

ROOMS: Final = ("actors", "cli", "gateway_client", "media", "sandbox", "voice")
UNPACKED: Final = ("bin", "Scripts")  # commands of libraries: they name the building machine's paths
JS_PROGRAMS: Final = frozenset({"deno", "deno.exe"})  # but this is a program of its own
LONGEST_START_S: Final = 60

SHELL: Final = """#!/bin/sh
# Roadie in one file. This finds the Python it was built for; any other one says so.
trap 'exit 0' INT TERM
for python in python{version} python3 python; do
    if "$python" -ISc 'import sys; sys.exit("%d.%d" % sys.version_info[:2] != "{version}")' 2>/dev/null; then
        exec "$python" "$0" "$@"
    fi
done
echo 'Roadie in this file needs {described}: no python{version} is on the PATH.' >&2
exit 2
"""

MAIN: Final = """import sys
if sys.version_info < (3, 0):
    sys.exit("This file was built for {described}; this is Python 2: start it with python{version}.")
import _roadie_start
_roadie_start.start()
"""


class BuildError(Exception):
    """A step failed; the message says which."""


def main(arguments: list[str]) -> int:
    """Build; 0 if ``dist/roadie`` is there and starts."""
    parser = argparse.ArgumentParser(
        prog="build", description="Make dist/roadie, Roadie in one executable file."
    )
    parser.add_argument(
        "--with-js",
        action="store_true",
        help="put in the JavaScript runtime too, which YouTube needs; about 40 MB more",
    )
    with_js: bool = parser.parse_args(arguments).with_js
    started = time.monotonic()
    work = ROOT / ".build" / "one-file"
    target = ROOT / "dist" / "roadie"
    try:
        size = build(work, target, with_js=with_js)
    except BuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    took = time.monotonic() - started
    print(f"{target}: {size / 1e6:.0f} MB, for {say(describe_this())}, made in {took:.0f} s")  # noqa: T201
    return 0


def build(work: Path, target: Path, *, with_js: bool) -> int:
    """Do every step; gives the size of the file in bytes. Raises BuildError."""
    shutil.rmtree(work, ignore_errors=True)
    packages, packed, finished = work / "packages", work / "packed", work / "roadie"
    packages.mkdir(parents=True)
    install(packages, with_js=with_js)
    copy_rooms(ROOT, packages)
    pack(packages, packed)
    put_start_in_front(packed, finished)
    prove(finished)
    target.parent.mkdir(exist_ok=True)
    finished.replace(target)
    shutil.rmtree(work)
    return target.stat().st_size


def install(packages: Path, *, with_js: bool) -> None:
    """Install the locked runtime set into a folder, and the JavaScript runtime if it is wanted."""
    locks = [ROOT / "requirements" / "runtime.txt", *([ROOT / "requirements" / "js.txt"] if with_js else [])]
    chosen = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-compile"]
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check"]
    what = ["--target", str(packages), *(part for lock in locks for part in ("-r", str(lock)))]
    run("fetching the packages", "pip", "install", *quiet, *chosen, *what)
    for name in UNPACKED:
        keep_only(packages / name, JS_PROGRAMS)


def keep_only(folder: Path, names: Collection[str]) -> None:
    """Delete everything else in a folder, and the folder if nothing is left."""
    if not folder.is_dir():
        return
    for entry in folder.iterdir():
        if entry.name not in names:
            entry.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()


def copy_rooms(root: Path, packages: Path) -> None:
    """Put our own code, with its SQL, texts and pages, beside the packages."""
    unwanted = shutil.ignore_patterns("__pycache__", "*.pyc")
    for room in ROOMS:
        shutil.copytree(root / room, packages / room, ignore=unwanted)
    for module in root.glob("*.py"):
        shutil.copy(module, packages)


def pack(packages: Path, packed: Path) -> None:
    """Let shiv make its archive; compression comes with the last step."""
    what = [
        "--site-packages",
        str(packages),
        "--entry-point",
        "cli.one_file_start:come_back",
        "--output-file",
        str(packed),
    ]
    run("packing", "shiv", *what, "--reproducible", "--uncompressed")


def run(step: str, module: str, *arguments: str) -> None:
    """Run one of the environment's tools. Raises BuildError."""
    result = subprocess.run([sys.executable, "-m", module, *arguments], check=False)  # noqa: S603 - argv is ours
    if result.returncode:
        raise BuildError(f"The build stopped at {step}; the lines above say why.")


def put_start_in_front(packed: Path, finished: Path) -> None:
    """Write the final file: the shell line, then shiv's archive with our ``__main__``."""
    blanks = {"version": describe_this()[1], "described": say(describe_this())}
    with zipfile.ZipFile(packed) as archive, finished.open("wb") as file:
        build_id: str = json.loads(archive.read("environment.json"))["build_id"]
        file.write(SHELL.format(**blanks).encode())
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as result:
            for entry in archive.infolist():
                ours = entry.filename == "__main__.py"
                content = MAIN.format(**blanks).encode() if ours else archive.read(entry)
                result.writestr(entry, content, compress_type=zipfile.ZIP_DEFLATED)
            entry = zipfile.ZipInfo("_roadie_start.py", archive.infolist()[0].date_time)
            result.writestr(entry, start_module(build_id), compress_type=zipfile.ZIP_DEFLATED)
    finished.chmod(0o755)


def start_module(build_id: str) -> bytes:
    """The source of ``cli.one_file_start`` for this build and the machine that makes it."""
    source = (ROOT / "cli" / "one_file_start.py").read_text(encoding="utf-8")
    facts = {"BUILT_FOR": describe_this(), "BUILD_ID": build_id}
    lines = source.splitlines()
    for name, value in facts.items():
        [at] = [number for number, line in enumerate(lines) if line.startswith(f"{name} = ")]
        lines[at] = f"{name} = {value!r}"
    return "\n".join([*lines, ""]).encode()


def prove(finished: Path) -> None:
    """Start the file once, in a folder of its own and without our environment. Raises BuildError."""
    with tempfile.TemporaryDirectory() as elsewhere:
        environment = {
            name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP") if name in os.environ
        }
        environment |= {"HOME": elsewhere, "XDG_CACHE_HOME": elsewhere, "LOCALAPPDATA": elsewhere}
        argv = [sys.executable, str(finished), "--version"]
        result = subprocess.run(  # noqa: S603 - argv is ours
            argv,
            check=False,
            cwd=elsewhere,
            env=environment,
            timeout=LONGEST_START_S,
            stdout=subprocess.DEVNULL,
        )
    if result.returncode:
        raise BuildError("The file was built but does not start; the lines above say why.")


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
