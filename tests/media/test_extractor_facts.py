"""yt-dlp's dictionaries to values: shapes of YouTube and of pages, written by us; junk in every field."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.extractor.facts import choose_sound, is_list, parse_expiry, to_entry, to_extracted

AUDIO = {
    "format_id": "251",
    "url": "https://r1.media.test/videoplayback?expire=1790000000&itag=251",
    "protocol": "https",
    "acodec": "opus",
    "vcodec": "none",
    "ext": "webm",
    "filesize": 3_433_514,
    "language_preference": -1,
    "http_headers": {"User-Agent": "Mozilla/5.0", "Accept": "*/*", "X-Evil": "a\r\nb", "Number": 1},
}
VIDEO: dict[str, Any] = {
    "id": "dQw4w9WgXcQ",
    "extractor_key": "Youtube",
    "title": " Song ",
    "channel": "Singer",
    "artists": ["Singer", "Other"],
    "track": "Song",
    "duration": 212,
    "webpage_url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
    "thumbnail": "https://i.ytimg.test/vi/x.webp",
    "live_status": "not_live",
    "formats": [
        {"url": "https://i.test/sb.jpg", "protocol": "mhtml", "acodec": "none", "vcodec": "none"},
        AUDIO,
        {**AUDIO, "format_id": "140", "acodec": "mp4a.40.2", "ext": "m4a", "url": "https://r1.test/140"},
        {"url": "https://r1.test/18", "protocol": "https", "acodec": "mp4a", "vcodec": "avc1", "height": 360},
        {"url": "https://r1.test/137", "protocol": "https", "acodec": "none", "vcodec": "avc1"},
    ],
}


def test_video_of_youtube_becomes_all_that_is_needed() -> None:
    video = to_extracted(VIDEO)
    assert video is not None
    assert (video.id, video.extractor, video.title) == ("dQw4w9WgXcQ", "youtube", "Song")
    assert (video.uploader, video.artist, video.track) == ("Singer", "Singer", "Song")
    assert (video.duration_s, video.live, video.page_url) == (212.0, False, VIDEO["webpage_url"])
    assert video.sound.headers == (("User-Agent", "Mozilla/5.0"), ("Accept", "*/*"))
    assert (video.sound.codec, video.sound.container) == ("opus", "webm")
    assert video.sound.size_bytes == 3_433_514
    assert video.sound.expires_at == datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
    assert "videoplayback" not in repr(video)


def of(*formats: dict[str, Any]) -> str | None:
    sound = choose_sound(
        {"formats": [{"url": f"https://m.test/{n}", **one} for n, one in enumerate(formats)]}
    )
    return None if sound is None else sound.url.rpartition("/")[2]


@pytest.mark.parametrize(
    ("formats", "best"),
    [
        ([{"acodec": "opus", "vcodec": "none"}, {"acodec": "mp4a", "vcodec": "none"}], "0"),
        ([{"acodec": "mp4a", "vcodec": "none"}, {"acodec": "opus", "vcodec": "avc1", "height": 720}], "0"),
        ([{"acodec": "aac", "vcodec": "none"}, {"acodec": "aac", "vcodec": "none"}], "1"),
        (
            [
                {"acodec": "opus", "vcodec": "none", "language_preference": -1},
                {"acodec": "mp4a", "vcodec": "none", "language_preference": 10},
            ],
            "1",
        ),
        ([{"height": 144}, {"height": 360}, {"height": 1080}], "1"),
        ([{"height": 144}, {"height": 240}], "1"),
        ([{"protocol": "m3u8_native"}, {"protocol": "rtmp"}], "0"),
        ([{"acodec": "opus", "has_drm": True}], None),
        ([{"acodec": "none", "vcodec": "avc1"}], None),
        ([{"fragments": [{"url": "https://m.test/f"}]}], None),
        ([{"url": "ftp://m.test/x"}], None),
        ([], None),
    ],
)
def test_sound_is_what_can_be_opened_and_passed_through(
    formats: list[dict[str, Any]], best: str | None
) -> None:
    assert of(*formats) == best


def test_live_stream_has_no_length() -> None:
    info = {
        **VIDEO,
        "live_status": "is_live",
        "formats": [{"url": "https://m.test/a.m3u8", "protocol": "m3u8"}],
    }
    video = to_extracted(info)
    assert video is not None
    assert (video.live, video.duration_s) == (True, None)


@pytest.mark.parametrize(
    ("link", "seconds"),
    [
        ("https://m.test/a?expire=1790000000", 1790000000),
        ("https://m.test/expire/1790000000/ei/x/a.m3u8", 1790000000),
        ("https://m.test/a?Expires=1790000000&x=1", 1790000000),
        ("https://m.test/a?expire=17", None),
        ("https://m.test/a?expire=soon", None),
        ("https://m.test/a", None),
    ],
)
def test_address_says_when_it_ends(link: str, seconds: int | None) -> None:
    expected = None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    assert parse_expiry(link) == expected


def test_entries_are_pages_to_look_at() -> None:
    flat = {"_type": "url", "ie_key": "Youtube", "id": "abcdefghijk", "title": "A", "duration": 61.0}
    by_id = to_entry({**flat, "url": "abcdefghijk"})
    assert by_id is not None
    assert by_id.url == "https://www.youtube.com/watch?v=abcdefghijk"
    assert (by_id.extractor, by_id.duration_s, by_id.available) == ("youtube", 61.0, True)
    gone = to_entry(
        {**flat, "url": "https://www.youtube.com/watch?v=abcdefghijk", "title": "[Deleted video]"}
    )
    assert gone is not None
    assert not gone.available
    sound = to_entry({"id": "p-1", "title": "P", "formats": [{"url": "http://m.test/a.ogg"}]})
    assert sound is not None
    assert sound.url == "http://m.test/a.ogg"
    assert to_entry({"_type": "url", "url": "javascript:alert(1)", "ie_key": "Generic"}) is None
    assert is_list({"_type": "url", "ie_key": "YoutubeTab"})
    assert not is_list(flat)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("http://[x"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from([*VIDEO, "_type", "url", "ie_key", "thumbnails", "availability", "http_headers"])


@settings(max_examples=60)
@given(
    st.dictionaries(FIELDS, JUNK, max_size=8), st.dictionaries(st.sampled_from(list(AUDIO)), JUNK, max_size=5)
)
def test_no_field_is_trusted(info: dict[str, Any], one: dict[str, Any]) -> None:
    for given_info in (info, {**VIDEO, **info}, {**VIDEO, "formats": [{**AUDIO, **one}]}):
        for value in (to_extracted(given_info), to_entry(given_info)):
            assert value is None or value.title
