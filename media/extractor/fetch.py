"""Getting the newest yt-dlp into a folder, with the person's own installer.

No index is named here: pip (of this Python) or uv (on the PATH) asks whatever the person configured for
them, or the index that the setting names. yt-dlp comes first; it says which solver belongs to it, and
exactly that one comes second. What an installer left is checked file by file against the list that the
package itself carries, and must be both packages and nothing else.

Fails with `FetchFailed`, whose text is for the log and for ``diagnose``.
"""

import base64
import csv
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from email.parser import HeaderParser
from pathlib import Path
from typing import Final

import trio
from attrs import frozen

FETCH_S: Final = 300.0
_PACKAGE: Final = "yt-dlp"
_SOLVER: Final = "yt-dlp-ejs"
_PINNED: Final = re.compile(r"yt-dlp-ejs\s*==\s*([0-9A-Za-z.]+)")
_LONGEST_COMPLAINT: Final = 300  # characters
_MAX_BYTES: Final = 100 << 20
_PROGRAMS: Final = ("bin", "Scripts", "share", "etc")


class FetchFailed(Exception):
    """The newest yt-dlp could not be had."""


@frozen(kw_only=True)
class Fetched:
    """A folder with yt-dlp and its solver.

    Attributes:
        name: of the slot it may become, ``yt-dlp's version+solver's version``.
    """

    folder: Path
    name: str


async def fetch_newest(into: Path, index: str) -> Fetched:
    """Install both packages into a folder.

    Args:
        into: a new folder.
        index: the address of an index; empty for what the installer is configured for.

    Raises:
        FetchFailed: there is no installer, it failed, or what it brought is not whole.
    """
    installer = find_installer()
    try:
        into.mkdir(parents=True)  # noqa: ASYNC240 - one call, on our own disk
        await install(installer, into, _PACKAGE, index)
        await install(installer, into, solver_requirement(into), index)
        return await trio.to_thread.run_sync(check_folder, into)
    except OSError as error:
        raise FetchFailed(f"{type(error).__name__}: {error.strerror}") from error
    except (ValueError, LookupError, csv.Error) as error:
        raise FetchFailed(f"it describes itself in a way nobody can read: {type(error).__name__}") from error


def find_installer() -> list[str]:
    """The command that installs packages into a folder.

    Raises:
        FetchFailed: there is none.
    """
    if importlib.util.find_spec("pip") is not None:
        quiet = ["--no-input", "--disable-pip-version-check", "--retries", "1", "--no-compile"]
        return [sys.executable, "-m", "pip", "install", *quiet]
    uv = shutil.which("uv")
    if uv is not None:
        return [uv, "pip", "install", "--python", sys.executable]
    raise FetchFailed("neither pip nor uv is there to fetch it: install one of them")


async def install(installer: list[str], into: Path, requirement: str, index: str) -> None:
    """Install one package, and only it.

    Raises:
        FetchFailed: the installer says why.
    """
    chosen = ["--quiet", "--no-deps", "--only-binary", ":all:", "--target", str(into)]
    where = ["--index-url", index] if index else []
    nice = ["nice", "-n", "10"] if shutil.which("nice") else []
    with trio.move_on_after(FETCH_S):
        result = await trio.run_process(
            [*nice, *installer, *chosen, *where, requirement],
            env=environment(index),
            capture_stdout=True,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if result.returncode:
            raise FetchFailed(complaint_of(result.stdout.decode(errors="replace")))
        return
    raise FetchFailed("the installer took too long")


def environment(index: str) -> Mapping[str, str]:
    """The installer's environment: the person's, unless the setting names the index itself."""
    if not index:
        return os.environ
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
    return kept | {"PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1"}


def complaint_of(printed: str) -> str:
    """The last line of what an installer printed that says something, without addresses."""
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")] or lines or ["it said nothing"]
    return re.sub(r"\S+://\S+", "<link>", errors[-1])[:_LONGEST_COMPLAINT]


def solver_requirement(folder: Path) -> str:
    """The solver that yt-dlp in this folder asks for.

    Raises:
        FetchFailed: there is no yt-dlp.
    """
    metadata = read_metadata(folder, _PACKAGE)
    for requirement in metadata.get_all("Requires-Dist", []):
        pinned = _PINNED.match(requirement)
        if pinned:
            return f"{_SOLVER}=={pinned[1]}"
    return _SOLVER


def check_folder(folder: Path) -> Fetched:
    """Make sure that both packages are there as their makers listed them.

    Raises:
        FetchFailed: something is missing, changed or too large.
        OSError: the folder cannot be read.
    """
    for name in _PROGRAMS:
        shutil.rmtree(folder / name, ignore_errors=True)
    sizes, listed = 0, set[Path]()
    for name in (_PACKAGE, _SOLVER):
        for path, expected in listed_files(folder, name):
            listed.add(path)
            if not path.is_file() or path.is_symlink():
                raise FetchFailed(f"{name} is not whole: a file is missing")
            content = path.read_bytes()
            sizes += len(content)
            if expected and hash_of(content, expected) != expected:
                raise FetchFailed(f"{name} is not whole: a file has changed")
    if set(folder.rglob("*.py")) - listed:
        raise FetchFailed("it has modules that nobody listed")
    if sizes > _MAX_BYTES:
        raise FetchFailed("it is far too large")
    for package in ("yt_dlp", "yt_dlp_ejs"):
        if not (folder / package / "__init__.py").is_file():
            raise FetchFailed(f"{package} is not in it")
    main, solver = (read_metadata(folder, name)["Version"] for name in (_PACKAGE, _SOLVER))
    return Fetched(folder=folder, name=f"{main}+{solver}")


def listed_files(folder: Path, name: str) -> Iterator[tuple[Path, str]]:
    """The files of a package below the folder with their hashes, ``algorithm=digest`` or empty."""
    record = info_folder(folder, name) / "RECORD"
    with record.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            if len(row) < 2:
                continue
            path = folder / row[0]
            if path.resolve().is_relative_to(folder.resolve()) and not is_program(row[0]):
                yield path, row[1]


def is_program(path: str) -> bool:
    """Whether a listed file is one that the folder does without."""
    return path.split("/", 1)[0] in _PROGRAMS


def hash_of(content: bytes, like: str) -> str:
    """The hash of a file in the form of the package's list.

    Source: PyPA specification "Recording installed projects": urlsafe base64 without padding.
    """
    algorithm = like.partition("=")[0]
    if algorithm not in {"sha256", "sha384", "sha512"}:
        raise FetchFailed("it is listed with a hash that proves nothing")
    digest = base64.urlsafe_b64encode(hashlib.new(algorithm, content).digest()).rstrip(b"=").decode()
    return f"{algorithm}={digest}"


def read_metadata(folder: Path, name: str):  # noqa: ANN201 - email's Message is generic in its fields
    """The package's own description."""
    text = (info_folder(folder, name) / "METADATA").read_text(encoding="utf-8")
    return HeaderParser().parsestr(text, headersonly=True)


def info_folder(folder: Path, name: str) -> Path:
    """The folder that describes an installed package.

    Raises:
        FetchFailed: it is not there.
    """
    found = list(folder.glob(f"{name.replace('-', '_')}-[0-9]*.dist-info"))
    if len(found) != 1:
        raise FetchFailed(f"{name} is not in it")
    return found[0]
