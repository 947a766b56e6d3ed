"""What other actors hand over to the player, as requests: a choice in a picker, what a slice wants queued.

Each becomes an envelope with the facts, the reply and the work it came with. ``music_of`` is what another
slice is told when it asks what plays.
"""

from attrs import define

from actors.core.envelope import Envelope, Facts
from actors.core.music import MusicTold, QueueMusic
from actors.core.pages import Picked
from actors.core.reply import Reply
from actors.core.work import Work
from actors.player.asks import ChooseSong, ChosenSong, Command, Known, Play
from actors.player.deck import Deck
from actors.player.kept import PickedMatch, PickedSong, PickedTrack, decode_pick, to_kept, to_wanted


@define(eq=False)
class Handed:
    """The requests that one player got from other actors. Their numbers are negative, arrivals' positive."""

    _last: int = 0

    def of_pick(self, picked: Picked) -> Envelope:
        """Somebody chose what shall play, or what a song is."""
        match decode_pick(picked.query, picked.value):
            case PickedTrack(track=track, place=place):
                command: Command = Play(queries=(Known(tracks=(track,)),), place=place)
            case PickedMatch(track=track, candidate=candidate, place=place):
                command = Play(queries=(ChosenSong(track=track, candidate=candidate),), place=place)
            case PickedSong(entry_id=entry_id, candidate=candidate):
                command = ChooseSong(entry_id=entry_id, candidate=candidate)
        return self._envelope(command, picked.facts, picked.reply, picked.work)

    def of_slice(self, wish: QueueMusic) -> Envelope:
        """Another slice wants something played."""
        wanted = tuple(to_wanted(one) for one in wish.wishes)
        command = Play(queries=wanted, place=wish.place, quiet=wish.quiet)
        return self._envelope(command, wish.facts, wish.reply, wish.work)

    def _envelope(self, command: Command, facts: Facts, reply: Reply, work: Work) -> Envelope:
        self._last -= 1
        name = type(command).__name__.lower()
        return Envelope(number=self._last, command=name, message=command, facts=facts, reply=reply, work=work)


def music_of(deck: Deck, query: str) -> MusicTold:
    """What plays, is queued and was heard, as other slices keep it."""
    return MusicTold(
        query=query,
        now=None if deck.now is None else to_kept(deck.now.entry.track),
        queue=tuple(to_kept(entry.track) for entry in deck.queue),
        history=tuple(to_kept(entry.track) for entry in deck.history),
    )
