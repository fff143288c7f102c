"""One HTTP POST to a receiver, and its outcome in plain words."""

import asyncio
import re
import socket
import ssl
import time
from contextlib import aclosing
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from fake_server.webhooks.addresses import FORBIDDEN, is_private
from fake_server.webhooks.delivery import Request

if TYPE_CHECKING:
    import httpx2

KEPT = 1024
"""Bytes of an answer that the log keeps."""
READ = 1024 * 1024
"""Bytes of an answer that are waited for."""


class Outcome(NamedTuple):
    """Status (None: no answer), the reason of a failure, real seconds, and how the answer begins."""

    status: int | None
    error: str
    duration: float
    body: str


class Forbidden(Exception):
    """A receiver at a private address, where those are forbidden; one sentence."""


@cache
def certificates() -> ssl.SSLContext:
    return ssl.create_default_context()


def client(secure: bool) -> "httpx2.AsyncClient":
    """A client that follows nothing and keeps no connection: every delivery is a connection of its own, so that
    none fails because an old one was closed meanwhile."""
    # Imported here: who is told of nothing never pays for it.
    import httpx2

    return httpx2.AsyncClient(
        verify=certificates() if secure else False,
        trust_env=False,
        timeout=None,
        follow_redirects=False,
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=0),
    )


async def post(
    http: "httpx2.AsyncClient", url: str, request: Request, seconds: float, private: bool = True
) -> Outcome:
    """Sends a request and reads its answer within so many real seconds; `private`: to whatever address."""
    import httpx2

    began = time.perf_counter()
    status, body = None, b""
    try:
        # A request of its own, because the client would add headers to one that it makes.
        sent = httpx2.Request(
            "POST", url, content=request.body, headers=list(request.headers), extensions=first(seconds)
        )
        async with asyncio.timeout(seconds), aclosing(await begun(http, sent, private)) as answer:
            status, read = answer.status_code, 0
            async for chunk in answer.aiter_raw():
                body = (body + chunk)[:KEPT]
                read += len(chunk)
                if read > READ:
                    break
        error = wrong_status(status, answer.headers.get("location", ""))
    except (TimeoutError, httpx2.TimeoutException):
        error = f"There was no complete answer within {seconds:g} seconds."
    except Forbidden as refused:
        error = str(refused)
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError, ValueError) as broken:
        error = plain(broken, status)
    return Outcome(status, error, time.perf_counter() - began, body.decode("utf-8", "replace"))


async def begun(http: "httpx2.AsyncClient", sent: "httpx2.Request", private: bool) -> "httpx2.Response":
    """The beginning of the answer. Where private addresses are forbidden, the name is resolved here and the address
    that was looked at is the one that is asked: a second look might find another."""
    if not private:
        name = sent.url.raw_host.decode()
        sent.extensions["sni_hostname"] = name
        sent.url = sent.url.copy_with(host=await public(name))
    return await http.send(sent, stream=True)


async def public(name: str) -> str:
    """An address of the name that is not private; Forbidden where it has none."""
    found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
    addresses = [str(one[4][0]) for one in found]
    known = next((one for one in addresses if not is_private(one)), None)
    if known is None:
        where = name if name in addresses else f"{name}, at {addresses[0]},"
        raise Forbidden(f"{where} {FORBIDDEN}.")
    return known


def first(seconds: float) -> dict[str, Any]:
    """A limit for the connection that ends before that for everything: a handshake that is cut off from outside
    would leave its socket open."""
    return {"timeout": {"connect": seconds * 0.9}}


def wrong_status(status: int, location: str) -> str:
    """Why an answer is none that counts."""
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400 and location:
        return f"It answered {status}, a redirect to {location[:200]}; redirects are not followed."
    return f"It answered {status}; only 2xx counts as received."


def plain(error: Exception, status: int | None) -> str:
    """What broke, without the words of libraries."""
    import httpx2

    said = REPR.sub(r"\1", str(error) or type(error).__name__)[:200]
    if isinstance(error, httpx2.ConnectError | socket.gaierror):
        return unconnected(error)
    if isinstance(error, httpx2.RemoteProtocolError):
        known = (sentence for words, sentence in BROKEN.items() if words in said)
        return next(known, f"It answered something that is not HTTP: {said}.")
    if isinstance(error, httpx2.NetworkError):
        return f"The connection broke off {'in the middle of the answer' if status else 'before the answer'}."
    return f"It could not be sent: {said}."


REPR = re.compile(r"bytearray\(b(.*)\)")
BROKEN = {
    "disconnected": "It closed the connection without an HTTP answer.",
    "incomplete": "It closed the connection in the middle of its answer.",
    "peer closed": "It closed the connection in the middle of its answer.",
    "Receive buffer too long": "It answered with headers that are too long.",
    "_SWITCH_UPGRADE": "It answered 101; only 2xx counts as received.",
}
"""What a library says -> what it means to whoever wrote the receiver."""


def unconnected(error: BaseException) -> str:
    """Why there is no connection: the innermost cause has the plainest words."""
    cause: BaseException | None = error
    while cause is not None:
        error = cause.exceptions[0] if isinstance(cause, BaseExceptionGroup) else cause
        cause = error.__cause__ or error.__context__
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"No TLS connection: {error.verify_message}."
    if isinstance(error, ssl.SSLError):
        return f"No TLS connection: {(error.reason or str(error)).lower().replace('_', ' ')}."
    return f"No connection: {getattr(error, 'strerror', None) or error}."
