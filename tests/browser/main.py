"""Runs the page's scenario in Chromium; the body of `tests/browser/run`."""

import argparse
import sys
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

import trio

from tests.browser.roadie import run_newcomer
from tests.browser.scenario import Steps, open_stage, run_scenario
from tests.browser.webdriver import NoBrowser, open_browser

TIME_S = 120.0


def main(argv: Sequence[str]) -> int:
    """Returns the exit status: 0 it works, 1 it does not, 2 there is no browser."""
    parser = argparse.ArgumentParser(
        prog="tests/browser/run", description="Tests the page in a real Chromium."
    )
    parser.add_argument("--screenshots", type=Path, help="folder for a picture of each step")
    parser.add_argument("--only", choices=("page", "roadie"), help="the scripted bot, or Roadie itself")
    parser.add_argument("--serve", action="store_true", help="only start the sandbox with the scripted bot")
    arguments = parser.parse_args(argv)
    if arguments.screenshots is not None:
        arguments.screenshots.mkdir(parents=True, exist_ok=True)
    status = 0
    try:
        trio.run(_serve if arguments.serve else partial(_run, arguments.only), arguments.screenshots)
    except* NoBrowser:
        print(
            "There is no chromium with chromedriver on this machine, so the page was not tested.",
            file=sys.stderr,
        )
        status = 2
    except* KeyboardInterrupt:
        status = 130
    return status


async def _run(only: str | None, pictures: Path | None) -> None:
    taken = 0
    if only != "roadie":
        async with open_stage() as sandbox:
            taken += await _watched(partial(run_scenario, sandbox), pictures)
    if only != "page":
        taken += await _watched(run_newcomer, pictures)
    print(f"The page works in Chromium: {taken} stations passed.")


async def _watched(scenario: Callable[[Steps], Awaitable[None]], pictures: Path | None) -> int:
    """Run a scenario in a browser of its own, bounded in time; a failure leaves a picture and the console."""
    with trio.fail_after(TIME_S):
        async with open_browser() as browser:
            steps = Steps(browser, pictures)
            try:
                await scenario(steps)
            except BaseException:
                with trio.CancelScope(shield=True), trio.move_on_after(10):
                    await steps.picture("failed")
                    print("\n".join(await browser.console()), file=sys.stderr)
                raise
    return steps.taken


async def _serve(_: Path | None) -> None:
    async with open_stage() as sandbox:
        print(sandbox.url, flush=True)
        await trio.sleep_forever()
