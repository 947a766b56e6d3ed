"""A start of the bot: read the configuration, open the log, then hand over to ``cli.run``.

May import everything of ``cli``. What is wrong with the configuration is told on standard error, one sentence
a line, and ends the start with 2; what is merely odd is logged.
"""

import importlib
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import platformdirs

from cli.children import program_folder
from cli.config import Config
from cli.read_config import ConfigError, GuildRules, Loaded, load_config

log = logging.getLogger("roadie")

BAD_CONFIG: Final = 2


def start(run_bot: Callable[[Config], int] | None = None) -> int:
    """Start the bot and wait for its end.

    Args:
        run_bot: what to run; by default ``cli.run.main``, imported once the configuration is good.

    Returns:
        The exit code.
    """
    from cli.logs import open_logs  # noqa: PLC0415 - a refused start needs no log

    try:
        loaded = read()
        make_folder(loaded.config.data)
    except ConfigError as error:
        sys.stderr.writelines(f"{sentence}\n" for sentence in error.sentences)
        return BAD_CONFIG
    config = loaded.config
    hide_from_children(config)
    with open_logs(
        config.data / "logs",
        level=config.logs.level,
        days=config.logs.days,
        secrets=lambda: (config.token(),) if config.token else (),
    ):
        for warning in loaded.warnings:
            log.warning(warning)
        return (run_bot or find_run())(config)


def find_run() -> Callable[[Config], int]:
    """The bot itself. Its world is imported only now."""
    main: Callable[[Config], int] = importlib.import_module("cli.run").main
    return main


def read() -> Loaded:
    """The configuration of this process's environment. Raises ConfigError."""
    default_data = platformdirs.user_data_path("roadie", appauthor=False)
    return load_config(
        os.environ, beside=program_folder(), default_data=default_data, guild_rules=guild_rules()
    )


def guild_rules() -> GuildRules:
    """The settings of servers that the slices declare: their names, and what is wrong with words for them."""
    from cli.slices import guild_rules as rules  # noqa: PLC0415 - the slices are a world of their own

    return rules()


def make_folder(data: Path) -> None:
    """Make the data folder, for its owner alone. Raises ConfigError."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ConfigError(
            f"The data folder {data} cannot be made ({why}): name another one in ROADIE_DATA."
        ) from None


def hide_from_children(config: Config) -> None:
    """Child processes inherit the environment: take the token out and put in how much they shall log."""
    os.environ.pop("DISCORD_TOKEN", None)
    os.environ["ROADIE_LOGS_LEVEL"] = config.logs.level
