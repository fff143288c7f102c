"""A server that shows what it was asked, and one way to ask by each HTTP library."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import aiohttp
import httpx
import httpx2
import pytest
import requests
import urllib3
import yarl

REAL = "https://api.kanbert.com"
NOWHERE = "http://127.0.0.1:1"
"""A fake, or a proxy, that does not answer."""
LONGEST = 10.0

Answer = tuple[int, Any]
Ask = Callable[..., Answer]


class Mirror:
    """A server that answers what it was asked: method, target, headers and body."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.open = 0
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = LONGEST

            def setup(self) -> None:
                mirror.count(1)
                super().setup()

            def finish(self) -> None:
                super().finish()
                mirror.count(-1)

            def read(self) -> bytes:
                if self.headers["Transfer-Encoding"] != "chunked":
                    return self.rfile.read(int(self.headers["Content-Length"] or 0))
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size + 2)[:-2]
                self.rfile.readline()
                return body

            def answer(self) -> None:
                headers = sorted((name.lower(), value) for name, value in self.headers.items())
                found = [self.command, self.path, headers, self.read().decode("latin-1")]
                sent = json.dumps(found).encode()
                self.send_response(307 if self.path == "/moved" else 200)
                if self.path == "/moved":
                    self.send_header("Location", f"{REAL}/here")
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            do_GET = do_POST = do_PATCH = do_DELETE = answer

            def log_message(self, *_: Any) -> None: ...

        class Server(ThreadingHTTPServer):
            # With five, as is usual, threads that call at once wait a second for their connections.
            request_queue_size = 128

            def handle_error(self, *_: Any) -> None:
                """Whoever asks and goes away without waiting is no error of ours."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def count(self, more: int) -> None:
        with self.changed:
            self.open += more
            self.changed.notify_all()

    def wait_until_left(self) -> None:
        """Until nobody is connected; fails where somebody stays."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.open == 0, LONGEST / 2), f"{self.open} connections are open"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


# Each asks once, with a client of its own; `body` is bytes or, for a stream, a list of them.


def by_httpx(library: Any) -> Ask:
    def ask(method: str, url: str, headers: Any = None, body: Any = None, files: Any = None) -> Answer:
        content = iter(body) if isinstance(body, list) else body
        with library.Client(verify=False) as client:
            answer = client.request(method, url, headers=headers, content=content, files=files)
        return answer.status_code, answer.json()

    return ask


def by_async_httpx(library: Any) -> Ask:
    async def asking(method: str, url: str, headers: Any = None, body: Any = None, files: Any = None) -> Answer:
        content = slowly(body) if isinstance(body, list) else body
        async with library.AsyncClient(verify=False) as client:
            answer = await client.request(method, url, headers=headers, content=content, files=files)
        return answer.status_code, answer.json()

    return lambda *args, **more: asyncio.run(asking(*args, **more))


async def slowly(chunks: list[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def by_requests(method: str, url: str, headers: Any = None, body: Any = None, files: Any = None) -> Answer:
    data = iter(body) if isinstance(body, list) else body
    with (
        requests.Session() as session,
        session.request(method, url, headers=headers, data=data, files=files) as answer,
    ):
        return answer.status_code, answer.json()


def by_manager(method: str, url: str, headers: Any = None, body: Any = None, files: Any = None) -> Answer:
    with urllib3.PoolManager() as manager:
        return by_urllib3(manager, method, url, headers, body, files)


def by_pool(method: str, url: str, headers: Any = None, body: Any = None, files: Any = None) -> Answer:
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    with urllib3.connection_from_url(f"{scheme}://{host}") as pool:
        return by_urllib3(pool, method, f"{slash}{path}", headers, body, files)


def by_urllib3(asked: Any, method: str, url: str, headers: Any, body: Any, files: Any) -> Answer:
    content = iter(body) if isinstance(body, list) else body
    form = {} if files is None else {"fields": files}
    answer = asked.request(method, url, headers=headers, body=content, **form)
    return answer.status, json.loads(answer.data)


def by_aiohttp(*args: Any, **more: Any) -> Answer:
    return asyncio.run(ask_aiohttp(*args, **more))


async def ask_aiohttp(method: str, url: str, headers: Any = None, body: Any = None, files: Any = None) -> Answer:
    data: Any = slowly(body) if isinstance(body, list) else body
    if files is not None:
        data = aiohttp.FormData()
        for name, (file, content, kind) in files.items():
            data.add_field(name, content, filename=file, content_type=kind)
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, aiohttp_url(url), headers=headers, data=data) as answer,
    ):
        return answer.status, await answer.json(content_type=None)


def aiohttp_url(url: str) -> Any:
    """As it is: aiohttp would decode what need not be encoded."""
    return yarl.URL(url, encoded=True)


LIBRARIES: dict[str, Ask] = {
    "httpx": by_httpx(httpx),
    "httpx, async": by_async_httpx(httpx),
    "httpx2": by_httpx(httpx2),
    "httpx2, async": by_async_httpx(httpx2),
    "requests": by_requests,
    "urllib3": by_manager,
    "urllib3, a pool": by_pool,
    "aiohttp": by_aiohttp,
}


def by_proxy_manager(method: str, url: str) -> Answer:
    with urllib3.ProxyManager(NOWHERE) as manager:
        return by_urllib3(manager, method, url, None, None, None)


def by_trusting_aiohttp(method: str, url: str) -> Answer:
    async def asking() -> Answer:
        async with aiohttp.ClientSession(trust_env=True) as session, session.request(method, url) as answer:
            return answer.status, await answer.json(content_type=None)

    return asyncio.run(asking())


PROXIED = {**LIBRARIES, "urllib3": by_proxy_manager, "aiohttp": by_trusting_aiohttp}


# For modules that name them.

each_library = pytest.mark.parametrize("ask", LIBRARIES.values(), ids=LIBRARIES)


@pytest.fixture(scope="module")
def mirror() -> Iterator[Mirror]:
    one = Mirror()
    yield one
    one.close()


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names a proxy that does not answer."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, NOWHERE)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
