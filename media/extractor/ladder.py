"""Which of YouTube's player clients to be: a ladder, and the memory of what helped.

YouTube treats its own programs differently and changes its mind often. yt-dlp's own choice is the first
rung; when it fails for a reason that another client may not meet, the next rung is tried. What helped
against a kind of failure is remembered for some hours and tried first, so that a bot check is not met
again at every song; then yt-dlp's own choice gets another chance.

A core: time is an argument (monotonic seconds).
"""

from collections.abc import Collection, Iterator
from typing import Final

from attrs import Factory, define

from media.extractor.failures import FailureKind

Rung = tuple[str, ...]

RUNGS: Final[tuple[Rung, ...]] = (
    (),
    ("visionos", "android_vr"),
    ("tv_samsung", "tv"),
    ("mweb", "web_safari"),
    ("web_embedded", "ios"),
)
"""yt-dlp's names; one that a release does not know is left out by it with a warning."""

HELPED_FOR_S: Final = 6 * 3600.0
WORTH_ANOTHER: Final = frozenset(
    {
        FailureKind.BOT_CHECK,
        FailureKind.MEDIA_REFUSED,
        FailureKind.AGE,
        FailureKind.LOGIN,
        FailureKind.OUTDATED,
        FailureKind.NO_SOUND,
        FailureKind.DRM,
        FailureKind.RUNTIME_MISSING,
        FailureKind.UNKNOWN,
    }
)


@define
class _Helped:
    rung: Rung
    until: float


@define
class Ladder:
    """The memory. One for the whole bot: YouTube looks at the address, not at the guild."""

    rungs: tuple[Rung, ...] = RUNGS
    last: Rung = ()
    _helped: dict[FailureKind, _Helped] = Factory(dict[FailureKind, _Helped])

    def order(self, now: float, after: FailureKind | None = None) -> Iterator[Rung]:
        """Every rung once, in the order to try them.

        Args:
            now: monotonic seconds.
            after: the address that the last rung gave was of no use, for this reason: try it only at the end.
        """
        self._helped = {kind: helped for kind, helped in self._helped.items() if helped.until > now}
        newest = sorted(
            self._helped.items(), key=lambda item: (item[0] is after, item[1].until), reverse=True
        )
        order = list(dict.fromkeys([*(helped.rung for _, helped in newest), *self.rungs]))
        if after is not None and self.last in order:
            order.remove(self.last)
            order.append(self.last)
        yield from order

    def gave(self, rung: Rung, against: Collection[FailureKind], now: float) -> None:
        """A rung gave an address.

        Args:
            rung: which one.
            against: for what reasons others had refused.
            now: monotonic seconds.
        """
        self.last = rung
        for kind in against:
            if kind in WORTH_ANOTHER:
                self._helped[kind] = _Helped(rung, now + HELPED_FOR_S)

    def failed(self, rung: Rung, kind: FailureKind) -> None:
        """Forget a rung that does not help any more."""
        if kind in WORTH_ANOTHER:
            self._helped = {known: helped for known, helped in self._helped.items() if helped.rung != rung}
