"""``roadie import rustytunes``: everything is taken over once, told, and nothing of theirs is changed."""

import os
import sqlite3
import tomllib
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.store.lock import hold_lock
from cli.import_database import parse_note, read_database, to_micros
from cli.import_files import EmojiRule, database_file
from cli.import_settings import Wanted, insert, keywords_of, to_toml
from cli.main import main
from tests.cli.rusty_home import ADA, AWAY, BEN, CLEO, HOME, SECRET, TOKEN, build_home


@pytest.fixture(autouse=True)
def own_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith(("ROADIE_", "DISCORD_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ROADIE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("cli.start.program_folder", lambda: tmp_path)


def picture(folder: Path) -> Mapping[str, bytes]:
    return {str(file): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def rows(data: Path, sql: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(data / "roadie.db")) as database:
        return database.execute(sql).fetchall()


def micros(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp() * 1_000_000)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["import", "rustytunes", *arguments])
    caught = capsys.readouterr()
    assert TOKEN not in caught.out + caught.err
    assert SECRET not in caught.out + caught.err
    return code, caught.out


def test_everything_is_taken_over_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home, data = build_home(tmp_path / "rusty"), tmp_path / "data"
    theirs = picture(home)
    code, out = run(capsys, str(home))
    assert code == 0, out
    for part in (
        "warn  library        left out, because they are no songs: 1",
        "warn  reputation     left out, because they cannot be understood: 2 (row 3: invalid literal",
        "warn  emoji rules    rule 2 ('a => b') cannot be used here",
        "warn  emoji rules    rule 4 ('(') cannot be used here",
        "ok    settings       spotify.client_id, spotify.client_secret, guild.target_lufs, guild.keywords →",
        "ok    NORMALIZE_MIN_GAIN_DB not needed",
        "ok    DISCORD_TOKEN  → ",
        "ok    volumes        1 taken over",
        "ok    reminders      3 taken over",
        "ok    reputation     2 taken over",
        "warn  library        broken.mp3 is left out: there is no sound in it.",
        "ok    library        1 taken over\n",
    ):
        assert part in out, part
    check_rows(data)
    check_files(tmp_path, data)
    before = picture(data / "library"), (data / "roadie.toml").read_bytes(), (tmp_path / ".env").read_bytes()
    code, out = run(capsys, str(home), "--guild", str(HOME))
    assert code == 0, out
    for part in (
        "reminders      0 taken over, 3 were there already",
        "reputation     0 taken over, 2 were",
        "library        0 taken over, 1 were",
    ):
        assert part in out
    for part in (
        "guild.keywords is taken over already",
        "DISCORD_TOKEN  is set already",
        "volumes        0 taken",
    ):
        assert part in out
    check_rows(data)
    after = picture(data / "library"), (data / "roadie.toml").read_bytes(), (tmp_path / ".env").read_bytes()
    assert before == after
    assert picture(home) == theirs


def check_rows(data: Path) -> None:
    reminders = rows(
        data,
        "SELECT channel, message, scheduler, targets, note, asked_at, due_at FROM reminders ORDER BY due_at",
    )
    first, second, third = reminders
    assert first[:5] == (200, 700, ADA, f"[{ADA}]", "water the plants")
    assert first[5:] == (micros(2026, 11, 20, 8) + 123456, micros(2030, 1, 1, 8))
    assert second[:5] == (200, None, BEN, f"[{ADA},{CLEO}]", "party [late]")
    assert second[5:] == (micros(2026, 11, 20, 8), micros(2030, 6, 1, 12) + 500_000)
    assert third[:5] == (200, None, ADA, f"[{ADA}]", "")
    points = rows(data, "SELECT guild, giver, receiver, points, reason FROM reputation ORDER BY id")
    assert points == [(HOME, ADA, BEN, 1, "helped"), (HOME, BEN, ADA, -1, "late")]
    ((player,),) = rows(data, "SELECT data FROM snapshots WHERE kind = 'player'")
    assert b'"volume_pct":35' in (player if isinstance(player, bytes) else b"")


def check_files(tmp_path: Path, data: Path) -> None:
    assert [one.name for one in (data / "library" / str(HOME)).iterdir()] == ["sea shanty.ogg"]
    config = tomllib.loads((data / "roadie.toml").read_text(encoding="utf-8"))
    assert config["spotify"] == {"client_id": "abc123", "client_secret": SECRET}
    assert config["guild"]["target_lufs"] == "-12"
    lines = config["guild"]["keywords"].splitlines()
    assert lines == [r"(?i)\bok(ay)?\b => 👌", "(?i)crab''' => <:ferris:81384788765712999>"]
    assert (tmp_path / ".env").read_text() == f"DISCORD_TOKEN={TOKEN}\n"
    for secret in (data / "roadie.toml", tmp_path / ".env"):
        assert secret.stat().st_mode & 0o077 == 0


def test_what_fired_or_was_removed_since_does_not_come_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, data = build_home(tmp_path / "rusty"), tmp_path / "data"
    run(capsys, str(home))
    with closing(sqlite3.connect(data / "roadie.db")) as database:
        database.execute("DELETE FROM reminders")
        database.commit()
    (data / "library" / str(HOME) / "sea shanty.ogg").unlink()
    code, _ = run(capsys, str(home))
    assert code == 0
    assert rows(data, "SELECT * FROM reminders") == []
    assert list((data / "library" / str(HOME)).iterdir()) == []


def test_check_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = build_home(tmp_path / "rusty")
    before = picture(tmp_path)
    code, out = run(capsys, str(home), "--check")
    assert code == 0
    assert "reminders      3 can be taken over" in out
    assert f"reputation     2 can be taken over into {HOME}" in out
    assert "guild.keywords →" in out
    assert picture(tmp_path) == before
    assert not (tmp_path / "data").exists()


def test_running_bot_is_one_sentence_and_nothing_is_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = build_home(tmp_path / "rusty", songs=False)
    with hold_lock(tmp_path / "data"):
        for more in ((), ("--check",)):
            code, out = run(capsys, str(home), *more)
            assert code == 1
            assert len(out.splitlines()) == 1
            assert "Another Roadie" in out
    assert not (tmp_path / ".env").exists()


def test_several_servers_need_one_to_be_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = build_home(tmp_path / "rusty", songs=False)
    with closing(sqlite3.connect(home / "database.sqlite")) as database:
        database.execute("INSERT INTO guilds VALUES (?, NULL)", (str(AWAY),))
        database.commit()
    code, out = run(capsys, str(home))
    assert code == 1
    assert f"it knows {HOME}, {AWAY}: name it with --guild ID" in out
    assert "volumes        2 taken over" in out
    assert rows(tmp_path / "data", "SELECT * FROM reputation") == []
    code, out = run(capsys, str(home), "--guild", str(AWAY))
    assert code == 0
    assert rows(tmp_path / "data", "SELECT DISTINCT guild FROM reputation") == [(AWAY,)]


def test_everything_that_is_missing_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    code, out = run(capsys, str(empty))
    assert code == 0
    for part in (
        ".env           there is none",
        "emoji rules    there is no",
        "library        there is no folder",
    ):
        assert part in out
    assert "database       there is none" in out
    code, out = run(capsys, str(tmp_path / "nowhere"))
    assert (code, len(out.splitlines())) == (1, 1)
    assert "is no folder" in out


def test_what_cannot_be_read_is_told_and_the_rest_is_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = build_home(tmp_path / "rusty", songs=False)
    (home / "database.sqlite").write_bytes(b"not a database, but long enough to be looked at" * 50)
    (home / "emoticons.json").write_text('{"rules": [{"pattern": 1}]}')
    (home / ".env").write_text(
        "NORMALIZE_TARGET_LUFS=loud\nnonsense\nDISCORD_TOKEN=two words\nSPOTIFY_CLIENT_ID=x\n"
    )
    code, out = run(capsys, str(home))
    assert code == 1
    for part in (
        "fail  database ",
        "fail  emoji rules ",
        "lines are no KEY=value and are left out: 2",
        "warn  guild.target_lufs does not fit",
        "is no token and is left out",
        "spotify.client_id →",
    ):
        assert part in out, part


def test_own_settings_stay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home, data = build_home(tmp_path / "rusty", songs=False), tmp_path / "data"
    data.mkdir()
    mine = '# mine\n[guild] # of all\nkeywords = "x => 👍"\n\n[spotify]\nclient_id = "mine"'
    (data / "roadie.toml").write_text(mine)
    (tmp_path / ".env").write_text("DISCORD_TOKEN=another.token.of.mine\n")
    code, out = run(capsys, str(home))
    assert code == 0
    for name in ("guild.keywords", "spotify.client_id"):
        assert f"warn  {name}" in out
    assert "another one is set already and stays" in out
    text = (data / "roadie.toml").read_text()
    assert set(mine.splitlines()) < set(text.splitlines())
    config = tomllib.loads(text)
    assert config["guild"] == {"keywords": "x => 👍", "target_lufs": "-12"}
    assert config["spotify"] == {"client_id": "mine", "client_secret": SECRET}
    assert "another.token.of.mine" in (tmp_path / ".env").read_text()


def test_first_release_of_the_database_is_read_too(tmp_path: Path) -> None:
    file = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(file)) as database:
        columns = "id INTEGER PRIMARY KEY, guild_id, channel_id, user_id, message_id, created_at, notify_at"
        database.execute(f"CREATE TABLE notify_me ({columns})")
        when = "2030-01-01 00:00:00"
        database.execute("INSERT INTO notify_me VALUES (1, 5, 6, 7, 8, ?, ?)", (when, when))
        database.execute("INSERT INTO notify_me VALUES (2, 5, 6, 7, 8, ?, 'soon')", (when,))
        database.execute("INSERT INTO notify_me VALUES (3, -5, 6, 7, 8, ?, ?)", (when, when))
        database.commit()
    found = read_database(file)
    (reminder,) = found.reminders
    assert (reminder.guild, reminder.message, reminder.note) == (5, 8, "")
    told = [finding.says for finding in found.findings]
    assert sum("no table" in line for line in told) == 2
    assert any("understood: 2" in line and "row 2" in line for line in told)


@pytest.mark.parametrize(
    ("note", "read"),
    [
        ("milk", (None, (), "milk")),
        ("[F:5][T:6,7,6]milk", (5, (6, 7), "milk")),
        ("[T:6] milk", (None, (6,), "milk")),
        ("[F:x][T:,y,0,7]", (None, (7,), "")),
        ("[F:5 milk", (None, (), "[F:5 milk")),
        ("say [F:5]", (None, (), "say [F:5]")),
    ],
)
def test_markers_in_a_note(note: str, read: object) -> None:
    assert parse_note(note) == read


@given(st.text() | st.integers() | st.none() | st.binary())
@settings(max_examples=60)
def test_no_moment_but_value_errors(raw: object) -> None:
    with suppress(ValueError, OverflowError):
        assert isinstance(to_micros(raw), int)


@given(st.text(max_size=40) | st.text("a'\\\"\n", max_size=8))
@settings(max_examples=80)
def test_every_text_survives_toml(words: str) -> None:
    one = Wanted(table="guild", key="keywords", words=words)
    for text in ("", "[guild]", "[ guild ] # x\na = 1\n[spotify]\nb = 2\n", "[spotify]\nb = 2"):
        assert tomllib.loads(insert(text, one))["guild"]["keywords"] == words
    assert to_toml("a\nb").startswith("'''")


def test_rules_that_would_read_differently_are_left_out() -> None:
    rules = [
        EmojiRule(pattern="ok", emoji=" 👌 "),
        EmojiRule(pattern=" ok", emoji="👌"),
        EmojiRule(pattern="x", emoji="y"),
    ]
    wanted, wrong = keywords_of(rules)
    assert wanted is not None
    assert wanted.words == "ok => 👌"
    assert len(wrong) == 2
    assert keywords_of([]) == (None, [])


@pytest.mark.parametrize(
    ("url", "file"),
    [
        (None, "home/database.sqlite"),
        ("sqlite:data.db", "home/data.db"),
        ("sqlite://my%20data.db?mode=rwc", "home/my data.db"),
        ("sqlite:///srv/x.db", "/srv/x.db"),
    ],
)
def test_database_lies_where_the_address_says(url: str | None, file: str) -> None:
    environment = {} if url is None else {"DATABASE_URL": url}
    assert database_file(Path("home"), environment) == Path(file)


@pytest.mark.parametrize("guild", ["0", "-1", "x", "9" * 30])
def test_bad_server_ends_with_2(guild: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["import", "rustytunes", str(tmp_path), "--guild", guild])
    assert ended.value.code == 2
