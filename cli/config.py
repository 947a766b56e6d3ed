"""The configuration as values: every setting declared once, with its default and what it expects.

May import ``cli.secret``. ``cli.read_config`` fills these in from the file and the environment; the rooms get
the values they need from ``cli.run``, never this object.

A setting ``key`` in the table ``table`` is called ``table.key`` in the TOML file and ``ROADIE_TABLE_KEY`` in
the environment. The table ``[guild]`` holds the defaults of the settings that each server can change; they
are declared by the slices, kept as words and checked by the rules that are passed in.
"""

from collections.abc import Callable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import attrs
from attrs import frozen

from cli.secret import Secret

DEFAULT_API_BASE: Final = "https://discord.com/api/v10"


class Duration(float):
    """Seconds, written as ``90``, ``45s``, ``10m``, ``1h 30m`` or ``2d``; 0 means "no limit"."""


AN_HOUR: Final = Duration(3600)
TEN_MINUTES: Final = Duration(600)


def setting(
    default: object, *, expects: str, fits: Callable[[Any], bool] = lambda _: True, shown: bool = True
) -> Any:
    """Declare a setting.

    Args:
        default: its value where nobody says otherwise.
        expects: how the sentence about a bad value goes on after "must be".
        fits: whether a value of the right type is a sensible one.
        shown: whether the value may be seen in a ``repr``.
    """
    return attrs.field(default=default, repr=shown, metadata={"expects": expects, "fits": fits})


@frozen(kw_only=True)
class Bot:
    """How the bot meets Discord."""

    shards: Literal["auto"] | int = setting(
        "auto",
        expects='"auto" or a whole number from 1 on',
        fits=lambda shards: shards == "auto" or shards >= 1,
    )
    status: str = setting("", expects="a text of at most 128 characters", fits=lambda text: len(text) <= 128)


@frozen(kw_only=True)
class Voice:
    """How many processes send sound."""

    nodes: Literal["auto"] | int = setting(
        "auto",
        expects='"auto" or a whole number from 1 on',
        fits=lambda nodes: nodes == "auto" or nodes >= 1,
    )


@frozen(kw_only=True)
class Media:
    """What may be fetched."""

    allow_hosts: tuple[str, ...] = setting((), expects="a list of hosts, host:port, addresses or networks")
    max_download_mb: int = setting(
        500, expects="a whole number of megabytes from 1 on", fits=lambda size: size >= 1
    )
    cookies_file: str = setting("", expects="the path of a cookies file, or nothing")
    extractor_index: str = setting("", expects="the address of a package index, or nothing")
    renew_extractor: bool = setting(True, expects="true or false")
    cache_mb: int = setting(
        2048, expects="a whole number of megabytes, 0 for no cache", fits=lambda size: size >= 0
    )
    cache_tracks_up_to: Duration = setting(  # noqa: RUF009 - it makes an attrs field
        TEN_MINUTES, expects='a time such as "10m"', fits=lambda time: time >= 0
    )


@frozen(kw_only=True)
class Spotify:
    """An application's credentials. Where Spotify allows it, lists are read whole; nothing needs them."""

    client_id: str = setting("", expects="a text, or nothing")
    client_secret: str = setting("", expects="a text, or nothing", shown=False)


@frozen(kw_only=True)
class Limits:
    """What people may ask for."""

    max_duration: Duration = setting(  # noqa: RUF009 - it makes an attrs field
        AN_HOUR, expects='a time such as "1h" or "1h 30m", 0 for no limit', fits=lambda time: time >= 0
    )


@frozen(kw_only=True)
class Logs:
    """What is written down, and for how long it is kept."""

    level: Literal["debug", "info", "warning", "error"] = setting(
        "info", expects='one of "debug", "info", "warning" and "error"'
    )
    days: int = setting(30, expects="a whole number of days from 1 on", fits=lambda days: days >= 1)


TABLES: Final[Mapping[str, type[Any]]] = {
    "bot": Bot,
    "voice": Voice,
    "media": Media,
    "spotify": Spotify,
    "limits": Limits,
    "logs": Logs,
}


@frozen(kw_only=True)
class Config:
    """Everything that the person who runs Roadie decided.

    Attributes:
        token: the bot's, or None: then the sandbox is started.
        api_base: without a slash at its end.
        data: the data folder; it may not exist yet.
        file: the TOML file that was read, or None.
        guild: defaults of the settings per server, in the words a person would type.
    """

    token: Secret | None
    api_base: str = DEFAULT_API_BASE
    data: Path
    file: Path | None = None
    bot: Bot = Bot()
    voice: Voice = Voice()
    media: Media = Media()
    spotify: Spotify = Spotify()
    limits: Limits = Limits()
    logs: Logs = Logs()
    guild: Mapping[str, str] = attrs.field(factory=dict[str, str])

    @property
    def api_is_local(self) -> bool:
        """Whether the API base is ``http://`` on loopback: then voice endpoints are dialled ``ws://``."""
        url = urlsplit(self.api_base)
        return url.scheme == "http" and is_loopback(url.hostname or "")


def is_loopback(host: str) -> bool:
    """Whether a host names this machine and nothing else."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
