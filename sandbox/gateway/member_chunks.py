"""Op 8: the members of a guild, in chunks of a thousand. Pure.

Source: Gateway Events, sections "Request Guild Members" and "Guild Members Chunk".
"""

from collections.abc import Iterator

from gateway_client.ids import GuildId, UserId
from sandbox.gateway.intents import Intents
from sandbox.gateway.session import Session
from sandbox.json_values import JsonObject, is_list
from sandbox.model.entities import Guild, Member
from sandbox.wire.people import to_wire_member
from sandbox.world import World

CHUNK = 1_000


def answer(world: World, session: Session, asked: JsonObject) -> Iterator[JsonObject]:
    """Yield the bodies of GUILD_MEMBERS_CHUNK.

    A guild that is not there gives none; everybody, asked for without GUILD_MEMBERS, is nobody.
    """
    guild = world.directory.guilds.get(_guild_id(asked.get("guild_id")))
    if guild is None:
        return
    wanted = asked.get("user_ids")
    members, missing = (
        _by_id(guild, wanted) if wanted is not None else (_by_name(guild, session, asked), list[str]())
    )
    count = max(1, -(-len(members) // CHUNK))
    for index in range(count):
        body: JsonObject = {
            "guild_id": str(guild.id),
            "members": [to_wire_member(m) for m in members[index * CHUNK : (index + 1) * CHUNK]],
            "chunk_index": index,
            "chunk_count": count,
        }
        if missing:
            body["not_found"] = missing
        if isinstance(asked.get("nonce"), str) and len(asked["nonce"]) <= 32:
            body["nonce"] = asked["nonce"]
        yield body


def _guild_id(value: object) -> GuildId:
    digits = str(value[0] if is_list(value) and value else value)
    return GuildId(int(digits) if digits.isdecimal() else 0)


def _by_id(guild: Guild, wanted: object) -> tuple[list[Member], list[str]]:
    ids = [str(one) for one in wanted] if is_list(wanted) else [str(wanted)]
    known = {digits: guild.members.get(UserId(int(digits))) for digits in ids[:100] if digits.isdecimal()}
    return [m for m in known.values() if m], [digits for digits, member in known.items() if member is None]


def _by_name(guild: Guild, session: Session, asked: JsonObject) -> list[Member]:
    query, limit = str(asked.get("query") or "").lower(), asked.get("limit")
    if not query and not session.intents & Intents.GUILD_MEMBERS:
        return []
    found = [m for m in guild.members.values() if _matches(m, query)]
    return found[:limit] if isinstance(limit, int) and limit > 0 else found


def _matches(member: Member, query: str) -> bool:
    names = (member.nick, member.user.global_name, member.user.username)
    return any(name.lower().startswith(query) for name in names if name)
