"""Uploaded files, served as Discord's CDN does: by address, with ranges, from the same server, to anybody.

Source: RFC 9110, section 14 (range requests); one range only, as players ask for.
"""

import re
from urllib.parse import quote

from gateway_client.ids import AttachmentId
from sandbox.http.exchange import Request, Response, text_response
from sandbox.http.router import Route
from sandbox.model.entities import Attachment
from sandbox.world import World

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def routes(world: World) -> list[Route]:
    """Return the routes of the CDN."""

    async def serve(request: Request) -> Response:
        digits = request.params["attachment_id"]
        attachment = world.board.attachment(AttachmentId(int(digits))) if digits.isdecimal() else None
        if attachment is None or str(attachment.channel_id) != request.params["channel_id"]:
            return text_response("This content is no longer available.", 404)
        return _serve(attachment, request.headers.get("range"))

    pattern = "/{channel_id}/{attachment_id}/{filename}"
    places = ("/attachments", "/ephemeral-attachments")
    return [Route(method="GET", pattern=place + pattern, handler=serve) for place in places]


def _serve(attachment: Attachment, wanted: str | None) -> Response:
    content = attachment.content
    headers = {
        "content-type": attachment.content_type or "application/octet-stream",
        "accept-ranges": "bytes",
        "content-disposition": f"attachment; filename*=UTF-8''{quote(attachment.filename, safe='')}",
    }
    span = _parse_range(wanted, len(content)) if wanted else None
    if wanted is None or span is None:
        return Response(headers=headers, body=content)
    first, last = span
    if first > last:
        return Response(status=416, headers={"content-range": f"bytes */{len(content)}"})
    headers["content-range"] = f"bytes {first}-{last}/{len(content)}"
    return Response(status=206, headers=headers, body=content[first : last + 1])


def _parse_range(text: str, size: int) -> tuple[int, int] | None:
    """Return first and last byte; None to ignore the range; an empty span if there is no such part."""
    match = _RANGE.fullmatch(text.strip())
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        length = int(match[2])
        return (size - min(length, size), size - 1) if length else (1, 0)
    first = int(match[1])
    last = min(int(match[2]), size - 1) if match[2] else size - 1
    return first, last
