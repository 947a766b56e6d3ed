"""Context menus, forms and requests, from their event to their effect."""

import trio
import trio.testing
from attrs import evolve

from actors.rest.payloads import (
    DeferredReply,
    DeferredUpdate,
)
from gateway_client.events import GuildCreated, Received
from gateway_client.ids import ChannelId, MessageId, RoleId, UserId
from gateway_client.objects import Guild, Role
from tests.core.desk import FORM, open_desk
from tests.core.fakes import GUILD


async def test_context_menu_runs_its_command_with_the_person(autojump_clock: trio.testing.MockClock) -> None:
    async with open_desk() as desk:
        desk.menu("Greet!")
        await trio.sleep(1)
        assert desk.callbacks() == [DeferredReply(ephemeral=False)]
        assert [message for message, _ in desk.taken] == [("greet", "Benny", UserId(1003))]


async def test_context_menu_opens_its_form_and_an_unknown_one_is_told(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_desk() as desk:
        desk.menu("Fill in")
        await trio.sleep(1)
        token = desk.menu("Gone")
        await trio.sleep(1)
        assert desk.callbacks() == [evolve(FORM, title="Benny"), DeferredReply(ephemeral=True)]
        assert "no longer know" in desk.outside.rest.answers[token].content
        assert desk.taken == []


async def test_form_is_refused_before_it_opens(autojump_clock: trio.testing.MockClock) -> None:
    async with open_desk() as desk:
        token = desk.command("secret")
        await trio.sleep(1)
        desk.press("work:1:100:open")
        await trio.sleep(1)
        desk.press("work:1:100:locked")
        await trio.sleep(1)
        assert desk.callbacks() == [DeferredReply(ephemeral=True), FORM, DeferredUpdate()]
        assert "person who runs" in desk.outside.rest.answers[token].content
        assert "person who runs" in desk.outside.rest.contents()[-1]


async def test_form_of_a_command_opens_only_where_the_arguments_leave_something_to_ask(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_desk() as desk:
        desk.command("perhaps")
        await trio.sleep(1)
        desk.command("perhaps", "this")
        await trio.sleep(1)
        desk.write("!perhaps that")
        await trio.sleep(1)
        assert desk.callbacks() == [FORM, DeferredReply(ephemeral=False)]
        assert [message for message, _ in desk.taken] == ["this", "that"]


async def test_press_from_another_guild_never_arrives(autojump_clock: trio.testing.MockClock) -> None:
    async with open_desk() as desk:
        desk.press(f"work:1:{GUILD + 1}:press:mine")
        await trio.sleep(1)
        assert desk.taken == []
        assert "expired" in desk.outside.rest.contents()[0]


async def test_plain_message_in_the_request_channel_is_a_call(autojump_clock: trio.testing.MockClock) -> None:
    async with open_desk() as desk:
        desk.outside.settings.put(GUILD, {"request_channel": "123456789012345678"})
        desk.write("some song")
        wishes = ChannelId(123456789012345678)
        desk.write("some song", channel_id=wishes)
        desk.write("!do it", channel_id=wishes)
        desk.write("!unknown", channel_id=wishes)
        desk.write("   ", channel_id=wishes)
        await trio.sleep(1)
        assert [message for message, _ in desk.taken] == [("wish", "some song", MessageId(42)), "it"]


async def test_dj_role_that_was_deleted_binds_nobody(autojump_clock: trio.testing.MockClock) -> None:
    async with open_desk() as desk:
        dj = RoleId(123456789012345678)
        desk.outside.settings.put(GUILD, {"dj_role": str(dj)})
        assert "DJ role" in await desk.told("spin")
        for roles, allowed in (((Role(id=dj),), False), ((Role(id=RoleId(GUILD)),), True)):
            guild = GuildCreated(guild=Guild(id=GUILD, roles=roles))
            desk.outside.cache.apply(Received(event=guild, shard_id=0, sequence=1))
            assert ("DJ role" in await desk.told("spin")) is not allowed
