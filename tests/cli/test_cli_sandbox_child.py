import logging
import sys
from collections.abc import Iterator

import pytest
import trio
from trio.testing import MockClock, memory_stream_pair

from cli.child_log import LONGEST_LINE, relay_lines
from cli.children import child_argv
from cli.log_lines import LineFormatter
from cli.sandbox_child import Addresses, SandboxFailed, open_sandbox_child
from tests.patience import PATIENCE_S

READY = (
    '{"url": "http://127.0.0.1:1/", "api_base": "http://127.0.0.1:1/api/v10", "token": "made-up", "more": 1}'
)
ADDRESSES = Addresses(page="http://127.0.0.1:1/", api="http://127.0.0.1:1/api/v10", token="made-up")


class Collected(logging.Handler):
    """Keeps what was logged as (level, logger, message)."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[tuple[str, str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append((record.levelname, record.name, record.getMessage()))


@pytest.fixture
def logged() -> Iterator[list[tuple[str, str, str]]]:
    handler = Collected()
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler.records
    root.removeHandler(handler)
    root.setLevel(level)


def child(*lines: str) -> list[str]:
    return [sys.executable, "-ISc", "\n".join(["import sys, os, signal, time", *lines])]


SAY_READY = f"print('{READY}', flush=True)"
UNTIL_EOF = "sys.stdin.read()"


async def test_sandbox_is_up_inside_the_block_and_gone_after_it() -> None:
    with trio.fail_after(PATIENCE_S):
        argv = child(SAY_READY, "print('later', flush=True)", UNTIL_EOF)
        async with open_sandbox_child(argv, on_death=pytest.fail) as addresses:
            assert addresses == ADDRESSES


async def test_its_log_becomes_ours(logged: list[tuple[str, str, str]]) -> None:
    lines = ["INFO    sandbox.http listening port=1", "odd", "ERROR   sandbox.world crashed", "    Traceback"]
    with trio.fail_after(PATIENCE_S):
        say = f"print({chr(10).join(lines)!r}, file=sys.stderr, flush=True)"
        async with open_sandbox_child(child(say, SAY_READY, UNTIL_EOF), on_death=pytest.fail):
            pass
    assert logged == [
        ("INFO", "sandbox.http", "listening port=1"),
        ("WARNING", "sandbox", "odd"),
        ("ERROR", "sandbox.world", "crashed"),
        ("ERROR", "sandbox.world", "    Traceback"),
    ]


async def test_death_inside_the_block_is_told_once_and_the_owner_decides() -> None:
    told: list[str] = []
    with trio.fail_after(PATIENCE_S):
        died = trio.Event()

        def on_death(sentence: str) -> None:
            told.append(sentence)
            died.set()

        async with open_sandbox_child(child(SAY_READY, "os._exit(7)"), on_death=on_death):
            await died.wait()
    assert told == ["The local Discord ended unexpectedly (exit code 7)."]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["sys.exit(4)"], "ended before it was ready"),
        (["print('hello', flush=True)", UNTIL_EOF], "no address"),
        (["print('{}', flush=True)", UNTIL_EOF], "no address"),
        (["sys.stdout.write('x' * 100000)", "sys.stdout.flush()", UNTIL_EOF], "no address"),
    ],
)
async def test_sandbox_that_does_not_come_up_is_a_sentence(lines: list[str], words: str) -> None:
    with trio.fail_after(PATIENCE_S):
        with pytest.raises(SandboxFailed, match=words):
            async with open_sandbox_child(child(*lines), on_death=pytest.fail):
                pytest.fail("it was never ready")


async def test_program_that_is_not_there_is_a_sentence() -> None:
    with pytest.raises(SandboxFailed, match="could not be started"):
        async with open_sandbox_child(["/nonexistent/roadie"], on_death=pytest.fail):
            pytest.fail("it was never started")


async def test_silent_sandbox_is_given_up(autojump_clock: MockClock) -> None:
    with pytest.raises(SandboxFailed, match="not ready after 15 seconds"):
        async with open_sandbox_child(child(UNTIL_EOF), on_death=pytest.fail):
            pytest.fail("it was never ready")
    assert autojump_clock.current_time() >= 15


async def test_stubborn_sandbox_is_ended_by_force(autojump_clock: MockClock) -> None:
    deaf = ["signal.signal(signal.SIGTERM, signal.SIG_IGN)", SAY_READY, "time.sleep(60)"]
    autojump_clock.autojump_threshold = float("inf")
    async with open_sandbox_child(child(*deaf), on_death=pytest.fail):
        autojump_clock.autojump_threshold = 0.01
    assert autojump_clock.current_time() >= 4


async def stay_in_block(nursery: trio.Nursery) -> None:
    async with open_sandbox_child(child(SAY_READY, UNTIL_EOF), on_death=pytest.fail):
        nursery.cancel_scope.cancel()
        await trio.sleep_forever()


async def test_block_that_is_cancelled_still_ends_the_child() -> None:
    with trio.fail_after(PATIENCE_S):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stay_in_block, nursery)
    assert nursery.cancel_scope.cancelled_caught


async def test_lines_are_put_together_whatever_the_pipe_does(logged: list[tuple[str, str, str]]) -> None:
    written = LineFormatter(tuple, with_time=False).format(
        logging.makeLogRecord({"name": "a.b", "levelname": "DEBUG", "msg": "grüße", "guild": 7})
    )
    sender, receiver = memory_stream_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(relay_lines, receiver, logging.getLogger("child"))
        for byte in f"{written}\r\n\nend".encode():
            await sender.send_all(bytes([byte]))
        await sender.send_all(b"\xff" + b"x" * 2 * LONGEST_LINE)
        await sender.aclose()
    assert logged[0] == ("DEBUG", "a.b", "grüße guild=7")
    level, name, message = logged[1]
    assert (level, name, message[:8]) == ("WARNING", "child", "end\\xffx")
    assert len(message) <= LONGEST_LINE + 3
    assert len(logged) == 2


async def test_real_sandbox_comes_up_and_goes() -> None:
    with trio.fail_after(PATIENCE_S):
        async with open_sandbox_child(child_argv("sandbox"), on_death=pytest.fail) as addresses:
            assert addresses.api.startswith("http://127.0.0.1:")
            assert addresses.token
