"""What a page may claim: neither another server's tracks, nor sound that lies inside our network."""

from pathlib import Path

import pytest

from gateway_client.ids import GuildId
from media.errors import MediaError, MediaFailure
from media.guarded_urls import to_guarded
from media.room import MediaConfig, open_media
from media.site_values import key_of, to_track
from media.tracks import TextQuery
from tests.media.conftest import PROBE_ARGV
from tests.media.fake_extractor import FakeExtractor, video

GUILD = GuildId(5)


async def test_servers_of_one_software_do_not_speak_for_each_other(tmp_path: Path) -> None:
    extractor = FakeExtractor()
    config = MediaConfig(folder=tmp_path, probe_argv=PROBE_ARGV, suggest_url="")
    async with open_media(config, ask=extractor) as media:
        for page in ("https://one.test/w/1", "https://other.test/w/1"):
            found = extractor.put(video("1", f"{page}/sound", extractor="peertube", page_url=page))
            playable = await media.resolver.open(to_track(found, page), GUILD)
            media.resolver.release(playable)
            assert playable.location == to_guarded(f"{page}/sound")


async def test_page_whose_sound_is_inside_is_told_before_it_is_queued(tmp_path: Path) -> None:
    extractor, page = FakeExtractor(), "https://www.youtube.com/watch?v=insideinsid"
    extractor.put(video("insideinsid", "http://10.0.0.1/a.mp3", page_url=page, duration_s=None))
    config = MediaConfig(folder=tmp_path, probe_argv=PROBE_ARGV, suggest_url="")
    async with open_media(config, ask=extractor) as media:
        with pytest.raises(MediaError) as refused:
            await media.resolver.resolve(TextQuery(text=page), GUILD)
    assert refused.value.kind is MediaFailure.PRIVATE_ADDRESS


@pytest.mark.parametrize(
    ("site", "page", "key"),
    [
        ("youtube", "https://youtu.be/1", "youtube:1"),
        ("soundcloud", "https://api.soundcloud.com/1", "soundcloud:1"),
        ("peertube", "https://peertube.com.test/1", "peertube:1@peertube.com.test"),
        ("peertube", "https://notpeertube.com/1", "peertube:1@notpeertube.com"),
    ],
)
def test_an_id_is_of_the_site_or_of_the_server(site: str, page: str, key: str) -> None:
    assert key_of(site, "1", page) == key
