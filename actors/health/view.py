"""What ``status`` and ``diagnose`` show: one embed each, within Discord's limits whatever there is to tell.

Every field is cut to ``FIELD_LIMIT``, so that all of them together stay far below an embed's 6,000
characters.
"""

from collections.abc import Iterable
from datetime import datetime

from actors.core.health import (
    Brief,
    CacheHealth,
    Diagnosis,
    ExtractorHealth,
    ProcessHealth,
    RestHealth,
    ShardHealth,
    Spread,
    StoreHealth,
    Trouble,
)
from actors.core.texts import Say
from actors.rest.payloads import Embed, EmbedField, Message, cut, escape

FIELD_LIMIT = 600
MOST_SHARDS = 10
MOST_PROCESSES = 8
MOST_TROUBLES = 6
KIND_LIMIT = 70
TITLE_LIMIT = 200
UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def view_status(brief: Brief, say: Say) -> Message:
    """What runs, for everybody."""
    fields = [
        _field(say("health.version"), f"`{brief.version}`", inline=True),
        _field(say("health.uptime"), view_span(brief.uptime_s), inline=True),
        _field(say("health.latency"), _latency(brief.shards, say), inline=True),
        _field(say("health.calls"), str(brief.calls), inline=True),
        _field(say("health.extractor"), _code(brief.extractor or say("health.none")), inline=True),
    ]
    if brief.guilds is not None:
        fields.append(_field(say("health.guilds"), str(brief.guilds), inline=True))
    playing = escape(cut(brief.playing, TITLE_LIMIT)) if brief.playing else say("health.silence")
    fields.append(_field(say("health.playing"), playing))
    return Message(embeds=(Embed(title=say("health.status_title"), fields=tuple(fields)),))


def view_diagnosis(diagnosis: Diagnosis, say: Say) -> Message:
    """Everything, for whoever runs the bot."""
    brief = diagnosis.brief
    head = say(
        "health.head", version=brief.version, uptime=view_span(brief.uptime_s), guilds=brief.guilds or 0
    )
    parts = (
        ("health.loop", [_spread(diagnosis.lag, say)]),
        ("health.mailboxes", _mailboxes(diagnosis, say)),
        ("health.gateway", _gateway(diagnosis, say)),
        ("health.rest", _rest(diagnosis.rest, say)),
        ("health.voice", [_voice(diagnosis, say)]),
        ("health.extractor", _extractor(diagnosis.extractor, say)),
        ("health.store", _store(diagnosis.store, say)),
        ("health.cache", [_cache(diagnosis.cache, say)]),
        ("health.memory", _processes(diagnosis.processes, say)),
        ("health.troubles", _troubles(diagnosis.troubles, say)),
    )
    fields = tuple(_field(say(key), "\n".join(lines)) for key, lines in parts)
    return Message(embeds=(Embed(title=say("health.diagnosis_title"), description=head, fields=fields),))


def view_span(seconds: float) -> str:
    """A length of time by its two largest units: ``3 d 4 h``."""
    left, parts = max(0, int(seconds)), list[str]()
    for unit, size in UNITS:
        count, left = divmod(left, size)
        if count or parts or unit == "s":
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])


def _latency(shards: Iterable[ShardHealth], say: Say) -> str:
    known = [shard.latency_ms for shard in shards if shard.latency_ms is not None]
    return f"{max(known):.0f} ms" if known else say("health.unknown")


def _spread(spread: Spread | None, say: Say) -> str:
    if spread is None:
        return say("health.unmeasured")
    middle, most, longest = (f"{ms:.1f}" for ms in (spread.p50_ms, spread.p99_ms, spread.max_ms))
    return say("health.spread", p50=middle, p99=most, max=longest, count=spread.count)


def _mailboxes(diagnosis: Diagnosis, say: Say) -> list[str]:
    lines = [say("health.actors", count=diagnosis.actors)]
    lines += [f"`{one.address}` {one.depth}" for one in diagnosis.mailboxes]
    return lines if diagnosis.mailboxes else [*lines, say("health.all_empty")]


def _gateway(diagnosis: Diagnosis, say: Say) -> list[str]:
    shards = diagnosis.brief.shards
    lines = [f"#{one.shard_id} `{one.phase}` {_latency((one,), say)}" for one in shards[:MOST_SHARDS]]
    if len(shards) > MOST_SHARDS:
        lines.append(say("health.and_more", count=len(shards) - MOST_SHARDS))
    if diagnosis.session_starts is not None:
        left, total = diagnosis.session_starts
        lines.append(say("health.session_starts", left=left, total=total))
    return lines or [say("health.unknown")]


def _rest(rest: RestHealth, say: Say) -> list[str]:
    lines = [
        say("health.requests", waiting=rest.waiting, flying=rest.in_flight),
        say("health.buckets", known=rest.buckets, closed=rest.closed),
        say("health.invalid", invalid=rest.invalid, most=rest.invalid_most),
    ]
    if rest.closed_s > 0:
        lines.append(say("health.closed_for", seconds=f"{rest.closed_s:.1f}"))
    return lines


def _voice(diagnosis: Diagnosis, say: Say) -> str:
    voice = diagnosis.voice
    return say("health.nodes", nodes=voice.nodes, calls=voice.calls, restarts=voice.restarts)


def _extractor(extractor: ExtractorHealth | None, say: Say) -> list[str]:
    if extractor is None:
        return [say("health.none")]
    bundled, proven = say("health.bundled"), say("health.proven")
    trust = bundled if extractor.bundled else proven if extractor.proven else say("health.on_trial")
    lines = [f"{_code(extractor.version)} · {trust}"]
    if extractor.refused:
        lines.append(say("health.refused", count=extractor.refused))
    if extractor.checked_at is not None:
        lines.append(say("health.checked", when=_moment(extractor.checked_at), how=extractor.renewal or "–"))
    lines.append(say("health.has_runtime" if extractor.runtime else "health.no_runtime"))
    return lines


def _store(store: StoreHealth, say: Say) -> list[str]:
    return [say("health.size", size=f"{store.size_mb:.1f}"), _spread(store.commits, say)]


def _cache(cache: CacheHealth, say: Say) -> str:
    if not cache.most_mb:
        return say("health.no_cache")
    size, most = f"{cache.size_mb:.1f}", f"{cache.most_mb:.0f}"
    return say("health.kept", tracks=cache.tracks, size=size, most=most, found=cache.found, asked=cache.asked)


def _processes(processes: tuple[ProcessHealth, ...], say: Say) -> list[str]:
    lines = [
        f"{_code(one.name)} {one.pid}: "
        + (f"{one.memory_mb:.0f} MB" if one.memory_mb is not None else say("health.unknown"))
        for one in processes[:MOST_PROCESSES]
    ]
    if len(processes) > MOST_PROCESSES:
        lines.append(say("health.and_more", count=len(processes) - MOST_PROCESSES))
    return lines or [say("health.unknown")]


def _troubles(troubles: tuple[Trouble, ...], say: Say) -> list[str]:
    return [_trouble(one) for one in troubles[:MOST_TROUBLES]] or [say("health.no_troubles")]


def _trouble(one: Trouble) -> str:
    mark = "❌" if one.is_error else "⚠️"
    return f"{mark} {one.count}× {_code(cut(one.kind, KIND_LIMIT))} {_moment(one.last_at)}"


def _moment(at: datetime) -> str:
    """A moment as Discord shows it to everybody in their own time: "5 minutes ago"."""
    return f"<t:{int(at.timestamp())}:R>"


def _code(words: str) -> str:
    plain = words.replace("`", "'")
    return f"`{plain}`"


def _field(name: str, value: str, *, inline: bool = False) -> EmbedField:
    return EmbedField(name=name, value=cut(value, FIELD_LIMIT), inline=inline)
