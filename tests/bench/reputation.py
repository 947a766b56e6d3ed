"""ms per question to a hundred thousand entries of reputation: giving, both lists, their far ends.

Run: ``.venv/bin/python -m tests.bench.reputation [folder]`` (a folder on the disk that counts). Half of the
entries belong to one person, the others to fifty thousand: the worst of both lists at once.
"""

import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import trio

from actors.reputation.ledger import Ledger
from actors.reputation.state import BOTTOM, cut_leaderboard, cut_list
from actors.store.rows import Params
from actors.store.store import Store, open_store
from cli.slices import SCHEMAS
from gateway_client.ids import GuildId, UserId

ENTRIES = 100_000
STAR = UserId(1)
GUILD = GuildId(100)
ROUNDS = 30
AT = datetime(2026, 11, 21, tzinfo=UTC)


async def fill(store: Store) -> None:
    """Write the entries, in a few big commits."""
    for first in range(0, ENTRIES, 10_000):
        steps: list[tuple[str, Params]] = [
            ("reputation.give", _entry(number)) for number in range(first, first + 10_000)
        ]
        await store.execute_all(steps)


def _entry(number: int) -> Params:
    receiver = STAR if number % 2 else UserId(1000 + number)
    at = int(AT.timestamp() * 1e6) + number
    points = 1 if number % 3 else -1
    return {
        "guild": GUILD,
        "giver": 10 + number % 500,
        "receiver": receiver,
        "points": points,
        "reason": "why",
        "at": at,
    }


async def measure(what: str, ask: Callable[[], Awaitable[object]]) -> None:
    """Print the median and the worst of some rounds."""
    took: list[float] = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - started) * 1000)
    print(f"{what:32} {statistics.median(took):7.2f} ms, at worst {max(took):7.2f} ms")


async def main(folder: Path) -> None:
    """Fill and ask."""
    async with open_store(folder, schemas=SCHEMAS) as store:
        started = time.perf_counter()
        await fill(store)
        print(f"{ENTRIES} entries written in {time.perf_counter() - started:.1f} s")
        ledger, givers = Ledger(store, GUILD), count(10_000)
        late = AT + timedelta(days=1)
        people = await ledger.people()
        standing = await ledger.standing(STAR)

        async def give() -> None:
            giver = UserId(next(givers))
            await ledger.last_given_s(giver, STAR, late)
            await ledger.give(giver, STAR, 1, "why", late)
            await ledger.standing(STAR)

        async def board(page: int) -> None:
            await ledger.people()
            await ledger.ranked(cut_leaderboard(page, people))
            await ledger.ranked_last(BOTTOM)

        async def received(page: int) -> None:
            await ledger.standing(STAR)
            await ledger.received(STAR, cut_list(page, standing.entries))

        await measure("give", give)
        await measure("undoable", lambda: ledger.undoable(UserId(10), late))
        await measure("list, first page", lambda: received(1))
        await measure("list, last page", lambda: received(1 << 30))
        await measure("leaderboard, first page", lambda: board(1))
        await measure("leaderboard, last page", lambda: board(1 << 30))


if __name__ == "__main__":
    with TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as temporary:
        trio.run(main, Path(temporary))
