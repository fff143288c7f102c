"""Every real answer is as the description has it, and every error is described."""

from collections.abc import Iterator

import httpx2
import pytest

from contract_tests.client import Api
from contract_tests.control.description import described, described_path, each_operation, faults, resolved
from contract_tests.control.own_server import ask, server, shared
from contract_tests.declared import call, content_of, path_of
from contract_tests.expected import Json
from fake_server.declare.operation import Operation
from fake_server.resources import OPERATIONS

pytestmark = pytest.mark.proves("README: Control API")

READS = [name for name, operation in OPERATIONS.items() if operation.method == "GET"]
WRITES = [name for name in OPERATIONS if name not in READS]


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
