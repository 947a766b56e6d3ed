"""Why a site gave nothing: one closed kind, so that a view has one sentence for each.

``str(error)`` is for the log. The table that makes kinds of yt-dlp's messages is in ``verdicts``.
"""

from enum import StrEnum

from attrs import define


class FailureKind(StrEnum):
    """The reason, by what a person can do about it."""

    BOT_CHECK = "bot_check"
    """The site asks this machine to prove that it is no bot; the owner can give cookies, or wait."""
    MEDIA_REFUSED = "media_refused"
    """The page was read, but the site refuses (403) to hand out the sound."""
    AGE = "age"
    """Only for signed-in people of a certain age."""
    LOGIN = "login"
    """Only for members, subscribers or signed-in people."""
    REGION = "region"
    """Not shown in the country of this machine."""
    PRIVATE = "private"
    """Its owner keeps it private."""
    REMOVED = "removed"
    """Deleted, taken down, or never there."""
    NOT_STARTED = "not_started"
    """A live stream or premiere that begins later."""
    RATE_LIMIT = "rate_limit"
    """The site was asked too often; later it answers again."""
    NETWORK = "network"
    """The site cannot be reached, or its server failed."""
    TIMEOUT = "timeout"
    """It did not answer in the time allowed."""
    PRIVATE_ADDRESS = "private_address"
    """The link leads to an address that the guard does not open."""
    LEADS_NOWHERE = "leads_nowhere"
    """It redirects in a circle."""
    BAD_REDIRECT = "bad_redirect"
    """It redirects to what is no address of the web."""
    TOO_LARGE = "too_large"
    """More data than one look may take."""
    DRM = "drm"
    """Encrypted for licensed players."""
    NO_SOUND = "no_sound"
    """A page that was understood and has no sound to play."""
    IS_LIST = "is_list"
    """`Extractor.look` was given a list; `Extractor.entries` reads it."""
    RUNTIME_MISSING = "runtime_missing"
    """The site needs the JavaScript runtime, and none is installed."""
    OUTDATED = "outdated"
    """The site changed, and this yt-dlp does not understand it any more."""
    UNSUPPORTED = "unsupported"
    """No extractor knows this site."""
    CRASHED = "crashed"
    """The child process died of it twice."""
    UNKNOWN = "unknown"
    """yt-dlp said something that the table does not know; ``detail`` has it."""


@define(eq=False)
class ExtractionFailed(Exception):
    """Nothing was found, and why.

    Attributes:
        kind: the closed reason.
        detail: a few words for the log, without addresses.
    """

    kind: FailureKind
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.detail}" if self.detail else self.kind.value
