"""Which processes this program is, and how much memory each holds.

May import ``cli.main`` for the children's names. Linux tells everything in ``/proc``; elsewhere only this
process is known, and its largest memory so far on systems that tell that. Blocking: call it in a thread.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from actors.core.health import ProcessHealth
from cli.main import CHILDREN

PROC: Final = Path("/proc")
MB: Final = 1_000_000


def look_at_processes(proc: Path = PROC) -> tuple[ProcessHealth, ...]:
    """This process first, then everything that it started, its children's children too."""
    me = os.getpid()
    if not (proc / str(me) / "stat").exists():
        return (ProcessHealth(name="bot", pid=me, memory_mb=_own_peak_mb()),)
    families = dict(_parents(proc))
    found = [ProcessHealth(name="bot", pid=me, memory_mb=_memory_mb(proc / str(me)))]
    for pid in _descendants(me, families):
        memory_mb = _memory_mb(proc / str(pid))
        if memory_mb is not None:  # it has not ended meanwhile
            found.append(ProcessHealth(name=_name(proc / str(pid)), pid=pid, memory_mb=memory_mb))
    return tuple(found)


def _parents(proc: Path) -> Iterator[tuple[int, int]]:
    """Each process with its parent. Source: proc(5), ``/proc/pid/stat``, field 4."""
    for folder in proc.iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            after_name = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
            yield int(folder.name), int(after_name[1])
        except (OSError, IndexError, ValueError):  # it has just ended
            continue


def _descendants(root: int, parents: dict[int, int]) -> list[int]:
    found: list[int] = []
    generation: Iterable[int] = (root,)
    while generation := [pid for pid, parent in parents.items() if parent in generation]:
        found += generation
    return sorted(found)


def _memory_mb(folder: Path) -> float | None:
    """Resident memory. Source: proc(5), ``/proc/pid/statm``, field 2, in pages."""
    try:
        pages = int((folder / "statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / MB


def _name(folder: Path) -> str:
    """What it is for: the child's name where it is one of ours, else its program's."""
    try:
        words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "?"
    ours = next((word for word in words if word in CHILDREN), None)
    return ours or Path(words[0]).name or "?"


def _own_peak_mb() -> float | None:
    if sys.platform == "win32":
        return None
    import resource  # noqa: PLC0415 - it does not exist on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / MB if sys.platform == "darwin" else peak * 1024 / MB
