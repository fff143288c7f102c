"""The tester's hand under /_fake, the description of the service, and what stands beside both."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2
import pytest
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import validate

from contract_tests.client import NOW, Api, InProcess, hint
from contract_tests.declared import LISTINGS, call, content_of, path_of
from contract_tests.expected import (
    BOT,
    BOT_DATA,
    BRIEF,
    FILE_DATA,
    FIRST_COMMENT,
    LOGO,
    LOGO_DATA,
    PETER_DATA,
    PROJECT,
    SLUG,
    ZOE,
    ZOE_DATA,
)
from contract_tests.webhooks.receiver import Receiver
from contract_tests.webhooks.webhook_server import running
from fake_server.app import Fake, create_app
from fake_server.declare.operation import Operation
from fake_server.resources import OPERATIONS
from fake_server.seeds import FIXTURES
from fake_server.settings import Settings

pytestmark = pytest.mark.proves("README: Control API")

Json = dict[str, Any]


def server(world: str = "small", seeded: bool = True, **switches: Any) -> Api:
    """A server of its own in this process, whichever one the other tests ask."""
    fake = Fake(Settings.model_validate({"world": world, "now": NOW, "check_answers": True, **switches}))
    if seeded:
        fake.seed()
    transport = InProcess(create_app(fake=fake))
    return Api(httpx2.Client(transport=transport, base_url="http://fake.test"), "contract")


shared = cache(server)


@pytest.fixture
def fake() -> Api:
    """The small world, as it was seeded."""
    shared().control("POST", "/reset")
    return shared()


def ask(api: Api, method: str, path: str, content: str | bytes | None = None, **more: Any) -> httpx2.Response:
    return api.http.request(method, f"/_fake{path}", content=content, **more)


def problem(answer: httpx2.Response) -> tuple[int, str]:
    """Status and sentence of a refusal, which must be a whole problem."""
    found = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(found) == {"title", "detail", "status"}
    assert found["status"] == answer.status_code
    assert found["title"]
    return answer.status_code, found["detail"]


# ---------------------------------------------------------------- health and ready


def test_health_says_that_it_is_alive(fake: Api) -> None:
    answer = ask(fake, "GET", "/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("world, tasks", [("small", 3), ("demo", 150), ("empty", 0)])
def test_ready_says_which_world_was_loaded(world: str, tasks: int) -> None:
    answer = ask(server(world), "GET", "/ready")
    ready = {"status": "ready", "world": "default", "seed": world, "tasks": tasks}
    assert (answer.status_code, answer.json()) == (200, ready)


def test_ready_counts_the_tasks_that_there_are_now(fake: Api) -> None:
    fake.delete(f"/tasks/{BRIEF}")
    assert fake.control("GET", "/ready")["tasks"] == 2


ROUTES = """
GET / | GET /health | GET /ready | GET /openapi.json | GET /control.json | GET /docs
GET /worlds | POST /worlds | DELETE /worlds/{name} | POST /reset
GET /state | PUT /state | GET /diff | GET /coverage
GET /snapshots | DELETE /snapshots | GET /snapshots/{name} | POST /snapshots/{name} | DELETE /snapshots/{name}
POST /snapshots/{name}/restore
GET /records/{kind} | POST /records/{kind}
GET /records/{kind}/{id} | PATCH /records/{kind}/{id} | DELETE /records/{kind}/{id}
POST /tokens | DELETE /tokens/{token}
GET /clock | POST /clock/freeze | POST /clock/advance | POST /clock/resume
GET /faults | POST /faults | DELETE /faults | DELETE /faults/{id}
GET /requests | GET /requests/count | GET /requests/wait | DELETE /requests
GET /webhooks | POST /webhooks | DELETE /webhooks | DELETE /webhooks/{id}
GET /deliveries | GET /deliveries/{id} | POST /deliveries/{id}/resend | POST /flush | POST /trigger
GET /files/{id} | POST /explain
"""
"""Every route of the tester's hand, by hand."""
EVERY = [tuple(route.split()) for line in ROUTES.strip().splitlines() for route in line.split("|")]
ABOUT_THE_SERVER = {"/", "/health", "/openapi.json", "/control.json", "/docs", "/worlds"}
ANY = {"name": "any", "kind": "task", "id": "any", "token": "any"}
"""What paths are filled with."""
NEEDS_A_WORLD = [(method, path.format_map(ANY)) for method, path in EVERY if path not in ABOUT_THE_SERVER]
each_that_needs_a_world = pytest.mark.parametrize("method, path", NEEDS_A_WORLD)


@each_that_needs_a_world
def test_until_it_is_loaded_a_route_that_needs_the_world_says_so(method: str, path: str) -> None:
    answer = ask(server(seeded=False), method, path)
    assert problem(answer) == (503, "The world small is being loaded.")


@pytest.mark.parametrize("path", ["/health", "/openapi.json", "/docs"])
def test_what_needs_no_world_is_answered_before_there_is_one(path: str) -> None:
    assert ask(server(seeded=False), "GET", path).status_code == 200


@pytest.mark.parametrize("method, path", [("GET", "/tasks"), ("POST", "/tasks"), ("GET", "/whoami")])
def test_until_it_is_loaded_the_service_is_unavailable(method: str, path: str) -> None:
    answer = server(seeded=False).ask(method, path)
    assert (answer.status_code, answer.json()) == (503, {"message": "Service Unavailable"})
    assert hint(answer) == "The world is being loaded: wait for GET /_fake/ready."


@pytest.mark.parametrize("method, path", [one for one in NEEDS_A_WORLD if one[1] != "/worlds/any"])
@pytest.mark.parametrize("name, near", [("nope", "known: default."), ("defautl", "did you mean default?")])
def test_an_unknown_world_is_a_problem_that_names_the_nearest(
    fake: Api, method: str, path: str, name: str, near: str
) -> None:
    answer = ask(fake, method, f"{path}?world={name}")
    assert problem(answer) == (404, f"There is no world {name}; {near}")


def test_the_default_world_may_be_named(fake: Api) -> None:
    assert ask(fake, "GET", "/ready?world=default").json() == ask(fake, "GET", "/ready").json()


# ---------------------------------------------------------------- reset


def everything(api: Api) -> list[Json]:
    return [record for path in ("/users", "/clients", "/projects", "/tasks") for record in api.walk(path)]


@pytest.mark.proves("T6")
def test_reset_leads_back_to_the_seed(fake: Api) -> None:
    before = everything(fake)
    fake.post("/tasks", {"title": "T", "project_id": PROJECT})
    fake.patch(f"/tasks/{LOGO}", {"title": "T"})
    fake.delete(f"/tasks/{BRIEF}")
    answer = ask(fake, "POST", "/reset")
    assert (answer.status_code, answer.json()) == (200, {"world": "default", "tasks": 3})
    assert everything(fake) == before


def test_reset_to_the_seed_is_what_reset_does(fake: Api) -> None:
    fake.delete(f"/tasks/{BRIEF}")
    assert fake.control("POST", "/reset?to=seed") == {"world": "default", "tasks": 3}


@pytest.mark.proves("T6")
def test_after_a_reset_the_same_calls_give_the_same_ids(fake: Api) -> None:
    def made() -> list[Any]:
        task = fake.post("/tasks", {"title": "T", "project_id": PROJECT}).json()
        file = fake.ask("POST", f"/tasks/{task['id']}/upload", files={"file": ("a.txt", b"a")}).json()
        return [task, file, fake.control("POST", "/tokens")]

    first = made()
    fake.control("POST", "/reset")
    assert made() == first


FORGOTTEN = "This token was forgotten by a reset or the like: register it again."


@pytest.mark.proves("A5")
def test_reset_forgets_registered_and_revoked_tokens_but_not_those_of_the_seed(fake: Api) -> None:
    fake.register(token="mine", user=ZOE)
    for revoked in ("any", "guest-token"):
        ask(fake, "DELETE", f"/tokens/{revoked}")
    fake.control("POST", "/reset")
    users = {"any": BOT_DATA, "guest-token": PETER_DATA, "user-token": ZOE_DATA}
    assert {token: fake.as_token(token).data("/whoami") for token in users} == users
    answer = fake.as_token("mine").get("/whoami")
    assert (answer.status_code, hint(answer)) == (401, FORGOTTEN)


@pytest.mark.proves("A3")
def test_reset_begins_a_new_rate_window() -> None:
    api = server(rate_limit=1)
    assert [api.get("/whoami").status_code for _ in range(2)] == [200, 429]
    api.control("POST", "/reset")
    assert api.get("/whoami").status_code == 200


def test_reset_to_empty_leaves_only_the_people(fake: Api) -> None:
    users = fake.data("/users")
    assert fake.control("POST", "/reset?to=empty") == {"world": "default", "tasks": 0}
    assert everything(fake) == users
    assert fake.as_token("guest-token").data("/whoami") == PETER_DATA
    assert ask(fake, "GET", f"/files/{FILE_DATA['id']}").status_code == 404


def test_after_a_reset_to_empty_a_reset_finds_the_seed_again(fake: Api) -> None:
    before = everything(fake)
    for to in ("empty", "seed"):
        fake.control("POST", f"/reset?to={to}")
    assert everything(fake) == before
    assert ask(fake, "GET", f"/files/{FILE_DATA['id']}").status_code == 200


def test_reset_to_something_else_is_refused_and_changes_nothing(fake: Api) -> None:
    fake.delete(f"/tasks/{BRIEF}")
    assert problem(ask(fake, "POST", "/reset?to=empti")) == (422, "to cannot be empti; did you mean empty?")
    assert fake.control("GET", "/ready")["tasks"] == 2


# ---------------------------------------------------------------- tokens


def in_seconds(seconds: int) -> str:
    at = datetime.fromisoformat(NOW) + timedelta(seconds=seconds)
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


PLAIN = {"user": BOT, "scopes": None, "integration": SLUG, "expires_at": None, "world": "default"}


@pytest.mark.proves("A1", "README: Users, scopes, tokens")
@pytest.mark.parametrize(
    "wanted, made",
    [
        ({"token": "mine"}, {"token": "mine"}),
        ({"token": "a/b+c=="}, {"token": "a/b+c=="}),
        ({"user": ZOE}, {"user": ZOE}),
        ({"user": "zoe.mueller@example.com"}, {"user": ZOE}),
        ({"scopes": ["client:write"]}, {"scopes": ["client:write"]}),
        ({"scopes": []}, {"scopes": []}),
        ({"integration": "jira"}, {"integration": "jira"}),
        ({"expires_in": 60}, {"expires_at": in_seconds(60)}),
        ({"expires_in": -60}, {"expires_at": in_seconds(-60)}),
        ({"token": None, "user": None, "scopes": None, "integration": None, "expires_in": None}, {}),
    ],
)
def test_a_token_is_made_as_it_was_wanted(fake: Api, wanted: Json, made: Json) -> None:
    answer = ask(fake, "POST", "/tokens", json=wanted)
    found = answer.json()
    assert (answer.status_code, found) == (201, {**PLAIN, "token": found["token"], **made})


@pytest.mark.parametrize("content", [b"", b"{}"])
def test_a_token_may_be_made_without_saying_anything(fake: Api, content: bytes) -> None:
    first, second = (ask(fake, "POST", "/tokens", content).json() for _ in range(2))
    assert first == {**PLAIN, "token": first["token"]}
    assert re.fullmatch(r"[\x21-\x7e]{8,}", first["token"])
    assert second["token"] != first["token"]


def test_made_up_tokens_are_the_same_in_every_run() -> None:
    first, second = ([server().control("POST", "/tokens")["token"] for _ in range(2)] for _ in range(2))
    assert first == second


@pytest.mark.proves("A1", "A2")
def test_a_token_acts_as_its_user(fake: Api) -> None:
    assert fake.register(user=ZOE).data("/whoami") == ZOE_DATA


@pytest.mark.proves("L12")
def test_a_token_of_a_guest_sees_what_a_guest_sees(fake: Api) -> None:
    seen = [task["uri"] for task in fake.register(user="peter.sorensen@example.org").walk("/tasks")]
    assert seen == ["WEB-2", "WEB-3"]


@pytest.mark.proves("A1", "E3")
def test_a_token_has_the_scopes_that_were_given_and_no_others(fake: Api) -> None:
    reader = fake.register(scopes=["task-management:read"])
    assert reader.get("/tasks").status_code == 200
    assert reader.delete(f"/tasks/{BRIEF}").status_code == 403
    assert fake.register(scopes=[]).get("/tasks").status_code == 403


@pytest.mark.proves("A1", "external-id.origin-default")
def test_a_tokens_integration_is_the_origin_of_its_external_ids(fake: Api) -> None:
    wanted = {"title": "T", "project_id": PROJECT, "external_id": "E"}
    made = fake.register(integration="jira").post("/tasks", wanted)
    assert made.json()["external_origin"] == "jira"


@pytest.mark.proves("A1")
@pytest.mark.parametrize("seconds, status", [(1, 200), (0, 401), (-1, 401)])
def test_a_token_is_good_until_it_expires(fake: Api, seconds: int, status: int) -> None:
    answer = fake.register(expires_in=seconds).get("/whoami")
    assert answer.status_code == status
    assert hint(answer) == ("" if status == 200 else "This token has expired.")


def test_a_token_registered_again_is_what_it_was_last_registered_as(fake: Api) -> None:
    fake.register(token="mine", user=ZOE, scopes=[])
    assert fake.register(token="mine", user="peter.sorensen@example.org").data("/whoami") == PETER_DATA
    assert fake.as_token("mine").get("/tasks").status_code == 200


@pytest.mark.parametrize(
    "content, sentence",
    [
        ('{"scope": []}', "There is no field scope; did you mean scopes?"),
        ('{"usr": "x"}', "There is no field usr; did you mean user?"),
        ('{"expires": 1}', "There is no field expires; did you mean expires_in?"),
        ('{"user": "zoe@example.com"}', "There is no user zoe@example.com; did you mean zoe.mueller@"),
        (f'{{"user": "{LOGO}"}}', f"There is no user {LOGO}; "),
        ('{"user": ""}', "There is no user "),
        ('{"user": 1}', "user: must be a string, "),
        ('{"scopes": ["client:writ"]}', "There is no scope client:writ; did you mean client:write?"),
        ('{"scopes": ["client:write", "all"]}', "There is no scope all; known: "),
        ('{"scopes": "client:write"}', "scopes: must be a list of strings."),
        ('{"scopes": [1]}', "scopes: must be a list of strings."),
        ('{"integration": ""}', "integration: must be a string, "),
        ('{"integration": 1}', "integration: must be a string, "),
        ('{"expires_in": "60"}', "expires_in: must be an integer, "),
        ('{"expires_in": 1.5}', "expires_in: must be an integer, "),
        ('{"expires_in": true}', "expires_in: must be an integer, "),
        ('{"expires_in": 10000000000}', "expires_in: "),
        ('{"token": ""}', "token: must be a string of printable ASCII characters without spaces."),
        ('{"token": "two words"}', "token: must be a string of printable ASCII characters without spaces."),
        ('{"token": "schlüssel"}', "token: must be a string of printable ASCII characters without spaces."),
        ('{"token": 1}', "token: must be a string of printable ASCII characters without spaces."),
        ("[]", "body: must be a JSON object with any of token, user, scopes, integration, expires_in."),
        ('{"user": ', "body: is no JSON: EOF while parsing a value at line 1 column 9."),
    ],
)
def test_a_token_that_cannot_be_made_is_a_problem(fake: Api, content: str, sentence: str) -> None:
    status, detail = problem(ask(fake, "POST", "/tokens", content.encode()))
    assert (status, detail[: len(sentence)]) == (422, sentence)


def test_a_token_that_cannot_be_made_is_not_made(fake: Api) -> None:
    ask(fake, "POST", "/tokens", '{"token": "not made", "user": "nobody"}')
    assert fake.as_token("not made").data("/whoami") == BOT_DATA


def test_a_control_body_is_bounded(fake: Api) -> None:
    assert problem(ask(fake, "POST", "/tokens", b" " * (1024 * 1024 + 1)))[0] == 413


@pytest.mark.proves("A1")
@pytest.mark.parametrize("token", ["mine", "guest-token", "never-registered"])
def test_a_revoked_token_is_good_for_nothing(fake: Api, token: str) -> None:
    fake.register(token="mine", user=ZOE)
    answer = ask(fake, "DELETE", f"/tokens/{token}")
    refused = fake.as_token(token).get("/whoami")
    assert (answer.status_code, answer.json()) == (200, {"token": token, "revoked": True})
    assert (refused.status_code, refused.json()) == (401, {"message": "Unauthenticated."})
    assert hint(refused) == "This token was revoked."


def test_a_token_is_revoked_whatever_signs_it_is_made_of(fake: Api) -> None:
    token = fake.register(token="a/b+c==")
    assert ask(fake, "DELETE", "/tokens/a%2Fb%2Bc%3D%3D").json() == {"token": "a/b+c==", "revoked": True}
    assert token.get("/whoami").status_code == 401


def test_a_revoked_token_is_good_again_when_it_is_registered_again(fake: Api) -> None:
    ask(fake, "DELETE", "/tokens/mine")
    assert fake.register(token="mine", user=ZOE).data("/whoami") == ZOE_DATA


@pytest.mark.proves("A1")
def test_a_strict_server_knows_registered_tokens_only() -> None:
    api = server(strict_auth=True, token=["ci"])
    refused = api.get("/whoami")
    assert (refused.status_code, refused.json()) == (401, {"message": "Unauthenticated."})
    assert hint(refused) == "This token is not registered, and the server is strict: POST /_fake/tokens."
    for known, user in (("ci", BOT_DATA), ("guest-token", PETER_DATA)):
        assert api.as_token(known).data("/whoami") == user
    assert api.register(user=ZOE).data("/whoami") == ZOE_DATA


def test_a_strict_server_has_no_unregistered_token_to_revoke() -> None:
    status, _ = problem(ask(server(strict_auth=True), "DELETE", "/tokens/never-registered"))
    assert status == 404


@pytest.mark.proves("A3")
def test_control_calls_are_never_limited() -> None:
    api, token = server(rate_limit=1), {"Authorization": "Bearer contract"}
    api.get("/whoami")
    for path in ("/health", "/ready", "/openapi.json", f"/files/{FILE_DATA['id']}"):
        assert ask(api, "GET", path, headers=token).status_code == 200


# ---------------------------------------------------------------- files


def test_a_file_of_the_seed_is_its_sample_to_the_byte(fake: Api) -> None:
    answer = ask(fake, "GET", f"/files/{FILE_DATA['id']}")
    assert answer.content == (FIXTURES / "files" / "brief.txt").read_bytes()
    assert (len(answer.content), answer.headers["content-type"]) == (FILE_DATA["size"], "text/plain")
    assert answer.headers["content-disposition"] == "inline; filename*=UTF-8''brief.txt"


@pytest.mark.proves("T20")
@pytest.mark.parametrize(
    "name, mime, content, sent_mime, sent_name",
    [
        ("a.bin", "application/pdf", bytes(range(256)), "application/pdf", "a.bin"),
        ("empty.txt", "text/plain", b"", "text/plain", "empty.txt"),
        ("Müller & Söhne.txt", "text/plain", b"x", "text/plain", "M%C3%BCller%20%26%20S%C3%B6hne.txt"),
        ("x.html", "text/html", b"<script>", "text/html", "x.html"),
        ("x", "text/html\u00e9", b"x", "application/octet-stream", "x"),
    ],
)
def test_an_uploaded_file_is_answered_as_it_was_sent_and_cannot_run_here(
    fake: Api, name: str, mime: str, content: bytes, sent_mime: str, sent_name: str
) -> None:
    made = fake.ask("POST", f"/tasks/{LOGO}/upload", files={"file": (name, content, mime)}).json()
    answer = ask(fake, "GET", f"/files/{made['id']}")
    headers = {
        "content-type": sent_mime,
        "content-disposition": f"inline; filename*=UTF-8''{sent_name}",
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox",
    }
    assert (answer.status_code, answer.content) == (200, content)
    assert {header: answer.headers[header] for header in headers} == headers


@pytest.mark.parametrize("id", ["none", LOGO, "%FF", "LsapnHb3x"])
def test_a_file_that_is_none_is_a_problem(fake: Api, id: str) -> None:
    status, detail = problem(ask(fake, "GET", f"/files/{id}"))
    assert (status, detail.split(" id ")[0]) == (404, "There is no file with the")


@pytest.mark.proves("T15")
def test_a_file_goes_with_its_task(fake: Api) -> None:
    fake.delete(f"/tasks/{LOGO}")
    assert ask(fake, "GET", f"/files/{FILE_DATA['id']}").status_code == 404


# ---------------------------------------------------------------- unknown routes, wrong methods


@pytest.mark.parametrize(
    "method, path, near",
    [
        ("GET", "/helth", "GET /_fake/health"),
        ("GET", "/health/", "GET /_fake/health"),
        ("POST", "/resets", "POST /_fake/reset"),
        ("GET", "/openapi.jsn", "GET /_fake/openapi.json"),
        ("DELETE", "/tokens", "DELETE /_fake/tokens/{token}"),
        ("GET", "/files", "GET /_fake/files/{id}"),
    ],
)
def test_an_unknown_control_route_is_a_problem_that_names_the_nearest(
    fake: Api, method: str, path: str, near: str
) -> None:
    status, detail = problem(ask(fake, method, path))
    assert (status, detail) == (404, f"There is no {method} /_fake{path}; did you mean {near}?")


@pytest.mark.parametrize(
    "method, path, near",
    [
        ("POST", "/health", "GET /_fake/health"),
        ("DELETE", "/ready", "GET /_fake/ready"),
        ("GET", "/reset", "POST /_fake/reset"),
        ("PUT", "/tokens", "POST /_fake/tokens"),
        ("PATCH", "/openapi.json", "GET /_fake/openapi.json"),
    ],
)
def test_a_wrong_method_is_a_problem_with_the_right_one(fake: Api, method: str, path: str, near: str) -> None:
    status, detail = problem(ask(fake, method, path))
    assert status in (404, 405)
    assert near in detail


@pytest.mark.parametrize("path", sorted({path for _, path in EVERY if "{" not in path}))
def test_of_a_known_path_with_another_method_the_routes_there_are_named(fake: Api, path: str) -> None:
    has = {method for method, known in EVERY if known == path}
    wrong = next(method for method in ("GET", "POST", "PUT") if method not in has)
    status, detail = problem(ask(fake, wrong, path))
    named = re.findall(r"[A-Z]+ (/_fake/[^?,\s]*)", detail.partition(";")[2])
    assert (status, bool(named)) == (404, True)
    assert all(one.startswith(f"/_fake{path}") for one in named)


@pytest.mark.parametrize("path", ["/health", "/tokens", "/nope"])
def test_a_method_that_no_control_route_has_is_a_problem_too(fake: Api, path: str) -> None:
    status, _ = problem(ask(fake, "OPTIONS", path))
    assert status in (404, 405)


@pytest.mark.parametrize("path", ["/health", "/ready", f"/files/{FILE_DATA['id']}", "/openapi.json"])
def test_head_is_get_without_a_body(fake: Api, path: str) -> None:
    head, get = ask(fake, "HEAD", path), ask(fake, "GET", path)
    assert (head.status_code, dict(head.headers)) == (200, dict(get.headers))


# ---------------------------------------------------------------- the index of routes


def index() -> list[Json]:
    found: list[Json] = shared().control("GET", "/control.json")["data"]
    return found


def test_the_index_has_every_route_once() -> None:
    listed = [(row["method"], row["path"]) for row in index()]
    assert sorted(listed) == sorted((method, f"/_fake{path}") for method, path in EVERY)


def test_the_index_says_of_every_route_what_it_does_in_a_sentence() -> None:
    assert all(set(row) == {"method", "path", "parameters", "says"} for row in index())
    assert all(re.fullmatch(r"\S.*\.", row["says"]) for row in index())


@pytest.mark.parametrize("method, path", EVERY)
def test_every_route_refuses_an_unknown_parameter_and_names_the_known_ones(fake: Api, method: str, path: str) -> None:
    known = next(row["parameters"] for row in index() if (row["method"], row["path"]) == (method, f"/_fake{path}"))
    status, sentence = problem(ask(fake, method, f"{path.format_map(ANY)}?zzz=1"))
    assert status == 422
    if not known:
        assert sentence == "There is no parameter zzz; there are none."
    elif known == ["<field>", "world"]:
        assert sentence.startswith("task has no field zzz; known: ")
    else:
        assert sentence.startswith("There is no parameter zzz; known: ")
        assert set(known[:10]) <= set(re.findall(r"\w+", sentence))


# ---------------------------------------------------------------- openapi.json


@cache
def description() -> Json:
    found: Json = ask(shared(), "GET", "/openapi.json").json()
    return found


def described_path(operation: Operation) -> str:
    """OpenAPI allows one name for a place in a path: what is printed as {task} is described as {id}."""
    return operation.path.replace("{task}", "{id}")


def described(operation: Operation) -> Json:
    found: Json = description()["paths"][described_path(operation)][operation.method.lower()]
    return found


def resolved(part: Json) -> Json:
    """What a $ref of the description leads to."""
    while "$ref" in part:
        start, *steps = part["$ref"].split("/")
        assert start == "#"
        part = description()
        for step in steps:
            part = part[step]
    return part


def faults(schema: Json, value: Any) -> list[str]:
    """Everything in which a value does not fulfil a schema of the description."""
    whole = {"components": description()["components"], **schema}
    errors = OAS31Validator(whole, format_checker=oas31_format_checker).iter_errors(value)
    return [f"{error.json_path}: {error.message}" for error in errors]


def parts(value: Any) -> Iterator[Json]:
    """Every object inside a JSON value."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(part)


READS = [name for name, operation in OPERATIONS.items() if operation.method == "GET"]
WRITES = [name for name in OPERATIONS if name not in READS]
each_operation = pytest.mark.parametrize("name", OPERATIONS)


def test_the_description_is_valid_openapi_3_1() -> None:
    assert description()["openapi"].startswith("3.1.")
    validate(description())


@pytest.mark.proves("README: What is answered")
def test_the_description_says_what_is_served_and_nothing_else() -> None:
    found = {
        (operation["operationId"], method.upper(), path)
        for path, methods in description()["paths"].items()
        for method, operation in methods.items()
    }
    assert found == {(name, operation.method, described_path(operation)) for name, operation in OPERATIONS.items()}


def test_every_reference_inside_the_description_leads_somewhere() -> None:
    found = [part["$ref"] for part in parts(description()) if isinstance(part.get("$ref"), str)]
    assert len(found) > len(OPERATIONS)
    for ref in found:
        assert resolved({"$ref": ref}), ref


def test_nothing_that_is_described_is_never_used() -> None:
    used = {part["$ref"] for part in parts(description()) if isinstance(part.get("$ref"), str)}
    known = {
        f"#/components/{kind}/{name}"
        for kind, named in description()["components"].items()
        for name in named
        if kind != "securitySchemes"
    }
    assert known - used == set()


@pytest.mark.proves("service.base-url")
def test_the_paths_are_below_the_server_that_the_description_names() -> None:
    [named] = description()["servers"]
    assert urljoin("http://fake.test/_fake/openapi.json", named["url"]) == "http://fake.test/api/v1"


@pytest.mark.proves("README: What is answered")
@each_operation
def test_every_operation_says_how_it_is_known(name: str) -> None:
    evidence = described(OPERATIONS[name])["x-evidence"]
    assert evidence["mark"] in ("documented", "inferred", "chosen")
    assert set(evidence) <= {"mark", "source", "gap"}
    assert evidence["source"]


@each_operation
def test_every_operation_has_a_summary_a_tag_and_its_parameters(name: str) -> None:
    operation, found = OPERATIONS[name], described(OPERATIONS[name])
    in_path = [parameter["name"] for parameter in found["parameters"] if parameter["in"] == "path"]
    known = [tag["name"] for tag in description()["tags"]]
    assert found["summary"]
    assert [tag for tag in found["tags"] if tag in known] == found["tags"] != []
    assert in_path == re.findall(r"\{(\w+)\}", described_path(operation))
    assert found.get("x-printed-path", operation.path) == operation.path


@each_operation
def test_every_answer_has_an_example_that_fulfils_its_own_schema(name: str) -> None:
    for status, answer in described(OPERATIONS[name])["responses"].items():
        [content] = resolved(answer)["content"].values()
        assert faults(content["schema"], content["example"]) == [], status


@pytest.mark.parametrize("name", [name for name, operation in OPERATIONS.items() if operation.body])
def test_every_body_has_an_example_that_fulfils_its_own_schema(name: str) -> None:
    operation = OPERATIONS[name]
    for mime, content in described(operation)["requestBody"]["content"].items():
        if mime == "application/json":
            assert faults(content["schema"], content["example"]) == []
        else:
            assert mime == "multipart/form-data"
            assert content["schema"]["required"] == list(content["schema"]["properties"])


@pytest.mark.parametrize("name", LISTINGS)
def test_the_examples_of_a_lists_parameters_can_be_asked_for(fake: Api, name: str) -> None:
    examples = [one for one in described(OPERATIONS[name])["parameters"] if "example" in one]
    for one in examples:
        answer = fake.get(path_of(fake, OPERATIONS[name]), {one["name"]: one["example"]})
        assert (answer.status_code, faults(one["schema"], one["example"])) == (200, []), answer.text


def pages(api: Api, path: str, params: Json) -> Iterator[httpx2.Response]:
    """The answer to a read, and to those that its links lead to."""
    answer = api.get(path, params)
    yield answer
    while following := answer.json().get("meta", {}).get("next_cursor_url"):
        answer = api.follow(following)
        yield answer


def with_everything(operation: Operation) -> Json:
    includes = ",".join(operation.listing.includes) if operation.listing else ""
    return {"include": includes} if includes else {}


@pytest.mark.proves(
    "task.required-fields",
    "task.types",
    "user.fields",
    "client.fields",
    "client.full-fields",
    "project.fields",
    "phase.fields",
    "lists.envelope",
)
@pytest.mark.parametrize(
    "world, name",
    [
        (world, name)
        for world in ("small", "demo", "empty")
        for name in READS
        if world != "empty" or not OPERATIONS[name].parameters
    ],
)
def test_every_real_answer_of_a_read_fulfils_the_described_schema(world: str, name: str) -> None:
    api, operation = shared(world), OPERATIONS[name]
    api.control("POST", "/reset")
    [content] = described(operation)["responses"]["200"]["content"].values()
    for params in ({}, with_everything(operation)):
        for page in pages(api, path_of(api, operation), params):
            assert page.status_code == 200, page.text
            assert faults(content["schema"], page.json()) == []


@pytest.mark.proves("task.required-fields", "task.types", "comment.required-fields", "comment.types", "file.fields")
@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize("status", [200, 201])
def test_every_real_answer_of_a_write_fulfils_the_described_schema(name: str, status: int) -> None:
    api, operation = server(created_status=status), OPERATIONS[name]
    found = ask(api, "GET", "/openapi.json").json()["paths"][described_path(operation)][operation.method.lower()]
    answer = call(api, operation)
    [content] = found["responses"][str(answer.status_code)]["content"].values()
    assert faults(content["schema"], answer.json()) == []


# ---------------------------------------------------------------- webhooks in the description

TOLD = {
    f"{kind}:{verb}": (shape, id)
    for kind, shape, id in (("task", "TaskData", LOGO), ("comment", "CommentData", FIRST_COMMENT))
    for verb in ("create", "update", "delete")
}
"""Every event, the shape of its data, and a record of the small world for it."""


def told(event: str) -> Json:
    """The described schema of what a receiver is sent."""
    [method] = description()["webhooks"][event]
    [content] = description()["webhooks"][event][method]["requestBody"]["content"].items()
    assert (method, content[0]) == ("post", "application/json")
    schema: Json = content[1]["schema"]
    return schema


@pytest.mark.proves("W12", "webhooks.task-create", "webhooks.task-update", "webhooks.task-delete")
def test_the_description_has_a_webhook_for_each_event() -> None:
    assert list(description()["webhooks"]) == list(TOLD)


@pytest.mark.proves("webhooks.payload")
@pytest.mark.parametrize("event", TOLD)
def test_a_webhook_is_described_with_the_printed_fields(event: str) -> None:
    properties = told(event)["properties"]
    assert list(properties) == ["event", "resource", "triggered_by", "data"]
    assert properties["event"]["const"] == event
    assert list(properties["resource"]["properties"]) == ["type", "id"]
    shapes = [properties[name]["$ref"].rpartition("/")[2] for name in ("triggered_by", "data")]
    assert shapes == ["UserData", TOLD[event][0]]


@pytest.mark.proves("W3")
@pytest.mark.parametrize("event", TOLD)
def test_a_webhook_says_what_the_receiver_answers_and_how_that_is_known(event: str) -> None:
    found = description()["webhooks"][event]["post"]
    mark = "documented" if event.startswith("task:") else "inferred"
    assert list(found["responses"]) == ["2XX"]
    assert found["responses"]["2XX"]["description"]
    assert (found["summary"], found["x-evidence"]["mark"]) == (event, mark)


@pytest.mark.proves("webhooks.payload", "webhooks.payload-user", "webhooks.payload-data", "W1")
def test_every_real_payload_fulfils_the_described_schema() -> None:
    with Receiver() as receiver, running(webhook_url=[receiver.url]) as api:
        for event, (_, id) in TOLD.items():
            api.control("POST", "/trigger", {"event": event, "id": id})
        api.control("POST", "/flush")
        payloads = [one.json for one in receiver.wait_for(len(TOLD))]
    assert sorted(payload["event"] for payload in payloads) == sorted(TOLD)
    for payload in payloads:
        assert list(payload) == list(told(payload["event"])["properties"])
        assert faults(told(payload["event"]), payload) == []


def test_a_payload_fulfils_the_schema_of_no_other_event() -> None:
    payload = {
        "event": "task:create", "resource": {"type": "task", "id": LOGO}, "triggered_by": BOT_DATA, "data": LOGO_DATA,
    }  # fmt: skip
    assert [event for event in TOLD if faults(told(event), payload) == []] == ["task:create"]


# ---------------------------------------------------------------- every error answer is described


BAD_QUERIES = (
    {"find_by": "nope"}, {"find_by[]": "id"}, {"find_by": "external_id", "origin[]": "x"}, {"x": "%"},
    {"sort": "x"}, {"include": "x"}, {"page[cursor]": "x"}, {"page[size]": "x"}, {"filter": "x eq"},
    {"filter": "(" * 9000},
)  # fmt: skip


def failing(operation: Operation) -> Iterator[httpx2.Response]:
    """Answers to everything that can go wrong with an operation."""
    api = server(rate_limit=1)
    path, sent = path_of(shared(), operation), content_of(shared(), operation)
    yield server(seeded=False).ask(operation.method, path, **sent)
    yield api.http.request(operation.method, f"/api/v1{path}")
    yield api.ask(operation.method, path, **sent)
    yield api.ask(operation.method, path, **sent)
    api = server()
    yield api.register(scopes=[]).ask(operation.method, path, **sent)
    yield api.ask(operation.method, path + "%FF", **sent)
    for params in BAD_QUERIES:
        yield api.ask(operation.method, path, params, **sent)
    if operation.parameters:
        yield call(api, operation, named="none")
    if operation.body:
        yield from badly_sent(api, operation, path)


def badly_sent(api: Api, operation: Operation, path: str) -> Iterator[httpx2.Response]:
    boundary = {"Content-Type": "multipart/form-data; boundary=b"}
    for kind in ("application/json", "text/plain", "multipart/form-data", boundary["Content-Type"]):
        for content in (b"{", b"[]", b"{}", b'{"title": 1, "external_id": 1}', b"--b--\r\n", b""):
            headers = {"Content-Type": kind}
            yield api.ask(operation.method, path, content=content, headers=headers)
    yield api.ask(operation.method, path, content=b" " * (8 * 1024 * 1024 + 1), headers={})
    yield api.ask(operation.method, path, files={"file": ("a", bytes(15 * 1024 * 1024 + 1))})


@pytest.mark.proves("E2", "errors.unauthenticated", "errors.not-found", "errors.validation")
@each_operation
def test_every_error_answer_is_described(name: str) -> None:
    known = described(OPERATIONS[name])["responses"]
    produced = set()
    for answer in failing(OPERATIONS[name]):
        status = str(answer.status_code)
        assert status in known, answer.text
        [content] = resolved(known[status])["content"].values()
        assert faults(content["schema"], answer.json()) == []
        produced.add(status)
    untold = set(known) - produced
    assert untold <= {"200", "413", "500"}, "described, but nothing here leads to it"


@pytest.mark.proves("A3")
def test_the_answer_to_too_many_requests_is_described_with_its_headers() -> None:
    api = server(rate_limit=1)
    first, limited = api.get("/whoami"), api.get("/whoami")
    sent = {name for name in limited.headers if name.startswith(("x-ratelimit-", "retry-"))}
    told = resolved(described(OPERATIONS["users.whoami"])["responses"]["429"])["headers"]
    assert (first.status_code, limited.status_code, len(sent)) == (200, 429, 4)
    assert sent <= {name.lower() for name in told}


# ---------------------------------------------------------------- docs


class Page(HTMLParser):
    """What a browser loads of its own accord, and the scripts."""

    LOADING = ("src", "srcset", "href", "data", "poster", "action", "background", "manifest")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        if tag != "a":
            self.loaded += [value for name, value in attrs if name in self.LOADING and value]

    def handle_endtag(self, tag: str) -> None:
        self.inside = "" if tag == self.inside else self.inside

    def handle_data(self, data: str) -> None:
        {"script": self.scripts, "style": self.styles}.get(self.inside, []).append(data)


@pytest.fixture(scope="module")
def docs() -> Page:
    answer = ask(shared(), "GET", "/docs")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    return Page(answer.text)


def test_the_page_shows_the_description_that_stands_beside_it(docs: Page) -> None:
    [shown] = re.findall(r"\burl:\s*['\"]([^'\"]+)['\"]", docs.scripts[-1].split("SwaggerUIBundle(")[-1])
    url = urljoin("http://fake.test/_fake/docs", shown)
    assert shared().http.get(url).json() == description()


def test_the_page_loads_nothing_from_anywhere_else(docs: Page) -> None:
    inside = "".join(docs.styles)
    styled = re.findall(r"(?:url\(|@import)\s*['\"]?([^'\")]*)", inside)
    outside = re.compile(r"\s*(https?:)?//", re.IGNORECASE)
    assert docs.loaded
    assert [url[:80] for url in (*docs.loaded, *styled) if outside.match(url)] == []


def test_the_scripts_of_the_page_fetch_nothing_from_anywhere_else(docs: Page) -> None:
    fetched = r"(?:fetch|importScripts|import|open|EventSource|WebSocket)\(\s*['\"`](?:https?|wss?):[^'\"`]*"
    assert [found for script in docs.scripts for found in re.findall(fetched, script)] == []


def test_the_page_sends_no_description_to_the_vendors_validator(docs: Page) -> None:
    if any("validator.swagger.io" in script for script in docs.scripts[:-1]):
        assert re.search(r"validatorUrl:\s*(null|''|\"\"|['\"]none['\"])", docs.scripts[-1])


# ---------------------------------------------------------------- the root and everything beside


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_browser_at_the_root_is_led_to_the_page(fake: Api, method: str) -> None:
    answer = fake.http.request(method, "/", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert 300 < answer.status_code < 400
    assert urlsplit(answer.headers["location"]).path == "/_fake/docs"


@pytest.mark.proves("E8")
@pytest.mark.parametrize("path", ["/", "/tasks", "/api", "/api/v1", "/api/v2/tasks", "/favicon.ico"])
def test_a_program_at_the_wrong_place_is_told_the_right_one(fake: Api, path: str) -> None:
    answer = fake.http.get(path, headers={"Accept": "*/*"})
    assert (answer.status_code, list(answer.json())) == (404, ["message"])
    assert hint(answer) == "The service is under /api/v1, the fake's own routes under /_fake."


@pytest.mark.parametrize("path", ["/", "/tasks"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_it_is_told_the_same_whatever_it_wants_to_do_there(fake: Api, method: str, path: str) -> None:
    answer = fake.http.request(method, path)
    assert answer.status_code in (404, 405)
    assert list(answer.json()) == ["message"]
    assert hint(answer) == "The service is under /api/v1, the fake's own routes under /_fake."


# ---------------------------------------------------------------- browsers on other origins

ORIGIN = {"Origin": "http://app.test"}
EXPOSED = {"x-fake-hint", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"}


def cors(answer: httpx2.Response) -> Json:
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


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


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
@pytest.mark.parametrize("path", ["/ready", "/openapi.json", "/nope", f"/files/{FILE_DATA['id']}"])
def test_no_foreign_origin_may_touch_the_control_routes(fake: Api, method: str, path: str) -> None:
    answer = ask(fake, method, path, headers={**ORIGIN, "Access-Control-Request-Method": "GET"})
    assert cors(answer) == {}
