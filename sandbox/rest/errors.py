"""Discord's errors: ``{"code": …, "message": …, "errors": {…}}`` with its numbers and sentences.

Source: Opcodes and Status Codes, "JSON Error Codes"; API reference, "Error Messages".
"""

from collections.abc import Mapping
from typing import Any

from attrs import define, field

from sandbox.http.exchange import Response, json_response
from sandbox.json_values import JsonObject
from sandbox.model.directory import Kind, Unknown
from sandbox.model.interactions import Reason

SENTENCES = {
    10003: "Unknown Channel",
    10004: "Unknown Guild",
    10007: "Unknown Member",
    10008: "Unknown Message",
    10011: "Unknown Role",
    10013: "Unknown User",
    10014: "Unknown Emoji",
    10015: "Unknown Webhook",
    10062: "Unknown interaction",
    10063: "Unknown application command",
    10070: "Unknown Guild Scheduled Event",
    10065: "Unknown Voice State",
    20028: "The write action you are performing on the channel has hit the write rate limit.",
    30010: "Maximum number of reactions reached (20)",
    30034: "Max number of daily application command creates has been reached (200)",
    40005: "Request entity too large",
    40032: "Target user is not connected to voice.",
    40060: "Interaction has already been acknowledged.",
    50001: "Missing Access",
    50005: "Cannot edit a message authored by another user",
    50006: "Cannot send an empty message",
    50007: "Cannot send messages to this user",
    50013: "Missing Permissions",
    50016: "You can only bulk delete between 2 and 100 messages.",
    50024: "Cannot execute action on this channel type",
    50027: "Invalid Webhook Token",
    50034: "You can only bulk delete messages that are under 14 days old.",
    50035: "Invalid Form Body",
    50109: "The request body contains invalid JSON.",
}
"""Discord's numbers and what it says to them."""
_STATUS = {40005: 413, 50001: 403, 50005: 403, 50007: 403, 50013: 403, 50027: 401}


class ApiError(Exception):
    """A request is refused."""

    def __init__(self, code: int, *, status: int | None = None, errors: JsonObject | None = None) -> None:
        super().__init__(f"{code} {SENTENCES.get(code, '')}")
        self.code = code
        self.status = status or _STATUS.get(code, 404 if 10000 <= code < 11000 else 400)
        self.errors = errors

    def to_response(self) -> Response:
        """Return the answer to the client."""
        body: JsonObject = {"message": SENTENCES.get(self.code, "Error"), "code": self.code}
        if self.errors is not None:
            body["errors"] = self.errors
        return json_response(body, self.status)


def from_unknown(unknown: Unknown) -> ApiError:
    """Return the error for something that does not exist."""
    if unknown.kind is Kind.VOICE_STATE:
        return ApiError(40032, status=400)
    return ApiError(unknown.kind.value)


def from_reason(reason: Reason) -> ApiError:
    """Return the error for a broken rule of interactions."""
    if reason is Reason.INVALID_FORM:
        form = FormErrors()
        form.add("type", "INTERACTION_TYPE_INVALID", "This response type is not valid for this interaction.")
        return form.to_error()
    return ApiError(reason.value)


def plain_error(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return an error without a number of its own (code 0): ``401: Unauthorized``."""
    return json_response({"message": f"{status}: {sentence}", "code": 0}, status, headers)


@define
class FormErrors:
    """What is wrong with a body, by path; raised as one 50035."""

    _tree: dict[str, Any] = field(factory=dict[str, Any])

    def add(self, path: str, code: str, message: str) -> None:
        """Note an error at a dotted path (``embeds.0.title``)."""
        node = self._tree
        for step in path.split("."):
            node = node.setdefault(step, {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def too_long(self, path: str, limit: int) -> None:
        """Note a text above its limit."""
        self.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length.")

    def bad_length(self, path: str, low: int, high: int) -> None:
        """Note a text or list outside its limits."""
        self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")

    def required(self, path: str) -> None:
        """Note a field that is missing."""
        self.add(path, "BASE_TYPE_REQUIRED", "This field is required")

    def wrong_type(self, path: str, wanted: str) -> None:
        """Note a value of the wrong JSON type."""
        self.add(path, "BASE_TYPE_BAD_TYPE", f"Value must be of type {wanted}.")

    def to_error(self) -> ApiError:
        """Return all of it as one error."""
        return ApiError(50035, errors=self._tree)

    def check(self) -> None:
        """Raise if anything was noted."""
        if self._tree:
            raise self.to_error()
