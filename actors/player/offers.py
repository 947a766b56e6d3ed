"""What a picker of the player asks and offers: pure.

Each choice carries all that is needed to act on it, so that the player may forget the question.
"""

from typing import assert_never

from actors.core.pages import Choice
from actors.core.texts import Say, text
from actors.player.effects import OfferMatches, OfferSongs, OfferTracks
from actors.player.kept import PickedMatch, PickedSong, PickedTrack, encode_pick
from actors.player.sentences import titled
from actors.player.view import view_candidate, view_choice
from media.choices import Candidate
from media.tracks import Track

Offer = OfferTracks | OfferMatches | OfferSongs


def choices_of(offer: Offer, say: Say) -> tuple[str, str, list[Choice]]:
    """The picker's query, its title and its choices."""
    match offer:
        case OfferTracks(tracks=tracks):
            return "track", say("player.pick_track"), [_of_track(offer, track, say) for track in tracks]
        case OfferMatches(track=track, candidates=candidates, limit_pct=limit_pct):
            asks = text("player.pick_match", title=titled(track), limit=f"{limit_pct:.0f} %")
            return "match", asks.render(say), [_of_match(offer, one, say) for one in candidates]
        case OfferSongs(track=track, candidates=candidates):
            asks = text("player.pick_song", title=titled(track))
            return "song", asks.render(say), [_of_song(offer, one, say) for one in candidates]
        case _:
            assert_never(offer)


def _of_track(offer: OfferTracks, track: Track, say: Say) -> Choice:
    picked = PickedTrack(track=track, place=offer.place)
    return Choice(label=view_choice(track, say), value=encode_pick(picked))


def _of_match(offer: OfferMatches, candidate: Candidate, say: Say) -> Choice:
    picked = PickedMatch(track=offer.track, candidate=candidate, place=offer.place)
    return Choice(label=view_candidate(candidate, say), value=encode_pick(picked))


def _of_song(offer: OfferSongs, candidate: Candidate, say: Say) -> Choice:
    picked = PickedSong(entry_id=offer.entry_id, candidate=candidate)
    return Choice(label=view_candidate(candidate, say), value=encode_pick(picked))
