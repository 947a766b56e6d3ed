"""Files on their way into a message or a command: the browser posts them, then names them in its request.

A file that nobody names is forgotten after `KEPT` newer ones. In memory; imports the model's `Upload` only.
"""

import secrets
from collections.abc import Sequence

from attrs import define, field

from sandbox.model.entities import Upload

KEPT = 20
LARGEST_BYTES = 100 * 1024 * 1024
"""Discord's limit for a server without boosts is lower; a local one may be generous."""


class UploadGone(LookupError):
    """A request names a file that is not here."""


@define
class Uploads:
    """Files that were posted and not yet used."""

    _files: dict[str, Upload] = field(init=False, factory=dict[str, Upload])

    def keep(self, filename: str, content: bytes, content_type: str | None) -> str:
        """Take a file; returns the name under which a request finds it."""
        key = secrets.token_urlsafe(12)
        self._files[key] = Upload(
            filename=_plain_name(filename), content=content, content_type=content_type or None
        )
        if len(self._files) > KEPT:
            del self._files[next(iter(self._files))]
        return key

    def take(self, key: str) -> Upload:
        """Hand a file over; it is gone from here.

        Raises:
            UploadGone: it never was here, or not any more.
        """
        try:
            return self._files.pop(key)
        except KeyError as error:
            raise UploadGone(key) from error

    def take_all(self, keys: Sequence[str]) -> tuple[Upload, ...]:
        """Hand several files over.

        Raises:
            UploadGone: one of them is not here.
        """
        return tuple(self.take(key) for key in keys)


def _plain_name(filename: str) -> str:
    """A name without folders and control characters, 1 to 200 characters long."""
    last = filename.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(character for character in last if character.isprintable()).strip(". ")
    return kept[-200:] or "file"
