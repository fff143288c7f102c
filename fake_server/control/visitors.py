"""Who may ask the control routes: programs and pages of this server, not other sites' pages in somebody's browser."""

import hmac
import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from fake_server.control.problems import Problem
from fake_server.settings import Settings
from fake_server.token_text import CONTROL_TOKEN

PROBES = ("/health", "/ready")
"""Asked by whoever balances load or waits for a start, at any name; they say nothing of what a world has."""
PAGES = ("/", "/docs", "/openapi.json", "/control.json")
"""What a browser reads, which sends no token; they describe the software and know no world."""
DEFAULT_PORTS = {"http": ":80", "https": ":443"}
"""What a browser leaves out of an origin."""
TOP_LEVEL = re.compile(r"[a-z]+|xn--[a-z0-9-]+")
"""How the last part of a name can look that is registered on the internet."""
RESERVED = ("localhost", "local", "internal", "test", "example", "invalid", "home.arpa", "svc")
"""Below these nobody can register a name there. Machines, containers and clusters have such names."""


class Guard:
    """In front of all control routes."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        public = urlsplit(settings.public_url)
        self.public = shortest(public.scheme, public.netloc.lower())
        self.names = {*settings.control_host, name_in(settings.host), name_in(self.public)}
        self.token = settings.control_token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self.admit(scope["path"].removeprefix(scope["root_path"]), scope["method"], Headers(scope=scope))
        except Problem as problem:
            await problem.response()(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def admit(self, path: str, method: str, headers: Headers) -> None:
        """Problem for who may not ask."""
        if path not in PROBES:
            for host in headers.getlist("host"):
                self.refuse_host(name_in(host.lower()))
        self.refuse_origin(method, headers)
        if self.token and path not in (*PROBES, *PAGES):
            self.refuse_token(headers.get(CONTROL_TOKEN))

    def refuse_host(self, name: str) -> None:
        """A page may lead its own name to this machine, and is then of the same origin to its browser."""
        if is_registrable(name) and name not in self.names and "*" not in self.names:
            raise Problem(
                403, "Refused host",
                f"The control routes do not answer at {name[:80]}, because a page on the internet can lead its own "
                f"name here: ask at an address, or start the fake with --control-host {name[:80]}.",
            )  # fmt: skip

    def refuse_origin(self, method: str, headers: Headers) -> None:
        origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
        # A page without an origin of its own sends the word null.
        scheme, _, named = ("" if origin is None else origin.lower()).partition("://")
        where = "" if origin is None else shortest(scheme, named) or "nowhere"
        is_own = where in ("", shortest(scheme, headers.get("host", "").lower()), self.public)
        if not is_own or not (site in ("none", "same-origin") or is_link(method, headers)):
            raise Problem(
                403, "Refused origin",
                f"The control routes are not for pages of {origin[:80] if origin else 'another site'}: "
                "ask from a program, or from a page of this server.",
            )  # fmt: skip

    def refuse_token(self, sent: str | None) -> None:
        if sent is None:
            raise Problem(
                401, "No control token",
                f"This fake was started with --control-token: send the token in the header {CONTROL_TOKEN}. Handles "
                "take control_token, commands and pytest the variable KANBERT_FAKE_CONTROL_TOKEN.",
            )  # fmt: skip
        if not hmac.compare_digest(sent.encode("latin-1"), self.token):
            raise Problem(
                401, "Wrong control token",
                f"The header {CONTROL_TOKEN} has another token than the one with which this fake was started.",
            )  # fmt: skip


def shortest(scheme: str, place: str) -> str:
    """Name and port of an origin, without the port that its scheme has anyway."""
    return place.removesuffix(DEFAULT_PORTS.get(scheme, ""))


def name_in(host: str) -> str:
    """The name in a Host header; empty where it has an address of IPv6."""
    return "" if host.startswith("[") else host.partition(":")[0].rstrip(".")


def is_registrable(name: str) -> bool:
    """Whether anybody could have registered it: addresses and names without a dot are out of their reach."""
    last = name.rpartition(".")[2]
    is_reserved = any(name.endswith(f".{below}") for below in RESERVED)
    return "." in name and TOP_LEVEL.fullmatch(last) is not None and not is_reserved


def is_link(method: str, headers: Headers) -> bool:
    """Whether a browser goes to a page because somebody follows a link; the page with the link sees nothing of it."""
    went = headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")
    return method in ("GET", "HEAD") and went == ("navigate", "document")
