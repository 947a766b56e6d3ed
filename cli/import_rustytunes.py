"""``roadie import rustytunes FOLDER``: takes over what another bot of its owner knows.

May import everything. The folder is only read. Everything that is missing or cannot be read is one line; the
rest is taken over all the same, and doing it twice is the same as doing it once. The bot must not run
meanwhile: the lock of the data folder sees to that.
"""

from collections.abc import AsyncGenerator, Iterator, Mapping
from pathlib import Path

import trio
from attrs import frozen

from actors.store.errors import StoreError
from actors.store.lock import hold_lock
from cli import start
from cli.config import Config
from cli.finding import Finding, fail, ok, tell
from cli.import_database import read_database
from cli.import_files import EmojiRule, database_file, list_downloads, read_emoticons, read_environment
from cli.import_settings import add_settings, add_token, idle_of, keywords_of, wanted_of
from cli.import_store import Importer, open_importer
from cli.import_values import Found
from cli.read_config import ConfigError
from gateway_client.ids import GuildId


@frozen(kw_only=True)
class Estate:
    """Everything that was found in the folder; ``guild`` is where what knows none goes."""

    environment: Mapping[str, str]
    database: Found
    rules: tuple[EmojiRule, ...]
    songs: tuple[Path, ...]
    guild: GuildId | None
    findings: tuple[Finding, ...]


def import_rustytunes(folder: Path, guild: int | None, *, check: bool) -> int:
    """Take over, or with ``check`` only say what would be; the exit code."""
    try:
        config = start.read().config
        if not check:
            start.make_folder(config.data)
    except ConfigError as error:
        tell(fail("configuration", sentence) for sentence in error.sentences)
        return start.BAD_CONFIG
    if not folder.is_dir():
        return tell([fail("folder", f"{folder} is no folder: name the one that RustyTunes runs in")])
    busy = in_use(config)
    if busy is not None:
        return tell([busy])
    estate = look_at(folder, guild)
    failed = tell(estate.findings)
    failed |= tell(take_settings(config, estate, write=not check))
    failed |= tell(foresee(estate)) if check else trio.run(take_over, config, estate)
    return failed


def look_at(folder: Path, guild: int | None) -> Estate:
    """Read everything in the folder."""
    environment, env_findings = read_environment(folder)
    rules, rule_findings = read_emoticons(folder, environment)
    songs, song_findings = list_downloads(folder)
    database = read_database(database_file(folder, environment))
    findings = [*env_findings, *rule_findings, *song_findings, *database.findings]
    target = GuildId(guild) if guild else next(iter(database.guilds)) if len(database.guilds) == 1 else None
    if target is None and (songs or database.points):
        findings.append(fail("server", _which(database.guilds)))
    return Estate(
        environment=environment,
        database=database,
        rules=rules,
        songs=songs,
        guild=target,
        findings=tuple(findings),
    )


def _which(guilds: set[GuildId]) -> str:
    known = f"it knows {', '.join(map(str, sorted(guilds)))}" if guilds else "it knows none"
    return (
        f"reputation and files belong to one server, and {known}: name it with --guild ID; they are left out"
    )


def take_settings(config: Config, estate: Estate, *, write: bool) -> Iterator[Finding]:
    """The settings of its ``.env`` and its emoji rules."""
    keywords, wrong = keywords_of(estate.rules)
    yield from wrong
    wanted = [*wanted_of(estate.environment), *([keywords] if keywords else [])]
    yield from add_settings(config, wanted, start.guild_rules(), write=write)
    yield from idle_of(estate.environment)
    if estate.environment:
        yield add_token(config, estate.environment, start.program_folder(), write=write)


def in_use(config: Config) -> Finding | None:
    """What is told where the bot runs: nothing is taken over then."""
    if not config.data.is_dir():
        return None
    try:
        with hold_lock(config.data):
            return None
    except StoreError as error:
        return fail("instance", str(error))


def foresee(estate: Estate) -> Iterator[Finding]:
    """What would be taken over at most; the store stays closed."""
    database = estate.database
    yield ok("volumes", f"{len(database.volumes)} can be taken over")
    yield ok("reminders", f"{len(database.reminders)} can be taken over")
    if estate.guild is not None:
        yield ok("reputation", f"{len(database.points)} can be taken over into {estate.guild}")
        yield ok("library", f"{len(estate.songs)} can be taken over into {estate.guild}")


async def take_over(config: Config, estate: Estate) -> int:
    """Put everything where it belongs; the exit code."""
    failed = 0
    try:
        async with open_importer(config) as importer:
            async for finding in _take(importer, estate):
                failed |= tell([finding])
    except* StoreError as group:
        failed = tell(fail("store", str(error)) for error in group.exceptions)
    return failed


async def _take(importer: Importer, estate: Estate) -> AsyncGenerator[Finding]:
    database, guild = estate.database, estate.guild
    yield await importer.take_volumes(database.volumes)
    yield await importer.take_reminders(database.reminders)
    if guild is None:
        return
    yield await importer.take_points(database.points, guild)
    async for finding in importer.take_files(estate.songs, guild):
        yield finding
