"""The first lines of the one file: the right Python, the right platform, a private folder, then the program.

``./build`` packs this module into the one file, whose ``__main__.py`` calls ``start``, with ``BUILT_FOR``
filled in. It may import only the standard library and must be readable by every Python 3: whoever starts the
file with a wrong one gets a sentence, not a syntax error.

What is in the file is unpacked once, into a folder that belongs to the user alone; later starts use that. The
packer's own start code does it under a lock and with an atomic move, so concurrent first starts are safe, and
one that was killed half-way is done again.
"""

import importlib
import os
import signal
import stat
import sys
import tempfile

# Implementation, version, system, machine, C library, special build. Filled in by ./build.
BUILT_FOR = ("cpython", "3.11", "linux", "x86_64", "x86_64-linux-gnu", "")

# Child processes of the program start from this file: ``__main__`` shows it to cli.children.
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
        os.environ["SHIV_ROOT"] = private_folder()
    except OSError as error:
        give_up(error)
    try:
        importlib.import_module(
            "_bootstrap"
        ).bootstrap()  # the packer's code, which only newer Pythons can read
    except OSError as error:
        if "cli.main" in sys.modules:  # everything is unpacked: this is the program's own
            raise
        give_up(error)


def give_up(error: OSError) -> None:
    """Say why the file cannot be unpacked, and end with 1."""
    sys.stderr.write("Roadie cannot unpack itself: " + str(error) + ".\n")
    sys.exit(1)
