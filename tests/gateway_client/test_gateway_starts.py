"""Starting sessions on Discord's terms: buckets of five seconds, so many a day. Virtual clock."""

import logging

import pytest
import trio

from gateway_client.events import Ready
from gateway_client.objects import SessionStartLimit
from tests.gateway_client.fakes import Client, FakeDiscord, Inbox, memory_dialer, new_gateway, ready

DAY_MS = 86_400_000


class Starts:
    """A Discord that writes down who identified when."""

    def __init__(self) -> None:
        self.at: list[tuple[float, int]] = []
        self.discord = FakeDiscord(self._act)

    async def _act(self, client: Client) -> None:
        await client.send('{"op":10,"d":{"heartbeat_interval":41250}}')
        shard = (await client.get_op(2))["d"]["shard"][0]
        self.at.append((trio.current_time(), shard))
        await client.send(ready(url=self.discord.url, shard=shard))
        await client.closed_with()


async def test_shards_of_one_bucket_identify_five_seconds_apart(
    autojump_clock: trio.testing.MockClock,
) -> None:
    starts, inbox = Starts(), Inbox()
    starts.discord.shards = 4
    starts.discord.limit = SessionStartLimit(total=9, remaining=9, reset_after=DAY_MS, max_concurrency=2)
    async with trio.open_nursery() as nursery:
        gateway = new_gateway(starts.discord, inbox, dial=memory_dialer(nursery, starts.discord))
        nursery.start_soon(gateway.run)
        await inbox.wait(Ready, 4)
        nursery.cancel_scope.cancel()
    first, second, third, fourth = starts.at
    assert {first[1], second[1]} == {0, 1}
    assert {third[1], fourth[1]} == {2, 3}
    assert second[0] - first[0] < 1
    assert third[0] - first[0] >= 5


async def test_without_starts_left_it_says_so_waits_for_the_reset_and_asks_again(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    starts, inbox = Starts(), Inbox()
    starts.discord.limit = SessionStartLimit(total=1000, remaining=0, reset_after=3_600_000)
    began = trio.current_time()
    with caplog.at_level(logging.ERROR, "gateway_client"):
        async with trio.open_nursery() as nursery:
            gateway = new_gateway(starts.discord, inbox, dial=memory_dialer(nursery, starts.discord))
            nursery.start_soon(gateway.run)
            await trio.sleep(1800)
            starts.discord.limit = SessionStartLimit(total=1000, remaining=1000, reset_after=DAY_MS)
            assert gateway.status.session_starts_left == 0
            assert [shard.phase for shard in gateway.status.shards] == ["queued"]
            await inbox.wait(Ready)
            nursery.cancel_scope.cancel()
    assert starts.at[0][0] - began >= 3600
    assert starts.discord.asked == 2
    assert gateway.status.session_starts_left == 999
    assert "no session start is left" in caplog.text


async def test_quiet_hours_cost_one_session_start(autojump_clock: trio.testing.MockClock) -> None:
    starts, inbox = Starts(), Inbox()
    async with trio.open_nursery() as nursery:
        gateway = new_gateway(starts.discord, inbox, dial=memory_dialer(nursery, starts.discord))
        nursery.start_soon(gateway.run)
        await trio.sleep(3 * 3600)
        assert [shard.phase for shard in gateway.status.shards] == ["live"]
        nursery.cancel_scope.cancel()
    assert len(starts.at) == 1
