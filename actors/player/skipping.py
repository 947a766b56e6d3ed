"""Going to another track: skip, to a number of the queue, back, once more – and who may.

Whoever has the DJ role, sits alone with the bot or asked for the current track skips at once; everybody else
votes, for one track at a time. Without a DJ role everybody may. Each function decides one command.
"""

from actors.core.music import Place
from actors.core.texts import text
from actors.player import autoplay, sentences
from actors.player.asks import Known, Play
from actors.player.ballot import needed
from actors.player.checks import not_with_me, nothing_plays, queue_empty
from actors.player.messages import Asked
from actors.player.playback import Now
from actors.player.player import Player
from actors.player.plays import order_play
from gateway_client.ids import UserId


def skip(player: Player, asked: Asked, amount: int, at: float) -> None:
    """Drop the current track and those before the one that shall play."""
    refusal = not_with_me(player, asked) or nothing_plays(player)
    now = player.deck.now
    if refusal is not None or now is None:
        player.refuse(asked.request, refusal or text("player.nothing_plays"))
    elif _may_skip(asked, now, amount):
        _skip(player, asked.request, max(1, min(amount, len(player.deck.queue))), at)
    elif amount > 1:
        player.refuse(asked.request, text("player.vote_for_one"))
    else:
        _vote(player, asked, now, at)


def skip_to(player: Player, asked: Asked, index: int, at: float) -> None:
    """Play one of the queue at once."""
    refusal = not_with_me(player, asked) or nothing_plays(player) or queue_empty(player)
    count = len(player.deck.queue)
    if refusal is None and not 1 <= index <= count:
        refusal = text("player.no_such_track", count=count, index=index)
    if refusal is not None:
        player.refuse(asked.request, refusal)
        return
    wanted = player.deck.queue[index - 1]
    _go_on_with(player, index, at)
    player.say(asked.request, text("player.skipped_to", title=sentences.titled(wanted.track)), waits=True)


def previous(player: Player, asked: Asked, at: float) -> None:
    """Back to what was heard last."""
    refusal = not_with_me(player, asked)
    if refusal is None and not player.link.is_present:
        refusal = text("player.nothing_plays")
    if refusal is None and not player.deck.history:
        refusal = text("player.history_empty")
    if refusal is not None:
        player.refuse(asked.request, refusal)
        return
    player.failures, player.paused, player.leave_at = 0, False, None
    player.deck.back(at)
    player.changed()
    now = player.deck.now
    assert now is not None  # the history had something
    going = text("player.going_back", title=sentences.titled(now.entry.track))
    player.say(asked.request, going, waits=True)


def replay(player: Player, asked: Asked, at: float) -> None:
    """The current track once more, or what was heard last: it comes next."""
    deck = player.deck
    entry = deck.now.entry if deck.now is not None else next(iter(deck.history), None)
    if entry is None:
        refusal = not_with_me(player, asked) or text("player.history_empty")
        player.refuse(asked.request, refusal)
        return
    order_play(player, asked, Play(queries=(Known(tracks=(entry.track,)),), place=Place.TOP), at)


def again(player: Player, asked: Asked, entry_id: int, owner: int, at: float) -> None:
    """A track of the history once more, behind the others."""
    entry = next((entry for entry in player.deck.history if entry.id == entry_id), None)
    if asked.facts.user_id != owner:
        player.refuse(asked.request, text("player.not_your_list"))
    elif entry is None:
        player.refuse(asked.request, text("player.not_in_history"))
    else:
        order_play(player, asked, Play(queries=(Known(tracks=(entry.track,)),)), at)


def count_votes(player: Player, listeners: frozenset[UserId], at: float) -> None:
    """Somebody came or went: perhaps the votes are enough now."""
    now, share_pct = player.deck.now, player.defaults.vote_pct
    if now is None or not listeners or not share_pct or not player.is_sounding:
        return
    votes = player.ballot.count(now.entry.id, listeners)
    if votes and votes >= needed(len(listeners), share_pct):
        title = sentences.titled(now.entry.track)
        _go_on_with(player, 1, at)
        player.announce(text("player.skipped_by_votes", title=title))


def _may_skip(asked: Asked, now: Now, amount: int) -> bool:
    is_alone = asked.listeners <= {asked.facts.user_id}
    return asked.is_dj or is_alone or (amount == 1 and now.entry.requester == asked.facts.user_id)


def _vote(player: Player, asked: Asked, now: Now, at: float) -> None:
    share_pct = player.defaults.vote_pct
    if not share_pct:
        player.refuse(asked.request, text("player.need_dj_or_own"))
        return
    player.ballot.vote(now.entry.id, asked.facts.user_id)
    votes, enough = (
        player.ballot.count(now.entry.id, asked.listeners),
        needed(len(asked.listeners), share_pct),
    )
    if votes >= enough:
        _skip(player, asked.request, 1, at)
        return
    title = sentences.titled(now.entry.track)
    sentence = text("player.voted", title=title, count=votes, needed=enough)
    player.say(asked.request, sentence, transient=False)


def _skip(player: Player, request: int, count: int, at: float) -> None:
    assert player.deck.now is not None  # the callers have looked
    title = sentences.titled(player.deck.now.entry.track)
    goes_on = _go_on_with(player, count, at)
    if count > 1:
        sentence = text("player.skipped_many", count=count)
    elif goes_on:
        sentence = text("player.skipped", title=title)
    elif player.looking_on:
        sentence = text("player.skipped_and_looking", title=title)
    else:
        sentence = text("player.skipped_last", title=title)
    player.say(request, sentence, waits=True)


def _go_on_with(player: Player, index: int, at: float) -> bool:
    """Play the one at this place of the queue (from 1); whether something plays."""
    assert player.deck.now is not None  # the callers have looked
    player.failures = 0
    player.deck.arrange(player.deck.queue[index - 1 :])
    seed = player.deck.now.entry.track
    goes_on = player.next_or_silence(at)
    if not goes_on:
        autoplay.look_on(player, seed)
    return goes_on
