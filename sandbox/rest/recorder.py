"""What was asked of REST, in order, for tests that check requests against a contract. Never a token."""

from collections import deque
from collections.abc import Mapping
from typing import Any

from attrs import define, field, frozen

from sandbox.rest.call import Call


@frozen(kw_only=True)
class RecordedRequest:
    """One request, and what it got."""

    method: str
    path: str
    """Without the base (``/api/v10``)."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """In lower case, without ``authorization``."""
    json: Any
    files: tuple[str, ...]
    """Names of uploaded files."""
    at: float
    """Arrival, monotonic seconds."""
    status: int | None
    """None: never answered."""


@define
class Recorder:
    """The newest requests."""

    kept: int = 10_000
    _requests: deque[RecordedRequest] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._requests = deque(maxlen=self.kept)

    def add(self, call: Call, path: str, at: float, status: int | None) -> None:
        """Keep a request that was dealt with."""
        request = call.request
        self._requests.append(
            RecordedRequest(
                method=request.method,
                path=path,
                query=dict(request.query),
                headers={k: v for k, v in request.headers.items() if k != "authorization"},
                json=call.json,
                files=tuple(upload.filename for upload in call.uploads.values()),
                at=at,
                status=status,
            )
        )

    def all(self) -> list[RecordedRequest]:
        """Return what is kept, oldest first."""
        return list(self._requests)

    def clear(self) -> None:
        """Forget everything."""
        self._requests.clear()
