"""What all scenarios share: one song for the whole session."""

from pathlib import Path

import pytest

from tests.scenarios.chirp import write_chirp


@pytest.fixture(scope="session")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty seconds whose pitch tells the position."""
    return write_chirp(tmp_path_factory.mktemp("song") / "song.ogg", 40.0)
