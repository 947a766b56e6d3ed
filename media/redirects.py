"""Where redirects lead: on to the web, on and on, or astray. A machine without I/O.

Whoever follows redirects by itself (FFmpeg) only says that it failed. The guard sees each of them pass, so it
keeps a `Trail` per job and knows better. `next_target` is for those of ours who follow redirects.

Failure modes: a trail of several connections at once may be counted together, which takes as many redirects
without a single answer between them as one trail.
"""

import re
from typing import Final
from urllib.parse import urljoin, urlsplit

from attrs import Factory, define

from media.errors import MediaError, MediaFailure

MOST: Final = 8
"""FFmpeg follows so many in a row. Source: ``MAX_REDIRECTS`` in ``libavformat/http.c``."""
STATUSES: Final = frozenset({301, 302, 303, 307, 308})
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.\-]*:", re.IGNORECASE)


def is_astray(location: str) -> bool:
    """Whether a redirect leads to something that is no address of the web."""
    if not location:
        return True
    if not _SCHEME.match(location) and not location.startswith("//"):
        return False
    try:
        parts = urlsplit(location)
        return parts.scheme.lower() not in {"", "http", "https"} or not parts.hostname
    except ValueError:
        return True


def next_target(target: str, location: str) -> str:
    """Where to ask next.

    Raises:
        MediaError: ``BAD_REDIRECT``.
    """
    host = urlsplit(target).hostname
    if is_astray(location):
        raise MediaError(kind=MediaFailure.BAD_REDIRECT, host=host)
    return urlsplit(urljoin(target, location)).geturl()  # its scheme in lower case


def leads_nowhere(host: str | None) -> MediaError:
    """The failure of whoever has followed `MOST` redirects and is told of another one."""
    return MediaError(kind=MediaFailure.LEADS_NOWHERE, host=host, detail="too many redirects")


@define(eq=False)
class Trail:
    """The redirects in a row that were told to one client."""

    _hosts: list[str] = Factory(list[str])

    def arrive(self) -> None:
        """Something else than a redirect was told."""
        self._hosts.clear()

    def lead_on(self, host: str, location: str) -> MediaError | None:
        """``host`` redirects; what is wrong with that, if anything."""
        self._hosts.append(host)
        if is_astray(location):
            return MediaError(kind=MediaFailure.BAD_REDIRECT, host=host)
        return leads_nowhere(host) if len(self._hosts) > MOST else None

    def explain(self, refusal: MediaError) -> MediaError:
        """The same refusal, if need be with the host that has led there."""
        if refusal.kind is not MediaFailure.BAD_URL or not self._hosts:
            return refusal
        return MediaError(kind=MediaFailure.BAD_REDIRECT, host=self._hosts[-1], detail=refusal.detail)
