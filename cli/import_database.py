"""Reads the database of RustyTunes: volumes, reminders and reputation.

May import ``cli.import_values`` and ``cli.finding``. The file is opened for reading alone. Databases of older
releases lack tables or columns; what is there is read. A row that cannot be understood is left out and
counted, and the others are taken.

Facts of its schema: ids are numbers in ``notify_me`` and texts elsewhere; a volume is a factor, and none
means half; moments are texts in RFC 3339, or SQLite's ``CURRENT_TIMESTAMP``, which is in UTC. A reminder for
others begins its note with ``[F:who asked]`` and ``[T:whom,it,concerns]``.

Source: RustyTunes, folder ``migrations`` and ``src/service/notifier_service.rs``.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import quote

from cli.finding import fail, warn
from cli.import_values import Found, Point, Reminder
from gateway_client.ids import ChannelId, GuildId, MessageId, UserId

HIGHEST_ID: Final = 2**63 - 1
VOLUME_PCT: Final = range(1, 501)
ITS_VOLUME: Final = 0.5
"""What it plays at where the column is empty."""
NAMED: Final = 3
"""So many rows that cannot be read are named."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SCHEDULER: Final = re.compile(r"\[F:([^\]]*)\]")
_TARGETS: Final = re.compile(r"\[T:([^\]]*)\]")
_FRACTION: Final = re.compile(r"\.(\d{6})\d+")

Value = TypeVar("Value")


def read_database(file: Path) -> Found:
    """Everything that can be taken over; what is missing or unreadable is in its findings."""
    found = Found()
    if not file.is_file():
        found.findings.append(warn("database", f"there is none at {file}: no volumes, reminders, reputation"))
        return found
    try:
        with closing(_open(file)) as connection:
            found.volumes = dict(_read(connection, found, "guilds", "volumes", _to_volume))
            found.reminders = list(_read(connection, found, "notify_me", "reminders", _to_reminder))
            found.points = list(_read(connection, found, "reputation_logs", "reputation", _to_point))
    except sqlite3.Error as error:
        found.findings.append(
            fail("database", f"{file} cannot be read ({error}): is it RustyTunes' own file?")
        )
    found.guilds = {*found.volumes, *(reminder.guild for reminder in found.reminders)}
    return found


def _open(file: Path) -> sqlite3.Connection:
    """Open for reading alone; a folder that may not be written is no hindrance where nothing waits beside."""
    waits = file.with_name(file.name + "-wal").exists()
    mode = "mode=ro" if waits else "mode=ro&immutable=1"
    connection = sqlite3.connect(f"file:{quote(str(file.absolute()))}?{mode}", uri=True)
    connection.row_factory = sqlite3.Row
    connection.text_factory = _to_text
    return connection


def _to_text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _read(
    connection: sqlite3.Connection,
    found: Found,
    table: str,
    about: str,
    parse: Callable[[sqlite3.Row], Value],
) -> Iterator[Value]:
    """The rows of a table as values, in order."""
    known = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    if connection.execute(known, (table,)).fetchone() is None:
        found.findings.append(warn(about, f"the database has no table {table}: none are taken over"))
        return
    bad: list[str] = []
    for row in connection.execute(f"SELECT rowid AS row_number, * FROM {table} ORDER BY rowid"):  # noqa: S608 - our own names
        try:
            yield parse(row)
        except (ValueError, TypeError, IndexError, OverflowError) as error:
            bad.append(f"row {row['row_number']}: {error}")
    if bad:
        named = "; ".join(bad[:NAMED]) + ("; …" if len(bad) > NAMED else "")
        found.findings.append(
            warn(about, f"left out, because they cannot be understood: {len(bad)} ({named})")
        )


def _to_volume(row: sqlite3.Row) -> tuple[GuildId, int]:
    factor = row["volume"] if row["volume"] is not None else ITS_VOLUME
    volume_pct = round(float(factor) * 100)
    return GuildId(_to_id(row["guild_id"])), min(max(volume_pct, VOLUME_PCT[0]), VOLUME_PCT[-1])


def _to_reminder(row: sqlite3.Row) -> Reminder:
    owner = UserId(_to_id(row["user_id"]))
    note = row["note"] if "note" in row.keys() else None  # noqa: SIM118 - a row is no mapping
    scheduler, targets, words = parse_note(str(note or ""))
    due_at = to_micros(row["notify_at"])
    asked = row["created_at"]
    return Reminder(
        id=int(row["id"]),
        guild=GuildId(_to_id(row["guild_id"])),
        channel=ChannelId(_to_id(row["channel_id"])),
        message=MessageId(_to_id(row["message_id"])) if row["message_id"] else None,
        scheduler=scheduler or owner,
        targets=targets or (owner,),
        note=words,
        asked_at=due_at if asked is None else to_micros(asked),
        due_at=due_at,
    )


def _to_point(row: sqlite3.Row) -> Point:
    points = int(row["rep_value"])
    if points not in {-1, 1}:
        raise ValueError(f"{points} points are neither one more nor one less")
    return Point(
        id=int(row["id"]),
        giver=UserId(_to_id(row["giver_id"])),
        receiver=UserId(_to_id(row["receiver_id"])),
        points=points,
        reason=str(row["reason"] or ""),
        at=to_micros(row["created_at"]),
    )


def parse_note(note: str) -> tuple[UserId | None, tuple[UserId, ...], str]:
    """Who asked, whom it concerns, and the note itself."""
    scheduler: UserId | None = None
    targets: dict[UserId, None] = {}
    found = _SCHEDULER.match(note)
    if found is not None:
        scheduler = next(iter(_to_people(found[1])), None)
        note = note[found.end() :]
    found = _TARGETS.match(note)
    if found is not None:
        targets = dict.fromkeys(_to_people(found[1]))
        note = note[found.end() :]
    return scheduler, tuple(targets), note.strip()


def _to_people(words: str) -> Iterator[UserId]:
    for word in words.split(","):
        if word.isascii() and word.isdecimal() and 0 < int(word) <= HIGHEST_ID:
            yield UserId(int(word))


def _to_id(raw: object) -> int:
    """A snowflake that stands there as a number or a text."""
    number = int(str(raw))
    if not 0 < number <= HIGHEST_ID:
        raise ValueError(f"{number} is no id")
    return number


def to_micros(raw: object) -> int:
    """A moment: RFC 3339 or SQLite's form (UTC where nothing is said), or seconds since 1970.

    Raises:
        ValueError: it is none.
    """
    if isinstance(raw, int | float):
        return int(raw * 1_000_000)
    if not isinstance(raw, str):
        raise ValueError(f"{raw!r} is no moment")  # noqa: TRY004 - one kind of error for a row
    at = datetime.fromisoformat(_FRACTION.sub(r".\1", raw.strip()))
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return (at - _EPOCH) // timedelta(microseconds=1)
