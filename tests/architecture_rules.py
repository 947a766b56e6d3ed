"""The rules of the house as code: what a module may import, how long it may be, what it must not catch.

Pure functions from sources to breaches, so that ``test_architecture`` can feed them the project and small
fakes. ``ARCHITECTURE.md`` says why the arrows point as they do; this file is what enforces it.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path

import attrs

FILE_LINES = 400
SUPERVISOR_LINES = 300
SLICE_LINES = 250
"""Of the files that a slice is read by: whoever opens its folder finds each at one sitting."""
FUNCTION_LINES = 45

ROOMS = frozenset({"actors", "cli", "gateway_client", "media", "sandbox", "supervisor", "tests", "voice"})
SHARED_ROOMS = frozenset({"core", "rest", "store"})  # the folders of actors/ that are no slices
SLICE_FILES = frozenset(
    {"messages.py", "state.py", "view.py", "actor.py", "commands.py", "declaration.py"}
)  # what every slice is made of

# Frozen values of gateway_client: what the wire carries, no machine and no socket.
OBJECTS = tuple(f"gateway_client.{name}" for name in ("ids", "objects", "guilds", "kinds", "permissions"))
VALUES = (*OBJECTS, *(f"gateway_client.{name}" for name in ("cache", "commands", "events", "intents")))
ANSWERS = (
    *("actors.rest.payloads", "actors.rest.registration", "actors.rest.errors"),
    *("actors.store.errors", "actors.store.rows"),
)

# Room -> patterns of our modules it may import besides itself. A slice is added by ``allowed_for``.
ARROWS: Mapping[str, tuple[str, ...]] = {
    "gateway_client": (),
    "voice": ("gateway_client.ids", "gateway_client.backoff"),
    "media": ("gateway_client.ids", "gateway_client.backoff"),
    "actors.core": (*VALUES, *ANSWERS),
    "actors.rest": (*OBJECTS, "gateway_client.backoff"),
    "actors.store": ("gateway_client.ids",),
    "sandbox": ("gateway_client.ids",),  # who judges shares no code with who is judged
    "supervisor": ("actors.*", "gateway_client.*", "media", "media.*", "voice.*"),
    "cli": ("*",),
    "tests": ("*",),
}
SLICE = (*VALUES, "actors.core", "actors.core.*", *ANSWERS)
PLAYER = (
    *("voice.close_codes", "voice.endpoint", "voice.protocol"),
    *(f"media.{name}" for name in ("choices", "errors", "resolution", "suggestions", "tracks")),
)

LIBRARY = tuple(f"media.{name}" for name in ("errors", "library", "library_fetch", "names", "tracks"))
PLAYLISTS = (
    *("media.direct", "media.errors", "media.fetch", "media.guard", "media.links", "media.names"),
    *("media.resolution", "media.services.links", "media.tracks"),
)

# Library -> files that may import it. Everything else that is not Python's own is refused.
LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "_bootstrap": ("cli/one_file_start.py",),  # shiv's, inside the one file
    "attrs": ("*",),
    "av": ("voice/*", "media/probe*.py"),
    "backports": ("gateway_client/*", "sandbox/*"),
    "certifi": ("actors/rest/*", "gateway_client/connection.py", "media/*", "voice/*"),
    "compression": ("gateway_client/*", "sandbox/*"),  # Python's own from 3.14 on
    "cryptography": ("voice/*", "sandbox/*"),
    "dave": ("voice/dave*.py", "sandbox/voice/dave*.py"),
    "davey": ("voice/dave*.py", "sandbox/voice/dave*.py"),
    "h11": ("actors/rest/*", "gateway_client/connection.py", "media/*", "sandbox/*", "voice/connection_*.py"),
    "httpx": ("actors/rest/transport.py",),
    "msgspec": ("*",),
    # What Trio hands over the end of a guest run in; it comes with Trio.
    "outcome": ("voice/host.py",),
    "nacl": ("voice/*", "sandbox/*"),
    "platformdirs": ("cli/*",),
    "re2": ("actors/keywords/patterns.py",),
    "python_multipart": ("sandbox/*",),
    "sqlite3": ("actors/store/*", "cli/import_database.py"),
    "trio": ("*",),
    "trio_websocket": ("gateway_client/connection.py", "sandbox/*", "voice/connection_*.py"),
    "wsproto": ("gateway_client/connection.py", "sandbox/*", "voice/connection_*.py"),
    "yt_dlp": ("media/extractor/ytdlp*.py",),
    "yt_dlp_ejs": ("media/extractor/ytdlp*.py",),
}

# Machines and values without I/O: time and randomness are their arguments. In three rooms everything is a
# core that is not named as a shell; in the rest, what the house calls cores by name.
CORES = (
    "gateway_client/*",
    "voice/*",
    "actors/rest/*",
    "actors/*/state.py",
    "actors/*/view.py",
    "actors/*/messages.py",
    "media/tracks.py",
)
SHELLS = frozenset(
    {
        *(f"gateway_client/{name}.py" for name in ("connection", "gateway", "shard")),
        *(
            f"voice/{name}.py"
            for name in (
                "call",
                "client",
                "connection",
                "connection_dial",
                "connection_socket",
                "deck",
                "host",
                "node",
                "nodes_handle",
                "pipe",
                "ear",
                "housekeeping",
                "intake",
                "leveling",
                "loudness",
                "playback",
                "precedence",
                "steady",
            )
        ),
        "voice/udp.py",
        *(
            f"actors/rest/{name}.py"
            for name in ("ack_connection", "ack_line", "ack_pool", "outbox", "sender", "transport")
        ),
    }
)
OUTSIDE_WORLD = frozenset(
    {"asyncio", "httpx", "selectors", "socket", "sqlite3", "subprocess", "threading", "time", "trio"}
    | {"trio_websocket"}
)

# The only places that may catch whatever was raised: an actor's crash, an autocompletion (an empty list is
# better than an error), the store's thread and a shared look-up, which carry everything to whoever waits, a
# request to the sandbox, which ends alone, and a job of yt-dlp, whose site modules raise what they like.
CATCH_ALL = (
    "actors/core/cell.py",
    "actors/core/intake.py",
    "actors/store/owner.py",
    "media/extractor/ytdlp_job.py",
    "media/flights.py",
    "sandbox/http/server.py",
    "supervisor.py",
    "voice/contained.py",
)


Nodes = tuple[ast.AST, ...]
"""All that a module's text consists of: walked through once, looked at by each rule."""


@attrs.frozen(kw_only=True)
class Source:
    """One module: its path from the checkout's folder (with ``/``) and its text."""

    path: str
    text: str

    @property
    def module(self) -> str:
        """The dotted name; a package's is its folder's."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def room(self) -> str:
        """The key in the table of arrows: a top-level name, or ``actors.<folder>``."""
        parts = self.module.split(".")
        return ".".join(parts[:2]) if parts[0] == "actors" else parts[0]


@attrs.frozen(kw_only=True)
class Breach:
    """One rule broken at one place."""

    path: str
    line: int
    why: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.why}"


def read_project(root: Path) -> list[Source]:
    """Every Python module of the project below a checkout's folder."""
    files = [
        root / "supervisor.py",
        *(file for room in sorted(ROOMS) for file in (root / room).rglob("*.py")),
    ]
    return [
        Source(path=file.relative_to(root).as_posix(), text=file.read_text(encoding="utf-8"))
        for file in files
        if file.is_file()
    ]


def find_breaches(sources: list[Source]) -> list[Breach]:
    """Check every module against every rule."""
    modules = frozenset(source.module for source in sources)
    found: list[Breach] = []
    for source in sources:
        nodes = tuple(ast.walk(ast.parse(source.text, source.path)))
        found += check_imports(source, nodes, modules)
        found += check_lengths(source, nodes)
        found += check_handlers(source, nodes)
        found += check_calls(source, nodes)
    return found


def check_imports(source: Source, nodes: Nodes, modules: frozenset[str]) -> Iterator[Breach]:
    """Arrows between rooms, libraries in their room, cores without the outside world."""
    is_core = source.path not in SHELLS and any(fnmatch(source.path, core) for core in CORES)
    for line, target in sorted(set(imported(source, nodes, modules))):
        top = target.split(".")[0]
        if top in ROOMS:
            why = refused_arrow(source, target)
        elif source.room == "tests":
            why = None
        else:
            why = refused_library(source, top)
        if why is None and is_core and top in OUTSIDE_WORLD:
            why = f"a core must not know {top}: time, randomness and I/O are its caller's"
        if why is not None:
            yield Breach(path=source.path, line=line, why=why)


def imported(source: Source, nodes: Nodes, modules: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Every module that a module imports, wherever and however it says so, with the line."""
    for node in nodes:
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(names=names):
                origin = resolve_origin(source, node)
                for alias in names:
                    inside = f"{origin}.{alias.name}"
                    yield node.lineno, inside if inside in modules else origin
            case ast.Call(
                func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield node.lineno, name
            case _:
                continue


def resolve_origin(source: Source, node: ast.ImportFrom) -> str:
    """The absolute name behind ``from X import`` or ``from .x import``."""
    if node.level == 0:
        return node.module or ""
    package = source.module.split(".")
    if not source.path.endswith("/__init__.py"):
        package = package[:-1]
    kept = package[: len(package) - node.level + 1]
    return ".".join([*kept, *([node.module] if node.module else [])])


def allowed_for(room: str) -> tuple[str, ...]:
    """The patterns of our modules that a room may import besides its own."""
    if not is_slice(room):
        return ARROWS.get(room, ())
    folder = room.removeprefix("actors.")
    return (*SLICE, *{"player": PLAYER, "library": LIBRARY, "playlists": PLAYLISTS}.get(folder, ()))


def is_slice(room: str) -> bool:
    """Whether a room is one feature in one folder."""
    return room.startswith("actors.") and room.removeprefix("actors.") not in SHARED_ROOMS


def refused_arrow(source: Source, target: str) -> str | None:
    """Why a module may not import one of ours, or None."""
    if target == source.room or target.startswith(f"{source.room}."):
        return None
    if any(fnmatch(target, pattern) for pattern in allowed_for(source.room)):
        return None
    return f"{source.room} must not import {target}"


def refused_library(source: Source, top: str) -> str | None:
    """Why a module may not import a library, or None."""
    if top not in LIBRARIES:
        if top == "asyncio" or (top not in sys.stdlib_module_names and top != "__future__"):
            return f"{top} has no room: name its place in the table of libraries, or do without"
        return None
    if any(fnmatch(source.path, place) for place in LIBRARIES[top]):
        return None
    return f"{top} is imported only in {', '.join(LIBRARIES[top])}"


def check_lengths(source: Source, nodes: Nodes) -> Iterator[Breach]:
    """Files and functions stay readable at one sitting; a docstring does not count against a function."""
    limit = allowed_lines(source)
    lines = len(source.text.splitlines())
    if lines > limit:
        yield Breach(path=source.path, line=limit, why=f"{lines} lines are more than {limit}")
    if source.room == "tests":
        return
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = function_lines(node)
            if length > FUNCTION_LINES:
                why = f"{node.name} has {length} lines, more than {FUNCTION_LINES}"
                yield Breach(path=source.path, line=node.lineno, why=why)


def allowed_lines(source: Source) -> int:
    """How long a file may be."""
    if source.path == "supervisor.py":
        return SUPERVISOR_LINES
    if is_slice(source.room) and source.path.rpartition("/")[2] in SLICE_FILES:
        return SLICE_LINES
    return FILE_LINES


def function_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from ``def`` to the end, without the docstring."""
    length = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if ast.get_docstring(node, clean=False) is not None:
        length -= (first.end_lineno or first.lineno) - first.lineno + 1
    return length


def check_handlers(source: Source, nodes: Nodes) -> Iterator[Breach]:
    """No bare except, no silent one, and catching everything only where crashes are handled.

    Tests may do the last two; a handler that ends by raising on lets nothing disappear.
    """
    for node in nodes:
        if not isinstance(node, ast.ExceptHandler):
            continue
        if node.type is None:
            yield Breach(path=source.path, line=node.lineno, why="a bare except catches even Cancelled")
        elif source.room == "tests":
            continue
        elif catches_everything(node.type) and source.path not in CATCH_ALL and not raises_on(node):
            yield Breach(
                path=source.path, line=node.lineno, why="only the cell and the restarter catch everything"
            )
        if all(is_nothing(statement) for statement in node.body):
            yield Breach(path=source.path, line=node.lineno, why="an error is swallowed silently")


def raises_on(handler: ast.ExceptHandler) -> bool:
    """Whether a handler ends with a plain ``raise``."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def catches_everything(expression: ast.expr) -> bool:
    """Whether the class after ``except`` is, or contains, Exception or BaseException."""
    names = expression.elts if isinstance(expression, ast.Tuple) else [expression]
    return any(isinstance(name, ast.Name) and name.id in {"Exception", "BaseException"} for name in names)


def is_nothing(statement: ast.stmt) -> bool:
    """Whether a statement is ``pass`` or a constant such as ``...``."""
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def check_calls(source: Source, nodes: Nodes) -> Iterator[Breach]:
    """Only the command line prints; nobody suppresses everything."""
    for node in nodes:
        match node:
            case ast.Call(func=ast.Name(id="print")) if source.room not in {"cli", "tests"}:
                yield Breach(path=source.path, line=node.lineno, why="only cli prints; the rest logs")
            case ast.Call(func=ast.Attribute(attr="suppress") | ast.Name(id="suppress"), args=args):
                if any(catches_everything(argument) for argument in args):
                    yield Breach(path=source.path, line=node.lineno, why="suppresses every error")
            case _:
                continue
