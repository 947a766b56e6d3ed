"""The folder ``.venv``: is what lies there what the lock asks for, whole, and of a Python that still exists?

May import only the standard library, and nothing slow: this runs at every start.

There is one folder for two requirement sets. ``dev`` contains everything of ``runtime`` with the same pins,
so a folder that was made for ``dev`` serves ``runtime`` as well, and going back and forth installs nothing.

A third set, ``js``, is the JavaScript runtime: a start for ``runtime`` wants it too, but a platform for which
there is none gets along without it, and is not asked again until the lock changes.

States of the folder (``check``):

- ready: the stamp names the wanted set's hash, the interpreter and every package it lists are there.
- stale: whole, but made for another lock (or only for ``runtime``): install over it.
- broken: no stamp, a vanished interpreter, a missing package: delete it and make it anew. The stamp is taken
  away before anything is installed and written after the last step, so a killed set-up is broken too.
"""

import hashlib
import json
import subprocess
import sys
from enum import Enum
from pathlib import Path
from typing import Final, Literal, cast

Wanted = Literal["runtime", "dev"]
LockedSet = Literal["runtime", "dev", "js"]

STAMP_NAME: Final = "roadie-stamp.json"
NOT_HAD: Final = "not to be had: "
ASK_VERSION: Final = "import sys; print('%d.%d' % sys.version_info[:2])"


class State(Enum):
    """What ``check`` found."""

    READY = "ready"
    STALE = "stale"
    BROKEN = "broken"


class Environment:
    """The paths of one checkout's environment, and the questions about it.

    Args:
        root: the checkout's folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.stamp = self.folder / STAMP_NAME
        self.work = root / ".build"
        self.log = self.work / "environment.log"
        self.lock = self.work / "environment.lock"
        binaries = ("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")
        self.python = self.folder.joinpath(*binaries)

    def requirements(self, wanted: LockedSet) -> Path:
        """The locked, hashed requirement set of that name."""
        return self.root / "requirements" / f"{wanted}.txt"

    def check(self, wanted: Wanted) -> State:
        """Say what lies in the folder, without running anything unless the interpreter's file changed."""
        stamp = self.read_stamp()
        if stamp is None or not self._is_whole(stamp):
            return State.BROKEN
        same = stamp.get(wanted) == self.hash_of(wanted) and (wanted == "dev" or self.js_is_settled(stamp))
        return State.READY if same else State.STALE

    def js_is_settled(self, stamp: "dict[str, object] | None") -> bool:
        """Whether the runtime of this lock was installed, or was tried for and is not to be had."""
        return stamp is not None and str(stamp.get("js", "")).removeprefix(NOT_HAD) == self.hash_of("js")

    def hash_of(self, wanted: LockedSet) -> str:
        """SHA-256 of a requirement set, in hexadecimal digits; empty for one that this checkout lacks."""
        try:
            return hashlib.sha256(self.requirements(wanted).read_bytes()).hexdigest()
        except FileNotFoundError:
            if wanted == "js":
                return ""
            raise

    def read_stamp(self) -> "dict[str, object] | None":
        """The stamp's content, or None if there is none that can be read."""
        try:
            content: object = json.loads(self.stamp.read_bytes())
        except (OSError, ValueError):
            return None
        return cast("dict[str, object]", content) if isinstance(content, dict) else None

    def write_stamp(self, wanted: Wanted, js: str) -> None:
        """Declare the folder whole for this set (and, if it is ``dev``, for ``runtime`` too).

        Args:
            wanted: what was installed.
            js: the hash of the runtime's set, behind `NOT_HAD` if it was tried for in vain; empty if not.

        Raises:
            OSError: the folder cannot be written, or its interpreter cannot be started.
        """
        packages = self.site_packages()
        content = {
            "runtime": self.hash_of("runtime"),
            "dev": self.hash_of("dev") if wanted == "dev" else "",
            "js": js,
            "version": self.ask_version(),
            "interpreter": self._interpreter_mark(),
            "site_packages": packages.relative_to(self.folder).as_posix(),
            "packages": sorted(entry.name for entry in packages.glob("*.dist-info")),
        }
        unfinished = self.stamp.with_suffix(".new")
        unfinished.write_text(json.dumps(content, indent=1), encoding="utf-8")
        unfinished.replace(self.stamp)

    def site_packages(self) -> Path:
        """Where the folder's packages lie. Raises OSError if there is no such place."""
        if sys.platform == "win32":
            return self.folder / "Lib" / "site-packages"
        for found in sorted(self.folder.glob("lib/python3.*/site-packages")):
            return found
        raise FileNotFoundError(f"{self.folder} has no site-packages")

    def ask_version(self) -> str:
        """Major and minor version of the folder's own Python, or "" if it cannot be started."""
        question = [self.python, "-c", ASK_VERSION]
        try:
            answer = subprocess.run(question, capture_output=True, text=True, check=True)  # noqa: S603 - our interpreter
        except (OSError, subprocess.CalledProcessError):
            return ""
        return answer.stdout.strip()

    def _is_whole(self, stamp: "dict[str, object]") -> bool:
        """Whether interpreter and packages are as they were stamped."""
        try:
            same = stamp.get("interpreter") == self._interpreter_mark()
            present = {entry.name for entry in (self.folder / str(stamp.get("site_packages"))).iterdir()}
        except OSError:
            return False
        packages = stamp.get("packages")
        if not isinstance(packages, list) or not present.issuperset(cast("list[str]", packages)):
            return False
        # A patch release of the same minor version replaced the file: everything installed still fits.
        return same or (bool(stamp.get("version")) and stamp.get("version") == self.ask_version())

    def _interpreter_mark(self) -> list[object]:
        """What changes when somebody replaces the interpreter behind the folder: file, size, time."""
        real = self.python.resolve(strict=True)
        facts = real.stat()
        return [str(real), facts.st_size, facts.st_mtime_ns]
