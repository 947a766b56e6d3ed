"""From interaction and message events to acknowledged, ordered effects – on a virtual clock with 150 ms round
trips."""

import logging

import pytest
import trio
import trio.testing

from actors.rest.payloads import (
    AutocompleteResult,
    DeferredReply,
    DeferredUpdate,
)
from gateway_client.ids import UserId
from gateway_client.objects import Component as WireComponent
from gateway_client.objects import (
    InteractionData,
    InteractionType,
    User,
)
from tests.core.desk import FORM, open_desk
from tests.core.fakes import CATALOGUE


async def test_command_is_deferred_at_once_and_answered_after(autojump_clock: trio.testing.MockClock) -> None:
    async with open_desk() as desk:
        desk.nap_s = [10.0]
        token = desk.command("do", "it")
        await trio.sleep(1)
        assert desk.line.times == [pytest.approx(0.15)]
        assert desk.callbacks() == [DeferredReply(ephemeral=False)]
        await trio.sleep(10)
        assert desk.outside.rest.answers[token].content == "did it"


async def test_hundred_clicks_are_all_acknowledged_within_a_second_and_act_in_order(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_desk() as desk:
        desk.nap_s = [5.0]
        for number in range(100):
            desk.press(f"work:1:100:press:{number}")
            await trio.sleep(0.001)
        await trio.sleep(0.9)
        assert desk.callbacks() == [DeferredUpdate()] * 100
        assert desk.taken == []
        await trio.sleep(10)
        assert [message for message, _ in desk.taken] == [str(number) for number in range(100)]
        assert [number for _, number in desk.taken] == sorted(number for _, number in desk.taken)


async def test_declared_visibility_form_and_submission(autojump_clock: trio.testing.MockClock) -> None:
    async with open_desk() as desk:
        desk.command("hush")
        await trio.sleep(1)
        desk.command("form")
        await trio.sleep(1)
        answer = WireComponent(type=18, component=WireComponent(type=4, custom_id="x", value="typed"))
        data = InteractionData(custom_id="work:1:100:form", components=(answer,))
        desk.send(InteractionType.MODAL_SUBMIT, data)
        await trio.sleep(1)
        assert desk.callbacks() == [DeferredReply(ephemeral=True), FORM, DeferredReply(ephemeral=True)]
        assert [message for message, _ in desk.taken] == ["nothing", ("typed",)]


@pytest.mark.parametrize(
    ("name", "what", "part"),
    [
        ("own", None, "person who runs"),
        ("do", "wrong", "whole number"),
        ("gone", None, "no longer know"),
    ],
)
async def test_refusals_are_told_privately(
    autojump_clock: trio.testing.MockClock, name: str, what: str | None, part: str
) -> None:
    async with open_desk() as desk:
        desk.command(name, what)
        await trio.sleep(1)
        (message,) = [m for m in desk.outside.rest.messages.values() if part in m.content]
        assert message.ephemeral or desk.callbacks() == [DeferredReply(ephemeral=True)]
        assert desk.taken == []


async def test_direct_messages_get_one_sentence(autojump_clock: trio.testing.MockClock) -> None:
    async with open_desk() as desk:
        desk.command("do", dm=True)
        desk.write("!do it", guild_id=None)
        desk.write("hello", guild_id=None)
        await trio.sleep(1)
        assert [content for content in desk.outside.rest.contents() if "servers" in content] == [
            CATALOGUE.speaker()("core.guild_only")
        ] * 2


@pytest.mark.parametrize("custom_id", ["nonsense", "work:2:1:press", "work:1:1:nothing", "other:1:1:press"])
async def test_unknown_button_expires_and_loses_its_message_buttons(
    autojump_clock: trio.testing.MockClock, custom_id: str
) -> None:
    async with open_desk() as desk:
        token = desk.press(custom_id)
        await trio.sleep(1)
        assert desk.outside.rest.stripped == [token]
        assert "expired" in desk.outside.rest.contents()[0]


async def test_button_of_a_list_that_is_gone_says_how_to_get_a_new_one(
    autojump_clock: trio.testing.MockClock,
) -> None:
    async with open_desk() as desk:
        desk.press("pager:1:5:next:queue")
        await trio.sleep(1)
        assert "use `/queue` again" in desk.outside.rest.contents()[0]


async def test_prefix_command_works_and_bots_are_ignored(autojump_clock: trio.testing.MockClock) -> None:
    async with open_desk() as desk:
        desk.write("!do it now")
        desk.write("!do bot", author=User(id=UserId(5), bot=True))
        desk.write("!do hook", webhook_id=5)
        desk.write("!unknown")
        desk.write("just talk")
        await trio.sleep(1)
        assert desk.taken == [("it now", 1)]
        assert desk.outside.rest.contents() == ["did it now"]


async def test_prefix_usage_error_shows_the_usage(autojump_clock: trio.testing.MockClock) -> None:
    async with open_desk() as desk:
        desk.write("!must be")
        await trio.sleep(1)
        assert desk.outside.rest.contents() == ["`n` must be a whole number.\nUsage: `!must n`"]


async def test_crash_reaches_its_sender_after_the_acknowledgement(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    async with open_desk() as desk:
        token = desk.command("do", "crash")
        await trio.sleep(1)
        assert "reference" in desk.outside.rest.answers[token].content


async def test_full_mailbox_is_told(autojump_clock: trio.testing.MockClock) -> None:
    async with open_desk() as desk:
        desk.nap_s = [5.0]
        for _ in range(34):
            desk.command("do", "x")
        await trio.sleep(1)
        assert len(desk.callbacks()) == 34
        full = [content for content in desk.outside.rest.contents() if "too many commands" in content]
        assert len(full) == 2


@pytest.mark.parametrize(("typed", "choices"), [("abc", 1), ("slow", 0), ("broken", 0)])
async def test_autocompletion_answers_within_two_seconds_whatever_happens(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture, typed: str, choices: int
) -> None:
    caplog.set_level(logging.CRITICAL)
    async with open_desk() as desk:
        desk.typing(typed)
        await trio.sleep(2.5)
        (result,) = desk.callbacks()
        assert isinstance(result, AutocompleteResult)
        assert len(result.choices) == choices
        assert desk.taken == []
