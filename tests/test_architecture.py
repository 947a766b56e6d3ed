"""The project keeps the rules of the house, and the rules catch what they are for."""

from pathlib import Path

import pytest

from tests.architecture_rules import CATCH_ALL, LIBRARIES, SHELLS, Breach, Source, find_breaches, read_project

ROOT = Path(__file__).resolve().parents[1]


def breaches_of(*files: tuple[str, str]) -> list[Breach]:
    return find_breaches([Source(path=path, text=text) for path, text in files])


def test_project_keeps_the_rules_of_the_house() -> None:
    sources = read_project(ROOT)
    assert {source.room for source in sources} >= {"actors.core", "cli", "gateway_client", "tests", "voice"}
    breaches = find_breaches(sources)
    if breaches:
        pytest.fail("\n".join(map(str, breaches)), pytrace=False)


def test_every_room_of_the_checkout_is_known() -> None:
    folders = {init.parent.name for init in ROOT.glob("*/__init__.py")}
    unknown = folders - {source.room.split(".")[0] for source in read_project(ROOT)}
    assert unknown == set()


def test_every_file_that_a_rule_names_is_there() -> None:
    named = {
        *SHELLS,
        *CATCH_ALL,
        *(place for places in LIBRARIES.values() for place in places if "*" not in place),
    }
    assert {path for path in named if not (ROOT / path).is_file()} == set()


FORBIDDEN_ARROWS = [
    ("gateway_client/session.py", "import voice.rtp"),
    ("gateway_client/session.py", "from actors.core import cell"),
    ("voice/node.py", "from gateway_client.session import Session"),
    ("voice/node.py", "from gateway_client import session"),
    ("voice/node.py", "import media"),
    ("media/resolve.py", "def f():\n    from actors.core.texts import t"),
    ("media/resolve.py", "from voice.client import VoiceClient"),
    ("actors/core/cell.py", "from actors.player.state import Player"),
    ("actors/core/cell.py", "from actors.store import store"),
    ("actors/rest/outbox.py", "from actors.core.texts import t"),
    ("actors/store/store.py", "from gateway_client.objects import Guild"),
    ("actors/gather/state.py", "from actors.player.messages import Play"),
    ("actors/gather/state.py", "from ..player.messages import Play"),
    ("actors/gather/state.py", "from .. import player"),
    ("actors/gather/actor.py", "from actors.rest.outbox import Outbox"),
    ("actors/gather/actor.py", "from voice.client import VoiceClient"),
    ("actors/player/actor.py", "from voice.node import main"),
    ("actors/player/actor.py", "import importlib\nimportlib.import_module('supervisor')"),
    ("actors/player/actor.py", "from cli.config import Config"),
    ("voice/client.py", "import sandbox"),
    ("supervisor.py", "from cli.config import Config"),
    ("supervisor.py", "import sandbox.server"),
    ("sandbox/server.py", "from actors.rest.routes import Route"),
    ("sandbox/server.py", "from voice.connection import open_connection"),
    ("sandbox/server.py", "from voice import rtp"),
    ("actors/player/actor.py", "from media.guard import Guard"),
]


@pytest.mark.parametrize(("path", "text"), FORBIDDEN_ARROWS)
def test_forbidden_arrow_is_found(path: str, text: str) -> None:
    known = [
        ("gateway_client/session.py", ""),
        ("actors/core/cell.py", ""),
        ("actors/store/store.py", ""),
        ("actors/player/__init__.py", ""),
    ]
    others = [file for file in known if file[0] != path]
    [breach] = breaches_of((path, text), *others)
    assert breach.path == path
    assert "must not import" in breach.why


ALLOWED_ARROWS = [
    ("gateway_client/session.py", "from gateway_client.events import Event\nfrom .backoff import Backoff"),
    ("voice/node.py", "from gateway_client import ids, backoff"),
    (
        "actors/core/envelope.py",
        "from gateway_client.objects import User\nfrom actors.rest.payloads import Message",
    ),
    ("actors/rest/transport.py", "import httpx\nfrom gateway_client.backoff import Backoff"),
    (
        "actors/gather/actor.py",
        "from actors.core.cell import Cell\nfrom actors.gather import state\nimport trio",
    ),
    ("actors/player/actor.py", "from voice.protocol import Desired\nfrom media.tracks import Track"),
    ("supervisor.py", "from actors.player.actor import Player\nfrom gateway_client.connection import x"),
    ("sandbox/voice_server.py", "from gateway_client import ids\nimport wsproto"),
    ("cli/run.py", "import supervisor\nimport sandbox.server\nimport platformdirs"),
    ("tests/voice/test_x.py", "import discord\nfrom sandbox.server import x"),
]


@pytest.mark.parametrize(("path", "text"), ALLOWED_ARROWS)
def test_allowed_arrow_passes(path: str, text: str) -> None:
    known = [("gateway_client/ids.py", ""), ("gateway_client/backoff.py", "")]
    assert breaches_of((path, text), *known) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("actors/player/actor.py", "import httpx"),
        ("media/direct.py", "from httpx import Client"),
        ("actors/rest/outbox.py", "import trio_websocket"),
        ("media/resolve.py", "import av"),
        ("actors/settings/rows.py", "import sqlite3"),
        ("voice/node.py", "import asyncio"),
        ("media/resolve.py", "import requests"),
        ("gateway_client/session.py", "import trio"),
        ("gateway_client/session.py", "import time"),
        ("gateway_client/new_machine.py", "import trio"),
        ("voice/pacer.py", "from trio import sleep"),
        ("actors/gather/state.py", "import trio.lowlevel"),
        ("actors/rest/buckets.py", "from time import monotonic"),
    ],
)
def test_library_outside_its_room_is_found(path: str, text: str) -> None:
    [breach] = breaches_of((path, text))
    assert breach.line == 1


def body(lines: int) -> str:
    return "".join(f"    x{number} = {number}\n" for number in range(lines))


@pytest.mark.parametrize(
    ("path", "text", "count"),
    [
        ("voice/rtp.py", "x = 1\n" * 400, 0),
        ("voice/rtp.py", "x = 1\n" * 401, 1),
        ("tests/voice/test_rtp.py", "x = 1\n" * 401, 1),
        ("actors/gather/state.py", "x = 1\n" * 250, 0),
        ("actors/gather/state.py", "x = 1\n" * 251, 1),
        ("actors/gather/roster.py", "x = 1\n" * 251, 0),
        ("actors/rest/messages.py", "x = 1\n" * 251, 0),
        ("supervisor.py", "x = 1\n" * 300, 0),
        ("supervisor.py", "x = 1\n" * 301, 1),
        ("voice/rtp.py", "def f():\n" + body(44), 0),
        ("voice/rtp.py", "def f():\n" + body(45), 1),
        ("voice/rtp.py", "class C:\n    async def f(self):\n" + body(45).replace("    ", "        "), 1),
        ("voice/rtp.py", 'def f():\n    """One.\n\n    More.\n    """\n' + body(44), 0),
        ("tests/voice/test_rtp.py", "def test_long():\n" + body(60), 0),
    ],
)
def test_length_limits(path: str, text: str, count: int) -> None:
    assert len(breaches_of((path, text))) == count


def attempt(handler: str) -> str:
    return f"try:\n    x = 1\n{handler}"


@pytest.mark.parametrize(
    ("path", "text", "count"),
    [
        ("voice/node.py", attempt("except OSError:\n    x = 2\n"), 0),
        ("voice/node.py", attempt("except OSError:\n    pass\n"), 1),
        ("voice/node.py", attempt("except OSError:\n    ...\n"), 1),
        ("voice/node.py", attempt("except:\n    x = 2\n"), 1),
        ("voice/node.py", attempt("except Exception:\n    x = 2\n"), 1),
        ("voice/node.py", attempt("except* Exception:\n    x = 2\n"), 1),
        ("voice/node.py", attempt("except (OSError, BaseException):\n    x = 2\n"), 1),
        ("voice/node.py", attempt("except BaseException:\n    x = 2\n    raise\n"), 0),
        ("voice/node.py", attempt("except Exception as e:\n    raise OSError from e\n"), 1),
        ("tests/voice/test_rtp.py", attempt("except ValueError:\n    pass\n"), 0),
        ("tests/voice/test_rtp.py", attempt("except:\n    raise\n"), 1),
        ("actors/core/cell.py", attempt("except* Exception as e:\n    x = e\n"), 0),
        ("actors/core/cell.py", attempt("except* Exception:\n    pass\n"), 1),
        ("voice/node.py", "import contextlib\nwith contextlib.suppress(Exception):\n    x = 1\n", 1),
        ("voice/node.py", "import contextlib\nwith contextlib.suppress(OSError):\n    x = 1\n", 0),
        ("voice/node.py", "print(1)\n", 1),
        ("cli/main.py", "print(1)\n", 0),
        ("voice/node.py", "log.print(1)\n", 0),
    ],
)
def test_swallowing_and_printing(path: str, text: str, count: int) -> None:
    assert len(breaches_of((path, text))) == count
