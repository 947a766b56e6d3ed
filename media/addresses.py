"""Which hosts, addresses and ports may be reached: pure rules, no sockets.

Only addresses of the public internet are open. What embeds an IPv4 address (mapped, 6to4, NAT64) is judged by
that address, since a gateway may unpack it. `Allowed` are the exemptions that the person who runs the bot
names: hosts, ``host:port``, addresses and networks.

Ports: the two of the web and everything unprivileged, without those where a plain HTTP request could be
taken for words of another protocol.

Source: IANA special-purpose address registries; RFC 6052 (NAT64), RFC 3056 (6to4), RFC 6598 (shared
address space); Fetch Standard, "bad port".
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from attrs import frozen

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NAT64 = IPv6Network("64:ff9b::/96")
_IPV4_COMPATIBLE = IPv6Network("::/96")
_NEVER: tuple[Network, ...] = (
    IPv4Network("0.0.0.0/8"),
    IPv4Network("100.64.0.0/10"),  # shared by customers of one provider
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),  # 6to4 relays
    IPv4Network("198.18.0.0/15"),
    IPv6Network("64:ff9b:1::/48"),  # NAT64 for local use: unpacks to anything
    IPv6Network("100::/64"),
    IPv6Network("2001::/32"),  # Teredo
    IPv6Network("5f00::/16"),
    IPv6Network("fc00::/7"),
    IPv6Network("fec0::/10"),
)

_WEB_PORTS = frozenset({80, 443})
_FIRST_UNPRIVILEGED_PORT = 1024
_OTHER_PROTOCOLS = frozenset(
    {1719, 1720, 1723, 2049, 3306, 3659, 4045, 4190, 5060, 5061, 5432, 6000, 6379, 6566, 6679, 6697, 10080}
    | set(range(6665, 6670))
)


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet, all disguises taken off."""
    if isinstance(address, IPv6Address):
        inner = _embedded(address)
        if inner is not None:
            return is_public(inner)
    if any(address in network for network in _NEVER if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside an IPv6 one, where there is one."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64 or (address in _IPV4_COMPATIBLE and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def is_web_port(port: int) -> bool:
    """Whether a media server may plausibly listen there."""
    if port in _WEB_PORTS:
        return True
    return _FIRST_UNPRIVILEGED_PORT <= port <= 0xFFFF and port not in _OTHER_PROTOCOLS


def parse_address(text: str) -> Address | None:
    """An address in its standard form, with or without brackets and scope; None for names."""
    try:
        return ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None


@frozen(kw_only=True)
class AllowRule:
    """One exemption: a host name or a network, on one port or on all."""

    host: str | None = None
    network: Network | None = None
    port: int | None = None

    def covers(self, host: str, address: Address, port: int) -> bool:
        """Whether a connection is exempt."""
        if self.port is not None and self.port != port:
            return False
        if self.host is not None:
            return self.host == host
        return self.network is not None and _within(address, self.network)


def _within(address: Address, network: Network) -> bool:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None and network.version == 4:
        address = address.ipv4_mapped
    return address.version == network.version and address in network


def parse_allow_rule(text: str) -> AllowRule:
    """Read one entry of ``media.allow_hosts``.

    Raises:
        ValueError: with the entry, if it is none of host, host:port, address, address:port, network.
    """
    entry = text.strip().lower()
    network = _parse_network(entry)
    if network is not None:
        return AllowRule(network=network)
    host, colon, digits = entry.rpartition(":")
    if not colon:
        host, digits = entry, ""
    port = int(digits) if digits.isascii() and digits.isdigit() else None
    if not host or "/" in host or (colon and (port is None or not 0 < port <= 0xFFFF)):
        raise ValueError(f"not a host, host:port, address or network: {text!r}")
    address = parse_address(host)
    if address is not None:
        return AllowRule(network=ip_network(address), port=port)
    return AllowRule(host=host.rstrip("."), port=port)


def _parse_network(entry: str) -> Network | None:
    """An address or network without a port; None for everything else."""
    try:
        return ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        return None


@frozen
class Policy:
    """What the guard opens: the public web, and the exemptions."""

    allowed: tuple[AllowRule, ...] = ()

    def opens(self, host: str, address: Address, port: int) -> bool:
        """Whether a connection to this address, asked for by this name, may be made."""
        return self.is_exempt(host, address, port) or (is_public(address) and is_web_port(port))

    def is_exempt(self, host: str, address: Address, port: int) -> bool:
        """Whether the person who runs the bot named it."""
        name = host.lower().rstrip(".")
        return any(rule.covers(name, address, port) for rule in self.allowed)


def parse_policy(allow_hosts: Iterable[str]) -> Policy:
    """Read the setting ``media.allow_hosts``.

    Raises:
        ValueError: an entry cannot be read.
    """
    return Policy(tuple(parse_allow_rule(entry) for entry in allow_hosts))
