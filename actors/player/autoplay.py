"""Autoplay: what comes when the queue has run out.

While the last track nears its end, or when it was skipped, what is related to it is looked for. The first
that was not heard lately is queued; where nobody knows anything, something from the guild's own history
that was not heard lately. What people queue comes first: autoplay's choice is dropped for it. Whatever
stops the music on purpose (``stop``, ``leave``, five failures in a row) stops this too.
"""

from actors.core.texts import text
from actors.player.checks import too_long
from actors.player.effects import FindRelated
from actors.player.player import Player
from actors.player.results import RelatedFound
from actors.player.tuning import Loop
from media.tracks import SourceKind, Track

LOOK_MS = 60_000
LATELY = 20
VARIETY = 3
"""Out of how many of the best one is drawn, so that two evenings differ."""


def look_ahead(player: Player) -> None:
    """Look for something if the last track is about to end."""
    deck = player.deck
    if deck.now is None or deck.queue or deck.loop is not Loop.OFF or deck.now.entry.track.live:
        return
    left_ms = deck.now.left_ms
    if deck.now.entry.id == player.looked_after or left_ms is None or left_ms > LOOK_MS:
        return
    player.looked_after = deck.now.entry.id
    look_on(player, deck.now.entry.track)


def look_on(player: Player, seed: Track) -> None:
    """Look for something that could come after a track."""
    if not player.autoplay or player.looking_on or player.plays or not player.link.is_present:
        return
    player.looking_on = True
    player.out.append(FindRelated(seed=seed))


def hear_related(player: Player, found: RelatedFound, at: float) -> None:
    """What could come next was found."""
    wanted, player.looking_on = player.looking_on, False
    deck = player.deck
    if not wanted or not player.autoplay or deck.queue or player.plays or not player.link.is_present:
        return
    chosen = _choose(player, found.tracks)
    if chosen is None:
        if deck.now is None:
            player.announce(text("player.autoplay_knows_nothing"))
        return
    entries = deck.entries((chosen,), player.link.me, 0, auto=True)
    deck.arrange(entries)
    player.changed()
    if deck.now is None:
        player.go_on(at)
    else:
        deck.open_ahead(at)


def _choose(player: Player, related: tuple[Track, ...]) -> Track | None:
    deck = player.deck
    lately = {entry.track.key for entry in list(deck.history)[:LATELY]}
    if deck.now is not None:
        lately.add(deck.now.entry.track.key)
    new = [track for track in related if track.key not in lately and not too_long(player, track)]
    if new:
        return player.random.choice(new[:VARIETY])
    older = {entry.track.key: entry.track for entry in deck.history}
    count = (len(older) + 1) // 2
    old = [track for track in list(older.values())[count:] if _comes_again(track)]
    old = [track for track in old if deck.now is None or track.key != deck.now.entry.track.key]
    return player.random.choice(old) if old else None


def _comes_again(track: Track) -> bool:
    """An attachment's link is dead after a day, and a stream would never end."""
    return not track.live and track.source is not SourceKind.ATTACHMENT
