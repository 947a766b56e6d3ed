"""What a command of the shell found or did: one line each, for ``doctor`` and the imports.

May import nothing of ours.
"""

import sys
from collections.abc import Iterable
from typing import Literal

from attrs import frozen

Verdict = Literal["ok", "warn", "fail"]


@frozen(kw_only=True)
class Finding:
    """What was looked at or done, and how that went.

    Attributes:
        about: one or two words.
        says: what was found, and after a warning or a failure how to mend it.
    """

    verdict: Verdict
    about: str
    says: str


def ok(about: str, says: str) -> Finding:
    """All is well."""
    return Finding(verdict="ok", about=about, says=says)


def warn(about: str, says: str) -> Finding:
    """It works, with something to know or to mend."""
    return Finding(verdict="warn", about=about, says=says)


def fail(about: str, says: str) -> Finding:
    """It does not work."""
    return Finding(verdict="fail", about=about, says=says)


def tell(findings: Iterable[Finding]) -> int:
    """Print each as soon as it is there; 1 if something fails."""
    failed = False
    for finding in findings:
        print(printable(f"{finding.verdict:<4}  {finding.about:<14} {finding.says}"), flush=True)  # noqa: T201 - the command's answer
        failed = failed or finding.verdict == "fail"
    return 1 if failed else 0


def printable(line: str) -> str:
    """A line as this terminal can show it; what it has no character for becomes a question mark."""
    encoding = sys.stdout.encoding or "utf-8"
    return line.encode(encoding, "replace").decode(encoding)
