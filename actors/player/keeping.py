"""The player as it is kept, and brought back: both directions side by side, so that no field is forgotten.

Pure; ``saved`` has the values. Numbers of requests mean nothing to another process: what is kept has none.
"""

from collections import deque

from attrs import evolve

from actors.player.deck import HISTORY, UNSURE, Deck
from actors.player.effects import Effect
from actors.player.normalize import restored
from actors.player.panel import restored_panel, saved_panel
from actors.player.playback import Now
from actors.player.player import Player
from actors.player.saved import Saved, SavedNow


def to_saved(player: Player, at: float) -> Saved:
    """What outlives a restart."""
    deck = player.deck
    return Saved(
        revision=player.revision,
        next_id=deck.next_id,
        now=None if deck.now is None else _saved_now(deck.now, at),
        queue=tuple(evolve(entry, request=0) for entry in deck.queue),
        history=tuple(deck.history),
        paused=player.paused,
        volume_pct=player.volume_pct,
        tuning=player.tuning,
        autoplay=player.autoplay,
        stay=player.stay,
        silent=player.silent,
        unsure=tuple(deck.unsure),
        loudness=deck.loudness.saved(),
        channel_id=player.link.channel_id if player.link.joined else player.returning,
        text_channel_id=player.text_channel_id,
        pending=(
            *player.lost_answers,
            *(slot.answer for slot in player.plays if slot.answer is not None),
        ),
        panel=saved_panel(player.panel),
        status_channel_id=None if player.status is None else player.status[0],
    )


def restored_deck(saved: Saved, position_ms: int, out: list[Effect]) -> Deck:
    """The deck as it was kept, held."""
    now = None
    if saved.now is not None:
        now = Now(
            entry=saved.now.entry,
            generation=0,
            held=True,
            position_ms=position_ms,
            announced=saved.now.announced,
        )
    return Deck(
        out=out,
        next_id=saved.next_id,
        now=now,
        queue=list(saved.queue),
        history=deque(saved.history, maxlen=HISTORY),
        unsure=deque(saved.unsure, maxlen=UNSURE),
        loop=saved.tuning.loop,
        loudness=restored(saved.loudness),
    )


def bring_back(player: Player, saved: Saved) -> None:
    """What people have set, and where everything was shown."""
    player.volume_pct = saved.volume_pct
    player.tuning = saved.tuning
    player.autoplay = saved.autoplay
    player.stay = saved.stay
    player.silent = saved.silent
    player.paused = saved.paused
    player.panel = restored_panel(saved.panel)
    player.text_channel_id = saved.text_channel_id
    player.returning = saved.channel_id
    player.revision = saved.revision
    player.status = None if saved.status_channel_id is None else (saved.status_channel_id, None)


def _saved_now(now: Now, at: float) -> SavedNow:
    return SavedNow(
        entry=evolve(now.entry, request=0),
        position_ms=now.position_at(at),
        announced=now.announced,
    )
