"""Bodies that no client should send: each is refused in the service's own words, and nothing is changed by it."""

import json
from collections.abc import Iterator
from time import process_time
from typing import Any

import httpx2
import pytest

from contract_tests.client import Api, hint
from contract_tests.expected import LAUNCH, LOGO, LOGO_DATA, PROJECT, SCOPES, ZOE, Json, missing, refusal, task

pytestmark = pytest.mark.proves("T18")

STORE, UPDATE = ("POST", "/tasks"), ("PATCH", f"/tasks/{LOGO}")
IDENTIFY = ("PUT", f"/tasks/{LOGO}/external-identifier")
WRITES = {"create": STORE, "update": UPDATE, "identify": IDENTIFY}
each_write = pytest.mark.parametrize("method, path", WRITES.values(), ids=WRITES)

NO_JSON: Json = {"message": "The request body is not valid JSON."}
NO_OBJECT: Json = {"message": "The request body must be a JSON object."}
TOO_LARGE: Json = {"message": "The POST data is too large."}
MOST = 8 * 1024 * 1024


def send(api: Api, method: str, path: str, content: Any, kind: str | None = "application/json") -> httpx2.Response:
    headers = {} if kind is None else {"Content-Type": kind}
    return api.ask(method, path, content=content, headers=headers)


def everything(api: Api) -> list[Json]:
    """All tasks, and what each of them includes."""
    return list(api.walk("/tasks", {"include": "watchers,sub_tasks,parent_task,project,client"}))


def untouched(api: Api, before: list[Json]) -> bool:
    """Whether nothing changed, not even the number that the next task gets."""
    same = everything(api) == before
    return same and api.post("/tasks", {"title": "T", "project_id": PROJECT}).json()["uri"] == "WEB-4"


def is_own_body(answer: httpx2.Response) -> bool:
    """Whether an answer is one that the service gives: a task, a message, or a message with its errors."""
    found = answer.json()
    keys = {200: set(LOGO_DATA), 422: {"message", "errors"}}.get(answer.status_code, {"message"})
    return answer.headers["content-type"] == "application/json" and set(found) == keys


# ---------------------------------------------------------------- not JSON

GOOD = json.dumps({"title": "T", "project_id": PROJECT}).encode()
UNREADABLE = {
    "a word": b"title",
    "cut off": GOOD[:-1],
    "two objects": GOOD + GOOD,
    "a comma too many": GOOD[:-1] + b",}",
    "single quotes": GOOD.replace(b'"', b"'"),
    "unquoted keys": b"{title: 1}",
    "a comment": b"{/* x */}",
    "white space only": b" \r\n\t",
    "a form": b"title=T&project_id=" + PROJECT.encode(),
    "xml": b"<task><title>T</title></task>",
    "not a number": b'{"estimated_hours": NaN}',
    "infinity": b'{"estimated_hours": Infinity}',
    "minus infinity": b'{"estimated_hours": -Infinity}',
    "beyond all floats": b'{"estimated_hours": 1e999}',
    "hexadecimal": b'{"estimated_hours": 0x10}',
    "leading zero": b'{"estimated_hours": 007}',
    "lone high surrogate": b'{"title": "\\ud800"}',
    "lone low surrogate": b'{"title": "x\\udc00x"}',
    "surrogates the wrong way round": b'{"title": "\\udc00\\ud800"}',
    "lone surrogate in a key": b'{"\\ud800": 1}',
    "surrogate in UTF-8": b'{"title": "\xed\xa0\x80"}',
    "Latin-1": '{"title": "Müller"}'.encode("latin-1"),
    "UTF-16": '{"title": "T"}'.encode("utf-16"),
    "overlong UTF-8": b'{"title": "\xc0\xaf"}',
    "a raw NUL in a text": b'{"title": "a\x00b"}',
    "a raw line break in a text": b'{"title": "a\nb"}',
    "a NUL alone": b"\x00",
    "a NUL at the end": GOOD + b"\x00",
    "unknown escape": b'{"title": "\\x41"}',
    "gzip": b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\xae\x05\x00\x43\xbf\xa6\xa3\x02\x00\x00\x00",
    "lists without end": b"[" * 100_000,
    "lists a hundred thousand deep": b'{"title":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "objects a hundred thousand deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
}


@pytest.mark.proves("tasks.store.json")
@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
@each_write
def test_what_is_not_json_is_a_bad_request(api: Api, method: str, path: str, content: bytes) -> None:
    before = everything(api)
    answer = send(api, method, path, content)
    assert (answer.status_code, answer.json()) == (400, NO_JSON)
    assert hint(answer).startswith("JSON cannot be read at character ")
    assert untouched(api, before)


@pytest.mark.parametrize(
    "content", ["[]", "[{}]", f"[{GOOD.decode()}]", '""', '"title"', "0", "1.5", "true", "false", "null", " null "]
)
@each_write
def test_json_that_is_no_object_is_a_bad_request(api: Api, method: str, path: str, content: str) -> None:
    before = everything(api)
    answer = send(api, method, path, content)
    assert (answer.status_code, answer.json()) == (400, NO_OBJECT)
    assert untouched(api, before)


# ---------------------------------------------------------------- content types


@pytest.mark.parametrize(
    "kind, shown",
    [
        ("text/plain", "text/plain"),
        ("application/x-www-form-urlencoded", "application/x-www-form-urlencoded"),
        ("multipart/form-data; boundary=x", "multipart/form-data; boundary=x"),
        ("application/octet-stream", "application/octet-stream"),
        ("application/jsonp", "application/jsonp"),
        ("application/xml", "application/xml"),
        ("json", "json"),
        (None, "(none)"),
        ("", "(none)"),
    ],
    ids=str,
)
@each_write
def test_a_body_of_another_content_type_is_unsupported(
    api: Api, method: str, path: str, kind: str | None, shown: str
) -> None:
    before = everything(api)
    answer = send(api, method, path, GOOD, kind)
    wanted = {"message": f"The content type {shown} is not supported."}
    assert (answer.status_code, answer.json()) == (415, wanted)
    assert hint(answer) == "Send Content-Type: application/json."
    assert untouched(api, before)


@pytest.mark.proves("requests.json-types")
@pytest.mark.parametrize(
    "kind",
    [
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        "application/json;charset=UTF-8",
        "text/json",
        "application/vnd.api+json",
    ],
)
def test_every_kind_of_json_is_read(api: Api, kind: str) -> None:
    answer = send(api, *STORE, GOOD, kind)
    assert (answer.status_code, answer.json()) == (200, task(answer.json()["id"], "WEB-4", "T"))


@pytest.mark.proves("T23")
@pytest.mark.parametrize("kind", ["application/json", "text/plain", None], ids=str)
def test_an_empty_body_is_an_empty_object_whatever_its_type(api: Api, kind: str | None) -> None:
    refused = send(api, *STORE, b"", kind)
    required = {"title": ["The title field is required."], "project_id": ["The project id field is required."]}
    assert (refused.status_code, refused.json()) == (422, refusal(required))
    for method, path in (UPDATE, IDENTIFY):
        answer = send(api, method, path, b"", kind)
        assert (answer.status_code, answer.json()) == (200, LOGO_DATA)


# ---------------------------------------------------------------- sizes


def padded(size: int) -> bytes:
    """A good body of so many bytes."""
    return GOOD + b" " * (size - len(GOOD))


@pytest.mark.proves("E10")
@each_write
def test_a_body_may_have_8_megabytes_and_no_more(api: Api, method: str, path: str) -> None:
    assert send(api, method, path, padded(MOST)).status_code == 200
    api.control("POST", "/reset")
    before = everything(api)
    answer = send(api, method, path, padded(MOST + 1))
    assert (answer.status_code, answer.json()) == (413, TOO_LARGE)
    assert untouched(api, before)


@pytest.mark.proves("E10")
def test_a_body_is_counted_as_it_streams_in(api: Api) -> None:
    def stream() -> Iterator[bytes]:
        yield GOOD
        for _ in range(9 * 16):
            yield b" " * 65536

    answer = send(api, *STORE, stream())
    assert (answer.status_code, answer.json()) == (413, TOO_LARGE)


def test_a_body_in_many_pieces_is_one_body(api: Api) -> None:
    answer = send(api, *STORE, (GOOD[at : at + 1] for at in range(len(GOOD))))
    assert (answer.status_code, answer.json()) == (200, task(answer.json()["id"], "WEB-4", "T"))


# ---------------------------------------------------------------- odd but readable


@pytest.mark.parametrize("key", ["title", "description", "watchers", "status", "nobody"])
@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_deep_nesting_in_a_field_is_a_wrong_value_like_any_other(api: Api, key: str, brackets: str) -> None:
    before = everything(api)
    opening = "[" if brackets == "[]" else '{"a":'
    nested = opening * 500 + "1" + brackets[1] * 500
    answer = send(api, *UPDATE, f'{{"{key}": {nested}}}')
    assert (answer.status_code, is_own_body(answer)) == (200 if key == "nobody" else 422, True)
    assert untouched(api, before)


@pytest.mark.proves("requests.last-key")
def test_of_a_key_that_comes_twice_the_last_one_counts(api: Api) -> None:
    answer = send(api, *STORE, f'{{"title": 1, "title": "T", "project_id": "x", "project_id": "{PROJECT}"}}')
    assert (answer.status_code, answer.json()) == (200, task(answer.json()["id"], "WEB-4", "T"))


NUMBERS = {
    "9007199254740993": 9007199254740993,
    "18446744073709551615": 18446744073709551615,
    "18446744073709551616": 1.8446744073709552e19,
    "123456789012345678901234567890": 1.2345678901234568e29,
    "1e308": 1e308,
    "1e-400": 0,
    "-0.0": 0,
}


@pytest.mark.parametrize("sent, shown", NUMBERS.items())
def test_huge_numbers_are_the_nearest_that_json_can_print(api: Api, sent: str, shown: float) -> None:
    answer = send(api, *UPDATE, f'{{"estimated_hours": {sent}}}')
    assert (answer.status_code, answer.json()["estimated_hours"]) == (200, shown)
    assert api.data(f"/tasks/{LOGO}") == answer.json()


@pytest.mark.parametrize("text", ["a\u0000b", "\u0000a\u0001", "\u007f", "\ufffe\uffff", "\U0010ffff"], ids=ascii)
def test_control_characters_are_characters_like_any_other(api: Api, text: str) -> None:
    answer = send(api, *UPDATE, json.dumps({"title": text}))
    assert (answer.status_code, answer.json()["title"]) == (200, text)
    assert api.data(f"/tasks/{LOGO}") == answer.json()


def test_a_control_character_in_a_reference_or_an_enum_is_invalid(api: Api) -> None:
    before = everything(api)
    answer = send(api, *UPDATE, json.dumps({"status": "WIP\u0000", "assignee_id": f"{ZOE}\u0000"}))
    wanted = {"status": ["The selected status is invalid."], "assignee_id": ["The selected assignee id is invalid."]}
    assert (answer.status_code, answer.json()) == (422, refusal(wanted))
    assert untouched(api, before)


@pytest.mark.proves("requests.unknown-keys")
@pytest.mark.parametrize(
    "key", ["", "a\r\nX-Evil: 1", "\u0000", "ü", "😀", "k" * 100_000, "__proto__", "data.title"], ids=ascii
)
def test_an_odd_key_is_ignored_and_named_in_one_line_of_ascii(api: Api, key: str) -> None:
    answer = send(api, *UPDATE, json.dumps({key: 1}))
    assert (answer.status_code, answer.json()) == (200, LOGO_DATA)
    assert hint(answer).startswith("Ignored body keys: ")
    assert hint(answer).isascii()
    assert hint(answer).isprintable()
    assert "x-evil" not in answer.headers
    assert len(hint(answer)) < 1000


@pytest.mark.proves("T31")
def test_ten_thousand_keys_and_members_are_read_in_one_go(api: Api) -> None:
    before = everything(api)
    body = {**{f"key{n}": n for n in range(10_000)}, "watchers": ["x"] * 10_000}
    start = process_time()
    answer = send(api, *UPDATE, json.dumps(body))
    # A tenth of a second, unless every member is held against every other one.
    assert process_time() - start < 2
    assert (answer.status_code, len(answer.json()["errors"]), is_own_body(answer)) == (422, 10_000, True)
    assert answer.json()["message"] == "The selected watchers.0 is invalid. (and 9999 more errors)"
    assert untouched(api, before)


# ---------------------------------------------------------------- every field, every kind of value

VALUES: tuple[Any, ...] = (
    True, False, 0, 1, -1, 1.5, 10**30, "", " ", "x", "1", "true", "null", "\u0000", "😀" * 1000, "2026-02-30",
    [], {}, [[]], [None], [{}], ["x"], {"id": LOGO}, {"0": "x"}, [[[["x"]]]], {"a": {"b": {"c": []}}}, None,
)  # fmt: skip
STORED = (
    "external_id", "external_origin", "title", "description", "estimated_hours", "due_date", "is_public", "watchers",
    "status", "project_id", "insert_before", "insert_after", "parent_task_id", "assignee_id", "epic_id", "phase_id",
    "milestone_id",
)  # fmt: skip
UPDATED = (
    "title", "description", "estimated_hours", "due_date", "is_public", "watchers", "add_watchers", "status",
    "parent_task_id", "assignee_id", "epic_id", "phase_id", "milestone_id",
)  # fmt: skip
FIELDS = [
    *((*STORE, field) for field in STORED),
    *((*UPDATE, field) for field in UPDATED),
    *((*IDENTIFY, field) for field in ("external_id", "external_origin")),
]


@pytest.mark.proves("errors.validation")
@pytest.mark.parametrize("method, path, field", FIELDS, ids=[f"{method}-{field}" for method, _, field in FIELDS])
def test_any_value_in_any_field_is_taken_or_refused_whole(api: Api, method: str, path: str, field: str) -> None:
    before = everything(api)
    required = {"title": "T", "project_id": PROJECT} if method == "POST" else {}
    for value in VALUES:
        answer = send(api, method, path, json.dumps({**required, field: value}))
        assert answer.status_code in (200, 422), (value, answer.text)
        assert is_own_body(answer), (value, answer.text)
        if answer.status_code == 422:
            assert {name.partition(".")[0] for name in answer.json()["errors"]} == {field}, (value, answer.text)
            assert everything(api) == before, value
        else:
            api.control("POST", "/reset")


# ---------------------------------------------------------------- what is looked at first


@pytest.mark.proves("E1")
@pytest.mark.parametrize(
    "content, kind, status",
    [(b"{", "application/json", 400), (b"[]", "application/json", 400), (b"{}", "text/plain", 415)],
)
@pytest.mark.parametrize("tail, method", [("", "PATCH"), ("/external-identifier", "PUT")])
def test_the_body_is_looked_at_before_the_record(
    api: Api, method: str, tail: str, content: bytes, kind: str, status: int
) -> None:
    assert send(api, method, f"/tasks/nobody{tail}", content, kind).status_code == status


@pytest.mark.proves("E1")
def test_the_record_is_looked_for_before_the_values(api: Api) -> None:
    answer = send(api, "PATCH", "/tasks/nobody", b'{"title": 1}')
    assert (answer.status_code, answer.json()) == (404, missing("nobody"))


@pytest.mark.proves("E1")
def test_the_scope_is_looked_at_before_the_body(api: Api) -> None:
    reader = api.register(scopes=[SCOPES[0]])
    assert [send(reader, method, path, b"{").status_code for method, path in WRITES.values()] == [403, 403, 403]


def test_a_body_where_none_belongs_is_not_looked_at(api: Api) -> None:
    shown = api.ask("GET", f"/tasks/{LOGO}", content=b"{", headers={"Content-Type": "application/json"})
    deleted = api.ask("DELETE", f"/tasks/{LAUNCH}", content=b"[[[", headers={"Content-Type": "text/plain"})
    assert (shown.status_code, shown.json(), deleted.status_code) == (200, LOGO_DATA, 200)
