"""What each WebSocket close code means for the session: the one table.

Imports `errors`. A code that is not in the table – of the network, of a proxy, of a Discord of tomorrow –
leaves the session alone: resume it. 1000 and 1001 end a session by definition.

Source: Opcodes and Status Codes, "Gateway Close Event Codes"; Gateway, "Initiating a Disconnect".
"""

from enum import Enum, auto

from attrs import frozen

from gateway_client.errors import (
    AuthenticationFailed,
    DisallowedIntents,
    GatewayClosed,
    InvalidApiVersion,
    InvalidIntents,
    InvalidShard,
    ShardingRequired,
)

ENDING = 1000
"""Sent by us at shutdown: the session ends and the bot is seen to go offline."""

INTERRUPTING = 4000
"""Sent by us whenever the session shall live on: anything but 1000 and 1001 does that."""


class Verdict(Enum):
    """What to do after a closure."""

    RESUME = auto()
    NEW_SESSION = auto()
    FATAL = auto()


@frozen(kw_only=True)
class CloseCode:
    """One row. A fatal one has its error and the sentence for the person who runs the bot."""

    name: str
    verdict: Verdict = Verdict.RESUME
    error: type[GatewayClosed] | None = None
    sentence: str = ""


def _fatal(name: str, error: type[GatewayClosed], sentence: str) -> CloseCode:
    return CloseCode(name=name, verdict=Verdict.FATAL, error=error, sentence=sentence)


def _new(name: str) -> CloseCode:
    return CloseCode(name=name, verdict=Verdict.NEW_SESSION)


CLOSE_CODES: dict[int, CloseCode] = {
    1000: _new("normal closure"),
    1001: _new("going away"),
    1006: CloseCode(name="connection lost"),
    1009: _new("message too big"),  # resuming would only bring the same message again
    4000: CloseCode(name="unknown error"),
    4001: CloseCode(name="unknown opcode"),
    4002: CloseCode(name="decode error"),
    4003: _new("not authenticated"),  # "or this session has been invalidated"
    4004: _fatal(
        "authentication failed",
        AuthenticationFailed,
        "Discord refuses the bot's token: copy the current one from the Bot page of the developer portal "
        "into DISCORD_TOKEN and start again.",
    ),
    4005: CloseCode(name="already authenticated"),
    4007: _new("invalid seq"),
    4008: CloseCode(name="rate limited"),
    4009: _new("session timed out"),
    4010: _fatal(
        "invalid shard",
        InvalidShard,
        'Discord refuses the number of shards: set shards to "auto" and start again.',
    ),
    4011: _fatal(
        "sharding required",
        ShardingRequired,
        'The bot is on too many servers for its number of shards: set shards to "auto" and start again.',
    ),
    4012: _fatal(
        "invalid API version",
        InvalidApiVersion,
        "Discord no longer speaks the gateway version that this release uses: update Roadie.",
    ),
    4013: _fatal(
        "invalid intents",
        InvalidIntents,
        "Discord does not know one of the intents that this release asks for: update Roadie.",
    ),
    4014: _fatal(
        "disallowed intents",
        DisallowedIntents,
        "A privileged intent is not granted: switch on Message Content Intent on the Bot page of the "
        "developer portal, or run without it.",
    ),
}

_UNLISTED = CloseCode(name="unlisted")


def close_code(code: int | None) -> CloseCode:
    """The row for a code; None is a connection that was lost without one."""
    return CLOSE_CODES.get(1006 if code is None else code, _UNLISTED)


def fatal_error(code: int | None) -> GatewayClosed | None:
    """The error that ends the run, or None if the session or a new one goes on."""
    row = close_code(code)
    if code is None or row.error is None:
        return None
    return row.error(code, row.sentence)
