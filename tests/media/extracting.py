"""An extractor for tests: the real broker, with the real yt-dlp or with a small stand-in that misbehaves."""

import os
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import trio
from attrs import Factory, define

from media.addresses import parse_policy
from media.extractor.failures import ExtractionFailed, FailureKind
from media.extractor.handle import Limits, YtDlpExtractor
from media.extractor.pool import Pool
from media.extractor.wire import Start
from media.guard import Guard, Outside, open_guard
from tests.media.conftest import ROOT
from tests.media.web import Page, Web, open_web

BE_BROKER = f"""
import sys; sys.path.insert(0, {str(ROOT)!r})
from media.extractor.broker import main; sys.exit(main())
"""
IDLE_S = 0.2
EXTRACTOR_ARGV = (sys.executable, "-c", BE_BROKER)

# A yt-dlp whose links say what happens: http://x.test/<what>[/<argument>].
STAND_IN = """
import os, pathlib, signal, socket, subprocess, sys, time
from types import SimpleNamespace
from yt_dlp import version

class YoutubeDLError(Exception):
    expected = True

class extractor:
    @staticmethod
    def list_extractor_classes():
        return []

class YoutubeDL:
    def __init__(self, params):
        self.params = params

    def get_info_extractor(self, name):
        return None

    def process_ie_result(self, info, download):
        return info

    def mark(self, name):
        folder = pathlib.Path(self.params["cachedir"])
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}-{os.getpid()}").touch()
        return len([one for one in folder.iterdir() if one.name.startswith(name)])

    def extract_info(self, url, download, ie_key=None, process=True):
        if url.startswith("ytsearch"):
            url = "http://x.test/list/" + url[8:].partition(":")[0]
        what, _, rest = url.split("/", 3)[3].partition("/")
        return getattr(self, "do_" + what.replace("watch?v=", "client_"))(rest)

    def video(self, title):
        page = "http://x.test/page"
        return {"id": "1", "title": title, "webpage_url": page, "url": "http://x.test/a.ogg", "ext": "ogg"}

    def do_title(self, rest):
        return self.video(rest)

    def do_version(self, rest):
        return self.video(version.__version__)

    def do_hang(self, rest):
        self.mark("hang")
        subprocess.Popen([self.params["js_runtimes"]["deno"]["path"], "61"])
        while True:
            time.sleep(60)

    def do_crash(self, rest):
        if self.mark("crash") <= int(rest):
            os.kill(os.getpid(), signal.SIGSEGV)
        return self.video("alive")

    def do_stall(self, rest):
        if self.mark("stall") <= int(rest):
            time.sleep(60)
        return self.video("awake")

    def do_raise(self, rest):
        raise YoutubeDLError(rest.replace("_", " "))

    def do_bug(self, rest):
        return {}["title"]

    def do_flood(self, rest):
        return self.video("x") | {"entries": (self.line(n) for n in range(10 ** 9)), "_type": "playlist"}

    def do_list(self, rest):
        return {"_type": "playlist", "title": "List", "entries": map(self.line, range(int(rest)))}

    def do_slow(self, rest):
        return {"_type": "playlist", "title": "List", "entries": self.slowly()}

    def slowly(self):
        yield self.line(0)
        time.sleep(0.5)
        yield self.line(1)
        raise YoutubeDLError("Private video")

    def line(self, n):
        return {"_type": "url", "url": f"http://x.test/title/{n}", "id": str(n), "title": f"T{n}"}

    def do_cookies(self, rest):
        stream = self.params["cookiefile"]
        text = stream.read()
        stream.write("changed")
        return self.video(text)

    def do_client_x(self, rest):
        clients = self.params["extractor_args"]["youtube"].get("player_client", [])
        if "tv" in clients:
            return self.video("as " + ",".join(clients))
        raise YoutubeDLError("Sign in to confirm you’re not a bot")

    def do_fence(self, rest):
        said = []
        for attempt in (
            lambda: socket.create_connection(("127.0.0.1", int(rest)), 1),
            lambda: socket.getaddrinfo("example.com", 80),
            lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9)),
            lambda: subprocess.run([sys.executable, "-c", ""]),
            lambda: os.system("true"),
        ):
            try:
                attempt()
                said.append("done")
            except PermissionError:
                said.append("refused")
        return self.video(",".join(said))
"""
UTILS = """
class PlaylistEntries:
    def __init__(self, ydl, info):
        self.entries = info["entries"]

    def get_requested_items(self):
        return enumerate(self.entries)
"""


def write_stand_in(folder: Path, version: str = "2027.01.01", *, broken: bool = False) -> Path:
    package = folder / "yt_dlp"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("this is broken" if broken else STAND_IN)
    (package / "utils.py").write_text(UTILS)
    (package / "version.py").write_text(f"__version__ = {version!r}\n")
    solver = folder / "yt_dlp_ejs"
    solver.mkdir()
    (solver / "__init__.py").write_text("version = '1.0'\n")
    return folder


@define(eq=False)
class Bench:
    """Everything about a running extractor that a test looks at."""

    extractor: YtDlpExtractor
    pool: Pool
    guard: Guard
    web: Web
    start: Start
    outcomes: list[FailureKind | None] = Factory(list[FailureKind | None])

    def url(self, path: str) -> str:
        return self.web.url(path)

    async def title(self, link: str) -> str:
        return (await self.extractor.look(f"http://x.test/{link}")).title

    async def failure(self, url: str) -> FailureKind:
        try:
            found = await self.extractor.look(url)
        except ExtractionFailed as failed:
            return failed.kind
        raise AssertionError(f"{url} was found: {found}")


@asynccontextmanager
async def open_bench(
    folder: Path,
    *,
    slot: Path | None = None,
    pages: Mapping[str, Page] | None = None,
    limits: Limits | None = None,
    forks: bool = True,
    cookies: Path | None = None,
    argv: Sequence[str] = EXTRACTOR_ARGV,
    outside: Outside | None = None,
    allow: Sequence[str] = ("127.0.0.1",),
    warm: Pool | None = None,
) -> AsyncGenerator[Bench]:
    """An extractor with a guard and a web of its own; with a child of its own, or those of a pool."""
    start = Start(
        cache=str(folder / "cache"),
        slot=None if slot is None else str(slot),
        runtime="/bin/sleep" if slot is not None else None,
        cookies=None if cookies is None else str(cookies),
        forks=forks,
    )
    async with (
        open_guard(parse_policy(allow), outside) as guard,
        open_web(pages or {}) as web,
        trio.open_nursery() as nursery,
    ):
        pool = warm or Pool(argv, lambda: bench.start, nursery)
        outcomes: list[FailureKind | None] = []
        extractor = YtDlpExtractor(
            pool, guard, lambda start, kind: outcomes.append(kind), limits or Limits(single_s=20.0)
        )
        bench = Bench(extractor, pool, guard, web, start, outcomes)
        yield bench
        nursery.cancel_scope.cancel()


def marks(bench: Bench, name: str) -> list[int]:
    """The processes that came by a mark of the stand-in."""
    folder = Path(bench.start.cache)
    found = sorted(folder.glob(f"{name}-*")) if folder.is_dir() else []
    return [int(one.name.partition("-")[2]) for one in found]


async def until_warm(pool: Pool) -> None:
    """Until a child has prepared what it can: it tells nobody, but then it computes no more.

    Whoever asks earlier gets an answer all the same, from a worker that has to prepare for itself.
    """
    pool.warm()
    (child,) = pool.children
    await child.until_ready()
    assert child._process is not None
    before = -1
    while (now := ticks_of(child._process.pid)) > before:
        before = now
        await trio.sleep(IDLE_S)


def ticks_of(pid: int) -> int:
    """How long a process has computed for itself, in ticks of the clock."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11])


def is_alive(pid: int) -> bool:
    """Whether a process lives; one that has ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def group_of(pid: int) -> list[int]:
    """The living processes of a group."""
    found: list[int] = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and is_alive(int(folder.name)):
            try:
                if os.getpgid(int(folder.name)) == pid:
                    found.append(int(folder.name))
            except OSError:
                continue
    return found
