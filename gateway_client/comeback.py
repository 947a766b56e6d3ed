"""How a shard comes back: which session it resumes, at which address, and after which wait.

Rules. The session of READY is resumed at the address of READY, until `RESUME_DIALS` dials in a row have
failed; then the general address serves. The session is given up when Discord says so, and after
`RESUMES_TRIED` connections in a row that did not bring it back. The wait is none at all after a healthy
connection, else longer each time.

Imports `backoff`. Randomness is injected, no time is kept; cannot fail.

Source: Gateway, "Resuming".
"""

from random import Random

from attrs import Factory, define, field

from gateway_client.backoff import Backoff

RESUMES_TRIED = 5
"""Connections in a row that may fail to bring the session back before it is given up."""

RESUME_DIALS = 3
"""Failed dials in a row after which `resume_gateway_url` counts as gone, and the general address serves."""

INVALID_WAIT_S = (1.0, 5.0)
"""The random wait after an invalid session. Discord's documentation long asked for just this."""


@define(kw_only=True)
class Comeback:
    """What a shard knows for its next connection.

    Attributes:
        random: for jitter only.
        session_id: of the session to resume, None if there is none.
    """

    random: Random
    session_id: str | None = field(default=None, repr=False)
    _resume_url: str = ""
    _failed_dials: int = 0
    _failed_resumes: int = 0
    _backoff: Backoff = Factory(Backoff)

    @property
    def is_lost(self) -> bool:
        """So many dials have failed that the addresses may be old."""
        return self._failed_dials >= RESUME_DIALS

    def url(self, general: str) -> str:
        """Where to dial: Discord's address, without our query."""
        return general if self.session_id is None or self.is_lost else self._resume_url

    def dial_failed(self) -> None:
        """No WebSocket came about."""
        self._failed_dials += 1

    def greeted(self) -> None:
        """There is a connection."""
        self._failed_dials = 0

    def begun(self, session_id: str, resume_url: str) -> None:
        """READY: this is the session from now on."""
        self.session_id, self._resume_url = session_id, resume_url
        self._failed_resumes = 0

    def resuming(self) -> None:
        """A resume is asked for, which counts as failed until `resumed`."""
        self._failed_resumes += 1

    def resumed(self) -> None:
        """RESUMED: the session is back."""
        self._failed_resumes = 0

    @property
    def is_hopeless(self) -> bool:
        """Whether the session has not come back often enough to be given up."""
        return self._failed_resumes >= RESUMES_TRIED

    def forget(self) -> None:
        """The session is over."""
        self.session_id = None
        self._failed_resumes = 0

    def delay_s(self, *, healthy: bool = False) -> float:
        """The wait until the next connection, seconds; ``healthy``: the last one was."""
        if healthy:
            self._backoff.reset()
            return 0.0
        return self._backoff.next_delay(self.random.random)

    def invalid_delay_s(self) -> float:
        """The wait after an invalid session, seconds."""
        return max(self.random.uniform(*INVALID_WAIT_S), self.delay_s())
