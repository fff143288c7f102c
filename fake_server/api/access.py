"""Who is asking: bearer token -> caller, and how often they may."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import NoReturn

from fake_server.errors import MissingScope, TooManyAttempts, Unauthenticated
from fake_server.moment import Caller, Instant

WINDOW = 60
"""Seconds of a rate window."""
MOST_WINDOWS = 10_000


@dataclass(frozen=True)
class Token:
    """A registered token: its caller, and until when it is good (None: for ever)."""

    caller: Caller
    expires_at: Instant | None = None


@dataclass
class Access:
    """The tokens of one world. Unless `strict`, any other token acts as `anyone`."""

    anyone: Caller
    strict: bool = False
    per_minute: int = 0
    tokens: dict[str, Token] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    led: Collection[str] = ()
    """Tokens that belong to this world whether it still knows them or not: they never act as `anyone`."""
    windows: dict[str, tuple[Instant, int]] = field(default_factory=dict)
    """Token -> end of its rate window and requests counted in it."""

    def copy(self) -> "Access":
        """The same tokens and windows, independent from now on."""
        return replace(
            self, tokens=self.tokens.copy(), revoked=self.revoked.copy(), windows=self.windows.copy()
        )  # fmt: skip

    def caller(self, token: str, now: Instant) -> Caller:
        """Who a token acts as; Unauthenticated where it is good for nothing."""
        if token in self.revoked:
            raise Unauthenticated("This token was revoked.")
        known = self.tokens.get(token)
        if known is None:
            if token in self.led:
                raise Unauthenticated("This token was forgotten by a reset or the like: register it again.")
            if self.strict:
                raise Unauthenticated("This token is not registered, and the server is strict: POST /_fake/tokens.")
            return self.anyone
        if known.expires_at is not None and known.expires_at <= now:
            raise Unauthenticated("This token has expired.")
        return known.caller

    def count(self, token: str, now: Instant) -> dict[str, str]:
        """Counts a request against its token's window and gives the headers that say how many are left."""
        if not self.per_minute:
            return {}
        end, used = self.windows.get(token, (now + WINDOW, 0))
        if not now < end <= now + WINDOW:
            end, used = now + WINDOW, 0
        left = self.per_minute - used - 1
        headers = {"X-RateLimit-Limit": str(self.per_minute), "X-RateLimit-Remaining": str(max(left, 0))}
        if left < 0:
            wait = str(end - now)
            raise TooManyAttempts(
                f"{self.per_minute} requests a minute are allowed; the window ends in {wait} seconds.",
                {**headers, "Retry-After": wait, "X-RateLimit-Reset": str(end)},
            )
        if len(self.windows) >= MOST_WINDOWS:
            self.windows = {name: window for name, window in self.windows.items() if window[0] > now}
        self.windows[token] = Instant(end), used + 1
        return headers


def bearer(header: str) -> str:
    """The token of an Authorization header; empty where it has none."""
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def refuse_missing(header: str) -> NoReturn:
    raise Unauthenticated(
        "The Authorization header must read Bearer, a space and a token."
        if header
        else "Send the header Authorization: Bearer <token>; any token is good, unless the server is strict."
    )


def refuse_scope(caller: Caller, scopes: tuple[str, ...]) -> None:
    if caller.scopes is not None and not caller.scopes.issuperset(scopes):
        lacking = ", ".join(scope for scope in scopes if scope not in caller.scopes)
        raise MissingScope(f"The token lacks {lacking}; it has {', '.join(sorted(caller.scopes)) or 'no scope'}.")
