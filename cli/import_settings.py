"""Settings that are taken over: which of them there are, and how they get into ``roadie.toml`` and ``.env``.

May import the modules of ``cli`` that read the configuration, and the rules of keywords. A setting that
somebody has made already stays as it is, so taking over twice is the same as once. Lines are added to the
files, nothing in them is changed, and a file is replaced by a whole new one or not at all.

Failure modes: what does not fit is told and left out; a file that cannot be written is told.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, cast

from attrs import frozen

from actors.keywords.rules import parse_rules
from cli.config import Config
from cli.finding import Finding, fail, ok, warn
from cli.import_files import EmojiRule
from cli.raw_values import to_words
from cli.read_config import GuildRules

FILE_NAME: Final = "roadie.toml"
NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "SPOTIFY_CLIENT_ID": ("spotify", "client_id"),
    "SPOTIFY_CLIENT_SECRET": ("spotify", "client_secret"),
    "NORMALIZE_TARGET_LUFS": ("guild", "target_lufs"),
    "NORMALIZE_MAX_GAIN_DB": ("guild", "max_gain_db"),
}
NOT_NEEDED: Final[Mapping[str, str]] = {
    "YOUTUBE_TOKEN": "not needed: YouTube is played without a key",
    "NORMALIZE_MIN_GAIN_DB": "not needed: a loud track is made as quiet as it takes",
}
_NUMBER: Final = re.compile(r"-?\d+(?:\.0*)?")


@frozen(kw_only=True)
class Wanted:
    """A setting and its value, in words; ``secret`` ones are never shown."""

    table: str
    key: str
    words: str

    @property
    def name(self) -> str:
        """As people call it."""
        return f"{self.table}.{self.key}"


def wanted_of(environment: Mapping[str, str]) -> Iterator[Wanted]:
    """The settings of its ``.env`` that have a counterpart here."""
    for name, (table, key) in NAMES.items():
        if name in environment:
            value = environment[name].strip()
            words = value.partition(".")[0] if _NUMBER.fullmatch(value) else value
            yield Wanted(table=table, key=key, words=words)


def idle_of(environment: Mapping[str, str]) -> Iterator[Finding]:
    """The settings of its ``.env`` that nobody needs any more."""
    for name, why in NOT_NEEDED.items():
        if name in environment:
            yield ok(name, why)


def keywords_of(rules: Sequence[EmojiRule]) -> tuple[Wanted | None, list[Finding]]:
    """Its emoji rules as the setting ``keywords``; rules that cannot be written so are told."""
    lines: list[str] = []
    wrong: list[Finding] = []
    for number, rule in enumerate(rules, 1):
        line = f"{rule.pattern} => {rule.emoji.strip()}"
        read = parse_rules(line).used
        same = len(read) == 1 and (read[0].words, read[0].emoji) == (rule.pattern, rule.emoji.strip())
        if same:
            lines.append(line)
        else:
            says = f"rule {number} ({rule.pattern[:60]!r}) cannot be used here and is left out"
            wrong.append(warn("emoji rules", says))
    words = "\n".join(lines)
    return (Wanted(table="guild", key="keywords", words=words) if lines else None), wrong


def add_settings(
    config: Config, wanted: Sequence[Wanted], rules: GuildRules, *, write: bool
) -> Iterator[Finding]:
    """Add to the TOML file what is not there yet."""
    file = config.file or config.data / FILE_NAME
    try:
        text = file.read_text(encoding="utf-8-sig") if file.exists() else ""
        tables = tomllib.loads(text)
    except (OSError, ValueError) as error:
        yield fail("settings", f"{file} cannot be read ({error}): nothing is added to it")
        return
    added: list[str] = []
    for one in wanted:
        found = _judge(one, tables, rules, file)
        if found is None:
            text = insert(text, one)
            added.append(one.name)
        else:
            yield found
    if not added:
        return
    try:
        if write:
            replace(file, text)
        yield ok("settings", f"{', '.join(added)} → {file}")
    except OSError as error:
        yield fail(
            "settings", f"{file} cannot be written ({error.strerror}): {', '.join(added)} not taken over"
        )


def _judge(one: Wanted, tables: Mapping[str, object], rules: GuildRules, file: Path) -> Finding | None:
    """Why a setting is not added; ``None`` if it is."""
    table = tables.get(one.table, {})
    there = cast("dict[str, object]", table).get(one.key) if isinstance(table, dict) else table
    if there is not None:
        same = to_words(there).strip() == one.words
        says = "is taken over already" if same else f"{file} has another value, which stays"
        return ok(one.name, says) if same else warn(one.name, says)
    complaint = rules[one.key](one.words) if one.table == "guild" and one.key in rules else None
    return None if complaint is None else warn(one.name, f"does not fit and is left out: {complaint}")


def insert(text: str, one: Wanted) -> str:
    """The text of a TOML file with one setting more: below its table's header, or in a table at the end."""
    line = f"{one.key} = {to_toml(one.words)}\n"
    header = re.search(rf"^[ \t]*\[[ \t]*{one.table}[ \t]*\][ \t]*(?:#.*)?$\n?", text, re.MULTILINE)
    if header is not None:
        before = text[: header.end()]
        return before + ("" if before.endswith("\n") else "\n") + line + text[header.end() :]
    gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
    return f"{text}{gap}[{one.table}]\n{line}"


def to_toml(words: str) -> str:
    """A string of TOML; several lines are kept as lines where that is possible."""
    printable = all(mark.isprintable() or mark == "\n" for mark in words)
    if "\n" in words and printable and "'''" not in words and not words.endswith("'"):
        return f"'''\n{words}'''"
    return '"' + "".join(map(_escaped, words)) + '"'


def _escaped(mark: str) -> str:
    if mark in '"\\':
        return "\\" + mark
    return mark if mark.isprintable() else f"\\U{ord(mark):08X}"


def add_token(config: Config, environment: Mapping[str, str], folder: Path, *, write: bool) -> Finding:
    """Take the bot's token over into the ``.env`` beside the program; it is never shown."""
    token = environment.get("DISCORD_TOKEN", "").strip()
    file = folder / ".env"
    if not token:
        return warn("DISCORD_TOKEN", "RustyTunes' .env has none: set it in the environment or in .env")
    if not token.isascii() or not token.isprintable() or " " in token:
        return warn("DISCORD_TOKEN", "what RustyTunes' .env has is no token and is left out")
    if config.token is not None:
        same = config.token() == token
        says = "is set already" if same else "another one is set already and stays"
        return ok("DISCORD_TOKEN", says) if same else warn("DISCORD_TOKEN", says)
    try:
        if write:
            text = file.read_text(encoding="utf-8") if file.exists() else ""
            gap = "" if not text or text.endswith("\n") else "\n"
            replace(file, f"{text}{gap}DISCORD_TOKEN={token}\n")
    except (OSError, ValueError) as error:
        return fail("DISCORD_TOKEN", f"{file} cannot be written ({error}): set it in the environment")
    return ok("DISCORD_TOKEN", f"→ {file}; RustyTunes must not run with it any more")


def replace(file: Path, text: str) -> None:
    """Make a file have this text, whole or not at all; only its owner may read it.

    Raises:
        OSError: it cannot be written; nothing has changed.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = file.with_name(file.name + ".new")
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(file)
