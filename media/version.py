"""What a server calls one version of a file. Pure.

Source: RFC 9110, section 8.8 (``ETag``, ``Last-Modified``).
"""

from collections.abc import Mapping

from attrs import frozen


@frozen(kw_only=True)
class Version:
    """What a server calls a version of a file."""

    etag: str = ""
    modified: str = ""

    @property
    def condition(self) -> tuple[str, str]:
        """The request header that asks for anything else."""
        return ("If-None-Match", self.etag) if self.etag else ("If-Modified-Since", self.modified)


def version_of(headers: Mapping[str, str]) -> Version | None:
    """The version that an answer names, None if it names none."""
    version = Version(etag=headers.get("etag", ""), modified=headers.get("last-modified", ""))
    return None if version == Version() else version
