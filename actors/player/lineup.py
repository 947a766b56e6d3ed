"""Where an entry stands in a queue: behind its own, in turn with other people's, once.

Pure functions over lists of entries, which they do not change. Places count from 0.
"""

from collections import Counter
from collections.abc import Collection, Sequence

from actors.player.saved import Entry
from gateway_client.ids import UserId


def place_behind(queue: Sequence[Entry], request: int, followers: Collection[int]) -> int | None:
    """Where the next part of a list belongs that is read while its first tracks are queued.

    Behind what the queue still has of it; else before what was queued behind it meanwhile.

    Args:
        queue: as it is.
        request: which asked for the list.
        followers: the requests that were queued behind it since.

    Returns:
        ``None`` if neither is in the queue.
    """
    own = [index for index, entry in enumerate(queue) if entry.request == request]
    if own:
        return own[-1] + 1
    return next((index for index, entry in enumerate(queue) if entry.request in followers), None)


def place_in_turn(queue: Sequence[Entry], playing: Entry | None, requester: UserId) -> int:
    """Where somebody's track belongs if people take turns: at the end of the round that is theirs.

    The current track counts as its requester's turn of the first round.
    """
    rounds: Counter[UserId] = Counter()
    if playing is not None:
        rounds[playing.requester] += 1
    own_round = rounds[requester] + sum(entry.requester == requester for entry in queue)
    for index, entry in enumerate(queue):
        if rounds[entry.requester] > own_round:
            return index
        rounds[entry.requester] += 1
    return len(queue)


def without_repeats(queue: Sequence[Entry]) -> list[Entry]:
    """Every track once, where it stands first."""
    first: dict[str, Entry] = {}
    for entry in queue:
        first.setdefault(entry.track.key, entry)
    return list(first.values())


def without(queue: Sequence[Entry], index: int) -> list[Entry]:
    """The queue without one entry."""
    return [*queue[:index], *queue[index + 1 :]]


def moved(queue: Sequence[Entry], origin: int, target: int) -> list[Entry]:
    """The queue with one entry at another place."""
    rest = without(queue, origin)
    return [*rest[:target], queue[origin], *rest[target:]]


def room_for(queue: Sequence[Entry], requester: UserId, *, limit: int, person_limit: int) -> int:
    """How many more tracks of somebody fit into a queue; ``person_limit`` 0 for none."""
    free = limit - len(queue)
    if person_limit:
        free = min(free, person_limit - sum(entry.requester == requester for entry in queue))
    return max(0, free)
