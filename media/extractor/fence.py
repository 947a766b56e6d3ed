"""What the extractor's processes may touch: the guard, the JavaScript runtime, nothing else.

The proxy setting alone trusts thousands of site modules to respect it. So the interpreter itself is asked: an
audit hook, which nothing can take away again, refuses every connection but the one to the guard, every
look-up of a name, and every program but the runtime (which runs without the right to the network). A
refusal is a `PermissionError`, which yt-dlp treats like any failed connection.

Source: Python's table of audit events; PEP 578.
"""

import os
import signal
import sys
from collections.abc import Callable, Set
from typing import Any, Final

MEMORY_BYTES: Final = 512 << 20  # of data: a page that unpacks to more is none
RUNTIME_MEMORY_BYTES: Final = 1536 << 20  # from its start on; it reserves 512 MB before it runs
FILE_BYTES: Final = 64 << 20  # the largest file it may write: its cache
_NICENESS: Final = 10
_LOOPBACK: Final = "127.0.0.1"
_CONNECTS: Final = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_SPAWNS: Final = frozenset({"subprocess.Popen", "os.posix_spawn", "os.spawn"})
_LOOKS_UP: Final = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})
_NEVER: Final = frozenset({"os.system", "os.exec", "os.startfile", "webbrowser.open", "socket.getnameinfo"})


def prepare_process() -> None:
    """Give way, take little, and let no setting of the environment lead around the guard."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    os.environ["YTDLP_NO_PLUGINS"] = "1"  # whatever lies in the person's folders is none of ours
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when a child ends
    if sys.platform != "win32":
        import resource  # noqa: PLC0415 - not on every platform

        os.nice(_NICENESS)
        if sys.platform == "linux":  # others count differently
            resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, RUNTIME_MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def make_room() -> None:
    """Let this process, and the runtime that it is about to start, take more memory."""
    if sys.platform == "linux":
        import resource  # noqa: PLC0415 - not on every platform

        resource.setrlimit(resource.RLIMIT_DATA, (RUNTIME_MEMORY_BYTES, RUNTIME_MEMORY_BYTES))


def put_up_fence(ports: Set[int], program: str | None) -> None:
    """Refuse from now on whatever is not named.

    Args:
        ports: of the guard on loopback; looked at anew each time.
        program: the runtime's file.
    """
    sys.addaudithook(make_hook(ports, program, make_room))


def make_hook(
    ports: Set[int], program: str | None, starts: Callable[[], None] = lambda: None
) -> Callable[[str, tuple[Any, ...]], None]:
    """The judgement itself; ``starts`` is called before the program does."""

    def judge(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _CONNECTS:
            if not _is_guard(arguments[-1], ports):
                raise PermissionError("only the guard may be connected to")
        elif event in _LOOKS_UP:
            if arguments[0] not in {_LOOPBACK, _LOOPBACK.encode()}:
                raise PermissionError("only the guard looks up names")
        elif event in _SPAWNS and _is_program(arguments, program):
            starts()
        elif event in _NEVER or event in _SPAWNS:
            raise PermissionError(f"{event}: only the JavaScript runtime may be started")

    return judge


def _is_guard(address: object, ports: Set[int]) -> bool:
    return isinstance(address, tuple) and any(address == (_LOOPBACK, port) for port in ports)


def _is_program(arguments: tuple[Any, ...], program: str | None) -> bool:
    """Whether a start (executable or mode, file, …) is the runtime's."""
    return program is not None and program in arguments[:2]
