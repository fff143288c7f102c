"""The order in which requests are checked."""

from collections.abc import Mapping
from typing import Any

import pytest

from contract_tests.client import Api, hint, said
from contract_tests.declared import LISTINGS, call, path_of
from contract_tests.expected import NO_SCOPE, UNAUTHENTICATED
from fake_server.resources import OPERATIONS

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
WRONG_JSON: Mapping[str, Any] = {"content": b"{", "headers": {"Content-Type": "application/json"}}
WRONG_TYPE: Mapping[str, Any] = {"content": b"{}", "headers": {"Content-Type": "text/plain"}}


@pytest.mark.proves("E1", "E3", "errors.not-found")
@pytest.mark.parametrize("path", ["/nope", "/task", "/Tasks", "//tasks", "/tasks/x/y"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_route_is_missing_before_anything_else(api: Api, method: str, path: str) -> None:
    answer = api.http.request(method, f"/api/v1{path}", content=b"{")
    assert said(answer) == (404, {"message": f"The route api/v1{path} could not be found."})
    assert hint(answer)


@pytest.mark.proves("E9")
@pytest.mark.parametrize("path", ["/tasks", "/whoami", "/tasks/WEB-1"])
def test_a_slash_at_the_end_leads_nowhere_and_the_hint_says_so(api: Api, path: str) -> None:
    answer = api.get(f"{path}/")
    assert said(answer) == (404, {"message": f"The route api/v1{path} could not be found."})
    assert "slash at the end" in hint(answer)


@pytest.mark.proves("E3", "errors.server-error")
def test_a_fault_of_the_fake_itself_is_a_server_error_whose_trace_is_in_the_log(
    alone: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("fake_server.api.lists.envelope", broken)
    answer = alone.get("/tasks")
    assert said(answer) == (500, {"message": "Server Error"})
    assert "not of your request" in hint(answer)
    [record] = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


@pytest.mark.proves("E8")
@pytest.mark.parametrize(
    "method, path",
    [("GET", "/portfolios"), ("POST", "/clients/x/restore"), ("PUT", "/clients/x/external-identifier")],
)
def test_an_operation_that_is_not_faked_yet_is_missing_and_the_hint_says_so(api: Api, method: str, path: str) -> None:
    answer = api.ask(method, path)
    assert said(answer) == (404, {"message": f"The route api/v1{path} could not be found."})
    assert "not answer it yet" in hint(answer)
    assert "not answer it yet" not in hint(api.get("/nope"))


@pytest.mark.proves("E11", "E4")
@pytest.mark.parametrize("accept", ["text/html", "*/*", "application/xml;q=0.9, text/plain", ""])
def test_a_refusal_is_json_whatever_the_client_would_rather_have(api: Api, accept: str) -> None:
    answers = [
        api.get("/nope", headers={"Accept": accept}),
        api.get("/tasks", headers={"Accept": accept, "Authorization": ""}),
        api.post("/tasks", {}, headers={"Accept": accept}),
    ]
    assert [(one.status_code, one.headers["content-type"]) for one in answers] == [
        (status, "application/json") for status in (404, 401, 422)
    ]
    assert [one.json()["message"] for one in answers][1] == "Unauthenticated."


PATHS = {operation.path: operation for operation in reversed(OPERATIONS.values())}


@pytest.mark.proves("E1", "E3")
@pytest.mark.parametrize("path", PATHS)
def test_another_method_is_refused_with_those_that_the_path_answers_to(api: Api, path: str) -> None:
    asked = path_of(api, PATHS[path])
    alike = [one.method for one in OPERATIONS.values() if fits(one.path, asked)]
    allowed = [method for method in METHODS if method in alike or (method == "HEAD" and "GET" in alike)]
    for method in METHODS:
        if method not in (*allowed, "HEAD"):
            answer = api.http.request(method, f"/api/v1{asked}")
            supported = ", ".join(allowed)
            message = f"The {method} method is not supported for route api/v1{asked}. Supported methods: {supported}."
            assert said(answer) == (405, {"message": message})
            assert (answer.headers["allow"], bool(hint(answer))) == (supported, True)


def fits(template: str, path: str) -> bool:
    """Whether an operation's path is that of a request: /tasks/comments is one of /tasks/{id} too."""
    parts, asked = template.split("/"), path.split("/")
    return len(parts) == len(asked) and all(
        part.startswith("{") or part == segment for part, segment in zip(parts, asked, strict=True)
    )


@pytest.mark.proves("E1")
def test_the_token_comes_before_the_rate(connect: Any) -> None:
    limited = connect(rate_limit=1)
    assert [limited.get("/whoami").status_code for _ in range(2)] == [200, 429]
    limited.control("DELETE", f"/tokens/{limited.token}")
    assert said(limited.get("/whoami")) == (401, UNAUTHENTICATED)


@pytest.mark.proves("E1")
def test_the_rate_comes_before_the_scope(connect: Any) -> None:
    limited = connect(rate_limit=1).register(scopes=[])
    assert [limited.get("/tasks").status_code for _ in range(2)] == [403, 429]


WITH_BODY = [name for name, operation in OPERATIONS.items() if operation.body]
WITH_JSON = [name for name in WITH_BODY if name != "tasks.upload"]
WITH_RECORD = [name for name, operation in OPERATIONS.items() if operation.parameters]


@pytest.mark.proves("E1")
@pytest.mark.parametrize("name", WITH_BODY)
@pytest.mark.parametrize("wrong", [WRONG_JSON, WRONG_TYPE], ids=["broken", "other type"])
def test_the_scope_comes_before_the_body(api: Api, name: str, wrong: Any) -> None:
    asked = path_of(api, OPERATIONS[name])
    answer = api.register(scopes=[]).ask(OPERATIONS[name].method, asked, **wrong)
    assert said(answer) == (403, NO_SCOPE)


@pytest.mark.proves("E1", "E12")
@pytest.mark.parametrize("name", [name for name in WITH_RECORD if OPERATIONS[name].scopes])
def test_the_scope_comes_before_the_record(api: Api, name: str) -> None:
    answer = api.register(scopes=[]).ask(OPERATIONS[name].method, path_of(api, OPERATIONS[name], "nope"))
    assert said(answer) == (403, NO_SCOPE)


@pytest.mark.proves("E1")
@pytest.mark.parametrize("name", WITH_JSON)
@pytest.mark.parametrize("wrong, status", [(WRONG_JSON, 400), (WRONG_TYPE, 415)], ids=["broken", "other type"])
def test_the_form_of_the_body_comes_before_the_record(api: Api, name: str, wrong: Any, status: int) -> None:
    answer = call(api, OPERATIONS[name], {"find_by": "bogus"}, "nope", **wrong)
    assert (answer.status_code, list(answer.json())) == (status, ["message"])


@pytest.mark.proves("E1")
@pytest.mark.parametrize("name", WITH_RECORD)
def test_the_record_comes_before_what_the_body_and_query_say(api: Api, name: str) -> None:
    operation = OPERATIONS[name]
    wrong: dict[str, Any] = {"json": {"title": None, "external_id": 5}} if name in WITH_JSON else {}
    answer = api.ask(operation.method, path_of(api, operation, "nope"), {"sort": "nope", "filter": "("}, **wrong)
    model = (operation.parent or operation.kind).title()
    assert said(answer) == (404, {"message": f"No query results for model [App\\Models\\{model}] nope"})


@pytest.mark.proves("E1", "E7")
def test_validation_comes_before_the_query(api: Api) -> None:
    path = path_of(api, OPERATIONS["projects.phases"])
    for query in ({"sort": "nope"}, {"include": "nope"}, {"filter": "("}, {"page[cursor]": "nope"}):
        assert api.get(path, {"find_by": "nope", **query}).status_code == 422
        assert api.get(path, query).status_code == 400


@pytest.mark.proves("E1")
@pytest.mark.parametrize("name", LISTINGS)
def test_the_token_and_the_scope_come_before_the_query(api: Api, name: str) -> None:
    asked, wrong = path_of(api, LISTINGS[name]), {"filter": "("}
    assert api.get(asked, wrong, headers={"Authorization": ""}).status_code == 401
    assert api.register(scopes=[]).get(asked, wrong).status_code == (403 if LISTINGS[name].scopes else 400)


@pytest.mark.proves("E1")
def test_a_refused_request_changes_nothing(api: Api) -> None:
    before = api.data("/tasks")
    for name in WITH_RECORD:
        call(api.register(scopes=[]), OPERATIONS[name], named=before[0]["id"])
        call(api, OPERATIONS[name], {"find_by": "nope"}, before[0]["id"])
        call(api, OPERATIONS[name], named=before[0]["id"], headers={"Authorization": ""})
    assert api.data("/tasks") == before


@pytest.mark.proves("E6")
@pytest.mark.parametrize("name", [name for name, operation in OPERATIONS.items() if operation.method == "GET"])
def test_head_answers_as_get_without_the_body(api: Api, name: str) -> None:
    path = path_of(api, OPERATIONS[name])
    get, head = api.get(path), api.ask("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == get.headers
