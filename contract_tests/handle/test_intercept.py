"""Calls to the real service go to a fake while they are intercepted, by whatever library they are made."""

import asyncio
import json
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import aiohttp
import httpx
import httpx2
import pytest
import requests
import urllib3

from contract_tests.client import Api
from contract_tests.expected import LOGO
from contract_tests.handle import http_libraries
from contract_tests.handle.http_libraries import LIBRARIES, NOWHERE, PROXIED, REAL, Ask, Mirror
from fake_server.handle.intercept import RealServiceRefused, intercept

pytestmark = pytest.mark.proves("README: Code that knows one URL only")

each_library, mirror, proxied = http_libraries.each_library, http_libraries.mirror, http_libraries.proxied

QUERY = "filter=title+contains+%22a%2Fb%22&page%5Bsize%5D=2&include=client,project&x=%C3%BC"
BODIES: dict[str, Any] = {"none": None, "bytes": b'{"title": "\xc3\xbc"}', "stream": [b"a" * 70_000, b"b"]}
BELONGS = r"api\.kanbert\.com belongs to the real service"
HEADERS = {"Authorization": "Bearer one", "X-Request-Id": "7", "Accept": "application/json", "User-Agent": "mine"}


def asked_directly(ask: Ask, mirror: Mirror, body: Any) -> Any:
    """What the mirror sees of the same call without an interception, but for what is added to it."""
    method, path, headers, sent = ask("PATCH", f"{mirror.url}/api/v1/tasks/a%2Fb/http://c?{QUERY}", HEADERS, body)[1]
    added = [["host", "api.kanbert.com"], ["x-forwarded-proto", "https"], ["x-fake-world", "mine"]]
    return [method, path, sorted([*(one for one in headers if one[0] != "host"), *added]), sent]


@pytest.mark.proves("service.base-url")
@each_library
@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_call_arrives_as_it_was_made(ask: Ask, scheme: str, body: Any, mirror: Mirror) -> None:
    with intercept(mirror.url, world="mine"):
        found = ask("PATCH", f"{scheme}://api.kanbert.com/api/v1/tasks/a%2Fb/http://c?{QUERY}", HEADERS, body)
    assert found == (200, asked_directly(ask, mirror, body))


@pytest.mark.proves("lists.path")
@each_library
def test_every_page_is_reached_by_the_urls_that_the_answers_print(ask: Ask, server: Api) -> None:
    found: list[Any] = []
    urls: list[str] = [f"{REAL}/api/v1/tasks?page%5Bsize%5D=1"]
    with intercept(str(server.http.base_url)):
        while urls[-1] is not None:
            status, page = ask("GET", urls[-1], {"Authorization": "Bearer token"})
            assert status == 200, page
            found += page["data"]
            urls.append(page["meta"]["next_cursor_url"])
    assert found == list(server.walk("/tasks"))
    assert len(urls) > 3
    assert all(url.startswith(f"{REAL}/api/v1/tasks?") for url in urls[:-1])


@each_library
def test_a_file_is_uploaded(ask: Ask, fake: Api) -> None:
    content = bytes(range(256)) * 1000
    with intercept(str(fake.http.base_url)):
        status, made = ask(
            "POST", f"{REAL}/api/v1/tasks/{LOGO}/upload", {"Authorization": "Bearer token"},
            files={"file": ("menu.bin", content, "application/octet-stream")},
        )  # fmt: skip
    assert status == 200, made
    assert fake.http.get(f"/_fake/files/{made['id']}").content == content


@pytest.mark.parametrize("ask", [LIBRARIES[name] for name in ("requests", "urllib3", "urllib3, a pool", "aiohttp")])
def test_a_redirect_to_the_real_service_comes_back(ask: Ask, mirror: Mirror) -> None:
    with intercept(mirror.url):
        status, found = ask("GET", f"{REAL}/moved")
    assert (status, found[1]) == (200, "/here")


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_a_redirect_that_httpx_follows_comes_back(library: Any, mirror: Mirror) -> None:
    with intercept(mirror.url), library.Client(verify=False, follow_redirects=True) as client:
        answer = client.get(f"{REAL}/moved")
    assert (str(answer.url), answer.json()[1]) == (f"{REAL}/here", "/here")


@each_library
def test_hosts_that_nobody_names_are_asked_as_always(ask: Ask, mirror: Mirror) -> None:
    before = ask("GET", f"{mirror.url}/x", HEADERS)
    with intercept(NOWHERE, world="mine"):
        assert ask("GET", f"{mirror.url}/x", HEADERS) == before


@each_library
def test_a_host_of_ones_own_can_be_named(ask: Ask, mirror: Mirror) -> None:
    with intercept(mirror.url, hosts=["Kanbert.Example"]):
        assert ["host", "kanbert.example"] in ask("GET", "https://kanbert.example/x")[1][2]


@each_library
def test_a_header_of_the_caller_stays_or_gives_way(ask: Ask, mirror: Mirror) -> None:
    with intercept(mirror.url, world="mine"):
        sent = {"host": "mine.example", "x-fake-world": "other", "x-forwarded-proto": "http"}
        found = [one for one in ask("GET", f"{REAL}/x", sent)[1][2] if one[0] in sent]
    assert found == [["host", "mine.example"], ["x-fake-world", "mine"], ["x-forwarded-proto", "https"]]


@each_library
def test_a_fake_that_does_not_answer_is_an_error_of_the_library(ask: Ask) -> None:
    errors = httpx.ConnectError, httpx2.ConnectError, OSError, urllib3.exceptions.MaxRetryError
    with intercept(NOWHERE), pytest.raises(errors) as caught:
        ask("GET", f"{REAL}/x")
    assert not isinstance(caught.value, RealServiceRefused)


@each_library
def test_the_world_that_is_named_answers_even_a_token_that_nobody_knows(ask: Ask, server: Api) -> None:
    made = server.control("POST", "/worlds", {"world": "empty"})
    try:
        with intercept(str(server.http.base_url), world=made["name"]):
            status, page = ask("GET", f"{REAL}/api/v1/tasks", {"Authorization": "Bearer never seen"})
    finally:
        server.control("DELETE", f"/worlds/{made['name']}")
    assert (status, page["data"], page["meta"]["path"]) == (200, [], f"{REAL}/api/v1/tasks")


# Proxies


@pytest.mark.usefixtures("proxied")
@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize("ask", PROXIED.values(), ids=PROXIED)
def test_a_proxy_is_passed_by(ask: Ask, scheme: str, mirror: Mirror) -> None:
    with intercept(mirror.url):
        status, found = ask("GET", f"{scheme}://api.kanbert.com/x?y=1")
    assert (status, found[:2]) == (200, ["GET", "/x?y=1"])
    assert ["host", "api.kanbert.com"] in found[2]


# Clients that are there before, and stay afterwards


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_a_client_from_before_is_redirected_and_keeps_no_connection(library: Any, mirror: Mirror) -> None:
    with library.Client(verify=False) as client:
        with intercept(mirror.url):
            assert client.get(f"{REAL}/x").status_code == 200
        mirror.wait_until_left()
        refused_again(lambda: client.get(f"{REAL}/x"))


def refused_again(ask: Callable[[], Any]) -> None:
    """Nothing is redirected any more: a guard alone, without hosts, meets the call."""
    with intercept(NOWHERE, hosts=()), pytest.raises(OSError, match=BELONGS):
        ask()


def test_a_session_from_before_is_redirected_and_keeps_no_connection(mirror: Mirror) -> None:
    with requests.Session() as session:
        with intercept(mirror.url):
            assert session.get(f"{REAL}/x").status_code == 200
        mirror.wait_until_left()
        refused_again(lambda: session.get(f"{REAL}/x"))


def test_a_manager_from_before_is_redirected_and_keeps_no_connection(mirror: Mirror) -> None:
    with urllib3.PoolManager() as manager:
        with intercept(mirror.url):
            assert manager.request("GET", f"{REAL}/x").status == 200
        mirror.wait_until_left()
        refused_again(lambda: manager.request("GET", f"{REAL}/x"))


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_an_async_client_from_before_is_redirected_and_keeps_no_connection(library: Any, mirror: Mirror) -> None:
    async def asking() -> None:
        async with library.AsyncClient(verify=False) as client:
            with intercept(mirror.url):
                assert (await client.get(f"{REAL}/x")).status_code == 200
            await asyncio.to_thread(mirror.wait_until_left)
            with intercept(NOWHERE, hosts=()), pytest.raises(RealServiceRefused):
                await client.get(f"{REAL}/x")

    asyncio.run(asking())


def test_an_aiohttp_session_from_before_is_redirected_and_keeps_no_connection(mirror: Mirror) -> None:
    async def asking() -> None:
        async with aiohttp.ClientSession() as session:
            with intercept(mirror.url):
                async with session.get(f"{REAL}/x") as answer:
                    seen = answer.status, str(answer.url), str(answer.request_info.url)
                    assert seen == (200, f"{REAL}/x", f"{REAL}/x")
                    await answer.read()
            await asyncio.to_thread(mirror.wait_until_left)
            with intercept(NOWHERE, hosts=()), pytest.raises(OSError, match=BELONGS):
                await session.get(f"{REAL}/x")

    asyncio.run(asking())


def test_an_answer_may_be_read_after_the_end(mirror: Mirror) -> None:
    with httpx.Client(verify=False) as client, urllib3.PoolManager() as manager:
        with intercept(mirror.url):
            streamed = client.send(client.build_request("GET", f"{REAL}/x"), stream=True)
            raw = manager.request("GET", f"{REAL}/x", preload_content=False)
        assert json.loads(streamed.read())[1] == json.loads(raw.read())[1] == "/x"
        streamed.close()
        raw.release_conn()
        mirror.wait_until_left()


def test_the_timeout_of_a_pool_holds_for_its_calls() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        urllib3.HTTPSConnectionPool("api.kanbert.com", timeout=0.05, retries=False) as pool,
        intercept(f"http://127.0.0.1:{silent.getsockname()[1]}"),
        pytest.raises(urllib3.exceptions.ReadTimeoutError),
    ):
        pool.urlopen("GET", "/x")


def test_what_a_pool_says_holds_for_its_calls(mirror: Mirror) -> None:
    with (
        urllib3.HTTPSConnectionPool("api.kanbert.com", 8443, headers={"X-Mine": "1"}, retries=False) as pool,
        intercept(mirror.url),
    ):
        found = json.loads(pool.urlopen("GET", "/x").data)[2]
        found = [one for one in found if one[0] in ("x-mine", "host")]
        assert found == [["host", "api.kanbert.com:8443"], ["x-mine", "1"]]
        assert pool.headers == {"X-Mine": "1"}
        with intercept(NOWHERE), pytest.raises(urllib3.exceptions.NewConnectionError):
            pool.urlopen("GET", "/x")


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_transports_of_ones_own_are_left_alone(library: Any) -> None:
    async def app(scope: Any, _: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": str(scope["server"][0]).encode()})

    async def asking() -> Any:
        async with library.AsyncClient(transport=library.ASGITransport(app)) as client:
            return (await client.get(f"{REAL}/x")).text

    mock = library.MockTransport(lambda request: library.Response(200, text=str(request.url)))
    with intercept(NOWHERE), library.Client(transport=mock) as client:
        assert client.get(f"{REAL}/x").text == f"{REAL}/x"
        assert asyncio.run(asking()) == "api.kanbert.com"


def test_a_connector_of_ones_own_is_left_alone() -> None:
    class Own(aiohttp.BaseConnector):
        async def connect(self, req: Any, *_: Any, **__: Any) -> Any:
            raise LookupError(req.url.host)

    async def asking() -> None:
        async with aiohttp.ClientSession(connector=Own()) as session:
            await session.get(f"{REAL}/x")

    with intercept(NOWHERE), pytest.raises(LookupError, match=r"^'?api\.kanbert\.com'?$"):
        asyncio.run(asking())


# More than one


@each_library
def test_the_inner_interception_wins_and_the_outer_comes_back(ask: Ask, mirror: Mirror) -> None:
    def world() -> list[str]:
        return [value for name, value in ask("GET", f"{REAL}/x")[1][2] if name == "x-fake-world"]

    with intercept(mirror.url, world="outer"):
        with intercept(mirror.url, world="inner"):
            assert world() == ["inner"]
        assert world() == ["outer"]
        with intercept(mirror.url, world="other", hosts=["kanbert.example"]):
            assert world() == ["outer"]


def test_threads_call_at_once(mirror: Mirror) -> None:
    asks = [*LIBRARIES.values()] * 2
    with intercept(mirror.url), ThreadPoolExecutor(len(asks)) as threads:
        found = list(threads.map(lambda numbered: numbered[1]("GET", f"{REAL}/{numbered[0]}"), enumerate(asks)))
    assert [(status, answer[1]) for status, answer in found] == [(200, f"/{number}") for number in range(len(asks))]
