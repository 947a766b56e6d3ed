"""How https travels to the guard as plain http.

FFmpeg can tunnel https through a proxy only with its ``httpproxy`` protocol, and whoever writes a playlist
can name that protocol too: ``httpproxy://10.0.0.1:80/x`` is then dialled directly, past the guard. So
children get no such protocol. Instead a name under ``.tls.invalid`` tells the guard to speak TLS to the host
before it, certificate checked: ``https://host/path`` travels as ``http://host.tls.invalid:443/path``. The
top-level domain is reserved, so it is nobody's host.

Relative links stay under the marked name by themselves; absolute ones in redirects and playlists are marked
by the guard on their way in. A link that slips through fails closed, since the child cannot open https.

Source: RFC 2606, section 2 (``.invalid``); RFC 8216 (playlists).
"""

import re
from urllib.parse import urlsplit, urlunsplit

_SUFFIX = ".tls.invalid"
_SIX = ".ip6"  # colons of IPv6 as dashes: 2606-4700--1.ip6.tls.invalid
_AUTHORITY = rb"(\[[0-9a-f:.]+\]|[^\s/:\"'<>?#,\[\]]+)(:\d*)?"
_HTTPS = re.compile(rb"(https:)//" + _AUTHORITY, re.IGNORECASE)
_NO_SCHEME = re.compile(rb"(^|\")//" + _AUTHORITY, re.IGNORECASE | re.MULTILINE)


def to_guarded(url: str) -> str:
    """An http or https URL as a child process asks the guard for it."""
    parts = urlsplit(url)
    if parts.scheme != "https":
        return url
    authority = (
        f"{mark(parts.hostname or '')}:{parts.port or 443}"  # FFmpeg would write :80 if there were none
    )
    return urlunsplit(("http", authority, parts.path, parts.query, parts.fragment))


def mark(host: str) -> str:
    """The marked name of a host that is to be spoken to with TLS."""
    return host.replace(":", "-") + _SIX + _SUFFIX if ":" in host else host + _SUFFIX


def unmark(host: str) -> str | None:
    """The host behind a marked name; None if it bears no mark."""
    if not host.endswith(_SUFFIX):
        return None
    inner = host[: -len(_SUFFIX)]
    return inner[: -len(_SIX)].replace("-", ":") if inner.endswith(_SIX) else inner


def mark_links(text: bytes, *, tls: bool) -> bytes:
    """Mark all https links of a redirect or playlist.

    Args:
        text: a Location, or the whole playlist.
        tls: it came over TLS itself, so links without a scheme mean https.
    """
    text = _HTTPS.sub(lambda match: b"http://" + _marked(match[2], match[3]), text)
    if tls:
        text = _NO_SCHEME.sub(lambda match: match[1] + b"http://" + _marked(match[2], match[3]), text)
    return text


def _marked(host: bytes, port: bytes | None) -> bytes:
    name = mark(host.decode("latin-1").strip("[]")).encode("latin-1")
    return name + (port if port and port != b":" else b":443")
