"""Sound files, made once for all tests of this room."""

from pathlib import Path

import pytest

from tests.voice.sounds import KINDS, write_sound


@pytest.fixture(scope="session")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Three seconds of the same music as mp3, flac, ogg, m4a, wav and webm."""
    folder = tmp_path_factory.mktemp("sounds")
    return {kind: write_sound(folder / f"music.{kind}", codec, rate) for kind, (codec, rate) in KINDS.items()}
