"""Which part of the player takes which input: flat tables, and nothing else.

Pure. Commands go to ``orders``, what became true to ``news`` or straight to the ``link``, what child tasks
bring back to whoever sent them. The type checker sees that no input is forgotten.
"""

from typing import assert_never

from actors.player import autoplay, news, orders, panel_course, plays, wrong_song
from actors.player.messages import (
    Asked,
    BotSeated,
    Broken,
    DefaultsChanged,
    GuildAvailable,
    GuildGone,
    Input,
    News,
    PeopleCounted,
    Returned,
    ServerGiven,
    SessionReplaced,
    VoiceFact,
)
from actors.player.panel import PanelFact
from actors.player.player import Player
from actors.player.results import (
    AnswerTold,
    CandidatesFound,
    Found,
    NotFound,
    NotOpened,
    Offered,
    Opened,
    QueuingShown,
    RelatedFound,
    Result,
    SongChosen,
    TitleHeard,
    Unsure,
)
from voice import protocol


def take(player: Player, message: Input, at: float) -> None:
    """Take one input at monotonic time ``at``, in seconds."""
    if isinstance(message, VoiceFact):
        _take_voice(player, message, at)
    elif isinstance(message, Result):
        _take_result(player, message, at)
    elif isinstance(message, PanelFact):
        panel_course.hear(player, message)
    else:
        _take_news(player, message, at)


def _take_news(player: Player, message: Asked | News, at: float) -> None:  # noqa: C901 - one flat table
    """A command, or what became true outside."""
    match message:
        case Asked():
            orders.order(player, message, at)
        case Returned():
            news.come_back(player, message, at)
            panel_course.clear_again(player)
        case BotSeated(channel_id=channel_id, session_id=session_id):
            player.hear(player.link.seated(channel_id, session_id, at))
            news.hear_floor(player, message, at)
        case ServerGiven(token=token, endpoint=endpoint):
            player.hear(player.link.served(token, endpoint, at))
        case PeopleCounted():
            news.hear_people(player, message, at)
        case SessionReplaced():
            player.link.session_replaced()
        case GuildAvailable():
            player.hear(player.link.guild_available(at))
        case GuildGone():
            player.hear(player.link.guild_gone())
        case DefaultsChanged():
            player.defaults = message
        case Broken():
            news.hear_broken(player, message, at)


def _take_result(player: Player, result: Result, at: float) -> None:  # noqa: C901 - one flat table
    """What a child task brings back."""
    match result:
        case Found():
            plays.hear_found(player, result, at)
        case Offered():
            plays.hear_offered(player, result, at)
        case Unsure():
            plays.hear_unsure(player, result, at)
        case NotFound():
            plays.hear_not_found(player, result, at)
        case QueuingShown():
            plays.hear_shown(player, result)
        case AnswerTold():
            player.changed()
        case Opened():
            news.hear_opened(player, result, at)
        case NotOpened():
            news.hear_not_opened(player, result, at)
        case TitleHeard(key=key, title=title):
            player.deck.heard_title(key, title)
        case RelatedFound():
            autoplay.hear_related(player, result, at)
        case CandidatesFound():
            wrong_song.hear_candidates(player, result)
        case SongChosen():
            wrong_song.hear_chosen(player, result, at)


def _take_voice(player: Player, fact: VoiceFact, at: float) -> None:
    """What the voice node tells."""
    match fact:
        case protocol.Connected():
            player.hear(player.link.connected(fact))
        case protocol.Closed():
            player.hear(player.link.closed(fact, at))
        case protocol.TrackStarted():
            news.hear_started(player, fact, at)
        case protocol.TrackEnded():
            news.hear_ended(player, fact, at)
        case protocol.Position():
            news.hear_position(player, fact, at)
        case protocol.Heard(revision=revision):
            player.echo.hear(revision, at)
        case protocol.Loudness():
            news.hear_loudness(player, fact)
        case protocol.NodeRestarted():
            news.hear_restart(player, at)
        case _:
            assert_never(fact)
