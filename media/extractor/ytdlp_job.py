"""yt-dlp itself: made once in the child, used once per job. The only module that imports it.

One YoutubeDL object is made ahead (making it costs as much as a look at a page) and changed for its job:
after a fork that touches nobody else. It never downloads, asks only the guard, follows no file, reads no
configuration, loads no plugins.

What an extractor raises, of whatever class, is a `Trouble`: site modules are many and some of them are
broken at any time.
"""

import importlib
import io
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Final, cast

from attrs import define, field

from media.extractor.facts import Info, entry_url, is_list, to_entry, to_extracted
from media.extractor.trouble import to_trouble, without_links
from media.extractor.wire import Ask, Done, Found, Head, Line, Ready, Said, Start, Trouble

Say = Callable[[Said], None]

HOPS: Final = 5  # from a link to what it stands for
_LISTS: Final = frozenset({"playlist", "multi_video"})
_NOWHERE: Final = "https://warm.invalid/up"
_WARM: Final = ("Generic", "Youtube", "YoutubeTab", "YoutubeSearch")


@define
class Notes:
    """yt-dlp's logger: warnings are kept, the rest comes back as an error anyway."""

    warnings: list[str] = field(factory=list[str])

    def debug(self, message: str) -> None:
        """What yt-dlp prints to its screen."""

    def warning(self, message: str) -> None:
        """Keep it, within bounds."""
        if len(self.warnings) < 20:
            self.warnings.append(without_links(message))

    def error(self, message: str) -> None:
        """It is raised as well."""


@define(eq=False)
class Ytdlp:
    """yt-dlp, imported and ready to be used once."""

    start: Start
    ready: Ready
    notes: Notes
    _ydl: Any
    _classes: Callable[[], list[Any]]

    def warm_up(self) -> Iterator[None]:
        """Load ahead, in small steps, what every look at an unknown page needs: all patterns, all sites.

        It saves such a look 0.3 s and 20 MB, since workers share what is there already.
        """
        for extractor in self._classes():
            try:
                extractor.suitable(_NOWHERE)  # compiles the pattern of its links
                list(
                    extractor.extract_from_webpage(self._ydl, _NOWHERE, "<html></html>")
                )  # and of its embeds
            except Exception as error:  # noqa: BLE001 - a site module that is broken fails when it is asked
                self.notes.warning(f"{extractor} cannot be warmed up: {error}")
            yield

    def run(self, ask: Ask, say: Say) -> None:
        """Do one job and say everything about it."""
        self._prepare(ask)
        try:
            if ask.want == "look":
                self._look(ask, say)
            else:
                self._read(ask, say)
        except Exception as error:  # noqa: BLE001 - see the module's docstring
            say(to_trouble(ask.job, error, self.notes.warnings))

    def _prepare(self, ask: Ask) -> None:
        self.notes.warnings.clear()
        youtube: dict[str, list[str]] = {"skip": ["dash", "translated_subs"]}
        if ask.clients:
            youtube["player_client"] = list(ask.clients)
        self._ydl.params |= {
            "proxy": ask.proxy,
            "socket_timeout": ask.patience_s,
            "noplaylist": ask.want == "look",
            "playlist_items": "1:2" if ask.want == "look" else None,
            "cookiefile": self._cookies(),
            "extractor_args": {"youtube": youtube},
        }

    def _cookies(self) -> io.StringIO | None:
        """A copy of the cookies, which yt-dlp may change as it likes."""
        if self.start.cookies is None:
            return None
        try:
            return io.StringIO(Path(self.start.cookies).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            self.notes.warning(f"the cookies file cannot be read: {type(error).__name__}")
            return None

    def _look(self, ask: Ask, say: Say) -> None:
        info = self._extract(ask.url)
        if kind_of(info) in _LISTS:
            entries = [entry for entry in entries_of(info) if entry]
            if len(entries) != 1:
                say(Trouble(job=ask.job, is_list=bool(entries), message="No video formats found"))
                return
            [info] = entries
            link = None if info.get("formats") else entry_url(info)
            info = info if link is None else self._extract(link)
        self._say_video(ask, info, say)

    def _say_video(self, ask: Ask, info: Info, say: Say) -> None:
        video = to_extracted(info)
        if video is None:
            message = "No video formats found that can be opened"
            say(Trouble(job=ask.job, message=message, warnings=tuple(self.notes.warnings)))
        else:
            say(Found(job=ask.job, video=video))

    def _read(self, ask: Ask, say: Say) -> None:
        info = self._extract(ask.url, process=False)
        for _ in range(HOPS):
            if kind_of(info) != "url":
                break
            info = self._extract(info["url"], ie_key=info.get("ie_key"), process=False)
        if kind_of(info) not in _LISTS:
            info = self._ydl.process_ie_result(dict(info), download=False)
        if kind_of(info) not in _LISTS:
            self._say_video(ask, info, say)
            return
        title, count = info.get("title"), info.get("playlist_count")
        say(
            Head(
                job=ask.job,
                title=title if isinstance(title, str) else None,
                count=count if isinstance(count, int) else None,
            )
        )
        left = ask.limit
        for entry in self._flat(info, deep=True):
            if left == 0:
                break
            left -= 1
            say(Line(job=ask.job, entry=entry))
        say(Done(job=ask.job))

    def _flat(self, info: Info, *, deep: bool) -> "Iterator[Any]":
        """The entries as they are read; lists among them are opened, one level deep."""
        for one in self._lines(info):
            if deep and is_list(one) and kind_of(one) == "url":
                inner = self._extract(one["url"], ie_key=one.get("ie_key"), process=False)
                yield from self._flat(inner, deep=False)
            elif entry := to_entry(one):
                yield entry

    def _lines(self, info: Info) -> "Iterator[Info]":
        lines: Any = importlib.import_module("yt_dlp.utils").PlaylistEntries(self._ydl, info)
        for _, entry in lines.get_requested_items():
            if isinstance(entry, Mapping):
                yield cast("Info", entry)

    def _extract(self, url: str, *, ie_key: str | None = None, process: bool = True) -> Info:
        info = self._ydl.extract_info(url, download=False, ie_key=ie_key, process=process)
        if not isinstance(info, Mapping):
            raise TypeError("the extractor returned nothing")
        return cast("Info", info)


def open_ytdlp(start: Start) -> Ytdlp:
    """Import yt-dlp from its slot and make ready what every job needs.

    Raises:
        Exception: whatever a broken yt-dlp raises.
    """
    if start.slot is not None:
        sys.path.insert(0, start.slot)
    module = importlib.import_module("yt_dlp")
    notes = Notes()
    ydl = module.YoutubeDL(parameters(start, notes))
    for name in _WARM:
        ydl.get_info_extractor(name)
    version = importlib.import_module("yt_dlp.version").__version__
    ready = Ready(version=str(version), solver=solver_version())
    return Ytdlp(start, ready, notes, ydl, module.extractor.list_extractor_classes)


def parameters(start: Start, notes: Notes) -> dict[str, Any]:
    """YoutubeDL's parameters that hold for every job."""
    return {
        "quiet": True,
        "logger": notes,
        "color": "never",
        "cachedir": start.cache,
        "extract_flat": "in_playlist",
        "lazy_playlist": True,
        "format": "ba*/b*",
        "retries": 1,
        "extractor_retries": 1,
        "skip_download": True,
        "enable_file_urls": False,
        "js_runtimes": {} if start.runtime is None else {"deno": {"path": start.runtime}},
        "remote_components": [],
    }


def solver_version() -> str:
    """The version of yt-dlp-ejs; empty if it is not there."""
    try:
        solver: ModuleType = importlib.import_module("yt_dlp_ejs")
    except ImportError:
        return ""
    return str(getattr(solver, "version", ""))


def kind_of(info: Info) -> str:
    """yt-dlp's type of a result; a video where it says none."""
    return str(info.get("_type") or "video")


def entries_of(info: Info) -> list[Info]:
    """The entries of a processed list."""
    entries = info.get("entries")
    return [cast("Info", one) for one in cast("list[object]", entries or []) if isinstance(one, Mapping)]
