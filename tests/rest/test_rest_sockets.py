"""The outbox over real sockets: httpx's own part, TLS, and who watches the clock when the watcher leaves."""

import json
import random
import ssl

import pytest
import trio
import trustme
from trio.testing import MockClock

from actors.rest.errors import Unavailable
from actors.rest.forecast import QUIET_S
from actors.rest.outbox import open_outbox
from actors.rest.payloads import Message, Reaction
from gateway_client.ids import ChannelId, MessageId
from tests.patience import PATIENCE_S
from tests.rest import samples
from tests.rest.fake_discord import MESSAGE, FakeDiscord, too_many
from tests.rest.loopback import Arrived, answer, open_loopback

CHANNEL = ChannelId(1)
REACTION = Reaction(message_id=MessageId(11), emoji="⏳", present=True)


async def test_messages_travel_over_one_kept_connection() -> None:
    async with open_loopback() as server:

        async def reply(stream: trio.abc.Stream, _: Arrived) -> None:
            await stream.send_all(answer(200, MESSAGE))

        server.behaviour = reply
        async with open_outbox(api_base=server.base, token=lambda: "T", random=random.Random(1)) as outbox:
            with trio.fail_after(PATIENCE_S):
                for _ in range(3):
                    sent = await outbox.create_message(CHANNEL, Message(content="grüße"))
                    assert sent.content == "hello"
    assert [arrived.connection for arrived in server.arrived] == [1, 1, 1]
    assert json.loads(server.arrived[0].body)["content"] == "grüße"
    assert server.arrived[0].headers["authorization"] == "Bot T"


async def test_a_reaction_never_takes_the_connection_that_stands_ready_for_an_answer() -> None:
    async with open_loopback() as server:
        answered, reacts = trio.Event(), trio.Event()

        async def reply(stream: trio.abc.Stream, arrived: Arrived) -> None:
            if arrived.method == "PUT":
                reacts.set()
                await answered.wait()
            await stream.send_all(answer(200, MESSAGE))

        server.behaviour = reply
        async with open_outbox(api_base=server.base, token=lambda: "T", random=random.Random(1)) as outbox:
            with trio.fail_after(PATIENCE_S):
                await outbox.create_message(CHANNEL, Message(content="first"))
                await trio.sleep(QUIET_S)
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(outbox.react, CHANNEL, lambda: REACTION)
                    await reacts.wait()
                    await outbox.create_message(CHANNEL, Message(content="second"))
                    answered.set()
    assert [(arrived.method, arrived.connection) for arrived in server.arrived] == [
        ("POST", 1),
        ("PUT", 2),
        ("POST", 1),
    ]


class ShortestPauses(random.Random):
    """Draws so that every pause between repeats is as short as it can be."""

    def random(self) -> float:
        return 0.0


async def test_tls_is_verified() -> None:
    authority = trustme.CA()
    ours, trusting = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(ours)  # pyright: ignore[reportUnknownMemberType] - pyOpenSSL's half
    authority.configure_trust(trusting)  # pyright: ignore[reportUnknownMemberType] - as above
    async with open_loopback(ours) as server:

        async def reply(stream: trio.abc.Stream, _: Arrived) -> None:
            await stream.send_all(answer(200, MESSAGE))

        server.behaviour = reply
        for tls in (trusting, None):
            async with open_outbox(
                api_base=server.base, token=lambda: "T", random=ShortestPauses(), tls=tls
            ) as outbox:
                if tls is not None:
                    await outbox.create_message(CHANNEL, samples.MESSAGE)
                    continue
                with pytest.raises(Unavailable, match="certificate"):
                    await outbox.create_message(CHANNEL, samples.MESSAGE)
    assert len(server.arrived) == 1


async def test_nobody_there_is_said_in_a_sentence() -> None:
    async with open_loopback() as server:
        base = server.base
    async with open_outbox(api_base=base, token=lambda: "T", random=ShortestPauses()) as outbox:
        with pytest.raises(Unavailable, match="cannot be reached"):
            await outbox.get_own_user()


async def test_when_the_one_who_watches_the_clock_leaves_another_takes_over(
    autojump_clock: MockClock,
) -> None:
    discord = FakeDiscord([too_many("user", 20.0)])
    done: list[float] = []
    async with discord.open() as outbox, trio.open_nursery() as nursery:

        async def edit(patience_s: float) -> None:
            with trio.move_on_after(patience_s):
                await outbox.edit_message(CHANNEL, MessageId(11), Message(content="x"))
                done.append(trio.current_time())

        started = trio.current_time()
        for patience_s in (1.0, 2.0, 60.0, 60.0):
            nursery.start_soon(edit, patience_s)
    assert [time - started for time in done] == [pytest.approx(20.0)] * 2
    assert len(discord.seen) == 3
