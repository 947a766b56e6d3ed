"""Going back: what was heard last plays again, and what plays now comes next."""

from actors.core.texts import text
from actors.player import sentences
from actors.player.checks import not_with_me, nothing_plays
from actors.player.messages import Asked
from actors.player.player import Player


def go_back(player: Player, asked: Asked, at: float) -> None:
    """Play the newest of the history."""
    deck = player.deck
    refusal = not_with_me(player, asked)
    if refusal is None and not player.link.is_settled:
        refusal = nothing_plays(player) or text("panel.no_previous")
    if refusal is None and not deck.history:
        refusal = text("panel.no_previous")
    if refusal is not None:
        player.refuse(asked.request, refusal)
        return
    entries = [deck.history.popleft()]
    if deck.now is not None:
        entries.append(deck.now.entry)
        deck.finish(keep=False)
    deck.put(entries, front=True)
    player.failures = 0
    player.next_or_silence(at)
    player.say(asked.request, text("panel.went_back", title=sentences.titled(entries[0].track)))
