"""The judge itself: it must refuse what is wrong, or its approval means nothing."""

import time
from pathlib import Path
from typing import Any

import pytest

from tests.rest.json_schema import ANNOTATIONS, KNOWN_KEYWORDS, Schema
from tests.rest.openapi import NO_BODY, Contract, Violation

MESSAGES = "/channels/1/messages"


@pytest.fixture
def contract() -> Contract:
    return Contract.load()


def button(**changes: object) -> dict[str, object]:
    return {
        "components": [
            {"type": 1, "components": [{"type": 2, "style": 1, "custom_id": "x", "label": "y"} | changes]}
        ]
    }


RIGHT: list[tuple[str, str, object]] = [
    ("POST", MESSAGES, {"content": "hi"}),
    ("post", "/api/v10/channels/1/messages?x=1", {"content": None, "nonce": "7", "enforce_nonce": True}),
    ("POST", MESSAGES, button()),
    ("PUT", "/channels/1/messages/2/reactions/%E2%8F%B3/@me", NO_BODY),
    ("GET", "/users/@me", NO_BODY),
    ("PUT", "/channels/1/voice-status", {"status": None}),
    ("POST", "/interactions/1/tok/callback", {"type": 6}),
    ("PUT", "/applications/1/commands", []),
]


@pytest.mark.parametrize(("method", "path", "body"), RIGHT)
def test_right_requests_pass(contract: Contract, method: str, path: str, body: object) -> None:
    contract.check(method, path, body)


WRONG: list[tuple[str, str, object, str]] = [
    ("POST", "/channels/1/mesages", {"content": "hi"}, "no such route"),
    ("PUT", MESSAGES, {"content": "hi"}, "no method PUT"),
    ("POST", "/channels/general/messages", {"content": "hi"}, "channel_id"),
    ("POST", MESSAGES, NO_BODY, "body is missing"),
    ("POST", "/channels/1/typing", {}, "takes no body"),
    ("POST", MESSAGES, [], r"\$: list is not object"),
    ("POST", MESSAGES, {"contents": "hi"}, r"\$\.contents: no such property"),
    ("POST", MESSAGES, {"content": 5}, r"\$\.content: int is not string or null"),
    ("POST", MESSAGES, {"content": "x" * 4001}, r"\$\.content: 4001 length, at most 4000"),
    ("POST", MESSAGES, {"flags": True}, r"\$\.flags: bool is not integer"),
    ("POST", MESSAGES, {"embeds": [{}] * 11}, r"\$\.embeds: 11 items"),
    ("POST", MESSAGES, {"embeds": [{"color": 1 << 24}]}, r"\$\.embeds\[0\]\.color: .* out of range"),
    ("POST", MESSAGES, {"embeds": [{"timestamp": "2026-01-01T00:00:00"}]}, "date-time"),
    ("POST", MESSAGES, {"embeds": [{"url": "no address"}]}, "URI"),
    ("POST", MESSAGES, {"embeds": [{"fields": [{"name": "a"}]}]}, "value is missing"),
    ("POST", MESSAGES, {"message_reference": {"message_id": 5}}, r"message_id: int is not string"),
    ("POST", MESSAGES, {"message_reference": {"message_id": "05"}}, "pattern"),
    ("POST", MESSAGES, {"allowed_mentions": {"users": ["1", "1"]}}, "twice"),
    ("POST", MESSAGES, {"allowed_mentions": {"parse": ["all"]}}, r"parse\[0\]"),
    ("POST", MESSAGES, button(label="x" * 81), r"components\[0\]\.label: 81 length"),
    ("POST", MESSAGES, button(custom_id=""), r"custom_id: 0 length, at least 1"),
    ("POST", MESSAGES, button(style=9), r"style: 9 is not"),
    ("POST", MESSAGES, button(type=99), r"type: 99 is"),
    ("POST", MESSAGES, button(colour=1), r"colour: no such property"),
    ("POST", "/interactions/1/tok/callback", {"type": 3}, r"type: 3 is"),
    ("POST", "/interactions/1/tok/callback", {"type": 9, "data": {"title": "x"}}, "custom_id is missing"),
    ("PUT", "/applications/1/commands", [{"description": "x"}], r"\$\[0\]: name is missing"),
    ("PATCH", "/guilds/1/members/2", {"nick": "x" * 33}, r"\$\.nick: 33 length"),
]


@pytest.mark.parametrize(("method", "path", "body", "reason"), WRONG)
def test_wrong_requests_are_refused_with_the_place(
    contract: Contract, method: str, path: str, body: object, reason: str
) -> None:
    with pytest.raises(Violation, match=reason):
        contract.check(method, path, body)


def test_the_checker_knows_every_keyword_that_a_request_meets(contract: Contract) -> None:
    seen = set[str]()
    visited = set[str]()

    def walk(schema: Schema) -> None:
        seen.update(schema)
        reference = schema.get("$ref")
        if reference is not None and reference not in visited:
            visited.add(reference)
            walk(contract.resolve(reference))
        inside: list[Any] = [*schema.get("properties", {}).values()]
        for keyword in ("oneOf", "anyOf", "allOf"):
            inside += schema.get(keyword, [])
        for inner in (*inside, schema.get("items"), schema.get("additionalProperties")):
            if isinstance(inner, dict):
                walk(inner)  # pyright: ignore[reportUnknownArgumentType] - a schema is any JSON

    for body in contract.request_schemas():
        for content in body["content"].values():
            walk(content["schema"])
    assert len(visited) > 100
    assert seen <= KNOWN_KEYWORDS | ANNOTATIONS


def test_a_check_costs_little(contract: Contract) -> None:
    started = time.process_time()
    for _ in range(20):
        contract.check("POST", MESSAGES, button())
    assert time.process_time() - started < 0.5


def test_without_the_file_the_test_is_skipped_and_under_ci_it_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DISCORD_OPENAPI", str(tmp_path / "none.json"))
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="DISCORD_OPENAPI"):
        Contract.load()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="DISCORD_OPENAPI"):
        Contract.load()
