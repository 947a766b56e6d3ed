"""What an answer of Discord's means: a decoded value, or one of the room's errors.

Pure. May import ``errors``, ``routes`` and ``gateway_client.objects``.

Of an error answer only the code, Discord's own sentence and the *places* of invalid fields are kept: the
details of a form error quote what was sent.

Source: Discord, "Reference", section "Error Messages"; "Opcodes and Status Codes".
"""

from typing import TypeVar

import attrs
import msgspec

from actors.rest.errors import (
    AlreadyAcknowledged,
    BadRequest,
    Code,
    Forbidden,
    InvalidToken,
    MalformedAnswer,
    NotFound,
    RateLimitedOut,
    RestError,
    Unavailable,
    UnknownInteraction,
)
from actors.rest.routes import Route
from gateway_client import objects

_T = TypeVar("_T")

_MAX_PLACES = 5
_MAX_SENTENCE = 200


@attrs.frozen(kw_only=True)
class Answer:
    """An HTTP answer, read to its end."""

    status: int
    headers: dict[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)

    @property
    def is_success(self) -> bool:
        """2xx."""
        return 200 <= self.status < 300


class _ErrorBody(msgspec.Struct):
    """Discord's JSON error."""

    code: int = 0
    message: str = ""
    errors: dict[str, object] = {}


def parse_object(kind: type[_T], answer: Answer, route: Route) -> _T:
    """Decode the body of a success.

    Raises:
        MalformedAnswer: it is not the JSON of such an object.

    """
    try:
        return objects.decoder(kind).decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedAnswer(
            f"an answer that cannot be read: {_first_line(error)}", status=answer.status, route=route.name
        ) from error


def parse_error(answer: Answer, route: Route) -> RestError:
    """Make the error that an answer other than 2xx stands for."""
    body = _parse_body(answer.body)
    sentence = _sentence_of(answer, body)
    kind = _kind_of(answer.status, body.code if body else 0, route)
    return kind(sentence, status=answer.status, code=body.code if body else 0, route=route.name)


def parse_rate_limited(answer: Answer, route: Route, retry_after_s: float) -> RateLimitedOut:
    """Make the error of a 429 that was not waited for."""
    body = _parse_body(answer.body)
    return RateLimitedOut(
        _sentence_of(answer, body),
        retry_after_s=retry_after_s,
        status=answer.status,
        code=body.code if body else 0,
        route=route.name,
    )


def _kind_of(status: int, code: int, route: Route) -> type[RestError]:
    if code == Code.UNKNOWN_INTERACTION:
        return UnknownInteraction
    if code == Code.ALREADY_ACKNOWLEDGED:
        return AlreadyAcknowledged
    if code == Code.TOKEN_EXPIRED or (status == 401 and route.exempt):
        return NotFound  # the token in the path of an interaction route, not the bot's
    if status >= 500:
        return Unavailable
    kinds: dict[int, type[RestError]] = {401: InvalidToken, 403: Forbidden, 404: NotFound}
    return kinds.get(status, BadRequest if 400 <= status < 500 else MalformedAnswer)


def _parse_body(body: bytes) -> _ErrorBody | None:
    try:
        return msgspec.json.decode(body, type=_ErrorBody, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _sentence_of(answer: Answer, body: _ErrorBody | None) -> str:
    if body is None or not body.message:
        return "an answer without Discord's JSON"
    places = _places_in(body.errors, "")
    more = f" [{', '.join(places[:_MAX_PLACES])}]" if places else ""
    return body.message[:_MAX_SENTENCE] + more


def _places_in(errors: object, path: str) -> list[str]:
    """List ``embeds.0.title: BASE_TYPE_MAX_LENGTH`` for every leaf of the tree of form errors."""
    if not isinstance(errors, dict):
        return []
    try:
        leaf = msgspec.convert(errors, _Leaf)
    except msgspec.ValidationError:
        leaf = _Leaf()
    if leaf.errors:
        return [f"{path}: {entry.code}" for entry in leaf.errors]
    tree = msgspec.convert(errors, dict[str, object])
    return [place for key, value in tree.items() for place in _places_in(value, f"{path}.{key}".lstrip("."))]


class _LeafEntry(msgspec.Struct):
    code: str = ""


class _Leaf(msgspec.Struct):
    errors: list[_LeafEntry] = msgspec.field(name="_errors", default_factory=list[_LeafEntry])


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:_MAX_SENTENCE]
