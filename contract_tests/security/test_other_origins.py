"""Pages of other sites in somebody's browser: what they can ask of the service, and not of the control routes."""

from typing import Any

import httpx2
import pytest

from contract_tests.client import InProcess
from contract_tests.expected import LOGO
from fake_server.app import create_app
from fake_server.settings import Settings

pytestmark = pytest.mark.proves("README: Security")

EVIL = "http://evil.com"
CALLS = [
    ("GET", "/state"),
    ("POST", "/reset"),
    ("DELETE", f"/records/task/{LOGO}"),
    ("OPTIONS", "/reset"),
    ("GET", "/x"),
]
each_call = pytest.mark.parametrize("method, path", CALLS)


def client(host: str = "127.0.0.1:5262", **switches: Any) -> httpx2.Client:
    """Asks a server of its own, whatever it is called."""
    app = create_app(Settings.model_validate({"world": "small", **switches}))
    return httpx2.Client(transport=InProcess(app), base_url=f"http://{host}")


@pytest.fixture(scope="module")
def http() -> httpx2.Client:
    return client()


def refused(answer: httpx2.Response) -> tuple[str, str]:
    """Title and sentence of a refusal, of which no other page can read anything."""
    found = answer.json()
    assert (answer.status_code, found["status"]) == (403, 403), found
    assert answer.headers["content-type"] == "application/problem+json"
    assert [name for name in answer.headers if name.startswith("access-control")] == []
    return found["title"], found["detail"]


# ---------------------------------------------------------------- origins


@each_call
@pytest.mark.parametrize(
    "headers, whose",
    [
        ({"Origin": EVIL}, EVIL),
        ({"Origin": "null"}, "null"),
        ({"Origin": "https://127.0.0.1:3000"}, "https://127.0.0.1:3000"),
        ({"Origin": "chrome-extension://abc"}, "chrome-extension://abc"),
        ({"Sec-Fetch-Site": "cross-site"}, "another site"),
        ({"Sec-Fetch-Site": "same-site"}, "another site"),
        ({"Sec-Fetch-Site": "same-origin", "Origin": EVIL}, EVIL),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, "another site"),
    ],
)
def test_pages_of_other_origins_are_refused(
    http: httpx2.Client, method: str, path: str, headers: dict[str, str], whose: str
) -> None:
    says = f"The control routes are not for pages of {whose}: ask from a program, or from a page of this server."
    assert refused(http.request(method, f"/_fake{path}", headers=headers)) == ("Refused origin", says)


def test_a_preflight_is_refused_and_never_granted_anything(http: httpx2.Client) -> None:
    headers = {"Origin": EVIL, "Access-Control-Request-Method": "DELETE"}
    assert refused(http.options("/_fake/requests", headers=headers))[0] == "Refused origin"


@pytest.mark.parametrize("host", ["127.0.0.1:5262", "localhost", "[::1]:5262", "kanbert:5262"])
def test_pages_of_the_server_itself_may_ask(host: str) -> None:
    headers = {"Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
    assert client(host).post("/_fake/reset", headers=headers).status_code == 200


def test_pages_of_the_public_url_may_ask_through_whatever_stands_in_front() -> None:
    http = client("kanbert:5262", public_url="https://Fake.example.com/behind")
    assert http.post("/_fake/reset", headers={"Origin": "https://fake.example.com"}).status_code == 200
    assert refused(http.post("/_fake/reset", headers={"Origin": "https://example.com"}))[0] == "Refused origin"


def test_who_types_the_address_or_follows_a_link_gets_the_page(http: httpx2.Client) -> None:
    typed = {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    link = {**typed, "Sec-Fetch-Site": "cross-site"}
    for headers in (typed, link):
        answer = http.get("/_fake/docs", headers=headers)
        assert answer.status_code == 200
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert refused(http.post("/_fake/reset", headers=link))[0] == "Refused origin"


def test_the_service_itself_is_open_to_every_page(http: httpx2.Client) -> None:
    headers = {"Origin": EVIL, "Sec-Fetch-Site": "cross-site", "Authorization": "Bearer any"}
    answer = http.get("/api/v1/tasks", headers=headers)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")


def test_no_answer_of_the_control_routes_is_for_other_pages(http: httpx2.Client) -> None:
    for path in ("/state", "/health", "/docs", "/openapi.json", "/nope"):
        answer = http.get(f"/_fake{path}", headers={"Origin": "http://127.0.0.1:5262"})
        assert [name for name in answer.headers if name.startswith("access-control")] == []


# ---------------------------------------------------------------- names


@each_call
def test_a_name_that_a_page_led_here_is_refused(http: httpx2.Client, method: str, path: str) -> None:
    says = (
        "The control routes do not answer at rebound.evil.com, because a page on the internet can lead its own name "
        "here: ask at an address, or start the fake with --control-host rebound.evil.com."
    )
    headers = {"Host": "rebound.evil.com:5262", "Origin": "http://rebound.evil.com:5262"}
    assert refused(http.request(method, f"/_fake{path}", headers=headers)) == ("Refused host", says)


@pytest.mark.parametrize(
    "host",
    [
        "evil.com", "EVIL.COM", "evil.com.", "127.0.0.1.nip.io", "localhost.evil.com", "kanbert.dev:5262",
        "local.evil.xn--p1ai", "internal.com", "evil.latest", "evil.internal.com", "test.com:80", "api.kanbert.com",
    ],
)  # fmt: skip
def test_names_that_anybody_can_register_are_refused(http: httpx2.Client, host: str) -> None:
    assert refused(http.get("/_fake/state", headers={"Host": host}))[0] == "Refused host"


@pytest.mark.parametrize(
    "host",
    [
        "localhost:5262", "LOCALHOST", "localhost.", "app.localhost", "127.0.0.1", "127.8.9.10:80", "10.0.0.7:5262",
        "192.168.1.2", "8.8.8.8", "[::1]:5262", "[fe80::1]", "kanbert:5262", "kanbert", "my-fake_1:5262",
        "host.docker.internal:5262", "kanbert.shop_default:5262", "kanbert.default.svc", "fake.test",
        "kanbert.default.svc.cluster.local:5262", "laptop.local", "nas.home.arpa", "",
    ],
)  # fmt: skip
def test_addresses_and_names_of_machines_containers_and_clusters_are_answered(http: httpx2.Client, host: str) -> None:
    assert http.get("/_fake/clock", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("method, path", [("GET", "/health"), ("GET", "/ready"), ("HEAD", "/ready")])
def test_health_is_told_at_any_name(http: httpx2.Client, method: str, path: str) -> None:
    assert http.request(method, f"/_fake{path}", headers={"Host": "lb.example.com"}).status_code == 200


@pytest.mark.parametrize(
    "switches",
    [
        {"control_host": ["other.example.com", "Fake.Example.com"]},
        {"control_host": ["*"]},
        {"public_url": "https://fake.example.com:8443"},
    ],
)
def test_a_name_may_be_allowed(switches: dict[str, Any]) -> None:
    http = client("fake.example.com:5262", **switches)
    assert http.get("/_fake/clock").status_code == 200


def test_a_name_that_is_allowed_allows_no_other() -> None:
    http = client("sub.fake.example.com", control_host=["fake.example.com"])
    assert refused(http.get("/_fake/clock"))[0] == "Refused host"


def test_the_service_answers_at_any_name(http: httpx2.Client) -> None:
    answer = http.get("/api/v1/whoami", headers={"Host": "api.kanbert.com", "Authorization": "Bearer any"})
    assert answer.status_code == 200
