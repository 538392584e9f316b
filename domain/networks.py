"""Where a request comes from, for limits. Pure."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

NETWORK_CHARACTERS = 45
UNKNOWN = "unknown"
# RFC 6052: what translates IPv4 for a network that has IPv6 alone.
TRANSLATED = IPv6Network("64:ff9b::/96")


def network(address: str | None) -> str:
    """What one sender can hardly change: an IPv4 address, or the /64 of an IPv6 one."""
    ip = _parse(address)
    if isinstance(ip, IPv6Address):
        return str(ip_network((int(ip), 64), strict=False))
    return str(ip or UNKNOWN)


def wide_network(address: str | None) -> str:
    """What one customer of a provider may have in all: the /24 of an IPv4 address, the /48 of an
    IPv6 one."""
    ip = _parse(address)
    if ip is None:
        return UNKNOWN
    return str(ip_network((int(ip), 48) if ip.version == 6 else f"{ip}/24", strict=False))


def _parse(address: str | None) -> IPv4Address | IPv6Address | None:
    try:
        ip = ip_address(address or "")
    except ValueError:
        return None
    return ip if isinstance(ip, IPv4Address) else _inner(ip) or ip


def _inner(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one is made of: mapped, translated or 6to4 (RFC 3056)."""
    if ip in TRANSLATED:
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour
