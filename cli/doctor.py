"""``roadie doctor``: looks at this machine and the configuration; each line says ok, warn or fail.

May import everything. A check is a function from the configuration to a finding; it changes nothing that was
not there before, except that the data folder is made, as a start would do.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import Final, Literal

from attrs import frozen

from actors.store.errors import StoreError
from actors.store.lock import hold_lock
from cli.config import Config
from cli.read_config import ConfigError
from cli.start import make_folder, read

Verdict = Literal["ok", "warn", "fail"]

LITTLE_SPACE_MB: Final = 500


@frozen(kw_only=True)
class Finding:
    """What one check found.

    Attributes:
        about: what was looked at, one or two words.
        says: what was found, and after a warning or a failure how to mend it.
    """

    verdict: Verdict
    about: str
    says: str


def examine() -> int:
    """Print every finding; 1 if something fails."""
    findings = list(look())
    for finding in findings:
        print(f"{finding.verdict:<4}  {finding.about:<14} {finding.says}")  # noqa: T201 - this command's answer
    return 1 if any(finding.verdict == "fail" for finding in findings) else 0


def look() -> Iterator[Finding]:
    """Check after check; those that need a configuration are left out where there is none."""
    yield check_python()
    try:
        loaded = read()
    except ConfigError as error:
        yield from (Finding(verdict="fail", about="configuration", says=line) for line in error.sentences)
        return
    yield from (Finding(verdict="warn", about="configuration", says=line) for line in loaded.warnings)
    if not loaded.warnings:
        where = loaded.config.file or "the defaults and the environment"
        yield Finding(verdict="ok", about="configuration", says=f"read from {where}")
    checks: tuple[Callable[[Config], Finding], ...] = (check_token, check_data, check_space, check_instance)
    yield from (check(loaded.config) for check in checks)


def check_python() -> Finding:
    """The interpreter that runs this."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding(verdict="ok", about="Python", says=f"{version} at {sys.executable}")


def check_token(config: Config) -> Finding:
    """Whether there is a token; whether Discord takes it is seen when the bot starts."""
    if config.token is None:
        says = "none: Roadie starts its local Discord; set DISCORD_TOKEN to connect to the real one"
        return Finding(verdict="warn", about="token", says=says)
    return Finding(verdict="ok", about="token", says=f"present, for {config.api_base}")


def check_data(config: Config) -> Finding:
    """Whether the data folder can be written."""
    try:
        make_folder(config.data)
        with tempfile.TemporaryFile(dir=config.data) as file:
            file.write(b"roadie")
            os.fsync(file.fileno())
    except (ConfigError, OSError) as error:
        says = f"{config.data} cannot be written ({error}): free it, or name another folder in ROADIE_DATA"
        return Finding(verdict="fail", about="data folder", says=says)
    return Finding(verdict="ok", about="data folder", says=str(config.data))


def check_space(config: Config) -> Finding:
    """Whether the disk of the data folder has room."""
    try:
        free_mb = shutil.disk_usage(config.data).free // 1_000_000
    except OSError as error:
        return Finding(verdict="fail", about="disk", says=f"cannot be asked for its space: {error}")
    if free_mb < LITTLE_SPACE_MB:
        says = f"{free_mb} MB free at {config.data}: delete something, or name another folder in ROADIE_DATA"
        return Finding(verdict="warn", about="disk", says=says)
    return Finding(verdict="ok", about="disk", says=f"{free_mb} MB free")


def check_instance(config: Config) -> Finding:
    """Whether another Roadie runs on the same data folder."""
    try:
        with hold_lock(config.data):
            return Finding(verdict="ok", about="instance", says="no other Roadie uses this data folder")
    except StoreError as error:
        return Finding(verdict="fail", about="instance", says=str(error))
