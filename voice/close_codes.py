"""Every way in which a voice connection closes, and who has to do what about it.

One table, read by the session (which acts on :attr:`Verdict.RESUME` and :attr:`Verdict.IDENTIFY` itself)
and by the bot (which acts on the others). Imports nothing.

Rules:

- A code that is not in the table, and a connection that broke without a code, are resumed: the server
  says 4006 when it does not know the session any more.
- The node never retries for ever: when its own attempts are used up, it reports ``REJOIN``.

Source: Discord, "Opcodes and Status Codes", section "Voice Close Event Codes"; "Voice", section "Resuming
Voice Connection"; practice for 4006, 4014 and 4022 is written at their lines.
"""

from enum import StrEnum
from typing import Final


class Verdict(StrEnum):
    """What follows from a closed voice connection."""

    RESUME = "resume"
    """The node resumes the session by itself; audio goes on over UDP meanwhile."""
    IDENTIFY = "identify"
    """The node opens a new session on the same server by itself."""
    REJOIN = "rejoin"
    """The session is gone: leave and join afresh (main gateway op 4), with a bound, keeping the position."""
    AWAIT = "await"
    """Wait up to 5 s for a new server or voice state; an own channel of null means: stop, keep the queue."""
    STOP = "stop"
    """Do not come back by oneself; say so."""
    FAIL = "fail"
    """It cannot work as things are (missing encryption, a request the server refuses); say why."""


VERDICTS: Final[dict[int, Verdict]] = {
    1000: Verdict.RESUME,
    1001: Verdict.RESUME,
    1006: Verdict.RESUME,
    4001: Verdict.FAIL,
    4002: Verdict.FAIL,
    4003: Verdict.IDENTIFY,
    # The token came with VOICE_SERVER_UPDATE and has expired: only a fresh join brings another.
    4004: Verdict.REJOIN,
    4005: Verdict.IDENTIFY,
    4006: Verdict.REJOIN,
    4009: Verdict.RESUME,
    4011: Verdict.REJOIN,
    4012: Verdict.FAIL,
    # Kicked, moved, or the main gateway session dropped; which of them, the main gateway tells.
    4014: Verdict.AWAIT,
    4015: Verdict.RESUME,
    4016: Verdict.FAIL,
    4017: Verdict.FAIL,
    4020: Verdict.FAIL,
    4021: Verdict.STOP,
    # Channel deleted, or the voice server changed; in the second case VOICE_SERVER_UPDATE follows.
    4022: Verdict.AWAIT,
}

HINTS: Final[dict[int, str]] = {
    4001: "the voice server does not know an opcode that was sent",
    4002: "the voice server could not decode what was sent",
    4004: "the voice token was refused",
    4006: "the voice session is no longer valid",
    4011: "the voice server was not found",
    4012: "the voice server refused the protocol",
    4014: "disconnected from the voice channel",
    4015: "the voice server crashed",
    4016: "the voice server refused the encryption mode",
    4017: "the channel requires end-to-end encryption",
    4020: "the voice server called the request malformed",
    4021: "disconnected by a rate limit",
    4022: "the call was terminated",
}


def verdict_of(code: int | None) -> Verdict:
    """What to do after a close with ``code``; ``None`` is a connection that broke without a code."""
    if code is None:
        return Verdict.RESUME
    return VERDICTS.get(code, Verdict.RESUME)


def hint_of(code: int | None) -> str:
    """A few words for logs on what ``code`` means."""
    if code is None:
        return "the connection broke"
    return HINTS.get(code, "the voice server closed the connection")
