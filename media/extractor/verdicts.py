"""yt-dlp's words → our kinds: one pure table, read from the top.

A row fits where its pattern is found in the message (case ignored). Statuses and classes come after the
words, since words are more exact: YouTube's bot check, for one, arrives as an ordinary error. What yt-dlp
itself takes for a fault of its own means that the site has changed: ``OUTDATED``.

Two verdicts look further than the message: when formats are missing and yt-dlp warned that it has no
JavaScript runtime, that is the reason; and what the guard refused (`media.guard`) explains a broken
connection better than yt-dlp can.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from media.errors import MediaError, MediaFailure
from media.extractor.failures import FailureKind
from media.extractor.wire import Trouble
from media.redirects import STATUSES

_WORDS: Final[Mapping[FailureKind, Sequence[str]]] = {
    FailureKind.BOT_CHECK: (
        r"confirm you.re not a bot",
        r"captcha",
        r"your ip is likely being blocked",
        r"cloudflare anti-bot",
    ),
    FailureKind.RATE_LIMIT: (r"rate.?limited", r"too many requests", r"try again later", r"http error 429"),
    FailureKind.AGE: (
        r"confirm your age",
        r"age.?restricted",
        r"age.?verif",
        r"inappropriate for some users",
    ),
    FailureKind.NOT_STARTED: (
        r"live event will begin",
        r"premieres? (will begin )?in",
        r"not currently live",
        r"has not started",
        r"(stream|channel|live)\b.*\boffline",
        r"offline\b.*\b(stream|channel)",
        r"waiting for .*to start",
    ),
    FailureKind.PRIVATE: (
        r"private (video|track|playlist|broadcast|recording)",
        r"(video|track|playlist|account) is private",
    ),
    FailureKind.REGION: (
        r"available (in|from) your (country|region|location)",
        r"not available from your location",
        r"geo.?(restrict|block)",
        r"blocked it in your country",
    ),
    FailureKind.LOGIN: (
        r"members.only",
        r"join this channel",
        r"premium",
        r"subscribers?\b",
        r"registered users",
        r"log.?in (is )?required",
        r"requires? (authentication|a purchase|payment|an account)",
        r"sign in",
        r"need to log in",
        r"--cookies",
    ),
    FailureKind.DRM: (r"\bdrm\b",),
    FailureKind.REMOVED: (
        r"(video|track|playlist|content|page|post|account)[^.]* (is|was|been) (removed|deleted|unavailable)",
        r"no longer available",
        r"does(n.t| not) exist",
        r"video unavailable",
        r"this video (isn.t|is not) available",
        r"account .*terminated",
        r"http error (404|410)",
    ),
    FailureKind.LEADS_NOWHERE: (r"redirect loop", r"too many redirects"),
    FailureKind.UNSUPPORTED: (
        r"unsupported url",
        r"no suitable extractor",
        r"is not a valid url",
        r"piracy",
        r"unsupported playlist type",
    ),
}
_PATTERNS: Final = tuple((kind, re.compile("|".join(words), re.IGNORECASE)) for kind, words in _WORDS.items())

# A redirect that is followed is no failure.
_STATUSES: Final[Mapping[int, FailureKind]] = {
    **dict.fromkeys(STATUSES, FailureKind.BAD_REDIRECT),
    401: FailureKind.LOGIN,
    402: FailureKind.LOGIN,
    403: FailureKind.MEDIA_REFUSED,
    404: FailureKind.REMOVED,
    410: FailureKind.REMOVED,
    429: FailureKind.RATE_LIMIT,
    451: FailureKind.REGION,
}
_CLASSES: Final[Mapping[str, FailureKind]] = {
    "GeoRestrictedError": FailureKind.REGION,
    "UserNotLive": FailureKind.NOT_STARTED,
    "UnsupportedError": FailureKind.UNSUPPORTED,
    "RegexNotFoundError": FailureKind.OUTDATED,
    "CertificateVerifyError": FailureKind.NETWORK,
    "SSLError": FailureKind.NETWORK,
    "ProxyError": FailureKind.NETWORK,
    "IncompleteRead": FailureKind.NETWORK,
    "TransportError": FailureKind.NETWORK,
    "TimeoutError": FailureKind.NETWORK,
    "MemoryError": FailureKind.TOO_LARGE,
}
_NO_FORMATS: Final = re.compile(
    r"no video formats|requested format is not available|only images", re.IGNORECASE
)
_NO_RUNTIME: Final = re.compile(r"no supported javascript runtime", re.IGNORECASE)
_NO_ANSWER: Final = re.compile(
    r"timed out|unable to (connect|download)|connection (reset|refused|aborted)|name resolution|getaddrinfo|"
    r"network error|tunnel connection failed|remote end closed|bytes read",
    re.IGNORECASE,
)
_UNSOLVED: Final = re.compile(r"(signature|n challenge) solving failed|challenge solver", re.IGNORECASE)

# What a broken connection may look like to yt-dlp when the guard refused it.
_GUARDED: Final = frozenset(
    {FailureKind.NETWORK, FailureKind.MEDIA_REFUSED, FailureKind.UNKNOWN, FailureKind.OUTDATED}
    | {FailureKind.TIMEOUT, FailureKind.NO_SOUND, FailureKind.UNSUPPORTED, FailureKind.CRASHED}
)
_DENIALS: Final[Mapping[MediaFailure, FailureKind]] = {
    MediaFailure.PRIVATE_ADDRESS: FailureKind.PRIVATE_ADDRESS,
    MediaFailure.BAD_URL: FailureKind.PRIVATE_ADDRESS,
    MediaFailure.TOO_LARGE: FailureKind.TOO_LARGE,
    MediaFailure.UNKNOWN_HOST: FailureKind.NETWORK,
    MediaFailure.CERTIFICATE: FailureKind.NETWORK,
    MediaFailure.LEADS_NOWHERE: FailureKind.LEADS_NOWHERE,
    MediaFailure.BAD_REDIRECT: FailureKind.BAD_REDIRECT,
    MediaFailure.NETWORK: FailureKind.NETWORK,
    MediaFailure.TIMEOUT: FailureKind.TIMEOUT,
}


def judge(trouble: Trouble) -> FailureKind:
    """What a failure of yt-dlp means."""
    if trouble.is_list:
        return FailureKind.IS_LIST
    if _NO_FORMATS.search(trouble.message):
        return judge_missing_formats(trouble.warnings, expected=trouble.expected)
    for kind, words in _PATTERNS:
        if words.search(trouble.message):
            return kind
    status = None if trouble.status is None else judge_status(trouble.status)
    return status or judge_class(trouble)


def judge_status(status: int) -> FailureKind | None:
    """What the status of a site's answer means; None if it says nothing."""
    if status >= 500:
        return FailureKind.NETWORK
    return _STATUSES.get(status)


def judge_class(trouble: Trouble) -> FailureKind:
    """What is left when neither words nor status tell."""
    for error in trouble.errors:
        if error in _CLASSES:
            return _CLASSES[error]
    if _NO_ANSWER.search(trouble.message):
        return FailureKind.NETWORK
    return FailureKind.UNKNOWN if trouble.expected else FailureKind.OUTDATED


def judge_missing_formats(warnings: Sequence[str], *, expected: bool) -> FailureKind:
    """A page without anything to play: for want of a runtime, of a solver, or really."""
    if any(_NO_RUNTIME.search(warning) for warning in warnings):
        return FailureKind.RUNTIME_MISSING
    if any(_UNSOLVED.search(warning) for warning in warnings):
        return FailureKind.OUTDATED
    return FailureKind.NO_SOUND if expected else FailureKind.OUTDATED


def judge_denial(kind: FailureKind, denial: MediaError | None) -> FailureKind:
    """The same failure, knowing what the guard refused meanwhile."""
    if denial is None or kind not in _GUARDED:
        return kind
    return _DENIALS.get(denial.kind, kind)
