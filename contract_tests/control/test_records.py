"""Records in the tester's hand: made, read, changed and removed, of any kind."""

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from contract_tests.client import NOW, Api
from fake_server.resources import KINDS

pytestmark = pytest.mark.proves("README: Data of your own")

Json = dict[str, Any]
NOWHERE = "http://127.0.0.1:9/hook"
GIVEN = {"webhook": {"url": NOWHERE}}
"""What nobody can make up."""


def call(api: Api, method: str, path: str, body: Any = None) -> httpx2.Response:
    return api.http.request(method, f"/_fake{path}", json=body)


def made(api: Api, kind: str, **values: Any) -> Json:
    return api.control("POST", f"/records/{kind}", values)  # type: ignore[no-any-return]


def every(api: Api, kind: str, query: str = "") -> list[Json]:
    return api.control("GET", f"/records/{kind}{query}")["data"]  # type: ignore[no-any-return]


def refused(answer: httpx2.Response, status: int = 422) -> str:
    """The sentence of a problem."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert answer.status_code == answer.json()["status"] == status, answer.text
    return str(answer.json()["detail"])


def state(api: Api) -> Json:
    return api.control("GET", "/state")  # type: ignore[no-any-return]


def task(api: Api, uri: str = "WEB-1") -> Json:
    [found] = every(api, "task", f"?uri={uri}")
    return found


# ---------------------------------------------------------------- making

BARE: Json = {
    "uri": "WEB-4", "created_at": NOW, "updated_at": NOW, "status": "New", "type": "task", "description": None,
    "estimated_hours": None, "is_onhold": False, "is_public": False, "due_date": None, "is_hard_deadline": False,
    "recurring_type": None, "recurring_interval": None, "assignee_id": None, "priority_id": None, "phase_id": None,
    "milestone_id": None, "epic_id": None, "parent_task_id": None, "watchers": [], "files": [], "completed_at": None,
    "closed_at": None, "external_id": None, "external_origin": None,
}  # fmt: skip
"""A task of which nobody said anything, without what depends on its project."""


def test_a_record_is_printed_with_its_own_fields_in_their_order(api: Api) -> None:
    [project] = every(api, "project")
    found = made(api, "task", title="Fix it")
    rest = {"project_id": project["id"], "title": "Fix it", "list_sorting": 1}
    assert found == {"id": found["id"], **rest, **BARE}
    assert list(found) == ["id", *(f"{name}_id" if f"{name}_id" in found else name for name in fields("task"))]


def fields(kind: str) -> tuple[str, ...]:
    return KINDS[kind].record._fields[1:]  # type: ignore[no-any-return]


def test_what_was_made_is_there_for_the_service(api: Api) -> None:
    found = made(api, "task", title="Fix it", status="WIP", is_public=True)
    seen = api.data(f"/tasks/{found['id']}")
    assert (seen["title"], seen["status"], seen["uri"]) == ("Fix it", "WIP", found["uri"])


@pytest.mark.parametrize("world", ["small", "empty"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_record_of_any_kind_can_be_made_of_next_to_nothing(connect: Any, kind: str, world: str) -> None:
    api = connect(world=world, seed=3)
    api.control("POST", "/reset")
    found = made(api, kind, **GIVEN.get(kind, {}))
    assert api.control("GET", f"/records/{kind}/{found['id']}") == found
    assert found in every(api, kind)
    assert api.get("/tasks").status_code == api.get("/projects").status_code == api.get("/users").status_code == 200


def test_a_record_is_found_under_its_id_by_the_next_one(api: Api) -> None:
    client = made(api, "client", name="Acme")
    project = made(api, "project", client=client["id"])
    phase = made(api, "phase", project_id=project["id"])
    found = made(api, "task", phase=phase["id"])
    assert (project["client_id"], phase["project_id"]) == (client["id"], project["id"])
    assert (found["phase_id"], found["project_id"]) == (phase["id"], project["id"]), "a task is where its phase is"


def test_a_reference_can_be_a_unique_name_instead_of_an_id(api: Api) -> None:
    found = made(
        api, "task", project="WEB", assignee="zoe.mueller@example.com", watchers=["peter.sorensen@example.org"]
    )
    zoe, peter = every(api, "user")[:2]
    assert (found["assignee_id"], found["watchers"]) == (zoe["id"], [peter["id"]])


def test_times_can_count_from_now(api: Api) -> None:
    found = made(api, "task", due_date="+3d", created_at="-2d 09:30")
    assert (found["due_date"], found["created_at"]) == ("2026-03-15", "2026-03-10T09:30:00Z")


def test_what_is_made_up_is_the_same_in_every_run_of_a_world(connect: Any) -> None:
    def story(seed: int) -> list[Json]:
        api = connect(world="small", seed=seed)
        api.control("POST", "/reset")
        return [made(api, kind) for kind in ("user", "client", "project", "task", "comment", "task")]

    first = story(1)
    assert story(1) == first
    assert [one["id"] for one in story(2)] == [one["id"] for one in first]
    assert [one.get("title") for one in story(2)] != [one.get("title") for one in first]


def test_made_up_texts_that_must_be_unique_are(api: Api) -> None:
    for kind, field in (("user", "email"), ("integration", "slug"), ("project", "shortcode"), ("task", "uri")):
        named = {"first_name": "Ann", "last_name": "Lee"} if kind == "user" else {}
        for _ in range(20):
            made(api, kind, **named)
        texts = [one[field] for one in every(api, kind)]
        assert len(set(texts)) == len(texts) >= 20
    assert {"ann.lee@example.com", "ann.lee2@example.com"} <= {one["email"] for one in every(api, "user")}


def test_a_comment_says_something(api: Api) -> None:
    assert made(api, "comment")["comment"].startswith("<p>")


@pytest.mark.parametrize(
    "sent, bytes_",
    [
        ({"content": "Zoë"}, "Zoë".encode()),
        ({"content_base64": base64.b64encode(b"\x00\xff").decode()}, b"\x00\xff"),
    ],
)
def test_a_file_hangs_on_its_holder_with_its_bytes(api: Api, sent: Json, bytes_: bytes) -> None:
    holder = task(api)
    file = made(api, "file", task=holder["id"], file_name="note.html", **sent)
    assert file == {
        "id": file["id"], "file_name": "note.html", "mime_type": "text/html", "size": len(bytes_),
        "entity_id": holder["id"], "entity_type": "task", "created_at": NOW,
    }  # fmt: skip
    assert api.http.get(f"/_fake/files/{file['id']}").content == bytes_
    assert [one["id"] for one in api.data(f"/tasks/{holder['id']}")["attachements"]] == [file["id"]]
    assert (task(api)["files"], task(api)["updated_at"]) == ([file["id"]], NOW)


def test_a_file_can_hang_on_any_kind_that_has_files(api: Api) -> None:
    comment = made(api, "comment")
    file = made(api, "file", comment_id=comment["id"], created_at="-1d 10:00")
    assert (file["entity_type"], file["created_at"]) == ("comment", "2026-03-11T10:00:00Z")
    [after] = every(api, "comment", f"?id={comment['id']}")
    assert after == {**comment, "files": [file["id"]]}, "the later of its times stays"


# ---------------------------------------------------------------- what cannot be made

WRONG: dict[str, tuple[str, Json, str]] = {
    "an unknown field": ("task", {"titel": "A"}, "task has no field titel; did you mean title?"),
    "the key": ("task", {"key": 5}, "task has no field key; known: "),
    "an id": ("task", {"id": "abc"}, "task has no field id; "),
    "a number for a text": ("task", {"title": 5}, "title cannot be 5."),
    "null for a text": ("task", {"title": None}, "title cannot be null."),
    "a value outside its enum": ("task", {"status": "Wip"}, "status cannot be 'Wip'; did you mean WIP?"),
    "a day that is none": ("task", {"due_date": "2026-02-30"}, "'2026-02-30' is no date"),
    "a time that is none": ("task", {"created_at": "soon"}, "'soon' is no time"),
    "an infinite number": ("task", {"estimated_hours": 10**400}, ""),
    "one reference spelled twice": ("task", {"project": "WEB", "project_id": "WEB"}, "send one of them"),
    "a reference to nothing": ("task", {"assignee_id": "zzzzzzzz"}, "there is no user zzzzzzzz; known: "),
    "a reference that is no text": (
        "task", {"assignee": 1.5}, "assignee takes the id, or the unique name, of a user, not 1.5."),
    "one reference for a list": (
        "task", {"watchers": "a"}, "watchers takes a list of ids, or unique names, of users, not 'a'."),
    "null for a reference that is needed": (
        "task", {"project": None}, "project takes the id, or the unique name, of a project, not None."),
    "a number for what has only an id": (
        "comment", {"parent_comment": 1.5}, "parent_comment takes the id of a comment, not 1.5."),
    "files by reference": ("task", {"files": []}, "files of a task are records of the kind file"),
    "a name that is taken": ("task", {"uri": "WEB-1"}, "another task has uri WEB-1: "),
    "a custom field that JSON has not": ("project", {"custom_fields": [1]}, "custom_fields cannot be [1]."),
    "a webhook to nowhere": ("webhook", {}, "a webhook needs a url"),
    "a webhook with a strange URL": ("webhook", {"url": "ftp://x"}, "url: ftp://x is no absolute URL"),
    "a webhook of no event": ("webhook", {"url": NOWHERE, "events": ["tsk:*"]}, "did you mean task:*?"),
    "mischief that divides by nothing": (
        "webhook", {"url": NOWHERE, "mischief": [{"trick": "drop", "every": 0}]}, "every cannot be 0."),
    "mischief of no trick": (
        "webhook", {"url": NOWHERE, "mischief": [{"trick": "dorp"}]}, "trick cannot be 'dorp'; did you mean drop?"),
    "mischief that says nothing": (
        "webhook", {"url": NOWHERE, "mischief": [{}]}, "mischief lacks a field: trick."),
    "a file of two": ("file", {"task": "WEB-1", "comment": "a"}, "a file hangs on one record"),
    "a file of nothing": ("file", {"task": "zzzzzzzz"}, "there is no task zzzzzzzz"),
    "a file with an unknown field": ("file", {"size": 5}, "file has no field size"),
    "a file with no base64": ("file", {"content_base64": "!"}, "content_base64 is no base64."),
    "a file with two contents": ("file", {"content": "a", "content_base64": "YQ=="}, "not both."),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_is_refused_and_leaves_nothing_behind(api: Api, name: str) -> None:
    kind, sent, why = WRONG[name]
    before = state(api)
    content = api.http.request("POST", f"/_fake/records/{kind}", json=sent)
    assert why in refused(content)
    assert state(api) == before


def test_a_refusal_takes_no_number_and_no_made_up_text(connect: Any) -> None:
    def story(refusals: int) -> Json:
        api = connect(world="empty", seed=5)
        api.control("POST", "/reset")
        for _ in range(refusals):
            refused(call(api, "POST", "/records/comment", {"external_id": "a", "external_origin": 5}))
            refused(call(api, "POST", "/records/task", {"parent_task_id": "zzzzzzzz"}))
        return made(api, "task")

    assert story(3) == story(0)


def test_a_taken_name_is_refused_with_the_record_that_has_it(api: Api) -> None:
    why = refused(call(api, "POST", "/records/task", {"uri": "WEB-1"}))
    assert why == f"another task has uri WEB-1: {task(api)['id']}."


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_kind_is_refused_with_the_nearest(api: Api, method: str) -> None:
    why = refused(call(api, method, "/records/tasks"), 404)
    assert why == "There is no kind of record tasks; did you mean task?"


@pytest.mark.parametrize("body", [b"[]", b"5", b"{", b'{"title": "\xff"}'])
def test_a_body_that_is_no_object_is_refused(api: Api, body: bytes) -> None:
    assert refused(api.http.post("/_fake/records/task", content=body)).startswith("body: ")


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize(
    "query, uris",
    [
        ("", ["WEB-1", "WEB-2", "WEB-3"]),
        ("?status=Completed", ["WEB-1"]),
        ("?project=WEB&status=New", ["WEB-2"]),
        ("?is_public=false", ["WEB-1"]),
        ("?estimated_hours=4", ["WEB-1"]),
        ("?assignee_id=null", ["WEB-2"]),
        ("?parent_task=WEB-2", ["WEB-3"]),
        ("?parent_task_id=null", ["WEB-1", "WEB-2"]),
        ("?watchers=zoe.mueller@example.com", ["WEB-3"]),
        ("?due_date=2026-02-26", ["WEB-1"]),
        ("?created_at=-25d 09:30", ["WEB-1"]),
        ("?title=nothing", []),
    ],
)
def test_records_are_found_by_the_values_of_their_fields(api: Api, query: str, uris: list[str]) -> None:
    assert [one["uri"] for one in every(api, "task", query)] == uris


@pytest.mark.parametrize(
    "query, why",
    [
        ("?titel=a", "task has no field titel; did you mean title?"),
        ("?email=a", "task has no field email; "),
        ("?status=Wip", "status cannot be 'Wip'; did you mean WIP?"),
        ("?project_id=zzzzzzzz", "there is no project zzzzzzzz; "),
        ("?is_public=yes", "is_public cannot be 'yes'."),
    ],
)
def test_what_cannot_be_looked_for_is_refused(api: Api, query: str, why: str) -> None:
    assert refused(call(api, "GET", f"/records/task{query}")).startswith(why)


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_record_that_is_not_there_is_refused_with_what_the_id_is(api: Api, method: str) -> None:
    project = every(api, "project")[0]["id"]
    why = refused(call(api, method, f"/records/task/{project}"), 404)
    assert why == f"There is no task with the id {project}; it is the id of a project."


# ---------------------------------------------------------------- changing


@pytest.mark.proves("T12")
def test_a_change_of_status_has_the_consequences_that_it_has_in_the_service(api: Api) -> None:
    before = task(api, "WEB-2")
    after = api.control("PATCH", f"/records/task/{before['id']}", {"status": "Closed", "title": "Done"})
    changed = {"status": "Closed", "title": "Done", "closed_at": NOW, "updated_at": NOW, "list_sorting": 0}
    assert after == {**before, **changed}
    assert api.data(f"/tasks/{before['id']}")["closed_at"] == NOW


def test_what_the_tester_says_beats_what_would_follow(api: Api) -> None:
    given = {"status": "Completed", "completed_at": "2026-01-01T10:00:00Z", "updated_at": "2026-01-02T10:00:00Z"}
    after = api.control("PATCH", f"/records/task/{task(api, 'WEB-2')['id']}", given)
    assert {name: after[name] for name in given} == given


def test_who_a_token_acts_as_is_what_the_record_of_it_says_now(api: Api) -> None:
    [brief] = [one["id"] for one in api.data("/tasks") if one["uri"] == "WEB-1"]
    zoe = api.register(user="zoe.mueller@example.com")
    assert (brief, zoe.get(f"/tasks/{brief}").status_code) == (task(api)["id"], 200)
    api.control("PATCH", f"/records/user/{zoe.data('/whoami')['id']}", {"type": "guest"})
    assert zoe.get(f"/tasks/{brief}").status_code == 404, "guests see what is public"
    api.control(
        "PATCH", f"/records/integration/{every(api, 'integration')[0]['id']}", {"user": zoe.data("/whoami")["id"]}
    )
    assert api.data("/whoami") == zoe.data("/whoami")


@pytest.mark.parametrize("kind, field", [("client", "name"), ("project", "title"), ("task", "title")])
def test_a_change_moves_updated_at_and_a_change_of_nothing_does_not(api: Api, kind: str, field: str) -> None:
    before = every(api, kind)[0]
    same = api.control("PATCH", f"/records/{kind}/{before['id']}", {field: before[field]})
    assert same == before
    after = api.control("PATCH", f"/records/{kind}/{before['id']}", {field: "Other"})
    assert after == {**before, field: "Other", "updated_at": NOW}


@pytest.mark.parametrize(
    "value, other", [({"a": 1}, {"a": True}), ({"a": 0.0}, {"a": -0.0}), ({"a": [5]}, {"a": [5.0]})]
)
def test_what_is_equal_and_not_the_same_is_a_change(api: Api, value: Any, other: Any) -> None:
    id = api.data("/projects")[0]["id"]
    for sent in (value, other, value):
        api.control("PATCH", f"/records/project/{id}", {"custom_fields": sent})
        read = (
            api.control("GET", f"/records/project/{id}")["custom_fields"],
            api.data("/projects")[0]["custom_fields"],
        )
        assert [json.dumps(one) for one in read] == [json.dumps(sent)] * 2


def test_what_belongs_to_an_order_is_taken_as_given(api: Api) -> None:
    before = task(api)
    after = api.control("PATCH", f"/records/task/{before['id']}", {"list_sorting": 7})
    assert after == {**before, "list_sorting": 7, "updated_at": NOW}


CHANGES: dict[str, tuple[str, Json, str]] = {
    "an unknown field": ("task", {"titel": "A"}, "task has no field titel; did you mean title?"),
    "a name that is taken": ("task", {"uri": "WEB-2", "title": "B"}, "another task has uri WEB-2: "),
    "a task above itself": ("task", {"parent_task": "WEB-1"}, "this task would be above itself."),
    "the bytes of a file": ("file", {"content": "x"}, "of a file only file_name, mime_type and created_at"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_that_cannot_be_is_refused_and_changes_nothing(api: Api, name: str) -> None:
    kind, sent, why = CHANGES[name]
    made(api, "file", task="WEB-1")
    before = state(api)
    assert why in refused(call(api, "PATCH", f"/records/{kind}/{every(api, kind)[0]['id']}", sent))
    assert state(api) == before


def test_two_tasks_cannot_be_above_each_other(api: Api) -> None:
    above, below = task(api, "WEB-2"), task(api, "WEB-3")
    assert below["parent_task_id"] == above["id"]
    why = refused(call(api, "PATCH", f"/records/task/{above['id']}", {"parent_task_id": below["id"]}))
    assert why == "this task would be above itself."


# ---------------------------------------------------------------- removing


def test_a_removed_record_is_answered_as_it_was_and_is_gone(api: Api) -> None:
    before = task(api)
    assert api.control("DELETE", f"/records/task/{before['id']}") == before
    assert call(api, "GET", f"/records/task/{before['id']}").status_code == 404
    assert api.get(f"/tasks/{before['id']}").status_code == 404


def test_what_ends_with_a_record_goes_with_it(api: Api) -> None:
    above = task(api, "WEB-2")
    file = made(api, "file", task="WEB-3")
    comment = made(api, "comment", task="WEB-3")
    api.control("DELETE", f"/records/task/{above['id']}")
    assert [one["uri"] for one in every(api, "task")] == ["WEB-1"]
    for kind, id in (("file", file["id"]), ("comment", comment["id"])):
        assert call(api, "GET", f"/records/{kind}/{id}").status_code == 404


def test_a_reference_that_a_record_can_be_without_is_cleared(api: Api) -> None:
    made(api, "file", task="WEB-1")
    for kind in ("file", "phase", "milestone", "epic", "priority_option", "tag", "project_type", "project_group"):
        for one in every(api, kind):
            api.control("DELETE", f"/records/{kind}/{one['id']}")
    for found in every(api, "task"):
        names = ("phase_id", "milestone_id", "epic_id", "priority_id", "files")
        assert [found[name] for name in names] == [None, None, None, None, []]
    [project] = every(api, "project")
    assert [project[name] for name in ("tags", "project_type_id", "project_group_id")] == [[], None, None]
    assert api.get("/tasks").status_code == 200


NEEDED: dict[str, Callable[[Api], tuple[str, str, str]]] = {
    "a project of tasks": lambda api: ("project", every(api, "project")[0]["id"], "The project of "),
    "a client of projects": lambda api: (
        "client", every(api, "client")[0]["id"],
        f"The client of project {every(api, 'project')[0]['id']} would be missing; remove or change that first."),
    "who wrote a comment": lambda api: (
        "user", made(api, "comment", author="ingrid.schaefer@example.net")["author_id"], "The author of comment "),
    "what a webhook is limited to": lambda api: (
        "project", made(api, "webhook", url=NOWHERE, project=made(api, "project")["id"])["project_id"],
        "The project of webhook "),
    "as whom a token acts": lambda api: (
        "user", api.register(user=made(api, "user")["id"]).data("/whoami")["id"], "A token acts as this user; "),
    "the only integration": lambda api: (
        "integration", every(api, "integration")[0]["id"], "Unregistered tokens act for this integration"),
}  # fmt: skip


@pytest.mark.parametrize("name", NEEDED)
def test_what_something_cannot_be_without_is_not_removed(api: Api, name: str) -> None:
    kind, id, why = NEEDED[name](api)
    before = state(api)
    assert refused(call(api, "DELETE", f"/records/{kind}/{id}"), 409).startswith(why)
    assert state(api) == before


def test_a_user_of_whom_nobody_speaks_can_be_removed(api: Api) -> None:
    user = made(api, "user")
    api.control("PATCH", f"/records/task/{task(api)['id']}", {"assignee": user["id"], "watchers": [user["id"]]})
    assert api.control("DELETE", f"/records/user/{user['id']}") == user
    assert (task(api)["assignee_id"], task(api)["watchers"]) == (None, [])


# ---------------------------------------------------------------- telling


def told(api: Api) -> list[Json]:
    return api.control("GET", "/deliveries")["data"]  # type: ignore[no-any-return]


@pytest.fixture
def heard(alone: Api) -> Api:
    """A world with a webhook of everything, to which nothing is sent though it is due."""
    alone.control("POST", "/reset")
    made(alone, "webhook", url=NOWHERE)
    return alone


def writes(api: Api, emit: str) -> str:
    """One record made, one changed, one removed; the id of the new one."""
    found = api.control("POST", f"/records/task{emit}", {})
    api.control("PATCH", f"/records/task/{task(api, 'WEB-2')['id']}{emit}", {"title": "Other"})
    api.control("DELETE", f"/records/task/{task(api)['id']}{emit}")
    return str(found["id"])


@pytest.mark.parametrize("emit", ["", "?emit=false"])
def test_writes_are_silent(heard: Api, emit: str) -> None:
    writes(heard, emit)
    assert told(heard) == []


def test_writes_are_told_where_that_is_asked_for(heard: Api) -> None:
    changed, removed = task(heard, "WEB-2")["id"], task(heard)["id"]
    new = writes(heard, "?emit=true")
    events = [(one["event"], one["resource"]["id"]) for one in told(heard)]
    assert sorted(events) == sorted([("task:create", new), ("task:update", changed), ("task:delete", removed)])


def test_a_removed_webhook_is_told_nothing_more(heard: Api) -> None:
    [hook] = every(heard, "webhook")
    made(heard, "webhook", url=NOWHERE)
    heard.control("POST", "/records/task?emit=true", {})
    heard.control("DELETE", f"/records/webhook/{hook['id']}")
    assert {one["subscription"]: one["state"] for one in told(heard)}[hook["id"]] == "cancelled"
    assert len({one["state"] for one in told(heard)}) == 2


def test_emit_is_true_or_false(api: Api) -> None:
    before = state(api)
    assert refused(call(api, "POST", "/records/task?emit=yes", {})) == "emit is true or false, not yes."
    assert state(api) == before
