"""What people see of the player: state → frozen payload, pure. Nobody is ever pinged by it."""

from attrs import evolve

from actors.core.address import Address
from actors.core.texts import Say, Text, text
from actors.player import sentences
from actors.player.buttons import again_button, rows_of
from actors.player.deck import Deck
from actors.player.player import Player
from actors.player.saved import Entry, PendingAnswer
from actors.player.standing import view_progress, view_states
from actors.rest.payloads import MAX_CONTENT, Message, cut
from media.choices import Candidate
from media.tracks import Track

PAGE = 10


def view_sentence(
    sentence: Text, say: Say, *, warning: Text | None = None, above: Text | None = None
) -> Message:
    """A sentence as a message; ``above`` is a line before it, ``warning`` one behind it."""
    return _message("\n".join(line.render(say) for line in (above, sentence, warning) if line is not None))


def view_amended(pending: PendingAnswer, interrupted: Text, say: Say) -> Message:
    """What an answer of a former life says now: its outcome, or that it was interrupted."""
    if pending.outcome is not None:
        return _message(pending.outcome)
    lines = (pending.above, interrupted.render(say))
    return _message("\n".join(line for line in lines if line is not None))


def view_history(deck: Deck, page: int, owner: int, home: Address, say: Say) -> tuple[Message, int]:
    """One page of what was heard, newest first, with a button for each track; and its clamped number."""
    total = history_pages(deck)
    page = max(1, min(page, total))
    if not total:
        return _message(say("player.history_empty")), 1
    first = (page - 1) * PAGE
    shown = list(enumerate(list(deck.history)[first : first + PAGE], start=first + 1))
    lines = [say("player.history_title", count=len(deck.history))]
    lines += [_row(number, entry, say) for number, entry in shown]
    buttons = [again_button(home, number, entry.id, owner) for number, entry in shown]
    return evolve(_message("\n".join(lines)), components=rows_of(buttons)), page


def history_pages(deck: Deck) -> int:
    """How many pages the history has."""
    return (len(deck.history) + PAGE - 1) // PAGE


def view_choice(track: Track, say: Say) -> str:
    """One of the things that words may mean."""
    key = "player.choice_by" if track.artist else "player.choice"
    return say(
        key,
        title=sentences.titled(track),
        artist=sentences.harmless(track.artist or ""),
        length=sentences.length(track.duration_s, live=track.live),
    )


def view_candidate(candidate: Candidate, say: Say) -> str:
    """One of the videos that a song may be."""
    return say(
        "player.candidate_by" if candidate.artist else "player.candidate",
        title=sentences.harmless(candidate.title),
        artist=sentences.harmless(candidate.artist or ""),
        length=sentences.length(candidate.duration_s),
        percent=candidate.confidence_pct,
    )


def view_playing(player: Player, at: float, say: Say) -> Message:
    """The current track: how far it is, who wanted it, how it sounds, how much is behind it."""
    now = player.deck.now
    if now is None:
        return _message(say("player.nothing_plays"))
    lines = [sentences.now_playing(now.entry).render(say), view_progress(now, at, say)]
    if now.title_on_air:
        lines.append(say("player.on_air", title=sentences.harmless(now.title_on_air)))
    states = view_states(player, now, say)
    if states:
        lines.append(states)
    page_url = now.entry.track.page_url
    if page_url is not None:
        lines.append(f"<{page_url}>")
    lines.append(say("player.queue_count", count=len(player.deck.queue)))
    return _message("\n".join(lines))


def pages_of(deck: Deck) -> int:
    """How many pages the queue has; 0 if nothing is queued."""
    return (len(deck.queue) + PAGE - 1) // PAGE


def view_queue(deck: Deck, page: int, say: Say) -> tuple[Message, int]:
    """One page of the queue and its clamped number, from 1."""
    total = pages_of(deck)
    page = max(1, min(page, total))
    lines = [_current(deck, say)] if deck.now is not None else []
    if not total:
        lines.append(say("player.queue_empty"))
        return _message("\n".join(lines)), 1
    first = (page - 1) * PAGE
    lines.append(say("player.queue_title", count=len(deck.queue), length=_total(deck, say)))
    for number, entry in enumerate(deck.queue[first : first + PAGE], start=first + 1):
        lines.append(_row(number, entry, say))
    return _message("\n".join(lines)), page


def view_presence(track: Track, on_air: str | None, say: Say) -> str:
    """The line in the bot's profile, which knows no markdown; of a radio, what it says it plays."""
    title = sentences.plain(on_air or "") or sentences.plain(track.title) or say("player.untitled")
    return say("player.presence", title=title, source=sentences.source(track))


def _current(deck: Deck, say: Say) -> str:
    assert deck.now is not None  # the caller has looked
    entry = deck.now.entry
    return say(
        "player.queue_now",
        title=sentences.titled(entry.track),
        length=sentences.length(entry.track.duration_s, live=entry.track.live),
    )


def _row(number: int, entry: Entry, say: Say) -> str:
    return say(
        "player.queue_row",
        number=number,
        title=sentences.titled(entry.track),
        length=sentences.length(entry.track.duration_s, live=entry.track.live),
        requester=entry.requester,
    )


def _total(deck: Deck, say: Say) -> str | Text:
    lengths = [entry.track.duration_s for entry in deck.queue]
    known = sum(duration_s or 0.0 for duration_s in lengths)
    if None in lengths:
        return text("player.at_least", length=sentences.clock(known))
    return sentences.clock(known)


def _message(content: str) -> Message:
    return Message(content=cut(content, MAX_CONTENT), suppress_embeds=True)
