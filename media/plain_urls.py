"""The way back from the guard's form of an https URL (`media.guarded_urls`). Pure."""

from urllib.parse import urlsplit, urlunsplit

from media.guarded_urls import unmark


def to_plain(url: str) -> str:
    """A URL as its server knows it; what bears no mark stays as it is.

    Raises:
        ValueError: it is no URL.
    """
    parts = urlsplit(url)
    inner = unmark(parts.hostname or "")
    if inner is None:
        return url
    host = f"[{inner}]" if ":" in inner else inner
    port = "" if parts.port in {None, 443} else f":{parts.port}"
    return urlunsplit(("https", host + port, parts.path, parts.query, parts.fragment))
