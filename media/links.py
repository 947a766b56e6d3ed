"""What a link to a site says before anybody asks the site: which site, which video, from where on.

Pure. The list of sites is only a shortcut: for them the extractor is asked at once, every other link is first
tried as what it may be, a sound file.
"""

import re
from urllib.parse import parse_qs, urlsplit

from attrs import frozen

_YOUTUBE = ("youtube.com", "youtu.be", "youtube-nocookie.com")
_SITES = (
    *_YOUTUBE,
    *("audiomack.com", "bandcamp.com", "bilibili.com", "dai.ly", "dailymotion.com", "facebook.com"),
    *("instagram.com", "mixcloud.com", "nicovideo.jp", "reddit.com", "soundcloud.com", "ted.com"),
    *("tiktok.com", "twitch.tv", "twitter.com", "vimeo.com", "x.com"),
)
_TIME = re.compile(r"(?:(\d{1,3})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s?)?", re.ASCII)
_VIDEO_ID = re.compile(r"[\w-]{11}", re.ASCII)


@frozen(kw_only=True)
class Link:
    """A link as it was typed.

    Attributes:
        video_id: YouTube's, where the link names one.
        in_list: it names a video within a playlist.
        start_s: where to begin, seconds.
    """

    video_id: str | None = None
    in_list: bool = False
    start_s: float = 0.0


def is_under(url: str, hosts: tuple[str, ...]) -> bool:
    """Whether a URL's host is one of these or below one."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    return any(host == name or host.endswith(f".{name}") for name in hosts)


def is_site(url: str) -> bool:
    """Whether a URL is known to be a page and no sound file."""
    return is_under(url, _SITES)


def is_youtube(url: str) -> bool:
    """Whether a URL is YouTube's."""
    return is_under(url, _YOUTUBE)


def parse_link(url: str, typed: str) -> Link:
    """Read a link to YouTube; other links say nothing.

    Args:
        url: as it is asked for.
        typed: as somebody typed it, with a fragment perhaps.
    """
    if not is_youtube(url):
        return Link()
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    fragment = typed.strip().removesuffix(">").partition("#")[2]
    last = parts.path.rstrip("/").rpartition("/")[2]
    named = query.get("v", "") or last
    video_id = named if _VIDEO_ID.fullmatch(named) else None
    start = query.get("t") or query.get("start") or fragment.removeprefix("t=")
    return Link(
        video_id=video_id, in_list=video_id is not None and "list" in query, start_s=parse_time(start)
    )


def parse_time(text: str) -> float:
    """Seconds of ``90``, ``90s`` or ``1h2m3s``; 0 for everything else."""
    match = _TIME.fullmatch(text)
    if match is None:
        return 0.0
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(hours * 3600 + minutes * 60 + seconds)
