"""The page's files, read from the package once. Only names that exist are served: no path can escape."""

from importlib.resources import files

from attrs import define, field

from sandbox.http.exchange import Response, text_response
from sandbox.page.guard import HEADERS

CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def _read_all() -> dict[str, bytes]:
    folder = files("sandbox.page").joinpath("web")
    return {
        entry.name: entry.read_bytes()
        for entry in folder.iterdir()
        if entry.is_file() and _suffix(entry.name) in CONTENT_TYPES
    }


def _suffix(name: str) -> str:
    return name[name.rfind(".") :]


@define
class StaticFiles:
    """All files of the page, by name."""

    _files: dict[str, bytes] = field(factory=_read_all)

    def answer(self, name: str) -> Response:
        """A file, or 404 in a sentence."""
        body = self._files.get(name)
        if body is None:
            return text_response("There is no such file.\n", 404)
        headers = {**HEADERS, "content-type": CONTENT_TYPES[_suffix(name)], "cache-control": "no-cache"}
        return Response(headers=headers, body=body)
