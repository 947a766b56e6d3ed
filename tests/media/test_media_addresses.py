"""The rules of the guard: disguises of private addresses, ports, exemptions."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.addresses import is_public, is_web_port, parse_allow_rule, parse_policy


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1",
        "127.255.0.3",
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.127.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "198.51.100.7",
        "203.0.113.7",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.1.2.3",
        "fe80::1",
        "fc00::1",
        "fd12:3456::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "2001:db8::1",
        "2001::1",
        "2002:7f00:1::",
        "2002:c0a8:101::1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::808:808",
        "100::1",
    ],
)
def test_address_outside_the_public_internet_is_closed(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize(
    "text",
    [
        "1.1.1.1",
        "8.8.8.8",
        "172.32.0.1",
        "100.128.0.1",
        "2606:4700::1111",
        "64:ff9b::808:808",
        "::ffff:8.8.8.8",
    ],
)
def test_public_address_is_open(text: str) -> None:
    assert is_public(ip_address(text))


@given(st.integers(0, 2**32 - 1))
def test_disguises_never_open_what_the_plain_address_does_not(number: int) -> None:
    plain = IPv4Address(number)
    for prefix in (0xFFFF << 32, 0x64FF9B << 96):
        assert is_public(IPv6Address(prefix | number)) == is_public(plain)
    assert is_public(IPv6Address((0x2002 << 112) | (number << 80) | 1)) == is_public(plain)


@pytest.mark.parametrize(
    ("port", "opens"),
    [
        (80, True),
        (443, True),
        (8000, True),
        (65535, True),
        (25, False),
        (22, False),
        (6667, False),
        (6379, False),
    ],
)
def test_ports_of_other_protocols_are_closed(port: int, opens: bool) -> None:
    assert is_web_port(port) is opens


@pytest.mark.parametrize(
    ("entry", "host", "address", "port", "opens"),
    [
        ("radio.lan", "radio.lan", "192.168.0.9", 8000, True),
        ("radio.lan", "RADIO.lan.", "192.168.0.9", 8000, True),
        ("radio.lan", "other.lan", "192.168.0.9", 8000, False),
        ("radio.lan:8000", "radio.lan", "192.168.0.9", 8001, False),
        ("radio.lan:25", "radio.lan", "192.168.0.9", 25, True),
        ("127.0.0.1:8080", "localhost", "127.0.0.1", 8080, True),
        ("127.0.0.1:8080", "localhost", "127.0.0.1", 8081, False),
        ("127.0.0.1", "127.0.0.1", "127.0.0.1", 9, True),
        ("10.0.0.0/8", "nas", "10.200.0.1", 80, True),
        ("10.0.0.0/8", "nas", "::ffff:10.200.0.1", 80, True),
        ("10.0.0.0/8", "nas", "11.0.0.1", 25, False),
        ("[::1]:80", "localhost", "::1", 80, True),
        ("::1", "localhost", "::1", 90, True),
        ("fd00::/8", "nas", "fd00::9", 80, True),
    ],
)
def test_exemption_opens_exactly_what_it_names(
    entry: str, host: str, address: str, port: int, opens: bool
) -> None:
    assert parse_policy([entry]).opens(host, ip_address(address), port) is opens


@pytest.mark.parametrize("entry", ["", "http://x/", "x:y", "x:0", "x:70000", "10.0.0.0/40", ":80"])
def test_entry_that_cannot_be_read_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match="not a host"):
        parse_allow_rule(entry)
