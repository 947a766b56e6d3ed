"""The outbox: what each method sends, what it makes of the answers, and what it never tells anybody."""

import logging
from collections.abc import Awaitable, Callable
from types import FunctionType
from typing import cast

import httpx
import pytest
import trio
from trio.testing import MockClock

from actors.rest.errors import (
    AlreadyAcknowledged,
    BadRequest,
    Forbidden,
    InvalidToken,
    MalformedAnswer,
    NotFound,
    PayloadError,
    RateLimitedOut,
    RestError,
    Unavailable,
    UnknownInteraction,
)
from actors.rest.invalid_guard import InvalidGuard
from actors.rest.outbox import Outbox
from actors.rest.payloads import DeferredReply, Message, ScheduledEvent
from actors.rest.sender import ATTEMPTS
from gateway_client.ids import ApplicationId, ChannelId, GuildId, InteractionId, MessageId, UserId
from gateway_client.objects import Message as SentMessage
from tests.rest import samples
from tests.rest.fake_discord import TOKEN, FakeDiscord, error, too_many
from tests.rest.openapi import Contract

APP, CHANNEL, GUILD, USER = ApplicationId(5), ChannelId(1), GuildId(2), UserId(3)
MESSAGE_ID, INTERACTION, SECRET = MessageId(11), InteractionId(21), "interaction-token-to-hide"
HELLO = Message(content="hello")

Call = Callable[[Outbox], Awaitable[object]]

EVENT = ScheduledEvent(name="Meet", channel_id=CHANNEL, starts_at=samples.NOON)
CALLS: list[tuple[Call, str, str]] = [
    (lambda o: o.create_message(CHANNEL, samples.MESSAGE), "POST", "/channels/1/messages"),
    (lambda o: o.create_message(CHANNEL, samples.WITH_FILE, nonce="n"), "POST", "/channels/1/messages"),
    (lambda o: o.get_message(CHANNEL, MESSAGE_ID), "GET", "/channels/1/messages/11"),
    (lambda o: o.edit_message(CHANNEL, MESSAGE_ID, samples.MESSAGE), "PATCH", "/channels/1/messages/11"),
    (lambda o: o.edit_message(CHANNEL, MESSAGE_ID, samples.WITH_FILE), "PATCH", "/channels/1/messages/11"),
    (lambda o: o.delete_message(CHANNEL, MESSAGE_ID), "DELETE", "/channels/1/messages/11"),
    (
        lambda o: o.add_reaction(CHANNEL, MESSAGE_ID, "⏳"),
        "PUT",
        "/channels/1/messages/11/reactions/%E2%8F%B3/@me",
    ),
    (
        lambda o: o.remove_reaction(CHANNEL, MESSAGE_ID, "<:ok:12>"),
        "DELETE",
        "/channels/1/messages/11/reactions/ok%3A12/@me",
    ),
    (
        lambda o: o.respond(INTERACTION, SECRET, DeferredReply()),
        "POST",
        f"/interactions/21/{SECRET}/callback",
    ),
    (lambda o: o.edit_answer(APP, SECRET, HELLO), "PATCH", f"/webhooks/5/{SECRET}/messages/@original"),
    (lambda o: o.clear_components(APP, SECRET), "PATCH", f"/webhooks/5/{SECRET}/messages/@original"),
    (lambda o: o.follow_up(APP, SECRET, samples.MESSAGE), "POST", f"/webhooks/5/{SECRET}"),
    (lambda o: o.follow_up(APP, SECRET, samples.WITH_FILE), "POST", f"/webhooks/5/{SECRET}"),
    (
        lambda o: o.edit_follow_up(APP, SECRET, MESSAGE_ID, HELLO),
        "PATCH",
        f"/webhooks/5/{SECRET}/messages/11",
    ),
    (lambda o: o.delete_answer(APP, SECRET), "DELETE", f"/webhooks/5/{SECRET}/messages/@original"),
    (lambda o: o.delete_answer(APP, SECRET, MESSAGE_ID), "DELETE", f"/webhooks/5/{SECRET}/messages/11"),
    (lambda o: o.modify_member(GUILD, USER, nick="DJ"), "PATCH", "/guilds/2/members/3"),
    (lambda o: o.modify_member(GUILD, USER, channel_id=None), "PATCH", "/guilds/2/members/3"),
    (
        lambda o: o.modify_own_voice_state(GUILD, CHANNEL, suppress=False, request_to_speak_at=samples.NOON),
        "PATCH",
        "/guilds/2/voice-states/@me",
    ),
    (lambda o: o.set_voice_status(CHANNEL, "a song"), "PUT", "/channels/1/voice-status"),
    (lambda o: o.create_scheduled_event(GUILD, EVENT), "POST", "/guilds/2/scheduled-events"),
    (lambda o: o.get_channel(CHANNEL), "GET", "/channels/1"),
    (lambda o: o.open_dm(USER), "POST", "/users/@me/channels"),
    (lambda o: o.trigger_typing(CHANNEL), "POST", "/channels/1/typing"),
    (lambda o: o.get_application(), "GET", "/applications/@me"),
    (lambda o: o.get_own_user(), "GET", "/users/@me"),
    (lambda o: o.get_gateway_bot(), "GET", "/gateway/bot"),
    (lambda o: o.get_commands(APP), "GET", "/applications/5/commands"),
    (lambda o: o.overwrite_commands(APP, samples.COMMANDS), "PUT", "/applications/5/commands"),
]


@pytest.mark.parametrize(("call", "method", "path"), CALLS)
async def test_each_method_sends_its_one_request_as_the_contract_wants_it(
    call: Call, method: str, path: str
) -> None:
    Contract.load()
    discord = FakeDiscord()
    async with discord.open() as outbox:
        await call(outbox)
    (seen,) = discord.seen
    assert (seen.method, seen.path) == (method, f"/api/v10{path}")
    assert seen.headers["user-agent"].startswith("DiscordBot (http")
    ours = None if SECRET in path else f"Bot {TOKEN}"
    assert seen.headers.get("authorization") == ours


def test_every_method_of_the_outbox_is_called_above() -> None:
    public = {name for name in vars(Outbox) if not name.startswith("_")} - {"diagnostics"}
    named = {name for call, _, _ in CALLS for name in cast("FunctionType", call).__code__.co_names}
    assert public <= named


async def test_answers_come_back_as_objects() -> None:
    async with FakeDiscord().open() as outbox:
        message = await outbox.create_message(CHANNEL, HELLO)
        assert isinstance(message, SentMessage)
        assert (message.id, message.author.username) == (11, "Roadie")
        assert (await outbox.get_gateway_bot()).session_start_limit.remaining == 999
        assert (await outbox.get_application()).flags == 1 << 18
        assert (await outbox.open_dm(USER)).id == 1
        (command,) = await outbox.overwrite_commands(APP, samples.COMMANDS)
        assert (command.id, command.name) == (8, "play")


async def test_files_travel_beside_the_json() -> None:
    discord = FakeDiscord()
    async with discord.open() as outbox:
        text = samples.File(name="grüße.txt", content=b"one")
        await outbox.create_message(
            CHANNEL, Message(files=(text, samples.File(name="b.bin", content=b"two")))
        )
    (seen,) = discord.seen
    assert seen.files == {"files[0]": ("grüße.txt", "one"), "files[1]": ("b.bin", "two")}
    assert seen.fields["attachments"] == [
        {"id": "0", "filename": "grüße.txt"},
        {"id": "1", "filename": "b.bin"},
    ]


async def test_only_what_is_told_of_a_member_is_changed() -> None:
    discord = FakeDiscord()
    async with discord.open() as outbox:
        await outbox.modify_member(GUILD, USER, nick=None)
        await outbox.modify_member(GUILD, USER, channel_id=ChannelId(9))
        await outbox.modify_own_voice_state(GUILD, CHANNEL, suppress=True, request_to_speak_at=None)
        await outbox.set_voice_status(CHANNEL, "")
        with pytest.raises(PayloadError):
            await outbox.modify_member(GUILD, USER, nick="x" * 33)
        with pytest.raises(PayloadError):
            await outbox.set_voice_status(CHANNEL, "x" * 501)
    assert [seen.body for seen in discord.seen] == [
        {"nick": None},
        {"channel_id": "9"},
        {"channel_id": "1", "suppress": True, "request_to_speak_timestamp": None},
        {"status": None},
    ]


async def test_every_message_carries_an_enforced_nonce_of_its_own() -> None:
    discord = FakeDiscord()
    async with discord.open() as outbox:
        await outbox.create_message(CHANNEL, HELLO)
        await outbox.create_message(CHANNEL, HELLO)
        await outbox.create_message(CHANNEL, HELLO, nonce="mine")
    bodies = [seen.fields for seen in discord.seen]
    assert all(body["enforce_nonce"] is True for body in bodies)
    nonces = [body["nonce"] for body in bodies]
    assert nonces[2] == "mine"
    assert len(set(nonces)) == 3


ERRORS: list[tuple[httpx.Response, type[RestError], int]] = [
    (error(400, 50035, "Invalid Form Body"), BadRequest, 50035),
    (error(400, 40060, "Interaction has already been acknowledged."), AlreadyAcknowledged, 40060),
    (error(401, 0, "401: Unauthorized"), InvalidToken, 0),
    (error(401, 50027, "Invalid Webhook Token"), NotFound, 50027),
    (error(403, 50013, "Missing Permissions"), Forbidden, 50013),
    (error(404, 10003, "Unknown Channel"), NotFound, 10003),
    (error(404, 10008, "Unknown Message"), NotFound, 10008),
    (error(404, 10062, "Unknown interaction"), UnknownInteraction, 10062),
    (error(413, 40005, "Request entity too large"), BadRequest, 40005),
    (httpx.Response(404, text="<html>"), NotFound, 0),
    (httpx.Response(301, headers={"Location": "https://elsewhere.example"}), MalformedAnswer, 0),
]


@pytest.mark.parametrize(("answer", "kind", "code"), ERRORS)
async def test_a_refusal_becomes_the_rooms_error(
    answer: httpx.Response, kind: type[RestError], code: int
) -> None:
    discord = FakeDiscord([answer])
    async with discord.open() as outbox:
        with pytest.raises(RestError) as caught:
            await outbox.create_message(CHANNEL, HELLO)
    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.code) == (answer.status_code, code)
    assert caught.value.route == "POST /channels/{channel_id}/messages"
    assert len(discord.seen) == 1


async def test_a_form_error_names_the_places_and_not_what_was_sent() -> None:
    details = {
        "embeds": {
            "0": {"title": {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "hello is long"}]}}
        },
        "content": {"_errors": [{"code": "BASE_TYPE_REQUIRED", "message": "x"}]},
    }
    discord = FakeDiscord([error(400, 50035, "Invalid Form Body", errors=details)])
    async with discord.open() as outbox:
        with pytest.raises(BadRequest) as caught:
            await outbox.create_message(CHANNEL, HELLO)
    assert str(caught.value) == (
        "POST /channels/{channel_id}/messages: Invalid Form Body "
        "[embeds.0.title: BASE_TYPE_MAX_LENGTH, content: BASE_TYPE_REQUIRED] (400/50035)"
    )


@pytest.mark.parametrize(
    "body", [b"", b"<html>hi</html>", b"[]", b'{"id": "x"}', b'{"id":"1"', b"\xff\xfe", b"[" * 100_000]
)
async def test_an_answer_that_is_no_message_is_a_clear_error(body: bytes) -> None:
    async with FakeDiscord([httpx.Response(200, content=body)]).open() as outbox:
        with pytest.raises(MalformedAnswer, match="cannot be read"):
            await outbox.create_message(CHANNEL, HELLO)


async def test_an_error_with_nonsense_in_it_is_still_that_error() -> None:
    async with FakeDiscord([httpx.Response(403, content=b"[" * 100_000)]).open() as outbox:
        with pytest.raises(Forbidden, match="without Discord's JSON"):
            await outbox.create_message(CHANNEL, HELLO)


FAILURES: list[Callable[[], httpx.Response | Exception]] = [
    lambda: httpx.Response(500),
    lambda: httpx.Response(502, text="<html>"),
    lambda: httpx.ReadError("gone"),
    lambda: httpx.ReadTimeout("slow"),
    lambda: httpx.ConnectError("refused"),
]


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_passing_failure_is_repeated_with_the_same_nonce(
    failure: Callable[[], httpx.Response | Exception], autojump_clock: MockClock
) -> None:
    discord = FakeDiscord([failure(), failure()])
    async with discord.open() as outbox:
        await outbox.create_message(CHANNEL, HELLO)
    assert len(discord.seen) == 3
    nonces = {seen.fields["nonce"] for seen in discord.seen}
    assert len(nonces) == 1


async def test_repeats_end_and_say_so(autojump_clock: MockClock) -> None:
    discord = FakeDiscord([httpx.Response(503) for _ in range(9)])
    async with discord.open() as outbox:
        started = trio.current_time()
        with pytest.raises(Unavailable) as caught:
            await outbox.edit_message(CHANNEL, MESSAGE_ID, HELLO)
        assert 0 < trio.current_time() - started < 30
    assert caught.value.status == 503
    assert len(discord.seen) == ATTEMPTS


async def test_a_follow_up_whose_answer_was_lost_is_not_sent_twice(autojump_clock: MockClock) -> None:
    discord = FakeDiscord([httpx.ReadError("gone"), httpx.Response(502)])
    async with discord.open() as outbox:
        for _ in range(2):
            with pytest.raises(Unavailable):
                await outbox.follow_up(APP, SECRET, HELLO)
    assert len(discord.seen) == 2


async def test_a_follow_up_that_never_left_is_sent_again(autojump_clock: MockClock) -> None:
    discord = FakeDiscord([httpx.ConnectError("refused"), httpx.PoolTimeout("full")])
    async with discord.open() as outbox:
        await outbox.follow_up(APP, SECRET, HELLO)
    assert len(discord.seen) == 3


@pytest.mark.parametrize("scope", ["user", "shared", "global"])
async def test_a_429_is_waited_for_by_its_own_time(scope: str, autojump_clock: MockClock) -> None:
    discord = FakeDiscord([too_many(scope, 2.5)])
    async with discord.open() as outbox:
        started = trio.current_time()
        await outbox.follow_up(APP, SECRET, HELLO)
        assert trio.current_time() - started == pytest.approx(2.5)
    assert len(discord.seen) == 2


async def test_a_429_of_an_hour_is_told_at_once(autojump_clock: MockClock) -> None:
    async with FakeDiscord([too_many("user", 3600.0)]).open() as outbox:
        started = trio.current_time()
        with pytest.raises(RateLimitedOut) as caught:
            await outbox.edit_message(CHANNEL, MESSAGE_ID, HELLO)
        assert caught.value.retry_after_s == pytest.approx(3600.0)
        assert trio.current_time() == started


async def test_headers_are_obeyed_before_a_429_is_needed(autojump_clock: MockClock) -> None:
    headers = {
        "X-RateLimit-Bucket": "b",
        "X-RateLimit-Limit": "1",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset-After": "4.0",
    }
    discord = FakeDiscord([httpx.Response(204, headers=headers) for _ in range(2)])
    async with discord.open() as outbox:
        started = trio.current_time()
        await outbox.add_reaction(CHANNEL, MESSAGE_ID, "✅")
        await outbox.add_reaction(CHANNEL, MESSAGE_ID, "❌")
        assert trio.current_time() - started == pytest.approx(4.0)
        assert outbox.diagnostics().routes_known == 1


async def test_a_deadline_that_an_answer_brings_wakes_those_who_already_wait(
    autojump_clock: MockClock,
) -> None:
    headers = {
        "X-RateLimit-Bucket": "b",
        "X-RateLimit-Limit": "1",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset-After": "4.0",
    }
    discord = FakeDiscord([httpx.Response(204, headers=headers) for _ in range(3)])
    async with discord.open() as outbox:
        started = trio.current_time()
        with trio.fail_after(60):
            async with trio.open_nursery() as nursery:
                for emoji in "abc":
                    nursery.start_soon(outbox.add_reaction, CHANNEL, MESSAGE_ID, emoji)
        assert trio.current_time() - started == pytest.approx(8.0)


async def test_an_expired_interaction_token_does_not_condemn_the_bots_token() -> None:
    discord = FakeDiscord([error(401)])
    async with discord.open() as outbox:
        with pytest.raises(NotFound):
            await outbox.edit_answer(APP, SECRET, HELLO)
        assert (await outbox.get_own_user()).id == 3


async def test_a_refused_token_is_not_tried_again() -> None:
    discord = FakeDiscord([error(401)])
    async with discord.open() as outbox:
        for _ in range(3):
            with pytest.raises(InvalidToken):
                await outbox.get_own_user()
        await outbox.edit_answer(APP, SECRET, HELLO)
    assert len(discord.seen) == 2


async def test_the_guard_stops_before_the_ban() -> None:
    guard = InvalidGuard(stop_at=2)
    discord = FakeDiscord([error(403, 50013) for _ in range(2)])
    async with discord.open(guard) as outbox:
        for _ in range(2):
            with pytest.raises(Forbidden):
                await outbox.trigger_typing(CHANNEL)
        with pytest.raises(RateLimitedOut, match="invalid requests"):
            await outbox.get_own_user()
        assert outbox.diagnostics().invalid == 2
    assert len(discord.seen) == 2


async def test_a_cancelled_request_gives_its_place_to_the_next(autojump_clock: MockClock) -> None:
    discord = FakeDiscord([too_many("user", 50.0)])
    async with discord.open() as outbox:
        with trio.move_on_after(1) as scope:
            await outbox.edit_message(CHANNEL, MESSAGE_ID, HELLO)
        assert scope.cancelled_caught
        assert sum(outbox.diagnostics().waiting.values()) == 0
        await outbox.trigger_typing(CHANNEL)
        await outbox.edit_message(CHANNEL, MESSAGE_ID, HELLO)
    assert [seen.method for seen in discord.seen] == ["PATCH", "POST", "PATCH"]


async def test_many_at_once_all_arrive(autojump_clock: MockClock) -> None:
    discord = FakeDiscord()
    async with discord.open() as outbox, trio.open_nursery() as nursery:
        for _ in range(120):
            nursery.start_soon(outbox.trigger_typing, CHANNEL)
    assert len(discord.seen) == 120


async def test_no_token_and_no_content_in_logs_and_errors(
    caplog: pytest.LogCaptureFixture, autojump_clock: MockClock
) -> None:
    logging.getLogger("httpx").setLevel(logging.NOTSET)
    caplog.set_level(logging.DEBUG)
    message = Message(content="a private matter")
    script: list[httpx.Response | Exception | Callable[[], httpx.Response]] = [
        too_many("user", 0.1),
        httpx.Response(500),
        error(400, 50035, "Invalid Form Body"),
        httpx.ConnectError("refused"),
        error(404, 10015, "Unknown Webhook"),
        error(401),
    ]
    texts: list[str] = []
    async with FakeDiscord(script).open() as outbox:
        for call in (
            lambda: outbox.edit_answer(APP, SECRET, message),
            lambda: outbox.follow_up(APP, SECRET, message),
            lambda: outbox.create_message(CHANNEL, message),
        ):
            with pytest.raises(RestError) as caught:
                await call()
            texts += [str(caught.value), repr(caught.value)]
        texts.append(repr(outbox.diagnostics()))
    texts += [f"{record.getMessage()} {vars(record)}" for record in caplog.records]
    assert any("rate limited" in text for text in texts)
    for text in texts:
        assert SECRET not in text
        assert TOKEN not in text
        assert "private" not in text
