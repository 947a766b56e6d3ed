"""Registering commands: what is kept, what is refused."""

import pytest

from sandbox.model.default import APPLICATION_ID, GUILD_ID
from tests.sandbox.rig import Rig


@pytest.fixture
def rig() -> Rig:
    return Rig()


async def test_commands_are_registered_kept_and_overwritten(rig: Rig) -> None:
    base = f"/applications/{APPLICATION_ID}/commands"
    created = await rig.request("POST", base, {"name": "play", "description": "Plays"})
    again = await rig.request("POST", base, {"name": "play", "description": "Plays more"})
    assert (created.status, again.status) == (201, 200)
    assert created.body["id"] == again.body["id"]
    assert created.body["version"] != again.body["version"]
    two = [{"name": "play", "description": "P"}, {"name": "Rename", "type": 2}]
    whole = await rig.request("PUT", base, two)
    assert [c["name"] for c in whole.body] == ["play", "Rename"]
    assert whole.body[0]["id"] == created.body["id"]
    one = f"{base}/{whole.body[1]['id']}"
    assert (await rig.request("PATCH", one, {"name": "WakeUp!"})).body["name"] == "WakeUp!"
    assert (await rig.request("DELETE", one)).status == 204
    assert len((await rig.request("GET", base)).body) == 1
    guild = f"/applications/{APPLICATION_ID}/guilds/{GUILD_ID}/commands"
    own = await rig.request("PUT", guild, [{"name": "local", "description": "L"}])
    assert own.body[0]["guild_id"] == str(GUILD_ID)
    assert (await rig.request("GET", "/applications/1/commands")).code == 50001


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ({"name": "Play", "description": "d"}, "0.name"),
        ({"name": "pl ay", "description": "d"}, "0.name"),
        ({"description": "d"}, "0.name"),
        ({"name": "play"}, "0.description"),
        ({"name": "play", "description": "x" * 101}, "0.description"),
        ({"name": "Rename", "type": 2, "description": "d"}, "0.description"),
        ({"name": "p", "description": "d", "options": [{"type": 3, "name": "q"}]}, "0.options.0.description"),
        (
            {
                "name": "p",
                "description": "d",
                "options": [
                    {"type": 3, "name": "a", "description": "d"},
                    {"type": 3, "name": "b", "description": "d", "required": True},
                ],
            },
            "0.options.1",
        ),
        (
            {
                "name": "p",
                "description": "d",
                "options": [
                    {
                        "type": 3,
                        "name": "a",
                        "description": "d",
                        "choices": [{"name": "x", "value": 5}],
                    }
                ],
            },
            "0.options.0.choices.0.value",
        ),
    ],
)
async def test_invalid_commands_name_what_is_wrong(rig: Rig, command: object, path: str) -> None:
    answer = await rig.request("PUT", f"/applications/{APPLICATION_ID}/commands", [command])
    assert (answer.status, answer.code) == (400, 50035)
    node = answer.body["errors"]
    for step in path.split("."):
        node = node[step]
    assert node["_errors"]


async def test_command_names_are_unique_and_counted(rig: Rig) -> None:
    base = f"/applications/{APPLICATION_ID}/commands"
    same = [{"name": "a", "description": "d"}] * 2
    assert (await rig.request("PUT", base, same)).code == 50035
    menus = [{"name": f"m{number}", "type": 2} for number in range(16)]
    assert (await rig.request("PUT", base, menus)).code == 50035
    many = [{"name": f"c{number}", "description": "d"} for number in range(100)]
    assert (await rig.request("PUT", base, many)).status == 200
    assert (
        await rig.request("PUT", base, [{"name": f"d{c['name']}", "description": "d"} for c in many])
    ).status == 200
    assert (await rig.request("POST", base, {"name": "last", "description": "d"})).code == 30034
