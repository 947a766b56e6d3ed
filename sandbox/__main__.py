"""``python -m sandbox``: the sandbox as a process of its own.

It prints one JSON line when it is ready (``url``, ``api_base``, ``token``) and exits with 0 on SIGTERM,
SIGINT, or, with ``--exit-on-eof``, when its stdin ends.
"""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import trio

from sandbox.app import SandboxOptions, full_options, open_sandbox
from sandbox.faults import Faults
from sandbox.json_values import to_json
from sandbox.model.default import DEFAULT_TOKEN
from sandbox.rest.limits import LimitMode, RateLimits
from sandbox.saved import UnreadableSave

_RECORDED = 200
"""Requests that a long-lived process remembers."""


def main(argv: Sequence[str]) -> int:
    """Run until told to stop; returns the exit status."""
    arguments = _parse(argv)
    status = 0
    try:
        trio.run(_run, arguments)
    except* (OSError, UnreadableSave) as failures:
        sys.stderr.write(f"sandbox: {_first(failures)}\n")
        status = 1
    return status


def _first(error: BaseException) -> BaseException:
    """Return the first error in a tree of groups."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return error


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox", description="A local Discord to try and test bots with.")
    parser.add_argument("--port", type=int, default=0, help="of 127.0.0.1; 0 takes a free one (default)")
    parser.add_argument("--token", default=DEFAULT_TOKEN, help="the bot's token here; opens nothing else")
    parser.add_argument("--data", type=Path, help="file that keeps messages and commands from run to run")
    parser.add_argument("--delay-ms", type=float, default=0.0, help="artificial round trip of REST requests")
    parser.add_argument("--rate-limits", choices=[mode.value for mode in LimitMode], default="real")
    parser.add_argument(
        "--encryption",
        choices=("off", "offer", "demand"),
        default="offer",
        help="of voice, end to end: never, if everybody in the call can (default), or nobody without it",
    )
    parser.add_argument("--exit-on-eof", action="store_true", help="stop when stdin ends")
    return parser.parse_args(argv)


async def _run(arguments: argparse.Namespace) -> None:
    options = SandboxOptions(
        port=arguments.port,
        token=arguments.token,
        data=arguments.data,
        limits=RateLimits(mode=LimitMode(arguments.rate_limits)),
        faults=Faults(rest_delay_s=arguments.delay_ms / 1000),
        recorded_requests=_RECORDED,
    )
    full = full_options(options, encryption=arguments.encryption)
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async with open_sandbox(full) as sandbox, trio.open_nursery() as nursery:
            ready = {"url": sandbox.url, "api_base": sandbox.api_base, "token": sandbox.token}
            sys.stdout.write(to_json(ready).decode() + "\n")
            sys.stdout.flush()
            if arguments.exit_on_eof:
                nursery.start_soon(_wait_for_eof, nursery.cancel_scope)
            async for _ in signals:
                break
            nursery.cancel_scope.cancel()


async def _wait_for_eof(scope: trio.CancelScope) -> None:
    while await trio.to_thread.run_sync(os.read, 0, 4096, abandon_on_cancel=True):
        pass
    scope.cancel()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
