"""The vendor's tasks page: every printed call, sent as it is printed."""

import json
import shlex
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from contract_tests.client import NOW, Api, hint
from contract_tests.expected import (
    BRIEF,
    BRIEF_DATA,
    CONCEPT,
    CONCEPT_DATA,
    FILE_DATA,
    GOLIVE,
    GOLIVE_DATA,
    IDENTITY,
    IDENTITY_DATA,
    INGRID,
    INGRID_DATA,
    LAUNCH,
    LAUNCH_DATA,
    LOGO,
    LOGO_DATA,
    PETER,
    PETER_DATA,
    PROJECT,
    ZOE,
    ZOE_DATA,
    Json,
    missing,
    refusal,
    task,
)
from contract_tests.service.listed_tasks import uris


def curl(api: Api, printed: str, without: tuple[str, ...] = (), **real: Any) -> httpx2.Response:
    """A printed call, made with real values for the placeholders of its path and body."""
    words = shlex.split(printed)
    url = urlsplit(next(word for word in words if word.startswith("https://")))
    path = url.path.removeprefix("/api/v1").format_map(real)
    options = list(pairwise(words))
    headers = dict(value.split(": ", 1) for option, value in options if option == "-H")
    assert (url.netloc, headers.pop("Authorization")) == ("api.kanbert.com", "Bearer <YOUR_TOKEN_HERE>")
    body = next((value for option, value in options if option == "-d"), None)
    part = next((value for option, value in options if option == "-F"), None)
    content = None
    if body is not None:
        sent = {name: real.get(name, value) for name, value in json.loads(body).items()}
        content = json.dumps({name: value for name, value in sent.items() if name not in without})
    if part is not None:
        headers["Content-Type"] += "; boundary=curl"  # as curl adds it
        name, value = part.split("=")
        content = f'--curl\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--curl--\r\n'
    method = next(value for option, value in options if option == "-X")
    return api.ask(method, path, url.query, content=content, headers=headers)


LIST = """curl -i -X GET \\
  'https://api.kanbert.com/api/v1/tasks?sort=sort%3D-created_at%2Ctitle&include=string&page%5Bsize%5D=30&page%5Bcursor%5D=string&filter=title+contains+%22Acme%22+and+%28created_at+%3E%3D+%222024-01-01%22+or+client.name+contains+%22Corp%22%29' \\
  -H 'Authorization: Bearer <YOUR_TOKEN_HERE>'"""  # noqa: E501

STORE = """curl -i -X POST \\
  https://api.kanbert.com/api/v1/tasks \\
  -H 'Authorization: Bearer <YOUR_TOKEN_HERE>' \\
  -H 'Content-Type: application/json' \\
  -d '{
    "external_id": "string",
    "external_origin": "string",
    "title": "string",
    "description": "string",
    "estimated_hours": 0,
    "due_date": "2019-08-24T14:15:22Z",
    "is_public": true,
    "watchers": [
      "string"
    ],
    "status": "Backlog",
    "project_id": "string",
    "insert_before": "string",
    "insert_after": "string",
    "parent_task_id": "string",
    "assignee_id": "string",
    "epic_id": "string",
    "phase_id": "string",
    "milestone_id": "string"
  }'"""

SHOW = """curl -i -X GET \\
  'https://api.kanbert.com/api/v1/tasks/{id}?find_by=id&origin=string' \\
  -H 'Authorization: Bearer <YOUR_TOKEN_HERE>'"""

DELETE = """curl -i -X DELETE \\
  'https://api.kanbert.com/api/v1/tasks/{id}?find_by=id&origin=string' \\
  -H 'Authorization: Bearer <YOUR_TOKEN_HERE>'"""

UPDATE = """curl -i -X PATCH \\
  'https://api.kanbert.com/api/v1/tasks/{task}?find_by=id&origin=string' \\
  -H 'Authorization: Bearer <YOUR_TOKEN_HERE>' \\
  -H 'Content-Type: application/json' \\
  -d '{
    "title": "string",
    "description": "string",
    "estimated_hours": 0,
    "due_date": "2019-08-24T14:15:22Z",
    "is_public": true,
    "watchers": [
      "string"
    ],
    "add_watchers": [
      "string"
    ],
    "status": "Backlog",
    "parent_task_id": "string",
    "assignee_id": "string",
    "epic_id": "string",
    "phase_id": "string",
    "milestone_id": "string"
  }'"""

IDENTIFY = """curl -i -X PUT \\
  'https://api.kanbert.com/api/v1/tasks/{id}/external-identifier?find_by=id&origin=string' \\
  -H 'Authorization: Bearer <YOUR_TOKEN_HERE>' \\
  -H 'Content-Type: application/json' \\
  -d '{
    "external_id": "string",
    "external_origin": "string"
  }'"""

UPLOAD = """curl -i -X POST \\
  'https://api.kanbert.com/api/v1/tasks/{id}/upload?find_by=id&origin=string' \\
  -H 'Authorization: Bearer <YOUR_TOKEN_HERE>' \\
  -H 'Content-Type: multipart/form-data' \\
  -F file=string"""

LINKS: Json = {
    "parent_task_id": LAUNCH,
    "assignee_id": INGRID,
    "epic_id": IDENTITY,
    "phase_id": CONCEPT,
    "milestone_id": GOLIVE,
}
LINKED: Json = {
    "parent_task_id": LAUNCH,
    "assignee": INGRID_DATA,
    "epic": IDENTITY_DATA,
    "phase": CONCEPT_DATA,
    "milestone": GOLIVE_DATA,
}


@pytest.mark.proves("L10")
def test_the_printed_list_names_a_sort_that_does_not_exist(api: Api) -> None:
    answer = curl(api, LIST)
    known = "title, uri, status, updated_at, created_at, due_date"
    message = f"Requested sort(s) `sort=-created_at` is not allowed. Allowed sort(s) are `{known}`."
    assert (answer.status_code, answer.json()) == (400, {"message": message})
    assert "Write sort=-created_at" in hint(answer)


@pytest.mark.proves("filter.text-parentheses", "filter.text-and-or", "filter.text-symbols", "filter.text-dotted")
def test_the_list_as_the_printed_one_is_meant_finds_tasks(api: Api) -> None:
    api.patch(f"/tasks/{LOGO}", {"title": "The Acme logo"})
    meant = 'title contains "Acme" and (due_date >= "2024-01-01" or client.name contains "Corp")'
    assert uris(api, sort="-created_at,title", include="project", filter=meant, **{"page[size]": "30"}) == ["WEB-3"]


@pytest.mark.proves(
    "tasks.store.exists",
    "tasks.store.answer",
    "tasks.store.json",
    "tasks.store.references",
    "tasks.store.insert",
    "tasks.store.due-date",
    "task.phase",
    "task.milestone",
    "task.epic",
)
def test_the_printed_create_answers_the_new_task(api: Api) -> None:
    below = api.post("/tasks", {"title": "Below", "project_id": PROJECT, "status": "Backlog"}).json()["id"]
    made = curl(
        api, STORE, without=("insert_after",), title="T", description="<p>D</p>", external_id="E",
        external_origin="O", watchers=[ZOE], project_id=PROJECT, insert_before=below, **LINKS,
    )  # fmt: skip
    assert made.status_code == 200
    assert made.json() == task(
        made.json()["id"], "WEB-5", "T", description="<p>D</p>", external_id="E", external_origin="O", is_public=True,
        status="Backlog", estimated_hours=0, due_date="2019-08-24", list_sorting=0, **LINKED,
    )  # fmt: skip
    [listed] = api.data("/tasks", {"filter": 'uri = "WEB-5"', "include": "watchers"})
    assert listed == {**made.json(), "watchers": [ZOE_DATA]}


@pytest.mark.proves("T11")
def test_the_printed_create_cannot_go_before_one_task_and_after_another(api: Api) -> None:
    backlog = {"project_id": PROJECT, "status": "Backlog"}
    beside = [api.post("/tasks", {"title": title, **backlog}).json()["id"] for title in "AB"]
    answer = curl(
        api, STORE, title="T", watchers=[ZOE], project_id=PROJECT, insert_before=beside[1], insert_after=beside[0],
        **LINKS,
    )  # fmt: skip
    wanted = refusal({"insert_after": ["The insert after field is prohibited."]})
    assert (answer.status_code, answer.json()) == (422, wanted)


@pytest.mark.proves("T10", "errors.validation", "errors.member-number", "E2")
def test_the_printed_create_with_its_placeholders_names_what_does_not_exist(api: Api) -> None:
    answer = curl(api, STORE)
    texts = {
        "watchers.0": ["The selected watchers.0 is invalid."],
        "project_id": ["The selected project id is invalid."],
        "insert_before": ["The selected insert before is invalid."],
        "insert_after": ["The selected insert after is invalid."],
        "parent_task_id": ["The selected parent task id is invalid."],
        "assignee_id": ["The selected assignee id is invalid."],
        "epic_id": ["The selected epic id is invalid."],
        "phase_id": ["The selected phase id is invalid."],
        "milestone_id": ["The selected milestone id is invalid."],
    }
    assert (answer.status_code, answer.json()) == (422, refusal(texts))
    assert answer.json()["message"] == "The selected watchers.0 is invalid. (and 8 more errors)"


@pytest.mark.proves(
    "tasks.show.exists",
    "tasks.show.answer",
    "task.required-fields",
    "task.types",
    "task.due-date-settings",
    "task.priority-option",
    "task.attachements",
    "phase.fields",
    "milestone.fields",
    "epic.fields",
    "computed-fields.numbers",
)
def test_the_printed_show_answers_the_task(api: Api) -> None:
    answer = curl(api, SHOW, id=LOGO)
    assert (answer.status_code, answer.json()) == (200, LOGO_DATA)


@pytest.mark.proves("tasks.delete.exists", "tasks.delete.answer", "T15")
def test_the_printed_delete_answers_the_task_as_it_was(api: Api) -> None:
    answer = curl(api, DELETE, id=LOGO)
    assert (answer.status_code, answer.json()) == (200, LOGO_DATA)
    assert (api.data("/tasks"), api.get(f"/tasks/{LOGO}").json()) == ([BRIEF_DATA, LAUNCH_DATA], missing(LOGO))


@pytest.mark.proves(
    "tasks.update.exists", "tasks.update.answer", "tasks.update.references", "tasks.update.due-date", "task.mention"
)
def test_the_printed_update_answers_the_changed_task(api: Api) -> None:
    answer = curl(
        api, UPDATE, task=BRIEF, title="T", description=f'<p><mention data-id="{ZOE}" /></p>', watchers=[PETER],
        add_watchers=[ZOE], **LINKS,
    )  # fmt: skip
    wanted = {
        **BRIEF_DATA, "title": "T", "description": f'<p><mention data-id="{ZOE}" /></p>', "estimated_hours": 0,
        "due_date": "2019-08-24", "is_public": True, "status": "Backlog", "completed_at": None, "updated_at": NOW,
        **LINKED,
    }  # fmt: skip
    assert (answer.status_code, answer.json(), api.data(f"/tasks/{BRIEF}")) == (200, wanted, wanted)
    [listed] = api.data("/tasks", {"filter": 'uri = "WEB-1"', "include": "watchers"})
    assert listed == {**wanted, "watchers": [PETER_DATA, ZOE_DATA]}


@pytest.mark.proves("tasks.updateexternalid.exists", "tasks.updateexternalid.answer", "external-id.shown")
def test_the_printed_external_identifier_answers_the_changed_task(api: Api) -> None:
    answer = curl(api, IDENTIFY, id=BRIEF)
    wanted = {**BRIEF_DATA, "external_id": "string", "external_origin": "string", "updated_at": NOW}
    assert (answer.status_code, answer.json(), api.data(f"/tasks/{BRIEF}")) == (200, wanted, wanted)


@pytest.mark.proves("tasks.upload.exists", "tasks.upload.answer", "tasks.upload.printed-call", "file.fields", "T24")
def test_the_printed_upload_answers_the_file_and_hints_at_its_missing_name(api: Api) -> None:
    answer = curl(api, UPLOAD, id=LOGO)
    wanted = {
        "id": answer.json()["id"], "file_name": "file", "mime_type": "application/octet-stream", "size": 6,
        "entity_id": LOGO, "entity_type": "task", "created_at": NOW,
    }  # fmt: skip
    assert (answer.status_code, answer.json()) == (200, wanted)
    assert "filename" in hint(answer)
    assert api.data(f"/tasks/{LOGO}") == {**LOGO_DATA, "attachements": [FILE_DATA, wanted], "updated_at": NOW}
