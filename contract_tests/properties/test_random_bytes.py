"""Nonsense and malice in every place of a request: refused in the service's own words, and nothing changes."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote_from_bytes

import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contract_tests.client import Api
from contract_tests.properties import hostile, nonsense
from contract_tests.properties.effort import share
from contract_tests.properties.nonsense import KEYS, LISTS, LONG, METHODS, OPERATIONS, VALUES, WRITES
from contract_tests.properties.records import Json

pytestmark = pytest.mark.proves("E2")

EVERY = st.sampled_from(list(OPERATIONS))
PRINTABLE = re.compile(rb"[\x20-\x7e]+")
JSON = {"Content-Type": "application/json"}
SLOW = 1.0
"""Seconds. An answer takes milliseconds; this only tells that it came at all."""

# --- what every answer must be ---------------------------------------------------------------------------


def everything(api: Api) -> Json:
    """The whole world: its records, files, tokens, clock, and the numbers that go on."""
    found: Json = api.control("GET", "/state")
    return found


def assert_polite(answer: httpx2.Response) -> None:
    """Never a fault of the server, never a redirect; a refusal has its shape, a hint is one plain line."""
    assert answer.status_code in (200, 204) or 400 <= answer.status_code < 500, answer.text
    hints = [value for name, value in answer.headers.raw if name.lower() == b"x-fake-hint"]
    assert len(hints) <= 1
    assert all(PRINTABLE.fullmatch(hint) for hint in hints)
    if answer.request.method == "HEAD":
        return  # Whatever an app gives, no server sends the body of an answer to HEAD.
    if answer.request.method == "OPTIONS" and answer.is_success:
        assert answer.content == b""
    elif answer.status_code == 200:
        answer.json()
    else:
        assert_refusal(answer)


def assert_refusal(answer: httpx2.Response) -> None:
    assert answer.headers["content-type"] == "application/json"
    said = answer.json()
    assert isinstance(said.pop("message"), str)
    errors = said.pop("errors") if answer.status_code == 422 else {}
    assert said == {}
    assert all(isinstance(text, str) for texts in errors.values() for text in texts)
    assert [name for name, texts in errors.items() if not texts] == []


class Place:
    """A world, asked things that should rarely succeed. Of one that is large the journal says after each request what
    changed, and the whole of it is compared at the end."""

    def __init__(self, api: Api, is_large: bool) -> None:
        self.api, self.is_large = api, is_large
        api.control("POST", "/reset")
        self.before = everything(api)
        tasks = api.data("/tasks")
        self.task, self.uri = tasks[0]["id"], tasks[2]["uri"]
        self.project = api.data("/projects")[0]["id"]
        self.good = {"title": "x", "project_id": self.project, "task_id": self.task, "url": "http://a.test"}
        self.good |= {"events": ["task:*"]}
        """Has whatever any operation must be sent; what it does not know it ignores."""

    def ask(self, method: str, path: str, params: Any = None, **more: Any) -> httpx2.Response:
        started = time.perf_counter()
        answer = self.api.ask(method, path, params, **more)
        assert time.perf_counter() - started < SLOW
        has_changed = self.has_changed()
        if has_changed:
            # First of all, so that one example does not make the next one fail.
            self.api.control("POST", "/reset")
        assert_polite(answer)
        assert not has_changed or (answer.status_code == 200 and method not in ("GET", "HEAD"))
        return answer

    def has_changed(self) -> bool:
        if not self.is_large:
            return everything(self.api) != self.before
        # It says nothing of a request without a world; the one before changed nothing, or there is none.
        last = self.api.control("GET", "/requests?limit=1")["data"]
        return any(record["change"] != "read" for row in last for record in row["records"])

    def call(self, name: str, params: Any = None, segment: str = "", **more: Any) -> httpx2.Response:
        """An operation with what is good for it, except what is given; `segment` is encoded already."""
        operation = OPERATIONS[name]
        segment = segment or (self.project if "projects" in operation["path"] else self.task)
        path = re.sub(r"\{\w+\}", lambda _: segment, operation["path"])
        content = {} if "content" in more else self.content(name)
        return self.ask(operation["method"], path, params, **content, **more)

    def content(self, name: str) -> Json:
        """A body that the operation takes, as arguments of a request."""
        if name == "tasks.upload":
            return {"files": {"file": ("note.txt", b"x", "text/plain")}}
        return {"json": self.good} if name in WRITES else {}


@pytest.fixture(scope="module", params=["small", pytest.param("nasty", marks=pytest.mark.slow)])
def place(connect: Any, request: pytest.FixtureRequest) -> Iterator[Place]:
    place = Place(connect(world=request.param), request.param == "nasty")
    yield place
    assert everything(place.api) == place.before


# --- nonsense --------------------------------------------------------------------------------------------


@given(EVERY, nonsense.QUERIES)
@example(name="tasks.store", query="%80=")
@example(name="tasks.delete", query="%80=")
def test_nonsense_in_the_query(place: Place, name: str, query: str) -> None:
    place.call(name, query)


@pytest.mark.proves("E7", "L6", "L9", "F4")
@pytest.mark.parametrize("name", nonsense.PARAMETERS)
@given(st.data())
def test_nonsense_in_every_parameter_that_an_operation_reads(place: Place, name: str, data: st.DataObject) -> None:
    names = st.builds(str.__add__, st.sampled_from(nonsense.PARAMETERS[name]), st.sampled_from(nonsense.BRACKETS))
    pairs = data.draw(st.lists(st.tuples(names, nonsense.WORDS_OR_MORE), min_size=1, max_size=4))
    place.call(name, "&".join(nonsense.encoded(parameter.encode(), value) for parameter, value in pairs))


@pytest.mark.proves("F4", "errors.bad-filter")
@given(st.sampled_from(LISTS), nonsense.TEXTS | nonsense.TREES.map(json.dumps))
def test_nonsense_in_a_filter(place: Place, name: str, text: str) -> None:
    place.call(name, {"filter": text})


@pytest.mark.proves("L6")
@given(st.sampled_from(nonsense.SORTS), VALUES, VALUES | st.booleans(), st.sampled_from(("task", "uri", "project")))
def test_nonsense_in_a_cursor_that_looks_right(place: Place, sort: str, value: Any, way: Any, what: str) -> None:
    made = nonsense.cursor({sort: value, "id": getattr(place, what), "_pointsToNextItems": way})
    place.ask("GET", "/tasks", {"sort": sort, "page[cursor]": made})


@pytest.mark.proves("E3", "errors.not-found")
@given(EVERY, nonsense.BYTES.filter(bool), st.sampled_from(("id", "uri", "external_id", "shortcode", None)))
def test_nonsense_in_the_path(place: Place, name: str, segment: bytes, way: str | None) -> None:
    place.call(name, {"find_by": way} if way else None, quote_from_bytes(segment, safe=""))


@pytest.mark.proves("E3", "errors.not-found")
@given(
    st.sampled_from(METHODS),
    st.lists(st.sampled_from((b"tasks", b"projects", b"full", b"upload")) | nonsense.BYTES, max_size=4),
)
def test_nonsense_for_a_path(place: Place, method: str, segments: list[bytes]) -> None:
    place.ask(method, "".join(f"/{quote_from_bytes(segment, safe='')}" for segment in segments))


@pytest.mark.proves("E1", "E3")
@given(EVERY, st.sampled_from(METHODS))
def test_any_method_on_any_path(place: Place, name: str, method: str) -> None:
    place.ask(method, OPERATIONS[name]["path"].replace("{id}", place.task))


@pytest.mark.proves("A1")
@pytest.mark.parametrize("header", [*nonsense.KNOWN_HEADERS, "any"])
@share(0.4)
@given(st.data(), EVERY, nonsense.HEADERS | st.sampled_from(nonsense.HEADER_VALUES))
def test_nonsense_in_a_header(place: Place, header: str, data: st.DataObject, name: str, value: bytes) -> None:
    header = data.draw(nonsense.HEADER_NAMES) if header == "any" else header
    # The HTTP library would set the type of an upload itself.
    is_own = name == "tasks.upload" and header.lower() == "content-type"
    more: Json = {"content": b"--x--"} if is_own else {}
    place.call(name, headers={header: value}, **more)


@pytest.mark.proves("T18")
@given(st.sampled_from(WRITES), nonsense.BODIES, st.sampled_from(("application/json", "text/plain", "a/b+json", "")))
def test_nonsense_in_the_body(place: Place, name: str, body: bytes, kind: str) -> None:
    place.call(name, content=body, headers={"Content-Type": kind})


@pytest.mark.proves("errors.validation")
@given(st.sampled_from(WRITES), st.dictionaries(st.sampled_from(KEYS), VALUES, min_size=1, max_size=8))
def test_nonsense_in_every_field(place: Place, name: str, body: Json) -> None:
    content = nonsense.as_bytes({**place.good, **body})
    place.call(name, content=content, headers=JSON)


@pytest.mark.proves("T24", "tasks.upload.multipart")
@given(nonsense.PARTS, st.sampled_from(nonsense.BOUNDARIES))
def test_nonsense_in_an_upload(place: Place, body: bytes, boundary: bytes) -> None:
    place.call("tasks.upload", content=body, headers={"Content-Type": b"multipart/form-data; boundary=" + boundary})


@pytest.mark.proves("L3")
@pytest.mark.parametrize(
    "size", ["1e999", "-1e999", "1e308", "9" * 5000, "0" * 5000 + "7", "\u0662", "1e", ".5", "+3", "\x00"]
)
def test_no_page_size_is_refused(place: Place, size: str) -> None:
    """It is cast as the backend's language does; what is no size at all means the default."""
    assert place.ask("GET", "/tasks", {"page[size]": size}).status_code == 200


# --- malice ----------------------------------------------------------------------------------------------


@pytest.mark.proves("T18")
@pytest.mark.parametrize("depth", [100, 1000, 100_000])
@pytest.mark.parametrize("opening", ["[", '{"a":', '{"title":', '{"watchers":[', '{"title":"x","watchers":[['])
def test_a_deep_body_is_refused_at_once(place: Place, opening: str, depth: int) -> None:
    for body in (opening * depth, f'{{"project_id":"{place.project}","title":{opening * depth}'):
        started = time.perf_counter()
        answer = place.ask("POST", "/tasks", content=body.encode(), headers=JSON)
        assert time.perf_counter() - started < SLOW
        assert answer.status_code in (400, 422)


@pytest.mark.proves("T22")
@pytest.mark.parametrize(
    "number", ["9" * 100_000, "-" + "9" * 100_000, "1e400", "1E" + "9" * 1000, "0." + "3" * 100_000, "9" * 40]
)
@pytest.mark.parametrize("field", ["estimated_hours", "title", "due_date", "list_sorting"])
def test_a_huge_number_in_a_body_is_refused_or_kept(place: Place, field: str, number: str) -> None:
    body = f'{{"{field}":{number}}}'.encode()
    started = time.perf_counter()
    answer = place.ask("PATCH", f"/tasks/{place.task}", content=body, headers=JSON)
    assert time.perf_counter() - started < SLOW
    if answer.status_code == 200 and field == "estimated_hours":
        assert answer.json()["estimated_hours"] == float(number)


@pytest.fixture(scope="module")
def long_titles(connect: Any) -> Api:
    """A world whose titles are as long and as alike as titles can be."""
    api: Api = connect(world="small")
    api.control("POST", "/reset")
    project = api.data("/projects")[0]["id"]
    for letters in ("a", "\u00e4", "aa_a") * 10:
        assert api.post("/tasks", {"title": (letters * 255)[:255], "project_id": project}).status_code == 200
    return api


def assert_quick(api: Api, params: Any) -> None:
    started = time.perf_counter()
    answer = api.get("/tasks", params)
    assert time.perf_counter() - started < SLOW
    assert_polite(answer)
    assert answer.status_code in (200, 400)


@pytest.mark.proves("F12")
@pytest.mark.parametrize("name", hostile.FILTERS)
def test_a_hostile_filter_is_answered_at_once(long_titles: Api, name: str) -> None:
    assert_quick(long_titles, {"filter": hostile.FILTERS[name]})


@pytest.mark.proves("F12")
@pytest.mark.parametrize("name", hostile.QUERIES)
def test_a_hostile_query_is_answered_at_once(long_titles: Api, name: str) -> None:
    assert_quick(long_titles, hostile.QUERIES[name])


@pytest.mark.proves("F12")
@given(LONG | LONG.map(lambda text: f'title like "{text}"') | LONG.map(lambda text: f"[{text}"))
def test_any_repetition_in_a_filter_is_answered_at_once(long_titles: Api, text: str) -> None:
    assert_quick(long_titles, {"filter": text})
