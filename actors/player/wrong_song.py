"""The wrong song: what else a matched track may be, and what a person chose.

Everybody whose track it is may say so, and whoever has the DJ role. What was chosen holds for this song in
this guild from then on; where it plays now, the chosen video begins at once. A song that was passed over
because no video was surely it comes next once somebody has chosen one.
"""

from attrs import evolve

from actors.core.texts import Text, text
from actors.player import sentences
from actors.player.checks import not_for_you, not_with_me
from actors.player.deck import Deck
from actors.player.effects import FindCandidates, KeepChoice, OfferSongs
from actors.player.messages import Asked
from actors.player.player import Player
from actors.player.results import CandidatesFound, SongChosen
from actors.player.saved import Entry
from media.choices import Candidate
from media.errors import MediaError, MediaFailure
from media.tracks import Track


def pass_over(deck: Deck) -> int:
    """The current track is no sure match: it is over, and waits for somebody's choice; its number."""
    assert deck.now is not None  # the caller has looked
    entry = evolve(deck.now.entry, request=0)
    deck.finish(keep=False)
    deck.unsure.append(entry)
    return entry.id


def ask(player: Player, asked: Asked, entry_id: int) -> None:
    """Somebody says that a track is the wrong song."""
    entry = _find(player, asked, entry_id)
    if entry is not None:
        player.errands.add(asked.request)
        player.out.append(FindCandidates(request=asked.request, entry_id=entry_id, track=entry.track))


def hear_candidates(player: Player, found: CandidatesFound) -> None:
    """What it may be was found, or nothing."""
    if found.request not in player.errands:
        return
    player.errands.discard(found.request)
    entry = player.deck.find(found.entry_id)
    if entry is None:
        player.fail(found.request, text("player.track_is_gone"))
    elif not found.candidates:
        error = found.error or MediaError(kind=MediaFailure.NO_MATCH)
        player.fail(found.request, text("player.no_candidates", reason=sentences.reason(error)))
    else:
        offer = OfferSongs(
            request=found.request, entry_id=entry.id, track=entry.track, candidates=found.candidates
        )
        player.out.append(offer)


def choose(player: Player, asked: Asked, entry_id: int, candidate: Candidate) -> None:
    """Somebody picked the right one."""
    entry = _find(player, asked, entry_id)
    if entry is not None:
        player.errands.add(asked.request)
        keep = KeepChoice(request=asked.request, entry_id=entry_id, track=entry.track, candidate=candidate)
        player.out.append(keep)


def hear_chosen(player: Player, chosen: SongChosen, at: float) -> None:
    """The choice is kept: from now on it plays."""
    if chosen.request not in player.errands:
        return
    player.errands.discard(chosen.request)
    deck = player.deck
    if chosen.track is None:
        error = chosen.error or MediaError(kind=MediaFailure.DISK)
        player.fail(chosen.request, text("player.no_candidates", reason=sentences.reason(error)))
        return
    title = sentences.titled(chosen.track)
    if _bring_back(deck, chosen.entry_id, chosen.track):
        player.changed()
        plays = player.link.is_settled and (player.is_sounding or player.go_on(at))
        key = "player.song_chosen_next" if plays else "player.song_chosen_kept"
        player.say(chosen.request, text(key, title=title), transient=False)
        return
    deck.replace(chosen.entry_id, chosen.track)
    if deck.now is not None and deck.now.entry.id == chosen.entry_id:
        deck.begin_anew(at)
    elif deck.standby.ahead is not None and deck.standby.ahead.entry_id == chosen.entry_id:
        deck.standby.forget()
    player.changed()
    player.say(chosen.request, text("player.song_chosen", title=title), transient=False)


def _bring_back(deck: Deck, entry_id: int, track: Track) -> bool:
    """What a song is that was passed over is known now: it comes next. Whether it was one."""
    entry = next((entry for entry in deck.unsure if entry.id == entry_id), None)
    if entry is None:
        return False
    deck.unsure.remove(entry)
    deck.arrange([evolve(entry, track=track), *deck.queue])
    return True


def _find(player: Player, asked: Asked, entry_id: int) -> Entry | None:
    entry = player.deck.find(entry_id)
    refusal: Text | None = not_with_me(player, asked)
    if entry is None:
        refusal = refusal or text("player.track_is_gone")
    else:
        refusal = refusal or not_for_you(asked, entry.requester)
    if refusal is not None:
        player.refuse(asked.request, refusal)
        return None
    return entry
