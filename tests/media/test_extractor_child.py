"""The bot's side of the child: children that never become ready, write nonsense, or lose their bot."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import trio
import trio.testing

from media.extractor.child import Child
from media.extractor.failures import FailureKind
from media.extractor.handle import Limits
from media.extractor.wire import Ask, Ended, Start, to_line
from tests.media.extracting import (
    EXTRACTOR_ARGV,
    is_alive,
    marks,
    open_bench,
    write_stand_in,
)
from tests.patience import PATIENCE_S, until

QUICK = Limits(single_s=5.0, attempt_s=5.0)
LOOK = "http://x.test/title/a"


def lives(body: str) -> tuple[str, ...]:
    return (sys.executable, "-S", "-c", body)


async def test_child_that_never_becomes_ready_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.extractor.child.READY_S", 0.2)
    argv = lives("import time; time.sleep(60)")
    async with open_bench(tmp_path, argv=argv, limits=QUICK) as bench:
        assert await bench.failure(LOOK) is FailureKind.CRASHED
        assert bench.pool.children == []


async def test_child_that_was_foreseen_answers_and_is_the_only_one(tmp_path: Path) -> None:
    async with open_bench(tmp_path, slot=write_stand_in(tmp_path)) as bench:
        bench.extractor.warm()
        bench.extractor.warm()
        (child,) = bench.pool.children
        await child.until_ready()
        assert await bench.title("title/a") == "a"
        assert bench.pool.children == [child]


async def test_child_that_cannot_be_started_is_not_tried_for_every_letter(tmp_path: Path) -> None:
    async with open_bench(tmp_path, argv=lives("raise SystemExit(3)")) as bench:
        bench.extractor.warm()
        await until(lambda: bench.pool.children == [])
        bench.extractor.warm()
        assert bench.pool.children == []


@pytest.mark.parametrize(
    "body",
    [
        "raise SystemExit(3)",
        "print('hello'); import time; time.sleep(60)",
        'print(\'{"type":"found"}\'); import time; time.sleep(60)',
        "import sys; sys.stdout.write('x' * 3_000_000); sys.stdout.flush(); import time; time.sleep(60)",
    ],
)
async def test_child_that_dies_or_writes_nonsense_is_given_up(tmp_path: Path, body: str) -> None:
    async with open_bench(tmp_path, argv=lives(body), limits=QUICK) as bench:
        assert await bench.failure(LOOK) is FailureKind.CRASHED
        await until(lambda: bench.pool.children == [])


async def test_child_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    async with open_bench(tmp_path, argv=("/nowhere/at/all",), limits=QUICK) as bench:
        assert await bench.failure(LOOK) is FailureKind.CRASHED


async def test_more_questions_than_turns_wait_and_a_cancelled_one_gives_its_turn_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.extractor.pool.JOBS", 2)
    slot = write_stand_in(tmp_path / "slot")
    async with open_bench(tmp_path, slot=slot) as bench, trio.open_nursery() as nursery:
        hanging = trio.CancelScope()

        async def hang() -> None:
            with hanging:
                async with trio.open_nursery() as both:
                    both.start_soon(bench.title, "hang/1")
                    both.start_soon(bench.title, "hang/2")

        nursery.start_soon(hang)
        await until(lambda: len(marks(bench, "hang")) == 2)
        titles: list[str] = []

        async def ask() -> None:
            titles.append(await bench.title("title/at last"))

        nursery.start_soon(ask)
        await trio.sleep(0.1)
        assert titles == []
        hanging.cancel()
        await until(lambda: titles == ["at last"])


async def test_broker_and_workers_end_when_the_bot_is_gone(tmp_path: Path) -> None:
    slot = write_stand_in(tmp_path / "slot")
    cache = tmp_path / "cache"
    start = Start(cache=str(cache), slot=str(slot), runtime="/bin/sleep")
    broker = await trio.lowlevel.open_process(
        list(EXTRACTOR_ARGV), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert broker.stdin is not None
    assert broker.stdout is not None
    ask = Ask(job=1, want="look", url="http://x.test/hang/1", proxy="http://job:x@127.0.0.1:9")
    await broker.stdin.send_all(to_line(start) + to_line(ask))
    await until(lambda: len(list(cache.glob("hang-*"))) == 1)
    [worker] = [int(one.name.partition("-")[2]) for one in cache.glob("hang-*")]
    assert os.getpgid(worker) == worker
    await broker.stdin.aclose()
    with trio.fail_after(PATIENCE_S):
        assert await broker.wait() == 0
    await until(lambda: not is_alive(worker))
    await broker.stdout.aclose()


async def test_child_goes_five_minutes_after_its_last_job_and_not_later(
    autojump_clock: trio.testing.MockClock,
) -> None:
    child = Child((), Start(cache=""), lambda: None)
    child.settled.set()
    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(child._expect_work)
        for _ in range(3):
            await trio.sleep(100)
            conversation = child.begin(lambda job: Ask(job=job, want="look", url="u", proxy="p"))
            await trio.sleep(2)
            child._sort(Ended(job=conversation.job))
    assert child.gone
    assert trio.current_time() - began == pytest.approx(3 * 102 + 300)


async def test_child_that_was_foreseen_in_vain_goes_after_five_minutes_too(
    autojump_clock: trio.testing.MockClock,
) -> None:
    child = Child((), Start(cache=""), lambda: None)
    child.settled.set()
    began = trio.current_time()
    await child._expect_work()
    assert child.gone
    assert trio.current_time() - began == pytest.approx(300)
