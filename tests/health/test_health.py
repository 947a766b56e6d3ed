"""How the bot is doing: what is shown stays within limits, the actor answers, and the measures are right."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trio
from attrs import define, evolve, field

from actors.core.address import Address
from actors.core.cell import Context
from actors.core.health import (
    Brief,
    CacheHealth,
    Diagnosis,
    ExtractorHealth,
    MailboxHealth,
    ProcessHealth,
    RestHealth,
    ShardHealth,
    Spread,
    StoreHealth,
    Trouble,
    VoiceHealth,
)
from actors.core.mailbox import Mailbox
from actors.core.texts import Say
from actors.core.work import Stage
from actors.health.actor import HealthActor
from actors.health.commands import DIAGNOSE, STATUS
from actors.health.messages import Diagnosed, ShowDiagnosis, ShowStatus
from actors.health.view import view_diagnosis, view_span, view_status
from actors.rest.payloads import Message
from cli.health_measures import KINDS, LAG_INTERVAL_S, LagMeter, TimedStore, Times, watch_troubles
from cli.health_processes import look_at_processes
from cli.slices import catalogue
from gateway_client.ids import GuildId, UserId
from tests.core.fakes import ALICE, EPOCH, GUILD, Outside, envelope, reply_of
from tests.store.fakes import MemoryStore

SAY = catalogue().speaker()
SHARD = ShardHealth(shard_id=0, phase="live", latency_ms=41.7)
BRIEF = Brief(
    version="1.2.3",
    uptime_s=93_784,
    shards=(SHARD,),
    calls=2,
    playing="A *song*",
    extractor="2026.11.1",
    guilds=3,
)
NOTHING = Diagnosis(
    brief=evolve(BRIEF, shards=(), playing=None, extractor=None, guilds=None),
    lag=None,
    actors=0,
    mailboxes=(),
    session_starts=None,
    rest=RestHealth(waiting=0, in_flight=0, buckets=0, closed=0, closed_s=0, invalid=0, invalid_most=2000),
    voice=VoiceHealth(nodes=0, calls=0, restarts=0),
    extractor=None,
    store=StoreHealth(size_mb=0, commits=None),
    cache=CacheHealth(tracks=0, size_mb=0, most_mb=0, found=0, asked=0),
    processes=(),
    troubles=(),
)
TROUBLE = Trouble(kind="a.room: `" + "w" * 300, is_error=True, count=10**9, last_at=EPOCH)
ALL = Diagnosis(
    brief=evolve(BRIEF, shards=tuple(evolve(SHARD, shard_id=number) for number in range(500))),
    lag=Spread(count=1200, p50_ms=0.1, p99_ms=3.25, max_ms=812.5),
    actors=1,
    mailboxes=tuple(MailboxHealth(address=Address("player", GUILD << 50), depth=n) for n in range(50)),
    session_starts=(990, 1000),
    rest=RestHealth(
        waiting=3, in_flight=2, buckets=40, closed=2, closed_s=12.34, invalid=17, invalid_most=2000
    ),
    voice=VoiceHealth(nodes=2, calls=9, restarts=1),
    extractor=ExtractorHealth(
        version="2026.11.1+0.4",
        bundled=False,
        proven=False,
        refused=2,
        checked_at=EPOCH,
        renewal="up_to_date",
        runtime=False,
    ),
    store=StoreHealth(size_mb=12.34, commits=Spread(count=1, p50_ms=4, p99_ms=4, max_ms=4)),
    cache=CacheHealth(tracks=12, size_mb=340.25, most_mb=2048, found=5, asked=9),
    processes=tuple(ProcessHealth(name="voice-node", pid=n, memory_mb=None) for n in range(99)),
    troubles=(TROUBLE,) * 40,
)


def text_of(message: Message) -> str:
    (embed,) = message.embeds
    parts = [embed.title, embed.description, *(f"{field.name}: {field.value}" for field in embed.fields)]
    return "\n".join(part or "" for part in parts)


@pytest.mark.parametrize("language", ["en", "cs"])
@pytest.mark.parametrize("diagnosis", [NOTHING, ALL])
def test_diagnosis_fits_whatever_there_is(language: str, diagnosis: Diagnosis) -> None:
    shown = text_of(view_diagnosis(diagnosis, catalogue().speaker(language)))
    assert "health." not in shown
    assert len(shown) < 6000


def test_diagnosis_says_everything() -> None:
    shown = text_of(view_diagnosis(ALL, SAY))
    for part in (
        "half below 0.1 ms, 99 % below 3.2 ms, at most 812.5 ms (1200 measured)",
        "1 actor is alive",
        "Tracks: 12, 340.2 of 2048 MB; played from it: 5 of 9",
        "#9 `live` 42 ms",
        "… and 490 more",
        "990 of 1000",
        "Waiting: 3, under way: 2",
        "known: 40, closed now: 2",
        "17; I stop at 2000",
        "open again in 12.3 s",
        "Processes: 2, calls: 9, restarts: 1",
        "`2026.11.1+0.4` · renewed, on trial",
        "2 newer versions were found wanting",
        "(up_to_date)",
        "JavaScript runtime: missing",
        "12.3 MB on the disk",
        "… and 91 more",
        "❌ 1000000000× `a.room: 'www",
    ):
        assert part in shown, part


def test_status_shows_the_number_of_servers_only_where_it_was_told() -> None:
    assert "Servers: 3" in text_of(view_status(BRIEF, SAY))
    others = text_of(view_status(evolve(BRIEF, guilds=None), SAY))
    assert "Servers" not in others
    for part in ("`1.2.3`", "1 d 2 h", "42 ms", "A \\*song\\*", "`2026.11.1`"):
        assert part in others
    silent = text_of(view_status(NOTHING.brief, SAY))
    assert "Nothing. `play`" in silent
    assert "not known yet" in silent


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (61, "1 min 1 s"), (3600, "1 h 0 min"), (90_000, "1 d 1 h"), (-5, "0 s")],
)
def test_span_has_its_two_largest_units(seconds: float, words: str) -> None:
    assert view_span(seconds) == words


def speak(guild_id: GuildId) -> Say:
    return SAY


@define(eq=False)
class FakeHealth:
    """Knows everything after a second."""

    asked: list[tuple[GuildId, UserId]] = field(factory=list[tuple[GuildId, UserId]])

    def brief(self, guild_id: GuildId, asker: UserId) -> Brief:
        self.asked.append((guild_id, asker))
        return BRIEF

    async def diagnose(self, guild_id: GuildId, asker: UserId) -> Diagnosis:
        await trio.sleep(1)
        return evolve(NOTHING, brief=self.brief(guild_id, asker))


async def test_actor_answers_at_once_or_when_everything_is_gathered(
    nursery: trio.Nursery, autojump_clock: trio.abc.Clock
) -> None:
    health, mailbox = FakeHealth(), Mailbox()
    ports = evolve(Outside(nursery).ports(), say_in=speak)
    actor = HealthActor(Context(Address("health", GUILD), ports, mailbox, nursery), health)
    status, diagnosis = envelope(ShowStatus()), envelope(ShowDiagnosis())
    await actor.handle(status)
    assert "Status" in text_of(reply_of(status).said[0])
    await actor.handle(diagnosis)
    assert diagnosis.work.detached
    fact = await mailbox.take()
    while fact is None:
        fact = await mailbox.take()
    assert isinstance(fact.message, Diagnosed)
    await actor.observe(fact.message)
    assert "Diagnosis" in text_of(reply_of(diagnosis).said[0])
    assert diagnosis.work.stage is Stage.DONE
    assert health.asked == [(GUILD, ALICE)] * 2
    with pytest.raises(TypeError):
        await actor.handle(envelope("nonsense"))
    with pytest.raises(TypeError):
        await actor.observe("nonsense")


def test_commands_act_at_once_and_answer_privately() -> None:
    assert STATUS.ephemeral
    assert STATUS.control
    assert DIAGNOSE.ephemeral
    assert DIAGNOSE.rule.value == "bot owner"


def test_times_keep_the_last_and_say_how_they_are_spread() -> None:
    times = Times()
    assert times.spread() is None
    for number in range(2000):
        times.add(number / 1000)
    spread = times.spread()
    assert spread is not None
    assert (spread.count, spread.p50_ms, spread.p99_ms, spread.max_ms) == (1200, 1399, 1987, 1999)


async def test_lag_is_how_late_the_loop_wakes_up(
    nursery: trio.Nursery, autojump_clock: trio.testing.MockClock
) -> None:
    meter = LagMeter()
    nursery.start_soon(meter.run)
    await trio.sleep(LAG_INTERVAL_S * 10.5)
    autojump_clock.jump(LAG_INTERVAL_S)  # as if something had held the loop for that long
    await trio.testing.wait_all_tasks_blocked()
    spread = meter.times.spread()
    assert spread is not None
    assert (spread.count, spread.p50_ms) == (11, 0)
    assert spread.max_ms == pytest.approx(LAG_INTERVAL_S * 500)


async def test_store_is_timed_where_it_writes() -> None:
    moments: Iterator[float] = iter([0.0, 0.004, 1.0, 1.008])
    timed = TimedStore(MemoryStore(), lambda: next(moments))
    await timed.save("player", 1, 1, b"{}")
    assert (await timed.load_all("player"))[0].data == b"{}"
    await timed.quarantine("player", 1, "why")
    assert len(await timed.load_quarantined()) == 1
    await timed.save("player", 1, 1, b"{}")
    spread = timed.commits.spread()
    assert spread is not None
    assert (spread.count, spread.p50_ms, spread.max_ms) == pytest.approx((2, 4, 8))


def test_troubles_are_counted_by_kind_without_secrets() -> None:
    log = logging.getLogger("room.of.tests")
    with watch_troubles(lambda: ("hush-hush",)) as counter:
        for number in range(3):
            log.warning("call %d of %s is lost", number, "hush-hush")
        log.info("nothing to see")
        try:
            int("no number at all")
        except ValueError:
            log.exception("a step\nfailed")
    log.error("too late")
    failed, lost = counter.troubles()
    assert (lost.kind, lost.count, lost.is_error) == ("room.of.tests: call # of ••• is lost", 3, False)
    assert (failed.kind, failed.is_error) == ("room.of.tests: a step\\nfailed (ValueError)", True)
    assert datetime.now(UTC) - failed.last_at < timedelta(minutes=1)


def test_only_the_latest_kinds_of_trouble_are_kept() -> None:
    log = logging.getLogger("room.of.tests")
    with watch_troubles(tuple) as counter:
        for number in range(KINDS + 5):
            log.warning("kind %s", chr(ord("a") + number % 26) * (1 + number // 26))
    assert len(counter.troubles()) == KINDS


def process(proc: Path, pid: int, parent: int, *words: str) -> None:
    folder = proc / str(pid)
    folder.mkdir(parents=True)
    (folder / "stat").write_text(f"{pid} (odd) name) S {parent} 0 0")
    (folder / "statm").write_text("9999 1000 1")
    (folder / "cmdline").write_bytes("\0".join(words).encode() + b"\0")


def test_processes_are_those_that_descend_from_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.getpid", lambda: 10)
    process(tmp_path, 10, 1, "python", "-m", "cli")
    process(tmp_path, 11, 10, "python", "cli/__main__.py", "extractor")
    process(tmp_path, 12, 11, "/usr/bin/deno", "run")
    process(tmp_path, 13, 1, "elsewhere")
    (tmp_path / "14").mkdir()
    (tmp_path / "version").touch()
    seen = look_at_processes(tmp_path)
    assert [(one.name, one.pid) for one in seen] == [("bot", 10), ("extractor", 11), ("deno", 12)]
    assert all(one.memory_mb and one.memory_mb > 1 for one in seen)


def test_without_proc_this_process_alone_is_known(tmp_path: Path) -> None:
    (alone,) = look_at_processes(tmp_path / "nothing")
    assert alone.name == "bot"
