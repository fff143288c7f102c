"""Which addresses are private: those that are not the same machine wherever one asks on the internet."""

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

FORBIDDEN = "is a private address, to which --no-webhook-private forbids deliveries"
"""What is said of a receiver that is refused."""
UNICAST = IPv6Network("2000::/3")
"""All that is handed out of IPv6 for machines on the internet."""
NAT64 = IPv6Network("64:ff9b::/96")
"""Stands for the IPv4 address in its last 32 bits."""
UNFIT = (IPv6Network("2001::/32"), IPv6Network("2002::/16"), IPv6Network("3fff::/20"))
"""Of that: Teredo and 6to4 lead to an IPv4 address that stands inside; the last are for documents, which not every
Python knows."""


def is_private(text: str) -> bool:
    """Of an address: loopback, local networks, link-local such as 169.254.169.254, multicast, reserved."""
    address = plain(ip_address(text))
    if isinstance(address, IPv6Address) and (address not in UNICAST or any(address in net for net in UNFIT)):
        return True
    return not address.is_global or address.is_multicast


def plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address where one of IPv6 only wraps it."""
    if isinstance(address, IPv4Address):
        return address
    wrapped = IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else None
    return address.ipv4_mapped or wrapped or address


def is_private_url(url: str) -> bool:
    """Whether that can be seen without asking for the address of a name."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        return is_private(dotted(host) or host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def dotted(host: str) -> str | None:
    """The IPv4 address that a resolver reads in it, also in 127.1, 0x7f.1 and 2130706433."""
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None
