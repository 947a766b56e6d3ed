"""Slots on a real disk: what is used, what is kept, what is never tried again."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from media.extractor.failures import FailureKind
from media.extractor.slots import STRIKES, TRUSTED_AFTER, Slots, is_newer

OLD, NEW, NEWER = "2026.11.01+0.8.0", "2026.11.15+0.8.0", "2026.11.15.2+0.8.0"


def open_slots(folder: Path, bundled: str = "2026.10.26") -> Slots:
    slots = Slots(folder / "extractor", lambda: bundled)
    slots.load()
    return slots


def add(slots: Slots, folder: Path, name: str) -> Path:
    prepared = folder / f"prepared-{name}"
    (prepared / "yt_dlp").mkdir(parents=True)
    slots.install(prepared, name)
    assert slots.path is not None
    return slots.path


def trust(slots: Slots) -> None:
    for _ in range(TRUSTED_AFTER):
        slots.worked(slots.path)


def test_versions_are_compared_by_their_numbers() -> None:
    assert is_newer("2026.11.15", "2026.9.30")
    assert is_newer(NEWER, NEW)
    assert is_newer("2026.11.01+0.9.0", "2026.11.01+0.8.10")
    assert not is_newer(OLD, OLD)


def test_nothing_there_means_the_bundled_one(tmp_path: Path) -> None:
    slots = open_slots(tmp_path)
    assert slots.path is None
    assert slots.is_wanted(NEW)
    assert not slots.is_wanted("2026.10.26")
    assert not slots.is_wanted("2025.01.01+0.1")
    assert not slots.is_wanted("../../evil+1")


def test_installed_slot_is_used_and_survives_a_restart(tmp_path: Path) -> None:
    path = add(open_slots(tmp_path), tmp_path, NEW)
    again = open_slots(tmp_path)
    assert again.path == path
    assert not again.is_wanted(NEW)
    assert again.is_wanted(NEWER)


def test_bundled_one_that_is_newer_wins(tmp_path: Path) -> None:
    add(open_slots(tmp_path), tmp_path, OLD)
    upgraded = open_slots(tmp_path, bundled="2026.11.10")
    assert upgraded.path is None
    assert not upgraded.is_wanted(OLD)
    assert upgraded.is_wanted(NEW)


def test_slot_on_trial_is_rolled_back_to_the_last_good_one_and_never_tried_again(tmp_path: Path) -> None:
    slots = open_slots(tmp_path)
    old = add(slots, tmp_path, OLD)
    trust(slots)
    new = add(slots, tmp_path, NEW)
    for _ in range(STRIKES - 1):
        assert not slots.failed(new, FailureKind.OUTDATED)
    assert not slots.failed(old, FailureKind.OUTDATED)
    assert not slots.failed(new, FailureKind.PRIVATE)
    assert slots.failed(new, FailureKind.CRASHED)
    assert slots.path == old
    assert not slots.is_wanted(NEW)
    assert slots.is_wanted(NEWER)
    assert open_slots(tmp_path).path == old


def test_success_between_failures_keeps_the_trial_going(tmp_path: Path) -> None:
    slots = open_slots(tmp_path)
    new = add(slots, tmp_path, NEW)
    for _ in range(STRIKES - 1):
        slots.failed(new, FailureKind.OUTDATED)
    slots.worked(new)
    assert not slots.failed(new, FailureKind.OUTDATED)
    assert slots.path == new


def test_slot_that_proved_itself_is_not_rolled_back_because_a_site_changed(tmp_path: Path) -> None:
    slots = open_slots(tmp_path)
    new = add(slots, tmp_path, NEW)
    trust(slots)
    for _ in range(STRIKES * 2):
        assert not slots.failed(new, FailureKind.OUTDATED)
    assert slots.path == new


def test_slot_that_cannot_be_imported_is_gone_at_once(tmp_path: Path) -> None:
    slots = open_slots(tmp_path)
    old = add(slots, tmp_path, OLD)
    trust(slots)
    new = add(slots, tmp_path, NEW)
    assert slots.broke(new)
    assert slots.path == old
    assert slots.broke(old)
    assert slots.path is None
    assert not slots.broke(None)


def test_restart_deletes_what_nobody_needs(tmp_path: Path) -> None:
    slots = open_slots(tmp_path)
    add(slots, tmp_path, OLD)
    trust(slots)
    add(slots, tmp_path, NEW)
    trust(slots)
    add(slots, tmp_path, NEWER)
    (slots.folder / "incoming-killed").mkdir()
    again = open_slots(tmp_path)
    assert sorted(one.name for one in (again.folder / "slots").iterdir()) == [NEW, NEWER]
    assert not (again.folder / "incoming-killed").exists()


@pytest.mark.parametrize("content", [b"", b"{", b'{"current": 7}', b"\xff"])
def test_unreadable_state_begins_anew(tmp_path: Path, content: bytes) -> None:
    slots = open_slots(tmp_path)
    add(slots, tmp_path, NEW)
    (slots.folder / "state.json").write_bytes(content)
    assert open_slots(tmp_path).path is None


def test_vanished_slot_is_as_if_there_were_none(tmp_path: Path) -> None:
    slots = open_slots(tmp_path)
    path = add(slots, tmp_path, NEW)
    (path / "yt_dlp").rmdir()
    assert slots.path is None
    assert slots.is_wanted(NEW)


def test_check_is_remembered(tmp_path: Path) -> None:
    at = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    open_slots(tmp_path).checked(at)
    assert open_slots(tmp_path).state.checked_at == at
