"""What refuses every way to the real service that is not redirected: names do not resolve, sockets do not connect."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from fake_server.handle.intercept.patches import Seam
from fake_server.handle.intercept.target import refuse


def first(original: Callable[..., Any]) -> Callable[..., Any]:
    """Of functions whose first argument is a host."""

    @wraps(original)
    def guarded(host: Any, *args: Any, **more: Any) -> Any:
        refuse(host)
        return original(host, *args, **more)

    return guarded


def addressed(original: Callable[..., Any]) -> Callable[..., Any]:
    """Of methods of a socket that take an address; one of a Unix socket is no pair and no concern of ours."""

    @wraps(original)
    def guarded(sock: Any, address: Any, *args: Any) -> Any:
        if isinstance(address, tuple) and address:
            refuse(address[0])
        return original(sock, address, *args)

    return guarded


def asked(original: Callable[..., Any]) -> Callable[..., Any]:
    """Of http.client: through a proxy the host is resolved elsewhere, and a connection may be older than we are."""

    @wraps(original)
    def putrequest(connection: Any, method: str, url: str, *args: Any, **more: Any) -> Any:
        refuse(connection.host)
        refuse(getattr(connection, "_tunnel_host", None))
        if "://" in url:
            refuse(urlsplit(url).hostname)
        return original(connection, method, url, *args, **more)

    return putrequest


def resolved(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def getaddrinfo(loop: Any, host: Any, *args: Any, **more: Any) -> Any:
        refuse(host)
        return original(loop, host, *args, **more)

    return getaddrinfo


def connected(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def create_connection(loop: Any, protocol: Any, host: Any = None, *args: Any, **more: Any) -> Any:
        refuse(host)
        return original(loop, protocol, host, *args, **more)

    return create_connection


# socket.create_connection and asyncio's own loops look getaddrinfo up in the module when they need it; a socket that
# is connected by name resolves it in C, and so do uvloop's loops.
GUARDS = {
    "socket": (
        Seam("", "getaddrinfo", first),
        Seam("", "gethostbyname", first),
        Seam("", "gethostbyname_ex", first),
        Seam("socket", "connect", addressed),
        Seam("socket", "connect_ex", addressed),
    ),
    "http.client": (Seam("HTTPConnection", "putrequest", asked),),
    "uvloop": (Seam("Loop", "getaddrinfo", resolved), Seam("Loop", "create_connection", connected)),
}
