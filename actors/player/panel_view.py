"""What the panel shows: the player's state → a frozen message, pure.

The first line begins with "Now playing" and stands by itself, for notifications and for channels in which
the bot may not embed; there, everything else follows as plain lines instead of in a frame. Whatever was
written by strangers is escaped, nobody is pinged, and links are shown only where Discord can hold them.
"""

from attrs import frozen

from actors.core.address import Address
from actors.core.custom_id import CustomId
from actors.core.texts import Say, Text
from actors.player import sentences
from actors.player.buttons import wrong_song_row
from actors.player.deck import Deck
from actors.player.panel import Verb
from actors.player.panel_course import NEXT_SHOWN
from actors.player.playback import Now
from actors.player.player import Player
from actors.player.standing import view_progress, view_states
from actors.player.tuning import Loop
from actors.rest.payloads import MAX_CONTENT, ActionRow, Button, ButtonStyle, Embed, Message, cut
from media.tracks import Track

VERSION = 1
TITLE_LIMIT = 250
LINE_LIMIT = 150
URL_LIMIT = 1000
_GREEN, _GREY, _RED = 0x1F8B4C, 0x607D8B, 0xE74C3C

LOOPS_ON = {Loop.OFF: Loop.TRACK, Loop.TRACK: Loop.QUEUE, Loop.QUEUE: Loop.OFF}
"""What the loop button does next."""
_LOOP_EMOJI = {Loop.OFF: "🔁", Loop.TRACK: "🔂", Loop.QUEUE: "🔁"}


@frozen(kw_only=True)
class Lens:
    """What is needed to see a player: whose buttons, when, in which language, with or without a frame."""

    address: Address
    at: float
    say: Say
    embeds: bool = True


def view_panel(player: Player, lens: Lens) -> Message:
    """The panel of what plays, or is being opened."""
    now, say = player.deck.now, lens.say
    if now is None:
        return view_end(Text("panel.over"), lens)
    track = now.entry.track
    first = sentences.now_playing(now.entry) if now.started else _opening(now)
    lines = _lines(player, now, lens)
    rows = _rows(player, lens.address)
    if sentences.is_doubtful(track):
        rows = (*rows, wrong_song_row(lens.address, now.entry.id, say))
    if not lens.embeds:
        content = "\n".join([first.render(say), *lines])
        return Message(content=cut(content, MAX_CONTENT), components=rows, suppress_embeds=True)
    linked = track.page_url is not None and len(track.page_url) <= URL_LIMIT
    frame = Embed(
        title=cut(_name(track, say), TITLE_LIMIT) if linked else None,
        url=track.page_url if linked else None,
        description="\n".join(lines),
        color=_color(player, now),
        thumbnail_url=_picture(track),
    )
    return Message(content=cut(first.render(say), MAX_CONTENT), embeds=(frame,), components=rows)


def view_end(ending: Text, lens: Lens) -> Message:
    """What is left when the music has ended."""
    return Message(content=cut(ending.render(lens.say), MAX_CONTENT), suppress_embeds=not lens.embeds)


def _opening(now: Now) -> Text:
    return Text("panel.opening", {"title": sentences.titled(now.entry.track)})


def _name(track: Track, say: Say) -> str:
    name = f"{track.artist} – {track.title}" if track.artist else track.title
    shown = sentences.harmless(name, TITLE_LIMIT)
    return shown.render(say) if isinstance(shown, Text) else shown


def _lines(player: Player, now: Now, lens: Lens) -> list[str]:
    say, track = lens.say, now.entry.track
    lines: list[str] = []
    if track.artist and track.page_url is None:
        lines.append(say("panel.artist", artist=sentences.harmless(track.artist)))
    lines.append(view_progress(now, lens.at, say))
    if now.title_on_air:
        lines.append(say("player.on_air", title=sentences.harmless(now.title_on_air)))
    states = view_states(player, now, say)
    if states:
        lines.append(cut(states, 4 * LINE_LIMIT))
    return lines + _queue(player.deck, say)


def _queue(deck: Deck, say: Say) -> list[str]:
    if not deck.queue:
        return [say("panel.nothing_next")]
    lines = [say("panel.next")]
    for number, entry in enumerate(deck.queue[:NEXT_SHOWN], start=1):
        row = say(
            "panel.row",
            number=number,
            title=sentences.titled(entry.track),
            length=sentences.length(entry.track.duration_s, live=entry.track.live),
        )
        lines.append(row)
    more = len(deck.queue) - NEXT_SHOWN
    return lines if more <= 0 else [*lines, say("panel.more", count=more)]


def _color(player: Player, now: Now) -> int:
    if player.is_paused or not now.started:
        return _GREY
    return _RED if now.entry.track.live else _GREEN


def _picture(track: Track) -> str | None:
    url = track.thumbnail_url
    fits = url is not None and len(url) <= URL_LIMIT and url.startswith(("https://", "http://"))
    return url if fits else None


def _rows(player: Player, address: Address) -> tuple[ActionRow, ...]:
    deck, loop = player.deck, player.tuning.loop
    goes_on = player.paused

    def button(verb: Verb, emoji: str, *, argument: str = "", on: bool = False, off: bool = False) -> Button:
        custom_id = CustomId(address=address, version=VERSION, verb=verb.value, argument=argument)
        style = ButtonStyle.SUCCESS if on else ButtonStyle.SECONDARY
        return Button(custom_id=custom_id.to_wire(), emoji=emoji, style=style, disabled=off)

    hold = button(Verb.RESUME, "▶️", on=True) if goes_on else button(Verb.PAUSE, "⏸️")
    first = (
        button(Verb.PREVIOUS, "⏮️", off=not deck.history),
        hold,
        button(Verb.SKIP, "⏭️"),
        button(Verb.STOP, "⏹️"),
        button(Verb.QUEUE, "📜"),
    )
    second = (
        button(Verb.LOOP, _LOOP_EMOJI[loop], argument=LOOPS_ON[loop].value, on=loop is not Loop.OFF),
        button(Verb.SHUFFLE, "🔀", off=len(deck.queue) < 2),
        button(Verb.DOWN, "🔉"),
        button(Verb.UP, "🔊"),
    )
    return (ActionRow(first), ActionRow(second))
