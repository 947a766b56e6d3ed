"""Jobs in the real broker with a yt-dlp of ours that hangs, crashes, floods, streams and breaks out."""

import os
import signal
import time
from pathlib import Path

import pytest
import trio

from media.extractor.broker import GIVES_WAY_S, Broker, Worker
from media.extractor.failures import ExtractionFailed, FailureKind
from media.extractor.handle import Limits
from media.extractor.values import Entry
from media.extractor.ytdlp_job import Ytdlp
from tests.media.extracting import Bench, group_of, is_alive, marks, open_bench, write_stand_in
from tests.patience import until


@pytest.fixture
def slot(tmp_path: Path) -> Path:
    return write_stand_in(tmp_path / "slot")


async def read_all(bench: Bench, link: str, into: list[tuple[float, Entry]]) -> None:
    async with bench.extractor.entries(f"http://x.test/{link}", limit=10**9) as listing:
        assert (listing.single, listing.count) == (None, None)
        async for entry in listing.entries:
            into.append((trio.current_time(), entry))  # noqa: PERF401 - what came before a break counts


async def test_cancelled_job_dies_at_once_with_all_it_started_while_others_go_on(
    tmp_path: Path, slot: Path
) -> None:
    async with open_bench(tmp_path, slot=slot) as bench, trio.open_nursery() as nursery:
        for number in range(3):
            nursery.start_soon(bench.title, f"hang/{number}")
        await until(lambda: len(marks(bench, "hang")) == 3)
        hanging = marks(bench, "hang")
        await until(lambda: all(len(group_of(pid)) == 2 for pid in hanging))
        assert [await bench.title(f"title/{number}") for number in range(10)] == list("0123456789")
        began = trio.current_time()
        nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True):
            await until(lambda: not any(group_of(pid) for pid in hanging))
            assert trio.current_time() - began < 10
            assert await bench.title("title/after") == "after"
            assert len(bench.pool.children) == 1


async def test_jobs_that_end_and_are_cancelled_in_the_same_breath_leave_the_broker_alone(
    tmp_path: Path, slot: Path
) -> None:
    async with open_bench(tmp_path, slot=slot) as bench:
        await bench.title("title/warm")
        for number in range(30):
            with trio.move_on_after(0.001 + number / 5000):
                await bench.title("title/maybe")
        assert await bench.title("title/after") == "after"
        assert len(bench.pool.children) == 1


async def test_crash_costs_one_retry_and_the_second_one_is_told(tmp_path: Path, slot: Path) -> None:
    async with open_bench(tmp_path, slot=slot) as bench:
        assert await bench.title("crash/1") == "alive"
        assert bench.outcomes == [FailureKind.CRASHED, None]
        assert await bench.failure("http://x.test/crash/9") is FailureKind.CRASHED
        assert len(marks(bench, "crash")) == 4


async def test_worker_that_says_nothing_costs_one_retry_and_then_the_time_is_up(
    tmp_path: Path, slot: Path
) -> None:
    async with open_bench(tmp_path, slot=slot, limits=Limits(single_s=1.0, attempt_s=0.4)) as bench:
        await bench.title("title/warm")
        assert await bench.title("stall/1") == "awake"
        began = trio.current_time()
        assert await bench.failure("http://x.test/stall/9") is FailureKind.TIMEOUT
        assert 0.9 < trio.current_time() - began < 10
        await until(lambda: not any(map(is_alive, marks(bench, "stall"))))


async def test_list_streams_and_what_came_before_a_break_stays(tmp_path: Path, slot: Path) -> None:
    async with open_bench(tmp_path, slot=slot) as bench:
        entries: list[tuple[float, Entry]] = []
        with pytest.raises(ExtractionFailed) as told:
            await read_all(bench, "slow", entries)
        assert told.value.kind is FailureKind.PRIVATE
        assert [entry.title for _, entry in entries] == ["T0", "T1"]
        assert entries[1][0] - entries[0][0] > 0.3


async def test_list_is_bounded_in_entries_and_in_bytes_and_ends_when_nobody_listens(
    tmp_path: Path, slot: Path
) -> None:
    entries: list[tuple[float, Entry]] = []
    async with open_bench(tmp_path, slot=slot) as bench:
        async with bench.extractor.entries("http://x.test/flood", limit=700) as listing:
            assert len([entry async for entry in listing.entries]) == 700
        async with bench.extractor.entries("http://x.test/flood", limit=10**9) as listing:
            assert (await anext(aiter(listing.entries))).title == "T0"
        child = bench.pool.children[0]
        await until(lambda: not child.jobs)
        with pytest.raises(ExtractionFailed) as told:
            await read_all(bench, "flood", entries)
        assert told.value.kind is FailureKind.TOO_LARGE


async def test_list_that_takes_too_long_is_told(tmp_path: Path, slot: Path) -> None:
    async with open_bench(tmp_path, slot=slot, limits=Limits(list_s=0.4)) as bench:
        await bench.title("title/warm")
        entries: list[tuple[float, Entry]] = []
        with pytest.raises(ExtractionFailed) as told:
            await read_all(bench, "slow", entries)
        assert told.value.kind is FailureKind.TIMEOUT
        assert len(entries) == 1


async def test_only_the_guard_and_the_runtime_can_be_reached(tmp_path: Path, slot: Path) -> None:
    async with open_bench(tmp_path, slot=slot) as bench:
        to_guard = await bench.title(f"fence/{bench.guard.port}")
        elsewhere = await bench.title(f"fence/{bench.web.port}")
    assert to_guard == "done,refused,refused,refused,refused"
    assert elsewhere == "refused,refused,refused,refused,refused"


async def test_workers_die_with_a_killed_broker_and_the_question_is_asked_again(
    tmp_path: Path, slot: Path
) -> None:
    async with open_bench(tmp_path, slot=slot) as bench, trio.open_nursery() as nursery:
        titles: list[str] = []

        async def ask() -> None:
            titles.append(await bench.title("stall/1"))

        nursery.start_soon(ask)
        await until(lambda: len(marks(bench, "stall")) == 1)
        [stalled] = marks(bench, "stall")
        os.kill(os.getpgid(stalled), 0)
        parent = int(Path(f"/proc/{stalled}/stat").read_text().rpartition(")")[2].split()[1])  # noqa: ASYNC240 - procfs
        os.kill(parent, signal.SIGKILL)
        await until(lambda: not is_alive(stalled))
        await until(lambda: titles == ["awake"])


async def test_questions_may_be_given_up_in_the_moment_the_broker_dies(tmp_path: Path, slot: Path) -> None:
    async with open_bench(tmp_path, slot=slot) as bench:
        for turn in range(4):
            async with trio.open_nursery() as nursery:
                for number in range(3):
                    nursery.start_soon(bench.title, f"hang/{number}")
                await until(lambda: bool(bench.pool.children and len(bench.pool.children[0].jobs) == 3))
                process = bench.pool.children[0]._process
                assert process is not None
                os.kill(process.pid, signal.SIGKILL)
                await trio.sleep(turn * 0.002)
                nursery.cancel_scope.cancel()
            assert await bench.title("title/after") == "after"


async def test_child_goes_when_nobody_asks_and_comes_back(
    tmp_path: Path, slot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.extractor.child.IDLE_S", 0.15)
    async with open_bench(tmp_path, slot=slot) as bench:
        assert bench.pool.children == []
        assert await bench.title("title/one") == "one"
        await until(lambda: bench.pool.children == [])
        assert await bench.title("title/two") == "two"


async def test_hung_broker_is_killed_and_the_question_asked_of_another(
    tmp_path: Path, slot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.extractor.child.GRACE_S", 0.3)
    async with open_bench(tmp_path, slot=slot, limits=Limits(single_s=5.0, attempt_s=0.2)) as bench:
        await bench.title("title/warm")
        process = bench.pool.children[0]._process
        assert process is not None
        os.kill(process.pid, signal.SIGSTOP)
        assert await bench.title("title/in spite") == "in spite"
        assert not is_alive(process.pid)


async def test_old_version_finishes_what_it_began_while_new_questions_get_the_new_one(
    tmp_path: Path, slot: Path
) -> None:
    newer = write_stand_in(tmp_path / "newer", "2027.02.02")
    async with open_bench(tmp_path, slot=slot) as bench:
        async with bench.extractor.entries("http://x.test/slow") as listing:
            stream = aiter(listing.entries)
            await anext(stream)
            old = bench.pool.children[0]
            bench.start = type(bench.start)(cache=bench.start.cache, slot=str(newer), runtime="/bin/sleep")
            bench.pool.refresh()
            assert await bench.title("version") == "2027.02.02"
            assert (await anext(stream)).title == "T1"
        await until(lambda: old not in bench.pool.children)


async def test_without_forking_jobs_work_and_a_cancelled_one_dies_with_its_process(
    tmp_path: Path, slot: Path
) -> None:
    async with open_bench(tmp_path, slot=slot, forks=False) as bench, trio.open_nursery() as nursery:
        nursery.start_soon(bench.title, "hang/1")
        await until(lambda: len(marks(bench, "hang")) == 1)
        assert await bench.title("title/beside") == "beside"
        assert await bench.title("title/again") == "again"
        assert len(bench.pool.children) == 2
        nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True):
            await until(lambda: not any(map(is_alive, marks(bench, "hang"))))


async def test_cookies_are_given_as_a_copy(tmp_path: Path, slot: Path) -> None:
    cookies = tmp_path / "cookies.txt"
    cookies.write_text("# Netscape HTTP Cookie File")
    async with open_bench(tmp_path, slot=slot, cookies=cookies) as bench:
        assert await bench.title("cookies") == "# Netscape HTTP Cookie File"
        assert await bench.title("cookies") == "# Netscape HTTP Cookie File"
    assert cookies.read_text() == "# Netscape HTTP Cookie File"


async def test_youtube_is_asked_as_another_client_and_what_helped_is_remembered(
    tmp_path: Path, slot: Path
) -> None:
    async with open_bench(tmp_path, slot=slot) as bench:
        asked = "https://www.youtube.com/watch?v=x"
        assert (await bench.extractor.look(asked)).title == "as tv_samsung,tv"
        assert bench.outcomes == [FailureKind.BOT_CHECK, FailureKind.BOT_CHECK, None]
        assert (await bench.extractor.look(asked)).title == "as tv_samsung,tv"
        assert bench.outcomes[3:] == [None]
        assert len(await bench.extractor.search("some words", 3)) == 3


async def test_words_of_ytdlp_are_final_and_its_bugs_are_told_as_such(tmp_path: Path, slot: Path) -> None:
    async with open_bench(tmp_path, slot=slot) as bench:
        assert await bench.failure("http://x.test/raise/Private_video") is FailureKind.PRIVATE
        assert await bench.failure("http://x.test/bug") is FailureKind.OUTDATED
        assert await bench.failure("http://x.test/list/2") is FailureKind.IS_LIST
        assert await bench.failure("file:///etc/passwd") is FailureKind.UNSUPPORTED
        assert await bench.failure("ytsearch5:x") is FailureKind.UNSUPPORTED
        assert len(bench.outcomes) == 3


def test_warming_up_gives_way_to_a_first_worker_and_not_for_ever() -> None:
    broker = Broker(Ytdlp.__new__(Ytdlp), set())
    broker.gives_way_until = time.monotonic() + GIVES_WAY_S
    assert broker._pause_s == 0.0, "nobody works"
    broker.workers[1] = Worker(pid=0, job=1, pipe=-1)
    assert 0.0 < broker._pause_s <= GIVES_WAY_S
    broker.gives_way_until = time.monotonic()
    assert broker._pause_s == 0.0
    broker.listening.close()
    for end in broker.life:
        os.close(end)
