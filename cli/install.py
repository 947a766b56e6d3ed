"""Making the folder ``.venv`` ready: with uv if it is there, otherwise with venv and pip of this Python.

May import only the standard library and ``cli.environment`` and ``cli.early_exit``.

Rules: one set-up at a time (a lock file that the installer inherits, so that it holds even if this process
is killed); what the installer prints goes to a log file, a person gets one sentence; only
ready-made packages, and only those whose hash the lock names; no index is ever named here, the person's own
configuration decides.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final, Never

from cli.early_exit import STOPS
from cli.environment import NOT_HAD, Environment, LockedSet, State, Wanted

# What pip and uv print when no index answers.
NETWORK_SIGNS: Final = (
    "Failed to establish a new connection",
    "NameResolutionError",
    "ConnectTimeoutError",
    "Network is unreachable",
    "Temporary failure in name resolution",
    "dns error",
    "error sending request",
    "Failed to fetch",
    "Connection refused",
    "ProxyError",
)
LOCK_POLL_S: Final = 0.2
NO_FORM: Final = "has no ready-made form"
NO_PACKAGE_SIGNS: Final = ("No matching distribution found", "No solution found", "has no usable wheels")


class SetupError(Exception):
    """The environment cannot be made; the message is the one sentence for the person."""


class NotForThisPlatform(SetupError):
    """A package has no ready-made form for this Python on this platform."""


def make_ready(environment: Environment, wanted: Wanted) -> None:
    """Bring the folder to the state "ready" for this set, waiting if another start is at it.

    Raises:
        SetupError: it cannot be done; the message says what to do.
    """
    try:
        environment.work.mkdir(exist_ok=True)
        with exclusive(environment.lock) as lock, end_with_installer():
            _repair(environment, wanted, lock)
    except OSError as error:
        raise SetupError(f"Setting up {environment.folder} failed: {error}.") from error


def _repair(environment: Environment, wanted: Wanted, lock: int) -> None:
    """Do what the folder's state asks for. Runs under the lock."""
    state = environment.check(wanted)
    if state is State.READY:
        return
    tell("Setting up: fetching the packages that Roadie needs. This happens once and takes about a minute.")
    stamp = environment.read_stamp()
    environment.stamp.unlink(missing_ok=True)
    uv = shutil.which("uv")
    with environment.log.open("wb") as log:
        if state is State.BROKEN or not (uv or has_pip(environment)):
            stamp = None
            remove(environment.folder)
            run(create_argv(environment, uv), log, lock, environment)
        kept = stamp or {}
        if kept.get(wanted) != environment.hash_of(wanted):
            run(install_argv(environment, wanted, uv), log, lock, environment)
        js = str(kept.get("js", ""))
        if wanted == "runtime" and not environment.js_is_settled(stamp):
            js = _install_js(environment, uv, log, lock)
    both = wanted == "runtime" and kept.get("dev") == environment.hash_of("dev")
    environment.write_stamp("dev" if both else wanted, js)


def _install_js(environment: Environment, uv: str | None, log: IO[bytes], lock: int) -> str:
    """Install the JavaScript runtime; what the stamp shall say about it.

    A start goes on without it. Where the network was the reason, the next start tries again.
    """
    wanted = environment.hash_of("js")
    if not wanted:
        return ""
    try:
        run(install_argv(environment, "js", uv), log, lock, environment)
    except NotForThisPlatform:
        tell("There is no JavaScript runtime to install for this platform, so YouTube will not work fully.")
        return NOT_HAD + wanted
    except SetupError as error:
        tell(f"The JavaScript runtime that YouTube needs is missing for now. {error}")
        return ""
    return wanted


def create_argv(environment: Environment, uv: str | None) -> list[str]:
    """The command that makes an empty environment of the Python that runs this.

    Raises:
        SetupError: this Python lacks the parts for it, and there is no uv.
    """
    # Inside another environment sys.executable may be the one that is about to be deleted.
    python: str = getattr(sys, "_base_executable", "") or sys.executable
    if uv:
        return [uv, "venv", "--quiet", "--python", python, str(environment.folder)]
    if any(importlib.util.find_spec(part) is None for part in ("venv", "ensurepip")):
        name = "python{}.{}".format(*sys.version_info[:2])
        raise SetupError(
            f"This Python ({python}) cannot make virtual environments: install its venv package "
            f"(on Debian and Ubuntu: apt install {name}-venv) or uv, then start again."
        )
    return [python, "-m", "venv", str(environment.folder)]


def install_argv(environment: Environment, wanted: LockedSet, uv: str | None) -> list[str]:
    """The command that installs a requirement set into the environment."""
    chosen = ["--require-hashes", "--no-deps", "--only-binary", ":all:"]
    what = ["-r", str(environment.requirements(wanted))]
    if uv:
        return [uv, "pip", "install", "--quiet", "--python", str(environment.python), *chosen, *what]
    quiet = ["--no-input", "--disable-pip-version-check", "--progress-bar", "off", "--retries", "2"]
    return [str(environment.python), "-m", "pip", "install", *quiet, *chosen, *what]


def has_pip(environment: Environment) -> bool:
    """Whether the folder can install by itself (one that uv made cannot)."""
    return environment.site_packages().joinpath("pip").is_dir()


def run(argv: list[str], log: IO[bytes], lock: int, environment: Environment) -> None:
    """Run one step of the set-up; its output goes to the log.

    Raises:
        SetupError: the step failed.
    """
    inherited = () if sys.platform == "win32" else (lock,)
    nothing = subprocess.DEVNULL
    # A group of its own: the installer starts helpers, and they must not outlive it when we are told to stop.
    installer = subprocess.Popen(  # noqa: S603 - argv is ours
        argv, stdout=log, stderr=log, stdin=nothing, pass_fds=inherited, start_new_session=True
    )
    try:
        code = installer.wait()
    except BaseException:
        end_group(installer)
        raise
    if code:
        sentence = explain(environment.log)
        raise NotForThisPlatform(sentence) if NO_FORM in sentence else SetupError(sentence)


def end_group(installer: subprocess.Popen[bytes]) -> None:
    """End an installer and everything it started, at once: what it did so far is thrown away anyway."""
    if sys.platform == "win32":
        installer.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(installer.pid, signal.SIGKILL)
    installer.wait()


def explain(log: Path) -> str:
    """One sentence for a failed step, from what the installer printed."""
    printed = log.read_text(encoding="utf-8", errors="replace")
    if any(sign in printed for sign in NETWORK_SIGNS):
        return "The packages that Roadie needs could not be downloaded: check the network and start again."
    if any(sign in printed for sign in NO_PACKAGE_SIGNS):
        version = "{}.{}".format(*sys.version_info[:2])
        return (
            f"One of the packages that Roadie needs {NO_FORM} for Python {version} on this "
            f"platform: try another Python from 3.11 on ({log} names the package)."
        )
    return f"Installing the packages that Roadie needs failed; {log} has the details."


def remove(folder: Path) -> None:
    """Delete what lies in the environment's place; a link loses only itself."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


def tell(sentence: str) -> None:
    """Say something to the person who started us."""
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


@contextmanager
def exclusive(path: Path) -> Generator[int]:
    """Hold a lock file; says so when it has to wait. Gives the lock's file descriptor."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not try_lock(descriptor):
            tell("Another start is setting things up; waiting for it.")
            while not try_lock(descriptor):
                time.sleep(LOCK_POLL_S)
        yield descriptor
    finally:
        os.close(descriptor)


def try_lock(descriptor: int) -> bool:
    """Take the lock if nobody has it. Each system has its own module for that, so it is imported here."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def end_with_installer() -> Generator[None]:
    """Turn the stop signals into KeyboardInterrupt, so that a running installer is ended with us."""

    def end(*_: object) -> Never:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in STOPS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
