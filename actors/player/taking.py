"""Taking what was found into the queue, part by part, and saying what became of it.

A part's tracks go behind those of the same request, or in turn with other people's where the guild wants
that. What does not fit (too long, no room) is left out and counted; the last sentence tells the counts. A
full queue ends the reading of a list.
"""

from attrs import evolve

from actors.core.music import Place
from actors.core.texts import Text, text
from actors.player import sentences
from actors.player.checks import free_places, too_long
from actors.player.effects import ReadOn, Say
from actors.player.lineup import place_behind, place_in_turn
from actors.player.player import Player
from actors.player.requests import PlayRequest
from actors.player.results import Found
from actors.player.saved import Entry
from media.errors import MediaError, MediaFailure


def take(player: Player, slot: PlayRequest, at: float) -> None:
    """Queue the part that was found for a request whose turn it is."""
    batch, slot.batch = slot.batch, None
    assert batch is not None  # the caller has looked
    _count(slot, batch)
    fitting = [track for track in batch.tracks if not too_long(player, track)]
    slot.too_long += len(batch.tracks) - len(fitting)
    places = free_places(player, slot.requester, unbound=slot.unbound)
    slot.no_room += max(0, len(fitting) - places)
    entries = player.deck.entries(fitting[:places], slot.requester, slot.request, quiet=slot.quiet)
    is_first = bool(entries) and not slot.is_reading
    if entries:
        _put(player, slot, entries)
        slot.added += len(entries)
        _play(player, slot, at, is_first=is_first)
        player.changed()
    if slot.ended or slot.no_room:
        _finish(player, slot, entries, at)
    else:
        if is_first:
            _say_begun(player, slot)
        elif slot.answer is not None:
            slot.answer = evolve(slot.answer, added=slot.added)
        player.out.append(ReadOn(slot.request))


def reject(player: Player, slot: PlayRequest, why: Text, at: float) -> None:
    """Nothing of a request can be queued."""
    player.end_play(slot)
    player.fail(slot.request, why)
    grow_silent(player, at)


def grow_silent(player: Player, at: float) -> None:
    """Nothing came of a request: perhaps the bot came for nothing."""
    if not player.plays and player.deck.now is None:
        player.fall_silent(at)


def _count(slot: PlayRequest, batch: Found) -> None:
    slot.skipped += batch.skipped
    slot.too_long += batch.too_long
    slot.cut_off = batch.cut_off
    slot.error = batch.error


def _put(player: Player, slot: PlayRequest, entries: list[Entry]) -> None:
    """Where the tracks go; what autoplay had in mind makes room for what people want."""
    deck, at_end = player.deck, slot.place is Place.END
    queue = [entry for entry in deck.queue if not (at_end and entry.auto)]
    if at_end and player.defaults.is_fair:
        playing = deck.now.entry if deck.now is not None else None
        for entry in entries:
            queue.insert(place_in_turn(queue, playing, entry.requester), entry)
        deck.arrange(queue)
        return
    behind = place_behind(queue, slot.request, slot.followers) if slot.is_reading else None
    if behind is None:
        behind = len(queue) if at_end else 0
    deck.arrange([*queue[:behind], *entries, *queue[behind:]])
    if at_end and not slot.is_reading:
        for other in player.plays:
            if other.is_reading:
                other.followers.add(slot.request)


def _play(player: Player, slot: PlayRequest, at: float, *, is_first: bool) -> None:
    """Let it be heard, if it is its turn."""
    interrupts = slot.place is Place.NOW or (slot.place is Place.TOP and player.paused)
    if player.deck.now is None:
        player.failures = 0
    if is_first and interrupts and player.deck.now is not None:
        player.next_or_silence(at)
    elif is_first or player.deck.now is None:
        player.go_on(at)


def _say_begun(player: Player, slot: PlayRequest) -> None:
    """The first track of a list is queued, and the rest is being read."""
    begun = sentences.list_begun(slot.title)
    player.out.append(Say(request=slot.request, text=begun, ends=None, recoverable=True))
    if slot.answer is not None:
        slot.answer = evolve(slot.answer, title=slot.title or "", added=slot.added)


def _finish(player: Player, slot: PlayRequest, entries: list[Entry], at: float) -> None:
    if not slot.added:
        reject(player, slot, _why_nothing(player, slot), at)
        return
    player.end_play(slot)
    if slot.title is None and slot.added == 1 and entries:
        (entry,) = entries
        queue = player.deck.queue
        position = queue.index(entry) + 1 if entry in queue else 0
        doubtful = entry.id if sentences.is_doubtful(entry.track) else None
        player.say(slot.request, sentences.track_added(entry, position), doubtful=doubtful)
        return
    player.say(slot.request, sentences.list_added(slot, player.max_duration_s))


def _why_nothing(player: Player, slot: PlayRequest) -> Text:
    if slot.no_room:
        return text("player.queue_full", count=player.defaults.queue_limit)
    if slot.error is not None:
        return text("player.not_queued", reason=sentences.reason(slot.error))
    if slot.too_long:
        error = MediaError(kind=MediaFailure.TOO_LONG, limit=player.max_duration_s)
    else:
        error = MediaError(kind=MediaFailure.NO_MATCH)
    return text("player.not_queued", reason=sentences.reason(error))
