"""The page's addresses. Every one of them asks the guard first.

`/` the page · `/web/{name}` its files · `/page/socket` its WebSocket · `/page/uploads` files on their way
in · `/page/live.ogg` the sound of a channel · `/page/captured.ogg` what the bot has played so far, as a
file.
"""

from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import unquote

from attrs import define, field

from gateway_client.ids import ChannelId, UserId
from sandbox.contracts import VoiceService
from sandbox.http.exchange import Request, Response, json_response, text_response
from sandbox.http.router import AnyRoute, Route, WebSocketRoute
from sandbox.http.websocket import WebSocket
from sandbox.page.guard import HEADERS, refusal, refuse
from sandbox.page.session import PageSession
from sandbox.page.sound import stream_channel
from sandbox.page.static import StaticFiles
from sandbox.page.tabs import Tabs
from sandbox.page.uploads import LARGEST_BYTES, Uploads
from sandbox.people import People
from sandbox.voice.ogg import OggOpus
from sandbox.voice.service import VoiceServer
from sandbox.world import World

REFUSED = 4403
"""WebSocket close code: the guard said no."""


@define
class _Page:
    _world: World
    _people: People
    _voice: VoiceServer
    _uploads: Uploads = field(init=False, factory=Uploads)
    _tabs: Tabs = field(init=False)
    _static: StaticFiles = field(init=False, factory=StaticFiles)

    def __attrs_post_init__(self) -> None:
        self._tabs = Tabs(self._world)

    async def index(self, request: Request) -> Response:
        return self._static.answer("index.html")

    async def file(self, request: Request) -> Response:
        return self._static.answer(request.params["name"])

    async def upload(self, request: Request) -> Response:
        if len(request.body) > LARGEST_BYTES:
            return json_response({"error": "That file is too large: 100 MB is the limit."}, 413)
        name = unquote(request.headers.get("x-filename", "file"))
        key = self._uploads.keep(name, request.body, request.headers.get("content-type"))
        return json_response({"upload": key})

    async def live(self, request: Request) -> Response:
        digits = request.query.get("channel", "")
        guild = self._world.directory.guilds[self._world.home]
        channel = guild.channels.get(ChannelId(int(digits))) if digits.isdecimal() else None
        if channel is None or not channel.is_voice:
            return text_response("There is no such voice channel.\n", 404)
        return stream_channel(self._voice, guild.id, channel.id)

    async def captured(self, request: Request) -> Response:
        bot = self._world.application.bot.id
        packets = self._voice.capture(self._world.home, bot).payloads(silence=True)
        ogg = OggOpus(serial=1)
        body = ogg.head() + b"".join(ogg.audio([packet]) for packet in packets)
        return Response(headers={**HEADERS, "content-type": "audio/ogg"}, body=body)

    async def socket(self, request: Request, socket: WebSocket) -> None:
        sentence = refusal(request.headers)
        if sentence is not None:
            await socket.close(REFUSED, sentence)
            return
        session = PageSession(
            world=self._world,
            people=self._people,
            voice=self._voice,
            uploads=self._uploads,
            tabs=self._tabs,
            socket=socket,
            viewer=self._viewer(request),
        )
        await session.run()

    def _viewer(self, request: Request) -> UserId:
        """Whom the tab asks to act as, if there is such a person; otherwise the first."""
        digits = request.query.get("as", "")
        people = self._world.people()
        wanted = UserId(int(digits)) if digits.isdecimal() else people[0]
        return wanted if wanted in people else people[0]


def _guarded(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def guarded(request: Request) -> Response:
        sentence = refusal(request.headers)
        return refuse(sentence) if sentence is not None else await handler(request)

    return guarded


def routes(world: World, people: People, voice: VoiceService) -> Sequence[AnyRoute]:
    """Keep `sandbox.contracts.PageRoutes`."""
    assert isinstance(voice, VoiceServer)
    page = _Page(world, people, voice)
    return (
        Route(method="GET", pattern="/", handler=_guarded(page.index)),
        Route(method="GET", pattern="/web/{name}", handler=_guarded(page.file)),
        Route(method="POST", pattern="/page/uploads", handler=_guarded(page.upload)),
        Route(method="GET", pattern="/page/live.ogg", handler=_guarded(page.live)),
        Route(method="GET", pattern="/page/captured.ogg", handler=_guarded(page.captured)),
        WebSocketRoute(pattern="/page/socket", handler=page.socket),
    )
