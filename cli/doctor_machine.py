"""What ``roadie doctor`` looks at on this machine: disk, lock, libraries. Nothing here needs the network.

May import everything. Nothing is changed, except that the data folder is made, as a start would do.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec
from typing import Final

from actors.store.errors import StoreError
from actors.store.lock import hold_lock
from cli.config import Config
from cli.finding import Finding, fail, ok, warn
from cli.read_config import ConfigError
from cli.start import make_folder
from gateway_client.ids import ChannelId, UserId
from media.cache_files import CacheFiles
from media.extractor.runtime import find_runtime
from media.extractor.service import bundled_version
from media.extractor.slots import Slots
from voice.dave import MAX_PROTOCOL_VERSION
from voice.dave_library import DaveLibrary, new_library

LITTLE_SPACE_MB: Final = 500
RUNTIME_WITHIN_S: Final = 2.0


def look_at_machine(config: Config) -> Iterator[Finding]:
    """Check after check."""
    yield check_data(config)
    yield check_space(config)
    yield check_instance(config)
    yield check_encryption()
    yield from check_extractor(config)
    yield check_runtime()


def check_python() -> Finding:
    """The interpreter that runs this."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    return ok("Python", f"{version} at {sys.executable}")


def check_data(config: Config) -> Finding:
    """Whether the data folder can be written."""
    try:
        make_folder(config.data)
        with tempfile.TemporaryFile(dir=config.data) as file:
            file.write(b"roadie")
            os.fsync(file.fileno())
    except (ConfigError, OSError) as error:
        says = f"{config.data} cannot be written ({error}): free it, or name another folder in ROADIE_DATA"
        return fail("data folder", says)
    return ok("data folder", str(config.data))


def check_space(config: Config) -> Finding:
    """Whether the disk of the data folder has room."""
    try:
        free_mb = shutil.disk_usage(config.data).free // 1_000_000
    except OSError as error:
        return fail("disk", f"cannot be asked for its space: {error}")
    if free_mb < LITTLE_SPACE_MB:
        says = f"{free_mb} MB free at {config.data}: delete something, or name another folder in ROADIE_DATA"
        return warn("disk", f"{says} ({_cache(config)})")
    return ok("disk", f"{free_mb} MB free, {_cache(config)}")


def _cache(config: Config) -> str:
    most_mb = config.media.cache_mb
    stock = CacheFiles(config.data / "cache", most_mb << 20).stock()
    return f"the cache takes {stock.bytes >> 20} of {most_mb} MB with {stock.tracks} tracks"


def check_instance(config: Config) -> Finding:
    """Whether another Roadie runs on the same data folder."""
    try:
        with hold_lock(config.data):
            return ok("instance", "no other Roadie uses this data folder")
    except StoreError as error:
        return fail("instance", str(error))


def check_encryption() -> Finding:
    """Whether a library of end-to-end encryption loads and makes a key package."""
    try:
        library = new_library(UserId(1), ChannelId(2))
        package = library.begin(MAX_PROTOCOL_VERSION, None)
    except ImportError as error:
        mend = "install dave.py again (`./roadie` does), or davey; voice channels refuse a bot without it"
        return fail("encryption", f"no library loads ({error}): {mend}")
    name = "dave.py" if isinstance(library, DaveLibrary) else "davey"
    if not package:
        return fail("encryption", f"{name} makes no keys: install it again (`./roadie` does)")
    return ok("encryption", f"{name} {_version(name)}, end-to-end protocol version {MAX_PROTOCOL_VERSION}")


def check_extractor(config: Config) -> Iterator[Finding]:
    """Which yt-dlp is used, and whether its solver is there."""
    slots = Slots(config.data / "extractor", bundled_version)
    slots.read()
    if slots.path is not None:
        yield ok("yt-dlp", f"{slots.path.name.partition('+')[0]}, renewed ({slots.path})")
        yield ok("yt-dlp-ejs", slots.path.name.partition("+")[2] or "part of yt-dlp")
        return
    if find_spec("yt_dlp") is None:
        yield fail("yt-dlp", "is missing: run `./roadie` once, which installs it")
        return
    yield ok("yt-dlp", f"{bundled_version()}, came with this program")
    if find_spec("yt_dlp_ejs") is None:
        yield warn("yt-dlp-ejs", "is missing, so YouTube may refuse: run `./roadie` once, which installs it")
    else:
        yield ok("yt-dlp-ejs", _version("yt-dlp-ejs"))


def check_runtime() -> Finding:
    """Whether the JavaScript runtime is there and starts."""
    file = find_runtime()
    mend = "`./roadie` installs Deno, `./build --with-js` puts it into the one file"
    if file is None:
        return warn(
            "JavaScript", f"no runtime is there, so YouTube may refuse: {mend}, or install Deno yourself"
        )
    try:
        said = subprocess.run(  # noqa: S603 - the runtime that questions to sites are given
            [str(file), "--version"], capture_output=True, text=True, timeout=RUNTIME_WITHIN_S, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return warn("JavaScript", f"{file} does not start ({type(error).__name__}): {mend}")
    first = said.splitlines()[0] if said else "deno"
    return ok("JavaScript", f"{first} at {file}")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "of unknown version"
