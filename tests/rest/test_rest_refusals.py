"""What the outbox makes of refusals, failures and limits, and what it never tells anybody."""

import logging
from collections.abc import Callable

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
    RateLimitedOut,
    RestError,
    Unavailable,
    UnknownInteraction,
)
from actors.rest.invalid_guard import InvalidGuard
from actors.rest.payloads import Message
from actors.rest.sender import ATTEMPTS
from gateway_client.ids import ApplicationId, ChannelId, MessageId
from tests.patience import PATIENCE_S
from tests.rest.fake_discord import TOKEN, FakeDiscord, error, too_many

APP, CHANNEL, MESSAGE_ID = ApplicationId(5), ChannelId(1), MessageId(11)
SECRET = "interaction-token-to-hide"
HELLO = Message(content="hello")

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
        await outbox.delete_message(CHANNEL, MESSAGE_ID)
        await outbox.delete_message(CHANNEL, MESSAGE_ID)
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
        with trio.fail_after(PATIENCE_S):
            async with trio.open_nursery() as nursery:
                for number in range(3):
                    nursery.start_soon(outbox.delete_message, CHANNEL, MessageId(number))
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
                await outbox.delete_message(CHANNEL, MESSAGE_ID)
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
        await outbox.create_message(CHANNEL, HELLO)
        await outbox.edit_message(CHANNEL, MESSAGE_ID, HELLO)
    assert [seen.method for seen in discord.seen] == ["PATCH", "POST", "PATCH"]


async def test_many_at_once_all_arrive(autojump_clock: MockClock) -> None:
    discord = FakeDiscord()
    async with discord.open() as outbox, trio.open_nursery() as nursery:
        for number in range(120):
            nursery.start_soon(outbox.delete_message, CHANNEL, MessageId(number))
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
