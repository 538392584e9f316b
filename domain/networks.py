"""Where a request comes from, for limits. Pure."""

from ipaddress import IPv6Address, ip_address, ip_network


def network(address: str | None) -> str:
    """What one sender can hardly change: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        ip = ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(ip, IPv6Address):
        return str(ip.ipv4_mapped or ip_network((int(ip), 64), strict=False))
    return str(ip)
