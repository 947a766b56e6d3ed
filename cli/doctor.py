"""``roadie doctor``: looks at this machine, the configuration and Discord; each line says ok, warn or fail.

May import everything. A check gives a finding, which says how to mend what is wrong. Everything together is
bounded in time, also without a network; what was not reached by then is told. The token is never shown.
"""

import logging
from collections.abc import Iterator
from typing import Final

import trio

from cli.config import Config
from cli.doctor_discord import look_at_discord
from cli.doctor_machine import check_python, look_at_machine
from cli.doctor_voice import check_udp
from cli.finding import Finding, fail, ok, tell, warn
from cli.read_config import ConfigError
from cli.start import read

WITHIN_S: Final = 7.0
"""For everything that asks somebody; the rest takes a second or two."""


def examine() -> int:
    """Print every finding; 1 if something fails."""
    silence, root = logging.NullHandler(), logging.getLogger()
    root.addHandler(silence)  # the findings say it all
    try:
        return tell(look())
    finally:
        root.removeHandler(silence)


def look() -> Iterator[Finding]:
    """Check after check; those that need a configuration are left out where there is none."""
    yield check_python()
    try:
        loaded = read()
    except ConfigError as error:
        yield from (fail("configuration", line) for line in error.sentences)
        return
    yield from (warn("configuration", line) for line in loaded.warnings)
    if not loaded.warnings:
        yield ok("configuration", f"read from {loaded.config.file or 'the defaults and the environment'}")
    yield check_token(loaded.config)
    alone = True
    for finding in look_at_machine(loaded.config):
        alone = alone and not (finding.about == "instance" and finding.verdict == "fail")
        yield finding
    yield from trio.run(look_outside, loaded.config, alone)


def check_token(config: Config) -> Finding:
    """Whether there is a token; whether Discord takes it is asked later."""
    if config.token is None:
        says = "none: Roadie starts its local Discord; set DISCORD_TOKEN to connect to the real one"
        return warn("token", says)
    return ok("token", f"present, for {config.api_base}")


async def look_outside(config: Config, alone: bool) -> list[Finding]:
    """What needs the network; ``alone`` says that no Roadie runs on this data folder."""
    findings: list[Finding] = []
    with trio.move_on_after(WITHIN_S) as scope:
        if config.token is not None:
            async for finding in look_at_discord(config, config.token, alone=alone):
                findings.append(finding)  # noqa: PERF401 - what was found before the time is up counts
        refused = any(finding.verdict == "fail" for finding in findings)
        findings.append(await check_udp(config, None if refused else config.token, alone=alone))
    if scope.cancelled_caught:
        findings.append(warn("time", f"not everything was answered within {WITHIN_S:.0f} s: try again later"))
    return findings
