"""Addresses: the query we add, and where they lead."""

import pytest

from gateway_client.address import parse_address, to_address
from gateway_client.errors import ConnectFailed


@pytest.mark.parametrize(
    ("given", "dialed"),
    [
        (
            "wss://gateway.discord.gg",
            "wss://gateway.discord.gg/?v=10&encoding=json&compress=zstd-stream",
        ),
        (
            "wss://gateway.discord.gg/?v=9&x=1",
            "wss://gateway.discord.gg/?v=10&x=1&encoding=json&compress=zstd-stream",
        ),
        ("ws://127.0.0.1:80/gw", "ws://127.0.0.1:80/gw?v=10&encoding=json&compress=zstd-stream"),
    ],
)
def test_our_query_is_added(given: str, dialed: str) -> None:
    assert to_address(given, "zstd-stream") == dialed


def test_without_compression_none_is_asked_for() -> None:
    assert to_address("ws://x/", "none") == "ws://x/?v=10&encoding=json"


@pytest.mark.parametrize(
    ("url", "host", "port", "is_tls", "header"),
    [
        ("wss://gateway.discord.gg/?a=b", "gateway.discord.gg", 443, True, "gateway.discord.gg"),
        ("ws://127.0.0.1:4000/?a=b", "127.0.0.1", 4000, False, "127.0.0.1:4000"),
        ("wss://[::1]:443/?a=b", "::1", 443, True, "[::1]"),
    ],
)
def test_address_is_taken_apart(url: str, host: str, port: int, is_tls: bool, header: str) -> None:
    endpoint = parse_address(url)
    assert (endpoint.host, endpoint.port, endpoint.is_tls, endpoint.host_header, endpoint.resource) == (
        host,
        port,
        is_tls,
        header,
        "/?a=b",
    )


@pytest.mark.parametrize("url", ["", "http://x", "ws://", "wss://x:99999", "ws://[x", "gateway.discord.gg"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ConnectFailed):
        parse_address(url)
