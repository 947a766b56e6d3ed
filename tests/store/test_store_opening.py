"""Lock, migrations, damage: what a start may find in the data folder."""

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
import trio

from actors.store.errors import (
    DatabaseDamaged,
    DatabaseTooNew,
    FolderInUse,
    FolderNotWritable,
    MigrationFailed,
)
from actors.store.lock import hold_lock
from actors.store.migrate import COPIES_KEPT, Migration, migrate, read_sql
from actors.store.rows import SliceSchema
from actors.store.store import open_store

SHOP = SliceSchema(name="shop", package="tests.store.shop")
ROOT = Path(__file__).parents[2]


async def test_second_instance_is_refused_with_the_pid_of_the_first(tmp_path: Path) -> None:
    async with open_store(tmp_path):
        script = (
            "import sys; from pathlib import Path; from actors.store.lock import hold_lock\n"
            "from actors.store.errors import FolderInUse\n"
            "try:\n    hold_lock(Path(sys.argv[1])).__enter__()\n"
            "except FolderInUse as error: print(error.sentence)"
        )
        command = [sys.executable, "-c", script, str(tmp_path)]
        said = await _say(command)
    assert said.startswith(f"Another Roadie (process {os.getpid()}) already uses the data folder {tmp_path}")
    async with open_store(tmp_path):
        with pytest.raises(FolderInUse):
            hold_lock(tmp_path).__enter__()


async def test_failed_opening_lets_go_of_the_lock(tmp_path: Path) -> None:
    (tmp_path / "roadie.db").write_bytes(b"this is no database, " * 100)
    for _ in range(2):
        with pytest.raises(DatabaseDamaged, match="damaged"):
            async with open_store(tmp_path):
                pytest.fail("opened")
    (tmp_path / "roadie.db").unlink()
    async with open_store(tmp_path):
        pass


async def test_database_with_a_spoiled_page_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "roadie.db"
    async with open_store(tmp_path) as store:
        for key in range(200):
            await store.save("player", key, 1, b"x" * 400)
    content = bytearray(path.read_bytes())
    content[4096 * 8 : 4096 * 12] = os.urandom(4096 * 4)
    path.write_bytes(content)
    with pytest.raises(DatabaseDamaged) as caught:
        async with open_store(tmp_path):
            pytest.fail("opened")
    assert str(tmp_path / "copies") in caught.value.sentence
    assert path.read_bytes() == content


async def test_database_newer_than_the_program_is_refused(tmp_path: Path) -> None:
    async with open_store(tmp_path, schemas=[SHOP]) as store:
        await store.save("player", 1, 1, b"kept")
    with pytest.raises(DatabaseTooNew, match=r"version 2, this program knows 1"):
        async with open_store(tmp_path):
            pytest.fail("opened")
    async with open_store(tmp_path, schemas=[SHOP]) as store:
        assert await store.load("player", 1) is not None


async def test_copy_is_made_before_migrating_and_only_then(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        await store.save("player", 1, 1, b"before")
    async with open_store(tmp_path):
        assert not (tmp_path / "copies").exists()
    async with open_store(tmp_path, schemas=[SHOP]) as store:
        assert await store.execute("shop.add", {"guild": 1, "name": "drum"}) >= 0
    (copy,) = (tmp_path / "copies").iterdir()
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert connection.execute("SELECT data FROM snapshots").fetchall() == [(b"before",)]


def test_only_the_newest_copies_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "roadie.db"
    steps = [Migration(number=n, name=f"{n:04}_t.sql", sql=f"CREATE TABLE t{n} (x)") for n in range(1, 7)]
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for until in range(1, 7):
            migrate(connection, path, steps[:until])
    copies = sorted(file.name[:12] for file in (tmp_path / "copies").iterdir())
    assert copies == ["roadie-v0003", "roadie-v0004", "roadie-v0005"]
    assert len(copies) == COPIES_KEPT


def test_failing_migration_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "roadie.db"
    good = Migration(number=1, name="0001_good.sql", sql="CREATE TABLE a (x); INSERT INTO a VALUES (1)")
    bad = Migration(number=2, name="0002_bad.sql", sql="DELETE FROM a; CREATE TABLE a (y)")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        with pytest.raises(MigrationFailed, match=r"0002_bad\.sql"):
            migrate(connection, path, [good, bad])
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert connection.execute("SELECT x FROM a").fetchall() == [(1,)]


def test_two_slices_with_one_number_are_refused() -> None:
    with pytest.raises(MigrationFailed, match=r"\[1, 2, 2\]"):
        read_sql([SHOP, SHOP])


async def test_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FolderNotWritable, match="cannot be written"):
        async with open_store(tmp_path / "file" / "data"):
            pytest.fail("opened")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs to become another user")
async def test_read_only_folder_is_one_sentence(tmp_path: Path) -> None:
    async with open_store(tmp_path / "data"):
        pass
    script = (
        "import os, sys, trio; from pathlib import Path; from actors.store.store import open_store\n"
        "from actors.store.migrate import read_sql\n"
        "read_sql([])  # the interpreter's own files may be out of reach for the other user\n"
        "os.setuid(65534)\n"
        "async def main():\n"
        "    try:\n        async with open_store(Path(sys.argv[1])): print('opened')\n"
        "    except Exception as error: print(type(error).__name__, error)\n"
        "trio.run(main)"
    )
    for parent in (tmp_path, *tmp_path.parents[:3]):
        parent.chmod(0o755)
    (tmp_path / "data").chmod(0o777)
    (tmp_path / "data" / "roadie.lock").chmod(0o666)
    (tmp_path / "data" / "roadie.db").chmod(0o444)
    command = [sys.executable, "-c", script, str(tmp_path / "data")]
    said = await _say(command)
    assert said.startswith(
        f"FolderNotWritable The database {tmp_path / 'data' / 'roadie.db'} cannot be written"
    )


async def _say(command: list[str]) -> str:
    finished = await trio.run_process(command, cwd=ROOT, capture_stdout=True)
    return finished.stdout.decode()
