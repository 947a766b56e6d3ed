"""Puts what was found into the store and the library; the bot does not run meanwhile.

May import everything. Every row has an origin, which the store takes once. Reminders and files can be gone
since, because they have fired, or were removed or renamed: theirs are remembered apart, so that none comes
back with the second time. Entries of a reputation are never deleted.
"""

import hashlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec
from attrs import define, evolve, field, frozen

from actors.core.address import Address
from actors.core.snapshot import SnapshotForm, load_snapshot, save_snapshot
from actors.library.view import reason
from actors.player.commands import KIND as PLAYER
from actors.player.saved import FORM as PLAYER_FORM
from actors.player.saved import Saved
from actors.store.rows import Params
from actors.store.store import Store, open_store
from cli.children import child_argv
from cli.config import Config
from cli.finding import Finding, ok, warn
from cli.import_values import Point, Reminder
from cli.media_index import StoredIndex
from cli.slices import SCHEMAS, catalogue
from gateway_client.ids import GuildId
from media.errors import MediaError
from media.library import Library, read_file
from media.room import MediaConfig, open_media

BATCH: Final = 1_000
SOURCE: Final = "rustytunes"
"""First word of every origin."""


@frozen(kw_only=True)
class _Taken:
    origins: tuple[str, ...] = ()


_MEMORY: Final = SnapshotForm(type=_Taken)
_PLACE: Final = Address("import", 1)


@define(eq=False)
class Importer:
    """An open store, an open library, and what was taken over before."""

    store: Store
    library: Library
    _taken: set[str] = field(factory=set[str])

    async def load(self) -> None:
        """Remember."""
        loaded = await load_snapshot(self.store, _PLACE, _MEMORY)
        self._taken = set(loaded.state.origins) if loaded.state is not None else set()

    async def take_volumes(self, volumes: Mapping[GuildId, int]) -> Finding:
        """Give each guild its volume, where nobody has set one here."""
        new = 0
        for guild_id, volume_pct in volumes.items():
            address = Address(PLAYER, guild_id)
            state = (await load_snapshot(self.store, address, PLAYER_FORM)).state or Saved()
            if state.volume_pct is None:
                kept = evolve(state, volume_pct=volume_pct, revision=state.revision + 1)
                await save_snapshot(self.store, address, PLAYER_FORM, kept)
                new += 1
        return ok("volumes", counted(new, len(volumes)))

    async def take_reminders(self, reminders: Sequence[Reminder]) -> Finding:
        """Let each reminder fire here."""
        rows = [(origin_of(one), to_params(one)) for one in reminders]
        new = [(origin, params) for origin, params in rows if origin not in self._taken]
        inserted = await self._insert("reminders.import", new)
        await self._remember([origin for origin, _ in new])
        return ok("reminders", counted(inserted, len(rows)))

    async def take_points(self, points: Sequence[Point], guild_id: GuildId) -> Finding:
        """Put the entries into one guild."""
        rows = [(origin_of(one, guild_id), {**_plain(one), "guild": guild_id}) for one in points]
        return ok("reputation", counted(await self._insert("reputation.import", rows), len(rows)))

    async def take_files(self, files: Sequence[Path], guild_id: GuildId) -> AsyncGenerator[Finding]:
        """Take songs into a guild's library under their names; those that are none are told."""
        new, there, say = 0, 0, catalogue().speaker()
        for file in files:
            try:
                origin = f"{SOURCE}:file:{guild_id}:{file.name}:{_digest(file)}"
                if origin in self._taken:
                    there += 1
                    continue
                await self.library.add(guild_id, file.name, read_file(file))
            except MediaError as error:
                yield warn("library", f"{file.name} is left out: {reason(error).render(say)}")
            except OSError as error:
                yield warn("library", f"{file.name} is left out: {error.strerror or error}")
            else:
                new += 1
                await self._remember([origin])
        yield ok("library", counted(new, new + there))

    async def _insert(self, statement: str, rows: Sequence[tuple[str, Params]]) -> int:
        """Insert rows whose origins are not there; how many those were."""
        inserted = 0
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            steps = [(statement, {**params, "origin": origin}) for origin, params in batch]
            inserted += await self.store.execute_all(steps)
        return inserted

    async def _remember(self, origins: Sequence[str]) -> None:
        if origins:
            self._taken.update(origins)
            await save_snapshot(self.store, _PLACE, _MEMORY, _Taken(origins=tuple(sorted(self._taken))))


@asynccontextmanager
async def open_importer(config: Config) -> AsyncGenerator[Importer]:
    """Own the data folder while the body runs.

    Raises:
        StoreError: with the sentence to print: the bot runs, or the store cannot be opened.
    """
    async with open_store(config.data, schemas=SCHEMAS) as store:
        media_config = MediaConfig(
            folder=config.data,
            probe_argv=child_argv("probe"),
            max_file_bytes=config.media.max_download_mb << 20,
            index=StoredIndex(store),
        )
        async with open_media(media_config) as media:
            importer = Importer(store, media.library)
            await importer.load()
            yield importer


def origin_of(one: Point | Reminder, guild_id: GuildId | None = None) -> str:
    """A name that this entry has in every run: its kind, its guild, and a digest of all that it says."""
    kind = "point" if isinstance(one, Point) else "reminder"
    digest = hashlib.blake2b(msgspec.json.encode(one), digest_size=12).hexdigest()
    return f"{SOURCE}:{kind}:{guild_id or 0}:{digest}"


def to_params(one: Reminder) -> Params:
    """A reminder as its slice stores it."""
    return {
        "guild": one.guild,
        "channel": one.channel,
        "message": one.message,
        "scheduler": one.scheduler,
        "targets": msgspec.json.encode(one.targets).decode(),
        "note": one.note,
        "asked_at": one.asked_at,
        "due_at": one.due_at,
    }


def _plain(one: Point) -> Params:
    return {
        "giver": one.giver,
        "receiver": one.receiver,
        "points": one.points,
        "reason": one.reason,
        "at": one.at,
    }


def counted(new: int, total: int) -> str:
    """How many were taken over, and how many were there before."""
    before = f", {total - new} were there already" if total > new else ""
    return f"{new} taken over{before}"


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "blake2b").hexdigest()[:24]
