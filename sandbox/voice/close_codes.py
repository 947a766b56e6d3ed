"""Why the voice gateway closes a connection, as numbers and sentences.

Source: Discord, "Opcodes and Status Codes", section "Voice Close Event Codes".
"""

from enum import IntEnum


class VoiceClose(IntEnum):
    """A close code of the voice gateway."""

    UNKNOWN_OPCODE = 4001
    UNDECODABLE = 4002
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    ALREADY_AUTHENTICATED = 4005
    SESSION_INVALID = 4006
    SESSION_TIMEOUT = 4009
    SERVER_NOT_FOUND = 4011
    UNKNOWN_PROTOCOL = 4012
    DISCONNECTED = 4014
    SERVER_CRASHED = 4015
    UNKNOWN_MODE = 4016
    E2EE_REQUIRED = 4017
    BAD_REQUEST = 4020
    RATE_LIMITED = 4021
    CALL_TERMINATED = 4022


REASONS = {
    VoiceClose.UNKNOWN_OPCODE: "Unknown opcode.",
    VoiceClose.UNDECODABLE: "Failed to decode payload.",
    VoiceClose.NOT_AUTHENTICATED: "Not authenticated.",
    VoiceClose.AUTHENTICATION_FAILED: "Authentication failed.",
    VoiceClose.ALREADY_AUTHENTICATED: "Already authenticated.",
    VoiceClose.SESSION_INVALID: "Session is no longer valid.",
    VoiceClose.SESSION_TIMEOUT: "Session timed out.",
    VoiceClose.SERVER_NOT_FOUND: "Server not found.",
    VoiceClose.UNKNOWN_PROTOCOL: "Unknown protocol.",
    VoiceClose.DISCONNECTED: "Disconnected.",
    VoiceClose.SERVER_CRASHED: "Voice server crashed.",
    VoiceClose.UNKNOWN_MODE: "Unknown encryption mode.",
    VoiceClose.E2EE_REQUIRED: "E2EE/DAVE protocol required.",
    VoiceClose.BAD_REQUEST: "Bad request.",
    VoiceClose.RATE_LIMITED: "Disconnected: rate limited.",
    VoiceClose.CALL_TERMINATED: "Disconnected: call terminated.",
}


def close_reason(code: int) -> str:
    """The sentence that travels with a close code; empty for a code that Discord does not name."""
    try:
        return REASONS[VoiceClose(code)]
    except ValueError:
        return ""
