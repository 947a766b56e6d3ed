"""Reading the configuration: TOML file, ``.env`` and environment, the later winning over the earlier.

May import the modules of ``cli`` that it fills or asks. Files are read here and nowhere else; the
environment is an argument.

Rules: a value that does not fit stops the start with one sentence that names the place, and all such places
are named at once; a name that nobody knows is a warning with a guess at what was meant. The token is wrapped
as soon as it is read and no sentence repeats it.
"""

import difflib
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

import attrs
import msgspec
from attrs import define, field, frozen

from cli.config import DEFAULT_API_BASE, TABLES, Config
from cli.dot_env import parse_dot_env
from cli.raw_values import convert, shown, to_words
from cli.secret import Secret

PREFIX: Final = "ROADIE_"
NOT_SETTINGS: Final = frozenset({"ROADIE_DATA", "ROADIE_CONFIG", "ROADIE_ONE_FILE"})

# Setting of a server -> what is wrong with these words, or None. Without rules every name is taken.
GuildRules = Mapping[str, Callable[[str], str | None]]


class ConfigError(Exception):
    """The configuration cannot be used; ``sentences`` say where and why, one line each."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


@frozen(kw_only=True)
class Loaded:
    """A configuration, and what the person should hear about it although it works."""

    config: Config
    warnings: tuple[str, ...]


@define
class Notes:
    """What was found on the way: errors stop the start, warnings do not."""

    errors: list[str] = field(factory=list[str])
    warnings: list[str] = field(factory=list[str])


@frozen(kw_only=True)
class Given:
    """A raw value and where it stands."""

    value: object
    place: str


def load_config(
    environ: Mapping[str, str], *, beside: Path, default_data: Path, guild_rules: GuildRules | None = None
) -> Loaded:
    """Read everything there is to read.

    Args:
        environ: the environment; it wins over the files.
        beside: the folder where ``.env`` may lie, the program's own.
        default_data: the data folder where ``ROADIE_DATA`` names none.
        guild_rules: the settings of a server, as far as they are known.

    Raises:
        ConfigError: something in it cannot be used.
    """
    notes = Notes()
    everything = {**read_dot_env(beside / ".env", notes), **environ}
    data = Path(everything.get("ROADIE_DATA") or default_data).expanduser().absolute()
    file = find_file(everything.get("ROADIE_CONFIG"), data)
    raw = gather(read_toml(file), file, everything, notes)
    tables = {name: read_table(kind, name, raw, notes) for name, kind in TABLES.items()}
    config = Config(
        token=read_token(everything.get("DISCORD_TOKEN", ""), notes),
        api_base=read_api_base(everything.get("DISCORD_API_BASE", ""), notes),
        data=data,
        file=file,
        guild=read_guild(raw.pop("guild", {}), guild_rules, notes),
        **tables,
    )
    if notes.errors:
        raise ConfigError(*notes.errors)
    return Loaded(config=config, warnings=tuple(notes.warnings))


def read_dot_env(path: Path, notes: Notes) -> dict[str, str]:
    """The values of ``.env``, if there is one."""
    try:
        content = parse_dot_env(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error_words(error)}.") from None
    notes.warnings += [
        f"Line {number} of {path} is no KEY=value and was left out." for number in content.bad_lines
    ]
    return content.values


def find_file(named: str | None, data: Path) -> Path | None:
    """The TOML file: the one that is named, else the one in the data folder if it exists."""
    if named:
        return Path(named).expanduser().absolute()
    default = data / "roadie.toml"
    return default if default.exists() else None


def read_toml(file: Path | None) -> dict[str, object]:
    """The file's content. Raises ConfigError where there is none or it is no TOML."""
    if file is None:
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not valid TOML: {error}.") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"The configuration file {file} cannot be read: {error_words(error)}.") from None


def error_words(error: Exception) -> str:
    """What an operating system or decoding error is about, in words."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return "it is not UTF-8 text"


def gather(
    toml: Mapping[str, object], file: Path | None, environ: Mapping[str, str], notes: Notes
) -> dict[str, dict[str, Given]]:
    """Every raw value with its place, by table and key; the environment laid over the file."""
    found: dict[str, dict[str, Given]] = {}
    known = [*TABLES, "guild"]
    for table, content in toml.items():
        if table not in known:
            notes.warnings.append(unknown(f"The table [{table}] in {file}", table, known))
        elif not isinstance(content, dict):
            notes.errors.append(f"{table} in {file} must be a table, written [{table}].")
        else:
            for key, value in cast("dict[str, object]", content).items():
                given = Given(value=value, place=f"{table}.{key} in {file}")
                found.setdefault(table, {})[key] = given
    for name, text in sorted(environ.items()):
        if not name.startswith(PREFIX) or name in NOT_SETTINGS:
            continue
        table, _, key = name.removeprefix(PREFIX).lower().partition("_")
        if table in known and key:
            given = Given(value=text, place=f"the environment variable {name}")
            found.setdefault(table, {})[key] = given
        else:
            notes.warnings.append(unknown(f"The environment variable {name}", table, known))
    return found


def unknown(what: str, name: str, known: list[str]) -> str:
    """The sentence about a name that nobody knows."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"{what} is unknown and was ignored" + (f"; did you mean {close[0]}?" if close else ".")


def read_table(kind: type[Any], name: str, raw: Mapping[str, Mapping[str, Given]], notes: Notes) -> Any:
    """One table's value from what was given for it."""
    fields = {declared.name: declared for declared in attrs.fields(kind)}
    values: dict[str, object] = {}
    for key, given in raw.get(name, {}).items():
        if key not in fields:
            notes.warnings.append(unknown(sentence_start(given.place), key, list(fields)))
            continue
        try:
            value = convert(given.value, fields[key].type)
        except (msgspec.ValidationError, ValueError):
            value = attrs.NOTHING
        if value is attrs.NOTHING or not fields[key].metadata["fits"](value):
            notes.errors.append(bad_value(given, fields[key].metadata["expects"]))
        else:
            values[key] = value
    return kind(**values)


def bad_value(given: Given, expects: str) -> str:
    """The sentence about a value that does not fit."""
    return f"{sentence_start(given.place)} must be {expects}, not {shown(given.value)}."


def sentence_start(place: str) -> str:
    """A place as the first words of a sentence; the name of a setting keeps its case."""
    return place.replace("the ", "The ", 1) if place.startswith("the ") else place


def read_guild(raw: Mapping[str, Given], rules: GuildRules | None, notes: Notes) -> dict[str, str]:
    """The defaults of servers as words, checked where the rules know them."""
    words: dict[str, str] = {}
    for key, given in raw.items():
        if rules is not None and key not in rules:
            notes.warnings.append(unknown(sentence_start(given.place), key, list(rules)))
            continue
        words[key] = to_words(given.value)
        complaint = rules[key](words[key]) if rules is not None else None
        if complaint:
            notes.errors.append(f"{sentence_start(given.place)} does not fit: {complaint}")
    return words


def read_token(text: str, notes: Notes) -> Secret | None:
    """The token, wrapped at once; None if there is none."""
    token = text.strip().removeprefix("Bot ").strip()
    if not token:
        return None
    if not token.isascii() or not token.isprintable() or " " in token:
        notes.errors.append(
            "DISCORD_TOKEN is no token: it must be the one line from the developer portal's page Bot."
        )
        return None
    return Secret(token)


def read_api_base(text: str, notes: Notes) -> str:
    """The API's address without a slash at its end."""
    base = text.strip().rstrip("/") or DEFAULT_API_BASE
    try:
        url = urlsplit(base)
        fits = url.scheme in {"http", "https"} and bool(url.hostname) and (url.port is None or url.port > 0)
    except ValueError:
        fits = False
    if not fits or url.query or url.fragment or url.username:  # pyright: ignore[reportPossiblyUnboundVariable] - fits says so
        notes.errors.append(f"DISCORD_API_BASE must be an address such as {DEFAULT_API_BASE}.")
    return base
