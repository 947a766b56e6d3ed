"""How the current track stands: how far it is, and what is not as it is by default. State → words, pure.

The panel and ``playing`` show the same, so both take it from here.
"""

from actors.core.texts import Say, Text, text
from actors.player import sentences
from actors.player.playback import Now
from actors.player.player import Player

BAR_CELLS = 20


def view_progress(now: Now, at: float, say: Say) -> str:
    """How far it is, and how long: a stream has no end, and of some tracks nobody knows it."""
    track, position_s = now.entry.track, now.position_at(at) / 1000
    position = sentences.clock(position_s)
    if track.live:
        return say("panel.live", position=position)
    if not track.duration_s:
        return say("panel.elapsed", position=position)
    bar, length = view_bar(position_s, track.duration_s), sentences.clock(track.duration_s)
    return say("panel.progress", bar=bar, position=position, length=length)


def view_bar(position_s: float, duration_s: float) -> str:
    """How far a track is, drawn."""
    cell = min(BAR_CELLS - 1, max(0, int(position_s / duration_s * BAR_CELLS)))
    return "▬" * cell + "🔘" + "▬" * (BAR_CELLS - 1 - cell)


def view_states(player: Player, now: Now, say: Say) -> str:
    """What is not as it is by default, in one line; empty if nothing is."""
    states: list[Text] = []
    if player.paused or now.held:
        states.append(text("player.is_paused"))
    elif player.is_paused:
        states.append(text("panel.nobody_listens"))
    if player.volume_now_pct != player.defaults.volume_pct:
        states.append(text("panel.volume", volume=player.volume_now_pct))
    states += sentences.tuned(player.tuning)
    return " · ".join(state.render(say) for state in states)
