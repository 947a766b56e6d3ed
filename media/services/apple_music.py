"""Apple Music: songs and albums by Apple's public look-up, playlists and what it does not know by page."""

from attrs import define

from media.errors import MediaError, MediaFailure
from media.services.apple_wire import AppleList, parse_lookup, parse_page
from media.services.links import Kind, ServiceLink
from media.services.songs import ServiceBases, SongList, each, no_song, not_there
from media.services.web import ServiceWeb
from media.tracks import SourceKind

MOST_SONGS = 200  # that one look-up gives


@define(eq=False)
class AppleMusic:
    """A `MusicService`."""

    web: ServiceWeb
    bases: ServiceBases

    async def read(self, link: ServiceLink) -> SongList:
        """What a link names.

        Raises:
            MediaError: it is not there, or cannot be read.
        """
        match link.kind:
            case Kind.OTHER:
                raise no_song(SourceKind.APPLE_MUSIC)
            case Kind.PLAYLIST:
                return _to_list(await self._page(link))
            case Kind.ALBUM:
                return _to_list(await self._look_up(link))
            case Kind.TRACK:
                song = (await self._look_up(link)).only(link.id)
                return SongList(songs=each([song]), count=1)

    async def _look_up(self, link: ServiceLink) -> AppleList:
        url = f"{self.bases.apple_lookup}/lookup?id={link.id}&entity=song&limit={MOST_SONGS}"
        try:
            return parse_lookup((await self.web.get(f"{url}&country={link.country}")).encode())
        except MediaError as error:
            if error.kind is not MediaFailure.NOT_FOUND:
                raise
        return await self._page(link)  # not every song is in the shop

    async def _page(self, link: ServiceLink) -> AppleList:
        try:
            return parse_page(await self.web.get(f"{self.bases.apple_web}{link.path}"))
        except MediaError as error:
            if error.kind is MediaFailure.NOT_FOUND:
                raise not_there(SourceKind.APPLE_MUSIC) from error
            raise


def _to_list(found: AppleList) -> SongList:
    return SongList(title=found.title, count=len(found.songs), songs=each(found.songs))
