"""What all scenarios share: one song for the whole session, and a Discord that waits for who is slow.

Three seconds are Discord's limit for an acknowledgement. A machine on which other tests run may take longer,
and a click that nobody acknowledged looks like a fault of the bot. How long it does take is measured by
``tests/bench/clicks``.
"""

from pathlib import Path

import pytest

from tests.patience import PATIENCE_S
from tests.scenarios.chirp import write_chirp


@pytest.fixture(scope="session")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty seconds whose pitch tells the position."""
    return write_chirp(tmp_path_factory.mktemp("song") / "song.ogg", 40.0)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Acknowledgements may take their time, on both sides."""
    monkeypatch.setattr("sandbox.model.interaction.RESPONSE_DEADLINE_S", PATIENCE_S)
    monkeypatch.setattr("actors.rest.ack_line.RESPOND_WITHIN_S", PATIENCE_S)
