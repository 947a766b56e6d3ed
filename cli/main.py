"""The command ``roadie``: reads the command line and starts what was asked for.

May import everything, but at the top only what every start needs: each command and each child process imports
its own world when it is chosen, so that a voice node does not carry a bot.

Exit codes: 0 a good end, 1 a failure that was told, 2 a command line or a configuration that cannot be used.
"""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from cli.version import VERSION

# Child process -> the function that is its life. They are started by the program, not by people.
CHILDREN: Final[Mapping[str, str]] = {
    "voice-node": "voice.node:main",
    "sandbox": "sandbox.__main__:main",
    "probe": "media.probe:main",
    "extractor": "media.extractor.broker:main",
}
WITH_ARGUMENTS: Final = frozenset({"sandbox"})


def main(arguments: list[str] | None = None) -> int:
    """Run a command line.

    Args:
        arguments: without the program's name; by default this process's.

    Returns:
        The exit code.
    """
    given = sys.argv[1:] if arguments is None else arguments
    if given and given[0] in CHILDREN:
        return run_child(given[0], given[1:])
    chosen = build_parser().parse_args(given)
    command: Callable[[argparse.Namespace], int] = chosen.command
    return command(chosen)


def build_parser() -> argparse.ArgumentParser:
    """The command line as people see it."""
    parser = argparse.ArgumentParser(
        prog="roadie",
        description="A self-hosted Discord bot. Without a command it runs: on Discord if DISCORD_TOKEN is "
        "set, otherwise in a local Discord of its own whose address it prints.",
    )
    parser.add_argument("--version", action="version", version=f"roadie {VERSION}")
    parser.set_defaults(command=run)
    commands = parser.add_subparsers(title="commands", metavar="")
    doctor = commands.add_parser(
        "doctor", help="check this machine and the configuration, and say what to mend"
    )
    doctor.set_defaults(command=run_doctor)
    add_imports(commands.add_parser)
    return parser


def add_imports(add_parser: Callable[..., argparse.ArgumentParser]) -> None:
    """``roadie import rustytunes FOLDER``."""
    imports = add_parser("import", help="take over what another bot knows; Roadie must not run")
    sources = imports.add_subparsers(title="from", metavar="", required=True)
    rustytunes = sources.add_parser(
        "rustytunes",
        help="volumes, reminders, reputation, downloads, emoji rules and settings of RustyTunes",
    )
    rustytunes.add_argument("folder", type=Path, help="the folder that RustyTunes runs in; it is only read")
    rustytunes.add_argument(
        "--guild",
        type=guild_id,
        metavar="ID",
        help="the server that gets reputation and downloads; without it the only one that RustyTunes knows",
    )
    rustytunes.add_argument("--check", action="store_true", help="only say what would be taken over")
    rustytunes.set_defaults(command=run_import)


def guild_id(words: str) -> int:
    """The id of a server, as copied in Discord. Raises what argparse expects."""
    if not (words.isascii() and words.isdecimal() and 0 < int(words) < 2**63):
        raise argparse.ArgumentTypeError(f"{words!r} is no id of a server")
    return int(words)


def run(_: argparse.Namespace) -> int:
    """Run the bot until it is told to stop."""
    from cli.start import start  # noqa: PLC0415 - see the module's docstring

    return start()


def run_doctor(_: argparse.Namespace) -> int:
    """Check and say."""
    from cli.doctor import examine  # noqa: PLC0415 - see the module's docstring

    return examine()


def run_import(chosen: argparse.Namespace) -> int:
    """Take over."""
    from cli.import_rustytunes import import_rustytunes  # noqa: PLC0415 - see the module's docstring

    return import_rustytunes(chosen.folder, chosen.guild, check=chosen.check)


def run_child(name: str, arguments: list[str]) -> int:
    """Be one of the child processes; its log lines go to standard error, where the parent collects them."""
    from cli.logs import log_to_parent  # noqa: PLC0415 - see the module's docstring

    if sys.stdin is not None and not sys.stdin.isatty():
        signal.signal(
            signal.SIGINT, signal.SIG_IGN
        )  # Ctrl-C reaches the whole group; the parent says when to end
    log_to_parent(os.environ.get("ROADIE_LOGS_LEVEL", "info"))
    module, _, function = CHILDREN[name].partition(":")
    life: Callable[..., int] = getattr(importlib.import_module(module), function)
    return life(arguments) if name in WITH_ARGUMENTS else life()


if __name__ == "__main__":
    sys.exit(main())
