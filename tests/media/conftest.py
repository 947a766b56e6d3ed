"""What the tests of this room share: the room itself, open on a temporary folder."""

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from gateway_client.ids import GuildId
from media.guard import Outside
from media.index import MemoryIndex
from media.room import Media, MediaConfig, open_media

ROOT = Path(__file__).parents[2]
PROBE_ARGV = (
    sys.executable,
    "-c",
    f"import sys; sys.path.insert(0, {str(ROOT)!r}); from media.probe import main; sys.exit(main())",
)

OpenRoom = Callable[..., AbstractAsyncContextManager[Media]]


@pytest.fixture
def open_room(tmp_path: Path) -> OpenRoom:
    """Opens the room; everything that matters to a test is an argument."""

    def open_it(
        *,
        allow_hosts: Sequence[str] = ("127.0.0.1",),
        max_duration_s: float | None = None,
        max_file_bytes: int = 1 << 20,
        probe_argv: Sequence[str] = PROBE_ARGV,
        outside: Outside | None = None,
    ) -> AbstractAsyncContextManager[Media]:
        def limit(guild_id: GuildId) -> float | None:
            return max_duration_s

        config = MediaConfig(
            folder=tmp_path,
            probe_argv=probe_argv,
            allow_hosts=allow_hosts,
            max_duration_s=limit,
            max_file_bytes=max_file_bytes,
            index=MemoryIndex(),
            outside=outside or Outside(),
        )
        return open_media(config)

    return open_it
