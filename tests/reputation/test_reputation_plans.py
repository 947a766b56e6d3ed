"""Every question to the tables of reputation and reminders is answered by an index, whatever their size."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from actors.store.database import open_database
from actors.store.migrate import read_sql
from cli.slices import SCHEMAS

SLICES = ("reputation.", "reminders.")
SQL = read_sql(SCHEMAS)
NAMES = sorted(name for name in SQL.statements if name.startswith(SLICES))
SORTS_A_PERSONS_ROWS = {"reminders.of_person"}


class Anything(dict[str, int | str]):
    """A value for every parameter."""

    def __missing__(self, name: str) -> int:
        return 1


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(open_database(Path(":memory:"), SQL)) as opened:
        yield opened


def plan(connection: sqlite3.Connection, name: str) -> list[str]:
    rows = connection.execute(f"EXPLAIN QUERY PLAN {SQL.statements[name]}", Anything())
    return [str(row[3]) for row in rows]


@pytest.mark.parametrize("name", NAMES)
def test_no_table_is_read_from_end_to_end(connection: sqlite3.Connection, name: str) -> None:
    for step in plan(connection, name):
        if step.startswith(("SCAN", "SEARCH")):
            assert "INDEX" in step or "PRIMARY KEY" in step, step
        assert name in SORTS_A_PERSONS_ROWS or "TEMP B-TREE" not in step


def test_the_check_would_see_a_scan(connection: sqlite3.Connection) -> None:
    (step,) = [
        row[3] for row in connection.execute("EXPLAIN QUERY PLAN SELECT * FROM reputation WHERE reason = ''")
    ]
    assert step.startswith("SCAN")
    assert "INDEX" not in step


def test_database_with_rows_passes_the_check_of_a_start(connection: sqlite3.Connection) -> None:
    params = Anything(points=1)
    connection.execute(SQL.statements["reputation.give"], params)
    connection.execute(SQL.statements["reminders.import"], Anything(targets="[2, 3]", origin="x"))
    connection.execute(SQL.statements["reminders.set_zone"], params)
    assert connection.execute("SELECT count(*) FROM reminder_people").fetchone() == (3,)
    assert connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
