"""What people read: harmless titles, Discord's limits, numbers."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.core.address import Address
from actors.core.texts import Text
from actors.player import sentences
from actors.player.deck import Deck, Now
from actors.player.link import Loss
from actors.player.messages import DefaultsChanged
from actors.player.outside import Rules
from actors.player.panel_view import Lens, view_panel
from actors.player.player import Player
from actors.player.saved import Entry
from actors.player.standing import view_bar
from actors.player.state import PlayerState
from actors.player.tuning import Loop, Tuning
from actors.player.view import view_playing, view_presence, view_queue, view_sentence
from actors.rest.payloads import AllowedMentions
from gateway_client.ids import ChannelId, UserId
from media.errors import MediaError, MediaFailure
from media.tracks import SourceKind
from tests.player.fakes import CATALOGUE
from tests.player.media_fakes import track
from tests.player.places import GUILD, ME
from voice.protocol import Reason

SAY = CATALOGUE.speaker()
HOSTILE = [
    "**bold** _under_ `code` ~~x~~ ||spoiler||",
    "[click](https://evil.example) <@1001> <@&5> @everyone @here <#300>",
    "# title\n> quote\n- item",
    "\u202egnp.exe\u202c \u2066x\u2069",
    "שלום עולם",
    "x" * 1000,
    "*" * 1000,
    "\x00\x1b[31m",
    " \t\n ",
    "\u200f",
]


def entry(title: str, number: int = 1, duration_s: float | None = 200) -> Entry:
    return Entry(id=number, track=track(title, duration_s), requester=UserId(2**63 - 1))


def player_of(of: Deck, *, paused: bool = False) -> Player:
    rules, defaults = Rules(), DefaultsChanged()
    state = PlayerState(GUILD, ME, rules, random=random.Random(1), defaults=defaults)
    state.player.deck, state.player.paused = of, paused
    return state.player


def deck(*titles: str, playing: str | None = None) -> Deck:
    queue = [entry(title, number) for number, title in enumerate(titles, start=10)]
    now = None if playing is None else Now(entry=entry(playing), generation=1)
    return Deck(out=[], queue=queue, now=now)


@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_titles_stay_within_limits_and_harmless(title: str) -> None:
    full = deck(*[title] * 30, playing=title)
    messages = [
        view_queue(full, 1, SAY)[0],
        view_playing(player_of(full, paused=True), 0, SAY),
        view_sentence(sentences.now_playing(entry(title)), SAY),
        view_sentence(sentences.list_stopped(title, 3), SAY),
    ]
    for message in messages:
        assert 0 < len(message.content) <= 2000
        assert message.mentions == AllowedMentions()
        assert "@everyone" not in message.content
        assert "\u202e" not in message.content
        assert "\x1b" not in message.content
        assert "](" not in message.content.replace("\\](", "")
    assert len(messages[0].content.splitlines()) == 12


def test_a_right_to_left_title_is_isolated() -> None:
    shown = sentences.harmless("שלום")
    assert shown == "\u2068שלום\u2069"
    assert sentences.harmless("song") == "song"


def test_a_title_of_nothing_has_words_of_ours() -> None:
    line = view_sentence(sentences.track_added(entry("\u200f"), 0), SAY).content
    assert line == "Track added: **(untitled)** (3:20)"


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_title_makes_one_line_within_the_limit(title: str) -> None:
    words = sentences.harmless(title)
    rendered = words.render(SAY) if isinstance(words, Text) else words
    assert 0 < len(rendered) <= sentences.TITLE_LIMIT + 2
    assert len(rendered.splitlines()) == 1


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0:00"), (59.9, "0:59"), (61, "1:01"), (3599, "59:59"), (3723, "1:02:03"), (-5, "0:00")],
)
def test_clock(seconds: float, shown: str) -> None:
    assert sentences.clock(seconds) == shown


@pytest.mark.parametrize(
    ("position_s", "cell"), [(0, 0), (50, 10), (99.9, 19), (100, 19), (1000, 19), (-3, 0)]
)
def test_the_bar_has_one_knob_and_a_fixed_width(position_s: float, cell: int) -> None:
    bar = view_bar(position_s, 100)
    assert len(bar) == 20
    assert bar.index("🔘") == cell


def test_a_stream_has_no_knob() -> None:
    live = Deck(
        out=[],
        now=Now(
            entry=Entry(id=1, track=track("fm", None, live=True), requester=UserId(1)),
            generation=1,
            position_ms=61_000,
        ),
    )
    shown = view_playing(player_of(live), 0, SAY).content
    assert "🔘" not in shown
    assert "🔴 live for 1:01" in shown


def test_what_plays_is_shown_with_its_length_and_all_that_is_unusual() -> None:
    player = player_of(deck("next", playing="sea"))
    player.volume_pct = 130
    player.tuning = Tuning(speed=1.5, loop=Loop.QUEUE)
    assert view_playing(player, 0, SAY).content.splitlines()[1:] == [
        f"{view_bar(0, 200)} 0:00 / 3:20",
        "🔊 130 % · ⏩ speed 1.5 · 🔁 looping the queue",
        "One track in the queue.",
    ]


def test_the_panel_and_playing_agree_on_what_plays() -> None:
    for duration_s, paused, alone in ((200, False, False), (None, True, False), (200, False, True)):
        now = Now(entry=entry("sea", duration_s=duration_s), generation=1, started=True, position_ms=7000)
        player = player_of(Deck(out=[], now=now), paused=paused)
        player.volume_pct, player.alone_at = 40, 60.0 if alone else None
        _, progress, states, _ = view_playing(player, 0, SAY).content.splitlines()
        panel = view_panel(player, Lens(address=Address("player", GUILD), at=0, say=SAY))
        assert (panel.embeds[0].description or "").splitlines()[:2] == [progress, states]


@pytest.mark.parametrize(("asked", "shown"), [(1, 1), (3, 3), (99, 3), (0, 1)])
def test_pages_are_clamped(asked: int, shown: int) -> None:
    message, page = view_queue(deck(*"abcdefghijklmnopqrstuvwxy"), asked, SAY)
    assert page == shown
    assert f"`{(shown - 1) * 10 + 1}.`" in message.content


def test_an_unknown_length_is_said_as_such() -> None:
    unknown = Deck(out=[], queue=[entry("a"), entry("b", 2, None)])
    assert "2 tracks (at least 3:20)" in view_queue(unknown, 1, SAY)[0].content


def test_the_position_runs_on_between_reports_but_not_past_the_end() -> None:
    now = Now(entry=entry("a", duration_s=100), generation=1, position_ms=95_000, moving_since=10.0)
    assert now.position_at(10.5) == 95_500
    assert now.position_at(11.5) == 96_000
    assert now.position_at(99.0) == 96_000, "without a report it is not believed to have got further"
    now.position_ms = 99_500
    assert now.position_at(99.0) == 100_000
    now.position_ms = 95_000
    now.stand_still(12.0)
    assert now.position_at(99.0) == 96_000


def test_the_presence_knows_no_markdown() -> None:
    assert view_presence(track("a_b *c*"), None, SAY) == "a_b *c* · library"


def every_sentence() -> Iterator[Text]:
    for kind in MediaFailure:
        yield sentences.reason(MediaError(kind=kind))
        yield sentences.reason(
            MediaError(kind=kind, names=("a`b", "c"), host="h", status=404, limit=5e6, actual=1.0)
        )
    for why in Reason:
        yield sentences.node_reason(why, track("t"))
    for loss in Loss:
        yield sentences.lost(loss, ChannelId(300))
    for source in SourceKind:
        yield sentences.now_playing(
            Entry(
                id=1,
                track=track("t").__class__(key="k", title="t", source=source, locator="l"),
                requester=UserId(1),
            )
        )


def test_every_reason_has_a_whole_sentence() -> None:
    for sentence in every_sentence():
        rendered = sentence.render(SAY)
        assert not rendered.startswith("player.")
        assert "{" not in rendered
        assert len(rendered) > 10


def test_a_limit_is_said_in_its_unit() -> None:
    long = sentences.reason(MediaError(kind=MediaFailure.TOO_LONG, limit=3600)).render(SAY)
    large = sentences.reason(MediaError(kind=MediaFailure.TOO_LARGE, limit=2_000_000_000)).render(SAY)
    assert "1:00:00" in long
    assert "2000 MB" in large
