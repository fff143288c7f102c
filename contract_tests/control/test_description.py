"""The description says what is taken and what is refused, and calls things by names that generators can use."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from contract_tests.client import Api
from contract_tests.declared import LISTINGS, content_of, path_of
from contract_tests.described import Asked
from fake_server.declare.body import Body
from fake_server.resources import OPERATIONS

pytestmark = pytest.mark.proves("README: Clients made by a generator")

Json = dict[str, Any]
WITH_BODY = {name: one for name, one in OPERATIONS.items() if isinstance(one.body, Body)}


@pytest.fixture(scope="module")
def document(small: Api) -> Json:
    return small.control("GET", "/openapi.json")  # type: ignore[no-any-return]


def both(api: Api, document: Json, name: str, query: Mapping[str, Any], body: Mapping[str, Any]) -> tuple[bool, bool]:
    """Whether a request is good by the description, and by the fake itself."""
    operation = OPERATIONS[name]
    sent = {**content_of(api, operation)}
    if body:
        sent["json"] = {**sent.get("json", {}), **body}
    answer = api.ask(operation.method, path_of(api, operation), query, **sent)
    return Asked(document, name, dict(query), sent.get("json")).is_good(), answer.status_code == 200


@pytest.mark.parametrize("name", [name for name, one in LISTINGS.items() if one.listing and one.listing.sorts])
def test_a_sort_is_described_as_it_is_taken(api: Api, document: Json, name: str) -> None:
    listing = LISTINGS[name].listing
    assert listing is not None
    first = next(iter(listing.sorts))
    families = [f"-{family}.planned_hours" for family in listing.aliased]
    for good in (",".join(listing.sorts), f"-{first},{first}", f"{first},", *families):
        assert both(api, document, name, {"sort": good}, {}) == (True, True), good
    for wrong in (f"{first};{first}", f"+{first}", first.upper(), f"{first}s", "-", f"{first}, {first}"):
        assert both(api, document, name, {"sort": wrong}, {}) == (False, False), wrong


@pytest.mark.parametrize("name", [name for name, one in LISTINGS.items() if one.listing and one.listing.includes])
def test_an_include_is_described_as_it_is_taken(api: Api, document: Json, name: str) -> None:
    listing = LISTINGS[name].listing
    assert listing is not None
    first = next(iter(listing.includes))
    for good in (",".join(listing.includes), f"{first},{first}", f",{first}"):
        assert both(api, document, name, {"include": good}, {}) == (True, True), good
    for wrong in (f"{first}s", f"-{first}", f"{first}.", "client-primary_contact"):
        assert both(api, document, name, {"include": wrong}, {}) == (False, False), wrong


@pytest.mark.parametrize(
    "name, body, good",
    [
        ("tasks.store", {"title": " "}, False),
        ("tasks.store", {"title": "x" * 255}, True),
        ("tasks.store", {"title": "x" * 256}, False),
        ("tasks.store", {"description": ""}, False),
        ("tasks.store", {"external_id": ""}, True),
        ("tasks.store", {"project_id": ""}, False),
        ("tasks.store", {"watchers": []}, True),
        ("tasks.store", {"watchers": [""]}, False),
        ("tasks.store", {"watchers": [None]}, False),
        ("tasks.store", {"due_date": "2026-01-31"}, True),
        ("tasks.store", {"due_date": "2026-01-31T10:00:00+02:00"}, True),
        ("tasks.store", {"due_date": None}, True),
        ("tasks.store", {"due_date": "31.1.2026"}, False),
        ("tasks.store", {"due_date": "0999-12-31"}, False),
        ("tasks.store", {"due_date": "1000-01-01"}, True),
        ("tasks.update", {"is_public": None}, True),
        ("tasks.update", {"title": None}, False),
        ("tasks.update", {"add_watchers": ["8bnRb0xC"] * 10_000}, True),
        ("tasks.update", {"add_watchers": ["8bnRb0xC"] * 10_001}, False),
        ("webhooks.store", {"events": []}, False),
        ("webhooks.store", {"events": ["task:renamed"]}, False),
        ("webhooks.store", {"url": "http://127.0.0.1:9/ö?a=b#c"}, True),
        ("webhooks.store", {"url": "ftp://example.com"}, False),
        ("webhooks.store", {"url": "http://example.com:0/"}, False),
        ("webhooks.store", {"url": "http://example.com/a b"}, False),
        ("webhooks.store", {"url": f"http://example.com/{'x' * 2030}"}, False),
    ],
)
def test_a_body_is_described_as_it_is_taken(api: Api, document: Json, name: str, body: Json, good: bool) -> None:
    assert both(api, document, name, {}, body) == (good, good)


def test_every_page_body_and_enum_has_a_name(document: Json) -> None:
    named = document["components"]["schemas"]
    assert {f"{one.shape.__name__}Page" for one in LISTINGS.values()} <= named.keys()
    assert {"TasksStoreBody", "TasksUpdateBody", "TasksUpdateexternalidBody"} <= named.keys()
    assert {"TaskcommentsStoreBody", "WebhooksStoreBody"} <= named.keys()
    assert named["FindByUri"]["enum"] == ["id", "uri", "external_id"]
    assert named["FindByShortcode"]["enum"] == ["id", "external_id", "shortcode"]
    assert named["WebhookEvent"]["enum"][:2] == ["task:*", "task:create"]
    assert [at for at, schema in walked(document["paths"], "") if "enum" in schema or "properties" in schema] == [
        "/tasks/{id}/upload/post/requestBody/content/multipart/form-data/schema"
    ]


def walked(value: Any, at: str) -> Iterator[tuple[str, Json]]:
    """Every object below a part of the document, beside the examples, and where it stands."""
    if isinstance(value, dict):
        yield at.removeprefix("/"), value
        for key, part in value.items():
            yield from walked(part, f"{at}/{key}") if key != "example" else ()
    for n, part in enumerate(value) if isinstance(value, list) else ():
        yield from walked(part, f"{at}/{n}")


@pytest.mark.parametrize("name", WITH_BODY)
def test_a_body_with_keys_that_nobody_knows_is_good_by_the_description_too(
    api: Api, document: Json, name: str
) -> None:
    assert both(api, document, name, {}, {"titel": "Oops"}) == (True, True)


def test_what_receivers_are_told_is_described_whole(document: Json) -> None:
    for event in document["webhooks"].values():
        payload = event["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert payload["required"] == list(payload["properties"])
        assert payload["properties"]["resource"]["required"] == ["type", "id"]
        assert (payload["additionalProperties"], payload["properties"]["resource"]["additionalProperties"]) == (
            False, False,
        )  # fmt: skip


def test_texts_that_may_not_be_null_may_not_be_blank(document: Json) -> None:
    texts = document["components"]["schemas"]["TasksStoreBody"]["properties"]
    assert {name for name, schema in texts.items() if "pattern" in schema} == {
        "external_origin", "title", "description", "project_id",
    }  # fmt: skip
    assert re.search(texts["title"]["pattern"], " \t\n") is None
