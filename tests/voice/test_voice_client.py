"""The client outlives every kind of node."""

import logging
import os
import signal
import sys
from pathlib import Path

import pytest
import trio

from gateway_client.ids import GuildId
from tests.patience import PATIENCE_S, until
from tests.voice.fakes import open_fake_server
from tests.voice.nodes import Bot, open_bot, wanted
from voice.nodes_handle import GOODBYE_S
from voice.protocol import PROTOCOL_VERSION, Connected, Desired, NodeRestarted

UNKNOWN = f"it speaks version {PROTOCOL_VERSION + 1}, not {PROTOCOL_VERSION}"


def argv(manner: str) -> list[str]:
    return [sys.executable, "-m", "tests.voice.strange_node", manner]


def state(call: int = 1) -> Desired:
    return Desired(call=GuildId(call), attempt=1, server=None)


async def wait_for_restart(bot: Bot) -> NodeRestarted:
    with trio.fail_after(PATIENCE_S):
        while not bot.facts(NodeRestarted):
            await bot.next_fact()
    return bot.facts(NodeRestarted)[0]


@pytest.mark.parametrize(
    ("manner", "why"),
    [
        ("silent", "no sign of life"),
        ("prints", "it broke the protocol"),
        ("malformed", "it broke the protocol"),
    ],
)
async def test_a_strange_node_is_replaced(manner: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voice.nodes_handle.SILENT_S", 0.3)
    monkeypatch.setattr("voice.nodes_handle.GOODBYE_S", 0.1)
    async with open_bot(argv(manner)) as bot:
        bot.client.tell(state())
        first = await wait_for_restart(bot)
    assert why in first.why
    assert first.restarts == 1


async def test_a_node_that_ends_or_speaks_another_version_is_tried_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voice.nodes_handle.GOODBYE_S", 0.1)
    caplog.set_level(logging.INFO)
    async with open_bot(argv("exits")) as exits, open_bot(argv("version")) as version:
        for bot in (exits, version):
            bot.client.tell(state())
        await until(lambda: caplog.text.count("with code 7") >= 3 and UNKNOWN in caplog.text)
        assert exits.noted == version.noted == []
    assert "it ended by itself with code 7" in caplog.text
    assert "cannot go on" in caplog.text, "its stderr is in our log"


async def until_nodes(bot: Bot, count: int) -> None:
    await until(lambda: len(bot.client.pids) == count)


async def test_a_node_can_be_ready_before_its_first_call_and_takes_it() -> None:
    async with open_fake_server() as server, open_bot() as bot:
        assert bot.pid is None
        bot.client.warm()
        bot.client.warm()
        await until_nodes(bot, 1)
        ready = bot.client.pids
        bot.client.tell(wanted(server.server_of(1)))
        await bot.wait_for_kind(Connected, 1)
        assert bot.client.pids == ready, "one node, the one that was ready"


async def test_a_node_that_nobody_called_goes() -> None:
    async with open_bot(idle_s=0.05) as bot:
        bot.client.warm()
        await until_nodes(bot, 1)
        await until_nodes(bot, 0)


async def test_a_program_that_is_not_there_is_no_crash(caplog: pytest.LogCaptureFixture) -> None:
    async with open_bot(["/no/such/program"]) as bot:
        bot.client.tell(state())
        await until(lambda: "it cannot be started" in caplog.text)


async def test_late_facts_are_left_out_and_secrets_stay_here(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("DISCORD_TOKEN", "s3cret")
    async with open_bot(argv("speaks")) as bot:
        bot.client.tell(state())
        await bot.wait_for_kind(Connected)
        await trio.sleep(0.1)
    assert bot.facts(Connected) == [Connected(call=GuildId(1), attempt=1)]
    assert "token=none" in caplog.text
    assert "s3cret" not in caplog.text


async def test_the_node_comes_with_the_first_call_and_goes_after_the_last() -> None:
    async with open_bot(argv("speaks"), idle_s=0.1) as bot:
        await trio.sleep(0.02)
        assert bot.pid is None
        bot.client.tell(state())
        await bot.wait_for_kind(Connected)
        bot.client.tell(state(2))
        bot.client.drop(GuildId(2))
        bot.client.drop(GuildId(7))
        await trio.sleep(0.2)
        assert bot.pid is not None
        bot.client.drop(GuildId(1))
        await until(lambda: bot.pid is None)
        bot.client.tell(state())
        with trio.fail_after(PATIENCE_S):
            while len(bot.facts(Connected)) < 2:
                await bot.next_fact()
        assert bot.facts(NodeRestarted) == [], "that was no loss"


async def test_closing_does_not_wait_for_a_stubborn_node(monkeypatch: pytest.MonkeyPatch) -> None:
    assert GOODBYE_S < 1.5
    monkeypatch.setattr("voice.nodes_handle.GOODBYE_S", 0.2)
    async with open_bot(argv("stubborn")) as bot:
        bot.client.tell(state())
        await trio.sleep(0.4)
        with trio.fail_after(PATIENCE_S):
            await bot.client.close()
        assert bot.pid is None


async def open_and_connect(bot: Bot, calls: int) -> None:
    for call in range(1, calls + 1):
        bot.client.tell(state(call))
    await bot.wait_for_kind(Connected)


async def test_calls_are_spread_and_nodes_without_calls_end() -> None:
    async with open_bot(argv("speaks"), idle_s=0.1, nodes=2) as bot:
        await open_and_connect(bot, 1)
        assert len(bot.client.pids) == 1
        bot.client.tell(state(2))
        bot.client.tell(state(3))
        await until(lambda: len(bot.client.pids) == 2)
        first, second = bot.client.pids
        bot.client.drop(GuildId(2))
        await until(lambda: bot.client.pids == [first])
        bot.client.tell(state(2))
        await until(lambda: len(bot.client.pids) == 2)
        assert second not in bot.client.pids
        assert bot.facts(NodeRestarted) == [], "those were no losses"
    assert bot.client.pids == []


def pid_of(bot: Bot, call: int) -> int | None:
    """The process that serves a call."""
    return bot.client._placed[GuildId(call)].pid


async def test_calls_of_a_node_that_dies_go_to_another_at_once() -> None:
    async with open_bot(argv("speaks"), nodes=2) as bot:
        await open_and_connect(bot, 2)
        await until(lambda: len(bot.client.pids) == 2)
        first, second = bot.client.pids
        await ready(bot, first, second)
        os.kill(second, signal.SIGKILL)
        lost = await wait_for_restart(bot)
        assert lost.calls == (GuildId(2),), "the other call heard nothing of it"
        assert pid_of(bot, 2) == pid_of(bot, 1) == first
        os.kill(first, signal.SIGKILL)
        await until(lambda: len(bot.facts(NodeRestarted)) == 2)
        assert set(bot.facts(NodeRestarted)[1].calls) == {GuildId(1), GuildId(2)}
        await until(lambda: pid_of(bot, 1) is not None)
        assert pid_of(bot, 1) == pid_of(bot, 2) not in {first, second}, "the replacement serves them"


async def test_a_call_that_loses_two_nodes_in_a_row_takes_no_third_with_it() -> None:
    async with open_bot(argv("speaks"), nodes=3) as bot:
        await open_and_connect(bot, 3)
        await until(lambda: len(bot.client.pids) == 3)
        first, second, third = bot.client.pids
        await ready(bot, first, second, third)
        os.kill(third, signal.SIGKILL)
        await until(lambda: len(bot.facts(NodeRestarted)) == 1)
        assert pid_of(bot, 3) == first
        os.kill(first, signal.SIGKILL)
        await until(lambda: len(bot.facts(NodeRestarted)) == 2)
        assert set(bot.facts(NodeRestarted)[1].calls) == {GuildId(1), GuildId(3)}
        assert pid_of(bot, 1) == pid_of(bot, 2) == second
        await until(lambda: pid_of(bot, 3) is not None)
        assert pid_of(bot, 3) not in {first, second, third}, "it waited for a new one"


async def ready(bot: Bot, *pids: int) -> None:
    """Wait until the nodes of these processes have said that they are ready."""
    handles = [handle for handle in bot.client._handles if handle.pid in pids]
    await until(lambda: all(handle._served for handle in handles))


async def test_calls_of_a_node_that_cannot_start_go_to_one_that_lives(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    program = tmp_path / "node"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m voice.node "$@"\n')
    program.chmod(0o755)
    async with open_fake_server() as server, open_bot([str(program)], nodes=2) as bot:
        bot.client.tell(wanted(server.server_of(1)))
        await bot.wait_for_kind(Connected, 1)
        program.unlink()
        bot.client.tell(wanted(server.server_of(2)))
        await bot.wait_for_kind(Connected, 2)
        assert len(bot.client.pids) == 1
        assert caplog.text.count("it cannot be started") == 1
        bot.client.drop(GuildId(2))


async def test_closing_before_running_is_nothing() -> None:
    bot = Bot(argv("speaks"), 1.0)
    with trio.fail_after(PATIENCE_S):
        await bot.client.close()
