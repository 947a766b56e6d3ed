"""Does a yt-dlp work? Search, extract, and decode one second of real sound.

A proof asks exactly as people's questions do: through the guard, in a child process of its own. What it asks
is a value, so that tests ask a server of theirs.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from attrs import frozen

from media.extractor.contract import Extractor
from media.extractor.failures import ExtractionFailed, FailureKind
from media.extractor.values import Entry, Sound

Decode = Callable[[Sound, float], Awaitable[float]]
"""Seconds that could be decoded, given how many are wanted."""

INNOCENT: Final = frozenset(
    {
        FailureKind.BOT_CHECK,
        FailureKind.RATE_LIMIT,
        FailureKind.NETWORK,
        FailureKind.TIMEOUT,
        FailureKind.REGION,
        FailureKind.PRIVATE_ADDRESS,
        FailureKind.RUNTIME_MISSING,
    }
)
"""Failures that say nothing about the version: it may be tried again later."""


@frozen(kw_only=True)
class Proof:
    """What is asked.

    Attributes:
        words: searched for on YouTube; the first result is taken.
        link: a list that is read instead of a search, where there is one.
        sound_s: how much must be decodable, seconds.
    """

    words: str = "me at the zoo"
    link: str | None = None
    sound_s: float = 1.0


async def prove(extractor: Extractor, decode: Decode, proof: Proof) -> None:
    """Go through all steps.

    Raises:
        ExtractionFailed: one of them failed.
    """
    entry = await _first_entry(extractor, proof)
    video = await extractor.look(entry.url)
    decoded_s = await decode(video.sound, proof.sound_s)
    if decoded_s < proof.sound_s:
        raise ExtractionFailed(FailureKind.NO_SOUND, f"{decoded_s:.1f} s of the proof could be decoded")


async def _first_entry(extractor: Extractor, proof: Proof) -> Entry:
    if proof.link is None:
        found = await extractor.search(proof.words, 1)
        if found:
            return found[0]
    else:
        async with extractor.entries(proof.link, limit=1) as listing:
            async for entry in listing.entries:
                return entry
    raise ExtractionFailed(FailureKind.OUTDATED, "nothing was found")
