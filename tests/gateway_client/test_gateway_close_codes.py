"""The close code table against the documentation."""

import pytest

from gateway_client.close_codes import CLOSE_CODES, Verdict, close_code, fatal_error
from gateway_client.errors import (
    AuthenticationFailed,
    DisallowedIntents,
    GatewayClosed,
    InvalidApiVersion,
    InvalidIntents,
    InvalidShard,
    ShardingRequired,
)

# Opcodes and Status Codes, "Gateway Close Event Codes": code, description, reconnect
DOCUMENTED = [
    (4000, "unknown error", True),
    (4001, "unknown opcode", True),
    (4002, "decode error", True),
    (4003, "not authenticated", True),
    (4004, "authentication failed", False),
    (4005, "already authenticated", True),
    (4007, "invalid seq", True),
    (4008, "rate limited", True),
    (4009, "session timed out", True),
    (4010, "invalid shard", False),
    (4011, "sharding required", False),
    (4012, "invalid api version", False),
    (4013, "invalid intents", False),
    (4014, "disallowed intents", False),
]


@pytest.mark.parametrize(("code", "name", "reconnects"), DOCUMENTED)
def test_documented_code(code: int, name: str, reconnects: bool) -> None:
    row = CLOSE_CODES[code]
    assert row.name.lower() == name
    assert (row.verdict is not Verdict.FATAL) == reconnects
    assert (fatal_error(code) is None) == reconnects


def test_no_application_code_is_made_up() -> None:
    assert {code for code in CLOSE_CODES if code >= 4000} == {code for code, _, _ in DOCUMENTED}


@pytest.mark.parametrize("code", [1000, 1001, 4003, 4007, 4009])
def test_code_that_ends_the_session(code: int) -> None:
    assert close_code(code).verdict is Verdict.NEW_SESSION


@pytest.mark.parametrize("code", [None, 1005, 1006, 1011, 1012, 3000, 4006, 4015, 4999])
def test_code_that_nobody_documented_resumes(code: int | None) -> None:
    assert close_code(code).verdict is Verdict.RESUME
    assert fatal_error(code) is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (4004, AuthenticationFailed),
        (4010, InvalidShard),
        (4011, ShardingRequired),
        (4012, InvalidApiVersion),
        (4013, InvalidIntents),
        (4014, DisallowedIntents),
    ],
)
def test_fatal_code_says_in_one_sentence_what_to_do(code: int, kind: type[GatewayClosed]) -> None:
    error = fatal_error(code)
    assert isinstance(error, kind)
    assert error.code == code
    sentence = str(error)
    assert sentence.endswith(".")
    assert sentence.count(". ") == 0
    assert any(verb in sentence for verb in ("copy", "set", "update", "switch"))
