"""A second look, in the probe's process, at what PyAV could not open.

PyAV's errors do not say whether a page, a picture or a broken song came. So the first bytes are fetched once
more, with plain HTTP, through the same guard, and judged by status, content type and magic numbers.

Failure modes: any trouble of the look itself is the verdict ``NETWORK``; the guard's own verdict, which the
parent has, is better and wins there.
"""

import base64
import http.client
from urllib.parse import urljoin, urlsplit

from attrs import frozen

from media.errors import MediaFailure
from media.http_status import failure_of_status
from media.redirects import MOST, is_astray

PEEK_BYTES = 4096
_TIMEOUT_S = 5.0
_MAGIC = (
    b"OggS",
    b"fLaC",
    b"RIFF",
    b"ID3",
    b"\x1a\x45\xdf\xa3",
    b"FORM",
    b"wvpk",
    b"MAC ",
    b"caff",
    b"\x30\x26\xb2\x75",
)
_MP4_MARK = b"ftyp"  # at offset 4


@frozen(kw_only=True)
class Verdict:
    """Why it is not playable."""

    failure: MediaFailure
    status: int | None = None
    detail: str = ""


def judge_bytes(head: bytes) -> Verdict:
    """What bytes are that no demuxer could play."""
    if not head:
        return Verdict(failure=MediaFailure.CORRUPT, detail="empty")
    if head.startswith(_MAGIC) or head[4:8] == _MP4_MARK:
        return Verdict(failure=MediaFailure.CORRUPT, detail="a media file that cannot be read")
    return Verdict(failure=MediaFailure.NOT_AUDIO, detail="html" if looks_like_page(head) else "")


def looks_like_page(head: bytes) -> bool:
    """Whether bytes begin as a web page does."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<?xml", b"<!--"))


def judge_status(status: int) -> Verdict | None:
    """What an HTTP status says, None if it says that all is well."""
    failure = failure_of_status(status)
    return None if failure is None else Verdict(failure=failure, status=status)


def judge_url(url: str, proxy: str) -> Verdict:
    """Fetch the beginning of a URL and say what it is."""
    try:
        for _ in range(MOST + 1):
            answer = _fetch(url, proxy)
            if isinstance(answer, Verdict):
                return answer
            if is_astray(answer):
                return Verdict(failure=MediaFailure.BAD_REDIRECT)
            url = urlsplit(urljoin(url, answer)).geturl()  # its scheme in lower case
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Verdict(failure=MediaFailure.NETWORK, detail=type(error).__name__)
    return Verdict(failure=MediaFailure.LEADS_NOWHERE, detail="too many redirects")


def _fetch(url: str, proxy: str) -> Verdict | str:
    """Get the first bytes: a verdict, or where to look instead."""
    connection, headers = _dial(url, proxy)
    try:
        connection.request("GET", url, headers=headers)
        response = connection.getresponse()
        location = response.getheader("Location")
        if 300 <= response.status < 400 and location:
            return location
        verdict = judge_status(response.status)
        if verdict is not None:
            return verdict
        kind = response.headers.get_content_type()
        if kind in {"text/html", "application/xhtml+xml"}:
            return Verdict(failure=MediaFailure.NOT_AUDIO, detail="html")
        head = response.read(PEEK_BYTES)
        if response.length and len(head) < PEEK_BYTES:
            return Verdict(failure=MediaFailure.NETWORK, detail="broken off")
        return judge_bytes(head)
    finally:
        connection.close()


def _dial(url: str, proxy: str) -> tuple[http.client.HTTPConnection, dict[str, str]]:
    guard = urlsplit(proxy)
    if not url.startswith("http://") or not guard.hostname:
        raise ValueError("not a way through the guard")
    credential = base64.b64encode(f"{guard.username}:{guard.password}".encode()).decode()
    connection = http.client.HTTPConnection(guard.hostname, guard.port, timeout=_TIMEOUT_S)
    return connection, {"Proxy-Authorization": f"Basic {credential}", "User-Agent": "Roadie", "Accept": "*/*"}
