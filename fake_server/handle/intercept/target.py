"""Where calls go while interceptions are active, and what is refused."""

import threading
from collections.abc import Callable, MutableMapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl

REAL = ("kanbert.com", "kanbert.int")
"""Domains of the real service, today's and the former one; nothing below them may be reached."""


class RealServiceRefused(ConnectionError):
    """A call that would have reached the real service while calls to it are intercepted."""


class Target:
    """A fake and the hosts whose calls go there."""

    def __init__(self, base_url: str, world: str | None, hosts: Sequence[str], instead: str = "") -> None:
        """`instead`: what a refusal says to ask, if not the fake."""
        url = urlsplit(base_url)
        if url.scheme not in ("http", "https") or not url.hostname or url.path.strip("/") or url.query:
            raise ValueError(
                f"intercept() takes the address of a server without a path, such as http://127.0.0.1:5262, "
                f"not {base_url!r}."
            )
        self.scheme, self.host = url.scheme, url.hostname
        self.port = url.port or (443 if url.scheme == "https" else 80)
        self.base_url = f"{url.scheme}://{url.netloc}"
        self.instead = instead or self.base_url
        self.world = world
        self.hosts = frozenset(plain(host) for host in hosts)

    @cached_property
    def tls(self) -> "ssl.SSLContext":
        """Loaded once: reading the certificates for every call would take longer than the call."""
        import ssl  # Here, because it takes longer than everything else of ours together.

        # A fake over plain HTTP never uses it, but the libraries would load certificates all the same.
        return ssl.create_default_context() if self.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    def mark(self, headers: MutableMapping[Any, Any], host: str) -> None:
        """Adds what tells the server how it was called, so that the URLs it prints are the real service's."""
        named = {text(name).lower(): name for name in list(headers)}
        if "host" not in named:
            headers["Host"] = host
        self.put(headers, named, "X-Forwarded-Proto", "https")
        if self.world is not None:
            self.put(headers, named, "X-Fake-World", self.world)

    @staticmethod
    def put(headers: MutableMapping[Any, Any], named: dict[str, Any], name: str, value: str) -> None:
        if name.lower() in named:
            del headers[named[name.lower()]]
        headers[name] = value


# A tuple that is replaced, never changed, so that calls may read it while another thread enters or leaves.
active: tuple[Target, ...] = ()
# Of reading, changing and acting on `active` in one go: patches are there exactly while it is not empty.
changing = threading.Lock()


def enter(target: Target, first: Callable[[], None]) -> None:
    global active
    with changing:
        if not active:
            first()
        active = (*active, target)


def leave(target: Target, last: Callable[[], None]) -> None:
    """Takes it away wherever it stands, because threads need not end in the order in which they began."""
    global active
    with changing:
        places = [place for place, one in enumerate(active) if one is target]
        if not places:
            return
        active = (*active[: places[-1]], *active[places[-1] + 1 :])
        if not active:
            last()


def redirected(host: object) -> Target | None:
    """The fake that a call to this host goes to; None for a host that is nobody's concern.

    RealServiceRefused where it is the real service's and no interception takes it."""
    now, name = active, plain(host)
    for target in reversed(now):
        if name in target.hosts:
            return target
    if now and belongs(name) and not any(name == target.host for target in now):
        raise RealServiceRefused(
            f"{name} belongs to the real service, which nothing may reach while intercept() is active: name it in "
            f"intercept(hosts=...) to send calls by HTTP libraries to the fake, or ask {now[-1].instead}."
        )
    return None


def refuse(host: object) -> None:
    """RealServiceRefused for a name of the real service: whoever resolves it is no library that is redirected."""
    target = redirected(host)
    if target is not None:
        raise RealServiceRefused(
            f"{plain(host)} is the real service, and only calls by httpx, httpx2, requests, urllib3 and aiohttp are "
            f"redirected while intercept() is active: send this one to {target.instead}."
        )


def belongs(name: str) -> bool:
    return any(name == domain or name.endswith(f".{domain}") for domain in REAL)


def plain(host: object) -> str:
    """A host as names are compared: lower case, without the dot of the root; empty for what is no name."""
    return text(host).rstrip(".").lower() if isinstance(host, str | bytes | bytearray) else ""


def text(name: str | bytes | bytearray) -> str:
    return name if isinstance(name, str) else name.decode("latin-1")
