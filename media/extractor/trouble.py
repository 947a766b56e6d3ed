"""An error of yt-dlp → everything about it that a verdict may need. Pure; asks errors for what they may have.

Errors are taken apart in the child, since only there they are whole, and judged in the bot
(``media.extractor.verdicts``).
"""

import re
from typing import Any, Final

from media.extractor.wire import Trouble

_LINK: Final = re.compile(r"https?://\S+")
_REPORT: Final = re.compile(r"[;\s]*\bplease report this issue\b.*", re.IGNORECASE | re.DOTALL)
"""What yt-dlp puts behind what it takes for a fault of its own; that it does is known from ``expected``."""


def to_trouble(job: int, error: BaseException, warnings: list[str]) -> Trouble:
    """Everything about an error that a verdict may need."""
    chain = causes(error)
    statuses = [status for one in chain if isinstance(status := getattr(one, "status", None), int)]
    expectations = [known for one in chain if isinstance(known := getattr(one, "expected", None), bool)]
    is_ours = type(error).__module__.startswith("yt_dlp")
    return Trouble(
        job=job,
        message=in_one_line(str(error)),
        errors=tuple(type(one).__name__ for one in chain),
        status=statuses[-1] if statuses else None,
        expected=expectations[0] if expectations else is_ours,
        warnings=tuple(warnings),
    )


def causes(error: BaseException) -> list[BaseException]:
    """An error and what was behind it, outermost first."""
    chain = [error]
    while len(chain) < 10:
        last = chain[-1]
        raised: Any = getattr(last, "exc_info", None) or (None, None, None)
        unexpected: Any = getattr(last, "unexpected_errors", ())
        inner = [raised[1], getattr(last, "cause", None), last.__cause__, *unexpected]
        new = next((one for one in inner if isinstance(one, BaseException) and one not in chain), None)
        if new is None:
            break
        chain.append(new)
    return chain


def in_one_line(text: str) -> str:
    """What went wrong, without addresses and without the request to report it."""
    return " ".join(without_links(_REPORT.sub("", text)).split())


def without_links(text: str) -> str:
    """A message without the addresses in it, which may be signed."""
    return _LINK.sub("<link>", text)[:1000]
