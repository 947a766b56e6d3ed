"""Routes, headers and addresses: the small values that everything else leans on."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.rest import routes
from actors.rest.api_base import ApiBase, make_tls_context
from actors.rest.limits import DEFAULT_RETRY_S, Scope, parse_verdict
from actors.rest.routes import Priority, Route
from tests.rest.openapi import Contract

ALL_ROUTES = [value for value in vars(routes).values() if isinstance(value, Route)]
HEADERS = {
    "x-ratelimit-bucket": "abcd",
    "x-ratelimit-limit": "5",
    "x-ratelimit-remaining": "4",
    "x-ratelimit-reset": "1470173023.123",
    "x-ratelimit-reset-after": "64.57",
}


def test_a_filled_route_shows_no_token() -> None:
    target = routes.EDIT_ANSWER.fill(application_id=5, token="tok/en secret")
    assert target.path == "/webhooks/5/tok%2Fen%20secret/messages/@original"
    assert "secret" not in repr(target)
    assert "secret" not in target.major
    assert target.route.name == "PATCH /webhooks/{application_id}/{token}/messages/@original"


def test_interactions_are_told_apart_by_their_token() -> None:
    first, second = (routes.EDIT_ANSWER.fill(application_id=5, token=token) for token in "ab")
    assert first.major != second.major
    follow_up = routes.FOLLOW_UP.fill(application_id=5, token="a")
    assert follow_up.major == first.major


@pytest.mark.parametrize("parameters", [{}, {"channel_id": 1, "guild_id": 2}, {"guild_id": 2}])
def test_a_route_wants_exactly_its_own_parameters(parameters: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="parameter"):
        routes.CREATE_MESSAGE.fill(**parameters)


@pytest.mark.parametrize("route", ALL_ROUTES, ids=lambda route: route.name)
def test_every_route_is_one_of_discords(route: Route) -> None:
    names = [
        "channel_id",
        "guild_id",
        "user_id",
        "message_id",
        "application_id",
        "interaction_id",
        "event_id",
    ]
    values: dict[str, int | str] = {name: 1 for name in names if f"{{{name}}}" in route.template}
    values |= {name: "x" for name in ("token", "emoji") if f"{{{name}}}" in route.template}
    contract = Contract.load()
    assert contract.has(route.method.value, route.fill(**values).path)


def test_only_what_creates_anew_without_a_nonce_is_not_repeated() -> None:
    once = {route.name for route in ALL_ROUTES if not route.repeatable}
    assert once == {routes.FOLLOW_UP.name, routes.CREATE_SCHEDULED_EVENT.name}


def test_interaction_endpoints_alone_pass_the_global_limit() -> None:
    exempt = {route.template.split("/")[1] for route in ALL_ROUTES if route.exempt}
    bound = {route.template.split("/")[1] for route in ALL_ROUTES if not route.exempt}
    assert exempt == {"interactions", "webhooks"}
    assert not exempt & bound


def test_priorities_are_answer_edit_reaction_deletion() -> None:
    assert routes.CREATE_MESSAGE.priority == routes.EDIT_ANSWER.priority == Priority.ANSWER
    assert routes.EDIT_MESSAGE.priority == Priority.EDIT
    assert routes.ADD_REACTION.priority == routes.REMOVE_REACTION.priority == Priority.REACTION
    assert routes.DELETE_MESSAGE.priority == routes.DELETE_ANSWER.priority == Priority.DELETION


def test_limits_are_read_from_headers() -> None:
    limits = parse_verdict(200, HEADERS, b"").limits
    assert limits is not None
    assert (limits.bucket, limits.limit, limits.remaining, limits.reset_after_s) == ("abcd", 5, 4, 64.57)


@pytest.mark.parametrize("name", [name for name in HEADERS if name != "x-ratelimit-reset"])
@pytest.mark.parametrize("value", [None, "", "nan", "-1", "inf", "soon"])
def test_headers_with_nonsense_in_them_count_as_absent(name: str, value: str | None) -> None:
    headers = {key: text for key, text in HEADERS.items() if key != name}
    if value is not None:
        headers[name] = value
    limits = parse_verdict(200, headers, b"").limits
    assert limits is None or (name == "x-ratelimit-bucket" and limits.bucket == value)


@pytest.mark.parametrize(
    ("headers", "body", "scope", "retry_after_s"),
    [
        ({"x-ratelimit-scope": "user", "retry-after": "65"}, b'{"retry_after": 64.57}', Scope.USER, 64.57),
        ({"x-ratelimit-scope": "shared", "retry-after": "7"}, b"", Scope.SHARED, 7.0),
        ({"x-ratelimit-scope": "global"}, b'{"retry_after": 1.5}', Scope.GLOBAL, 1.5),
        ({"x-ratelimit-global": "true", "retry-after": "2"}, b"", Scope.GLOBAL, 2.0),
        ({}, b'{"retry_after": 0.3, "global": true}', Scope.GLOBAL, 0.3),
        ({}, b'{"retry_after": 0.3, "global": false}', Scope.USER, 0.3),
        ({"retry-after": "900"}, b"<html>banned</html>", Scope.ADDRESS, 900.0),
        ({}, b"", Scope.ADDRESS, DEFAULT_RETRY_S),
        (
            {"x-ratelimit-scope": "user", "retry-after": "x"},
            b'{"retry_after": -5}',
            Scope.USER,
            DEFAULT_RETRY_S,
        ),
    ],
)
def test_a_429_tells_whom_it_is_about_and_for_how_long(
    headers: dict[str, str], body: bytes, scope: Scope, retry_after_s: float
) -> None:
    verdict = parse_verdict(429, headers, body)
    assert (verdict.scope, verdict.retry_after_s) == (scope, retry_after_s)


@settings(max_examples=200, deadline=None)
@given(values=st.lists(st.text(max_size=8), min_size=7, max_size=7), body=st.binary(max_size=60))
def test_no_answer_breaks_the_reader(values: list[str], body: bytes) -> None:
    names = [*HEADERS, "retry-after", "x-ratelimit-scope"]
    verdict = parse_verdict(429, dict(zip(names, values, strict=True)), body)
    assert 0 <= verdict.retry_after_s <= 86_400


@pytest.mark.parametrize(
    ("text", "url", "port"),
    [
        ("https://discord.com/api/v10/", "https://discord.com/api/v10", 443),
        ("http://127.0.0.1:8080/api/v10", "http://127.0.0.1:8080/api/v10", 8080),
        ("http://localhost/api", "http://localhost/api", 80),
        ("http://[::1]:9/api", "http://[::1]:9/api", 9),
        ("https://[2001:db8::1]/api", "https://[2001:db8::1]/api", 443),
    ],
)
def test_an_api_base_is_taken_apart(text: str, url: str, port: int) -> None:
    base = ApiBase.parse(text)
    assert (base.url, base.port) == (url, port)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "discord.com",
        "http://discord.com",
        "http://192.168.1.2",
        "https://",
        "https://a/b?c=d",
        "ws://localhost",
    ],
)
def test_an_api_base_that_a_token_may_not_travel_to_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="API base"):
        ApiBase.parse(text)


def test_the_default_tls_context_verifies() -> None:
    context = make_tls_context()
    assert context.check_hostname
    assert context.verify_mode.name == "CERT_REQUIRED"
