"""Deliveries passed on to another receiver, byte for byte."""

import time
from contextlib import closing
from typing import NamedTuple

import httpx2

from fake_server.listen.line import Forwarded
from fake_server.webhooks.post import READ, plain

PATIENCE = 30.0
"""Seconds that the other receiver may take; more than the fake waits, so that a debugger shows what comes of it."""
OWN = ("host", "content-length", "connection", "transfer-encoding")
"""Headers that are about one connection."""
PASSED = ("content-type", "content-encoding", "location")
"""Headers of an answer that are passed on."""

Headers = list[tuple[str, str]]


class Answer(NamedTuple):
    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


class Target:
    """The other receiver."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx2.Client(timeout=PATIENCE, trust_env=False, verify=url.lower().startswith("https:"))

    def post(self, body: bytes, headers: Headers) -> tuple[Answer, Forwarded]:
        """Its answer, or 502 and why there is none."""
        status = None
        try:
            sent = httpx2.Request("POST", self.url, content=body, headers=passed_on(headers))
            with closing(self.http.send(sent, stream=True)) as answer:
                status = answer.status_code
                content = read(answer, time.monotonic() + PATIENCE)
                return Answer(status, content, passed_back(answer)), Forwarded(status)
        except (TimeoutError, httpx2.TimeoutException):
            error = f"There was no complete answer within {PATIENCE:g} seconds."
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError, ValueError) as broken:
            error = plain(broken, status)
        return Answer(502, error.encode(), (("content-type", "text/plain"),)), Forwarded(status, error)


def passed_on(headers: Headers) -> list[tuple[bytes, bytes]]:
    kept = [(name, value) for name, value in headers if name.lower() not in OWN]
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in kept]


def passed_back(answer: httpx2.Response) -> tuple[tuple[str, str], ...]:
    named = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in answer.headers.raw]
    return tuple((name, value) for name, value in named if name in PASSED)


def read(answer: httpx2.Response, until: float) -> bytes:
    """The answer's bytes as they came; what is beyond all measure is cut off."""
    content = b""
    for chunk in answer.iter_raw():
        content += chunk
        if time.monotonic() > until:
            raise TimeoutError
        if len(content) > READ:
            break
    return content
