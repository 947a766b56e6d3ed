"""Why the gateway ends a connection. Source: Opcodes and Status Codes, "Gateway Close Event Codes"."""

from enum import IntEnum


class GatewayClose(IntEnum):
    """What a client is told when its connection ends."""

    UNKNOWN_ERROR = 4000
    UNKNOWN_OPCODE = 4001
    DECODE_ERROR = 4002
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    ALREADY_AUTHENTICATED = 4005
    INVALID_SEQUENCE = 4007
    RATE_LIMITED = 4008
    SESSION_TIMED_OUT = 4009
    INVALID_SHARD = 4010
    SHARDING_REQUIRED = 4011
    INVALID_API_VERSION = 4012
    INVALID_INTENTS = 4013
    DISALLOWED_INTENTS = 4014


ENDS_SESSION = frozenset(
    {
        1000,
        1001,
        GatewayClose.AUTHENTICATION_FAILED,
        GatewayClose.INVALID_SEQUENCE,
        GatewayClose.SESSION_TIMED_OUT,
        GatewayClose.INVALID_SHARD,
        GatewayClose.SHARDING_REQUIRED,
        GatewayClose.INVALID_API_VERSION,
        GatewayClose.INVALID_INTENTS,
        GatewayClose.DISALLOWED_INTENTS,
    }
)
"""After these, whoever sent them, nothing is left to resume. Source: Gateway, "Resuming"."""
