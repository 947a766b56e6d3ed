"""Asking services through the guard: what is bounded, what is refused, what stays secret."""

import ssl
from functools import partial

import pytest
import trio

from media.addresses import parse_policy
from media.errors import MediaError, MediaFailure
from media.fetch import follow, open_fetch
from media.guard import open_guard
from media.plain_urls import to_plain
from media.services.web import Form, ServiceWeb
from tests.media.internet import guarded, make_contexts, make_internet
from tests.media.web import Request, body, endless, head, open_web, redirect, status

SECRET = [("Authorization", "Bearer geheim")]


async def test_a_secret_goes_to_the_asked_server_only() -> None:
    async with (
        open_web({"/there": body(b"hello")}) as other,
        open_guard(parse_policy(["127.0.0.1"])) as guard,
        open_web({"/api": redirect(other.url("/there")), "/own": body(b"mine")}) as web,
    ):
        asked = ServiceWeb(guard)
        assert await asked.get(web.url("/own"), SECRET) == "mine"
        assert await asked.get(web.url("/api"), SECRET) == "hello"
        assert [request.headers.get("authorization") for request in web.requests] == ["Bearer geheim"] * 2
        assert "authorization" not in other.requests[0].headers


async def test_pages_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.services.web.PAGE_BYTES", 100_000)
    pages = {"/endless": endless(b"", b"x" * 4096, "text/html")}
    async with open_web(pages) as web, open_guard(parse_policy(["127.0.0.1"])) as guard:
        with pytest.raises(MediaError) as caught:
            await ServiceWeb(guard).get(web.url("/endless"))
    assert caught.value.kind is MediaFailure.TOO_LARGE


async def test_a_form_is_posted_through_a_tunnel_also_over_tls() -> None:
    bodies: list[str] = []

    async def token(stream: trio.abc.Stream, request: Request) -> None:
        bodies.append(f"{request.method} {request.headers['content-type']}")
        await stream.send_all(head("200 OK", "Content-Length: 2") + b"ok")

    server, client = make_contexts()
    async with open_web({"/token": token}, server) as web, guarded(make_internet(), client) as (guard, _):
        form = Form(url=web.url("/token", "good.test", "https"), fields={"a": "ü"}, headers=SECRET)
        assert await ServiceWeb(guard).post(form) == b"ok"
    assert bodies == ["POST application/x-www-form-urlencoded"]
    async with (
        open_web({"/token": token}, server) as web,
        guarded(make_internet(), ssl.create_default_context()) as (guard, _),
    ):
        form = Form(url=web.url("/token", "good.test", "https"), fields={})
        with pytest.raises(MediaError) as caught:
            await ServiceWeb(guard).post(form)
    assert caught.value.kind in {MediaFailure.NETWORK, MediaFailure.CERTIFICATE}


async def test_a_form_that_is_refused_says_why() -> None:
    async def breaks_off(stream: trio.abc.Stream, request: Request) -> None:
        await stream.send_all(head("200 OK", "Content-Length: 100") + b"half")

    pages = {"/400": status("400 Bad Request"), "/429": status("429 Slow down"), "/half": breaks_off}
    async with open_web(pages) as web, open_guard(parse_policy(["127.0.0.1"])) as guard:
        asked = ServiceWeb(guard)
        for url, kind in [
            (web.url("/400"), MediaFailure.HTTP_STATUS),
            (web.url("/429"), MediaFailure.RATE_LIMIT),
            (web.url("/half"), MediaFailure.NETWORK),
            ("http://10.0.0.1/token", MediaFailure.PRIVATE_ADDRESS),
        ]:
            with pytest.raises(MediaError) as caught:
                await asked.post(Form(url=url, fields={}))
            assert caught.value.kind is kind, url


async def test_a_link_is_followed_to_its_goal_or_to_a_page() -> None:
    pages = {
        "/a": redirect("/b"),
        "/b": redirect("https://goal.test/x"),
        "/page": body(b"x"),
        "/loop": redirect("/loop"),
    }
    async with open_web(pages) as web, open_guard(parse_policy(["127.0.0.1"])) as guard:
        ask = partial(follow, guard, is_goal=lambda url: "goal" in url, max_bytes=10_000, max_s=5.0)
        assert await ask(web.url("/a")) == "https://goal.test/x", "without asking there"
        assert await ask(web.url("/page")) is None
        with pytest.raises(MediaError) as caught:
            await ask(web.url("/loop"))
        assert caught.value.kind is MediaFailure.LEADS_NOWHERE


async def test_an_answer_says_where_it_came_from() -> None:
    async with (
        open_web({"/a": redirect("/b"), "/b": body(b"x")}) as web,
        open_guard(parse_policy(["127.0.0.1"])) as guard,
        open_fetch(guard, web.url("/a"), max_bytes=10_000, max_s=5.0) as fetch,
    ):
        assert fetch.url == web.url("/b")


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("http://x.test.tls.invalid:443/a?b#c", "https://x.test/a?b#c"),
        ("http://x.test.tls.invalid:8443/", "https://x.test:8443/"),
        ("http://2606-4700--1.ip6.tls.invalid:443/", "https://[2606:4700::1]/"),
        ("http://x.test/", "http://x.test/"),
    ],
)
def test_a_guarded_url_has_its_plain_form(url: str, plain: str) -> None:
    assert to_plain(url) == plain
