"""The one client that every contract test speaks through."""

import json
from collections.abc import Iterator
from itertools import cycle
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

NOW = "2026-03-12T15:30:00Z"
"""A Thursday, on which the clock of the in-process worlds stands."""


class InProcess(httpx2.BaseTransport):
    """Asks an app without a socket or event loop: the fake never waits for anything but the request. It asks in turn
    by ASGI and as the protocol does for what comes in one piece: nobody may see a difference."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.at_once = getattr(app, "at_once", None)
        # Not by halves, because many tests write and read in turn.
        self.ways = cycle((True, True, False))

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if next(self.ways) and self.at_once is not None and is_small(request):
            reply = self.at_once(self.scope(request), b"".join(request.stream))  # type: ignore[arg-type]
            if reply is not None:
                status, headers, content = reply
                return httpx2.Response(status, headers=headers, content=content, request=request)
        return self.by_asgi(request)

    def by_asgi(self, request: httpx2.Request) -> httpx2.Response:
        pieces = iter([(chunk, True) for chunk in request.stream] + [(b"", False)])  # type: ignore[union-attr]
        start: dict[str, Any] = {}
        body = bytearray()

        async def receive() -> dict[str, Any]:
            chunk, more = next(pieces, (b"", False))
            return {"type": "http.request", "body": chunk, "more_body": more}

        async def send(message: dict[str, Any]) -> None:
            start.update(message if message["type"] == "http.response.start" else {})
            body.extend(message.get("body", b""))

        running = self.app(self.scope(request), receive, send)
        try:
            running.send(None)
            raise RuntimeError("the app waits for something else than the request")
        except StopIteration:
            return httpx2.Response(start["status"], headers=start["headers"], content=bytes(body), request=request)

    @staticmethod
    def scope(request: httpx2.Request) -> dict[str, Any]:
        raw_path = request.url.raw_path.partition(b"?")[0]
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": request.url.scheme,
            "path": request.url.path,
            "raw_path": raw_path,
            "query_string": request.url.query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": ("127.0.0.1", 1),
            "server": (request.url.host, request.url.port or 80),
        }


def is_small(request: httpx2.Request) -> bool:
    """Whether it is one of the service's, and would come in one piece."""
    stream, path = request.stream, request.url.path
    return path.startswith("/api/v1/") and isinstance(stream, httpx2.ByteStream) and len(b"".join(stream)) < 65536


class Api:
    """A server that claims to be Kanbert, asked with one token."""

    def __init__(self, http: httpx2.Client, token: str) -> None:
        self.http = http
        self.token = token
        # Cookies, redirects and hooks of a client take longer than the fake, which has none of them.
        straight = isinstance(http._transport, InProcess)
        self.send = http._transport.handle_request if straight else self.send_really

    def send_really(self, request: httpx2.Request) -> httpx2.Response:
        try:
            return self.http.send(request)
        except httpx2.LocalProtocolError as error:
            pytest.skip(f"no real client sends this: {error}")

    def as_token(self, token: str) -> "Api":
        """The same server, asked with another token."""
        return Api(self.http, token)

    def ask(self, method: str, path: str, params: Any = None, **more: Any) -> httpx2.Response:
        """Any request to the service: `path` without the prefix; `params` a mapping or pairs."""
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        query = params if isinstance(params, str) else urlencode(params or {}, doseq=True)
        url = f"/api/v1{path}" + (f"?{query}" if query else "")
        return self.send(self.http.build_request(method, url, headers=headers, **more))

    def get(self, path: str, params: Any = None, **more: Any) -> httpx2.Response:
        return self.ask("GET", path, params, **more)

    def post(self, path: str, body: Any = None, params: Any = None, **more: Any) -> httpx2.Response:
        return self.ask("POST", path, params, json=body, **more)

    def patch(self, path: str, body: Any = None, params: Any = None, **more: Any) -> httpx2.Response:
        return self.ask("PATCH", path, params, json=body, **more)

    def put(self, path: str, body: Any = None, params: Any = None, **more: Any) -> httpx2.Response:
        return self.ask("PUT", path, params, json=body, **more)

    def delete(self, path: str, params: Any = None, **more: Any) -> httpx2.Response:
        return self.ask("DELETE", path, params, **more)

    def data(self, path: str, params: Any = None) -> Any:
        """The JSON of a read that must succeed: an object, or the `data` of one page."""
        answer = self.get(path, params)
        assert answer.status_code == 200, f"{answer.status_code} {answer.text} {answer.headers.get('X-Fake-Hint')}"
        found = answer.json()
        return found["data"] if "meta" in found else found

    def walk(self, path: str, params: Any = None) -> Iterator[dict[str, Any]]:
        """Every record of a list, page by page, by the URLs that the answers give."""
        answer = self.get(path, params)
        while True:
            assert answer.status_code == 200, answer.text
            page = answer.json()
            yield from page["data"]
            if page["meta"]["next_cursor_url"] is None:
                return
            answer = self.follow(page["meta"]["next_cursor_url"])

    def follow(self, url: str) -> httpx2.Response:
        """A URL from an answer, as it is."""
        return self.http.get(url, headers={"Authorization": f"Bearer {self.token}"})

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """A control call that must succeed."""
        content = None if body is None else json.dumps(body)
        answer = self.send(self.http.build_request(method, f"/_fake{path}", content=content))
        assert answer.status_code < 300, answer.text
        return answer.json()

    def register(self, **wanted: Any) -> "Api":
        """The same server with a new token: user (id or e-mail), scopes, integration, expires_in."""
        return self.as_token(self.control("POST", "/tokens", wanted)["token"])


def hint(answer: httpx2.Response) -> str:
    """The sentence with which the fake helps, or an empty text."""
    return str(answer.headers.get("X-Fake-Hint", ""))


def said(answer: httpx2.Response) -> tuple[int, Any]:
    """Status and body."""
    return answer.status_code, answer.json()


def plainly(answer: httpx2.Response) -> Any:
    """The body of an answer that must succeed without a hint."""
    assert (answer.status_code, hint(answer)) == (200, ""), answer.text
    return answer.json()
