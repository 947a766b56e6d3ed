"""What the node is told of the deck, and what it has measured of its tracks. Pure."""

from actors.player.deck import Deck
from actors.player.playback import start_ms, to_playing
from media.tracks import Playable, Track
from voice.protocol import Measured, Playing, TrackKey


def playing(deck: Deck) -> Playing | None:
    """What the node shall play."""
    now = deck.now
    if now is None or now.playable is None:
        return None
    return _playing(deck, now.key, now.playable, now.entry.track, now.offset_ms)


def coming(deck: Deck) -> Playing | None:
    """What the node shall go on with: the same track once more, or the one that was opened ahead."""
    now, ahead, repeat = deck.now, deck.standby.ahead, deck.standby.repeat
    if deck.repeats and repeat is not None and now is not None and now.playable is not None:
        return _playing(deck, (now.entry.id, repeat), now.playable, now.entry.track, 0)
    if ahead is None or ahead.playable is None or not deck.queue:
        return None
    track = deck.queue[0].track
    return _playing(deck, ahead.key, ahead.playable, track, start_ms(track))


def learn(deck: Deck, key: TrackKey, measured: Measured) -> Track | None:
    """The node knows how loud a track is; which one, if that is news."""
    entries = [*([deck.now.entry] if deck.now else []), *deck.queue[:1]]
    entry = next((entry for entry in entries if entry.id == key[0]), None)
    if entry is None or not deck.loudness.learn(entry.track, measured):
        return None
    return entry.track


def _playing(deck: Deck, key: TrackKey, playable: Playable, track: Track, offset_ms: int) -> Playing:
    return to_playing(key, playable, offset_ms, deck.loudness.find(track))
