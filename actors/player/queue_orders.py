"""What people want of the queue at once: clear it, take out of it, bring it into another order.

Each function decides one command, as those of ``orders`` do. Everybody may take out what they asked for
themselves.
"""

from actors.core.texts import Text, text
from actors.player import sentences
from actors.player.checks import not_for_you, not_with_me, queue_empty
from actors.player.lineup import moved, without, without_repeats
from actors.player.messages import Asked
from actors.player.player import Player
from actors.player.plays import drop_plays


def clear(player: Player, asked: Asked) -> None:
    """Empty the queue, keep the track."""
    refusal = not_with_me(player, asked)
    # The first search becomes the track if nothing plays, and the track is kept.
    waiting = player.plays[0 if player.deck.now else 1 :]
    if refusal is None and not waiting:
        refusal = queue_empty(player)
    if refusal is not None:
        player.refuse(asked.request, refusal)
        return
    count = len(player.deck.queue) + sum(not slot.is_reading for slot in waiting)
    player.deck.arrange([])
    drop_plays(player, waiting, text("player.cleared_meanwhile"))
    player.changed()
    player.say(asked.request, text("player.cleared", count=count))


def remove(player: Player, asked: Asked, index: int) -> None:
    """Take one track out of the queue."""
    refusal = not_with_me(player, asked) or queue_empty(player) or _no_such(player, index)
    refusal = refusal or not_for_you(asked, player.deck.queue[index - 1].requester)
    if refusal is not None:
        player.refuse(asked.request, refusal)
        return
    queue = player.deck.queue
    entry = queue[index - 1]
    player.deck.arrange(without(queue, index - 1))
    player.changed()
    player.say(asked.request, text("player.removed", title=sentences.titled(entry.track)))


def move(player: Player, asked: Asked, origin: int, target: int) -> None:
    """Put one track at another place."""
    refusal = not_with_me(player, asked) or queue_empty(player) or _no_such(player, origin)
    if refusal is not None:
        player.refuse(asked.request, refusal)
        return
    queue = player.deck.queue
    entry, target = queue[origin - 1], max(1, min(target, len(queue)))
    player.deck.arrange(moved(queue, origin - 1, target - 1))
    player.changed()
    title = sentences.titled(entry.track)
    player.say(asked.request, text("player.moved", title=title, position=target))


def shuffle(player: Player, asked: Asked) -> None:
    """Bring the queue into a random order."""
    refusal = not_with_me(player, asked) or queue_empty(player)
    if refusal is not None:
        player.refuse(asked.request, refusal)
        return
    shuffled = [*player.deck.queue]
    player.random.shuffle(shuffled)
    player.deck.arrange(shuffled)
    player.changed()
    player.say(asked.request, text("player.shuffled", count=len(player.deck.queue)))


def dedupe(player: Player, asked: Asked) -> None:
    """Take out what is in the queue twice."""
    refusal = not_with_me(player, asked) or queue_empty(player)
    if refusal is not None:
        player.refuse(asked.request, refusal)
        return
    queue = player.deck.queue
    kept = without_repeats(queue)
    count = len(queue) - len(kept)
    if not count:
        player.say(asked.request, text("player.no_repeats"))
        return
    player.deck.arrange(kept)
    player.changed()
    player.say(asked.request, text("player.deduped", count=count))


def _no_such(player: Player, index: int) -> Text | None:
    count = len(player.deck.queue)
    return None if 1 <= index <= count else text("player.no_such_track", count=count, index=index)
