"""Many worlds in one server: which one a request belongs to, how worlds begin and end, and that nothing crosses."""

import gc
import json
import socket
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract_tests.client import NOW, Api, InProcess, hint, said
from contract_tests.expected import BOT_DATA, BRIEF, LAUNCH, LOGO, PROJECT, Json
from contract_tests.webhooks.receiver import LONGEST, Receiver, hang
from contract_tests.webhooks.webhook_server import SECRET, refused, running
from contract_tests.writing import change, create
from fake_server.app import Fake, create_app
from fake_server.settings import Settings

pytestmark = pytest.mark.proves("README: Many tests at once")

EXACTLY = "2026-03-12T15:30:00.000Z"


class InWorld(Api):
    """The same server, asked in one of its worlds: by its own token, or by any token and its name."""

    def __init__(self, api: Api, row: Json, by_name: bool = False) -> None:
        super().__init__(api.http, "any" if by_name else row["token"])
        self.row, self.name, self.by_name = row, row["name"], by_name

    def ask(self, method: str, path: str, params: Any = None, **more: Any) -> httpx2.Response:
        named = {"X-Fake-World": self.name} if self.by_name else {}
        return super().ask(method, path, params, headers={**named, **more.pop("headers", {})}, **more)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        mark = "&" if "?" in path else "?"
        return super().control(method, f"{path}{mark}world={self.name}", body)


def new(api: Api, **wanted: Any) -> InWorld:
    return InWorld(api, api.control("POST", "/worlds", wanted))


def worlds(api: Api) -> list[Json]:
    return api.control("GET", "/worlds")["data"]  # type: ignore[no-any-return]


def names(api: Api) -> list[str]:
    return [row["name"] for row in worlds(api)]


def row(name: str, **fields: Any) -> Json:
    """A world's whole row: one of the small seed whose clock stands, except for `fields`."""
    plain: Json = {
        "name": name,
        "token": f"kanbert-{name}",
        "url": "http://fake.test/api/v1",
        "world": "small",
        "tasks": 3,
        "now": EXACTLY,
        "mode": "frozen",
        "webhook_secret": SECRET,
    }
    assert set(fields) <= set(plain), "no such field of a world"
    return {**plain, **fields}


def titles(api: Api) -> list[str]:
    return [task["title"] for task in api.walk("/tasks", {"sort": "created_at,title"})]


SEEDED = ["Write the brief", "Launch the site", "Design the logo"]


@pytest.fixture
def only(alone: Api) -> Api:
    """A server with nothing but its default world."""
    return alone


# ---------------------------------------------------------------- what a world is


def test_a_server_begins_with_one_world_that_has_a_token_of_its_own(only: Api) -> None:
    assert worlds(only) == [row("default")]
    assert only.as_token("kanbert-default").data("/whoami") == BOT_DATA


@pytest.mark.parametrize(
    "wanted, made",
    [
        ({}, row("w1")),
        ({"name": None, "world": None, "seed": None, "tasks": None, "now": None, "from": None}, row("w1")),
        ({"name": "sync"}, row("sync")),
        ({"name": "A.b_c-1"}, row("A.b_c-1")),
        ({"name": "x" * 64}, row("x" * 64)),
        ({"name": "0"}, row("0")),
        ({"world": "empty"}, row("w1", world="empty", tasks=0)),
        ({"world": "demo"}, row("w1", world="demo", tasks=150)),
        ({"world": "small", "tasks": 2}, row("w1")),
        ({"world": "demo", "tasks": 160, "seed": 7}, row("w1", world="demo", tasks=160)),
        ({"now": "2026-01-31T10:00:00.250Z"}, row("w1", now="2026-01-31T10:00:00.250Z")),
        ({"now": "2026-01-31"}, row("w1", now="2026-01-31T00:00:00.000Z")),
        ({"from": "default"}, row("w1")),
        ({"name": "copy", "from": "default"}, row("copy")),
    ],
)
def test_a_world_is_made_as_it_was_wanted(only: Api, wanted: Json, made: Json) -> None:
    answer = only.http.post("/_fake/worlds", json=wanted)
    assert said(answer) == (201, made)
    assert worlds(only) == [row("default"), made]
    assert only.as_token(made["token"]).data("/whoami")["id"]


def test_a_world_may_be_made_without_a_body(only: Api) -> None:
    assert said(only.http.post("/_fake/worlds")) == (201, row("w1"))


def test_names_are_made_up_in_order_and_leave_out_those_that_are_taken(only: Api) -> None:
    new(only, name="w2")
    assert [new(only).name for _ in range(3)] == ["w1", "w3", "w4"]
    only.control("DELETE", "/worlds/w3")
    assert new(only).name == "w5"


def test_a_refused_world_costs_no_name(only: Api) -> None:
    for wanted in ({"world": "nope"}, {"from": "nope"}, {"now": "nope"}, {"tasks": -1}):
        assert only.http.post("/_fake/worlds", json=wanted).status_code >= 400
    assert new(only).name == "w1"


def test_a_world_without_a_clock_of_its_own_goes_as_the_server_says() -> None:
    with running(now="") as api:
        assert {new(api).row["mode"], new(api, now=NOW).row["mode"]} == {"real", "frozen"}


def test_its_row_says_what_is_true_now(only: Api) -> None:
    one = new(only)
    create(one)
    one.control("POST", "/clock/advance", {"by": "1h"})
    assert worlds(only)[1] == row("w1", tasks=4, now="2026-03-12T16:30:00.000Z")
    one.control("POST", "/reset?to=empty")
    assert worlds(only)[1] == row("w1", tasks=0)


def test_its_url_is_as_the_client_sees_the_server_and_leads_to_it(connect: Any) -> None:
    api = connect(public_url="https://fake.example/kanbert")
    assert new(api).row["url"] == "https://fake.example/kanbert/api/v1"
    with running() as api:
        one = new(api)
        assert one.row["url"] == f"{str(api.http.base_url).rstrip('/')}/api/v1"
        answer = httpx2.get(f"{one.row['url']}/whoami", headers={"Authorization": f"Bearer {one.token}"})
        assert answer.json() == BOT_DATA


@pytest.mark.proves("T6")
def test_the_same_seed_gives_the_same_records_and_the_next_ids(only: Api) -> None:
    ones = [only, new(only), new(only), new(only, name="other")]
    first = [create(one, "First") for one in ones]
    assert all(task == first[0] for task in first)
    assert all(titles(one) == titles(only) for one in ones)


def test_another_number_makes_other_tasks(only: Api) -> None:
    one, same, other = (new(only, world="demo", tasks=170, seed=seed) for seed in (1, 1, 2))
    grown = [titles(api) for api in (one, same, other)]
    assert grown[0] == grown[1] != grown[2]


def test_a_world_begins_with_a_document_and_reset_leads_back_to_it(only: Api) -> None:
    create(only, "In the document")
    state = only.control("GET", "/state")
    one = new(only, state=state)
    assert (one.row["tasks"], titles(one)) == (4, titles(only))
    create(one, "Later")
    one.control("POST", "/reset")
    assert titles(one) == titles(only)


def test_tokens_that_a_document_revokes_are_revoked_after_every_reset(only: Api) -> None:
    only.register(token="good", scopes=[])
    only.control("DELETE", "/tokens/bad")
    state = only.control("GET", "/state")
    one = InWorld(only, new(only, state=state).row, by_name=True)
    for _ in range(2):
        assert [one.as_token("bad").get("/whoami", headers=named(one)).status_code] == [401]
        one.control("POST", "/reset")


# ---------------------------------------------------------------- what cannot be made


@pytest.mark.parametrize(
    "content, problem",
    [
        ('{"nmae": "x"}', (422, "Invalid body", "There is no field nmae; did you mean name?")),
        ('{"branch": "default"}', (422, "Invalid body", None)),
        ('{"world": "demoo"}', (422, "No such seed",
         "There is no world demoo to begin with; did you mean demo? A file's content goes into state.")),
        ('{"world": "nope"}', (422, "No such seed",
         "There is no world nope to begin with; known: demo, empty, nasty, small. "
         "A file's content goes into state.")),
        ('{"world": "../worlds/small"}', (422, "No such seed", None)),
        ('{"world": ""}', (422, "No such seed", None)),
        ('{"name": ""}', (422, "Invalid body", None)),
        ('{"name": "a b"}', (422, "Invalid body", None)),
        ('{"name": "a/b"}', (422, "Invalid body", None)),
        ('{"name": "-a"}', (422, "Invalid body", None)),
        ('{"name": ".a"}', (422, "Invalid body", None)),
        ('{"name": "zo\\u00eb"}', (422, "Invalid body", None)),
        ('{"name": "a\\n"}', (422, "Invalid body", "name: must be a string of at most 64 letters, digits, dots, "
         "hyphens and underscores.")),
        (json.dumps({"name": "x" * 65}), (422, "Invalid body", None)),
        ('{"name": 5}', (422, "Invalid body", None)),
        ('{"name": "default"}', (409, "World taken",
         "There is a world default already; remove it, or send no name.")),
        ('{"name": "taken"}', (409, "World taken", "There is a world taken already; remove it, or send no name.")),
        ('{"name": "taken", "from": "default"}', (409, "World taken", None)),
        ('{"seed": "7"}', (422, "Invalid body", "seed: must be a whole number of 64 bits.")),
        ('{"seed": 9223372036854775808}', (422, "Invalid body", "seed: must be a whole number of 64 bits.")),
        ('{"tasks": -1}', (422, "Invalid body", "tasks: must be a whole number up to 1000000.")),
        ('{"tasks": 1000001}', (422, "Invalid body", "tasks: must be a whole number up to 1000000.")),
        ('{"world": "empty", "tasks": 5}', (422, "Invalid world", None)),
        ('{"now": "soon"}', (422, "Invalid body",
         "now: soon is no ISO date-time; 2026-01-31T10:00:00Z is one.")),
        ('{"now": ""}', (422, "Invalid body", None)),
        ('{"from": "nope"}', (404, "No such world", "There is no world nope; known: default, taken.")),
        ('{"from": "taker"}', (404, "No such world", "There is no world taker; did you mean taken?")),
        ('{"from": ""}', (404, "No such world", None)),
        ('{"from": "default", "now": "2026-01-31"}', (422, "Invalid body",
         "now: a world that begins as another is now takes none.")),
        ('{"from": "default", "world": "small"}', (422, "Invalid body", None)),
        ('{"from": "default", "seed": 1}', (422, "Invalid body", None)),
        ('{"from": "default", "tasks": 1}', (422, "Invalid body", None)),
        ('{"from": "default", "state": {}}', (422, "Invalid body", None)),
        ('{"state": {}, "world": "small"}', (422, "Invalid body", "world: a world with a state takes none.")),
        ('{"state": {}, "tasks": 1}', (422, "Invalid body", "tasks: a world with a state takes none.")),
        ('{"state": {}}', (422, "Invalid world", None)),
        ('{"state": []}', (422, "Invalid body", "state: must be an object as GET /_fake/state gives it.")),
        ("[]", (422, "Invalid body", None)),
        ("{", (422, "Invalid body", None)),
    ],
)  # fmt: skip
def test_a_world_that_cannot_be_is_refused_and_none_is_made(
    only: Api, content: str, problem: tuple[int, str, str | None]
) -> None:
    new(only, name="taken")
    before = worlds(only)
    answer = only.http.post("/_fake/worlds", content=content)
    status, title, sentence = problem
    detail = answer.json()["detail"]
    assert said(answer) == (status, {"title": title, "detail": sentence or detail, "status": status})
    assert worlds(only) == before


def test_a_name_whose_token_leads_elsewhere_is_taken(only: Api) -> None:
    only.register(token="kanbert-mine")
    only.register(token="kanbert-w1")
    sentence = "The token kanbert-mine belongs to the world default already; choose another name."
    assert refused(only, "POST", "/worlds", {"name": "mine"}) == (409, "World taken", sentence)
    assert [row["name"] for row in worlds(only)] == ["default"]
    assert new(only).name == "w2"


# ---------------------------------------------------------------- which world a request belongs to


@pytest.fixture
def two(only: Api) -> tuple[InWorld, InWorld]:
    """Two more worlds, told apart by a task of their own."""
    made = new(only, name="one"), new(only, name="two")
    for world in made:
        create(world, world.name)
    return made


def seen(api: Api, token: str, **headers: str) -> str:
    """Which world answers: the title of its own task."""
    found = api.as_token(token).get("/tasks", {"sort": "-created_at,-title"}, headers=headers)
    return ",".join({"one", "two"} & {task["title"] for task in found.json().get("data", [])}) or str(
        found.status_code
    )


@pytest.mark.proves("A5")
def test_the_token_chooses(only: Api, two: tuple[InWorld, InWorld]) -> None:
    second = two[1].register().token
    tokens = ["kanbert-one", "kanbert-two", second, "kanbert-default", "anything", "three"]
    assert [seen(only, token) for token in tokens] == ["one", "two", "two", "200", "200", "200"]


@pytest.mark.proves("A5")
@pytest.mark.usefixtures("two")
def test_the_header_chooses_whatever_the_token_says(only: Api) -> None:
    found = [
        seen(only, token, **{"X-Fake-World": name}) for token in ("any", "kanbert-one") for name in ("one", "two")
    ]
    assert found == ["one", "two", "one", "two"]
    assert seen(only, "kanbert-one", **{"X-Fake-World": "default"}) == "200"


@pytest.mark.parametrize("name", ["nope", "", "One"])
@pytest.mark.usefixtures("two")
def test_a_header_that_names_no_world_is_refused_with_the_nearest(only: Api, name: str) -> None:
    answer = only.get("/tasks", headers={"X-Fake-World": name})
    assert said(answer) == (404, {"message": "Not found."})
    assert hint(answer).startswith(f"There is no world {name}: ")
    assert only.control("GET", "/requests/count")["count"] == 0


def test_a_control_call_is_about_the_world_of_its_token_or_the_one_it_names(
    only: Api, two: tuple[InWorld, InWorld]
) -> None:
    def ready(token: str, query: str = "") -> str:
        headers = {"Authorization": f"Bearer {token}"}
        return str(only.http.get(f"/_fake/ready{query}", headers=headers).json()["world"])

    second = two[1].register().token
    assert [ready("kanbert-one"), ready(second), ready("any"), ready("")] == ["one", "two", "default", "default"]
    assert [ready("any", "?world=two"), ready("kanbert-one", "?world=one")] == ["two", "one"]


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    "method, path", [("GET", "/ready"), ("POST", "/reset"), ("GET", "/faults"), ("POST", "/tokens")]
)
def test_a_control_call_that_names_two_worlds_is_refused(only: Api, method: str, path: str) -> None:
    headers = {"Authorization": "Bearer kanbert-one"}
    answer = only.http.request(method, f"/_fake{path}?world=two", headers=headers)
    sentence = "The token belongs to the world one, ?world= asks for two; send one."
    assert said(answer) == (422, {"title": "Two worlds", "detail": sentence, "status": 422})


@pytest.mark.proves("A5")
def test_a_token_belongs_to_one_world_only(only: Api, two: tuple[InWorld, InWorld]) -> None:
    two[0].register(token="mine")
    sentence = "The token belongs to the world one; choose another, or send none."
    for place in ("?world=two", ""):
        assert refused(only, "POST", f"/tokens{place}", {"token": "mine"}) == (409, "Token taken", sentence)
    assert seen(only, "mine") == "one"
    assert refused(only, "POST", "/tokens?world=two", {"token": "kanbert-one"})[0] == 409


def test_a_token_is_revoked_in_the_world_that_it_belongs_to(only: Api, two: tuple[InWorld, InWorld]) -> None:
    two[0].register(token="mine")
    sentence = "The token belongs to the world one; revoke it there."
    assert refused(only, "DELETE", "/tokens/mine") == (409, "Token of another world", sentence)
    assert seen(only, "mine") == "one"
    two[0].control("DELETE", "/tokens/mine")
    assert (seen(only, "mine"), seen(only, "other")) == ("401", "200")


def test_made_up_tokens_differ_from_world_to_world(only: Api, two: tuple[InWorld, InWorld]) -> None:
    tokens = [api.register().token for api in (only, *two) for _ in range(3)]
    assert len(set(tokens)) == 9


# ---------------------------------------------------------------- removing


@pytest.mark.usefixtures("two")
def test_a_removed_world_is_gone_and_its_row_is_the_answer(only: Api) -> None:
    assert only.control("DELETE", "/worlds/one") == row("one", tasks=4)
    assert names(only) == ["default", "two"]
    assert seen(only, "kanbert-two") == "two"
    assert refused(only, "DELETE", "/worlds/one") == (
        404, "No such world", "There is no world one; known: default, two."
    )  # fmt: skip


@pytest.mark.proves("A5")
def test_tokens_of_a_removed_world_lead_nowhere(only: Api, two: tuple[InWorld, InWorld]) -> None:
    other = two[0].register().token
    only.control("DELETE", "/worlds/one")
    for token in ("kanbert-one", other):
        answer = only.as_token(token).post("/tasks", {"title": "Lost", "project_id": PROJECT})
        assert said(answer) == (401, {"message": "Unauthenticated."})
        assert hint(answer) == "The world one of this token was removed."
        problem = only.http.get("/_fake/ready", headers={"Authorization": f"Bearer {token}"})
        assert (problem.status_code, problem.json()["detail"]) == (404, "The world one of this token was removed.")
    assert sorted(titles(only)) == sorted(SEEDED)
    assert only.control("GET", "/requests/count?method=POST")["count"] == 0


def test_a_world_of_the_same_name_begins_anew_with_the_same_token(only: Api, two: tuple[InWorld, InWorld]) -> None:
    two[0].register(token="old")
    only.control("DELETE", "/worlds/one")
    again = new(only, name="one")
    assert (again.token, sorted(titles(again))) == ("kanbert-one", sorted(SEEDED))
    assert seen(only, "old") == "401"


@pytest.mark.parametrize("place", ["", "?world=two"])
def test_a_token_of_a_removed_world_may_be_registered_in_another(
    only: Api, two: tuple[InWorld, InWorld], place: str
) -> None:
    two[0].register(token="mine")
    only.control("DELETE", "/worlds/one")
    only.control("POST", f"/tokens{place}", {"token": "mine"})
    assert seen(only, "mine") == ("two" if place else "200")
    ready = only.http.get("/_fake/ready", headers={"Authorization": "Bearer mine"})
    assert ready.json()["world"] == ("two" if place else "default")


def test_the_default_world_stays(only: Api) -> None:
    sentence = "The default world stays as long as the server; reset it instead."
    assert refused(only, "DELETE", "/worlds/default") == (409, "Not removable", sentence)
    assert only.data("/whoami") == BOT_DATA


def test_removing_takes_no_body(only: Api) -> None:
    new(only, name="one")
    assert refused(only, "DELETE", "/worlds/one", {"name": "two"}) == (
        422,
        "Invalid body",
        "This call takes no body.",
    )
    assert names(only) == ["default", "one"]


# ---------------------------------------------------------------- branches


def test_a_branch_begins_as_the_other_is_now(only: Api) -> None:
    create(only, "Before")
    only.control("POST", "/clock/advance", {"by": "2d"})
    one = new(only, **{"from": "default"})
    assert one.row == row("w1", tasks=4, now="2026-03-14T15:30:00.000Z")
    assert titles(one) == titles(only)
    assert create(one, "Next") == create(only, "Next")


def test_a_branch_and_its_origin_go_their_own_ways(only: Api) -> None:
    one = new(only, **{"from": "default"})
    create(one, "Branch")
    change(only, LOGO, title="Trunk")
    only.control("POST", "/clock/advance", {"by": "2d"})
    one.control("POST", "/clock/advance", {"by": "1h"})
    assert sorted(titles(one)) == sorted([*SEEDED, "Branch"])
    assert sorted(titles(only)) == sorted(["Trunk" if title == "Design the logo" else title for title in SEEDED])
    assert [world["now"][8:13] for world in worlds(only)] == ["14T15", "12T16"]


def test_reset_leads_a_branch_back_to_where_it_began(only: Api) -> None:
    create(only, "Before")
    only.control("POST", "/clock/advance", {"by": "2d"})
    one = new(only, **{"from": "default"})
    first = [create(one, "Next"), one.control("POST", "/records/task")]
    for world in (only, one):
        world.control("POST", "/reset")
    assert (sorted(titles(only)), sorted(titles(one))) == (sorted(SEEDED), sorted([*SEEDED, "Before"]))
    assert [create(one, "Next"), one.control("POST", "/records/task")] == first


def test_a_branch_has_neither_faults_nor_journal_nor_webhooks_nor_tokens_of_its_origin(only: Api) -> None:
    only.control("POST", "/webhooks", {"url": "http://receiver.test/hook"})
    only.register(token="mine", scopes=[])
    only.get("/whoami")
    only.control("POST", "/faults", {"operation": "tasks.store", "status": 503})
    one = new(only, **{"from": "default"})
    create(one)
    assert one.control("GET", "/faults") == {"data": []}
    assert one.control("GET", "/requests/count") == {"count": 1, "forgotten": 0}
    assert one.control("GET", "/webhooks") == {"data": []}
    assert one.control("GET", "/deliveries") == {"data": [], "total": 0, "forgotten": 0}
    assert only.as_token("mine").get("/tasks").status_code == 403


def test_a_branch_of_a_branch_may_outlive_it(only: Api) -> None:
    one = new(only, name="one", **{"from": "default"})
    create(one, "One")
    two = new(only, name="two", **{"from": "one"})
    only.control("DELETE", "/worlds/one")
    assert sorted(titles(two)) == sorted([*SEEDED, "One"])
    two.control("POST", "/reset")
    assert sorted(titles(two)) == sorted([*SEEDED, "One"])


# ---------------------------------------------------------------- reset


def test_reset_touches_one_world_only(only: Api, two: tuple[InWorld, InWorld]) -> None:
    one, other = two
    for world in two:
        world.control("POST", "/faults", {"operation": "tasks.store", "status": 503})
        world.control("POST", "/clock/advance", {"by": "1h"})
    registered = [world.register(scopes=[]).token for world in two]
    one.control("POST", "/reset")
    assert (one.control("GET", "/faults")["data"], one.control("GET", "/requests/count")["count"]) == ([], 0)
    assert (len(other.control("GET", "/faults")["data"]), other.control("GET", "/requests/count")["count"]) == (1, 1)
    assert [world["tasks"] for world in worlds(only)] == [3, 3, 4]
    assert [world["now"][11:13] for world in worlds(only)] == ["15", "15", "16"]
    statuses = [only.as_token(token).get("/tasks").status_code for token in registered]
    assert statuses == [401, 403]
    assert seen(only, "kanbert-one") == "200"
    assert only.as_token(registered[0]).get("/whoami").status_code == 401
    assert one.control("GET", "/requests/count")["count"] == 3


@pytest.mark.proves("A5")
@pytest.mark.parametrize("strict", [False, True])
def test_its_own_token_outlives_every_reset(connect: Any, strict: bool) -> None:
    api = connect(strict_auth=strict)
    one = new(api)
    one.control("DELETE", f"/tokens/{one.token}")
    assert one.get("/whoami").status_code == 401
    for to in ("", "?to=empty", ""):
        one.control("POST", f"/reset{to}")
        assert one.data("/whoami") == BOT_DATA


# ---------------------------------------------------------------- fifty worlds at once

WORLDS = 50
LIMIT = 12


class Told(NamedTuple):
    """Everything that a script got to know."""

    tasks: list[str]
    made: Any
    statuses: list[int]
    clock: list[str]
    journal: list[Any]
    faults: list[Any]
    events: list[Any]
    tokens: list[Any]
    left: list[str | None]


def script(world: Api, number: int, receiver: Receiver) -> Told:
    """A bit of everything, different for each number."""
    clock = [world.control("POST", "/clock/freeze", {"at": f"2026-04-{number % 28 + 1:02}T10:00:00Z"})["now"]]
    world.control("POST", "/webhooks", {"url": receiver.url, "secret": f"secret {number}"})
    created = [create(world, f"{number}.{count}") for count in range(number % 3 + 1)]
    change(world, created[0]["id"], title=f"Changed by {number}")
    fault = {"operation": "users.index", "status": 500 + number, "times": number % 2 + 1}
    world.control("POST", "/faults", fault)
    statuses = [world.get("/users").status_code for _ in range(3)]
    clock.append(world.control("POST", "/clock/advance", {"by": number})["now"])
    made = [world.control("POST", f"/records/{kind}") for kind in ("task", "client")]
    token = world.register(token=None, scopes=["task-management:read"])
    statuses.append(token.post("/tasks", {}, headers=named(world)).status_code)
    world.control("POST", "/flush")
    left = [world.get("/whoami").headers.get("X-RateLimit-Remaining") for _ in range(2)]
    journal = world.control("GET", "/requests")["data"]
    return Told(
        sorted(titles(world)), made, statuses, clock,
        [{**one, "duration": None} for one in journal],
        world.control("GET", "/faults")["data"],
        [(one.event, one.json, one.header("Signature")) for one in receiver.taken()],
        [token.token.rpartition("-")[2]], left,
    )  # fmt: skip


def named(world: Api) -> dict[str, str]:
    """The header that a world asked by name needs, whatever the token."""
    return {"X-Fake-World": world.name} if isinstance(world, InWorld) and world.by_name else {}


def test_what_fifty_worlds_tell_at_once_one_world_tells_alone() -> None:
    with running(rate_limit=LIMIT, check_answers=False) as api, ExitStack() as stack:
        receiver = stack.enter_context(Receiver())
        alone = list[Told]()
        for number in range(WORLDS):
            alone.append(script(api, number, receiver))
            api.control("POST", "/reset")
        made = [InWorld(api, api.control("POST", "/worlds", {}), number % 2 == 1) for number in range(WORLDS)]
        receivers = [stack.enter_context(Receiver()) for _ in made]
        with ThreadPoolExecutor(WORLDS) as pool:
            at_once = list(pool.map(script, made, range(WORLDS), receivers))
        for number in range(WORLDS):
            assert at_once[number] == alone[number]
        assert len({told.events[0] for told in map(hashable, at_once)}) == WORLDS
        assert api.control("GET", "/requests/count")["count"] == 0
        assert sorted(titles(api)) == sorted(SEEDED)


def hashable(told: Told) -> Told:
    return told._replace(events=[json.dumps(told.events)])


def test_worlds_come_and_go_from_many_threads() -> None:
    with running(check_answers=False) as api:

        def live(number: int) -> list[str]:
            mine = new(api)
            create(mine, str(number))
            found = titles(mine)
            api.control("DELETE", f"/worlds/{mine.name}")
            assert mine.get("/whoami").status_code == 401
            return found

        with ThreadPoolExecutor(16) as pool:
            found = list(pool.map(live, range(60)))
        assert [sorted(one) for one in found] == [sorted([*SEEDED, str(number)]) for number in range(60)]
        assert names(api) == ["default"]


# ---------------------------------------------------------------- one world is as good as one server

ids = st.sampled_from([BRIEF, LAUNCH, LOGO])
words = st.sampled_from(["a", "b", "c"])
deeds = (
    st.tuples(st.just("create"), words, ids)
    | st.tuples(st.just("change"), ids, words)
    | st.tuples(st.just("move"), ids, ids)
    | st.tuples(st.just("delete"), ids)
    | st.tuples(st.just("list"), st.sampled_from(["title", "-title", "-updated_at,title", "list_sorting"]))
    | st.tuples(st.just("seek"), words)
    | st.tuples(st.just("show"), ids)
    | st.tuples(st.just("advance"), st.integers(1, 100_000))
    | st.tuples(st.just("make"), st.sampled_from(["task", "client", "comment"]))
    | st.tuples(st.just("reset"))
    | st.tuples(st.just("differ"))
)


def do(api: Api, deed: tuple[Any, ...]) -> Any:
    """Carries out one deed; gives all that was answered."""
    what, *more = deed
    return DEEDS[what](api, *more)


def data(api: Api, query: Json) -> Any:
    """A list's answer without what its meta says of the server."""
    answer = api.get("/tasks", query)
    return answer.status_code, answer.json().get("data", answer.json())


def kept(api: Api, method: str, path: str) -> Any:
    name = {"world": api.name} if isinstance(api, InWorld) else {}
    answer = api.http.request(method, f"/_fake{path}", params=name)
    return said(answer)


DEEDS: dict[str, Callable[..., Any]] = {
    "create": lambda api, title, parent: said(
        api.post("/tasks", {"title": title, "project_id": PROJECT, "parent_task_id": parent})
    ),
    "change": lambda api, id, title: said(api.patch(f"/tasks/{id}", {"title": title})),
    "move": lambda api, id, other: said(api.patch(f"/tasks/{id}", {"insert_after": other})),
    "delete": lambda api, id: said(api.delete(f"/tasks/{id}")),
    "list": lambda api, sort: data(api, {"sort": sort, "include": "project,sub_tasks,parent_task"}),
    "seek": lambda api, word: data(api, {"filter": f'title = "{word}" or sub_tasks any (title = "{word}")'}),
    "show": lambda api, id: said(api.get(f"/tasks/{id}")),
    "advance": lambda api, by: api.control("POST", "/clock/advance", {"by": by}),
    "make": lambda api, kind: kept(api, "POST", f"/records/{kind}"),
    "reset": lambda api: api.control("POST", "/reset")["tasks"],
    "differ": lambda api: kept(api, "GET", "/diff"),
}


def server() -> Api:
    app = create_app(Settings.model_validate({"world": "small", "now": NOW}))
    return Api(httpx2.Client(transport=InProcess(app), base_url="http://fake.test"), "any")


@given(st.lists(st.tuples(st.integers(0, 2), deeds), max_size=25), st.booleans())
def test_whatever_is_done_in_three_worlds_each_is_as_a_server_of_its_own(
    steps: list[tuple[int, tuple[Any, ...]]], branched: bool
) -> None:
    shared = server()
    begin: Json = {"from": "default"} if branched else {}
    together = [shared, new(shared, **begin), new(shared, **begin)]
    apart = [server() for _ in together]
    for number, deed in steps:
        assert do(together[number], deed) == do(apart[number], deed)
    for one, other in zip(together, apart, strict=True):
        assert list(one.walk("/tasks")) == list(other.walk("/tasks"))


# ---------------------------------------------------------------- ending while requests run


@contextmanager
def leaving(fake: Api, **wanted: Any) -> Iterator[InWorld]:
    """A world that is gone afterwards, unless the test has removed it before."""
    world = new(fake, **wanted)
    try:
        yield world
    finally:
        fake.http.delete(f"/_fake/worlds/{world.name}")


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as made:
        yield made


def settle(world: InWorld) -> None:
    """Until the server has begun with a request in a world: each look takes it a turn, so a few are enough."""
    assert any(world.control("GET", "/requests")["data"] for _ in range(10_000))


def own(world: InWorld, method: str, path: str, body: Any = None) -> httpx2.Response:
    return world.http.request(method, f"/_fake{path}", json=body, headers={"Authorization": f"Bearer {world.token}"})


def remove(world: InWorld) -> None:
    Api(world.http, "any").control("DELETE", f"/worlds/{world.name}")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_that_waits_for_its_latency_is_refused_at_once(
    fake: Api, pool: ThreadPoolExecutor, method: str
) -> None:
    with leaving(fake) as world:
        world.control("POST", "/faults", {"operation": "tasks.*", "latency": 3600})
        waits = pool.submit(world.ask, method, "/tasks", json={"title": "T", "project_id": PROJECT})
        settle(world)
        remove(world)
        answer = waits.result(LONGEST)
        assert said(answer) == (401, {"message": "Unauthenticated."})
        assert hint(answer).endswith(f"The world {world.name} was removed meanwhile.")


@pytest.mark.parametrize(
    "method, path, status, ending",
    [
        ("DELETE", "/worlds/mine", "401 Unauthorized", "removed"),
        ("POST", "/reset?world=mine", "503 Service Unavailable", "reset"),
    ],
)
def test_a_body_that_was_still_being_sent_is_refused_and_leaves_no_trace(
    fake: Api, method: str, path: str, status: str, ending: str
) -> None:
    with leaving(fake, name="mine") as world:
        content = json.dumps({"title": "T", "project_id": PROJECT}).encode()
        head = (
            f"POST /api/v1/tasks HTTP/1.1\r\nHost: fake.test\r\nAuthorization: Bearer {world.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\nExpect: 100-continue\r\n"
            "Connection: close\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", int(fake.http.base_url.port or 0)), LONGEST) as connection:
            connection.sendall(head.encode())
            assert b"100 Continue" in connection.recv(65536)
            fake.control(method, path)
            connection.sendall(content)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
        assert answer.startswith(f"HTTP/1.1 {status}".encode())
        assert f"The world mine was {ending} meanwhile.".encode() in answer
        assert all(sorted(titles(fake.as_token(token))) == sorted(SEEDED) for token in ("any", *living(fake)))


def living(api: Api) -> list[str]:
    """The tokens of all worlds that there are."""
    return [row["token"] for row in worlds(api)]


def test_whoever_waits_for_a_request_waits_no_longer(fake: Api, pool: ThreadPoolExecutor) -> None:
    with leaving(fake) as world:
        waits = pool.submit(own, world, "GET", "/requests/wait?timeout=600")
        # What waits for the journal does not stand in it; the server gets to it while it answers all these.
        for _ in range(100):
            fake.control("GET", "/health")
        remove(world)
        answer = waits.result(LONGEST)
        assert (answer.status_code, answer.json()["title"]) == (409, "Journal ended")


@pytest.mark.parametrize("path, body", [("/flush", None), ("/clock/advance", {"by": "1h"})])
def test_what_waits_for_a_receiver_that_hangs_waits_no_longer(
    fake: Api, pool: ThreadPoolExecutor, receiver: Receiver, path: str, body: Any
) -> None:
    with leaving(fake) as world:
        receiver.answers.append(hang)
        world.control("POST", "/webhooks", {"url": receiver.url})
        create(world)
        waits = pool.submit(own, world, "POST", path, body)
        receiver.wait_for(1)
        remove(world)
        assert waits.result(LONGEST).status_code in (200, 404, 409)
        receiver.wait_until_left()


def test_what_is_pending_for_receivers_of_a_removed_world_is_never_sent(fake: Api, receiver: Receiver) -> None:
    with leaving(fake) as world:
        world.control("POST", "/webhooks", {"url": receiver.url})
        create(world)
        remove(world)
    fake.control("POST", "/clock/advance", {"by": "1d"})
    fake.control("POST", "/flush")
    assert receiver.taken() == []


# ---------------------------------------------------------------- tokens that lead nowhere

NOWHERE = "The token kanbert-w77 belongs to no world of this server, perhaps to one before a restart."
STRICT = (
    "This token belongs to no world, and the server is strict about that: use the token of a world, register this "
    "one in a world, or name the world by the header X-Fake-World."
)


@pytest.mark.proves("A5")
def test_a_token_as_worlds_have_them_never_leads_to_the_default_one(only: Api) -> None:
    answer = only.as_token("kanbert-w77").get("/tasks")
    assert (answer.status_code, answer.json(), hint(answer)) == (401, {"message": "Unauthenticated."}, NOWHERE)
    control = only.http.post("/_fake/reset", headers={"Authorization": "Bearer kanbert-w77"})
    assert control.json() == {"title": "No such world", "detail": NOWHERE, "status": 404}


@pytest.mark.proves("A5")
def test_a_server_strict_about_worlds_refuses_tokens_of_none(connect: Any) -> None:
    strict = connect(strict_worlds=True)
    answer = strict.as_token("anything").get("/tasks")
    assert (answer.status_code, answer.json(), hint(answer)) == (401, {"message": "Unauthenticated."}, STRICT)
    assert [seen(strict, token) for token in ("kanbert-default", "")] == ["200", "401"]
    # Tokens of the seed lead to the first world that is made from it, not to one that all share.
    assert seen(strict, "user-token") == "401"
    first = new(strict, name="first")
    assert (seen(strict, "user-token"), first.control("GET", "/requests/count")["count"]) == ("200", 1)
    strict.control("DELETE", f"/worlds/{first.name}")
    registered = strict.register(token="mine").token
    assert strict.as_token(registered).get("/tasks").status_code == 200
    named = {"X-Fake-World": "default"}
    assert strict.as_token("anything").get("/tasks", headers=named).status_code == 200


def test_a_world_may_be_named_to_control_calls_by_the_header_as_well(only: Api) -> None:
    new(only, name="one")
    clock = only.http.post("/_fake/clock/freeze", json={"at": "2030-01-01"}, headers={"X-Fake-World": "one"})
    assert clock.json() == {"now": "2030-01-01T00:00:00.000Z", "mode": "frozen"}
    assert only.control("GET", "/clock")["now"].startswith(NOW[:10])
    both = only.http.get("/_fake/clock?world=default", headers={"X-Fake-World": "one"})
    detail = "default and one are asked for; send one of them."
    assert both.json() == {"title": "Two worlds", "detail": detail, "status": 422}


# ---------------------------------------------------------------- memory


@contextmanager
def without_collector() -> Iterator[None]:
    """In a server the collector comes after many thousands of requests only."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@pytest.mark.parametrize("ends", ["reset", "load", "remove"])
def test_what_a_world_parts_with_is_gone_at_once(ends: str) -> None:
    fake = Fake(Settings.model_validate({"world": "small", "now": NOW, "check_answers": True}))
    fake.seed()
    http = httpx2.Client(transport=InProcess(create_app(fake=fake)), base_url="http://fake.test")
    only = Api(http, "any")
    one = new(only, name="one")
    document = only.control("GET", "/state?world=one")
    for path in ("/tasks?include=sub_tasks,project", "/clients", "/users", f"/tasks/{BRIEF}"):
        assert one.get(path).status_code == 200
    create(one)
    only.control("POST", "/snapshots/kept?world=one")
    calls = {
        "reset": ("POST", "/reset?world=one", None),
        "load": ("PUT", "/state?world=one", document),
        "remove": ("DELETE", "/worlds/one", None),
    }
    with without_collector():
        found = fake.worlds.named["one"]
        parted = weakref.ref(found if ends == "remove" else found.store)
        del found
        only.control(*calls[ends])
        assert parted() is None
