"""Who may talk to the page: a browser on this machine that opened this page, nobody else.

A website that a person visits can make their browser send requests to 127.0.0.1, and with DNS rebinding
even read the answers. So the Host header must name the loopback, and an Origin, if there is one, must be
the page's own. Every answer carries a content security policy that lets the page load its own scripts and
styles only. No I/O.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from sandbox.http.exchange import Response, text_response

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob: https:; "
    "media-src 'self' blob:; connect-src 'self' ws://127.0.0.1:* ws://localhost:*; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Pictures may come from the web, because embeds show covers; everything else is the page's own.
Not every browser counts a WebSocket of the same address as 'self'."""

HEADERS: Mapping[str, str] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def refusal(headers: Mapping[str, str]) -> str | None:
    """Why a request is refused, as a sentence; None if it is welcome.

    Args:
        headers: of the request, names in lower case.
    """
    host = headers.get("host", "")
    if not _is_loopback(host):
        return "This page answers only under 127.0.0.1 or localhost."
    origin = headers.get("origin")
    if origin is not None and origin != f"http://{host}":
        return "This page does not talk to other websites."
    return None


def refuse(sentence: str) -> Response:
    """The answer to a request that is not welcome."""
    return text_response(sentence + "\n", 403)


def _is_loopback(host: str) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname
    except ValueError:
        return False
    return name in LOOPBACK_NAMES and "@" not in host
