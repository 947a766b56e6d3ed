"""The player's child tasks around tracks it has: what could come next, what else a song may be, what to keep.

Each brings its result back as a message; an error of ``media`` is a result, any other is a crash and the
actor's.
"""

import logging
from collections.abc import Awaitable, Callable
from functools import partial

import trio
from attrs import frozen

from actors.core.cell import Context
from actors.player.effects import FindCandidates, FindRelated, KeepChoice, RememberLoudness
from actors.player.outside import Resolver
from actors.player.results import CandidatesFound, RelatedFound, SongChosen
from actors.store.errors import StoreError
from media.errors import MediaError, MediaFailure
from media.tracks import Loudness, Track

log = logging.getLogger(__name__)

LOOK_S = 30.0


@frozen(eq=False)
class Lookups:
    """The tasks of one player."""

    _context: Context
    _resolver: Resolver

    def related(self, wish: FindRelated) -> None:
        """``RelatedFound`` comes back, empty where nobody knows."""
        self._context.run(partial(self._related, wish.seed))

    def candidates(self, wish: FindCandidates) -> None:
        """``CandidatesFound`` comes back."""
        self._context.run(partial(self._candidates, wish))

    def choose(self, wish: KeepChoice) -> None:
        """``SongChosen`` comes back."""
        self._context.run(partial(self._choose, wish))

    def remember(self, wish: RememberLoudness) -> None:
        """Nothing comes back."""
        measured = Loudness(lufs=wish.measured.lufs, peak_db=wish.measured.peak_db)
        self._context.run(partial(self._resolver.remember_loudness, wish.track, measured))

    async def _related(self, seed: Track) -> None:
        tracks: tuple[Track, ...] = ()
        with trio.move_on_after(LOOK_S):
            try:
                tracks = await self._resolver.related(seed, self._context.guild_id)
            except MediaError as error:
                log.info(
                    "nothing related is known", extra={"guild": self._context.guild_id, "error": str(error)}
                )
        self._context.tell_self(RelatedFound(tracks=tracks))

    async def _candidates(self, wish: FindCandidates) -> None:
        async def find() -> CandidatesFound:
            found = await self._resolver.candidates(wish.track, self._context.guild_id)
            return CandidatesFound(request=wish.request, entry_id=wish.entry_id, candidates=found)

        error = await self._tell(find)
        if error is not None:
            failed = CandidatesFound(request=wish.request, entry_id=wish.entry_id, error=error)
            self._context.tell_self(failed)

    async def _choose(self, wish: KeepChoice) -> None:
        async def choose() -> SongChosen:
            track = await self._resolver.choose(wish.track, self._context.guild_id, wish.candidate)
            return SongChosen(request=wish.request, entry_id=wish.entry_id, track=track)

        error = await self._tell(choose)
        if error is not None:
            failed = SongChosen(request=wish.request, entry_id=wish.entry_id, error=error)
            self._context.tell_self(failed)

    async def _tell(self, find: Callable[[], Awaitable[object]]) -> MediaError | None:
        """Bring back what is found; why there is nothing."""
        try:
            with trio.fail_after(LOOK_S):
                self._context.tell_self(await find())
        except MediaError as error:
            return error
        except trio.TooSlowError:
            return MediaError(kind=MediaFailure.TIMEOUT)
        except StoreError as error:
            log.warning("a choice was not kept", extra={"guild": self._context.guild_id, "error": str(error)})
            return MediaError(kind=MediaFailure.DISK)
        return None
