"""What can go wrong between Roadie and Discord's REST interface.

One small tree. Everything foreign (httpx, h11, sockets, JSON) is translated into it at the room's edge, so
that a slice can say ``except NotFound`` and know what that means. May import nothing of ours.

No error carries a token or the text of a message: a route is named by its template (``POST
/channels/{channel_id}/messages``), and of Discord's answer only its code, its own sentence and the *places*
of invalid fields are kept.

Source: Discord, "Opcodes and Status Codes", section "JSON Error Codes".
"""

import enum


class Code(enum.IntEnum):
    """The codes of Discord's JSON errors that somebody in Roadie acts on."""

    UNKNOWN_CHANNEL = 10003
    UNKNOWN_MESSAGE = 10008
    UNKNOWN_EMOJI = 10014
    UNKNOWN_WEBHOOK = 10015
    UNKNOWN_INTERACTION = 10062
    TOO_MANY_REACTIONS = 30010
    ALREADY_ACKNOWLEDGED = 40060
    TOKEN_EXPIRED = 50027
    REACTION_BLOCKED = 90001


class RestError(Exception):
    """The root: a request that did not have its effect, or whose effect is unknown.

    Args:
        message: what happened, in one sentence.
        status: the HTTP status, 0 when no answer of Discord's came.
        code: Discord's JSON error code, 0 when there is none.
        route: method and path template, never with a token in it.

    """

    def __init__(self, message: str, *, status: int = 0, code: int = 0, route: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.route = route

    def __str__(self) -> str:
        numbers = f" ({self.status}/{self.code})" if self.status else ""
        where = f"{self.route}: " if self.route else ""
        return f"{where}{self.message}{numbers}"


class PayloadError(RestError):
    """A payload breaks one of Discord's limits; nothing was sent."""


class BadRequest(RestError):
    """Discord refuses the request as it is (400, and every other 4xx without a name here)."""


class InvalidToken(RestError):
    """The bot's token is not accepted (401). Repeating cannot help."""


class Forbidden(RestError):
    """The bot may not do this here (403); ``code`` says which kind."""


class NotFound(RestError):
    """The channel, message, emoji or webhook does not exist, or no longer (404)."""


class UnknownInteraction(NotFound):
    """The interaction is older than three seconds, or was never ours (10062)."""


class AlreadyAcknowledged(BadRequest):
    """Somebody has answered this interaction before (40060): perhaps a second instance on the same token."""


class RateLimitedOut(RestError):
    """Not sent, or given up: Discord's limits leave no room for this request.

    Args:
        message: what happened.
        retry_after_s: when asking again makes sense, in seconds from now.
        status: 429 if Discord said so, 0 if we stopped ourselves.
        code: Discord's JSON error code.
        route: method and path template.

    """

    def __init__(
        self, message: str, *, retry_after_s: float, status: int = 0, code: int = 0, route: str = ""
    ) -> None:
        super().__init__(message, status=status, code=code, route=route)
        self.retry_after_s = retry_after_s


class Unavailable(RestError):
    """No usable answer: network, TLS or a 5xx, after the repeats that were safe.

    The effect is unknown where the request was not safe to repeat.
    """


class MalformedAnswer(RestError):
    """Discord, or something that answers in its place, sent what is not the JSON we expect."""
