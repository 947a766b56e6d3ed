"""When the panel is posted, drawn, moved and ended: decided after every step of the machine, pure.

Rules. While a track sounds there is a panel, unless the guild wants none unasked, the channel refuses it, or
somebody deleted it twice for one track. A new track is shown in the message that is there as long as nothing
stands below it, or while people press it; otherwise it is told at the bottom, and the message above goes. The
same happens to one that has scrolled away. While a track is being opened the panel shows the one before,
for a moment. With the sound it ends: no buttons, and what it played.

Everything shown but the progress is its ``look``; a new look is drawn at once, the progress every twelve
seconds, and only while there is one. How often the message is really edited is the sheet's business.
"""

from typing import assert_never

from attrs import evolve

from actors.core.texts import Text, text
from actors.player import sentences
from actors.player.panel import (
    ClearOld,
    Deleted,
    DrawPanel,
    EndPanel,
    Old,
    OldGone,
    PanelFact,
    PanelLost,
    PanelPosted,
    PanelRefused,
    Posted,
    TellRefused,
    Written,
)
from actors.player.playback import Now
from actors.player.player import Player
from gateway_client.ids import ChannelId, MessageId

SCROLLED = 8
"""So many messages below it and it counts as out of sight."""
MOVE_EVERY_S = 20.0
PRESSED_S = 10.0
"""So long after a press it stays under the finger."""
PROGRESS_S = 12.0
OPENING_S = 1.5
NEXT_SHOWN = 3
BELOW_COUNTED = 50


def follow(player: Player, at: float) -> None:
    """Bring the panel in line with what plays."""
    if player.returning is not None:
        return  # until it is known whether the music goes on, nothing is said about it
    if player.echo.waiting is not None:
        return  # what it would show is not heard yet
    now = player.deck.now
    if now is None or not player.is_sounding:
        _end(player)
    elif now.entry.quiet:
        player.panel.redraw_at = None  # a sound between two tracks changes nothing that is shown
    elif now.started:
        player.panel.opening = False
        _show(player, now, at)
    else:
        _wait(player, at)


def due(player: Player) -> float | None:
    """When ``follow`` has something to do although nothing happens, in monotonic seconds."""
    panel = player.panel
    return None if panel.post is None else panel.redraw_at


def hear(player: Player, fact: PanelFact) -> None:
    """Something happened to the message, or below it."""
    panel = player.panel
    match fact:
        case PanelPosted(number, message_id):
            _posted(player, number, message_id)
        case PanelRefused(number):
            _refused(player, number)
        case PanelLost(number):
            if panel.post is not None and panel.post.number == number:
                _lost(player)
        case OldGone(message_id):
            panel.old = tuple(old for old in panel.old if old.message_id != message_id)
            player.changed()
        case Written(channel_id, message_id):
            _note(player, channel_id, message_id)
        case Deleted(message_ids):
            panel.below.difference_update(message_ids)
            if panel.post is not None and panel.post.message_id in message_ids:
                _lost(player)
        case _:
            assert_never(fact)


def pressed(player: Player, channel_id: ChannelId, message_id: MessageId | None, at: float) -> None:
    """Somebody pressed a button of some panel: the one there is, or one that a crash has made forgotten."""
    panel = player.panel
    panel.pressed_at = at
    if message_id is None or (panel.post is not None and panel.post.message_id in (None, message_id)):
        return
    if any(old.message_id == message_id for old in panel.old):
        return
    if panel.post is None and player.is_sounding:
        panel.numbers += 1
        panel.post = Posted(channel_id=channel_id, number=panel.numbers, message_id=message_id)
        panel.look = None
    else:
        _clear(player, Old(channel_id=channel_id, message_id=message_id, goes=panel.post is not None))
    player.changed()


def clear_again(player: Player) -> None:
    """After a start: what may not have been cleared away is, once more."""
    player.out += [ClearOld(old) for old in player.panel.old]


def _show(player: Player, now: Now, at: float) -> None:
    panel, entry = player.panel, now.entry
    fresh = panel.shown != entry.id
    if panel.post is None:
        if panel.given_up != entry.id and not player.is_silent:
            _post(player, now, at)
    elif _may_move(player, at) and (_is_above(player, panel.post) if fresh else _is_out_of_sight(player, at)):
        _move(player, now, at)
    else:
        if fresh:
            panel.post = evolve(panel.post, tracks=panel.post.tracks + 1)
        _draw(player, now, at, after=(now.entry.request or None) if fresh else None)
    if fresh:
        panel.shown = entry.id
        player.changed()


def _is_above(player: Player, post: Posted) -> bool:
    """Whether something stands below it, or people look elsewhere now."""
    return bool(player.panel.below) or post.channel_id != player.announce_in


def _is_out_of_sight(player: Player, at: float) -> bool:
    panel = player.panel
    return len(panel.below) >= SCROLLED and at - panel.posted_at >= MOVE_EVERY_S


def _may_move(player: Player, at: float) -> bool:
    """Not while people press it, nor while it is on its way, nor unasked where nobody wants that."""
    panel = player.panel
    on_its_way = panel.post is not None and panel.post.message_id is None
    return not (on_its_way or player.is_silent or at - panel.pressed_at < PRESSED_S)


def _post(player: Player, now: Now, at: float, tracks: int = 0) -> None:
    panel, channel_id = player.panel, player.announce_in
    if channel_id is None:
        return
    panel.numbers += 1
    panel.post = Posted(channel_id=channel_id, number=panel.numbers, tracks=tracks + 1)
    panel.below.clear()
    panel.posted_at, panel.look = at, _look(player, now)
    _schedule(player, now, at)
    player.out.append(DrawPanel(panel.post, after=now.entry.request or None))
    player.changed()


def _move(player: Player, now: Now, at: float) -> None:
    panel = player.panel
    before = panel.post
    assert before is not None  # the caller has looked
    assert before.message_id is not None  # one on its way is not moved
    _post(player, now, at, before.tracks - (panel.shown == now.entry.id))
    panel.old += (Old(channel_id=before.channel_id, message_id=before.message_id, goes=True),)
    panel.replaced = before.message_id


def _draw(player: Player, now: Now, at: float, *, after: int | None = None) -> None:
    """Draw if there is something new to see; ``after`` is a request whose answers must be out first."""
    panel = player.panel
    assert panel.post is not None  # the caller has looked
    look = _look(player, now)
    if look == panel.look and (panel.redraw_at is None or at < panel.redraw_at):
        return
    panel.look = look
    _schedule(player, now, at)
    player.out.append(DrawPanel(panel.post, after=after))


def _schedule(player: Player, now: Now, at: float) -> None:
    moves = now.started and not player.is_paused
    player.panel.redraw_at = at + PROGRESS_S if moves else None


def _wait(player: Player, at: float) -> None:
    """A track is being opened: what is shown stays for a moment, then it says so."""
    panel, now = player.panel, player.deck.now
    assert now is not None  # the caller has looked
    if not panel.opening:
        panel.opening, panel.redraw_at = True, at + OPENING_S
    if panel.post is not None and (panel.redraw_at is None or at >= panel.redraw_at):
        _draw(player, now, at)


def _end(player: Player) -> None:
    panel = player.panel
    panel.opening, panel.redraw_at = False, None
    post, panel.post = panel.post, None
    if post is None:
        return
    if post.message_id is not None:
        panel.old += (Old(channel_id=post.channel_id, message_id=post.message_id, goes=False),)
    panel.look = None
    player.out.append(EndPanel(post, _ending(player, post)))
    player.changed()


def _ending(player: Player, post: Posted) -> Text:
    now, history = player.deck.now, player.deck.history
    if now is not None:
        position = sentences.clock(now.position_ms / 1000)
        return text("panel.kept", title=sentences.titled(now.entry.track), position=position)
    if not history:
        return text("panel.over")
    last = history[0]
    return text(
        "panel.played",
        count=post.tracks,
        title=sentences.titled(last.track),
        length=sentences.length(last.track.duration_s, live=last.track.live),
        requester=last.requester,
    )


def _posted(player: Player, number: int, message_id: MessageId) -> None:
    panel = player.panel
    if panel.post is None or panel.post.number != number:
        return  # it ended on its way, and its sheet knows
    panel.post = evolve(panel.post, message_id=message_id)
    panel.below = {other for other in panel.below if other > message_id}
    replaced, panel.replaced = panel.replaced, None
    player.out += [ClearOld(old) for old in panel.old if old.message_id == replaced]
    player.changed()


def _note(player: Player, channel_id: ChannelId, message_id: MessageId) -> None:
    panel = player.panel
    if panel.post is None or panel.post.channel_id != channel_id:
        return
    mine = panel.post.message_id
    if (mine is None or message_id > mine) and len(panel.below) < BELOW_COUNTED:
        panel.below.add(message_id)


def _refused(player: Player, number: int) -> None:
    """The channel takes no panel: the music goes on, and whoever asked for it is told."""
    panel, now = player.panel, player.deck.now
    if panel.post is None or panel.post.number != number:
        return
    channel_id, panel.post = panel.post.channel_id, None
    player.changed()
    if now is None:
        return
    panel.given_up = now.entry.id
    if now.entry.request:
        player.out.append(TellRefused(now.entry.request, text("panel.refused", channel=channel_id)))


def _lost(player: Player) -> None:
    """Somebody deleted it: once per track it comes back."""
    panel, now = player.panel, player.deck.now
    panel.post = None
    player.changed()
    if now is not None and panel.missed == now.entry.id:
        panel.given_up = now.entry.id
    elif now is not None:
        panel.missed = now.entry.id


def _clear(player: Player, old: Old) -> None:
    player.panel.old += (old,)
    player.out.append(ClearOld(old))


def _look(player: Player, now: Now) -> object:
    """Everything that is drawn, but how far the track is."""
    deck = player.deck
    return (
        (now.key, now.entry, now.title_on_air, now.started, player.is_paused, player.paused),
        (player.volume_now_pct, player.defaults.volume_pct, player.tuning),
        (tuple(deck.queue[:NEXT_SHOWN]), len(deck.queue), bool(deck.history)),
    )
