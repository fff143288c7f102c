"""How the calls of each HTTP library are sent to the fake: one connection for each call, and none is kept.

Nothing that belongs to the fake stays in a client's pool, where it would outlive the interception."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from fake_server.handle.intercept.patches import Seam
from fake_server.handle.intercept.target import Target, redirected

# httpx, httpx2. The transport's public method, documented for transports of one's own: below it there are
# connections, above it cookies, redirects and authentication, which see the real URL. A client with another
# transport (MockTransport, ASGITransport, respx) never comes here; one with a proxy does, before the proxy is asked.


def sync_transport(library: str) -> Callable[[Any], Any]:
    def replacement(original: Any) -> Any:
        @wraps(original)
        def handle_request(transport: Any, request: Any) -> Any:
            target = redirected(request.url.host)
            if target is None:
                return original(transport, request)
            httpx = sys.modules[library]
            return httpx.HTTPTransport(**plainly(httpx, target)).handle_request(moved(httpx, target, request))

        return handle_request

    return replacement


def async_transport(library: str) -> Callable[[Any], Any]:
    def replacement(original: Any) -> Any:
        @wraps(original)
        async def handle_async_request(transport: Any, request: Any) -> Any:
            target = redirected(request.url.host)
            if target is None:
                return await original(transport, request)
            httpx = sys.modules[library]
            ours = httpx.AsyncHTTPTransport(**plainly(httpx, target))
            return await ours.handle_async_request(moved(httpx, target, request))

        return handle_async_request

    return replacement


def plainly(httpx: Any, target: Target) -> dict[str, Any]:
    """Arguments of a transport without proxy and certificates whose connection closes after its answer."""
    return {"verify": target.tls, "trust_env": False, "limits": httpx.Limits(max_keepalive_connections=0)}


def moved(httpx: Any, target: Target, request: Any) -> Any:
    """The same request to the fake, as a new one: the client's own must keep its URL for redirects and cookies."""
    headers = request.headers.copy()
    target.mark(headers, request.url.netloc.decode())
    url = request.url.copy_with(scheme=target.scheme, host=target.host, port=target.port)
    # The stream as it is, so that nothing is read, counted or encoded anew.
    return httpx.Request(request.method, url, headers=headers, stream=request.stream, extensions=request.extensions)


# urllib3, and requests through it. urlopen of a pool is documented as the lowest call of a request, and every
# manager, proxy and adapter ends there. The session's own adapters (requests-mock, responses) never come here.


def urllib3_pool(original: Any) -> Any:
    @wraps(original)
    def urlopen(
        pool: Any, method: str, url: str, body: Any = None, headers: Any = None, retries: Any = None,
        *args: Any, **more: Any,
    ) -> Any:  # fmt: skip
        host, port, path = called(pool, url)
        target = redirected(host)
        if target is None:
            return original(pool, method, url, body, headers, retries, *args, **more)
        # What the caller's pool says where the call does not; each argument has one place after `retries`.
        headers = (pool.headers if headers is None else headers).copy()
        target.mark(headers, host if port in (None, 80, 443) else f"{host}:{port}")
        retries = pool.retries if retries is None else retries
        if len(args) < 3:
            more.setdefault("timeout", pool.timeout)
        ours = sys.modules["urllib3"].connection_from_url(target.base_url, **tls(target))
        try:
            return ours.urlopen(method, path, body, headers, retries, *args, **more)
        finally:
            # An answer that is still being read keeps its connection, and finds no pool to give it back to.
            ours.close()

    return urlopen


def called(pool: Any, url: str) -> tuple[str, int | None, str]:
    """Host, port and path of a call. A pool of a proxy over plain HTTP is asked with the whole URL, and a pool
    that follows a redirect as well; else it is the pool that knows the host."""
    whole = urlsplit("" if url.startswith("/") else url)
    if not whole.hostname:
        return pool.host, pool.port, url
    return whole.hostname, whole.port, whole._replace(scheme="", netloc="", fragment="").geturl() or "/"


def tls(target: Target) -> dict[str, Any]:
    return {"ssl_context": target.tls} if target.scheme == "https" else {}


# aiohttp. The connector's public method that turns a request into a connection: middlewares, cookies and redirects
# lie above it and see the real URL. A connector that is no TCPConnector is somebody's own and left alone.


def aiohttp_connector(original: Any) -> Any:
    @wraps(original)
    async def connect(connector: Any, req: Any, *args: Any, **more: Any) -> Any:
        tcp = isinstance(connector, sys.modules["aiohttp"].TCPConnector)
        target = redirected(req.url.host) if tcp else None
        if target is None:
            return await original(connector, req, *args, **more)
        target.mark(req.headers, req.url.host)
        req.proxy = req.proxy_auth = req.proxy_headers = None
        real = req.url
        # Only while the connection is made: what is sent of a URL afterwards is its path, which is the same.
        req.url = real.with_scheme(target.scheme).with_host(target.host).with_port(target.port)
        try:
            connection = await original(connector, req, *args, **more)
        finally:
            req.url = real
        connection.protocol.force_close()
        return connection

    return connect


def httpx_seams(library: str) -> tuple[Seam, ...]:
    return (
        Seam("HTTPTransport", "handle_request", sync_transport(library)),
        Seam("AsyncHTTPTransport", "handle_async_request", async_transport(library)),
    )


LIBRARIES = {
    "httpx": httpx_seams("httpx"),
    "httpx2": httpx_seams("httpx2"),
    "urllib3": (Seam("HTTPConnectionPool", "urlopen", urllib3_pool),),
    "aiohttp": (Seam("BaseConnector", "connect", aiohttp_connector),),
}
