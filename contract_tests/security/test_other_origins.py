"""Pages of other sites in somebody's browser: what they can ask of the service, and not of the control routes."""

from typing import Any

import httpx2
import pytest

from contract_tests.client import Api, InProcess
from contract_tests.control import own_server
from contract_tests.control.description import each_operation
from contract_tests.control.own_server import shared
from contract_tests.declared import path_of
from contract_tests.expected import FILE_DATA, LOGO, Json
from fake_server.app import create_app
from fake_server.resources import OPERATIONS
from fake_server.settings import Settings

pytestmark = pytest.mark.proves("README: Security")

fake = own_server.fake

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


def cors(answer: httpx2.Response) -> Json:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


def refused(answer: httpx2.Response) -> tuple[str, str]:
    """Title and sentence of a refusal, of which no other page can read anything."""
    found = answer.json()
    assert (answer.status_code, found["status"]) == (403, 403), found
    assert answer.headers["content-type"] == "application/problem+json"
    assert cors(answer) == {}
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


@pytest.mark.parametrize(
    "public_url, origin",
    [
        ("https://fake.example.com:443", "https://fake.example.com"),
        ("http://fake.example.com:80/behind", "http://fake.example.com"),
        ("https://fake.example.com", "https://fake.example.com:443"),
    ],
)
def test_the_port_that_a_scheme_has_anyway_makes_no_other_origin(public_url: str, origin: str) -> None:
    http = client("kanbert:5262", public_url=public_url)
    assert http.post("/_fake/reset", headers={"Origin": origin}).status_code == 200
    for other in ("https://fake.example.com:8443", "https://fake.example.com:80", "http://fake.example.com:443"):
        assert refused(http.post("/_fake/reset", headers={"Origin": other}))[0] == "Refused origin"


@pytest.mark.parametrize("host, origin", [("kanbert:80", "http://kanbert"), ("kanbert:443", "https://kanbert")])
def test_nor_does_it_where_only_the_host_says_it(host: str, origin: str) -> None:
    http = client(host)
    assert http.post("/_fake/reset", headers={"Host": host, "Origin": origin}).status_code == 200


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
    for path in ("/state", "/health", "/ready", "/docs", "/openapi.json", f"/files/{FILE_DATA['id']}", "/nope"):
        for origin in ("http://127.0.0.1:5262", EVIL):
            answer = http.get(f"/_fake{path}", headers={"Origin": origin})
            assert cors(answer) == {}


# ---------------------------------------------------------------- what the service allows them

ORIGIN = {"Origin": EVIL}
EXPOSED = {"x-fake-hint", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"}


@pytest.mark.proves("E6")
@pytest.mark.parametrize(
    "path, token, status",
    [
        ("/tasks", "contract", 200),
        ("/tasks?sort=nope", "contract", 400),
        ("/tasks", "", 401),
        ("/tasks/none", "contract", 404),
        ("/nope", "contract", 404),
    ],
)
def test_any_origin_may_read_every_answer_of_the_service(path: str, token: str, status: int) -> None:
    answer = shared().as_token(token).get(path, headers=ORIGIN)
    exposed = {name.strip().lower() for name in answer.headers["access-control-expose-headers"].split(",")}
    assert (answer.status_code, exposed) == (status, EXPOSED)
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.proves("E6")
def test_without_an_origin_there_is_nothing_to_allow(fake: Api) -> None:
    assert cors(fake.get("/tasks")) == {}


@pytest.mark.proves("E6")
@each_operation
def test_a_preflight_allows_what_the_browser_is_about_to_send(fake: Api, name: str) -> None:
    operation, sent = OPERATIONS[name], "authorization, content-type"
    wanted = {"Access-Control-Request-Method": operation.method, "Access-Control-Request-Headers": sent}
    answer = fake.http.options(f"/api/v1{path_of(fake, operation)}", headers={**ORIGIN, **wanted})
    found = cors(answer)
    assert (answer.status_code, answer.content, found["access-control-allow-origin"]) == (204, b"", "*")
    assert operation.method in found["access-control-allow-methods"]
    assert found["access-control-allow-headers"] == sent


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
