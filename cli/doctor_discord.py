"""What ``roadie doctor`` asks Discord: token, intents, session starts, clock, permissions, a second instance.

May import everything. Each question is asked once, all together bounded in time by the caller; what was not
answered is told. The token goes into requests and nowhere else.
"""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, TypeVar

import trio
from attrs import define, field, frozen

from actors.rest import routes
from actors.rest.answers import Answer, parse_error, parse_object
from actors.rest.api_base import USER_AGENT, ApiBase
from actors.rest.errors import InvalidToken, RestError, Unavailable
from actors.rest.routes import Method, Route
from actors.rest.transport import Broken, Transport, open_transport
from cli.config import Config
from cli.doctor_permissions import Visit, judge
from cli.finding import Finding, fail, ok, warn
from cli.invitation import invite_url
from cli.log_lines import one_line
from cli.secret import Secret
from gateway_client.ids import GuildId, UserId
from gateway_client.intents import Intents, granted_intents
from gateway_client.objects import Application, Channel, GatewayBot, Guild, Member, User, VoiceState

GUILDS: Final = 5
"""So many servers are looked at."""
ANSWER_WITHIN_S: Final = 4.0
CLOCK_OFF_S: Final = 5.0
FEW_STARTS: Final = 20

OWN_GUILDS: Final = Route(method=Method.GET, template="/users/@me/guilds")
GUILD: Final = Route(method=Method.GET, template="/guilds/{guild_id}", major=("guild_id",))
CHANNELS: Final = Route(method=Method.GET, template="/guilds/{guild_id}/channels", major=("guild_id",))
MEMBER: Final = Route(method=Method.GET, template="/guilds/{guild_id}/members/{user_id}", major=("guild_id",))
VOICE_STATE: Final = Route(
    method=Method.GET, template="/guilds/{guild_id}/voice-states/@me", major=("guild_id",)
)

T = TypeVar("T")


@frozen(kw_only=True)
class _Seen:
    """One server, and whether the bot sits in voice there."""

    visit: Visit
    sits: bool


@define(eq=False)
class Questions:
    """Asks Discord, once each; ``date`` is what its last answer said of the time."""

    transport: Transport
    date: str | None = None
    asked_at: datetime = field(factory=lambda: datetime.now(UTC))

    async def ask(self, kind: type[T], route: Route, **parameters: int) -> T:
        """One question.

        Raises:
            RestError: a refusal, or no answer in time.
        """
        target = route.fill(**parameters)
        outcome: Answer | Broken = Broken(why=f"no answer within {ANSWER_WITHIN_S:.0f} s", unsent=False)
        with trio.move_on_after(ANSWER_WITHIN_S):
            outcome = await self.transport.perform(target, None)
        if isinstance(outcome, Broken):
            raise Unavailable(outcome.why, route=route.name)
        self.date, self.asked_at = outcome.headers.get("date"), datetime.now(UTC)
        if not outcome.is_success:
            raise parse_error(outcome, route)
        return parse_object(kind, outcome, route)


async def look_at_discord(config: Config, token: Secret, *, alone: bool) -> AsyncGenerator[Finding]:
    """Question after question; ``alone`` says that no Roadie runs on this data folder."""
    try:
        base = ApiBase.parse(config.api_base)
    except ValueError as error:
        yield fail("Discord", f"{error}: mend DISCORD_API_BASE")
        return
    async with open_transport(base=base, token=token, user_agent=USER_AGENT) as transport:
        questions = Questions(transport)
        try:
            me = await questions.ask(User, routes.GET_OWN_USER)
            application = await questions.ask(Application, routes.GET_APPLICATION)
        except RestError as error:
            yield _refused(error)
            return
        yield ok("token", f"Discord knows it: {one_line(me.username)}, application {application.id}")
        yield check_clock(questions.date, questions.asked_at, local=config.api_is_local)
        yield check_intents(application)
        yield await _check_gateway(questions)
        async for finding in _check_guilds(questions, me.id, application, alone=alone):
            yield finding


def _refused(error: RestError) -> Finding:
    if isinstance(error, InvalidToken):
        mend = (
            "copy it anew from the developer portal (your application, Bot, Reset Token) into DISCORD_TOKEN"
        )
        return fail("token", f"Discord does not accept it: {mend}")
    if isinstance(error, Unavailable):
        says = f"cannot be reached ({error}): check the network, a proxy or firewall, and DISCORD_API_BASE"
        return fail("Discord", says)
    return fail("token", f"Discord refuses to tell whose it is ({error}): try again later")


def check_clock(date: str | None, now: datetime, *, local: bool) -> Finding:
    """Whether this machine's clock agrees with Discord's."""
    if date is None:
        says = "not compared: this local Discord tells no time" if local else "not compared: no time was told"
        return ok("clock", says) if local else warn("clock", says)
    try:
        apart_s = abs(now - parsedate_to_datetime(date)) / timedelta(seconds=1)
    except (ValueError, TypeError):
        return warn("clock", "not compared: Discord's time cannot be read")
    if apart_s > CLOCK_OFF_S:
        mend = "switch on time synchronisation; reminders and logs go by this clock"
        return warn("clock", f"{apart_s:.0f} s away from Discord's: {mend}")
    return ok("clock", "agrees with Discord's")


def check_intents(application: Application) -> Finding:
    """Whether messages can be read."""
    missing = granted_intents(Intents.MESSAGE_CONTENT, application.flags)[1]
    if missing:
        mend = "in the developer portal (your application, Bot, Privileged Gateway Intents)"
        says = f"Message Content is off: only slash commands work. Switch it on {mend} for the prefix form"
        return warn("intents", says)
    return ok("intents", "Message Content is granted")


async def _check_gateway(questions: Questions) -> Finding:
    try:
        found = await questions.ask(GatewayBot, routes.GET_GATEWAY_BOT)
    except RestError as error:
        return fail("gateway", f"Discord does not say where it is ({error}): try again later")
    limit = found.session_start_limit
    says = f"{found.shards} shard(s), {limit.remaining} of {limit.total} session starts left today"
    if limit.remaining < FEW_STARTS:
        return warn("gateway", f"{says}: something restarts too often with this token")
    return ok("gateway", says)


async def _check_guilds(
    questions: Questions, me: UserId, application: Application, *, alone: bool
) -> AsyncGenerator[Finding]:
    try:
        guilds = await questions.ask(tuple[Guild, ...], OWN_GUILDS)
    except RestError as error:
        yield fail("permissions", f"Discord does not name the bot's servers ({error}): try again later")
        return
    if not guilds:
        mend = f"open {invite_url(application.id)} and choose one"
        yield warn("permissions", f"the bot is in no server: {mend}")
        return
    seen: list[_Seen] = []
    for found in await _visit_all(questions, [guild.id for guild in guilds[:GUILDS]], me):
        if isinstance(found, Finding):
            yield found
        else:
            seen.append(found)
            yield judge(found.visit)
    if len(guilds) > GUILDS:
        yield ok("permissions", f"servers that are not looked at: {len(guilds) - GUILDS}")
    yield _check_others([one_line(one.visit.guild.name) for one in seen if one.sits], alone=alone)


async def _visit_all(questions: Questions, guilds: list[GuildId], me: UserId) -> list["_Seen | Finding"]:
    """Look at servers side by side; their findings in order."""
    found: dict[GuildId, _Seen | Finding] = {}

    async def visit(guild_id: GuildId) -> None:
        try:
            found[guild_id] = await _visit(questions, guild_id, me)
        except RestError as error:
            found[guild_id] = warn("permissions", f"server {guild_id} cannot be looked at ({error})")

    async with trio.open_nursery() as nursery:
        for guild_id in guilds:
            nursery.start_soon(visit, guild_id)
    return [found[guild_id] for guild_id in guilds]


async def _visit(questions: Questions, guild_id: GuildId, me: UserId) -> _Seen:
    visit = Visit(
        guild=await questions.ask(Guild, GUILD, guild_id=guild_id),
        channels=await questions.ask(tuple[Channel, ...], CHANNELS, guild_id=guild_id),
        member=await questions.ask(Member, MEMBER, guild_id=guild_id, user_id=me),
        me=me,
    )
    try:
        state = await questions.ask(VoiceState, VOICE_STATE, guild_id=guild_id)
    except Unavailable:
        raise
    except RestError:  # it sits in no channel
        return _Seen(visit=visit, sits=False)
    return _Seen(visit=visit, sits=state.channel_id is not None)


def _check_others(sits_in: list[str], *, alone: bool) -> Finding:
    """Whether somebody else seems to use the token."""
    if alone and sits_in:
        says = f"the bot sits in a voice channel of “{sits_in[0]}”, and no Roadie runs on this data folder"
        return warn("second token", f"{says}: stop the other program, or give it a token of its own")
    says = "no sign of another program with this token; one that is idle cannot be seen from outside"
    return ok("second token", says)
