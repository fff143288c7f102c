"""The tester's hand under /_fake: health, reset, files, and the way of a route."""

import re
from typing import Any

import pytest

from contract_tests.client import Api, hint
from contract_tests.control import own_server
from contract_tests.control.own_server import ask, problem, server, shared
from contract_tests.control.routes import EVERY
from contract_tests.expected import BOT_DATA, BRIEF, FILE_DATA, LOGO, PETER_DATA, PROJECT, ZOE, ZOE_DATA, Json
from fake_server.seeds import FIXTURES

pytestmark = pytest.mark.proves("README: Control API")

fake = own_server.fake


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


# ---------------------------------------------------------------- bounds


def test_a_control_body_is_bounded(fake: Api) -> None:
    assert problem(ask(fake, "POST", "/tokens", b" " * (1024 * 1024 + 1)))[0] == 413


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
