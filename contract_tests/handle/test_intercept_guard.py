"""Nothing reaches the real service while calls to it are intercepted, and nothing of that is left afterwards."""

import asyncio
import http.client
import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp
import httpx
import httpx2
import pytest
import urllib3
import uvloop

from contract_tests.handle import http_libraries
from contract_tests.handle.http_libraries import LIBRARIES, NOWHERE, PROXIED, REAL, Ask, Mirror
from fake_server.handle.intercept import RealServiceRefused, intercept

pytestmark = pytest.mark.proves("README: Code that knows one URL only")

each_library, mirror, proxied = http_libraries.each_library, http_libraries.mirror, http_libraries.proxied


# What is refused


@each_library
@pytest.mark.parametrize("host", ["api.kanbert.int", "files.kanbert.com", "kanbert.com", "API.Kanbert.INT"])
def test_no_library_reaches_the_real_service(ask: Ask, host: str) -> None:
    # requests and aiohttp wrap it as they wrap every error of a connection.
    with intercept(NOWHERE), pytest.raises(OSError, match=sentence(host)):
        ask("GET", f"https://{host}/x")


def sentence(host: str) -> str:
    return (
        rf"{re.escape(host.lower())} belongs to the real service, which nothing may reach while intercept\(\) is "
        rf"active: name it in intercept\(hosts=\.\.\.\) to send calls by HTTP libraries to the fake, or ask "
        rf"{NOWHERE}\."
    )


@pytest.mark.usefixtures("proxied")
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_a_proxy_is_not_asked_for_the_real_service(scheme: str) -> None:
    with intercept(NOWHERE):
        for ask in PROXIED.values():
            with pytest.raises(OSError, match=r"api\.kanbert\.int belongs to the real service"):
                ask("GET", f"{scheme}://api.kanbert.int/x")
        with pytest.raises(urllib.error.URLError, match=r"api\.kanbert\.int belongs to the real service"):
            urllib.request.urlopen(f"{scheme}://api.kanbert.int/x")


def connected_by_name(host: str) -> None:
    with socket.socket() as sock:
        sock.connect((host, 443))


def tried_by_name(host: str) -> None:
    with socket.socket() as sock:
        sock.connect_ex((host, 443))


def open_stream(host: str) -> None:
    asyncio.run(opening(host))


async def opening(host: str) -> None:
    await asyncio.open_connection(host, 443)


async def resolving(host: str) -> None:
    await asyncio.get_running_loop().getaddrinfo(host, 443)


def over_http(host: str) -> None:
    connection = http.client.HTTPSConnection(host)
    try:
        connection.request("GET", "/")
    finally:
        connection.close()


# Looked up when called, as everybody does, not when this table is made.
WAYS: dict[str, Callable[[str], Any]] = {
    "getaddrinfo": lambda host: socket.getaddrinfo(host, 443),
    "getaddrinfo, by name": lambda host: socket.getaddrinfo(host=host, port=443),
    "getaddrinfo, bytes": lambda host: socket.getaddrinfo(host.encode(), 443),
    "gethostbyname": lambda host: socket.gethostbyname(host),
    "gethostbyname_ex": lambda host: socket.gethostbyname_ex(host),
    "create_connection": lambda host: socket.create_connection((host, 443)),
    "connect": connected_by_name,
    "connect_ex": tried_by_name,
    "http.client": over_http,
    "asyncio": open_stream,
    "asyncio, resolving": lambda host: asyncio.run(resolving(host)),
    "uvloop": lambda host: uvloop.run(opening(host)),
    "uvloop, resolving": lambda host: uvloop.run(resolving(host)),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_the_real_service_is_refused_by_name(way: Callable[[str], Any]) -> None:
    with intercept(NOWHERE):
        for host in ("api.kanbert.com", "API.kanbert.com."):
            with pytest.raises(RealServiceRefused) as caught:
                way(host)
            assert str(caught.value) == (
                "api.kanbert.com is the real service, and only calls by httpx, httpx2, requests, urllib3 and aiohttp "
                f"are redirected while intercept() is active: send this one to {NOWHERE}."
            )
        for host in ("api.kanbert.int", "files.kanbert.com"):
            with pytest.raises(RealServiceRefused, match=sentence(host)):
                way(host)


def test_a_connection_from_before_is_not_used(mirror: Mirror) -> None:
    connection = http.client.HTTPConnection("localhost", int(mirror.url.rpartition(":")[2]))
    connection.connect()
    try:
        with intercept(NOWHERE, hosts=["localhost"]), pytest.raises(RealServiceRefused, match="send this one to"):
            connection.request("GET", "/x")
    finally:
        connection.close()


def test_urllib_is_refused_with_its_reason() -> None:
    with intercept(NOWHERE), pytest.raises(urllib.error.URLError) as caught:
        urllib.request.urlopen(f"{REAL}/x")
    assert isinstance(caught.value.reason, RealServiceRefused)


def test_names_that_only_look_alike_are_resolved(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_: asked.append(host))
    names = ["kanbert.com.example", "notkanbert.com", "localhost", "kanbert.example"]
    with intercept(NOWHERE):
        for name in names:
            socket.getaddrinfo(name, 443)
    assert asked == names


def test_a_fake_under_a_name_of_the_real_service_may_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_: asked.append(host))
    with intercept("http://fake.kanbert.com:5262"):
        socket.getaddrinfo("fake.kanbert.com", 5262)
    assert asked == ["fake.kanbert.com"]


# Its end


def state() -> Any:
    """Everything that an interception may touch, as it is."""
    owners = [
        socket, socket.socket, http.client.HTTPConnection, uvloop.Loop, aiohttp.BaseConnector, aiohttp.TCPConnector,
        urllib3.HTTPConnectionPool, urllib3.HTTPSConnectionPool, httpx.HTTPTransport, httpx.AsyncHTTPTransport,
        httpx2.HTTPTransport, httpx2.AsyncHTTPTransport,
    ]  # fmt: skip
    return [dict(vars(owner)) for owner in owners], list(sys.meta_path)


def test_everything_is_undone() -> None:
    before = state()
    with intercept(NOWHERE):
        assert state() != before
    assert state() == before


def test_everything_is_undone_after_an_exception() -> None:
    before = state()
    with pytest.raises(LookupError), intercept(NOWHERE), intercept(NOWHERE):
        raise LookupError
    assert state() == before


def test_start_and_stop_do_the_same_and_a_stop_too_many_does_nothing() -> None:
    before = state()
    one = intercept(NOWHERE).start()
    assert state() != before
    one.stop()
    one.stop()
    assert state() == before


def test_what_others_replaced_meanwhile_stays_theirs() -> None:
    def theirs(*_: Any) -> None: ...

    known: Any = socket
    original = known.getaddrinfo
    try:
        with intercept(NOWHERE):
            known.getaddrinfo = theirs
        assert known.getaddrinfo is theirs
    finally:
        known.getaddrinfo = original


def test_interceptions_may_end_in_any_order(mirror: Mirror) -> None:
    before = state()
    first, second = intercept(mirror.url, world="first").start(), intercept(mirror.url, world="second").start()
    first.stop()
    assert ["x-fake-world", "second"] in LIBRARIES["requests"]("GET", f"{REAL}/x")[1][2]
    second.stop()
    assert state() == before


def test_threads_enter_and_leave_at_once(mirror: Mirror) -> None:
    def often(_: int) -> None:
        for _ in range(20):
            with intercept(mirror.url), urllib3.PoolManager() as manager:
                assert manager.request("GET", f"{REAL}/x").status == 200

    before = state()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(often, range(8)))
    assert state() == before


# What is imported when

LATE = """
import socket, sys
from fake_server.handle.intercept import intercept
libraries = "httpx", "httpx2", "requests", "urllib3", "aiohttp", "uvloop", "http.client", "ssl", "asyncio"
with intercept(sys.argv[1]):
    assert not (found := [name for name in libraries if name in sys.modules]), found
    import asyncio, importlib.resources, httpx, httpx2, requests, urllib3, aiohttp
    url = "https://api.kanbert.com/x"
    print(httpx.get(url, verify=False).json()[1])
    print(httpx2.get(url, verify=False).json()[1])
    print(requests.get(url).json()[1])
    print(urllib3.request("GET", url).json()[1])
    async def ask():
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            print((await answer.json(content_type=None))[1])
    asyncio.run(ask())
    assert "exec_module" not in vars(httpx.__spec__.loader)
ours = [httpx.HTTPTransport.handle_request, urllib3.HTTPConnectionPool.urlopen, aiohttp.BaseConnector.connect]
assert not [one for one in ours if hasattr(one, "__wrapped__")]
"""


def test_libraries_are_not_imported_but_those_imported_later_are_redirected(mirror: Mirror) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", LATE, mirror.url], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "/x\n" * 5, "")


@pytest.mark.parametrize("url", ["127.0.0.1:5262", "ftp://127.0.0.1", "http://127.0.0.1:5262/api/v1", ""])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    before = state()
    with pytest.raises(ValueError, match="address of a server without a path") as caught:
        intercept(url)
    assert str(caught.value) == (
        f"intercept() takes the address of a server without a path, such as http://127.0.0.1:5262, not {url!r}."
    )
    assert state() == before
