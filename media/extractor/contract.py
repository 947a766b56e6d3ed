"""What the rest of this room may ask of the extractor. ``media.extractor.handle`` answers; tests bring fakes.

Every question may be cancelled at any moment; what runs for it is killed at once.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from attrs import frozen

from media.extractor.failures import FailureKind
from media.extractor.values import Entry, Extracted


@frozen(kw_only=True)
class Listing:
    """A link that is being read.

    Attributes:
        single: the link was one video; then there are no entries.
        title: the playlist's name.
        count: how many entries it says it has; None if it does not say, and never to be trusted.
        entries: in the site's order, each as soon as it is read. Raises `ExtractionFailed` where reading
            breaks off; what came before stays good.
    """

    entries: AsyncIterator[Entry]
    single: Extracted | None = None
    title: str | None = None
    count: int | None = None


class Extractor(Protocol):
    """Asks sites. All methods but the cheap ones raise `ExtractionFailed`."""

    def warm(self) -> None:
        """A question is likely to come: begin to start what it needs. Cheap; nothing if that runs already."""
        ...

    async def look(self, url: str, *, after: FailureKind | None = None) -> Extracted:
        """Read one video, with an address of its sound that works now.

        Args:
            url: http(s).
            after: why the last address for this video was of no use (``MEDIA_REFUSED`` when its server
                answered 403): another way is tried than the one before.

        Raises:
            ExtractionFailed: ``IS_LIST`` if there is more than one.
        """
        ...

    def entries(self, url: str, *, limit: int = 1000) -> AbstractAsyncContextManager[Listing]:
        """Read whatever a link is: one video (``single``) or a list, streamed while the body runs.

        Raises:
            ExtractionFailed: on entering, nothing could be read; in the iteration, it broke off.
        """
        ...

    async def search(self, words: str, count: int = 5) -> tuple[Entry, ...]:
        """The best matches on YouTube; empty if there are none.

        Raises:
            ExtractionFailed: YouTube could not be asked.
        """
        ...

    async def related(self, video_id: str, count: int = 10) -> tuple[Entry, ...]:
        """What YouTube would play after a video of its own, without that video itself.

        Raises:
            ExtractionFailed: YouTube could not be asked.
        """
        ...
