"""The address of Discord's REST interface, taken apart and judged.

Imports nothing of ours. A bot's token travels over this address, so plain ``http`` is refused unless the host
is this machine (the sandbox, tests).
"""

import ipaddress
import ssl
from typing import Self
from urllib.parse import urlsplit

import attrs
import certifi

USER_AGENT = "DiscordBot (https://roadie.invalid, 0.1.0)"
"""Source: Discord, "Reference", section "User Agent". The project has no address of its own yet."""


@attrs.frozen(kw_only=True)
class ApiBase:
    """``https://discord.com/api/v10`` in parts; ``path`` has no slash at its end."""

    tls: bool
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take an address apart.

        Raises:
            ValueError: it is no http(s) address, or plain http to another machine.

        """
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("the API base must be an address like https://discord.com/api/v10")
        tls = parts.scheme == "https"
        if not tls and not _is_loopback(parts.hostname):
            raise ValueError("the API base must be https:// unless it is on this machine")
        port = parts.port or (443 if tls else 80)
        return cls(tls=tls, host=parts.hostname, port=port, path=parts.path.rstrip("/"))

    @property
    def authority(self) -> str:
        """The value of the ``Host`` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole address again, without a slash at its end."""
        return f"{'https' if self.tls else 'http'}://{self.authority}{self.path}"


def make_tls_context() -> ssl.SSLContext:
    """A client's TLS context that verifies peer and host name against certifi's authorities."""
    return ssl.create_default_context(cafile=certifi.where())


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
