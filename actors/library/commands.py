"""The ``local`` commands as declared.

Everybody may look, add and play; renaming and removing follow the DJ role. ``local`` alone, which only the
prefix form can write, lists.
"""

from actors.core.access import Rule
from actors.core.address import Address, of_guild
from actors.core.arguments import Arguments, Usage
from actors.core.declare import Command, Option, OptionType
from actors.core.envelope import Facts
from actors.library.messages import Download, PlayFile, Remove, Rename, ShowFiles, Upload
from media.tracks import AttachmentQuery

KIND = "library"
GROUP = "library"
NAME_LIMIT = 100
URL_LIMIT = 2000


def _address(facts: Facts) -> Address:
    return of_guild(KIND, facts.guild_id)


def _list(arguments: Arguments, facts: Facts) -> ShowFiles:
    return ShowFiles()


def _download(arguments: Arguments, facts: Facts) -> Download:
    return Download(url=_need(arguments, "url"), name=arguments.text("name"))


def _upload(arguments: Arguments, facts: Facts) -> Upload:
    file = arguments.attachment("file")
    if file is None:
        raise Usage
    query = AttachmentQuery(
        url=file.url, filename=file.filename, size=file.size, content_type=file.content_type
    )
    return Upload(file=query, name=arguments.text("name"))


def _play(arguments: Arguments, facts: Facts) -> PlayFile:
    return PlayFile(arguments.text("name"))


def _rename(arguments: Arguments, facts: Facts) -> Rename:
    return Rename(track=_need(arguments, "track"), to=_need(arguments, "name"))


def _remove(arguments: Arguments, facts: Facts) -> Remove:
    return Remove(_need(arguments, "track"))


def _need(arguments: Arguments, name: str) -> str:
    value = arguments.text(name)
    if value is None:
        raise Usage
    return value


_NEW_NAME = Option(name="name", max_length=NAME_LIMIT)
_TRACK = Option(name="track", required=True, autocomplete=True, max_length=NAME_LIMIT)

LIST = Command(
    name="local list", group=GROUP, address=_address, message=_list, aliases=("local",), tidy=False
)
DOWNLOAD = Command(
    name="local download",
    group=GROUP,
    address=_address,
    message=_download,
    options=(Option(name="url", required=True, max_length=URL_LIMIT), _NEW_NAME),
    starts_itself=True,
    tidy=False,
)
UPLOAD = Command(
    name="local upload",
    group=GROUP,
    address=_address,
    message=_upload,
    options=(Option(name="file", type=OptionType.ATTACHMENT, required=True), _NEW_NAME),
    starts_itself=True,
    tidy=False,
)
PLAY = Command(
    name="local play",
    group=GROUP,
    address=_address,
    message=_play,
    options=(Option(name="name", autocomplete=True, max_length=NAME_LIMIT),),
    starts_itself=True,
    example={"name": "thunder.mp3"},
)
RENAME = Command(
    name="local rename",
    group=GROUP,
    address=_address,
    message=_rename,
    options=(_TRACK, Option(name="name", required=True, max_length=NAME_LIMIT)),
    rule=Rule.DJ,
    example={"track": "thunder.mp3", "name": "storm"},
    tidy=False,
)
REMOVE = Command(
    name="local remove",
    group=GROUP,
    address=_address,
    message=_remove,
    options=(_TRACK,),
    rule=Rule.DJ,
    example={"track": "thunder.mp3"},
    tidy=False,
)

COMMANDS = (LIST, DOWNLOAD, UPLOAD, PLAY, RENAME, REMOVE)
