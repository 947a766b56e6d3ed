"""Whatever fails is told as what happened and what to do next, in every language."""

import re

import pytest

from actors.core.texts import LANGUAGES, Text
from actors.library.view import reason as library_reason
from actors.player import sentences
from actors.player.link import Loss
from cli.slices import catalogue
from gateway_client.ids import ChannelId
from media.errors import MediaError, MediaFailure
from tests.player.media_fakes import track
from voice.protocol import Reason

CODE = re.compile(r"`[^`]*`")
SENTENCE = re.compile(r"[^.!?]+[.!?](?=\s|$)")
CHANNEL = ChannelId(300)
WHAT, HINT = 1, 1
SPEAKERS = {language: catalogue().speaker(language) for language in LANGUAGES}


def sentences_of(told: Text, language: str) -> list[str]:
    """The sentences of a text as people read it; what is code holds no full stop."""
    words = told.render(SPEAKERS[language])
    assert "{" not in words
    plain = CODE.sub("code", words)
    found = [sentence.strip() for sentence in SENTENCE.findall(plain)]
    assert "".join(found).replace(" ", "") == plain.replace(" ", ""), "it ends as a sentence does"
    return found


def failure(kind: MediaFailure, host: str | None) -> MediaError:
    return MediaError(kind=kind, host=host, status=500, limit=60.0, actual=90.0, names=("a", "b"))


def check(told: Text, language: str) -> None:
    found = sentences_of(told, language)
    assert len(found) >= WHAT + HINT, found
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("host", [None, "example"])
@pytest.mark.parametrize("kind", list(MediaFailure))
def test_what_cannot_be_found_or_kept_says_what_to_do(
    kind: MediaFailure, host: str | None, language: str
) -> None:
    error = failure(kind, host)
    check(sentences.reason(error), language)
    check(library_reason(error), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page_url", [None, "https://example/song"])
@pytest.mark.parametrize("reason", list(Reason))
def test_what_the_node_cannot_play_says_what_to_do(
    reason: Reason, page_url: str | None, language: str
) -> None:
    check(sentences.node_reason(reason, track("sea", page_url=page_url)), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("loss", list(Loss))
def test_a_lost_channel_says_what_to_do(loss: Loss, language: str) -> None:
    check(sentences.lost_for_good(loss, CHANNEL), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_is_said_in_its_own_words(language: str) -> None:
    told = {
        kind: tuple(sentences_of(sentences.reason(failure(kind, "x")), language)) for kind in MediaFailure
    }
    assert len(set(told.values())) == len(MediaFailure)
