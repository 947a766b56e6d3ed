"""What names a track of a site: never what another server may say of its own."""

from pathlib import Path

import pytest

from gateway_client.ids import GuildId
from media.guarded_urls import to_guarded
from media.room import MediaConfig, open_media
from media.site_values import key_of, to_track
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
