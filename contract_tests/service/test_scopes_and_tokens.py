"""Who may ask what: tokens, scopes, find_by and rate limits."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from contract_tests.client import Api, hint, said
from contract_tests.declared import LISTINGS, call, content_of, path_of
from contract_tests.expected import NO_SCOPE, TOO_MANY, UNAUTHENTICATED
from contract_tests.service.listed_tasks import task_ids
from fake_server.declare.operation import Operation
from fake_server.resources import OPERATIONS

SCOPES = sorted({scope for operation in OPERATIONS.values() for scope in operation.scopes})

of_every_operation = pytest.mark.parametrize("name", OPERATIONS)
about_scopes = pytest.mark.proves(
    "tasks.index.scope",
    "tasks.store.scope",
    "tasks.show.scope",
    "tasks.delete.scope",
    "tasks.update.scope",
    "tasks.updateexternalid.scope",
    "tasks.upload.scope",
    "taskcomments.store.scope",
    "clients.fullindex.scope",
    "scopes.webhooks",
)


# --- tokens ----------------------------------------------------------------------------------------------


@pytest.mark.proves("auth.http-or-oauth2", "errors.unauthenticated", "E3")
@of_every_operation
def test_without_a_token_nobody_is_let_in(api: Api, name: str) -> None:
    operation = OPERATIONS[name]
    answer = api.http.request(operation.method, f"/api/v1{path_of(api, operation)}")
    assert said(answer) == (401, UNAUTHENTICATED)
    assert "Authorization: Bearer" in hint(answer)
    assert "www-authenticate" not in answer.headers


@pytest.mark.proves("auth.bearer", "errors.unauthenticated", "A1")
@of_every_operation
@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "contract", "Basic contract", "Token contract", "Bearer:x"]
)
def test_a_malformed_header_lets_nobody_in(alone: Api, name: str, header: str) -> None:
    # Alone, because over a socket the HTTP library would refuse to send it.
    answer = call(alone, OPERATIONS[name], headers={"Authorization": header})
    assert said(answer) == (401, UNAUTHENTICATED)
    assert "Bearer" in hint(answer)


@pytest.mark.proves("A1", "auth.bearer")
@pytest.mark.parametrize("header", ["Bearer any", "bearer any", "BEARER any", "Bearer  any "])
def test_any_token_is_good_unless_the_server_is_strict(alone: Api, header: str) -> None:
    user = alone.get("/whoami", headers={"Authorization": header}).json()
    assert (user["type"], user["email"]) == ("integration", "integration@example.com")


@pytest.mark.proves("A1", "A2", "users.whoami.exists")
@pytest.mark.parametrize(
    "token, email", [("user-token", "zoe.mueller@example.com"), ("guest-token", "peter.sorensen@example.org")]
)
def test_a_registered_token_acts_as_its_user(api: Api, token: str, email: str) -> None:
    found = api.as_token(token).data("/whoami")
    assert found == next(user for user in api.data("/users") if user["email"] == email)


@pytest.mark.proves("A1", "A2", "user.types")
@pytest.mark.parametrize("key", ["id", "email"])
def test_a_token_may_be_registered_for_every_user(api: Api, key: str) -> None:
    users = api.data("/users")
    assert [api.register(user=user[key]).data("/whoami") for user in users] == users


@pytest.mark.proves("A1")
@pytest.mark.parametrize("seconds, status", [(0, 401), (-1, 401), (-86400, 401), (60, 200)])
def test_a_token_is_good_until_it_expires(api: Api, seconds: int, status: int) -> None:
    answer = api.register(expires_in=seconds).get("/whoami")
    assert answer.status_code == status
    if status == 401:
        assert (answer.json(), "expired" in hint(answer)) == (UNAUTHENTICATED, True)


@pytest.mark.proves("A1")
@pytest.mark.parametrize("token", ["user-token", "never-registered"])
def test_a_revoked_token_lets_nobody_in(api: Api, token: str) -> None:
    revoked = api.as_token(token)
    assert revoked.get("/whoami").status_code == 200
    api.control("DELETE", f"/tokens/{token}")
    answer = revoked.get("/whoami")
    assert (said(answer), "revoked" in hint(answer)) == ((401, UNAUTHENTICATED), True)


@pytest.mark.proves("A1")
def test_a_revoked_token_may_be_registered_again(api: Api) -> None:
    api.control("DELETE", "/tokens/again")
    assert api.register(token="again").data("/whoami")["type"] == "integration"


@pytest.mark.proves("A5")
def test_tokens_do_not_outlive_a_reset(api: Api) -> None:
    ended = api.register(token="ended", user="zoe.mueller@example.com")
    api.control("DELETE", "/tokens/user-token")
    api.control("POST", "/reset")
    assert ended.get("/whoami").status_code == 401
    assert api.as_token("user-token").data("/whoami")["type"] == "user"


@pytest.fixture
def strict(connect: Any) -> Api:
    """A server that accepts registered tokens only."""
    return connect(strict_auth=True, token=["known"])  # type: ignore[no-any-return]


@pytest.mark.proves("A1")
@pytest.mark.parametrize("token, status", [("known", 200), ("user-token", 200), ("guest-token", 200), ("other", 401)])
def test_a_strict_server_knows_its_tokens(strict: Api, token: str, status: int) -> None:
    answer = strict.as_token(token).get("/whoami")
    assert answer.status_code == status
    if status == 401:
        assert (answer.json(), "strict" in hint(answer)) == (UNAUTHENTICATED, True)


@pytest.mark.proves("A1")
def test_a_strict_server_takes_tokens_that_are_registered_later(strict: Api) -> None:
    assert strict.register().data("/whoami")["type"] == "integration"


@pytest.mark.proves("A1")
def test_a_strict_server_revokes_its_tokens(strict: Api) -> None:
    strict.control("DELETE", "/tokens/known")
    assert said(strict.as_token("known").get("/whoami")) == (401, UNAUTHENTICATED)


# --- scopes ----------------------------------------------------------------------------------------------


def scoped() -> Iterator[tuple[str, str]]:
    for name, operation in OPERATIONS.items():
        for scope in operation.scopes:
            yield name, scope


@about_scopes
@pytest.mark.proves("E3")
@pytest.mark.parametrize("name, scope", list(scoped()))
def test_all_other_scopes_do_not_replace_the_needed_one(api: Api, name: str, scope: str) -> None:
    other = api.register(scopes=[one for one in SCOPES if one != scope])
    asked = path_of(api, OPERATIONS[name])
    answer = other.ask(OPERATIONS[name].method, asked)
    assert said(answer) == (403, NO_SCOPE)
    assert scope in hint(answer)


@about_scopes
@pytest.mark.proves("scopes.none")
@of_every_operation
def test_exactly_the_needed_scopes_are_enough(api: Api, name: str) -> None:
    operation = OPERATIONS[name]
    asked, content = path_of(api, operation), content_of(api, operation)
    answer = api.register(scopes=list(operation.scopes)).ask(operation.method, asked, **content)
    assert answer.status_code == 200, answer.text


@pytest.mark.proves("E3")
@pytest.mark.parametrize("name", [name for name, operation in OPERATIONS.items() if operation.scopes])
def test_a_token_without_scopes_is_refused_where_one_is_needed(api: Api, name: str) -> None:
    asked = path_of(api, OPERATIONS[name])
    assert said(api.register(scopes=[]).ask(OPERATIONS[name].method, asked)) == (403, NO_SCOPE)


@pytest.mark.proves("tasks.updateexternalid.scope", "T17")
def test_the_external_identifier_of_a_task_needs_the_scope_that_is_printed(api: Api) -> None:
    path = f"/tasks/{task_ids(api)['logo']}/external-identifier"
    task_scopes = api.register(scopes=["task-management:read", "task-management:write"])
    assert said(task_scopes.put(path, {"external_id": "x"})) == (403, NO_SCOPE)
    assert api.register(scopes=["client:write"]).put(path, {"external_id": "x"}).status_code == 200


# --- integrations ----------------------------------------------------------------------------------------


@pytest.mark.proves("external-id.origin-default", "T16")
def test_the_slug_of_the_token_is_the_origin_of_what_it_creates(api: Api) -> None:
    body = {"title": "x", "external_id": "7", "project_id": api.data("/projects")[0]["id"]}
    origins = [one.post("/tasks", body).json()["external_origin"] for one in (api, api.register(integration="acme"))]
    assert origins == ["fake-integration", "acme"]


@pytest.mark.proves("find-by.origin", "T16")
def test_the_slug_of_the_token_is_the_origin_in_which_it_seeks(api: Api) -> None:
    jira = api.register(integration="jira")
    params = {"find_by": "external_id"}
    assert jira.data("/tasks/WEB-3001", params)["title"] == "Design the logo"
    assert jira.data("/projects/10001/phases", params)[0]["title"] == "Concept and design"
    assert api.get("/tasks/WEB-3001", params).status_code == 404
    assert api.get("/projects/10001/phases", params).status_code == 404
    assert jira.get("/tasks/WEB-3001", params | {"origin": "hubspot"}).status_code == 404


@pytest.mark.proves("external-id.origin-default")
def test_the_slug_of_the_token_is_the_origin_of_an_identifier(api: Api) -> None:
    path = f"/tasks/{task_ids(api)['brief']}/external-identifier"
    task = api.register(integration="acme").put(path, {"external_id": "7"}).json()
    assert (task["external_id"], task["external_origin"]) == ("7", "acme")


# --- find_by ---------------------------------------------------------------------------------------------


def named(api: Api, operation: Operation, by: str) -> tuple[str, dict[str, str]]:
    """A text by which the record of an operation can be found, and the query that says so."""
    kind = operation.parent or operation.kind
    path = next(one.path for one in LISTINGS.values() if one.kind == kind)
    record = next(one for one in api.data(path) if one["external_id"])
    params = {"find_by": by} | ({"origin": record["external_origin"]} if by == "external_id" else {})
    return record.get(by, "WEB"), params


def findings() -> Iterator[tuple[str, str]]:
    for name, operation in OPERATIONS.items():
        for by in operation.find_by:
            yield name, by


@pytest.mark.proves(
    "tasks.show.find-by",
    "tasks.delete.find-by",
    "tasks.update.find-by",
    "tasks.updateexternalid.find-by",
    "tasks.upload.find-by",
    "projects.phases.find-by",
    "T17",
)
@pytest.mark.parametrize("name, by", list(findings()))
def test_a_record_is_found_by_each_printed_field(api: Api, name: str, by: str) -> None:
    text, params = named(api, OPERATIONS[name], by)
    answer = call(api, OPERATIONS[name], params, named=text)
    # The operation prints shortcode, which tasks have not: ruling T17.
    expected = 404 if (name, by) == ("tasks.updateexternalid", "shortcode") else 200
    assert answer.status_code == expected, answer.text


def unprinted_findings() -> Iterator[tuple[str, str]]:
    for name, operation in OPERATIONS.items():
        for by in ("email", "ID", "uri,id", "shortcode", "uri"):
            if operation.find_by and by not in operation.find_by:
                yield name, by


@pytest.mark.proves("E7", "errors.validation")
@pytest.mark.parametrize("name, by", list(unprinted_findings()))
def test_a_find_by_outside_the_printed_ones_is_invalid(api: Api, name: str, by: str) -> None:
    answer = call(api, OPERATIONS[name], {"find_by": by})
    message = "The selected find by is invalid."
    assert said(answer) == (422, {"message": message, "errors": {"find_by": [message]}})
    assert "find_by" in hint(answer)


@pytest.mark.proves("find-by.default", "find-by.origin")
@pytest.mark.parametrize("params", [{}, {"find_by": ""}, {"find_by": "id", "origin": "jira"}])
def test_id_is_what_a_record_is_found_by_unless_said_otherwise(api: Api, params: dict[str, str]) -> None:
    id = task_ids(api)["logo"]
    assert api.data(f"/tasks/{id}", params)["id"] == id


@pytest.mark.proves("find-by.default", "find-by.origin", "E3")
@pytest.mark.parametrize(
    "text, params, advice",
    [
        ("WEB-3", {}, "find_by=uri"),
        ("WEB-3", {"find_by": "external_id"}, "find_by=uri"),
        ("WEB-3001", {"origin": "jira"}, "find_by=external_id"),
        ("WEB-3001", {"find_by": "external_id"}, "fake-integration"),
    ],
)
def test_a_record_sought_by_the_wrong_field_is_missing_with_advice(
    api: Api, text: str, params: dict[str, str], advice: str
) -> None:
    answer = api.get(f"/tasks/{text}", params)
    named = f" {text}" if "find_by" not in params else "."
    assert said(answer) == (404, {"message": f"No query results for model [App\\Models\\Task]{named}"})
    assert advice in hint(answer)


# --- rate limit ------------------------------------------------------------------------------------------


def rate(answer: httpx2.Response) -> dict[str, str]:
    names = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after")
    return {name: answer.headers[name] for name in names if name in answer.headers}


@pytest.fixture
def limited(connect: Any) -> Api:
    """A server that lets each token ask three times a minute."""
    return connect(rate_limit=3)  # type: ignore[no-any-return]


def left(count: int) -> dict[str, str]:
    return {"x-ratelimit-limit": "3", "x-ratelimit-remaining": str(count)}


@pytest.mark.proves("A3")
def test_without_a_limit_no_answer_speaks_of_one(api: Api) -> None:
    assert [rate(api.get("/whoami")) for _ in range(100)] == [{}] * 100


@pytest.mark.proves("A3", "rate.where")
def test_every_answer_says_how_many_requests_are_left(limited: Api) -> None:
    assert [rate(limited.get("/whoami")) for _ in range(3)] == [left(2), left(1), left(0)]


@pytest.mark.proves("A3", "E3")
def test_one_request_more_is_refused_with_the_time_to_wait(limited: Api) -> None:
    for _ in range(3):
        limited.get("/whoami")
    refused = [limited.get("/whoami") for _ in range(3)]
    assert [said(answer) for answer in refused] == [(429, TOO_MANY)] * 3
    # The clock stands at 2026-03-12T15:30:00Z.
    wait = {"x-ratelimit-reset": str(1773329400 + 60), "retry-after": "60"}
    assert [rate(answer) for answer in refused] == [left(0) | wait] * 3
    assert all(map(hint, refused))


@pytest.mark.proves("rate.where")
def test_refused_requests_count_where_the_backend_counts_them(limited: Api) -> None:
    without = limited.register(scopes=[])
    answers = [without.get("/tasks"), without.get("/projects/nope/phases"), without.get("/users", {"sort": "nope"})]
    assert [answer.status_code for answer in answers] == [403, 404, 400]
    assert [rate(answer) for answer in answers] == [left(2), left(1), left(0)]


@pytest.mark.proves("rate.where")
def test_invalid_requests_count_too(limited: Api) -> None:
    answer = limited.post("/tasks", {})
    assert (answer.status_code, rate(answer)) == (422, left(2))


@pytest.mark.proves("rate.where")
def test_requests_without_route_method_or_token_do_not_count(limited: Api) -> None:
    answers = [limited.get("/nope"), limited.patch("/users"), limited.get("/users", headers={"Authorization": "x"})]
    assert [(answer.status_code, rate(answer)) for answer in answers] == [(404, {}), (405, {}), (401, {})]
    assert rate(limited.get("/whoami")) == left(2)


@pytest.mark.proves("A3")
def test_each_token_has_its_own_limit(limited: Api) -> None:
    for _ in range(4):
        limited.get("/whoami")
    assert rate(limited.as_token("another").get("/whoami")) == left(2)
    assert limited.get("/whoami").status_code == 429


@pytest.mark.proves("A3", "README: Control API")
def test_the_control_routes_have_no_limit(limited: Api) -> None:
    for _ in range(5):
        limited.control("GET", "/health")
    assert rate(limited.get("/whoami")) == left(2)


@pytest.mark.proves("A3")
def test_a_reset_opens_a_new_window(limited: Api) -> None:
    for _ in range(4):
        limited.get("/whoami")
    limited.control("POST", "/reset")
    assert rate(limited.get("/whoami")) == left(2)
