"""What an HTTP status says about a track."""

from media.errors import MediaFailure

_FORBIDDEN = frozenset({401, 402, 403, 451})
_TOO_MANY = 429
_GONE = frozenset({404, 410})


def failure_of_status(status: int) -> MediaFailure | None:
    """The failure that a status stands for, None if it says that all is well."""
    if status in _GONE:
        return MediaFailure.NOT_FOUND
    if status == _TOO_MANY:
        return MediaFailure.RATE_LIMIT
    if status in _FORBIDDEN:
        return MediaFailure.FORBIDDEN
    return MediaFailure.HTTP_STATUS if status >= 400 else None
