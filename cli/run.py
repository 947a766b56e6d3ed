"""The bot as a process: signals, the sandbox where there is no token, and how it ends.

May import everything. Exit codes: 0 after a stop that was asked for, whenever the signal came; 1 with one
plain sentence when something ended it that only a person can mend.

What stands when the bot has started, mostly modules, is taken out of the garbage collector's sight. Otherwise
each of its full looks goes through 87,000 objects that never become garbage and stops every answer meanwhile.
Measured in a bot's process: 60 ms become less than one, and 90 ms 20 to 45 with what 1,600 commands in half a
minute have left behind. Looking once more before would cost the start 60 ms, for 200 objects.
"""

import gc
import logging
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import cast
from urllib.parse import urlsplit

import trio
from attrs import define, evolve, field

from actors.rest.errors import InvalidToken, RestError
from actors.store.errors import StoreError
from cli.children import child_argv
from cli.config import Config
from cli.sandbox_child import SandboxFailed, open_sandbox_child
from cli.secret import Secret
from gateway_client.errors import GatewayClosed

log = logging.getLogger("roadie")

RunBot = Callable[[Config, Callable[[], str], trio.Event, Callable[[], None]], Awaitable[None]]

STOP_WITHIN_S = 4.5
"""Then everything is cancelled; five seconds are promised."""

REFUSED = (
    "Discord does not accept this token. Copy it anew from the developer portal (your application, Bot, "
    "Reset Token) into DISCORD_TOKEN and start again."
)


@define(eq=False)
class Ending:
    """How the end is asked for: by cancelling before everything stands, in order afterwards."""

    stop: trio.Event = field(factory=trio.Event)
    scope: trio.CancelScope = field(factory=trio.CancelScope)
    why: str | None = None
    stands: bool = False

    def started(self) -> None:
        """From now on there is an order to keep."""
        self.stands = True

    def ask(self, why: str | None = None) -> None:
        """End; with a sentence if it is no good end. Asking again hurries."""
        self.why = self.why or why
        if self.stop.is_set() or not self.stands:
            self.scope.cancel()
        self.scope.deadline = min(self.scope.deadline, trio.current_time() + STOP_WITHIN_S)
        self.stop.set()


def main(config: Config) -> int:
    """Run the bot until a signal or a final failure; the exit code."""
    why = trio.run(run, config, strict_exception_groups=True)
    if why is None:
        return 0
    log.error(why)
    return 1


async def run(config: Config) -> str | None:
    """Run the bot; why it ended, if that was no good end."""
    ending = Ending()
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(watch_signals, signals, ending)
            try:
                with ending.scope:
                    await live(config, ending)
            except* (StoreError, RestError, GatewayClosed, SandboxFailed) as group:
                ending.why = sentence_for(first_leaf(group))
            nursery.cancel_scope.cancel()
    return ending.why


def settle(ending: Ending) -> None:
    """Everything stands, and will stay: the garbage collector need not look at it again."""
    ending.started()
    gc.freeze()


async def watch_signals(signals: AsyncIterator[int], ending: Ending) -> None:
    """The first signal asks, the second hurries."""
    async for number in signals:
        log.info("stopping on %s", signal.Signals(number).name)
        ending.ask()


async def live(config: Config, ending: Ending) -> None:
    """The bot on Discord, or in its own sandbox if there is no token."""
    if config.token is not None:
        await import_bot()(config, config.token, ending.stop, partial(settle, ending))
        return
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.to_thread.run_sync, import_bot)  # while the sandbox starts, on another core
        async with open_sandbox(config, ending) as (local, token):
            await import_bot()(local, token, ending.stop, partial(settle, ending))


def import_bot() -> RunBot:
    """The bot itself; its imports are half of a start."""
    from cli.assemble import run_bot  # noqa: PLC0415 - see above

    return run_bot


@asynccontextmanager
async def open_sandbox(config: Config, ending: Ending) -> AsyncGenerator[tuple[Config, Secret]]:
    """A local Discord of our own, and the configuration to live in it."""
    argv = child_argv("sandbox")
    async with open_sandbox_child(argv, on_death=ending.ask) as addresses:
        sys.stdout.write(f"Roadie's local Discord is open: {addresses.page}\n")
        sys.stdout.flush()
        own = urlsplit(addresses.page).netloc
        media = evolve(config.media, allow_hosts=(*config.media.allow_hosts, own))
        yield evolve(config, api_base=addresses.api, media=media), Secret(addresses.token)


def sentence_for(error: BaseException) -> str:
    """What the person who started the bot reads."""
    if isinstance(error, InvalidToken):
        return REFUSED
    if isinstance(error, RestError):
        return f"Discord refused to tell me who I am: {error}"
    return str(error)


def first_leaf(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first error of a group, however deep."""
    first = group.exceptions[0]
    if isinstance(first, BaseExceptionGroup):
        return first_leaf(cast("BaseExceptionGroup[BaseException]", first))
    return first
