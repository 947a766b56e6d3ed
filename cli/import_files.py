"""Reads the files of RustyTunes beside its database: ``.env``, ``emoticons.json`` and ``downloads/``.

May import ``cli.dot_env`` and ``cli.finding``. Nothing is changed. A placeholder such as
``<your-discord-bot-token>`` counts as nothing.

Source: RustyTunes, ``.env.example``, ``src/service/emoticon_service.rs``, ``src/sources/local_player.rs``.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import msgspec
from attrs import frozen

from cli.dot_env import parse_dot_env
from cli.finding import Finding, fail, warn

DATABASE: Final = "database.sqlite"
EMOTICONS: Final = "emoticons.json"
DOWNLOADS: Final = "downloads"
AUDIO: Final = frozenset({".mp3", ".wav", ".flac", ".ogg", ".m4a", ".opus"})
"""What it takes for a song; other files are no part of its library."""


@frozen(kw_only=True)
class EmojiRule:
    """Whoever writes something that matches gets the emoji."""

    pattern: str
    emoji: str


@frozen(kw_only=True)
class _Emoticons:
    rules: tuple[EmojiRule, ...]


def read_environment(folder: Path) -> tuple[Mapping[str, str], tuple[Finding, ...]]:
    """The values of its ``.env``."""
    file = folder / ".env"
    try:
        found = parse_dot_env(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}, (warn(".env", f"there is none in {folder}: no settings are taken over"),)
    except (OSError, ValueError) as error:
        return {}, (fail(".env", f"{file} cannot be read ({_why(error)})"),)
    values = {name: value for name, value in found.values.items() if value and not is_placeholder(value)}
    bad = ", ".join(map(str, found.bad_lines))
    return values, (warn(".env", f"these lines are no KEY=value and are left out: {bad}"),) if bad else ()


def is_placeholder(value: str) -> bool:
    """Whether somebody left the example's text in place of a value."""
    return value.startswith("<") and value.endswith(">")


def database_file(folder: Path, environment: Mapping[str, str]) -> Path:
    """Where its database lies: ``DATABASE_URL``, below its folder where that is no whole path."""
    url = environment.get("DATABASE_URL", DATABASE)
    path = url.removeprefix("sqlite:").removeprefix("//").partition("?")[0]
    return folder / (unquote(path) or DATABASE)


def read_emoticons(
    folder: Path, environment: Mapping[str, str]
) -> tuple[tuple[EmojiRule, ...], tuple[Finding, ...]]:
    """Its rules, in order."""
    file = folder / environment.get("EMOTICONS_CONFIG", EMOTICONS)
    try:
        return msgspec.json.decode(file.read_bytes(), type=_Emoticons).rules, ()
    except FileNotFoundError:
        return (), (warn("emoji rules", f"there is no {file}: none are taken over"),)
    except OSError as error:
        return (), (fail("emoji rules", f"{file} cannot be read ({_why(error)})"),)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return (), (fail("emoji rules", f"{file} is not the JSON that RustyTunes reads ({error})"),)


def list_downloads(folder: Path) -> tuple[tuple[Path, ...], tuple[Finding, ...]]:
    """Its songs by name; links are not followed."""
    try:
        files = sorted(
            one for one in (folder / DOWNLOADS).iterdir() if one.is_file() and not one.is_symlink()
        )
    except FileNotFoundError:
        return (), (warn("library", f"there is no folder {folder / DOWNLOADS}: no files are taken over"),)
    except OSError as error:
        return (), (fail("library", f"{folder / DOWNLOADS} cannot be read ({_why(error)})"),)
    songs = tuple(one for one in files if one.suffix.lower() in AUDIO)
    others = len(files) - len(songs)
    return songs, (warn("library", f"left out, because they are no songs: {others}"),) if others else ()


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
