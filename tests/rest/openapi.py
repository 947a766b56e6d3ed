"""Discord's official OpenAPI file as a judge over requests: reusable by every room's tests.

    contract = Contract.load()
    contract.check("POST", "/channels/1/messages", {"content": "hello"})

The file is not part of the repository. It is looked for at ``DISCORD_OPENAPI`` and then beside the repository
(``../shared/discord-openapi.json``). Where there is none, ``load`` skips the calling test and says so; under
``CI=true`` it fails it.
"""

import json
import os
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import pytest

from tests.rest.json_schema import Schema, Schemas, Violation

__all__ = ["NO_BODY", "Contract", "Violation", "find_file"]

NO_BODY: Final = object()
"""The request has no body; None would be the JSON ``null``."""

_METHODS: Final = {"get", "post", "put", "patch", "delete"}
_REPOSITORY: Final = Path(__file__).parents[2]


def find_file() -> Path | None:
    """Where Discord's OpenAPI file is; None if it is not there."""
    named = os.environ.get("DISCORD_OPENAPI")
    path = Path(named) if named else _REPOSITORY.parent / "shared" / "discord-openapi.json"
    return path if path.is_file() else None


class Contract:
    """The routes and request bodies that Discord accepts."""

    def __init__(self, document: Schema) -> None:
        self._schemas = Schemas(document)
        self._paths: dict[str, Schema] = document["paths"]
        self._by_length: dict[int, list[tuple[list[str], str]]] = {}
        for template in sorted(self._paths, key=lambda path: path.count("{")):
            steps = _split(template)
            self._by_length.setdefault(len(steps), []).append((steps, template))

    @staticmethod
    def load() -> "Contract":
        """Give the contract, read once per process; skip or fail the test where there is no file."""
        path = find_file()
        if path is None:
            sentence = "Discord's OpenAPI file is not there: set DISCORD_OPENAPI to its path"
            if os.environ.get("CI", "").lower() == "true":
                pytest.fail(sentence)
            pytest.skip(sentence)
        return _load(path)

    def check(self, method: str, path: str, json_body: object = NO_BODY) -> None:
        """Judge one request.

        Args:
            method: in either case.
            path: with or without ``/api/v10`` in front and a query behind; percent-encoded or not.
            json_body: decoded; of a multipart request its ``payload_json``.

        Raises:
            Violation: with the place of what is wrong.

        """
        template, operation = self._find(method.lower(), path)
        self._check_parameters(template, operation, path)
        wanted: Schema | None = operation.get("requestBody")
        if json_body is NO_BODY:
            if wanted is not None and wanted.get("required"):
                raise Violation(f"{method.upper()} {template}", "the body is missing")
            return
        if wanted is None or "application/json" not in wanted["content"]:
            raise Violation(f"{method.upper()} {template}", "takes no body")
        try:
            self._schemas.check(wanted["content"]["application/json"]["schema"], json_body)
        except Violation as violation:
            raise Violation(f"{method.upper()} {template} {violation.place}", violation.reason) from None

    def has(self, method: str, path: str) -> bool:
        """Whether there is such a route."""
        try:
            self._find(method.lower(), path)
        except Violation:
            return False
        return True

    def request_schemas(self) -> list[Schema]:
        """Every schema that a request can meet, for the checker's own test."""
        return [
            self._paths[path][method]["requestBody"]
            for path in self._paths
            for method in _METHODS & self._paths[path].keys()
            if "requestBody" in self._paths[path][method]
        ]

    def resolve(self, reference: str) -> Schema:
        """Follow a reference inside the document."""
        return self._schemas.resolve(reference)

    def _find(self, method: str, path: str) -> tuple[str, Schema]:
        steps = _split(_strip(path))
        matching = [
            template
            for wanted, template in self._by_length.get(len(steps), ())
            if all(w.startswith("{") or w == step for w, step in zip(wanted, steps, strict=True))
        ]
        for template in matching:
            if method in self._paths[template]:
                return template, self._paths[template] | self._paths[template][method]
        why = f"has no method {method.upper()}" if matching else "no such route"
        raise Violation(matching[0] if matching else _strip(path), why)

    def _check_parameters(self, template: str, operation: Schema, path: str) -> None:
        steps = dict(zip(_split(template), _split(_strip(path)), strict=True))
        parameters = [*self._paths[template].get("parameters", ()), *operation.get("parameters", ())]
        for parameter in parameters:
            if parameter["in"] == "path":
                given = unquote(steps[f"{{{parameter['name']}}}"])
                self._schemas.check(parameter["schema"], given, f"{template} {parameter['name']}")


@cache
def _load(path: Path) -> Contract:
    return Contract(json.loads(path.read_bytes()))


def _strip(path: str) -> str:
    return path.partition("?")[0].removeprefix("/api/v10")


def _split(path: str) -> list[str]:
    return path.strip("/").split("/")
