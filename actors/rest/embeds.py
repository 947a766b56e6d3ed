"""Embeds: frozen values within Discord's limits, and their wire form.

A value that exists is valid: limits are checked when it is made. The sum over all embeds of one message is
checked by the message. Imports ``checks`` and ``errors``.

Source: Discord, "Message" resource, sections "Embed Object" and "Embed Limits".
"""

import datetime as dt

import attrs

from actors.rest.checks import check_count, check_range, check_text
from actors.rest.errors import PayloadError

MAX_TITLE = 256
MAX_DESCRIPTION = 4096
MAX_FIELDS = 25
MAX_FIELD_NAME = 256
MAX_FIELD_VALUE = 1024
MAX_FOOTER = 2048
MAX_AUTHOR = 256
MAX_URL = 2048


@attrs.frozen(kw_only=True)
class EmbedField:
    """One titled cell; inline ones stand up to three in a row."""

    name: str
    value: str
    inline: bool = False

    def __attrs_post_init__(self) -> None:
        check_text("embed field name", self.name, most=MAX_FIELD_NAME, least=1)
        check_text("embed field value", self.value, most=MAX_FIELD_VALUE, least=1)


@attrs.frozen(kw_only=True)
class EmbedFooter:
    """The small line at the bottom."""

    text: str
    icon_url: str | None = None

    def __attrs_post_init__(self) -> None:
        check_text("embed footer", self.text, most=MAX_FOOTER, least=1)
        _check_url("embed footer icon", self.icon_url)


@attrs.frozen(kw_only=True)
class EmbedAuthor:
    """The line above the title."""

    name: str
    url: str | None = None
    icon_url: str | None = None

    def __attrs_post_init__(self) -> None:
        check_text("embed author", self.name, most=MAX_AUTHOR, least=1)
        _check_url("embed author url", self.url)
        _check_url("embed author icon", self.icon_url)


@attrs.frozen(kw_only=True)
class Embed:
    """A framed block of a message. ``color`` is 0xRRGGBB; ``timestamp`` is aware."""

    title: str | None = None
    description: str | None = None
    url: str | None = None
    color: int | None = None
    fields: tuple[EmbedField, ...] = ()
    footer: EmbedFooter | None = None
    author: EmbedAuthor | None = None
    thumbnail_url: str | None = None
    image_url: str | None = None
    timestamp: dt.datetime | None = None

    def __attrs_post_init__(self) -> None:
        check_text("embed title", self.title or "", most=MAX_TITLE)
        check_text("embed description", self.description or "", most=MAX_DESCRIPTION)
        check_count("embed fields", self.fields, most=MAX_FIELDS)
        _check_url("embed url", self.url)
        _check_url("embed thumbnail", self.thumbnail_url)
        _check_url("embed image", self.image_url)
        if self.color is not None:
            check_range("embed color", self.color, least=0, most=0xFFFFFF)
        if self.timestamp is not None and self.timestamp.tzinfo is None:
            raise PayloadError("embed timestamp: has no time zone")

    @property
    def characters(self) -> int:
        """What this embed adds to the 6,000 characters that one message may hold in embeds."""
        texts = [self.title or "", self.description or ""]
        texts += [text for field in self.fields for text in (field.name, field.value)]
        texts += [self.footer.text if self.footer else "", self.author.name if self.author else ""]
        return sum(len(text) for text in texts)


def to_wire_embed(embed: Embed) -> dict[str, object]:
    """Give Discord's embed object; what is not set is left out."""
    wire: dict[str, object | None] = {
        "title": embed.title,
        "description": embed.description,
        "url": embed.url,
        "color": embed.color,
        "fields": [{"name": f.name, "value": f.value, "inline": f.inline} for f in embed.fields] or None,
        "footer": _to_wire_footer(embed.footer),
        "author": _to_wire_author(embed.author),
        "thumbnail": {"url": embed.thumbnail_url} if embed.thumbnail_url else None,
        "image": {"url": embed.image_url} if embed.image_url else None,
        "timestamp": embed.timestamp.isoformat() if embed.timestamp else None,
    }
    return {name: value for name, value in wire.items() if value is not None}


def _to_wire_footer(footer: EmbedFooter | None) -> dict[str, object] | None:
    if footer is None:
        return None
    wire: dict[str, object] = {"text": footer.text}
    if footer.icon_url:
        wire["icon_url"] = footer.icon_url
    return wire


def _to_wire_author(author: EmbedAuthor | None) -> dict[str, object] | None:
    if author is None:
        return None
    wire: dict[str, object] = {"name": author.name}
    if author.url:
        wire["url"] = author.url
    if author.icon_url:
        wire["icon_url"] = author.icon_url
    return wire


def _check_url(where: str, url: str | None) -> None:
    if url is None:
        return
    check_text(where, url, most=MAX_URL, least=1)
    if not url.startswith(("http://", "https://", "attachment://")):
        raise PayloadError(f"{where}: only http, https and attachment addresses are allowed")
