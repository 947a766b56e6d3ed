"""The first lines of the one file: the right Python, the right platform, a private folder, then the program.

``./build`` packs this module into the one file, whose ``__main__.py`` calls ``start``, with ``BUILT_FOR``
filled in. It may import only the standard library and must be readable by every Python 3: whoever starts the
file with a wrong one gets a sentence, not a syntax error.

What is in the file is unpacked once, into a folder that belongs to the user alone. The packer's own start
code does it under a lock and with an atomic move, so concurrent first starts are safe, and one that was
killed half-way is done again. Then the unpacked program takes the process over: the archive's list of files
and the packer's modules would cost every process 10 MB for its whole life.
"""

import importlib
import os
import runpy
import signal
import stat
import sys
import tempfile

# Implementation, version, system, machine, C library, special build. Filled in by ./build.
BUILT_FOR = ("cpython", "3.11", "linux", "x86_64", "x86_64-linux-gnu", "")

BUILD_ID = ""  # of the packer, in the name of the folder. Filled in by ./build.

# Child processes of the program start from this file: the environment shows it to cli.children.
ONE_FILE_VARIABLE = "ROADIE_ONE_FILE"
ONE_FILE = os.path.abspath(sys.argv[0])  # noqa: PTH100 - the oldest have no pathlib


def describe_this() -> "tuple[str, ...]":
    """What runs this, in the form of ``BUILT_FOR``."""
    machine = os.uname()[4] if hasattr(os, "uname") else os.environ.get("PROCESSOR_ARCHITECTURE", "")
    return (
        sys.implementation.name,
        ".".join(str(part) for part in sys.version_info[:2]),
        sys.platform,
        machine.lower(),
        getattr(sys.implementation, "_multiarch", ""),
        getattr(sys, "abiflags", ""),
    )


def refusal(wanted: "tuple[str, ...]", found: "tuple[str, ...]") -> "str | None":
    """The sentence for whoever started the file with something that cannot run it, or None."""
    if wanted == found:
        return None
    sentence = "This file of Roadie was built for " + say(wanted) + "; this is " + say(found) + ": "
    if wanted[2:5] != found[2:5]:
        return sentence + "get or build (./build) the file for this platform.\n"
    return (
        sentence
        + "start it with python"
        + wanted[1]
        + wanted[5]
        + ", or build one for this Python (./build).\n"
    )


def say(described: "tuple[str, ...]") -> str:
    """A description in words."""
    name, version, system, machine, library, special = described
    python = name.replace("cpython", "Python") + " " + version + (" " + special if special else "")
    return python + " on " + system + " " + (library or machine)


def private_folder() -> str:
    """The folder that the file unpacks itself into, made for this user alone.

    Raises:
        OSError: there is none that can be written and that nobody else can write.
    """
    choices = [os.path.join(cache_folder(), "roadie", "one-file")]  # noqa: PTH118 - as above
    if hasattr(os, "getuid"):
        choices.append(os.path.join(tempfile.gettempdir(), "roadie-" + str(os.getuid())))  # noqa: PTH118 - as above
    for choice in choices:
        try:
            os.makedirs(choice, 0o700, exist_ok=True)  # noqa: PTH103 - as above
        except OSError:
            continue
        if is_private(choice):
            return choice
    raise OSError("neither " + " nor ".join(choices) + " is a folder that only this user can write")


def cache_folder() -> str:
    """Where this system wants programs to keep what they can make again."""
    home = os.path.expanduser("~")  # noqa: PTH111 - as above
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Caches")  # noqa: PTH118 - as above
    if sys.platform == "win32":
        return os.environ.get("LOCALAPPDATA") or home
    return os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache")  # noqa: PTH118 - as above


def is_private(folder: str) -> bool:
    """Whether a folder is a real one, ours, writable for us and for nobody else."""
    facts = os.lstat(folder)
    if not stat.S_ISDIR(facts.st_mode) or not os.access(folder, os.W_OK | os.X_OK):
        return False
    if not hasattr(os, "getuid"):
        return True
    return facts.st_uid == os.getuid() and not facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def leave(*_: object) -> None:
    """End at once and well: nothing has begun that would need an orderly end."""
    os._exit(0)


def start() -> None:
    """Check, unpack if need be, and become the program."""
    sentence = refusal(BUILT_FOR, describe_this())
    if sentence is not None:
        sys.stderr.write(sentence)
        sys.exit(2)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)
    for name in [name for name in os.environ if name.startswith("SHIV_")]:
        del os.environ[name]  # they could make something else of the file
    try:
        folder = private_folder()
        program = unpacked_program(folder)
        if not os.path.exists(program):  # noqa: PTH110 - as above
            os.environ["SHIV_ROOT"] = folder
            unpack()
    except OSError as error:
        sys.stderr.write("Roadie cannot unpack itself: " + str(error) + ".\n")
        sys.exit(1)
    os.environ[ONE_FILE_VARIABLE] = ONE_FILE
    become(program)


def unpacked_program(folder: str) -> str:
    """The file that starts the unpacked program. The packer names the folder after file and build."""
    name = os.path.basename(os.path.realpath(ONE_FILE)) + "_" + BUILD_ID  # noqa: PTH119 - as above
    return os.path.join(folder, name, "site-packages", "cli", "__main__.py")  # noqa: PTH118 - as above


def unpack() -> None:
    """Let the packer's code do its work. It ends by calling ``come_back`` and leaving with its answer."""
    try:
        importlib.import_module("_bootstrap").bootstrap()
    except SystemExit:
        del os.environ["SHIV_ROOT"]


def come_back() -> None:
    """What the packer takes for the program: everything is unpacked, the rest is ours."""


def become(program: str) -> None:
    """Let the unpacked program take this process over; a stop signal waits until it listens."""
    if sys.platform == "win32":
        sys.argv[0] = program
        runpy.run_path(program, run_name="__main__")
    else:
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
        os.execv(sys.executable, [sys.executable, program, *sys.argv[1:]])  # noqa: S606 - no shell is wanted
