"""A world as one document: exported, imported, written by hand, and refused with the place where it is broken."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import httpx2
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from contract_tests.client import NOW, Api
from contract_tests.control.documents import exported, good, put, row
from contract_tests.control.seeded import everything, world
from contract_tests.control.world_files import GOOD, loaded
from contract_tests.expected import Json
from fake_server.seeds.worldfile import SeedError

pytestmark = pytest.mark.proves("README: Before and after")

NOWHERE = "http://127.0.0.1:9/hook"


@pytest.fixture
def other(connect: Any) -> Api:
    """Another server's world, of another seed."""
    api: Api = connect(world="empty", now="2020-01-01T00:00:00Z")
    api.control("POST", "/reset")
    return api


def refused(answer: httpx2.Response) -> str:
    """The sentence of a problem."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert answer.status_code == answer.json()["status"] == 422, answer.text
    return str(answer.json()["detail"])


def lived_in(api: Api) -> None:
    """Makes a world what no seed is: with gaps, files, tokens, webhooks, and records younger than those below."""
    ids = {one["uri"]: one["id"] for one in api.control("GET", "/records/task")["data"]}
    api.delete(f"/tasks/{ids['WEB-1']}")
    above = api.control("POST", "/records/task", {"title": "Above", "status": "WIP"})
    api.control("PATCH", f"/records/task/{ids['WEB-2']}", {"parent_task_id": above["id"]})
    api.control(
        "POST", "/records/file", {"task": above["id"], "content_base64": base64.b64encode(bytes(256)).decode()}
    )
    api.control("POST", "/records/file", {"task": ids["WEB-3"], "content": "Zoë"})
    api.control("POST", "/records/comment", {"task": ids["WEB-3"]})
    phase, milestone = api.control("POST", "/records/phase", {}), api.control("POST", "/records/milestone", {})
    api.control("PATCH", f"/records/phase/{phase['id']}", {"dependency_milestone": milestone["id"]})
    api.control("PATCH", f"/records/milestone/{milestone['id']}", {"dependency_phase": phase["id"]})
    custom = {"a": [1, 2.5, None, {"b": True}], "": "x"}
    api.control("PATCH", f"/records/project/{above['project_id']}", {"custom_fields": custom})
    for tricks in (
        [],
        [{"trick": "delay", "every": 2, "seconds": 1.5}, {"trick": "old_secret", "nth": 3, "secret": "s"}],
    ):
        api.control("POST", "/webhooks", {"url": NOWHERE, "project_id": above["project_id"], "mischief": tricks})
    api.control("POST", "/tokens", {"token": "narrow", "scopes": ["task-management:read"], "expires_in": 3600})
    api.control("POST", "/tokens", {"token": "gone", "user": "peter.sorensen@example.org"})
    api.control("DELETE", "/tokens/gone")
    api.control("POST", "/clock/advance", {"by": "90.5s"})


# ---------------------------------------------------------------- out and in again


def test_an_export_is_a_seed_file_with_ids(api: Api) -> None:
    found = exported(api)
    assert list(found) == [
        "version", "now", "mode", "spaces", "users", "integrations", "clients", "project_types", "project_groups",
        "tags", "projects", "team_members", "phase_groups", "phase_types", "milestones", "phases", "epics",
        "priority_options", "tasks", "comments", "files", "tokens", "revoked", "numbers",
    ]  # fmt: skip
    assert (found["version"], found["now"], found["mode"]) == (1, "2026-03-12T15:30:00.000Z", "frozen")
    [space], users = found["spaces"], found["users"]
    assert users[0] == {
        "id": users[0]["id"], "first_name": "Zoë", "last_name": "Müller", "email": "zoe.mueller@example.com",
        "space": space["id"], "type": "user",
    }  # fmt: skip
    [file] = found["files"]
    assert list(file) == ["id", "task", "file_name", "mime_type", "created_at", "content_base64"]
    assert base64.b64decode(file["content_base64"]) == api.http.get(f"/_fake/files/{file['id']}").content
    assert api.token not in [one["token"] for one in found["tokens"]]


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_another_world_that_imports_an_export_gives_the_same_answers_to_the_byte(
    api: Api, other: Api, form: str
) -> None:
    lived_in(api)
    text = api.http.get(f"/_fake/state?format={form}")
    assert text.headers["content-type"] == f"application/{form}"
    answer = other.http.put("/_fake/state", content=text.content, headers={"Content-Type": f"application/{form}"})
    assert answer.json() == {"world": "default", "tasks": 3}
    assert exported(other) == exported(api)
    assert everything(other) == everything(api)
    for path in ("/clock", "/webhooks"):
        assert other.control("GET", path) == api.control("GET", path)


def test_an_imported_world_goes_on_as_the_original_would(api: Api, other: Api) -> None:
    lived_in(api)
    put(other, exported(api))
    project = exported(api)["projects"][0]["id"]
    for method, path, body in (
        ("POST", "/tasks", {"title": "Next", "project_id": project}),
        ("POST", "/webhooks", {"url": NOWHERE, "events": ["task:*"], "project_id": project}),
        ("GET", "/tasks", None),
    ):
        one, two = (which.ask(method, path, json=body) for which in (api, other))
        assert one.status_code in (200, 201)
        assert (one.status_code, one.content) == (two.status_code, two.content)
    assert exported(other) == exported(api)


def test_tokens_keep_who_they_are_what_they_may_and_how_long(api: Api, other: Api) -> None:
    lived_in(api)
    put(other, exported(api))
    guest, narrow, gone = (other.as_token(token) for token in ("guest-token", "narrow", "gone"))
    assert guest.data("/whoami")["type"] == "guest"
    assert narrow.get("/tasks").status_code == 200
    assert narrow.get("/clients/full").status_code == 403
    assert gone.get("/tasks").status_code == 401
    other.control("POST", "/clock/advance", {"by": "1h"})
    assert narrow.get("/tasks").status_code == 401


def test_a_reset_after_an_import_leads_to_the_worlds_own_seed(api: Api, other: Api) -> None:
    before = exported(other)
    put(other, exported(api))
    assert exported(other) != before
    other.control("POST", "/reset")
    assert exported(other) == before


def test_what_was_imported_can_be_changed_without_the_original(api: Api, other: Api) -> None:
    before = exported(api)
    put(other, before)
    for task in other.data("/tasks"):
        other.delete(f"/tasks/{task['id']}")
    assert exported(api) == before


def test_a_running_clock_runs_on(connect: Any, other: Api) -> None:
    api = connect(world="small", now="")
    api.control("POST", "/clock/advance", {"by": "2d"})
    found = exported(api)
    assert (found["mode"], round(found["ahead"])) == ("real", 2 * 86400)
    put(other, found)
    ahead = [exported(one)["ahead"] for one in (api, other)]
    assert ahead[0] == ahead[1]
    assert other.control("GET", "/clock")["mode"] == "real"


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_an_export_can_be_the_world_of_a_server(api: Api, tmp_path: Path, form: str) -> None:
    lived_in(api)
    path = tmp_path / f"world.{form}"
    path.write_bytes(api.http.get(f"/_fake/state?format={form}").content)
    found = world(world=str(path), now="", public_url=str(api.http.base_url).rstrip("/"))
    assert exported(found) == exported(api)
    assert everything(found) == everything(api)


def test_a_new_world_can_begin_with_an_export(api: Api) -> None:
    lived_in(api)
    row = api.control("POST", "/worlds", {"state": exported(api)})
    try:
        new = api.as_token(row["token"])
        assert new.get("/tasks").content == api.get("/tasks").content
    finally:
        api.control("DELETE", f"/worlds/{row['name']}")


def test_a_thousand_tasks_go_out_and_in_in_well_under_a_second(other: Api) -> None:
    big = world(tasks=1000)
    began = process_time()
    document = big.http.get("/_fake/state").content
    assert other.http.put("/_fake/state", content=document).json()["tasks"] == 1000
    assert process_time() - began < 1
    assert other.http.get("/_fake/state").content == document


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | NAMES,
    lambda part: st.lists(part, max_size=3) | st.dictionaries(NAMES, part, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(NAMES, st.dictionaries(NAMES, JSON, max_size=4), st.sampled_from(["json", "yaml"]))
def test_whatever_texts_and_values_a_world_holds_survive_the_way(title: str, custom: Json, form: str) -> None:
    api = survivor()
    api.control("POST", "/reset")
    api.control("POST", "/records/tag", {"title": title})
    api.control("POST", "/records/project", {"custom_fields": custom, "description": title})
    text = api.http.get(f"/_fake/state?format={form}").content
    before = api.http.get("/_fake/state").content
    answer = api.http.put("/_fake/state", content=text, headers={"Content-Type": f"application/{form}"})
    assert answer.status_code == 200, answer.text
    assert api.http.get("/_fake/state").content == before


def survivor(kept: list[Api] = []) -> Api:  # noqa: B006 - one world for all examples
    if not kept:
        kept.append(world(world="small"))
    return kept[0]


# ---------------------------------------------------------------- written by hand

IDS = ["ChvSQrZp", "2AhYw59s", "qv03Y19d"]
"""Ids of tasks, of three numbers."""


def test_rows_can_give_themselves_ids_and_others_count_on_from_them(other: Api) -> None:
    rows = [row(id=IDS[0], ref="a"), row(), row(id=IDS[1], parent_task="a")]
    assert put(other, good(tasks=rows)).status_code == 200
    found = [one["id"] for one in other.control("GET", "/records/task")["data"]]
    assert (found[0], found[2]) == (IDS[0], IDS[1])
    assert found[1] not in IDS, "its number is beyond those that are given"


def test_a_row_can_name_one_that_stands_further_below_by_its_id(other: Api) -> None:
    rows = [row(id=IDS[0], title="Below", parent_task=IDS[1]), row(id=IDS[1], title="Above")]
    assert put(other, good(tasks=rows)).status_code == 200
    [below, above] = other.control("GET", "/records/task")["data"]
    assert (below["parent_task_id"], above["parent_task_id"]) == (IDS[1], None)


def test_relative_times_count_from_the_documents_own_now(other: Api) -> None:
    document = good(now="2030-05-05T12:00:00Z", tasks=[row(due_date="+1d", created_at="-1d 08:00")])
    put(other, document)
    [task] = other.data("/tasks")
    assert (task["due_date"], task["created_at"]) == ("2030-05-06", "2030-05-04T08:00:00Z")
    assert other.control("GET", "/clock") == {"now": "2030-05-05T12:00:00.000Z", "mode": "frozen"}


def test_a_document_that_says_nothing_of_the_clock_leaves_it(other: Api) -> None:
    before = other.control("GET", "/clock")
    put(other, good())
    assert other.control("GET", "/clock") == before


def test_yaml_is_understood_without_a_content_type(other: Api) -> None:
    answer = other.http.put("/_fake/state", content=GOOD)
    assert answer.json() == {"world": "default", "tasks": 1}


def test_a_file_can_stand_there_with_its_text(other: Api) -> None:
    file = {"task": "t", "file_name": "a.txt", "mime_type": "text/plain", "content": "Zoë"}
    put(other, good(tasks=[row(ref="t")], files=[file]))
    [task] = other.data("/tasks")
    [attached] = task["attachements"]
    assert other.http.get(f"/_fake/files/{attached['id']}").text == "Zoë"


# ---------------------------------------------------------------- what is refused

BARE = {"task": "t", "file_name": "a", "mime_type": "b"}
FILE = {**BARE, "content": "c"}
BROKEN: dict[str, tuple[Json, str, str]] = {
    "an older version": ({"version": 0}, "version", "version 0 is older than what this fake reads: version 1."),
    "a newer version": ({"version": 2}, "version", "version 2 is newer than what this fake reads: version 1."),
    "a version that is a text": ({"version": "1"}, "version", "version '1' is no whole number"),
    "a version that is a flag": ({"version": True}, "version", "version True is no whole number"),
    "an unknown kind": ({"taks": []}, "taks", "unknown kind taks; did you mean tasks?"),
    "a kind that is no list": ({"tasks": {}}, "tasks", "tasks must be a list of mappings"),
    "a row that is no mapping": ({"tasks": [row(), 5]}, "tasks[1]", "tasks must be a list of mappings, not 5."),
    "an unknown field": (
        {"tasks": [row(), row(titel="a")]}, "tasks[1]", "task has no field titel; did you mean title?"),
    "an unknown reference": (
        {"tasks": [row(assignee="bto")]}, "tasks[0]", "there is no user bto above; did you mean bot?"),
    "the id of nothing": ({"tasks": [row(parent_task=IDS[0])]}, "tasks[0]", f"there is no task {IDS[0]} above"),
    "a project further below": (
        {"projects": [], "tasks": [row(project="project")]}, "tasks[0]", "there is no project project above"),
    "an id that is none": ({"tasks": [row(id="abc")]}, "tasks[0]", "the id abc is no id of a task but none that"),
    "an id that is no text": ({"tasks": [row(id=5)]}, "tasks[0]", "the id 5 is no id of a task"),
    "an id of another kind": (
        {"tags": [{"id": IDS[0], "title": "a"}]}, "tags[0]", "is no id of a tag but that of a task."),
    "an id twice": ({"tasks": [row(id=IDS[0]), row(id=IDS[0])]}, "tasks[1]", f"another task has the id {IDS[0]}."),
    "a task above itself": (
        {"tasks": [row(id=IDS[0], parent_task=IDS[0])]}, "tasks[0]", "this task is above itself."),
    "tasks above each other": (
        {"tasks": [row(id=IDS[0], parent_task=IDS[1]), row(id=IDS[1], parent_task=IDS[0])]}, "tasks[0]",
        "this task is above itself."),
    "a file of another record": (
        {"tasks": [row(id=IDS[0], files=["HqDVrtjS"]), row(ref="t")], "files": [{"id": "HqDVrtjS", **FILE}]},
        "tasks[0]", "the file HqDVrtjS belongs to another record."),
    "a file without bytes": (
        {"tasks": [row(ref="t")], "files": [BARE]}, "files[0]",
        "a file needs a content, a content_base64 or a sample of"),
    "a file with no base64": (
        {"tasks": [row(ref="t")], "files": [{**BARE, "content_base64": "!"}]}, "files[0]",
        "content_base64 is no base64."),
    "a frozen clock without a time": ({"mode": "frozen"}, "mode", "mode is real, or frozen with a now"),
    "an unknown mode": ({"mode": "slow"}, "mode", "mode is real, or frozen with a now, not 'slow'."),
    "a now that is no time": ({"now": "soon"}, "now", "now is an ISO date-time"),
    "a frozen clock that is ahead": ({"now": NOW, "ahead": 5}, "ahead", "ahead says by how many seconds"),
    "a number of no kind": ({"numbers": {"last": {"tusk": 5}}}, "numbers", "numbers are {last: {kind: number}"),
    "a number below nothing": ({"numbers": {"last": {"task": -5}}}, "numbers", "numbers are"),
    "revoked tokens that are no texts": ({"revoked": [5]}, "revoked", "revoked is a list of texts."),
    "a token that expires some time": (
        {"tokens": [{"token": "a", "user": "bot", "expires_at": "later"}]}, "tokens[0]", "'later' is no time"),
    "a webhook of no event": (
        {"webhooks": [{"url": NOWHERE, "events": ["tsk:*"]}]}, "webhooks[0]",
        "there is no event tsk:*; did you mean task:*?"),
    "a number for a text": ({"tasks": [row(title=5)]}, "tasks[0]", "title cannot be 5."),
    "a number that answers cannot print": (
        {"epics": [row(computed_fields={"hours": 2**64})]}, "epics[0]",
        "18446744073709551616 is a number of more than 64 bits"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_document_that_is_wrong_is_refused_with_its_place_and_changes_nothing(api: Api, name: str) -> None:
    more, place, why = BROKEN[name]
    before = exported(api)
    said = refused(put(api, good(**more)))
    assert said.startswith(f"state:{place}: "), said
    assert why in said
    assert exported(api) == before


@pytest.mark.parametrize("name", BROKEN)
def test_the_same_document_as_yaml_is_refused_with_its_line(tmp_path: Path, name: str) -> None:
    more, _, why = BROKEN[name]
    path = tmp_path / "world.yaml"
    path.write_text(yaml.safe_dump(good(**more), sort_keys=False))
    with pytest.raises(SeedError) as error:
        loaded(path)
    where, line, said = str(error.value).split(":", 2)
    assert (where, line.isdigit(), why in said) == (str(path), True, True), error.value


TORN: dict[str, tuple[str, Callable[[str], bytes], str]] = {
    "JSON that ends early": ("json", lambda text: text[:-20].encode(), "state:"),
    "JSON with a comma too many": ("json", lambda _: b'{"tags": [\n  {},]}', "state:2:"),
    "JSON with a key twice": (
        "json", lambda _: b'{"tags": [], "tags": []}', "state: tags stands twice in one object."),
    "JSON that is a list": ("json", lambda _: b"[]", "state: a world is a mapping from kinds of record to rows."),
    "JSON with half a character": ("json", lambda _: b'{"tags": [{"title": "\\ud800"}]}', "state:1:"),
    "bytes that are no text": ("json", lambda _: b'{"tags": "\xff"}', "state: is no UTF-8 text"),
    "YAML with a tab": ("yaml", lambda _: b"tags:\n\t- {title: A}\n", "state:2: found character"),
    "nothing": ("yaml", lambda _: b"", "state:1: a world is a mapping from kinds of record to rows."),
    "JSON nested without end": ("json", lambda _: b'{"tags":' + b"[" * 5000 + b"]" * 5000 + b"}", "state:"),
    "YAML that holds itself": (
        "yaml", lambda _: (GOOD + "tags: &a\n  - {title: *a}\n").encode(), "state:"),
    "no integration": ("json", lambda _: b"{}", "state: a world needs an integration"),
}  # fmt: skip


@pytest.mark.parametrize("name", TORN)
def test_a_document_that_cannot_be_read_is_refused_with_the_place_and_changes_nothing(api: Api, name: str) -> None:
    form, tear, why = TORN[name]
    before = exported(api)
    text = api.http.get(f"/_fake/state?format={form}").text
    answer = api.http.put("/_fake/state", content=tear(text), headers={"Content-Type": f"application/{form}"})
    assert refused(answer).startswith(why), answer.text
    assert exported(api) == before


def test_a_broken_json_file_is_refused_with_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "world.json"
    path.write_text(json.dumps(good(), indent=1)[:-1])
    with pytest.raises(SeedError, match=r"world\.json:\d+:\d+: "):
        loaded(path)


def test_an_unknown_format_is_refused_with_the_nearest(api: Api) -> None:
    answer = api.http.get("/_fake/state?format=yml")
    assert refused(answer) == "format cannot be yml; did you mean yaml?"
